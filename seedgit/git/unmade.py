"""What a command would write, as a dry-run collects it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONG = 80  # characters of a setting


class UnmadeWrites:
    """The writes that were not made, as plain data. An id or value that does not exist is None."""

    def __init__(self) -> None:
        self.refs: list[dict[str, str | None]] = []
        self.files: list[dict[str, str | None]] = []
        self.configuration: list[dict[str, str | None]] = []
        self.remotes: list[dict[str, str | None]] = []

    def __bool__(self) -> bool:
        return any((self.refs, self.files, self.configuration, self.remotes))

    def data(self) -> dict[str, Any]:
        return dict(vars(self))

    def lines(self) -> list[str]:
        """One line for each write, for a person."""
        settings = self.configuration
        return [
            *(f"ref {w['ref']}: {_short(w['old'])} -> {_short(w['new'])}" for w in self.refs),
            *(f"file {w['path']}: {w['change']}" for w in self.files),
            *(f"config {w['key']}: {_cut(w['old'])} -> {_cut(w['new'])}" for w in settings),
            *(f"{w['remote']} {w['ref']}: {_short(w['new'])}" for w in self.remotes),
        ]


def _short(id: str | None) -> str:
    return _or_none(id and id[:12])


def _cut(value: str | None) -> str:
    """A setting; only the beginning of a long one, as the driver's command line is."""
    text = _or_none(value)
    return text if len(text) <= LONG else f"{text[:LONG]}... ({len(text)} characters)"


def _or_none(text: str | None) -> str:
    return text or "(none)"
