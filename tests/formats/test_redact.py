"""A masked file has the same shape, and none of the words of its values and comments."""

from __future__ import annotations

import pytest

from seedgit.formats.document import Document
from seedgit.formats.redact import Redactor

YAML = b"""\
# the bank's secret
host: bank.example.com  # internal
port: 8443
on: true
users: &all [alice, bob, alice]
again: *all
"""


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("f.yaml", YAML),
        ("f.json", b'{"host": "bank.example.com", "port": 8443, "users": ["alice", "bob"]}\n'),
        ("f.toml", b'host = "bank.example.com"  # internal\nport = 8443\nusers = ["alice"]\n'),
        ("f.ini", b"; secret\n[host]\nname = bank.example.com\nport = 8443\n"),
    ],
)
def test_keys_and_layout_stay_and_words_go(path: str, data: bytes) -> None:
    masked, kept = Redactor().text(data, path)
    assert kept
    for word in (b"bank", b"secret", b"internal", b"alice", b"8443"):
        assert word not in masked
    assert masked.count(b"\n") == data.count(b"\n")
    old, new = (Document.parse(text, path).value for text in (data, masked))
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert list(old) == list(new)


def test_equal_texts_stay_equal_in_all_versions() -> None:
    redactor = Redactor()
    one, other = (
        Document.parse(redactor.text(data, "f.yaml")[0], "f.yaml").value
        for data in (b"a: alice\nb: bob\nc: alice\n", b"a: bob\nn: 1234\n")
    )
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    assert one["a"] == one["c"] != one["b"] == other["a"]
    assert len(str(other["n"])) == 4


@pytest.mark.parametrize("path", ["f.yaml", "f.json", "f.toml", "f.txt"])
@pytest.mark.parametrize("data", [b"[secret: [\n", b"\xff secret = [\n"])
def test_what_does_not_parse_is_masked_throughout(path: str, data: bytes) -> None:
    masked, kept = Redactor().text(data, path)
    assert not kept
    assert b"secret" not in masked
