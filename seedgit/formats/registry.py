"""Which format a file is in, by its name. A format is imported when it is first needed."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from seedgit.formats.document import Format

SUFFIXES = {
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".jsonc": "json",
    ".code-workspace": "json",
    ".toml": "toml",
}


def format_name(path: str) -> str | None:
    """ "yaml", "json", "toml", or None where the name says none of them."""
    name = path.rpartition("/")[2].lower()
    dot = name.rfind(".")
    return SUFFIXES.get(name[dot:]) if dot > 0 else None


def format_module(name: str) -> Format:
    """The module of a format."""
    module = import_module(f"seedgit.formats.{name}")
    if TYPE_CHECKING:
        return cast(Format, module)
    return module
