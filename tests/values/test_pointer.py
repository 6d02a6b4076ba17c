from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.overlay.override import ADD, Override
from seedgit.overlay.patch import ordered
from seedgit.overlay.rebase import rebase
from seedgit.values.pointer import (
    LENGTH_LIMIT,
    STEPS_LIMIT,
    Meeting,
    covers,
    format_pointer,
    identity,
    is_index,
    list_index,
    meet,
    near,
    parse_pointer,
    parse_selector,
    reaches,
    resolve,
    select,
)
from seedgit.values.selector import selector_of
from seedgit.values.value import JOINS, canonical

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


@given(st.lists(st.text(max_size=5), max_size=4))
def test_pointers_come_back(tokens: list[str]) -> None:
    assert parse_pointer(format_pointer(tokens)) == tuple(tokens)


@pytest.mark.parametrize("text", ["a", "/~2", "/~"])
def test_bad_pointers(text: str) -> None:
    with pytest.raises(PatchError, match="not a pointer"):
        parse_pointer(text)


FLOW = {"steps": [{"id": "a/b", "n": 1}, {"id": "c", "n": 2}], "m": {"x": {"n": 3}}}


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("/steps/[id=a/b]/n", ["/steps/0/n"]),
        ("/steps/*/n", ["/steps/0/n", "/steps/1/n"]),
        ("/*/x/n", ["/m/x/n"]),
        ("/m/new", ["/m/new"]),
        ("/steps/-", ["/steps/2"]),
        ("/steps/[id=z]/n", []),
        ("/m/x/n/o", []),
    ],
)
def test_selectors(selector: str, found: list[str]) -> None:
    assert [format_pointer(t) for t in select(FLOW, parse_selector(selector))] == found


POINTERS = st.lists(st.lists(st.sampled_from("ab"), max_size=3).map(tuple), max_size=5)


@given(POINTERS, POINTERS)
def test_many_pointers_meet_what_one_of_them_meets(
    some: list[tuple[str, ...]], others: list[tuple[str, ...]]
) -> None:
    meeting = Meeting(some)
    for tokens in others:
        assert meeting.meets(tokens) == any(meet(tokens, other) for other in some)


def test_what_came_close_is_said() -> None:
    assert "[id=c]" in near(FLOW, parse_selector("/steps/[id=cc]/n"))
    assert "steps" in near(FLOW, parse_selector("/stpes/0"))


BY_TWO = {"ports": [{"p": 1, "by": x} for x in ("tcp", "udp")] + [{"p": 2, "by": "tcp"}, 5]}


@pytest.mark.parametrize("step", ["[p=1,by=icmp]", "[p=1][by=udp]"])
def test_items_that_several_members_tell_apart_are_named_by_all(step: str) -> None:
    found = near(BY_TWO, parse_selector(f"/ports/{step}/n"))
    assert "[p=1,by=tcp]" in found and "[p=1,by=udp]" in found


def test_items_of_one_name_are_named_once() -> None:
    assert near(BY_TWO, parse_selector("/ports/[p=3]/n")).count("[p=1]") == 1


def test_patterns_cover_what_lies_below() -> None:
    tokens = ("steps", "1", "n", "deeper")
    assert covers(parse_selector("/steps/[id=c]/n"), tokens, FLOW)
    assert covers(parse_selector("/**/n"), tokens, FLOW)
    assert not covers(parse_selector("/steps/[id=a/b]"), tokens, FLOW)
    assert resolve(FLOW, ("steps", "1", "n")) == 2


PORTS = [
    {"port": 53, "protocol": "UDP", "note": "a,b=c"},
    {"port": 53, "protocol": "TCP"},
]
BOTH = JOINS.join(("port", "protocol"))


def test_an_item_may_be_named_by_several_members() -> None:
    step = "/[port=53,protocol=TCP]"
    assert select(PORTS, parse_selector(step)) == [("1",)]
    assert selector_of(PORTS, ("1",), lambda _: BOTH) == step
    assert covers(parse_selector(f"{step}/x"), ("1", "x"), PORTS)
    assert select(PORTS, parse_selector("/[note=a,b=c]")) == [("0",)]
    odd = [{"port": "1,2", "protocol": "x"}]
    assert selector_of(odd, ("0",), lambda _: BOTH) == "/0"


