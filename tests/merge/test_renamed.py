"""Which entry is another one's new name, and where that is no question."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seedgit import codes
from seedgit.formats.json import FORMAT as JSON
from seedgit.formats.merge import merge_texts
from seedgit.formats.toml import FORMAT as TOML
from seedgit.merge import renamed
from seedgit.merge.engine import Result

MAIL = {"host": "mail", "port": 25, "tags": [1, 2, 3]}
WIKI = {"host": "wiki", "port": 80, "tags": [4, 5]}


def merged(*versions: Any) -> Result:
    base, ours, theirs = (json.dumps(version, indent=1).encode() for version in versions)
    return merge_texts(JSON, "x.json", (base, ours, theirs))


def test_what_the_other_side_still_has_was_not_renamed_by_both() -> None:
    """Only `mail` is gone from both. That ours has renamed `wiki` too, theirs says nothing of."""
    base = {"mail": MAIL, "wiki": WIKI}
    ours = {"post": MAIL, "docs": WIKI}
    result = merged(base, ours, {"post": MAIL, "wiki": WIKI})
    assert result.clean and json.loads(result.text) == ours
    result = merged(base, {**ours, "docs": {**WIKI, "port": 81}}, {"post": MAIL, "wiki": WIKI})
    assert result.clean and json.loads(result.text)["docs"]["port"] == 81


TABLE = 'n = 1\n\n[a.{}]\nhost = "mail"\nport = 25\ntags = [1, 2, 3]\n'
DOTS = 'a.{0}.host = "mail"\na.{0}.port = 25\nn = 1\n'


@pytest.mark.parametrize("text", [TABLE, DOTS], ids=["table", "dotted keys"])
@pytest.mark.parametrize("most", [renamed._COMPARED, 0], ids=["", "too many to compare"])
def test_two_names_for_one_entry_are_a_conflict(
    text: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the names that lead to it was changed, and of how many entries."""
    monkeypatch.setattr(renamed, "_COMPARED", most)
    base, ours, theirs = (text.format(name).encode() for name in ("mail", "post", "smtp"))
    result = merge_texts(TOML, "x.toml", (base, ours, theirs))
    assert not result.clean
    if most:
        assert [one.conflict.reason for one in result.conflicts] == [codes.RENAMED]
    assert not merged({"mail": MAIL, "n": 1}, {"post": MAIL, "n": 1}, {"smtp": MAIL, "n": 1}).clean
