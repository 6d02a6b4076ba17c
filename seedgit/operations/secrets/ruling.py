"""Says in the rules of an overlay that a place holds a secret, or that it holds none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seedgit.errors import UsageError
from seedgit.formats.document import Document
from seedgit.formats.rules import VERSION, parse_rules
from seedgit.git.names import pasted
from seedgit.git.site_rules import place_of
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit_rules import own_rules, store_rules
from seedgit.operations.rules import line_of
from seedgit.operations.workspace import Workspace
from seedgit.rules import SITE_RULES
from seedgit.rules.ownership import PRESERVE, OverlayRule, SeedRule
from seedgit.rules.wildmatch import SPECIAL
from seedgit.values.pointer import ANY, covers, format_pointer, parse_selector
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

EMPTY = f"version: {VERSION}\nseeds: []\n"


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
    new = _added(before or EMPTY.encode(), path, entry)
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


def _added(before: bytes, path: str, entry: dict[str, Any]) -> bytes:
    """The rules with an entry for a file before its others, or in place of one for its place."""
    rules = parse_rules(before, SITE_RULES, of_site=True)
    document = Document.parse(before, SITE_RULES)
    value: Any = document.value
    found = rules.match(path)
    patch: list[dict[str, Any]] = []
    if found is None:
        if not value.get("seeds"):
            patch.append({"op": "add", "path": "/seeds", "value": []})
        patch.append({"op": "add", "path": "/seeds/-", "value": _group(path, entry)})
        return document.apply(patch).data
    at = rules.seeds.index(found)
    listed = value["seeds"][at].get("overlay")
    where = f"/seeds/{at}/overlay"
    same = (n for n, each in enumerate(listed or ()) if _is_of(each, entry["path"]))
    known = next(same, None)
    if not listed:
        patch.append({"op": "add", "path": where, "value": [entry]})
    elif known is not None:
        made = {**listed[known], "secret": entry["secret"]}
        patch.append({"op": "replace", "path": f"{where}/{known}", "value": made})
    else:
        patch.append({"op": "add", "path": f"{where}/0", "value": entry})
    return document.apply(patch).data


def _is_of(listed: Value, pattern: str) -> bool:
    return isinstance(listed, dict) and listed.get("path") == pattern


def _group(path: str, entry: dict[str, Any]) -> dict[str, Any]:
    literal = "".join(f"\\{char}" if char in SPECIAL else char for char in path)
    return {"files": [literal], "overlay": [entry]}
