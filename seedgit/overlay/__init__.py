"""Overrides of a seed's values: as a patch, as a record, and on another version of the seed."""
