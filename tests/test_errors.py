"""Errors say where, and quote no more than a person reads."""

from __future__ import annotations

import pytest

from seedgit import errors
from seedgit.errors import EXIT_CODES, InvalidDocument, SeedgitError, quoted


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
