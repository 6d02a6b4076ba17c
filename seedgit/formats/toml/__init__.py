"""TOML 1.0: read, written, and its quirks."""
