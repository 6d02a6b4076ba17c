"""The rules of a package or a site for its files: who may change what."""

RULES_FILE = ".seedgit.yaml"
RULES_LIMIT = 1_000_000  # bytes
