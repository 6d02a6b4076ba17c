"""RFC 6901, RFC 6902 and law 1: the patch of a difference makes it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.values.diff import diff
from seedgit.values.patch import apply, replaced
from seedgit.values.pointer import exists, parse_pointer, resolve
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


@given(st.data())
def test_patching_changes_neither_the_value_nor_the_patch(data: st.DataObject) -> None:
    a = data.draw(DOCUMENTS)
    patch = diff(a, data.draw(st.one_of(edited(a), DOCUMENTS)))
    before = canonical([a, patch])
    apply(patch, a)
    assert canonical([a, patch]) == before


@given(st.data())
def test_replacements_at_once_are_those_of_a_patch(data: st.DataObject) -> None:
    """Also where one does not fit: the library then says so."""
    value = data.draw(DOCUMENTS)
    found = [c for c in diff(value, data.draw(edited(value))) if c["op"] == "replace"]
    paths = [c["path"] for c in found] + data.draw(st.sampled_from([[], ["/none/x"], [""]]))
    changes, patch = [], []
    for number, path in enumerate(paths):
        tokens = parse_pointer(path)
        old = resolve(value, tokens) if exists(value, tokens) else 0
        old = data.draw(st.sampled_from([old, old, "other"]))
        changes.append((tokens, old, number))
        patch += [{"op": "test", "path": path, "value": old}]
        patch += [{"op": "replace", "path": path, "value": number}]
    before, made = canonical(value), replaced(value, changes)
    assert canonical(value) == before
    try:
        wanted = apply(patch, value)
    except PatchError:
        assert made is None
    else:
        assert same(made, wanted) or paths[-1] == ""


def test_one_change_copies_only_what_leads_to_it() -> None:
    value = {"a": {"b": [1, {"c": 2}]}, "rest": {"d": [3]}}
    after = apply([{"op": "replace", "path": "/a/b/1/c", "value": 4}], value)
    assert after == {"a": {"b": [1, {"c": 4}]}, "rest": {"d": [3]}}
    assert after["rest"] is value["rest"]
