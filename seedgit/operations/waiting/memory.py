"""What was decided before, so that nobody is asked twice."""

from __future__ import annotations

from collections import Counter

from seedgit.git.overlay_names import COPIES
from seedgit.git.refs import may_have
from seedgit.git.store import Overlay
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import Question, StoredDecision, answer


class Memory:
    """The decisions in all overlays of this clone, and in those of others that were fetched."""

    def __init__(self, workspace: Workspace) -> None:
        self.decisions: dict[str, tuple[StoredDecision, ...]] = {}
        overlays = [workspace.overlay(name) for name in workspace.store.names()]
        for overlay in [*_fetched(workspace), *overlays]:
            for stored in workspace.placed(overlay):
                if stored.record.decisions:
                    path = stored.path or stored.record.path
                    known = self.decisions.get(path, ())
                    self.decisions[path] = (*known, *stored.record.decisions)

    def choices(self, path: str, question: Question) -> Counter[str]:
        """How often each choice was made, by this site and by others."""
        known = self.decisions.get(path, ())
        return Counter(made.choice for made in known if made.question == question)

    def answer(self, path: str, question: Question) -> StoredDecision | None:
        return answer(self.decisions.get(path, ()), question)


def _fetched(workspace: Workspace) -> list[Overlay]:
    """The remotes' overlays as they were last seen here."""
    repository = workspace.repository
    if not may_have(repository, COPIES):
        return []
    copies = repository.refs(COPIES).items()
    return [workspace.store.read_at(commit, ref.removeprefix(COPIES)) for ref, commit in copies]


def decisions(workspace: Workspace, path: str) -> tuple[StoredDecision, ...]:
    """The decisions about a seed in the active overlays."""
    lying = (workspace.lying(workspace.overlay(name), path) for name in workspace.names)
    return tuple(made for item in lying if item for made in item.record.decisions)
