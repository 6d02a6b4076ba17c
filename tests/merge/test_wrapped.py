"""An entry that one side gave another parent, while the other side changed it."""

from __future__ import annotations

import json
from typing import Any

from seedgit.formats.json import FORMAT as JSON
from seedgit.formats.merge import merge_texts

WIKI = {"host": "wiki", "port": 80, "tags": [1, 2, 3]}


def merged(*versions: Any) -> Any:
    """The merged document; None if there is a conflict."""
    base, ours, theirs = (json.dumps(version, indent=1).encode() for version in versions)
    result = merge_texts(JSON, "x.json", (base, ours, theirs))
    return json.loads(result.text) if result.clean else None


def test_where_two_maps_may_be_the_new_parent_a_person_decides() -> None:
    base = {"wiki": WIKI, "old": {"wiki": WIKI, "n": 1}}
    changed = {"wiki": {**WIKI, "port": 81}, "old": {"wiki": WIKI, "n": 1}}
    one = {"a": {"wiki": WIKI}, "old": {"wiki": WIKI, "n": 1}}
    two = {"a": {"wiki": WIKI}, "b": {"wiki": WIKI}, "old": {"n": 1}}
    assert merged(base, one, changed) == {**one, "a": {"wiki": {**WIKI, "port": 81}}}
    assert merged(base, two, changed) is None
