"""Puts an entry for a place into the rules that an overlay carries."""

from __future__ import annotations

from seedgit.formats.document import Document
from seedgit.formats.rules import VERSION, parse_rules
from seedgit.rules import SITE_RULES
from seedgit.rules.wildmatch import SPECIAL
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EMPTY = f"version: {VERSION}\nseeds: []\n"


def with_entry(before: bytes | None, path: str, entry: dict[str, Any]) -> bytes:
    """An overlay's rules with an entry for a file before its others, or joined with the one for its
    place. None: there are no rules yet. Raises InputError for rules that are not valid."""
    before = before or EMPTY.encode()
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
        made = {**listed[known], **entry}
        patch.append({"op": "replace", "path": f"{where}/{known}", "value": made})
    else:
        patch.append({"op": "add", "path": f"{where}/0", "value": entry})
    return document.apply(patch).data


def _is_of(listed: Value, pattern: str) -> bool:
    return isinstance(listed, dict) and listed.get("path") == pattern


def _group(path: str, entry: dict[str, Any]) -> dict[str, Any]:
    literal = "".join(f"\\{char}" if char in SPECIAL else char for char in path)
    return {"files": [literal], "overlay": [entry]}
