"""Drafts ownership rules from what the site keeps changing: `places` makes the draft."""
