"""What waits for a person: how it is found, numbered and remembered."""
