"""git's merge driver: the hot path, started once for each file."""
