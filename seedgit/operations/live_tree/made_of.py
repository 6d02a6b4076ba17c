"""Names what an effective document is made of: its seed, its records, the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from seedgit import __version__
from seedgit.digest import sha256
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.record_json import body_of


class MadeOf:
    """A key for each seed: while it is the same, so is the effective document.

    paths  the seeds that are asked for; None: all
    """

    def __init__(self, workspace: Workspace, paths: Sequence[str] | None = None) -> None:
        self._workspace = workspace
        self._paths = paths
        rules = workspace.rules_id.encode()
        self._common = f"{sha256(rules).hex()[:20]} {__version__}"
        self._records = self._read()

    def _read(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._workspace.names:
            for item in self._lying(name):
                if item.path is not None:
                    body = json.dumps(body_of(item.record), sort_keys=True, default=repr)
                    found.setdefault(item.path, []).append(f"{name} {item.record.base} {body}")
        return found

    def _lying(self, name: str) -> Iterable[Stored]:
        """The records of an overlay that matter."""
        workspace = self._workspace
        if self._paths is None:
            return workspace.stored(name)
        overlay = workspace.overlay(name)
        return filter(None, (workspace.lying(overlay, path) for path in self._paths))

    def again(self) -> None:
        """Read the records again: an overlay has changed."""
        self._records = self._read()

    def has_records(self, path: str) -> bool:
        """Whether a record lies over a seed."""
        return path in self._records

    def key(self, path: str, seed: str = "") -> str:
        """The key of a seed: of the staged version, or of another one, by its blob."""
        own = f"{seed or self._workspace.tracked[path].id} {self._common}"
        records = self._records.get(path)
        if records is None:
            return own
        text = "\n".join(records).encode("utf-8", "backslashreplace")
        return f"{own} {sha256(text).hex()}"
