"""What adopt and demote have in common: a committed file is split into a seed and overrides."""
