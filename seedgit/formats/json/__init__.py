"""JSON, with comments and trailing commas: read, written, and its quirks."""
