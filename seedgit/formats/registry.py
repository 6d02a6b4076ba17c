"""Which format a file is in, by its name. A format is imported when it is first needed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    if name == "yaml":
        from seedgit.formats.yaml import read as yaml

        return yaml
    if name == "json":
        from seedgit.formats.json import read as json

        return json
    if name == "toml":
        from seedgit.formats.toml import read as toml

        return toml
    raise ValueError(f"no format: {name}")
