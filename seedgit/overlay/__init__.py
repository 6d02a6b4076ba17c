"""Overrides of a seed's values: how they are edited, stored, and moved to another version."""
