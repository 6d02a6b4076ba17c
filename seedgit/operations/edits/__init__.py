"""How overrides are changed: what is asked, whether it is meant, the one way into an overlay."""
