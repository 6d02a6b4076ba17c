"""Text is written without quotes where every reader takes it for that text, and only there."""

from __future__ import annotations

import io
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from seedgit.formats.document import Document
from seedgit.formats.yaml.plain import is_plain

PLAIN = (
    "7m", "500m", "1Gi", "100Mi", "1.2.3", "10.0.0.0/8", "3d", "2x", "v1.2", "/var/lib", "./x",
    "-Xmx2g", "--verbose", "-3x", "key=value", "drain", "two words", "1st place", "a-b", "0x1G",
    "12h30m", "2024-W01", "us-east-1",
)  # fmt: skip
IN_BLOCK = ("nginx:1.27", "https://example.com/a", "sha256:0a1b", "host:80/path")
QUOTED = (
    "", "y", "No", "on", "NULL", "~", "1", "-1", "+1", "017", "0o17", "0x1F", "0b1", "1_000",
    "1,000", "1.5", "1.", ".5", "1e3", "1.5E-3", ".inf", "-.Inf", ".NaN", "1:30", "1:30:00.5",
    "2024-01-02", "2024-1-2 3:4:5", "2024-01-02T03:04:05Z", "<<", "=", "-", "--", "---", "- a",
    "a: b", "a:", ":a", "a #b", "#a", "*a", "&a", "!a", "%a", "@a", "`a", "[a", "{a", "'",
    " a", "a ", "a\n", "?", "|", ">", "...", "a\tb",
)  # fmt: skip


def read_by_all(text: str) -> list[Any]:
    """What readers of YAML 1.1 and 1.2 make of a document."""
    old = YAML(typ="safe", pure=True)
    old.version = (1, 1)
    new = YAML(typ="safe", pure=True)
    return [yaml.safe_load(text), *(reader.load(io.StringIO(text)) for reader in (old, new))]


@pytest.mark.parametrize("text", [*PLAIN, *IN_BLOCK])
def test_nothing_is_quoted_needlessly(text: str) -> None:
    assert is_plain(text, in_flow=False)
    assert is_plain(text, in_flow=True) == (text in PLAIN)


@pytest.mark.parametrize("text", QUOTED)
def test_what_a_reader_takes_for_something_else_is_quoted(text: str) -> None:
    assert not is_plain(text, in_flow=False)


WORDS = st.text("0123456789abefgmoxyT_.,:+-/=~ @%()", max_size=12) | st.text(max_size=8)


@given(WORDS)
@example("1e3")
@example("1_0:30")
def test_what_is_plain_is_itself_to_every_reader(text: str) -> None:
    if is_plain(text, in_flow=False):
        assert read_by_all(f"k: {text}\nl:\n  - {text}\n") == [{"k": text, "l": [text]}] * 3
    if text != "k" and is_plain(text, in_flow=True):
        flow = f"{{k: {text}, {text}: [{text}, {text}]}}\n"
        for found in read_by_all(flow):
            assert found == {"k": text} | {text: [text, text]}


def test_a_change_is_written_as_its_neighbours_are() -> None:
    document = Document.parse(b"a: 30s\nb: \"30s\"\nc: '30s'\nd: [30s]\n", "x.yaml")
    new = [{"op": "replace", "path": f"/{at}", "value": "7m"} for at in ("a", "b", "c", "d/0")]
    assert document.apply(new).data == b"a: 7m\nb: \"7m\"\nc: '7m'\nd: [7m]\n"
