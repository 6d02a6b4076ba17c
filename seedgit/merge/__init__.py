"""The three-way merge: syntax trees, decisions about them, and the text these make."""
