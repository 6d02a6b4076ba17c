"""What it takes to find what was moved, where there is much that may have been."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from seedgit.formats.json import FORMAT as JSON
from seedgit.formats.merge import merge_texts
from seedgit.merge import moved, wrapped
from seedgit.values.value import Value


def work(versions: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many values are looked at to merge three documents."""
    looked = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Value) -> Any:
            nonlocal looked
            looked += 1
            return function(*values)

        return call

    with monkeypatch.context() as patched:
        patched.setattr(moved, "canonical", counted(moved.canonical))
        patched.setattr(wrapped, "same", counted(wrapped.same))
        base, ours, theirs = (json.dumps(version, indent=1).encode() for version in versions)
        assert merge_texts(JSON, "x.json", (base, ours, theirs)).clean
    return looked


def gone_from_both(count: int) -> tuple[Any, Any, Any]:
    entries = {f"k{n}": {"name": f"v{n}", "port": n} for n in range(count)}
    base = {"big": entries, "items": ["q"], "tail": 1}
    ours = {"items": ["q", *(f"n{n}" for n in range(count))], "tail": 1}
    return base, ours, {"items": ["q"], "tail": 2}


def wrapped_and_changed(count: int) -> tuple[Any, Any, Any]:
    entries = {f"k{n}": f"v{n}" for n in range(count)}
    theirs = {name: value + "x" for name, value in entries.items()}
    return {**entries, "tail": 1}, {"parent": entries, "tail": 1}, {**theirs, "tail": 1}


@pytest.mark.parametrize("made", [gone_from_both, wrapped_and_changed])
def test_the_work_grows_with_the_document(
    made: Callable[[int], tuple[Any, Any, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (work(made(count), monkeypatch) for count in (40, 160))
    assert 0 < many < 6 * few
