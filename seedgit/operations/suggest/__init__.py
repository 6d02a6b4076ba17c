"""Drafts ownership rules from the values that the site keeps changing. Start in `places`."""
