"""A file is followed where history shows its renames, and never to another one (a law)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit.git.lineage import Fate, Lineage, Now
from seedgit.git.repository import Repository
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import Counted
from tests.histories import History

FILES = 4


def text(word: str, edits: tuple[int, ...] = ()) -> str:
    """Files of one kind are alike for the most part; an edit takes one line away."""
    lines = [f"{word if n < 3 else 'common'} {n}" for n in range(20)]
    return "\n".join(line for n, line in enumerate(lines) if n not in edits) + "\n"


def unknown(number: int) -> str:
    """A path that has nothing in common with another one."""
    return "d/" + "".join(chr(ord("a") + int(digit)) for digit in str(1000 + number))


def lineage(repo: Repo, *tips: str) -> Lineage:
    opened = repo.open()
    present = opened.tree(tips[0])
    return Lineage(opened, Now(tips, present.keys(), lambda tip: []))


def fate(repo: Repo, path: str, first: str) -> Fate:
    blob = repo("rev-parse", f"{first}:{path}")
    return lineage(repo, repo("rev-parse", "HEAD")).fates({path: blob})[path]


operations = st.tuples(
    st.sampled_from(["rename", "rename", "delete", "add", "edit"]),
    st.integers(0, FILES - 1),
    st.integers(4, 19),
)


@settings(max_examples=40)
@given(
    words=st.lists(st.sampled_from("ab"), min_size=FILES, max_size=FILES),
    commits=st.lists(st.lists(operations, min_size=1, max_size=3), min_size=1, max_size=5),
)
def test_no_file_is_taken_for_another(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], commits: list[Any]
) -> None:
    repo = Repo(tmp_path_factory.mktemp("repo"))
    repo("init", "--quiet")
    # Where each file is, and what is in it; the first ones are followed.
    now = {n: (f"d/{n}", words[n], ()) for n in range(FILES)}
    sure_gone = set()
    stream, count = [], FILES

    def commit() -> None:
        stream.append(f"commit refs/heads/main\ncommitter A <a@b> {len(stream)} +0000\ndata 1\nc\n")
        stream.append("deleteall\n")
        for path, word, edits in now.values():
            data = text(word, edits)
            stream.append(f"M 100644 inline {path}\ndata {len(data)}\n{data}\n")

    commit()
    for changes in commits:
        gone, added = set(), False
        for kind, n, line in changes:
            if kind == "add":
                now[count] = (unknown(count), words[n], (line,))
                added, count = True, count + 1
            elif n in now:
                path, word, edits = now[n]
                if kind == "delete":
                    del now[n]
                    gone.add(n)
                elif kind == "rename":
                    now[n] = (unknown(count), word, (*edits, line))
                    count += 1
                else:
                    now[n] = (path, word, (*edits, line))
        # What is deleted where another file comes is a rename to whoever looks.
        sure_gone |= set() if added else gone
        commit()
    repo("fast-import", "--quiet", stdin="".join(stream).encode())
    first = repo("rev-list", "--max-parents=0", "main")
    tree = repo.open().tree(first)
    found = lineage(repo, repo("rev-parse", "main"))
    missing = {f"d/{n}": tree[f"d/{n}"].id for n in range(FILES)}
    missing = {path: id for path, id in missing.items() if path not in found._now.present}
    for path, fate in found.fates(missing).items():
        n = int(path.removeprefix("d/"))
        assert fate.known
        if n in now:
            assert fate.path in (None, now[n][0])
        elif n in sure_gone:
            assert fate.path is None


def test_a_file_of_each_word_is_followed_through_edits(repo: Repo) -> None:
    first = repo.commit({"d/a": text("a"), "d/b": text("b")})
    for number in range(3):
        repo("mv", f"d/a{number or ''}", f"d/a{number + 1}")
        repo.commit({f"d/a{number + 1}": text("a", tuple(range(5, 6 + number)))})
    assert fate(repo, "d/a", first) == Fate("d/a3")
    assert fate(repo, "d/b", first) == Fate("d/b")


def test_what_was_there_beside_it_is_another_file(repo: Repo) -> None:
    """One line of history copied the file, the other renamed it to the very same name."""
    first = repo.commit({"old": text("a")})
    repo("checkout", "--quiet", "-b", "side")
    repo("mv", "old", "new")
    repo.commit()
    repo("checkout", "--quiet", "main")
    repo.commit({"new": text("a")})
    repo("merge", "--quiet", "--no-edit", "side")
    assert fate(repo, "old", first) == Fate(None, ("new",))


def test_one_line_renamed_it_and_the_other_deleted_it(repo: Repo) -> None:
    first = repo.commit({"old": text("a")})
    repo("checkout", "--quiet", "-b", "side")
    repo("mv", "old", "new")
    repo.commit()
    repo("checkout", "--quiet", "main")
    repo("rm", "--quiet", "old")
    repo.commit({"README": "x\n"})
    repo("merge", "--quiet", "--no-edit", "side", ok=False)
    repo.commit({"new": text("a")})
    assert fate(repo, "old", first) == Fate(None, ("new",))


def test_a_merge_that_renames_by_itself(repo: Repo) -> None:
    """The site's own file goes along with its folder, which git says in no commit of a side."""
    first = repo.commit({"d/a": text("a"), "d/b": text("b"), "d/own": text("own")})
    repo("checkout", "--quiet", "-b", "side", first)
    repo("merge", "--quiet", "--no-commit", "-s", "ours", "main")
    repo.commit({"other": "x\n"})
    repo("checkout", "--quiet", "main")
    repo.commit({"third": "x\n"})
    repo("merge", "--quiet", "--no-commit", "side")
    repo("mv", "d/own", "e")
    repo.commit()
    assert fate(repo, "d/own", first) == Fate("e")


