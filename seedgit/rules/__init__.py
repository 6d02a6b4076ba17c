"""Who may change what: the rules that a package, or a site, states of its files."""

RULES_FILE = ".seedgit.yaml"
RULES_LIMIT = 1_000_000  # bytes
