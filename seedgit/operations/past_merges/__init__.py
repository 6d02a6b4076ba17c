"""Merges that people have committed: their versions, and whose result they took."""
