"""libyaml's events, from PyYAML's C parser, by as little of PyYAML as that takes.

Nearly all that `import yaml` loads makes Python objects of documents, and to load it takes longer
than the merge of a small file. All the C parser wants of its package is the classes of its events
and errors. In a process that has nothing else in it, as git starts the merge driver (-S), it gets
these alone; everywhere else, and where anything is not as expected, PyYAML is imported as usual.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_library: Library | None = None


class Library:
    """`parser` makes a parser of a text, by whose `get_event` come instances of the others."""

    __slots__ = (
        "AliasEvent",
        "DocumentStartEvent",
        "Error",
        "MappingEndEvent",
        "MappingStartEvent",
        "ScalarEvent",
        "SequenceEndEvent",
        "SequenceStartEvent",
        "StreamEndEvent",
        "parser",
    )

    def __init__(self, parser: Any, events: Any, error: type[Exception]) -> None:
        self.parser = parser
        self.Error = error
        self.AliasEvent = events.AliasEvent
        self.DocumentStartEvent = events.DocumentStartEvent
        self.MappingEndEvent = events.MappingEndEvent
        self.MappingStartEvent = events.MappingStartEvent
        self.ScalarEvent = events.ScalarEvent
        self.SequenceEndEvent = events.SequenceEndEvent
        self.SequenceStartEvent = events.SequenceStartEvent
        self.StreamEndEvent = events.StreamEndEvent


def library() -> Library:
    global _library
    if _library is None:
        # Whoever else is in this process may want all of it.
        own = sys.flags.no_site or "seedgit.start" in sys.modules
        alone = own and not any(name.startswith("yaml") for name in sys.modules)
        _library = (_parser_alone() if alone else None) or _whole_package()
    return _library


def _whole_package() -> Library:
    import yaml

    parser = yaml._yaml.CParser if hasattr(yaml, "_yaml") else yaml.Loader
    return Library(parser, yaml, yaml.YAMLError)


def _parser_alone() -> Library | None:
    """The C parser without its package; None where that cannot be had."""
    found = None
    try:
        specs = (finder.find_spec("yaml", None) for finder in sys.meta_path)
        package: Any = _Package(next(spec for spec in specs if spec).submodule_search_locations)
        sys.modules["yaml"] = package
        import yaml.error
        import yaml.events

        import yaml._yaml  # isort: skip

        found = Library(yaml._yaml.CParser, yaml.events, yaml.error.YAMLError)
        if not _works(found):
            found = None
    except Exception:
        found = None
    sys.modules.pop("yaml", None)
    if found is None:
        for name in [name for name in sys.modules if name.startswith("yaml.")]:
            del sys.modules[name]
    return found


class _Package:
    """Stands for `yaml` while the C parser is loaded; what it loads of it becomes an attribute."""

    __spec__ = None
    error: Any

    def __init__(self, path: Any) -> None:
        self.__path__ = path

    def __getattr__(self, name: str) -> _Unloaded:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Unloaded(self.error)


class _Unloaded:
    """A module that is not loaded. The C parser has tokens and nodes, too, but not for events."""

    def __init__(self, error: Any) -> None:
        self._error = error

    def __getattr__(self, name: str) -> type[Exception]:
        if name != "ReaderError":
            return self._error.MarkedYAMLError  # type: ignore[no-any-return]

        class ReaderError(self._error.YAMLError):  # type: ignore[misc, name-defined]
            def __init__(self, name: str, at: int, character: int, _: str, reason: str) -> None:
                super().__init__(f"unacceptable character #x{character:04x}: {reason}")

        return ReaderError


def _works(library: Library) -> bool:
    parser = library.parser("- a")
    events = [parser.get_event() for _ in range(4)]
    scalar = events[3]
    return (
        type(events[1]) is library.DocumentStartEvent
        and type(events[2]) is library.SequenceStartEvent
        and type(scalar) is library.ScalarEvent
        and (scalar.value, scalar.start_mark.index, scalar.end_mark.index) == ("a", 2, 3)
    )