def test_renamed_back_and_forth(repo: Repo) -> None:
    first = repo.commit({"old": text("a")})
    for was, now in (("old", "new"), ("new", "old"), ("old", "new")):
        repo("mv", was, now)
        repo.commit()
    assert fate(repo, "old", first) == Fate("new")


def test_what_history_does_not_have(repo: Repo) -> None:
    repo.commit({"old": text("a")})
    found = lineage(repo, repo("rev-parse", "HEAD"))
    assert found.fates({"none": "0" * 40}) == {"none": Fate(None, known=False)}
    assert Lineage(repo.open(), Now((), (), lambda tip: [])).fates({"old": "0" * 40}) == {
        "old": Fate(None, known=False)
    }


def test_a_blob_that_was_never_committed(repo: Repo) -> None:
    """As of a record over what was only staged: the path is all that is known."""
    repo.commit({"old": text("a")})
    repo("mv", "old", "new")
    repo.commit()
    found = lineage(repo, repo("rev-parse", "HEAD"))
    assert found.fates({"old": "1" * 40}) == {"old": Fate("new")}


@pytest.mark.parametrize("name", ["a\nb", "-x", ":(glob)*", "é", "\udcff", "a b\r"])
def test_odd_names(repo: Repo, name: str) -> None:
    first = repo.commit({name: text("a"), "other": text("b")})
    repo("mv", "--", name, "new")
    repo.commit()
    assert fate(repo, name, first) == Fate("new")


# -- what is remembered ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(60, 66))
def test_what_is_remembered_is_what_history_says(tmp_path: Path, number: int) -> None:
    repository = Repository.discover(History(tmp_path / "history", number, size=40).place)
    head = repository.head()
    assert head
    had: dict[str, str] = {}
    for commit in repository.git("rev-list", "HEAD").decode().split():
        had |= {path: entry.id for path, entry in repository.tree(commit).items()}
    present = repository.tree(head).keys()
    gone = {path: id for path, id in had.items() if path not in present}
    now = Now((head,), present, lambda tip: [])
    plain = Lineage(repository, now).fates(gone)
    for _ in range(2):
        assert Lineage(repository, now._replace(remember=True)).fates(gone) == plain


def test_history_is_walked_once_while_nothing_moves(repo: Repo, counted: Counted) -> None:
    repo.commit({"a.yaml": "a: 1\nb: 2\n"})
    blob = repo("rev-parse", "HEAD:a.yaml")
    repo("mv", "a.yaml", "b.yaml")
    repo.commit({})
    workspace = Workspace.open(str(repo.path))
    for walks in (2, 0):
        counted.clear()
        (fate,) = Lineage(workspace.repository, workspace.now()).fates({"a.yaml": blob}).values()
        assert fate == Fate("b.yaml")
        assert counted.git.count("log") == walks
    (repo.path / ".git/seedgit/lineage").write_bytes(b"damage")
    counted.clear()
    assert Lineage(workspace.repository, workspace.now()).fates({"a.yaml": blob})
    assert counted.git.count("log") == 2
    # Another commit, or other files in the index, is another question.
    repo.commit({"c.yaml": "c: 3\n"})
    counted.clear()
    again = Workspace.open(str(repo.path))
    assert Lineage(again.repository, again.now()).fates({"a.yaml": blob})
    assert counted.git.count("log") == 2


def test_what_the_index_says_is_not_remembered(repo: Repo, counted: Counted) -> None:
    repo.commit({"a.yaml": "a: 1\nb: 2\n"})
    blob = repo("rev-parse", "HEAD:a.yaml")
    repo("mv", "a.yaml", "b.yaml")
    for _ in range(2):
        workspace = Workspace.open(str(repo.path))
        counted.clear()
        found = Lineage(workspace.repository, workspace.now()).fates({"a.yaml": blob})
        assert found == {"a.yaml": Fate("b.yaml")}
        assert counted.git.count("log") == 2


def test_replaced_history_is_not_remembered(repo: Repo, counted: Counted) -> None:
    repo.commit({"a.yaml": "a: 1\nb: 2\n"})
    blob = repo("rev-parse", "HEAD:a.yaml")
    repo("mv", "a.yaml", "b.yaml")
    repo.commit({})
    repo("replace", "--graft", "HEAD")
    for _ in range(2):
        workspace = Workspace.open(str(repo.path))
        counted.clear()
        Lineage(workspace.repository, workspace.now()).fates({"a.yaml": blob})
        assert "log" in counted.git
