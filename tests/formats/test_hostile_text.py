"""Texts that an expression could be tried on from each of their characters: none takes long."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats.document import Document
from seedgit.formats.json.lines import JsonLines
from seedgit.formats.renames import renamed
from seedgit.formats.scan import sign_at_end
from seedgit.formats.toml.lines import TomlLines
from seedgit.formats.toml.members import _kept_lead
from seedgit.formats.yaml.lines import YamlLines
from seedgit.operations.report import _FRAME
from seedgit.values.semver import newer

MANY = 300_000  # characters; what is quadratic in them takes many minutes


@contextmanager
def no_long_time() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 20


BLANKS = " " * MANY


@pytest.mark.parametrize(
    "look",
    [
        lambda: YamlLines().key(f"a{BLANKS}x"),
        lambda: YamlLines().key("a " * (MANY // 2)),
        lambda: YamlLines().has_body("a:" * (MANY // 2)),
        lambda: YamlLines().is_entry(f"a:{BLANKS}#", "a"),
        lambda: JsonLines().is_bound(["}" * MANY]),
        lambda: JsonLines().is_bound(["{" * MANY, "]" * MANY]),
        lambda: TomlLines().key("a" * MANY),
        lambda: TomlLines().is_entry("a" * MANY, "a"),
        lambda: sign_at_end(f'"{BLANKS}" x', ":"),
        lambda: sign_at_end(f'"{BLANKS}":{BLANKS}x', ":"),
        lambda: _kept_lead("#" * MANY + "\n"),
        lambda: _kept_lead("#\n" * (MANY // 2)),
        lambda: newer(f"1.{'9' * MANY}", f"1.{'9' * (MANY - 1)}8"),
        lambda: newer("1." * MANY, "1"),
        lambda: _FRAME.findall('File "' + "a" * MANY),
        lambda: _FRAME.findall('File "' + "a/" * (MANY // 2)),
    ],
)
def test_no_expression_is_tried_from_every_character(look: Callable[[], object]) -> None:
    with no_long_time():
        look()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.json", '{"a": [\n' + "\n" * MANY + '1, 2], "b": 1}\n'),
        ("f.json", f'{{"{BLANKS}": 1, "a": [1, 2], "b"{BLANKS}:{BLANKS}1}}\n'),
        ("f.toml", f'"{BLANKS}" = 1\nb{BLANKS}= 1\na = [1, 2]\n'),
        ("f.toml", "#" * MANY + "\na = [1, 2]\nb = 1\n"),
        ("f.yaml", f"b:{BLANKS}1\na: [1, 2] #{BLANKS}\n"),
        ("f.yaml", f"a: [\n{BLANKS}\n{BLANKS}\n1, 2]\nb: 1\n"),
    ],
)
def test_no_edit_takes_long(name: str, text: str) -> None:
    with no_long_time():
        document = Document.parse(text.encode(), name)
        for operation in (
            {"op": "remove", "path": "/a/0"},
            {"op": "add", "path": "/a/0", "value": 3},
            {"op": "add", "path": "/c", "value": {"d": 1}},
            {"op": "remove", "path": "/b"},
        ):
            document.apply([operation])


def test_renames_take_no_time_by_the_square() -> None:
    items = [f"  - id: n{n}\n    max: 1\n" for n in range(1000)]
    text = "steps:\n" + "".join(items)
    newer_text = text.replace("max:", "max_items:")
    renames = [(("steps", "*", "max"), ("steps", "*", "max_items"))]
    renames += [((f"a{n}",), (f"b{n}",)) for n in range(99)]
    versions = (text.encode(), text.encode(), newer_text.encode())
    with no_long_time():
        assert renamed(versions, "f.yaml", renames) == (newer_text.encode(),) * 3
    more = text + "  - max: 1\n"
    assert renamed((more.encode(), *versions[1:]), "f.yaml", renames)[1] == text.encode()


# As they were written before, which was quadratic.
OLD_KEY = re.compile(
    r"""(?:"([^"\\]*)"|'([^']*)'|([^\s&*!|>'"%@`#,\[\]{}?:-][^:#'"]*?))[ \t]*:(?=[ \t]|$)"""
)
OLD_SIGN = re.compile(r"[ \t]*:[ \t]*\Z")
OLD_LEAD = re.compile(r"(?s:.*)#[^\n]*\n(?=[ \t]*\r?\n)")
OLD_BOUND = re.compile(r"[]}].*[{\[]")


@given(st.text("a:# \t\n\r'\"-[]{}"))
def test_the_quick_way_says_what_the_expression_said(text: str) -> None:
    key = OLD_KEY.match(text)
    assert YamlLines().key(text) == (key[key.lastindex or 0] if key else None)
    sign = OLD_SIGN.search(text)
    assert sign_at_end(text, ":") == (sign[0] if sign else "")
    lead, now = OLD_LEAD.match(text), _kept_lead(text)
    assert (lead and lead.end()) == (now and now.end())
    assert JsonLines().is_bound([text]) == bool(OLD_BOUND.search(text))


def test_versions_of_any_length() -> None:
    long = "9" * 10_000
    assert newer(f"1.{long}", "1.9") == f"1.{long}"
    assert newer("1.0.09", "1.0.10") == "1.0.10"
    assert newer("1.0-2", "1.0-10") == "1.0-10"
    assert newer("1.0-007", "1.0-7") is None
    assert newer(f"1.0-{long}", f"1.0-{long}0") == f"1.0-{long}0"
