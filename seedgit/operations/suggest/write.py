"""Puts suggestions into the rules of the site's overlay, where they count."""

from __future__ import annotations

from seedgit.formats.document import Document
from seedgit.formats.rules import parse_rules
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit_rules import own_rules, store_rules
from seedgit.operations.suggest.model import SuggestedEntry, Suggestion, Suggestions
from seedgit.operations.workspace import Workspace
from seedgit.rules import SITE_RULES
from seedgit.rules.ownership import OVERLAY, Rules
from seedgit.rules.stacked import StackedRules
from seedgit.values.pointer import parse_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class WrittenRules(NamedTuple):
    """What became of suggestions.

    commit   the overlay's new one; None if nothing was written
    written  the places that are the site's now, each with a file's name
    left     those that are not: the package marks them final
    """

    overlay: str
    commit: str | None
    written: tuple[tuple[str, str], ...]
    left: tuple[tuple[str, str], ...]

    def data(self) -> dict[str, Any]:
        return self._asdict()


def write(workspace: Workspace, found: Suggestions) -> WrittenRules:
    """Add what is suggested to the rules of the overlay that commands write to.

    The first entry that matches a file counts, and in it the first path that fits. So a place goes
    to the beginning of that entry. If there is none for its files, there is a new entry at the end.

    Raises Refused for a layer that is a remote's, and InputError for rules that are not valid.
    """
    before = own_rules(workspace)
    groups = [group for group in found.groups if group.suggested]
    if before is None:
        new = _whole(found._replace(groups=tuple(map(_only_suggested, groups))))
    else:
        new = _added(before, groups)
    own = parse_rules(new, SITE_RULES, of_site=True)
    written, left = _judged(workspace, groups, own)
    commit = None
    if written:
        commit = store_rules(workspace, before, new, "rules: add what the site keeps changing")
    return WrittenRules(workspace.target, commit, tuple(written), tuple(left))


def _only_suggested(group: SuggestedEntry) -> SuggestedEntry:
    """A group without what is only listed; the package has its keys already, if it has an entry."""
    wanted = tuple(item for item in group.found if not item.reason)
    return group._replace(found=wanted, keys=() if group.known else group.keys)


def _whole(found: Suggestions) -> bytes:
    return ("\n".join(found.snippet()) + "\n").encode()


def _added(before: bytes, groups: list[SuggestedEntry]) -> bytes:
    rules = parse_rules(before, SITE_RULES, of_site=True)
    document = Document.parse(before, SITE_RULES)
    patch: list[dict[str, Any]] = []
    value: Any = document.value
    lists = {n for n, seed in enumerate(value.get("seeds") or ()) if "overlay" in seed}
    if not value.get("seeds"):
        patch.append({"op": "add", "path": "/seeds", "value": []})
    for group in map(_only_suggested, groups):
        at = _entry(rules, group.found[0])
        paths = [item.path for item in group.found]
        if at is None:
            entry: dict[str, Any] = {"files": list(group.files)}
            entry |= {"keys": dict(group.keys)} if group.keys else {}
            patch.append({"op": "add", "path": "/seeds/-", "value": {**entry, "overlay": paths}})
        elif at not in lists:
            lists.add(at)
            patch.append({"op": "add", "path": f"/seeds/{at}/overlay", "value": paths})
        else:
            patch += [
                {"op": "add", "path": f"/seeds/{at}/overlay/0", "value": path}
                for path in reversed(paths)
            ]
    return document.apply(patch).data


def _entry(rules: Rules, item: Suggestion) -> int | None:
    """The entry of `seeds` that counts for the files of a suggestion; None if none does."""
    found = (rules.match(path) for path in item.files)
    return next((rules.seeds.index(rule) for rule in found if rule is not None), None)


def _judged(
    workspace: Workspace, groups: list[SuggestedEntry], own: Rules
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(the places that are the site's by the new rules, those that are not)."""
    rules = StackedRules(workspace.package_rules, [own])
    written: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    for group in groups:
        for item in group.found:
            if item.reason:
                continue
            name = item.files[0] if len(item.files) == 1 else ", ".join(group.files)
            matched = [rules.match(path) for path in item.files]
            tokens = parse_selector(item.path)
            owned = all(rule and rule.owner(tokens, None) == OVERLAY for rule in matched)
            (written if owned else left).append((name, item.path))
    return written, left
