"""Which overlays count: as the configuration lists them, where their conditions hold."""

from __future__ import annotations

import os

import pytest

from seedgit.layers import in_order, unmet


@pytest.mark.parametrize(
    ("listed", "names"),
    [
        ([], []),
        (["a", "b"], ["a", "b"]),
        (["a", "b", "a"], ["b", "a"]),
        (["a", "", "b"], ["b"]),
        (["a", ""], []),
    ],
)
def test_an_empty_name_clears_and_the_last_place_counts(
    listed: list[str], names: list[str]
) -> None:
    assert in_order(listed) == names


def test_the_branch_is_asked_for_only_by_its_condition() -> None:
    def asked() -> str:
        raise AssertionError

    host = f"host={os.uname().nodename}"
    assert unmet([host, "env=A=x*"], asked, {"A": "xy"}) == ""
    assert unmet([host, "env=A", "env=B"], asked, {"A": ""}) == "env=B"
    assert unmet(["branch=main", "branch=m*"], lambda: "main") == ""
    assert unmet(["branch=?*"], lambda: "") == "branch=?*"
