"""What a user does: one module for each command. Returns data, prints nothing."""
