"""Shows what an upgrade would do to seeds and overrides. Start reading in `preview`."""
