"""RFC 6901, RFC 6902 and law 1: the patch of a difference makes it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.values.diff import diff
from seedgit.values.patch import apply
from seedgit.values.pointer import (
    covers,
    format_pointer,
    identity,
    near,
    parse_pointer,
    parse_selector,
    resolve,
    select,
)
from seedgit.values.value import Key, Opaque, canonical, same
from tests.documents import DOCUMENTS, edited
from tests.real import DATA

# What RFC 6902 shows in its appendix A; A.13, a member twice in a patch, is the reader's matter.
APPENDIX = [
    {
        "comment": "A.1 adding an object member",
        "doc": {"foo": "bar"},
        "patch": [{"op": "add", "path": "/baz", "value": "qux"}],
        "expected": {"baz": "qux", "foo": "bar"},
    },
    {
        "comment": "A.2 adding an array element",
        "doc": {"foo": ["bar", "baz"]},
        "patch": [{"op": "add", "path": "/foo/1", "value": "qux"}],
        "expected": {"foo": ["bar", "qux", "baz"]},
    },
    {
        "comment": "A.3 removing an object member",
        "doc": {"baz": "qux", "foo": "bar"},
        "patch": [{"op": "remove", "path": "/baz"}],
        "expected": {"foo": "bar"},
    },
    {
        "comment": "A.4 removing an array element",
        "doc": {"foo": ["bar", "qux", "baz"]},
        "patch": [{"op": "remove", "path": "/foo/1"}],
        "expected": {"foo": ["bar", "baz"]},
    },
    {
        "comment": "A.5 replacing a value",
        "doc": {"baz": "qux", "foo": "bar"},
        "patch": [{"op": "replace", "path": "/baz", "value": "boo"}],
        "expected": {"baz": "boo", "foo": "bar"},
    },
    {
        "comment": "A.6 moving a value",
        "doc": {"foo": {"bar": "baz", "waldo": "fred"}, "qux": {"corge": "grault"}},
        "patch": [{"op": "move", "from": "/foo/waldo", "path": "/qux/thud"}],
        "expected": {"foo": {"bar": "baz"}, "qux": {"corge": "grault", "thud": "fred"}},
    },
    {
        "comment": "A.7 moving an array element",
        "doc": {"foo": ["all", "grass", "cows", "eat"]},
        "patch": [{"op": "move", "from": "/foo/1", "path": "/foo/3"}],
        "expected": {"foo": ["all", "cows", "eat", "grass"]},
    },
    {
        "comment": "A.8 testing a value: success",
        "doc": {"baz": "qux", "foo": ["a", 2, "c"]},
        "patch": [
            {"op": "test", "path": "/baz", "value": "qux"},
            {"op": "test", "path": "/foo/1", "value": 2},
        ],
        "expected": {"baz": "qux", "foo": ["a", 2, "c"]},
    },
    {
        "comment": "A.9 testing a value: error",
        "doc": {"baz": "qux"},
        "patch": [{"op": "test", "path": "/baz", "value": "bar"}],
        "error": "fails",
    },
    {
        "comment": "A.10 adding a nested member object",
        "doc": {"foo": "bar"},
        "patch": [{"op": "add", "path": "/child", "value": {"grandchild": {}}}],
        "expected": {"foo": "bar", "child": {"grandchild": {}}},
    },
    {
        "comment": "A.11 ignoring unrecognized elements",
        "doc": {"foo": "bar"},
        "patch": [{"op": "add", "path": "/baz", "value": "qux", "xyz": 123}],
        "expected": {"foo": "bar", "baz": "qux"},
    },
    {
        "comment": "A.12 adding to a nonexistent target",
        "doc": {"foo": "bar"},
        "patch": [{"op": "add", "path": "/baz/bat", "value": "qux"}],
        "error": "fails",
    },
    {
        "comment": "A.14 escape ordering",
        "doc": {"/": 9, "~1": 10},
        "patch": [{"op": "test", "path": "/~01", "value": 10}],
        "expected": {"/": 9, "~1": 10},
    },
    {
        "comment": "A.15 comparing strings and numbers",
        "doc": {"/": 9, "~1": 10},
        "patch": [{"op": "test", "path": "/~01", "value": "10"}],
        "error": "fails",
    },
    {
        "comment": "A.16 adding an array value",
        "doc": {"foo": ["bar"]},
        "patch": [{"op": "add", "path": "/foo/-", "value": ["abc", "def"]}],
        "expected": {"foo": ["bar", ["abc", "def"]]},
    },
]
SUITE = DATA / "conformance" / "json-patch-tests"


def suite() -> list[Any]:
    """The standard's examples, and the cases that implementations share, where they are at hand."""
    shared = [
        case for path in sorted(SUITE.glob("*.json")) for case in json.loads(path.read_text())
    ]
    return APPENDIX + [c for c in shared if "patch" in c and not c.get("disabled")]


@pytest.mark.parametrize("case", suite(), ids=lambda case: case.get("comment", "")[:40])
def test_conformance(case: Any) -> None:
    if "error" in case:
        with pytest.raises(PatchError):
            apply(case["patch"], case["doc"])
    else:
        result = apply(case["patch"], case["doc"])
        if "expected" in case:
            assert same(result, case["expected"])


@given(st.data())
def test_a_difference_makes_the_other_value_and_no_less(data: st.DataObject) -> None:
    a = data.draw(DOCUMENTS)
    b = data.draw(st.one_of(edited(a), DOCUMENTS))
    patch = diff(a, b)
    assert same(apply(patch, a), b)
    assert same(jsonpatch.apply_patch(a, patch), b)
    assert diff(a, a) == []
    assert (patch == []) == same(a, b)


