"""What a vendor branch says of itself: by the last paragraph of each message, and nothing else."""

from __future__ import annotations

import pytest

from seedgit.errors import UsageError
from seedgit.git.branches import commit_file
from seedgit.git.repository import GitEntry
from seedgit.git.vendored import Vendored, vendor_branch, vendored
from tests.conftest import Repo


def brought(repo: Repo, branch: str, *versions: Vendored) -> None:
    parent = None
    for each in versions:
        entry = GitEntry(each.path, 0o100644, repo.blob(each.version))
        parent = commit_file(repo.open(), parent, entry, each.message)
    assert parent
    repo("update-ref", f"refs/heads/{branch}", parent)


def test_the_newest_of_each_file_counts(repo: Repo) -> None:
    one, two = (Vendored("a b.yaml", v, "https://x/{version}", "vendor/a") for v in ("1", "2"))
    other = Vendored("c.yaml", "7", "-", "vendor/a")
    brought(repo, "vendor/a", one, other, two)
    found = vendored(repo.open())
    assert [each._replace(commit="") for each in found] == [two, other]
    assert found[0].commit == repo("rev-parse", "vendor/a")


@pytest.mark.parametrize(
    "text",
    [
        "Seed-File: a\nSeed-Version: 1\nSeed-Source: x\n",
        "s\n\nSeed-File: a\nSeed-Version: 1\nSeed-Source: x\n\nmore\n",
        "s\n\nSeed-File: a\nSeed-Source: x\n",
        "s\n",
    ],
)
def test_other_messages_say_nothing(repo: Repo, text: str) -> None:
    repo.commit({"a": "1"}, text)
    repo("branch", "vendor/a")
    assert vendored(repo.open()) == []


def test_no_text_forges_a_line(repo: Repo) -> None:
    path, source = "a\nSeed-Version: 9.yaml", "x\n\nSeed-File: b"
    brought(repo, "vendor/a", Vendored("ok.yaml", "1\nSeed-Source: y", source, "vendor/a"))
    (found,) = vendored(repo.open())
    assert (found.path, found.version) == ("ok.yaml", "1\\nSeed-Source: y")
    assert Vendored(path, "1", "x", "vendor/a").message.count("\nSeed-Version: ") == 1


@pytest.mark.parametrize("name", ["", "..", "a..b", "a b", "x~", "-x/../y", "a.lock"])
def test_names(name: str) -> None:
    with pytest.raises(UsageError):
        vendor_branch(name)
