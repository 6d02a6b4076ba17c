"""TOML: the tree, what is refused, and edits that keep every other line."""

from __future__ import annotations

import datetime
import time
import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.toml import FORMAT as TOML
from seedgit.formats.toml.places import locate
from seedgit.merge.tree import Entry, Node
from seedgit.values.value import Key, Opaque, same
from tests import real
from tests.formats.trees import (
    changed,
    check_tiles,
    lines_of,
    lost_lines,
    operations,
    spliced,
)

KEYS = st.sampled_from(["a", "b", "c", "a b", "é", "", "x.y", '"', "1", "-_"])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.sampled_from(["", "main", "a,b", "# no", "]", "é", "two\nlines\n", '"q"', "'", "\\", '"""']),
    st.sampled_from(["\x7f", "\r", "\t", "'''", 'a""']),
    st.builds(Opaque, st.just("toml:datetime"), st.sampled_from(["1979-05-27 07:32:00Z"])),
    st.just(Opaque("toml:date", "1979-05-27")),
    st.just(Opaque("toml:time", "07:32:00.999")),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.dictionaries(KEYS, inner, max_size=3), max_size=3),
        st.dictionaries(KEYS, inner, max_size=4),
    ),
    max_leaves=10,
)
TABLES = st.dictionaries(KEYS, VALUES, max_size=4)


class Scribe:
    """Writes a table with random layout: headers, dotted keys, inline tables, comments."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.newline = draw(st.sampled_from(["\n", "\r\n"]))
        self.equals = draw(st.sampled_from([" = ", "="]))
        self.blank = draw(st.booleans())
        self.comments = draw(st.booleans())
        self.count = 0

    def document(self, table: dict[str, Any]) -> str:
        lines = self.table(table, (), None)
        if self.comments and self.draw(st.booleans()):
            lines += ["", self.note()]
        text = self.newline.join(lines)
        return text + self.draw(st.sampled_from(["", self.newline])) if text else ""

    def table(self, table: dict[str, Any], name: tuple[str, ...], header: str | None) -> list[str]:
        pairs: list[str] = []
        below: list[list[str]] = []
        for key, value in table.items():
            path = (*name, key)
            if isinstance(value, dict) and self.draw(st.booleans()):
                below.append(self.table(value, path, f"[{self.key(path)}]"))
            elif _tables(value) and self.draw(st.booleans()):
                for item in value:
                    below.append(self.table(item, path, f"[[{self.key(path)}]]"))
            else:
                pairs += self.pair((key,), value)
        lines = pairs
        omitted = header and header[1] != "[" and below and not pairs and self.draw(st.booleans())
        if header and not omitted:
            lines = [*self.above(), header + self.behind(), *pairs]
        for section in below:
            lines += ([""] if self.blank and lines else []) + section
        return lines

    def pair(self, path: tuple[str, ...], value: Any) -> list[str]:
        if isinstance(value, dict) and value and self.draw(st.booleans()):
            return [line for key in value for line in self.pair((*path, key), value[key])]
        indent = self.draw(st.sampled_from(["", "  "]))
        text = self.value(value, lines=True)
        return [
            *self.above(),
            indent + self.key(path) + self.equals + text + self.behind(),
        ]

    def value(self, value: Any, lines: bool = False) -> str:
        if isinstance(value, dict):
            pad = self.draw(st.sampled_from(["", " "])) if value else ""
            items = [item for key in value for item in self.inline((key,), value[key])]
            return "{" + pad + ", ".join(items) + pad + "}"
        if isinstance(value, list):
            if not lines or not value or self.draw(st.booleans()):
                return "[" + ", ".join(self.value(item) for item in value) + "]"
            comma = self.draw(st.sampled_from(["", ","]))
            out = "[" + self.behind() + self.newline
            for n, item in enumerate(value):
                end = comma if n == len(value) - 1 else ","
                out += "    " + self.value(item) + end + self.behind() + self.newline
            return out + "]"
        if isinstance(value, Opaque):
            return str(value.content)
        if isinstance(value, str) and lines and "\n" in value and not set(value) & set('\r\\"\x7f'):
            return '"""' + value.replace("\n", self.newline) + '"""'
        return str(tomlkit.item(value).as_string())

    def inline(self, path: tuple[str, ...], value: Any) -> list[str]:
        if isinstance(value, dict) and value and self.draw(st.booleans()):
            return [item for key in value for item in self.inline((*path, key), value[key])]
        return [self.key(path) + self.equals + self.value(value)]

    def key(self, path: tuple[str, ...]) -> str:
        return ".".join(tomlkit.key(part).as_string() for part in path)

    def above(self) -> list[str]:
        if not self.comments:
            return []
        return self.draw(st.sampled_from([[], [], ["x"], ["x", ""], ["", "x"], [""]])) and [
            line and self.note()
            for line in self.draw(st.sampled_from([["x"], ["x", ""], ["", "x"], [""]]))
        ]

    def behind(self) -> str:
        return "  " + self.note() if self.comments and self.draw(st.booleans()) else ""

    def note(self) -> str:
        self.count += 1
        return f"# note{self.count:03}, ]"


def _tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, dict) for x in value)


@st.composite
def documents(draw: st.DrawFn, tables: st.SearchStrategy[dict[str, Any]] = TABLES) -> str:
    return Scribe(draw).document(draw(tables))


def plain(value: Any) -> Any:
    """`tomllib`'s value with dates as their kinds only, to compare with a tree's."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Opaque):
        return value.tag
    kinds = {
        datetime.datetime: "datetime",
        datetime.date: "date",
        datetime.time: "time",
    }
    return f"toml:{kinds[type(value)]}" if type(value) in kinds else value


