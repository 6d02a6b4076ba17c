"""libyaml's events for a text, from PyYAML's C parser, and the nodes made from them.

Most of what `import yaml` loads turns documents into Python objects, and loading it takes longer
than the merge of a small file. The C parser only needs the classes of events and errors. In a
process of our own, such as the merge driver that git starts (-S), only these are loaded. In any
other process, or if anything is not as expected, PyYAML is imported as usual.
"""

from __future__ import annotations

import sys

from seedgit.errors import InvalidDocument
from seedgit.values.value import DEPTH_LIMIT, NODE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_library: Library | None = None


class Library:
    """The parser of PyYAML, and the classes of its events and errors.

    parser  makes a parser of a text; its `get_event` returns instances of the event classes
    """

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
        # In a process that is not ours, other code may need all of PyYAML.
        own = sys.flags.no_site or "seedgit.start" in sys.modules
        alone = own and not any(name.startswith("yaml") for name in sys.modules)
        _library = (_parser_alone() if alone else None) or _whole_package()
    return _library


def _whole_package() -> Library:
    import yaml

    parser = yaml._yaml.CParser if hasattr(yaml, "_yaml") else yaml.Loader
    return Library(parser, yaml, yaml.YAMLError)


def _parser_alone() -> Library | None:
    """The C parser without the rest of its package; None if that does not work."""
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
    """Stands in for `yaml` while the C parser is loaded. Submodules become attributes."""

    __spec__ = None
    error: Any

    def __init__(self, path: Any) -> None:
        self.__path__ = path

    def __getattr__(self, name: str) -> _Unloaded:
        if name.startswith("_"):
            raise AttributeError(name)
        return _Unloaded(self.error)


class _Unloaded:
    """Stands in for a module that is not loaded. The C parser refers to its classes of tokens and
    nodes, but does not need them for events."""

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


# -- nodes -----------------------------------------------------------------------------------------


class Raw:
    """A node made from libyaml's events. `items`: for a map, keys and values in turn."""

    __slots__ = ("anchor", "end", "flow", "items", "kind", "plain", "start", "style", "tag", "text")

    def __init__(self, kind: str, event: Any) -> None:
        self.kind = kind
        self.start: int = event.start_mark.index
        self.end: int = event.end_mark.index
        self.anchor: str = event.anchor or ""
        self.tag: str = getattr(event, "tag", None) or ""
        self.items: list[Raw] = []
        self.flow = False
        self.style = ""
        self.plain = False
        self.text = ""

    @property
    def block(self) -> bool:
        return self.kind in ("map", "list") and not self.flow


def read_events(text: str, where: str) -> list[tuple[int, Raw]]:
    """The documents of a stream: where each begins, and its root. Raises InvalidDocument."""
    yaml = library()
    try:
        return _documents(yaml, text)
    except yaml.Error as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise InvalidDocument(
            f"not valid YAML: {problem}", where=where, line=mark.line + 1 if mark else None
        ) from None
    except _OverLimit as error:
        raise InvalidDocument(
            str(error),
            where=where,
            line=text.count("\n", 0, error.at) + 1,
        ) from None


class _OverLimit(Exception):
    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def _documents(yaml: Library, text: str) -> list[tuple[int, Raw]]:
    documents: list[tuple[int, Raw]] = []
    stack: list[Raw] = []
    begin = 0
    left = NODE_LIMIT
    events = yaml.parser(text)
    while (event := events.get_event()) is not None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            raw = Raw("scalar", event)
            raw.text = event.value
            raw.style = event.style or ""
            raw.plain = event.implicit[0] and not raw.style
        elif kind is yaml.AliasEvent:
            raw = Raw("alias", event)
            raw.text, raw.anchor = raw.anchor, ""
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            raw = Raw("map" if kind is yaml.MappingStartEvent else "list", event)
            raw.flow = bool(event.flow_style)
        else:
            if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                stack.pop().end = event.end_mark.index
            elif kind is yaml.DocumentStartEvent:
                begin = event.start_mark.index
            elif kind is yaml.StreamEndEvent:
                break
            continue
        left -= 1
        if left < 0:
            raise _OverLimit(f"more than {NODE_LIMIT} values", raw.start)
        if stack:
            stack[-1].items.append(raw)
        else:
            documents.append((begin, raw))
        if raw.kind in ("map", "list"):
            if len(stack) >= DEPTH_LIMIT:
                raise _OverLimit(f"nested deeper than {DEPTH_LIMIT} levels", raw.start)
            stack.append(raw)
    return documents
