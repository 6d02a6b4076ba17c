"""Text to tree and back: one folder a format, and what all of them share."""
