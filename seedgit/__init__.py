"""seedgit: seeds in tracked files, overlays in a sidecar ref, effective = seed + overlay."""

__version__ = "0.1.0"
