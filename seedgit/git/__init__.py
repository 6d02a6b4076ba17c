"""The clone: its objects, refs, index and configuration, and the overlay store."""