def plainly_covers(pattern: tuple[str, ...], tokens: tuple[str, ...], value: Any) -> bool:
    """The definition, which tries everything."""
    if not pattern:
        return True
    if pattern[0] == "**" and plainly_covers(pattern[1:], tokens, value):
        return True
    if not tokens:
        return False
    inner = None
    if isinstance(value, dict):
        inner = value.get(tokens[0])
    elif isinstance(value, list) and tokens[0].isdigit() and int(tokens[0]) < len(value):
        inner = value[int(tokens[0])]
    if pattern[0] == "**":
        return plainly_covers(pattern, tokens[1:], inner)
    named = identity(pattern[0])
    if named:
        found = isinstance(inner, dict) and inner.get(named[0])
        fits = found in (named[1], 1) and named[1] in (found, canonical(found))
    else:
        fits = pattern[0] in ("*", tokens[0])
    return fits and plainly_covers(pattern[1:], tokens[1:], inner)


STEPS = st.sampled_from(["**", "**", "*", "a", "b", "0", "1", "[a=b]", "[a=1]"])


NESTED: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([1, "b", "1", None]),
    lambda below: st.one_of(
        st.dictionaries(st.sampled_from("ab"), below), st.lists(below, max_size=2)
    ),
)


@given(st.lists(STEPS, max_size=7), st.lists(st.sampled_from("ab01"), max_size=7), NESTED)
def test_patterns_cover_what_the_definition_says(
    pattern: list[str], tokens: list[str], value: Any
) -> None:
    expected = plainly_covers(tuple(pattern), tuple(tokens), value)
    assert covers(pattern, tokens, value) == expected


def places(value: Any) -> list[tuple[str, ...]]:
    """Every place below a value."""
    if not isinstance(value, (dict, list)):
        return []
    pairs = enumerate(value) if isinstance(value, list) else value.items()
    inner = [(str(token), each) for token, each in pairs]
    return [(t, *more) for t, each in inner for more in [(), *places(each)]]


@given(st.lists(STEPS, max_size=5), st.lists(st.sampled_from("ab01"), max_size=3), NESTED)
def test_a_pattern_reaches_what_it_names_below_a_place(
    pattern: list[str], tokens: list[str], value: Any
) -> None:
    place = tuple(tokens)
    below = [p for p in places(value) if p[: len(place)] == place and p != place]
    # It names a place below if it covers one there, and not this place itself.
    expected = any(plainly_covers(tuple(pattern), p, value) for p in below)
    if not covers(pattern, tokens, value):
        assert reaches(pattern, tokens, value) == expected


class Counted(str):
    """A token that counts what it is compared with."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_pattern_is_compared_a_bounded_number_of_times() -> None:
    depth = 500
    tokens = [Counted("a")] * depth
    for pattern in ("/**/a" * 5 + "/b", "/**/a" * 32, "/**/*" * 20 + "/b", "/**" * 50 + "/b"):
        Counted.compared = 0
        steps = parse_selector(pattern)
        assert covers(steps, tokens, None) == (pattern[-1] == "a")
        assert Counted.compared <= 2 * depth * len(steps)


def test_an_identity_is_a_plain_value_of_its_length() -> None:
    long = "x" * 10_000
    value = [{"id": "fetch"}, {"id": 7}, {"id": [7]}, {"id": {"a": 1}}, {"id": long}, {"id": None}]
    named = {
        text: [n for n in range(6) if covers((f"[id={text}]",), (str(n),), value)]
        for text in ("fetch", '"fetch"', "7", "[7]", '{"a": 1}', long, f'"{long}"', "null", "x")
    }
    found = [[0], [0], [1], [], [], [4], [4], [5], []]
    assert list(named.values()) == found


LISTS = {"named": [{"name": "a"}, {"name": "b"}], "plain": [1, 2], "n": 1, "none": []}


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        ("/named/7", "/named has 0, 1"),
        ("/n/x", "/n has nothing below"),
        ("/named/[id=a]", "[id=a] matches no item; there is [name=a], [name=b]"),
        ("/plain/[id=a]", "[id=a] matches no item: none of them has that member"),
        ("/none/[id=a]", "[id=a] matches no item: none of them has that member"),
        ("/n/[id=a]", "/n is not a list, and [id=a] names an item of one"),
        ("/named/0/name", ""),
    ],
)
def test_a_selector_that_names_nothing_is_told_what_is_there(selector: str, told: str) -> None:
    assert near(LISTS, parse_selector(selector)) == told


def test_a_text_with_commas_may_be_the_name_of_one_item() -> None:
    items = [{"id": "a,b=c"}, {"id": "a", "b": "c"}, {"id": "a,b"}]
    assert list(select(items, ("[id=a,b=c]",))) == [("0",), ("1",)]
    assert list(select(items, ("[id=a,b]",))) == [("2",)]
