"""What a user does: a module a command. Returns data, prints nothing."""
