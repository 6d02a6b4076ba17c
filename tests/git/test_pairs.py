"""Which new file a deleted one has become, and where git's own pairs leave a doubt."""

from __future__ import annotations

import pytest

from seedgit.git.changes import diff
from seedgit.git.pairs import Pairs, pairs
from tests.conftest import Repo


def text(word: str, edits: int = 0) -> str:
    lines = [f"{word} {n}" for n in range(20)]
    return "\n".join([f"edit {n}" for n in range(edits)] + lines[edits:]) + "\n"


def found(repo: Repo, before: dict[str, str], after: dict[str, str]) -> Pairs:
    commits = []
    for files in (before, after):
        repo("rm", "-rq", "--ignore-unmatch", ".")
        commits.append(repo.commit(files))
    opened = repo.open()
    return pairs(opened, diff(opened, *commits))


A, B = text("a"), text("b")


@pytest.mark.parametrize(
    ("before", "after", "sure", "doubtful"),
    [
        ({"a": A}, {"b": A}, {"a": "b"}, {}),
        ({"a": A}, {"b": text("a", 3)}, {"a": "b"}, {}),
        ({"a": A}, {"b": B}, {}, {}),
        # What stays where it is has no part in it.
        ({"a": A, "b": A}, {"b": A}, {}, {}),
        ({"a": A, "b": A}, {"b": A, "c": A}, {"a": "c"}, {}),
        # One that is left over looks like it too.
        ({"a": A}, {"b": A, "c": text("a", 5)}, {}, {"a": ("b", "c")}),
        ({"a": A, "b": text("a", 5)}, {"c": A}, {}, {"a": ("c",), "b": ("c",)}),
        # The end of the path says it.
        ({"a": A}, {"x/a": text("a", 3), "c": text("a", 4)}, {"a": "x/a"}, {}),
        (
            {"x/p/a": A, "x/q/a": A},
            {"y/p/a": A, "y/q/a": A},
            {"x/p/a": "y/p/a", "x/q/a": "y/q/a"},
            {},
        ),
        # git takes the bytes, the name says otherwise.
        ({"a": A}, {"x/a": text("a", 3), "c": A}, {}, {"a": ("c", "x/a")}),
        # Twins, whose names say nothing.
        ({"a": A, "b": A}, {"c": A, "d": A}, {}, {"a": ("c", "d"), "b": ("d", "c")}),
        ({"a": A, "b": A}, {"c": A}, {}, {"a": ("c",), "b": ("c",)}),
        # A word of the name says it.
        (
            {"a.yml": A, "b.yml": A},
            {"a.yaml": A, "b.yaml": A},
            {"a.yml": "a.yaml", "b.yml": "b.yaml"},
            {},
        ),
        (
            {"one-v1": A, "two-v1": A},
            {"one-v2": A, "v2 two": A},
            {"one-v1": "one-v2", "two-v1": "v2 two"},
            {},
        ),
        # Each has its own.
        (
            {"a1": A, "b1": text("a", 4)},
            {"a2": A, "b2": text("a", 4)},
            {"a1": "a2", "b1": "b2"},
            {},
        ),
    ],
)
def test_what_is_sure(
    repo: Repo,
    before: dict[str, str],
    after: dict[str, str],
    sure: dict[str, str],
    doubtful: dict[str, tuple[str, ...]],
) -> None:
    assert found(repo, before, after) == Pairs(sure, doubtful)


def test_a_link_is_no_file(repo: Repo) -> None:
    first = repo.commit({"a": A})
    (repo.path / "a").unlink()
    (repo.path / "b").symlink_to("nowhere")
    opened = repo.open()
    assert pairs(opened, diff(opened, first, repo.commit())) == Pairs({}, {})
