"""seedgit: seeds in tracked files, overlays in a sidecar ref, effective = seed + overlay.

For programs: `seedgit.open` and the other names of `seedgit.api.__all__` (docs/api.md).
"""

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The API, loaded when it is asked for: the merge driver and the hooks need none of it."""
    if name in ("MergedBytes", "Repo", "SeedgitError", "merge_bytes", "open"):
        return getattr(__import__(f"{__name__}.api", fromlist=(name,)), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
