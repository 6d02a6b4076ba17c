"""Overlays that several people write: whose they are, and how two states become one."""
