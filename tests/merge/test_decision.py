"""A decision is a value: nothing of it is set once it is made."""

from __future__ import annotations

import pytest

from seedgit import codes
from seedgit.merge.decision import (
    MERGE,
    OURS,
    THEIRS,
    Blend,
    Conflict,
    Decision,
    Leaf,
    Members,
    Parents,
    Take,
)
from seedgit.merge.tree import Entry, Node, Source

SOURCE = Source("[a, b]", "yaml")
NODES = [Node(SOURCE, "scalar", SOURCE.text[n], n, n + 1) for n in (1, 4)]
ITEMS = [Entry((), node, node.start, node.start, node.end, node.end) for node in NODES]
LIST = Node(SOURCE, "list", ["a", "b"], 0, 6, ITEMS, "flow")
PARENTS = Parents(LIST, LIST, LIST)
A, B = ((item,) for item in ITEMS)
PLACE = ("0",), A, A, B, PARENTS

take = Take(OURS, codes.ONLY_OURS_CHANGED, *PLACE)
leaf = Leaf(THEIRS, None, codes.VALUE_AND_COMMENTS, *PLACE)
conflict = Conflict(codes.BOTH_CHANGED, *PLACE)
members = Members((take, leaf, conflict), codes.MERGED_BELOW, (), (), (), (), PARENTS)
KINDS = [
    (take, Take, OURS),
    (leaf, Blend, MERGE),
    (members, Blend, MERGE),
    (conflict, Conflict, codes.CONFLICT),
]


@pytest.mark.parametrize("decision", [take, leaf, conflict, members])
@pytest.mark.parametrize("name", ["source", "reason", "ours", "children", "pick", "new"])
def test_it_cannot_be_edited(decision: Decision, name: str) -> None:
    before = list(members.explained())
    with pytest.raises(AttributeError):
        setattr(decision, name, None)
    with pytest.raises(AttributeError):
        delattr(decision, name)
    assert list(members.explained()) == before


@pytest.mark.parametrize(("decision", "kind", "source"), KINDS)
def test_each_is_one_of_three(decision: Decision, kind: type, source: str) -> None:
    assert [one for one in (Take, Blend, Conflict) if isinstance(decision, one)] == [kind]
    assert decision.source == source


def test_who_takes_a_side_in_conflicts_gets_another_tree() -> None:
    [taken] = members.taking(THEIRS)
    assert [one.source for one in taken.children or ()] == [OURS, MERGE, THEIRS]
    assert [one.source for one in members.children] == [OURS, MERGE, codes.CONFLICT]


def test_of_a_list_in_conflict_a_side_is_taken_item_by_item() -> None:
    whole = Conflict(codes.LIST_ORDER, (), (), A + B, B, PARENTS)
    items = whole.settled(OURS, "strategy-ours")
    assert [(one.pointer, one.ours) for one in items] == [(("0",), A), (("1",), B)]
