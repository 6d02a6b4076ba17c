"""Hostile bytes for everything that reads what others wrote: `make fuzz-input`."""
