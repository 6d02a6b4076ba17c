"""JSON with comments: the tree, what is refused, and edits that keep every other line."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.json import FORMAT as JSON
from seedgit.values.value import DEPTH_LIMIT, Key, Opaque, same
from tests import laws, real
from tests.formats.trees import (
    changed,
    check_tiles,
    entry_at,
    lines_of,
    lost_lines,
    operations,
    spliced,
)

KEYS = st.sampled_from(["a", "b", "c", "a b", "", "é", '"', "/x~y", "//", ",", "\\"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "main", "a,b", "// no", "/* no */", "é", "two\nlines", '"q"', "\ud800"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


class Scribe:
    """Writes a value with random layout: comments, trailing commas, one line or several."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.unit = draw(st.sampled_from(["  ", "    ", "\t"]))
        self.newline = draw(st.sampled_from(["\n", "\r\n"]))
        self.colon = draw(st.sampled_from([": ", ":", " : "]))
        self.comments = draw(st.booleans())
        self.commas = draw(st.booleans())
        self.ascii = draw(st.booleans())
        self.count = 0

    def document(self, value: Any) -> str:
        before = self.remark("", own_line=True)
        after = self.draw(st.sampled_from(["", self.newline]))
        return before + self.value(value, "") + after

    def value(self, value: Any, indent: str) -> str:
        if not isinstance(value, (dict, list)):
            return self.scalar(value)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        inner = indent + self.unit
        items = value.items() if isinstance(value, dict) else [(None, item) for item in value]
        # Which entries, and at last the closing bracket, begin a line.
        mixed = st.lists(st.booleans(), min_size=len(value) + 1, max_size=len(value) + 1)
        breaks = self.draw(
            st.one_of(st.sampled_from([[True], [False]]).map(lambda b: b * (len(value) + 1)), mixed)
        )
        out = opening + self.behind(breaks[0])
        for n, (key, item) in enumerate(items):
            lead = self.newline + inner if breaks[n] else " " if n else ""
            if breaks[n]:
                lead += self.remark(inner, own_line=True)
            label = "" if key is None else self.scalar(key) + self.colon
            comma = "," if n < len(value) - 1 or self.commas else ""
            out += lead + label + self.value(item, inner) + comma + self.behind(breaks[n + 1])
        if breaks[-1]:
            out += self.newline + self.remark(inner, own_line=True) + indent
        return out + closing

    def behind(self, line_ends: bool) -> str:
        return self.remark(" ", own_line=False) if line_ends else ""

    def scalar(self, value: Any) -> str:
        text = json.dumps(value, ensure_ascii=self.ascii)
        return text.replace("\ud800", "\\ud800")

    def remark(self, indent: str, own_line: bool) -> str:
        if not self.comments or not self.draw(st.booleans()):
            return ""
        self.count += 1
        form = self.draw(st.sampled_from(["// {}", "/* {}, */"]))
        blank = self.draw(st.sampled_from(["", self.newline])) if own_line else ""
        text = form.format(f"note{self.count:03}")
        return text + self.newline + blank + indent if own_line else indent + text


@st.composite
def documents(draw: st.DrawFn, values: st.SearchStrategy[Any] = VALUES) -> str:
    return Scribe(draw).document(draw(values))


@given(VALUES, st.data())
def test_tree_means_what_was_written(value: Any, data: st.DataObject) -> None:
    text = data.draw(documents(st.just(value)))
    root = JSON.parse(text, "x.json")
    check_tiles(root)
    assert same(root.value, value)


@given(documents(), st.data())
def test_edit_does_what_it_says_and_nothing_else(text: str, data: st.DataObject) -> None:
    root = JSON.parse(text, "x.json")
    op, tokens, new = data.draw(operations(root.value, KEYS, VALUES))
    wanted = changed(root.value, op, tokens, new)
    after = spliced(text, JSON.editor(root)(op, tokens, new))
    result = JSON.parse(after, "x.json")
    check_tiles(result)
    assert same(result.value, wanted)

    container, entry = entry_at(root, tokens)
    if op == "add" and container is not None and container.kind == "list":
        entry = None
    touched: set[int] = set()
    if container is None:
        touched = lines_of(text, root.start, root.end)
        spared = text[: root.start] + text[root.end :]
    elif entry is not None:
        index = container.entries.index(entry)
        begin = container.entries[index - 1].stop if index else entry.lead
        # The last one gone, the brackets come together.
        alone = op == "remove" and len(container.entries) == 1
        touched = lines_of(text, begin, container.end if alone else entry.end)
        spared = text[: entry.lead] + text[entry.end :]
    else:
        at = (
            len(container.entries)
            if tokens[-1] == "-" or container.kind == "map"
            else int(tokens[-1])
        )
        begin = container.entries[at - 1].stop if at else container.start
        stop = container.entries[at].start if at < len(container.entries) else container.end - 1
        touched = lines_of(text, begin, stop)
        spared = text
    assert not lost_lines(text, after, touched)
    for n in range(1, 100):
        note = f"note{n:03}"
        assert note not in spared or note in after
    if "\r\n" in text:
        assert after.count("\n") == after.count("\r\n")


