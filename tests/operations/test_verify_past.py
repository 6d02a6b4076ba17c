"""seedgit verify opens only the commits that concern a seed, and finds as much as in all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import SeedgitError
from seedgit.git.changes import FileChange
from seedgit.git.repository import FILE_MODES, MODE_LINK, GitEntry
from seedgit.operations.verify import past
from seedgit.operations.verify.commits import verify
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import Rules, SeedRule
from tests.conftest import Repo
from tests.counting import Counted
from tests.histories import History
from tests.site import seedgit

RULES = "version: 1\nseeds:\n  - files: 'flows/**'\n"


def said(place: Path, revisions: str) -> Any:
    workspace = Workspace.open(str(place))
    try:
        found = verify(workspace, revisions)
    except SeedgitError as error:
        return str(error)
    return found and found.data()


@pytest.mark.parametrize("number", range(20, 28))
def test_as_if_every_commit_were_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    history = History(tmp_path / "history", number)
    history.git("config", "seedgit.upstream", "upstream")
    (history.place / ".seedgit.yaml").write_text(RULES)  # a commit's own rules count there
    ranges = ("..HEAD", "upstream..main", "HEAD^!")
    some = [said(history.place, each) for each in ranges]
    monkeypatch.setattr(past, "_quiet", lambda rules, told: False)
    monkeypatch.setattr(past, "_touches", lambda rules, changes: True)
    assert some == [said(history.place, each) for each in ranges]


def steady(repo: Repo, number: int) -> Repo:
    """Commits and merges beside one seed, the first of them upstream's."""
    repo.commit({".seedgit.yaml": RULES, "flows/a.yaml": "a: 1\n", "code": ""})
    repo("branch", "package")
    repo("config", "seedgit.upstream", "package")
    for n in range(number):
        repo("checkout", "-q", "-b", f"side{n}")
        repo.commit({f"side{n}": "x"})
        repo("checkout", "-q", "main")
        repo.commit({"code": str(n)})
        repo("merge", "-q", "--no-edit", f"side{n}")
    return repo


def test_commits_beside_the_seeds_cost_no_process(repo: Repo, counted: Counted) -> None:
    steady(repo, 2)
    counted.clear()
    assert said(repo.path, "package..HEAD")["merges"] == 2
    few, blobs = sorted(counted.git), counted.blobs
    for n in range(2, 9):
        repo("checkout", "-q", "-b", f"side{n}")
        repo.commit({f"side{n}": "x"})
        repo("checkout", "-q", "main")
        repo.commit({"code": str(n)})
        repo("merge", "-q", "--no-edit", f"side{n}")
    counted.clear()
    assert said(repo.path, "package..HEAD")["merges"] == 9
    assert sorted(counted.git) == few
    assert few.count("diff-tree") == 1
    assert counted.blobs == blobs <= 5  # the rules, as they are and as the commits have them
    assert "merge-tree" not in few


def test_a_changed_seed_is_found_among_many_commits(repo: Repo, counted: Counted) -> None:
    steady(repo, 4)
    bad = repo.commit({"flows/a.yaml": "a: 2\n"})
    for n in range(4):
        repo.commit({"code": f"again {n}"})
    counted.clear()
    found = said(repo.path, "package..HEAD")
    assert [(one["commit"], one["code"]) for one in found["findings"]] == [(bad, "seed-changed")]
    assert counted.git.count("diff-tree") == 2  # the second of that commit alone, with renames
    assert seedgit(repo, "verify", "package..HEAD").status == 1


# -- which merges may be left out ------------------------------------------------------------------


def change(path: str, status: str = "M", mode: int = min(FILE_MODES)) -> FileChange:
    old = None if status == "A" else GitEntry(path, mode, "1" * 40)
    new = None if status == "D" else GitEntry(path, mode, "2" * 40)
    return FileChange(status, old, new)


SEEDS = Rules((SeedRule(("flows/**",)),))


@pytest.mark.parametrize(
    ("told", "quiet"),
    [
        ([[], [], [], []], True),
        ([[change("a")], [change("a"), change("b")], [change("a")], [change("b")]], True),
        ([[change("flows/x")], [], [], []], False),
        ([[], [change("flows/x")], [], []], False),
        # Both sides have the same of it, whatever it was before.
        ([[], [], [change("flows/x")], [change("flows/x")]], True),
        # git may take a side's new file for one that it had before, and move what is beside it.
        ([[], [], [change("a", "D"), change("b", "A")], []], False),
        ([[], [], [], [change("a", "D"), change("b", "A")]], False),
        ([[], [change("b", "A")], [change("a", "D")], [change("b", "A")]], True),
        # A file where the other side has a directory or a link: git puts one of them elsewhere.
        ([[], [change("a", "D"), change("a/b", "A")], [], []], False),
        ([[], [change("a/b/c", "D"), change("a", "A")], [], []], False),
        ([[], [change("a", "D"), change("ab", "A")], [], []], True),
        ([[], [change("a", "T", MODE_LINK)], [], []], False),
    ],
)
def test_a_merge_is_quiet(told: list[list[FileChange]], quiet: bool) -> None:
    assert past._quiet(SEEDS, told) is quiet
