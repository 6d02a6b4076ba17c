"""The formats, and the format of a file by its name. Each format is imported when first needed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.formats.format import Format

# The name of a format, which is also its folder, and how the names of its files end.
FORMATS = {
    "yaml": (".yaml", ".yml"),
    "json": (".json", ".jsonc", ".code-workspace"),
    "toml": (".toml",),
    "ini": (".ini", ".cfg", ".properties", ".env"),
}
_loaded: dict[str, Format] = {}
_NAMES = {suffix: name for name, suffixes in FORMATS.items() for suffix in suffixes}


def format_name(path: str) -> str | None:
    """The name of a file's format; None if the file's name does not tell."""
    name = path.rpartition("/")[2].lower()
    dot = name.rfind(".")
    return _NAMES.get(name[dot:]) if dot >= 0 else None


def format_of(path: str) -> Format | None:
    """A file's format; None if the file's name does not tell."""
    name = format_name(path)
    return format_named(name) if name else None


def format_named(name: str) -> Format:
    """The format with a name in FORMATS."""
    found = _loaded.get(name)
    if found is None:
        found = __import__(f"seedgit.formats.{name}", fromlist=("FORMAT",)).FORMAT
        _loaded[name] = found
    return found


def titles() -> str:
    """The formats, for a sentence: "YAML, JSON, TOML or INI"."""
    return _listed([name.upper() for name in FORMATS])


def suffixes() -> str:
    """How the names of seeds end, for a sentence."""
    return _listed(list(_NAMES))


def other_suffix(suffix: str) -> str:
    """Another suffix of the same format; the same suffix if there is no other."""
    same = FORMATS.get(_NAMES.get(suffix, ""), ())
    return next((other for other in same if other != suffix), suffix)


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