@given(TABLES, st.data())
def test_tree_means_what_was_written(table: dict[str, Any], data: st.DataObject) -> None:
    text = data.draw(documents(st.just(table)))
    root = TOML.parse(text, "x.toml")
    check_tiles(root)
    assert (root.start, root.end) == (0, len(text))
    assert same(root.value, table)
    # tomlkit keeps CRLF in multi-line strings, which TOML leaves open.
    assert plain(tomlkit.parse(text.replace("\r\n", "\n")).unwrap()) == plain(table)


@given(documents(), st.data())
def test_edit_does_what_it_says_and_nothing_else(text: str, data: st.DataObject) -> None:
    root = TOML.parse(text, "x.toml")
    op, tokens, new = data.draw(operations(root.value, KEYS, VALUES))
    if not tokens and not isinstance(new, dict):
        new = {"a": new}
    try:
        splices = TOML.editor(root)(op, tokens, new)
    except PatchError as error:
        assert "takes only tables" in error.message
        return
    after = spliced(text, splices)
    result = TOML.parse(after, "x.toml")
    check_tiles(result)
    assert same(result.value, changed(root.value, op, tokens, new))

    touched, spared = around(root, op, tokens)
    assert not lost_lines(text, after, touched)
    for n in range(1, 100):
        note = f"note{n:03}"
        assert note not in spared or note in after
    assert not text or after.endswith("\n") == text.endswith("\n") or not after
    if "\r\n" in text:
        assert after.count("\n") == after.count("\r\n")


def around(root: Node, op: str, tokens: tuple[str, ...]) -> tuple[set[int], str]:
    """The lines that an edit may change, and the text it must leave."""
    text = root.source.text
    place = locate(root, tokens)
    if tokens == ():
        return set(range(text.count("\n") + 1)), ""
    parent = locate(root, tokens[:-1])
    assert parent is not None
    inside = [c for c, _ in parent.parts if c.layout == "flow"]
    if parent.node is not None and parent.node.layout == "flow":
        inside.append(parent.node)
    touched: set[int] = set()
    for container in inside:
        touched |= lines_of(text, container.start, container.end)
    if place is None or (op == "add" and parent.node is not None and parent.node.kind == "list"):
        return touched, text
    entries = [entry for _, entry in place.entries]
    container = place.entries[0][0]
    if container.layout == "block" and container.kind == "list" and len(container.entries) == 1:
        entries = [entry for _, entry in parent.entries]
    spared = text
    for entry in sorted(entries, key=lambda e: e.lead, reverse=True):
        touched |= lines_of(text, entry.lead, max(entry.lead, entry.end - 1))
        spared = spared[: entry.lead] + spared[entry.end :]
    return touched, spared


