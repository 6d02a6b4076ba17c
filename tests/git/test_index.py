"""The index by path, and a choice of it."""

from __future__ import annotations

from seedgit.git.index import Index, Subset
from seedgit.git.repository import GitEntry
from tests.conftest import Repo


def test_the_index_is_what_git_lists(repo: Repo) -> None:
    names = ["a.yaml", "b/é.yaml", "\udcff.yaml", "b/tab\t.yaml"]
    repo.commit(dict.fromkeys(names, "a: 1\n"))
    found = Index(repo.open())
    assert [found[path] for path in found] == repo.open().index()
    assert found.paths == {*names} == {*found}
    assert not found.unmerged


def test_a_path_in_conflict_is_there_but_has_no_entry(repo: Repo) -> None:
    repo.commit({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n"})
    repo("switch", "--quiet", "--create", "side")
    repo.commit({"a.yaml": "a: 2\n"})
    repo("switch", "--quiet", "-")
    repo.commit({"a.yaml": "a: 3\n"})
    repo("merge", "side", ok=False)
    found = Index(repo.open())
    assert list(found) == ["b.yaml"]
    assert found.unmerged == {"a.yaml"}
    assert found.paths == {"a.yaml", "b.yaml"}


def test_an_entry_is_tested_once_and_only_if_it_is_asked_for(repo: Repo) -> None:
    repo.commit({"a.yaml": "a: 1\n", "b.yaml": "b: 1\n", "c.txt": "c\n"})
    asked: list[str] = []

    def is_yaml(entry: GitEntry) -> bool:
        asked.append(entry.path)
        return entry.path.endswith(".yaml")

    chosen = Subset(Index(repo.open()), is_yaml)
    assert "a.yaml" in chosen and "c.txt" not in chosen and "d.yaml" not in chosen
    assert chosen["a.yaml"].path == "a.yaml"
    assert asked == ["a.yaml", "c.txt"]
    assert list(chosen) == ["a.yaml", "b.yaml"]
    assert asked == ["a.yaml", "c.txt", "b.yaml"]