def test_real_files() -> None:
    refused = []
    files = real.documents(".json")
    for path in files:
        text = path.read_bytes().decode()
        try:
            root = JSON.parse(text, path.name)
        except InvalidDocument as error:
            assert "stands twice" in error.message
            refused.append(path)
            continue
        check_tiles(root)
        assert json.dumps(root.value) == json.dumps(json.loads(laws.plain_json(text)))
    assert len(refused) < len(files) / 100


BAD = {
    "": (1, "ends where a value"),
    " \n// x\n": (3, "ends where a value"),
    "[1,,2]": (1, '"," where a value'),
    "[,]": (1, '"," where a value'),
    "{,}": (1, '"," where a key'),
    '{"a" 1}': (1, '":" after the key'),
    '{"a":}': (1, '"}" where a value'),
    '{"a"': (1, '":" after the key'),
    '{"a":': (1, "ends where a value"),
    '{"a": 1\n"b": 2}': (2, 'a string where "," or "}"'),
    '["a"\n\n"b"]': (3, 'a string where "," or "]"'),
    '{"a": 1]': (1, '"]" where "," or "}"'),
    '["a": 1]': (1, '":" where "," or "]"'),
    '{"a"}': (1, '":" after the key'),
    '{"a", 1}': (1, '":" after the key'),
    "[1] 2": (1, "nothing after"),
    "[1]\n}": (2, "nothing after"),
    "{a: 1}": (1, "a key in double quotes"),
    "{'a': 1}": (1, "a key in double quotes"),
    '{"a": 1,\n "a": 2}': (2, '"a" stands twice'),
    '{"a": 1,\n "\\u0061": 2}': (2, '"a" stands twice'),
    "[NaN]": (1, '"NaN" is not'),
    "[Infinity]": (1, '"Infinity" is not'),
    "[-Infinity]": (1, '"-" where'),
    "[True]": (1, '"True" is not'),
    "[01]": (1, '"01" is not'),
    "[1.]": (1, '"1." is not'),
    "[.5]": (1, '"." where'),
    "[+1]": (1, '"+" where'),
    "[1e]": (1, '"1e" is not'),
    "[0x10]": (1, '"x" where'),
    "[\u0661]": (1, "where a value"),
    "1e999": (1, "beyond what a double"),
    "9" * 4301: (1, "4301 digits"),
    '"a': (1, "unterminated string"),
    '["a\tb"]': (1, "control character"),
    '["a\nb"]': (1, "control character"),
    '{"a\n": 1}': (1, "control character"),
    '{"a": "\\x"}': (1, "escape"),
    '["\\u12"]': (1, "escape"),
    "[1] /* x": (1, "comment without end"),
    "[1, /* x]": (1, "comment without end"),
    "[1 / 2]": (1, '"/" where'),
    "[1] # x": (1, '"#" where'),
    "[1]\x00": (1, '"\\u0000" where'),
    "[1\x0c]": (1, '"\\f" where'),
    "\ufeff[1]": (1, '"\\ufeff" where'),
    "[" * (DEPTH_LIMIT + 1): (1, "nested more than"),
    '{"a":\n' * (DEPTH_LIMIT + 1): (DEPTH_LIMIT + 1, "nested more than"),
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:30]))
def test_refuses(text: str) -> None:
    line, message = BAD[text]
    with pytest.raises(InvalidDocument) as caught:
        JSON.parse(text, "x.json")
    assert (caught.value.where, caught.value.line) == ("x.json", line)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "/*" * 200_000,
        "/**" * 200_000,
        '"' + "\\" * 400_001,
        "[" + "1," * 300_000,
        "[" + "//\n" * 200_000,
        " " * 1_000_000,
        "9" * 1_000_000,
        "1." + "9" * 1_000_000 + "x",
        '["' + 'a"' * 300_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_refuses_large_nonsense_at_once(text: str, no_collection: None) -> None:
    start = time.process_time()
    with pytest.raises(InvalidDocument):
        JSON.parse(text, "x.json")
    assert time.process_time() - start < 2


