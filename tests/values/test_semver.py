"""Two bumps of one version: the higher one, where that is certain."""

from __future__ import annotations

import pytest

from seedgit.values.semver import newer

ORDER = (  # semver.org, section 11
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.9",
    "1.10",
    "2",
)


@pytest.mark.parametrize("low", range(len(ORDER)))
def test_order(low: int) -> None:
    for high in range(low + 1, len(ORDER)):
        assert newer(ORDER[low], ORDER[high]) == newer(ORDER[high], ORDER[low]) == ORDER[high]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0.0"),
        ("v1.0", "1.1"),
        ("latest", "1.1"),
        ("^1.0", "~1.1"),
        ("<1.0", "<1.1"),
        ("1.0+a", "1.0+b"),
    ],
)
def test_what_is_not_certain(one: str, other: str) -> None:
    assert newer(one, other) is None


@pytest.mark.parametrize("bound", ["^", "~", ">=", "==", "v", ">= ", "^v"])
def test_two_bounds_of_one_kind(bound: str) -> None:
    assert newer(f"{bound}1.3.0", f"{bound}2.0.0") == f"{bound}2.0.0"