def test_real_files() -> None:
    for path in real.documents(".toml"):
        text = path.read_bytes().decode()
        root = TOML.parse(text, path.name)
        check_tiles(root)
        assert plain(root.value) == plain(tomllib.loads(text))
        for entry in leaves(root):
            assert not entry.node.text.endswith((" ", "\t", "\r"))


def leaves(node: Node) -> list[Entry]:
    found = []
    for entry in node.entries:
        found += leaves(entry.node) if entry.node.entries else [entry]
    return found


# What our scanner or `tomllib` refuses: line and message.
BAD = {
    "a": (1, "expected '='"),
    "a =": (1, "invalid value"),
    "\n= 1": (2, "invalid statement"),
    "a = 1 b = 2": (1, "expected newline"),
    "a = 1\n[b": (2, "expected ']'"),
    "[[a]": (1, "expected ']]'"),
    "[a]\n[a]": (2, "twice"),
    "[[a]]\n[a]": (2, "twice"),
    "a = 1\na = 2": (2, "cannot overwrite"),
    "a = 1\n\n[a]": (3, "cannot overwrite"),
    "a.b = 1\na = 2": (2, "cannot overwrite"),
    "a = []\n[[a]]": (2, "cannot mutate"),
    "a = {b = 1}\n[a.c]": (2, "cannot declare"),
    "x = [1, 2": (1, "unclosed array"),
    "x = [1 2]": (1, "unclosed array"),
    'a = "x': (1, "unterminated string"),
    'a = "\\x"': (1, "unescaped"),
    '"a\\q" = 1': (1, "unescaped"),
    'a = """x\n"': (2, "unterminated string"),
    "a = 'x": (1, "expected"),
    "a = 01": (1, "expected newline"),
    "a = True": (1, "invalid value"),
    "a = null": (1, "invalid value"),
    "a = nan2": (1, "expected newline"),
    "a = 1979-13-01": (1, "expected newline"),
    'a = "\x00"': (1, "illegal character"),
    "a = 1 # \x01": (1, "invalid character"),
    "a = 1\rb = 2": (1, "expected newline"),
    "\ufeffa = 1": (1, "invalid statement"),
    "é = 1": (1, "invalid statement"),
    "[a.]": (1, "key part"),
    "a..b = 1": (1, "key part"),
    "[ ]": (1, "key part"),
    "a = 1e999": (1, "beyond what a double"),
    "a = " + "9" * 4301: (1, "more than 4300 digits"),
    "a = 0x" + "f" * 4000: (1, "beyond what can be written"),
    "[[x]]\n[y]\n[[x]]": (3, "stands apart"),
    "[[x]]\n[y]\n[x.z]": (3, "stands apart"),
    "[[x]]\n[[x.y]]\n[x.z]\n[[x.y]]": (4, "stands apart"),
    "\na = " + "[" * 200: (2, "nested more than"),
    "[" + "a." * 200 + "a]": (1, "nested more than"),
    "[" + "a." * 100 + "a]\n" + "b." * 100 + "b = 1": (2, "nested more than"),
    "a = " + "{a = " * 200: (1, "nested more than"),
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: ascii(text[:30]))
def test_refuses(text: str) -> None:
    line, message = BAD[text]
    with pytest.raises(InvalidDocument) as caught:
        TOML.parse(text, "x.toml")
    assert (caught.value.where, caught.value.line) == ("x.toml", line)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a." * 100_000 + "a = 1",
        "[" + "a." * 100_000 + "a]",
        'a = """' + '"' * 1_000_000,
        'a = """' + '""\\' * 300_000,
        "a = '''" + "''\n" * 300_000,
        "a = " + "1" * 1_000_000,
        "a = " + "1 " * 500_000,
        "a = [" + "#\n" * 300_000,
        "[a]\n" * 200_000,
        "\n" * 1_000_000 + "x",
        "[[a]]\n[a.b]\nx=1\n" * 20_000 + "[c]\n[[a]]",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_refuses_large_nonsense_at_once(text: str, no_collection: None) -> None:
    start = time.process_time()
    with pytest.raises(InvalidDocument):
        TOML.parse(text, "x.toml")
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("# only\n\n", {}),
        ("a = nan", {"a": float("nan")}),
        ("a = -inf", {"a": float("-inf")}),
        ("a = 0xff\nb = 1_000", {"a": 255, "b": 1000}),
        ("a = 1\nb = 1.0\nc = true", {"a": 1, "b": 1.0, "c": True}),
        ('a = """x"""""', {"a": 'x""'}),
        ("a = '''x'''''", {"a": "x''"}),
        ('a = """\\\r\n  x"""', {"a": "x"}),
        ('"a b" . c = 1', {"a b": {"c": 1}}),
        ("a = 07:32:00 # x", {"a": Opaque("toml:time", "07:32:00")}),
        (
            "a = [1979-05-27 07:32:00Z]",
            {"a": [Opaque("toml:datetime", "1979-05-27 07:32:00Z")]},
        ),
        ("[[x]]\n[[x.y]]\n[[x]]\n[x.z]", {"x": [{"y": [{}]}, {"z": {}}]}),
        ("[a.b]\n[a]\nc = 1", {"a": {"b": {}, "c": 1}}),
    ],
)
def test_meaning(text: str, value: Any) -> None:
    root = TOML.parse(text, "x.toml")
    check_tiles(root)
    assert same(root.value, value)