def test_depth_up_to_the_limit() -> None:
    text = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    root = JSON.parse(text, "x.json")
    check_tiles(root)
    assert root.value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("-0.0", -0.0),
        ("1.0", 1.0),
        ("1e2", 100.0),
        ("18446744073709551617", 18446744073709551617),
        ('"\\ud800"', "\ud800"),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\\/"', "/"),
        ('"\x7f\u2028"', "\x7f\u2028"),
        ("[1,]", [1]),
        ('{"a": [],}', {"a": []}),
        ("// a\n/* b */ null // c", None),
        ('{/**/"a"/***/:/*/ */1//x\n,// y, z\n}//', {"a": 1}),
    ],
)
def test_meaning(text: str, value: Any) -> None:
    root = JSON.parse(text, "x.json")
    check_tiles(root)
    assert same(root.value, value)


def test_a_comment_on_the_line_belongs_to_what_is_before() -> None:
    text = '{ // head\n  "a": 1, // one\n  /* two */\n  "b": 2 /* here */ // and\n  // tail\n}\n'
    a, b = JSON.parse(text, "x.json").entries
    assert text[a.lead : a.start] == "\n  "
    assert text[a.stop : a.end] == ", // one"
    assert text[b.lead : b.start] == "\n  /* two */\n  "
    assert text[b.stop : b.end] == " /* here */ // and"


