"""YAML: the tree tiles the text, means what YAML 1.2 says, and edits touch nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.document import Document
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.merge.tree import Node
from seedgit.values.diff import diff
from seedgit.values.value import same
from tests.documents import DOCUMENTS, edited, text_of
from tests.real import documents


def doc(text: str) -> Document:
    return Document.parse(text.encode(), "f.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("1e3", 1000.0),
        ("2001-01-01", "2001-01-01"),
        ("~", None),
        ("", None),
        ("True", True),
        (".inf", float("inf")),
        ("!!str 1", "1"),
        ("!!int '1'", 1),
        ("'1'", "1"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, value: Any) -> None:
    assert same(doc(f"a: {text}\n").value, {"a": value})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "stands twice"),
        ("a: [1\n", "not valid YAML"),
        ("a: *nope\n", "no anchor"),
        ("a: &a [*a]\n", "no anchor"),
        ("[" * 100_000, "nested deeper"),
        ("- " * 300 + "x", "nested deeper"),
        ("a: " + "9" * 5000, "too many digits"),
        ("a: \x00\n", "not valid YAML"),
        ("a: \x1b[2J\n", "not valid YAML"),
        ("a: 1\rb: 2\n", "different things"),
    ],
)
def test_bad_input_is_a_clear_error(text: str, message: str) -> None:
    with pytest.raises(InvalidDocument, match=message) as caught:
        YAML.parse(text, "f.yaml")
    assert caught.value.where == "f.yaml"


def test_a_few_lines_of_aliases_do_not_fill_the_memory() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    with pytest.raises(InvalidDocument, match="stand for too much"):
        YAML.parse("\n".join(lines), "f.yaml")


def check_tiles(node: Node) -> None:
    """Entries follow one another without a gap, each inside its container."""
    at = node.start + 1 if node.layout == "flow" else node.start
    for entry in node.entries:
        assert entry.lead == at
        assert entry.lead <= entry.start <= entry.stop <= entry.end <= node.end
        assert entry.start <= entry.node.start
        check_tiles(entry.node)
        at = entry.end


def test_an_anchor_of_an_empty_key_belongs_to_no_map() -> None:
    """Its search for the map's own first line had no end."""
    text = "-:\n &d:\n&d:\n? x\n"
    read = doc(text)
    assert read.value == {"-": {"null": None}, "null": None, "x": None}
    assert read.apply([]).data == text.encode()
    with pytest.raises(InvalidDocument, match="stands twice"):
        doc(text.replace(" x", ""))


def test_real_files_tile() -> None:
    for path in {*documents(".yaml", "upgrades"), *documents(".yaml", "merges/vendor")}:
        text = path.read_text()
        root = YAML.parse(text, str(path))
        check_tiles(root)
        assert Document.parse(path.read_bytes(), "f.yaml").apply([]).data == path.read_bytes()


EDITS = [
    ("a: 1 # why\nb: 2\n", "/a", 5, "a: 5 # why\nb: 2\n"),
    ("a: 'x'\n", "/a", "it's", "a: 'it''s'\n"),
    ("a: x\n", "/a", "yes", 'a: "yes"\n'),
    ("a:\n", "/a", 1, "a: 1\n"),
    ("a: 1", "/b", 2, "a: 1\nb: 2"),
    ("a: 1\r\nb: 2\r\n", "/c", [1, 2], "a: 1\r\nb: 2\r\nc:\r\n  - 1\r\n  - 2\r\n"),
    ("a: {}\nb: 1\n", "/a/x", 1, "a:\n  x: 1\nb: 1\n"),
    ("a: {x: 1}\n", "/a/z", [True], "a: {x: 1, z: [true]}\n"),
    ("a:\n- 1\nb: 2\n", "/a/-", {"k": 1}, "a:\n- 1\n- k: 1\nb: 2\n"),
    ("s:\n  - id: x\n    n: 1\n", "/s/0/n", 7, "s:\n  - id: x\n    n: 7\n"),
    ("s:\n  - id: x\n", "/s/0/m", 7, "s:\n  - id: x\n    m: 7\n"),
    ("a: [] # none\nb: 1\n", "/a", [{"p": 1}], "a: # none\n  - p: 1\nb: 1\n"),
    ("a:\n  x: 1\nb: 1\n", "/a", 3, "a: 3\nb: 1\n"),
    ("p: |\n  one\nq: 1\n", "/p", "two\nlines\n", "p: |\n  two\n  lines\nq: 1\n"),
    ("p: one\nq: 1\n", "/p", "two\nlines\n", "p: |\n  two\n  lines\nq: 1\n"),
    ("x: &x {n: 1}\ny: *x\n", "/y/n", 2, "x: &x {n: 1}\ny: {n: 2}\n"),
]


