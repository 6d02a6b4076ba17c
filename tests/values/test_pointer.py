from __future__ import annotations

import pytest

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.overlay.override import ADD, Override
from seedgit.overlay.patch import ordered
from seedgit.overlay.rebase import rebase
from seedgit.values.pointer import (
    LENGTH_LIMIT,
    STEPS_LIMIT,
    is_index,
    list_index,
    parse_pointer,
    parse_selector,
)

# What `str.isdigit` takes for a number, and an index is not.
NO_INDEX = ["²", "٣", "１", "00", "01", "-1", "+1", "1_0", " 1", "1" * 10, "9" * 5000, "-", "x", ""]


@pytest.mark.parametrize("token", NO_INDEX)
def test_only_the_digits_0_to_9_are_an_index(token: str) -> None:
    assert not is_index(token)
    if token != "-":
        with pytest.raises(PatchError):
            list_index(token, 3)
    made = Override(("a", token), ADD, 1, 1, 1)
    assert ordered((made,)) == [made]


@pytest.mark.parametrize("token", NO_INDEX)
def test_an_override_of_no_index_of_a_list_is_an_orphan(token: str) -> None:
    base, seed = {"a": [1, 2]}, {"a": [1, 2, 3]}
    for op in ("add", "replace", "remove"):
        made = Override(("a", token), op, 5, 1, 1)
        found = rebase((made,), base, seed)
        kept = [*found.overrides, *(parked.override for parked in found.parked)]
        assert len(kept) == 1
        if token != "-":
            assert [outcome.status for outcome in found.outcomes] in (
                [codes.ORPHANED],
                ["redundant"],
            )


@pytest.mark.parametrize("parse", [parse_pointer, parse_selector])
def test_a_pointer_has_a_length(parse: object) -> None:
    assert callable(parse)
    assert len(parse("/a" * STEPS_LIMIT)) == STEPS_LIMIT
    for text in ("/a" * (STEPS_LIMIT + 1), "/" + "a" * LENGTH_LIMIT, "/[a=b]" * 100_000):
        with pytest.raises(PatchError, match="not a pointer") as raised:
            parse(text)
        assert len(str(raised.value)) < 400