LAYOUT = """\
# top
a.b = 1 # one

# about t
[t] # head
  c = [ # first
    1, # in
  ]
# below

# about x
[[x]]
id = 1

[x.y.z]
d = 2

[[x]]

[t.u]
# tail
"""


def test_layout() -> None:
    root = TOML.parse(LAYOUT, "x.toml")
    ab, t, x, tu = root.entries
    assert [entry.path for entry in root.entries] == [
        ("a", "b"),
        ("t",),
        ("x",),
        ("t", "u"),
    ]
    assert LAYOUT[ab.lead : ab.end] == "# top\na.b = 1 # one\n"
    assert LAYOUT[ab.stop : ab.end] == " # one\n"
    assert LAYOUT[t.lead : t.start] == "\n# about t\n"
    assert LAYOUT[t.start : t.node.start] == "[t] # head\n"
    assert (t.stop, t.node.end) == (t.end, t.end)
    assert LAYOUT[t.end : x.end].startswith("# below\n\n# about x\n[[x]]\n")
    assert t.node.value == {"c": [1]}
    assert t.node.indent == 2
    assert root.value["t"] == {"c": [1], "u": {}}
    assert (x.lead, x.node.start) == (x.start, x.start)
    first, second = x.node.entries
    assert first.path == ()
    assert LAYOUT[first.lead : first.start] == "# below\n\n# about x\n"
    assert [entry.path for entry in first.node.entries] == [("id",), ("y", "z")]
    assert x.node.value == [{"id": 1, "y": {"z": {"d": 2}}}, {}]
    assert LAYOUT[second.lead : second.end] == "\n[[x]]\n"
    assert LAYOUT[tu.end :] == "# tail\n"


def test_locate() -> None:
    root = TOML.parse(LAYOUT, "x.toml")

    def text(*tokens: str | int) -> str:
        place = locate(root, tokens)
        assert place is not None
        return LAYOUT[place.start :].partition("\n")[0]

    assert text("a") == text("a", "b") == "a.b = 1 # one"
    assert text("t") == "[t] # head"
    assert text("t", "c", 0) == "1, # in"
    assert text("t", "u") == "[t.u]"
    assert text("x") == text("x", "0") == "[[x]]"
    assert text("x", 0, "y") == text("x", 0, "y", "z") == "[x.y.z]"
    assert text("x", 0, "y", "z", "d") == "d = 2"
    table = locate(root, ("x", "0", "y"))
    assert table is not None
    assert (table.node, table.name) == (None, ("x", "y"))
    array = locate(root, ("x",))
    assert array is not None
    assert array.node is root.entries[2].node
    assert locate(root, ("x", "2")) is None
    assert locate(root, ("a", "c")) is None
    assert locate(root, ("a", "b", "c")) is None


