"""A page to decide on what waits, served to this machine alone. Needs the extra `ui`."""
