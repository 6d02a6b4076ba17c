"""The rules of a package or a site for its files: who may change what."""

RULES_FILE = ".seedgit.yaml"
SITE_RULES = "rules.yaml"  # in an overlay's tree
RULES_LIMIT = 1_000_000  # bytes