CARGO = """\
# The package.

[package]
name = "x"
version = "1.0"   # bump
# authors = []

[dependencies]
serde = { version = "1", features = ["derive"] }
rand = "0.8"

[dependencies.tokio]
version = "1"
features = [
    "rt", # runtime
    "net"
]

# dev only
[dev-dependencies]

[[bin]]
name = "a"
path = 'a.rs'

# the second
[[bin]]
name = "b"

[profile.release.package]
a.b = 1
a.c = 2
# the end
"""

# Each edit of CARGO as the text it takes out and the text that comes there.
EDITS = {
    "key": (
        "add",
        "/package/edition",
        "2021",
        "# bump\n",
        '# bump\nedition = "2021"\n',
    ),
    "key of the document": (
        "add",
        "/top",
        1,
        "# The package.\n\n",
        "# The package.\n\ntop = 1\n\n",
    ),
    "key in an empty section": (
        "add",
        "/dev-dependencies/log",
        "1",
        "[dev-dependencies]\n",
        '[dev-dependencies]\nlog = "1"\n',
    ),
    "dotted key": (
        "add",
        "/profile/release/package/a/d",
        3,
        "a.c = 2\n",
        "a.c = 2\na.d = 3\n",
    ),
    "item": (
        "add",
        "/dependencies/tokio/features/-",
        "fs",
        '"net"\n',
        '"net",\n    "fs"\n',
    ),
    "first item": (
        "add",
        "/dependencies/tokio/features/0",
        "fs",
        "[\n",
        '[\n    "fs",\n',
    ),
    "inline item": ("add", "/dependencies/serde/features/-", "rc", '"]', '", "rc"]'),
    "inline member": (
        "add",
        "/dependencies/serde/optional",
        True,
        '"] }',
        '"], optional = true }',
    ),
    "inline, as its sibling": (
        "add",
        "/dependencies/log",
        {"version": "1"},
        'rand = "0.8"\n',
        'rand = "0.8"\nlog = { version = "1" }\n',
    ),
    "section": (
        "add",
        "/lints",
        {"a": 1, "rust": {"b": {"c": {"level": "warn"}}}},
        "# the end\n",
        '# the end\n\n[lints]\na = 1\n\n[lints.rust.b]\nc = { level = "warn" }\n',
    ),
    "section beside another": (
        "add",
        "/profile/dev",
        {"opt": 1},
        "# the end\n",
        "# the end\n\n[profile.dev]\nopt = 1\n",
    ),
    "key of a table without header": (
        "add",
        "/profile/lto",
        True,
        "\n[profile.release",
        "\n[profile]\nlto = true\n\n[profile.release",
    ),
    "element": (
        "add",
        "/bin/-",
        {"name": "c"},
        'name = "b"\n',
        'name = "b"\n\n[[bin]]\nname = "c"\n',
    ),
    "first element": (
        "add",
        "/bin/0",
        {"name": "c"},
        '[[bin]]\nname = "a"',
        '[[bin]]\nname = "c"\n\n[[bin]]\nname = "a"',
    ),
    "array of tables": (
        "add",
        "/test",
        [{"name": "t"}, {"name": "u"}],
        "# the end\n",
        '# the end\n\n[[test]]\nname = "t"\n\n[[test]]\nname = "u"\n',
    ),
    "string": ("replace", "/package/version", "1.1", '"1.0"   #', '"1.1"   #'),
    "quotes stay": ("replace", "/bin/0/path", "b.rs", "'a.rs'", "'b.rs'"),
    "quotes that cannot stay": ("replace", "/bin/0/path", "b's", "'a.rs'", '"b\'s"'),
    "list stays spread": (
        "replace",
        "/dependencies/tokio/features",
        ["a", "b"],
        '    "rt", # runtime\n    "net"\n',
        '    "a",\n    "b"\n',
    ),
    "member of a section": (
        "replace",
        "/package",
        {"name": "y", "version": "1.0"},
        'name = "x"',
        'name = "y"',
    ),
    "elements that stay": (
        "replace",
        "/bin",
        [{"name": "a", "path": "a.rs"}, {"name": "n"}, {"name": "b"}],
        "# the second\n",
        '[[bin]]\nname = "n"\n\n# the second\n',
    ),
    "no key": ("remove", "/package/version", None, 'version = "1.0"   # bump\n', ""),
    "no item": (
        "remove",
        "/dependencies/tokio/features/1",
        None,
        '"rt", # runtime\n    "net"\n',
        '"rt" # runtime\n',
    ),
    "no section": (
        "remove",
        "/dev-dependencies",
        None,
        "# dev only\n[dev-dependencies]\n\n",
        "",
    ),
    "no element": (
        "remove",
        "/bin/1",
        None,
        '# the second\n[[bin]]\nname = "b"\n\n',
        "",
    ),
    "an empty table is still said": (
        "remove",
        "/profile/release/package",
        None,
        "[profile.release.package]\na.b = 1\na.c = 2\n",
        "[profile.release]\n",
    ),
    "no dotted keys": (
        "remove",
        "/profile/release/package/a",
        None,
        "a.b = 1\na.c = 2\n",
        "",
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", EDITS)
def test_edit_as_a_person_would(name: str, newline: str) -> None:
    op, pointer, value, old, new = EDITS[name]
    assert CARGO.count(old) == 1 or op == "add"
    before, after = (text.replace("\n", newline) for text in (CARGO, CARGO.replace(old, new, 1)))
    tokens = tuple(pointer.split("/")[1:])
    assert spliced(before, TOML.editor(TOML.parse(before, "x.toml"))(op, tokens, value)) == after


def test_a_whole_table_goes() -> None:
    after = spliced(
        CARGO, TOML.editor(TOML.parse(CARGO, "x.toml"))("remove", ("dependencies",), None)
    )
    begin, end = CARGO.index("\n[dependencies]"), CARGO.index("\n# dev only")
    assert after == CARGO[:begin] + CARGO[end:]


def test_the_last_element_goes() -> None:
    text = "a = 1\n\n[[x]]\nb = 1\n"
    assert (
        spliced(text, TOML.editor(TOML.parse(text, "x.toml"))("remove", ("x", "0"), None))
        == "a = 1\nx = []\n"
    )


@pytest.mark.parametrize(
    ("text", "op", "pointer", "value", "after"),
    [
        ("", "add", "/a", 1, "a = 1\n"),
        ("# x", "add", "/a", 1, "# x\na = 1"),
        ("a = 1", "add", "/b", 2, "a = 1\nb = 2"),
        ("a = 1\n", "remove", "/a", None, ""),
        ("a=1", "add", "/b", {"c": 2}, "a=1\n\n[b]\nc=2"),
        ("a   = 1\nbcd = 2\n", "add", "/ef", 3, "a   = 1\nbcd = 2\nef  = 3\n"),
        ("a = {}\n", "add", "/a/b", 1, "a = { b = 1 }\n"),
        ("a = []\n", "add", "/a/-", {"b": 1}, "a = [{ b = 1 }]\n"),
        ("a = [ # none\n]\n", "add", "/a/-", 1, "a = [ # none\n    1\n]\n"),
        ("a = [\n  1,\n]\n", "add", "/a/-", 2, "a = [\n  1,\n  2,\n]\n"),
        (
            "a = {b.c = 1, b.d = 2}\n",
            "add",
            "/a/b/e",
            3,
            "a = {b.c = 1, b.d = 2, b.e = 3}\n",
        ),
        ("a = {b.c = 1, b.d = 2}\n", "remove", "/a/b", None, "a = {}\n"),
        ("a.b = 1 # x\n", "remove", "/a/b", None, "a = {} # x\n"),
        ("a = 1\n\n# b\nb = 2\nc = 3\n", "remove", "/b", None, "a = 1\n\nc = 3\n"),
        ("# top\n\n# a\na = 1\n\nb = 2\n", "remove", "/a", None, "# top\n\nb = 2\n"),
        ("a = 1\n\nb = 2\n", "remove", "/a", None, "b = 2\n"),
        ("[a]\nb = 1\n[c]\n", "add", "/d", {"e": 1}, "[a]\nb = 1\n[c]\n[d]\ne = 1\n"),
        (
            "  [[a]]\n    b = 1\n",
            "add",
            "/a/-",
            {"b": 2},
            "  [[a]]\n    b = 1\n\n  [[a]]\n    b = 2\n",
        ),
        (
            'a = """\nx\n"""\n',
            "replace",
            "/a",
            'y\n"""z\\',
            'a = """\ny\n\\"\\""z\\\\"""\n',
        ),
        ("a = '''x\n'''\n", "replace", "/a", "y\nz", "a = '''y\nz'''\n"),
        ("a = 'x'\n", "add", "/b", "y", "a = 'x'\nb = 'y'\n"),
        ("a = 'x'\n", "add", "/y z", "\x7f", 'a = \'x\'\n"y z" = "\\u007f"\n'),
        ("a = 1\n", "replace", "/a", float("inf"), "a = inf\n"),
        (
            "a = 1\n",
            "replace",
            "/a",
            Opaque("toml:date", "2020-01-01"),
            "a = 2020-01-01\n",
        ),
        ("a = 2020-01-01 # d\n", "replace", "/a", "x", 'a = "x" # d\n'),
        ("[a.b]\nc = 1\n", "replace", "/a", 1, "a = 1\n"),
        ("[a]\nb = 1\n\n[a.c]\n", "replace", "/a/c", 1, "[a]\nb = 1\nc = 1\n"),
        ("a = 1\n", "replace", "", {"b": 1}, "b = 1\n"),
    ],
)
def test_edit_small(text: str, op: str, pointer: str, value: Any, after: str) -> None:
    tokens = tuple(pointer.split("/")[1:])
    assert spliced(text, TOML.editor(TOML.parse(text, "x.toml"))(op, tokens, value)) == after


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "no null"),
        ([1, {"b": None}], "no null"),
        ({"b": {"c": None}}, "no null"),
        (2**63, "64 bits"),
        (Opaque("!secret", "x"), "!secret"),
        ({Key("8080"): 1}, "8080"),
        ("\ud800", "surrogate"),
        ({"\ud800": 1}, "surrogate"),
    ],
    ids=ascii,
)
def test_what_toml_cannot_say(value: Any, message: str) -> None:
    root = TOML.parse("a = 1\n", "x.toml")
    for tokens in ("b",), ("a",):
        with pytest.raises(PatchError, match=message):
            TOML.editor(root)("add", tokens, value)


def test_too_deep_to_write() -> None:
    for wrap in (lambda value: [value]), (lambda value: {"a": value}):
        value: Any = 1
        for _ in range(900):
            value = wrap(value)
        with pytest.raises(PatchError, match="nested more than"):
            TOML.editor(TOML.parse("a = 1\n", "x.toml"))("add", ("b",), value)


@pytest.mark.parametrize(
    ("op", "pointer", "value"),
    [
        ("replace", "/c", 1),
        ("remove", "/c", None),
        ("add", "/c/d", 1),
        ("add", "/a/d", 1),
        ("add", "/x/3", {}),
        ("add", "/x/-", 1),
        ("replace", "/x/0", 1),
        ("remove", "/x/1", None),
        ("remove", "/x/y", None),
        ("replace", "", []),
        ("remove", "", None),
    ],
)
def test_pointer_that_does_not_fit(op: str, pointer: str, value: Any) -> None:
    with pytest.raises(PatchError):
        TOML.editor(TOML.parse("a = 1\n[[x]]\n", "x.toml"))(
            op, tuple(pointer.split("/")[1:]), value
        )