# Each edit with the text before and after: what a careful person would have typed.
EDITS = {
    "scalar": ('{"a": 1}\n', "replace", "/a", 2, '{"a": 2}\n'),
    "member": (
        '{\n  "a": 1\n}',
        "add",
        "/b",
        [1],
        '{\n  "a": 1,\n  "b": [\n    1\n  ]\n}',
    ),
    "tabs": ('{\n\t"a": {}\n}', "add", "/a/b", 1, '{\n\t"a": {\n\t\t"b": 1\n\t}\n}'),
    "one line": ('{"a": [1, 2]}', "add", "/a/-", {"x": 1}, '{"a": [1, 2, {"x": 1}]}'),
    "minified": (
        '{"a":[1,2]}',
        "add",
        "/b",
        {"x": [1, 2]},
        '{"a":[1,2],"b":{"x":[1,2]}}',
    ),
    "padded": ('{ "a": 1 }', "add", "/b", {"c": 2}, '{ "a": 1, "b": { "c": 2 } }'),
    "trailing comma": ("[\n  1,\n]", "add", "/-", 2, "[\n  1,\n  2,\n]"),
    "comment at the end": (
        '{\n  "a": 1 // one\n}',
        "add",
        "/b",
        2,
        '{\n  "a": 1, // one\n  "b": 2\n}',
    ),
    "comment keeps the line": ("[1 // one\n]", "add", "/-", 2, "[1, // one\n2\n]"),
    "first of a line": ("[1, 2]", "add", "/0", 0, "[0, 1, 2]"),
    "first of lines": ("[ // n\n  1\n]", "add", "/0", 0, "[ // n\n  0,\n  1\n]"),
    "middle of lines": ("[\n  1,\n  2\n]", "add", "/1", 0, "[\n  1,\n  0,\n  2\n]"),
    "after a comment": ("[1, 2, // two\n3]", "add", "/2", 9, "[1, 2, // two\n9,\n3]"),
    "in a wrapped list": (
        "[\n  1, 2,\n  3, 4\n]",
        "add",
        "/-",
        5,
        "[\n  1, 2,\n  3, 4, 5\n]",
    ),
    "rows": (
        '[\n  {"id": 1, "x": 2},\n  {"id": 2, "x": 3}\n]',
        "add",
        "/-",
        {"id": 3, "x": 4},
        '[\n  {"id": 1, "x": 2},\n  {"id": 2, "x": 3},\n  {"id": 3, "x": 4}\n]',
    ),
    "brackets on one line": (
        '[{\n  "a": 1\n}, {\n  "a": 2\n}]',
        "add",
        "/-",
        {"a": 3},
        '[{\n  "a": 1\n}, {\n  "a": 2\n}, {\n  "a": 3\n}]',
    ),
    "same key elsewhere": (
        '{\n  "x": {\n    "tags": ["a"],\n    "ports": [\n      1\n    ]\n  }\n}',
        "add",
        "/y",
        {"tags": ["b"], "ports": [2]},
        (
            '{\n  "x": {\n    "tags": ["a"],\n    "ports": [\n      1\n    ]\n  },\n'
            '  "y": {\n    "tags": ["b"],\n    "ports": [\n      2\n    ]\n  }\n}'
        ),
    ),
    "escaped": (
        '{"a": "\\u00e9"}',
        "add",
        "/b",
        "ü",
        '{"a": "\\u00e9", "b": "\\u00fc"}',
    ),
    "not escaped": ('{"a": "é"}', "add", "/b", "ü", '{"a": "é", "b": "ü"}'),
    "blank lines between": (
        "[\n  1,\n\n  2,\n\n  3\n]",
        "add",
        "/-",
        4,
        "[\n  1,\n\n  2,\n\n  3,\n\n  4\n]",
    ),
    "empty file of {}": ("{}\n", "add", "/a", 1, '{\n  "a": 1\n}\n'),
    "empty with a comment": (
        '{\n  "a": [ // none\n  ]\n}',
        "add",
        "/a/-",
        1,
        '{\n  "a": [ // none\n    1\n  ]\n}',
    ),
    "CRLF": (
        '{\r\n  "a": 1\r\n}\r\n',
        "add",
        "/b",
        {"c": 1},
        '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 1\r\n  }\r\n}\r\n',
    ),
    "remove first": ('{"a": 1, "b": 2}', "remove", "/a", None, '{"b": 2}'),
    "remove last": (
        '{\n  "a": 1, // x\n  "b": 2 // y\n}',
        "remove",
        "/b",
        None,
        '{\n  "a": 1 // x\n}',
    ),
    "remove last, commas": ("[\n  1,\n  2,\n]", "remove", "/1", None, "[\n  1,\n]"),
    "remove comma first": ("[ 1\n, 2\n, 3\n]", "remove", "/2", None, "[ 1\n, 2\n]"),
    "remove only": (
        '{\n  "a": {\n    "b": 1,\n  }\n}',
        "remove",
        "/a/b",
        None,
        '{\n  "a": {}\n}',
    ),
    "remove with its comment": (
        "[\n  1,\n  // about two\n  2,\n  3\n]",
        "remove",
        "/1",
        None,
        "[\n  1,\n  3\n]",
    ),
    "remove under a heading": (
        "[\n  // numbers\n\n  // one\n  1,\n  2\n]",
        "remove",
        "/0",
        None,
        "[\n  // numbers\n\n  2\n]",
    ),
    "a list gets short": ('{"a": [\n  1\n]}', "replace", "/a", [], '{"a": []}'),
    "one line stays": (
        '{\n  "a": [1]\n}',
        "replace",
        "/a",
        [1, 2],
        '{\n  "a": [1, 2]\n}',
    ),
    "root": ('// x\n{"a": 1}\n', "replace", "", [1], "// x\n[1]\n"),
}


@pytest.mark.parametrize("name", EDITS)
def test_edit_as_a_person_would(name: str) -> None:
    before, op, pointer, value, after = EDITS[name]
    tokens = tuple(pointer.split("/")[1:])
    assert spliced(before, JSON.editor(JSON.parse(before, "x.json"))(op, tokens, value)) == after


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Opaque("!secret", "x"),
        [{"a": Opaque("toml:date", "2020-01-01")}],
        {Key("8080"): 1},
        10**4400,
    ],
    ids=["nan", "inf", "tag", "date", "key", "digits"],
)
def test_what_json_cannot_say(value: Any) -> None:
    with pytest.raises(PatchError):
        JSON.editor(JSON.parse('{"a": 1}', "x.json"))("add", ("b",), value)


def test_too_deep_to_write() -> None:
    value: Any = 1
    for _ in range(900):
        value = [value]
    with pytest.raises(PatchError):
        JSON.editor(JSON.parse('{"a": 1}', "x.json"))("add", ("b",), value)


@pytest.mark.parametrize(
    ("op", "tokens"),
    [
        ("replace", ("b",)),
        ("remove", ("b",)),
        ("remove", ("a", "3")),
        ("add", ("b", "c")),
    ],
)
def test_pointer_to_nothing(op: str, tokens: tuple[str, ...]) -> None:
    with pytest.raises(PatchError):
        JSON.editor(JSON.parse('{"a": [1]}', "x.json"))(op, tokens, 1)