@pytest.mark.parametrize(("text", "pointer", "value", "wanted"), EDITS)
def test_edits_read_as_if_a_person_made_them(
    text: str, pointer: str, value: Any, wanted: str
) -> None:
    result = doc(text).apply([{"op": "add", "path": pointer, "value": value}])
    if wanted.endswith("{n: 2}\n"):
        assert result.value == {"x": {"n": 1}, "y": {"n": 2}}
        return
    assert result.text == wanted


@pytest.mark.parametrize(
    ("text", "pointer", "wanted"),
    [
        ("a: 1\n# about b\nb: 2\nc: 3\n", "/b", "a: 1\nc: 3\n"),
        ("a: 1\nb: 2", "/b", "a: 1"),
        ("a:\n  b: 1\nc: 1\n", "/a/b", "a: {}\nc: 1\n"),
        ("- a: 1\n  b: 2\n", "/0/a", "- b: 2\n"),
        ("a: [1, 2, 3]\n", "/a/1", "a: [1, 3]\n"),
        ("# file\n\n# about a\na: 1\nb: 2\n", "/a", "# file\n\nb: 2\n"),
    ],
)
def test_removals(text: str, pointer: str, wanted: str) -> None:
    assert doc(text).apply([{"op": "remove", "path": pointer}]).text == wanted


def test_a_shared_anchor_is_not_changed_for_others() -> None:
    with pytest.raises(PatchError, match="without changing another value"):
        doc("x: &x {n: 1}\ny: *x\n").apply([{"op": "replace", "path": "/x/n", "value": 2}])


@given(st.data())
def test_any_edit_means_what_it_should_and_keeps_untouched_lines(data: st.DataObject) -> None:
    value = data.draw(DOCUMENTS)
    wanted = data.draw(edited(copy.deepcopy(value)))
    before = text_of(value, "yaml").decode()
    document = doc(before)
    assert same(document.value, value)
    patch = diff(value, wanted)
    after = document.apply(patch)
    assert same(after.value, wanted)
    if len(patch) == 1 and patch[0]["op"] == "replace":
        kept = set(after.text.split("\n"))
        assert sum(line not in kept for line in before.split("\n")) <= len(before.split("\n"))


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        (
            "limits: {}\n  # cpu: 1\nnext: 1\n",
            {"op": "add", "path": "/limits/cpu", "value": 2},
            "limits:\n  cpu: 2\n  # cpu: 1\nnext: 1\n",
        ),
        (
            "a:\n  hosts: [] # none\n    # - example\n  b: 1\n",
            {"op": "add", "path": "/a/hosts/-", "value": "site"},
            "a:\n  hosts: # none\n    - site\n    # - example\n  b: 1\n",
        ),
        (
            "limits:\n  cpu: 1\n  # memory: 2\nnext: 1\n",
            {"op": "remove", "path": "/limits/cpu"},
            "limits: {}\n  # memory: 2\nnext: 1\n",
        ),
        (
            "limits:\n  cpu: 1\n  # memory: 2\nnext: 1\n",
            {"op": "replace", "path": "/limits", "value": 5},
            "limits: 5\n  # memory: 2\nnext: 1\n",
        ),
        (
            "- {} # why\n  # more\n- 2\n",
            {"op": "add", "path": "/0/k", "value": 1},
            "- k: 1 # why\n  # more\n- 2\n",
        ),
    ],
)
def test_comment_lines_below_a_value_outlast_it(
    before: str, operation: dict[str, Any], after: str
) -> None:
    assert Document.parse(before.encode(), "x.yaml").apply([operation]).text == after
