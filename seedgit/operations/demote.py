"""Demote: turn committed edits of a seed, named by a person, into overrides."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.operations.adoption.model import Adoption
from seedgit.operations.adoption.split import Asked, names_edit
from seedgit.operations.adoption.take import take
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override
from seedgit.rules.ownership import SeedRule
from seedgit.values.pointer import parse_selector
from seedgit.values.value import Value


def demote(
    workspace: Workspace,
    name: str,
    selector: str | None,
    ref: str | None = None,
    why: str = "",
    *,
    dry_run: bool = False,
) -> Adoption:
    """Turn committed edits of a seed into overrides: those a selector names, or (None) all.

    Raises UsageError if it names no such edit.
    """
    path = workspace.seed_path(name)
    steps = None if selector is None else parse_selector(selector)

    def chosen(rule: SeedRule, override: Override, base: Value, mixed: Value) -> bool:
        return steps is None or names_edit(rule, steps, override, base, mixed)

    subject = f"demote {path}{' ' + selector if selector else ''}"
    asked = Asked(chosen, codes.NOT_CHOSEN, subject, ref, why, dry_run)
    found = take(workspace, [path], asked)
    if not found.adopted and all(left.reason == codes.NOT_CHOSEN for left in found.left):
        there = ", ".join(left.pointer for left in found.left[:5])
        raise UsageError(
            f"{selector} names no committed edit of this seed",
            where=path,
            hint=f"what differs from {found.ref}: {there}",
        )
    return found
