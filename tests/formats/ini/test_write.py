"""Changes of settings: in the style around them, and nothing else."""

from __future__ import annotations

import pytest

from seedgit.errors import PatchError
from seedgit.formats.document import Document

TEXT = """\
# why
name = a
export X=1

[core]
\tbare = false
\tflag
\tempty =

# the remote
[remote "o"]
url: u
"""


def edited(text: str, op: str, path: str, value: object = None) -> str:
    patch = {"op": op, "path": path} | ({} if op == "remove" else {"value": value})
    return Document.parse(text.encode(), "f.ini").apply([patch]).text


@pytest.mark.parametrize(
    ("op", "path", "value", "old", "new"),
    [
        ("replace", "/name", "b c", "name = a", "name = b c"),
        ("replace", "/name", "", "name = a\n", "name = \n"),
        ("replace", "/name", None, "name = a\n", "name\n"),
        ("replace", "/core/bare", "true", "bare = false", "bare = true"),
        ("replace", "/core/flag", "1", "\tflag\n", "\tflag = 1\n"),
        ("replace", "/core/empty", "1", "empty =\n", "empty = 1\n"),
        ("replace", '/remote "o"/url', "v", "url: u", "url: v"),
        ("add", "/core/new", "1", "\tempty =\n", "\tempty =\n\tnew = 1\n"),
        ("add", "/core/new", None, "\tempty =\n", "\tempty =\n\tnew\n"),
        ("add", '/remote "o"/new', "1", "url: u\n", "url: u\nnew: 1\n"),
        ("add", "/new", "1", "export X=1\n", "export X=1\nnew = 1\n"),
        ("add", "/s", {"a": "1"}, "url: u\n", "url: u\n\n[s]\na: 1\n"),
        ("remove", "/name", None, "# why\nname = a\n", ""),
        ("remove", '/remote "o"', None, '\n# the remote\n[remote "o"]\nurl: u\n', ""),
        ("replace", '/remote "o"', {"push": "p"}, "url: u\n", "push: p\n"),
    ],
)
def test_change(op: str, path: str, value: object, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert edited(TEXT, op, path, value) == TEXT.replace(old, new)


def test_behind_a_last_line_without_its_end() -> None:
    assert edited("a=1", "add", "/b", "2") == "a=1\nb=2"
    assert edited("a=1\r\n", "add", "/b", "2") == "a=1\r\nb=2\r\n"
    assert edited("export A=1\nexport B=2\n", "add", "/C", "3").endswith("export C=3\n")


@pytest.mark.parametrize(
    ("op", "path", "value"),
    [
        ("replace", "/name", 5),
        ("replace", "/name", ["a"]),
        ("replace", "/name", {"a": "b"}),
        ("replace", "/core", "text"),
        ("replace", "/name", " blank at its end"),
        ("replace", "/name", "two\nlines"),
        ("add", "/a=b", "1"),
        ("add", "/#a", "1"),
        ("add", "/core/deep", {"a": "1"}),
        ("replace", "", {"a": "1"}),
    ],
)
def test_what_cannot_be_said_is_refused(op: str, path: str, value: object) -> None:
    with pytest.raises(PatchError):
        edited(TEXT, op, path, value)
