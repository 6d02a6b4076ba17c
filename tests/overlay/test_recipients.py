"""The recipients of an overlay: what is one, and how changes of two sites are joined."""

from __future__ import annotations

import pytest

from seedgit.errors import InputError
from seedgit.overlay.recipients import (
    MOST,
    Recipient,
    merged,
    parse_recipient,
    parse_recipients,
    recipients_file,
)

A, B, C = (Recipient(f"age1{letter * 20}") for letter in "qpz")
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGg anna@desk"


def test_a_file_of_recipients_is_read_as_it_is_written() -> None:
    some = (A._replace(name="anna"), B, parse_recipient(SSH))
    assert some[2].name == "anna@desk"
    data = recipients_file(some)
    assert data is not None
    assert parse_recipients(data, "f") == some
    assert recipients_file(()) is None


@pytest.mark.parametrize("text", ["", "age1", "AGE1QQ", "ssh-dss AAAA", "x", "age1" + "q" * 9000])
def test_what_is_no_recipient(text: str) -> None:
    with pytest.raises(ValueError, match=r"recipient|longer"):
        parse_recipient(text)


def test_a_bad_line_is_told() -> None:
    with pytest.raises(InputError, match="f:3: is no key"):
        parse_recipients(f"# a\n{A.key}\nb\n".encode(), "f")
    many = "\n".join(f"age1{n:020}" for n in range(MOST + 1))
    with pytest.raises(InputError, match="over"):
        parse_recipients(many.encode(), "f")


def test_both_sites_changes_count() -> None:
    assert set(merged((A,), (A, B), (A, C))) == {A, B, C}
    assert set(merged((A, B), (B,), (A, B, C))) == {B, C}
    assert merged((A,), (), (A,)) == ()
