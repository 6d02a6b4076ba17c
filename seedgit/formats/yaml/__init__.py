"""YAML 1.2: read, written, and its quirks."""
