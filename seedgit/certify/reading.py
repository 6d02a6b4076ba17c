"""Which parser reads a file, by the end of its name."""

from __future__ import annotations

from importlib import import_module

from seedgit.certify.tree import ReadText, Unreadable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_READERS: Final = {
    ".yaml": "read_yaml",
    ".yml": "read_yaml",
    ".json": "read_json",
    ".jsonc": "read_json",
    ".code-workspace": "read_json",
    ".toml": "read_toml",
}


def read(name: str, data: bytes) -> ReadText:
    """A file's content. Raises Unreadable, also where a parser is not installed."""
    end = next((end for end in _READERS if name.lower().endswith(end)), None)
    if end is None:
        raise Unreadable("there is no second parser for this format")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"it is not UTF-8: {error.reason}") from None
    try:
        reader = import_module(f"seedgit.certify.{_READERS[end]}")
    except ModuleNotFoundError as error:
        raise Unreadable(f"{error.name} is not installed: pip install 'seedgit[certify]'") from None
    found: ReadText = reader.read(text)
    return found
