"""What an upgrade would do to seeds and overrides: `preview` is the way in."""
