"""Errors say where, and quote no more than a person reads."""

from __future__ import annotations

import errno

import pytest

from seedgit import errors
from seedgit.errors import (
    EXIT_CODES,
    SYSTEM_SAYS_NO,
    InvalidDocument,
    SeedgitError,
    of_the_system,
    quoted,
)


@pytest.mark.parametrize(
    ("where", "line", "said"),
    [
        ("", None, "is wrong"),
        ("f.yaml", None, "f.yaml: is wrong"),
        ("f.yaml", 3, "f.yaml:3: is wrong"),
    ],
)
def test_an_error_begins_with_its_place(where: str, line: int | None, said: str) -> None:
    assert str(InvalidDocument("is wrong", where=where, line=line)) == said


def test_every_error_has_a_status_that_is_explained() -> None:
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, SeedgitError)
    ]
    assert len(kinds) > 5
    assert {kind.exit_code for kind in kinds} <= EXIT_CODES.keys()


def test_a_long_value_is_quoted_in_part() -> None:
    assert quoted("it's") == repr("it's")
    assert quoted("x" * 9, most=4) == "'xxxx'..."
    assert quoted([1, 2, 3], most=4) == "[1, ..."
    assert quoted([1, 2]) == "[1, 2]"


@pytest.mark.parametrize("name", [b"f\xff.yaml", "f\udcff.yaml"])
def test_what_the_system_refuses_says_where_and_what_to_do(name: bytes | str) -> None:
    error = of_the_system(OSError(errno.ENOSPC, "No space left on device", name))
    assert str(error) == "f\udcff.yaml: cannot be written: No space left on device"
    assert error.hint == SYSTEM_SAYS_NO
    assert str(of_the_system(OSError("odd"), "cannot be read", "x")) == "x: cannot be read: odd"