def test_the_patch_does_not_depend_on_the_hash_seed() -> None:
    program = (
        "from seedgit.values.diff import diff; "
        "print(diff({'a': 1, 'b': [1, 2]}, {'b': [0, 1, 3], 'd': 1, 'c': {'x': 1}}))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


def test_one_true_and_one_point_zero_differ() -> None:
    assert diff([1], [True]) == [{"op": "replace", "path": "/0", "value": True}]
    assert len(diff({"a": 1}, {"a": 1.0})) == 1


def test_an_item_in_front_is_one_operation() -> None:
    assert diff(["a", "b"], ["n", "a", "b"]) == [{"op": "add", "path": "/0", "value": "n"}]


def test_copies_of_copies_are_bounded() -> None:
    patch = [
        {"op": "copy", "from": "", "path": "/a"},
        {"op": "copy", "from": "", "path": "/b"},
    ] * 25
    with pytest.raises(PatchError, match="copies more"):
        apply(patch, {"x": 1})


def test_copies_of_copies_cost_what_they_say() -> None:
    """A million values, but few maps: what is copied stands at both places."""
    patch = [{"op": "copy", "from": "", "path": f"/{n}"} for n in range(19)]
    result = apply(patch, {"x": 1})
    maps, places = set(), [result]
    while places:
        one = places.pop()
        if isinstance(one, dict) and id(one) not in maps:
            maps.add(id(one))
            places += one.values()
    assert len(maps) < 25


PLACES = st.sampled_from(
    [
        "",
        "/a",
        "/b",
        "/a/a",
        "/a/b",
        "/b/a",
        "/b/b",
        "/a/a/0",
        "/a/a/1",
        "/a/b/-",
        "/b/b/0",
        "/b/a/a",
    ]
)
OPERATIONS = st.one_of(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["copy", "move"]), "from": PLACES, "path": PLACES}
    ),
    st.fixed_dictionaries({"op": st.just("add"), "path": PLACES, "value": st.integers()}),
    st.fixed_dictionaries({"op": st.just("remove"), "path": PLACES}),
)


@given(st.lists(OPERATIONS, max_size=8))
def test_copies_are_apart_afterwards(patch: list[Any]) -> None:
    before = {"a": {"a": [1, {"b": 2}], "b": [[3], 4]}, "b": {"a": {}, "b": [5]}}
    value = copy.deepcopy(before)
    try:
        expected = jsonpatch.apply_patch(value, patch)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        with pytest.raises(PatchError):
            apply(patch, value)
    else:
        assert same(apply(patch, value), expected)
    assert same(value, before)


def test_what_json_cannot_say_is_refused() -> None:
    for value in (Opaque("!Ref", "x"), {Key("1"): 2}):
        with pytest.raises(PatchError, match="JSON cannot express"):
            diff({}, {"a": value})


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


def test_what_came_close_is_said() -> None:
    assert "[id=c]" in near(FLOW, parse_selector("/steps/[id=cc]/n"))
    assert "steps" in near(FLOW, parse_selector("/stpes/0"))


def test_patterns_cover_what_lies_below() -> None:
    tokens = ("steps", "1", "n", "deeper")
    assert covers(parse_selector("/steps/[id=c]/n"), tokens, FLOW)
    assert covers(parse_selector("/**/n"), tokens, FLOW)
    assert not covers(parse_selector("/steps/[id=a/b]"), tokens, FLOW)
    assert resolve(FLOW, ("steps", "1", "n")) == 2


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


def test_a_test_tells_types_apart() -> None:
    values = [1, 1.0, True, "1", None, 0.0, -0.0, float("nan")]
    for there in values:
        for tested in values:
            patch = [{"op": "test", "path": "/a/0", "value": tested}]
            if same(there, tested):
                assert same(apply(patch, {"a": [there]}), {"a": [there]})
            else:
                with pytest.raises(PatchError, match="operation 0, at '/a/0'"):
                    apply(patch, {"a": [there]})


def test_what_is_patched_and_the_patch_stay_as_they_are() -> None:
    value = {"a": [{"b": 1}], "c": {Key("1"): Opaque("!x", ["y"])}}
    patch = [
        {"op": "add", "path": "/new", "value": {"list": []}},
        {"op": "add", "path": "/new/list/-", "value": 1},
        {"op": "replace", "path": "/a/0/b", "value": 2},
        {"op": "replace", "path": "/c/1", "value": 3},
    ]
    before = canonical([value, patch])
    after = apply(patch, value)
    assert same(after, {"a": [{"b": 2}], "c": {Key("1"): 3}, "new": {"list": [1]}})
    assert canonical([value, patch]) == before


def test_a_refusal_says_where_and_quotes_no_document() -> None:
    secret = {"password": "hunter2", "list": [1]}
    for path, op in [("/a/b", "add"), ("/a", "remove"), ("/list/7", "replace"), ("/list/x", "add")]:
        with pytest.raises(PatchError) as caught:
            apply([{"op": op, "path": path, "value": 1}], secret)
        assert path in caught.value.message
        assert "hunter2" not in caught.value.message


@given(st.data())
def test_patching_changes_neither_the_value_nor_the_patch(data: st.DataObject) -> None:
    a = data.draw(DOCUMENTS)
    patch = diff(a, data.draw(st.one_of(edited(a), DOCUMENTS)))
    before = canonical([a, patch])
    apply(patch, a)
    assert canonical([a, patch]) == before


def test_one_change_copies_only_what_leads_to_it() -> None:
    value = {"a": {"b": [1, {"c": 2}]}, "rest": {"d": [3]}}
    after = apply([{"op": "replace", "path": "/a/b/1/c", "value": 4}], value)
    assert after == {"a": {"b": [1, {"c": 4}]}, "rest": {"d": [3]}}
    assert after["rest"] is value["rest"]
