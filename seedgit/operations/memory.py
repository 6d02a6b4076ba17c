"""What was decided before, so that nobody is asked twice."""

from __future__ import annotations

from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import Question, StoredDecision, answer


class Memory:
    """The decisions in all overlays of this clone."""

    def __init__(self, workspace: Workspace) -> None:
        self.decisions: dict[str, tuple[StoredDecision, ...]] = {}
        for name in workspace.store.names():
            for stored in workspace.stored(name):
                if stored.record.decisions:
                    path = stored.path or stored.record.path
                    known = self.decisions.get(path, ())
                    self.decisions[path] = (*known, *stored.record.decisions)

    def answer(self, path: str, question: Question) -> StoredDecision | None:
        return answer(self.decisions.get(path, ()), question)


def decisions(workspace: Workspace, path: str) -> tuple[StoredDecision, ...]:
    """The decisions about a seed in the active overlays."""
    lying = (workspace.lying(workspace.overlay(name), path) for name in workspace.names)
    return tuple(made for item in lying if item for made in item.record.decisions)
