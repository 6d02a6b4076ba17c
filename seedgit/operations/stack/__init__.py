"""The layers over a seed, seen as one: the effective document, and which layer a value is from."""
