"""What adopt and demote share: they split a committed file into a seed and overrides."""
