"""Says in the rules of an overlay that a place holds a secret, or that it holds none."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit.errors import UsageError
from seedgit.git.names import pasted
from seedgit.git.site_rules import place_of
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit_rules import own_rules, store_rules
from seedgit.operations.edits.rules_entry import with_entry
from seedgit.operations.rules import line_of
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import PRESERVE, OverlayRule, SeedRule
from seedgit.values.pointer import ANY, covers, format_pointer, parse_selector
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Said(NamedTuple):
    """What the overlay's rules say now of a place. `commit` is None if they said so before."""

    overlay: str
    path: str
    pattern: str
    secret: bool
    commit: str | None

    def data(self) -> dict[str, Any]:
        return self._asdict()


def say_secret(workspace: Workspace, path: str, pointer: str, secret: bool) -> Said:
    """Add an entry for a place to the rules of the overlay that commands write to, before others.

    It makes the place the site's, as all entries do. Raises UsageError for what other rules say is
    a secret, Refused for a layer that is a remote's, InputError for rules that are not valid.
    """
    rule, value = workspace.rule(path), workspace.seed(path).value
    steps = parse_selector(pointer)
    pattern = pointer if ANY in steps else selector_of(value, steps, rule.key_of)
    steps = parse_selector(pattern)
    before = own_rules(workspace)
    entry: dict[str, Any] = {"path": pattern, "secret": secret}
    entry |= _on_seed_change(rule, steps, value)
    new = with_entry(before, path, entry)
    if not secret:
        others = (e for e in (*rule.final, *rule.overlay) if not _own(workspace, e, pattern))
        _refuse_ruled(workspace, others, path, pattern, value)
    what = "a secret" if secret else "no secret"
    text = f"rules: {path} {pattern} is {what}"
    commit = None if new == before else store_rules(workspace, before, new, text)
    return Said(workspace.target, path, pattern, secret, commit)


def _on_seed_change(rule: SeedRule, steps: tuple[str, ...], value: Value) -> dict[str, str]:
    """What the place's entry says so far, which the new one comes before."""
    entry = rule.entry(steps, value)
    known = entry.on_seed_change if entry else PRESERVE
    return {"on-seed-change": known} if known != PRESERVE else {}


def _own(workspace: Workspace, entry: OverlayRule, pattern: str) -> bool:
    """Whether an entry is the one in the overlay's rules for a place, which is to be changed."""
    line = line_of(entry.source, entry.path)
    return line.file == place_of(workspace.target) and line.pattern == pattern


def _refuse_ruled(
    workspace: Workspace, entries: Iterable[OverlayRule], path: str, pointer: str, value: Value
) -> None:
    """Raises UsageError where a line of the rules says that a place is a secret."""
    steps = parse_selector(pointer)
    for entry in entries:
        if entry.secret and covers(entry.pattern, steps, value):
            raise UsageError(
                f"{format_pointer(steps)} is a secret by {line_of(entry.source, entry.path)}, and "
                "an entry of the rules cannot take that away",
                where=path,
                hint=f"change that line; seedgit rules {workspace.pasted(path)} {pasted(pointer)} "
                "says whose it is",
            )
