"""seedgit try: what a clone's own merges would have been. It changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.try_ import try_here
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import data, seedgit

VALUES = "image: app\ntag: 1\nreplicas: 1\npullPolicy: Always\n"


def merged(repo: Repo, base: str, sides: tuple[str, str], made: str) -> None:
    """Commit a merge of two changes of values.yaml, as people made it."""
    repo.commit({"values.yaml": base}, "base")
    repo("checkout", "-q", "-b", "side")
    repo.commit({"values.yaml": sides[1]}, "theirs")
    repo("checkout", "-q", "-")
    repo.commit({"values.yaml": sides[0]}, "ours")
    repo("merge", "-q", "--no-commit", "-s", "ours", "side")
    repo.write({"values.yaml": made})
    repo("commit", "-q", "-a", "-m", "merge")
    repo("branch", "-q", "-D", "side")


@pytest.fixture
def chart(repo: Repo) -> Repo:
    """A chart whose sides changed neighbouring lines, and then one and the same value."""
    ours, theirs = VALUES.replace("tag: 1", "tag: 2"), VALUES.replace("replicas: 1", "replicas: 3")
    both = ours.replace("replicas: 1", "replicas: 3")
    merged(repo, VALUES, (ours, theirs), both.replace("app\n", "app  # ours\n"))
    clash = [VALUES.replace("app", name) for name in ("mine", "yours")]
    merged(repo, VALUES, (clash[0], clash[1]), clash[0])
    return repo


def everything(place: Path) -> dict[str, tuple[int, bytes]]:
    """Every file below a folder, with its time and content."""
    found = (path for path in place.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def test_it_counts_what_would_have_been_spared_and_changes_nothing(chart: Repo) -> None:
    before = everything(chart.path)
    found = data(chart, "try")
    said = seedgit(chart, "try").out
    assert everything(chart.path) == before
    assert (found["merges"], found["merged-again"]) == (2, 2)
    assert (found["git-conflicts"], found["spared"], found[codes.NEITHER]) == (2, 1, 1)
    assert found["spared-as-committed"] == 1  # the same values, with a comment more
    (example,) = found["examples"]
    assert example["git"] == [
        "<<<<<<< ours",
        "tag: 2",
        "replicas: 1",
        "=======",
        "tag: 1",
        "replicas: 3",
        ">>>>>>> theirs",
    ]
    assert example["seedgit"] == ["tag: 2", "replicas: 3"]
    assert example["as-committed"]
    assert "2  in conflict for git\n      1  of them clean for seedgit\n" in said
    assert "   seedgit (as people committed it):\n     tag: 2\n     replicas: 3\n" in said
    assert '- files: "values.yaml"' in said


def test_a_value_that_people_chose_otherwise_is_told(repo: Repo) -> None:
    ours, theirs = VALUES.replace("tag: 1", "tag: 2"), VALUES.replace("replicas: 1", "replicas: 3")
    merged(repo, VALUES, (ours, theirs), ours)
    found = data(repo, "try")
    assert (found["spared"], found["spared-as-committed"]) == (1, 0)
    assert "people committed something else" in seedgit(repo, "try").out


def test_only_the_last_merges_and_only_as_long_as_there_is_time(chart: Repo) -> None:
    assert data(chart, "try", "--last", "1")["spared"] == 0
    none = try_here(Workspace.open(str(chart.path)), seconds=0)
    assert (none.merges, none.again, none.conflicts) == (2, 0, 0)


def test_a_repository_without_a_commit_or_a_merge(repo: Repo) -> None:
    assert data(repo, "try")["merges"] == 0
    repo.commit({"a.txt": "a\n"}, "a")
    said = seedgit(repo, "try")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("0 merges, 0 ") and "nothing to compare" in said.out


def test_rules_that_are_there_count(chart: Repo) -> None:
    rules = 'version: 1\nseeds: [{files: "other.yaml"}]\n'
    chart.commit({".seedgit.yaml": rules}, "rules")
    found = data(chart, "try")
    assert found["git-conflicts"] == 0 and found["rules"] == ""
