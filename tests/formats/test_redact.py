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


@pytest.mark.parametrize(
    ("path", "text", "masked"),
    [
        (
            "f.yaml",
            "a: !vault |\n  secret\nb: !Sub 'secret-9'\n",
            "a: !vault |\n  w1\nb: !Sub 'w1-9'\n",
        ),
        ("f.yaml", "a: !x {k: secret, l: [!y secret]}\n", "a: !x {w1: w2, w3: [!w4 w2]}\n"),
        ("f.yaml", "a: &one !x secret\nb: *one\n", "a: &one !x w1\nb: *one\n"),
        ("f.yaml", "a: !x [&one secret, *one, '&secret']\n", "a: !x [&one w1, *one, '&w1']\n"),
        ("f.yaml", "a: an &secret, a !secret, a *secret\n", "a: w1 &w2, w3 !w2, w3 *w2\n"),
        ("f.yaml", "a: {? [secret] : secret}\n", "a: {? [w1] : w1}\n"),
        ("f.yaml", "a: 0xBEEF\nb: 0o777\nc: 0xBEEF\n", "a: 0x1000\nb: 0o101\nc: 0x1000\n"),
        ("f.json", r'{"a": "\u0441\u0435\n\\u12"}', r'{"a": "w1\n\\w2"}'),
        ("f.toml", "a = 1979-05-27\nb = 1979-05-27\n", "a = 1000-01-01\nb = 1000-01-01\n"),
        ("f.toml", "a = 07:32:01.25\nb = 07:32:02\n", "a = 00:00:00.00\nb = 00:00:01\n"),
        ("f.toml", "a = 1979-05-27T07:32:01-07:00\n", "a = 1000-01-01T00:00:00-00:00\n"),
        ("f.ini", "a = *secret !secret &secret\n", "a = *w1 !w1 &w1\n"),
        ("f.ini", "[one]; secret\na = 1\n[two]  # secret\n", "[one]; w1\na = 1\n[two]  # w1\n"),
    ],
)
def test_no_word_is_left_in_what_json_cannot_say(path: str, text: str, masked: str) -> None:
    made, kept = Redactor().text(text.encode(), path)
    assert made.decode() == masked
    assert kept
    Document.parse(made, path)


def test_a_file_that_would_have_another_shape_is_masked_throughout() -> None:
    made, kept = Redactor().text(
        b"a: &one 1\nb: !x [*one, !<tag:x.example,2000:t> secret]\n", "f.yaml"
    )
    assert b"secret" not in made
    made, kept = Redactor().text("a: 1 # süß, secrét\n".encode("latin-1"), "f.yaml")
    assert (made, kept) == (b"w1: 1 # w2, w3\n", False)
    text = b"&one a: 1\nb: !x [*one]\n"  # the key's anchor is not known to be one
    made, kept = Redactor().text(text, "f.yaml")
    assert (made, kept) == (b"&w1 w2: 1\nw3: !w4 [*w1]\n", False)


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
