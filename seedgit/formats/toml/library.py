"""Load `tomllib` without modules that it hardly uses.

Up to Python 3.13 it loads `typing` for its annotations, and all of `datetime`, though the C part is
enough. That takes a quarter of the time of a small merge. In a process of our own, such as the
merge driver that git starts (-S), both are left out. In any other process, or if anything is not as
expected, `tomllib` is imported as usual.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from seedgit.values.value import Value

_NOT_LOADED = ("tomllib", "typing", "datetime")


def loads(text: str) -> dict[str, Value]:
    """The value of a document. Raises ValueError, and RecursionError if it is nested too deep."""
    if sys.flags.no_site and not any(name in sys.modules for name in _NOT_LOADED):
        _load_alone()
    import tomllib

    return tomllib.loads(text)


def _load_alone() -> None:
    try:
        sys.modules["datetime"] = __import__("_datetime")
        sys.modules["typing"] = _names()
        import tomllib

        works = tomllib.loads(_TEXT) == _VALUE
    except Exception:
        works = False
    for name in ("datetime", "typing"):
        sys.modules.pop(name, None)
    if not works:
        for name in [name for name in sys.modules if name.startswith("tomllib")]:
            del sys.modules[name]


_TEXT = "a.b = [1, 'x']\n[[t]]\nc = {d = 1.5}\n[t.e]\nf = true\n"
_VALUE = {"a": {"b": [1, "x"]}, "t": [{"c": {"d": 1.5}, "e": {"f": True}}]}


def _names() -> ModuleType:
    """A module that stands in for `typing`."""
    found = type(sys)("typing")
    found.__getattr__ = _name  # type: ignore[method-assign]
    return found


def _name(name: str) -> type[_Named]:
    if name.startswith("_"):
        raise AttributeError(name)
    return _Named


class _Named:
    """Stands in for any name from `typing`. As a base class it works like `NamedTuple`: the
    annotations are the fields."""

    def __class_getitem__(cls, item: object) -> type[_Named]:
        return cls

    def __init__(self, *values: object) -> None:
        for name, value in zip(type(self).__annotations__, values, strict=True):
            setattr(self, name, value)
