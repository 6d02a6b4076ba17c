"""Commits and trees as git writes and reads them, and names of refs as it takes them."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seedgit.errors import RepositoryError
from seedgit.git.names import is_ref_name
from seedgit.git.object_text import (
    Person,
    Tree,
    TreeItem,
    parse_commit,
    parse_tree,
    tree_entry,
    tree_text,
    tree_with,
)
from seedgit.git.objects import COMMIT, TREE, DamagedObject
from seedgit.git.repository import MODE_EXECUTABLE, MODE_FILE, MODE_LINK, MODE_SUBMODULE, MODE_TREE
from tests.conftest import DIGITS, Repo

ID = "1" * 40
PEOPLE = [
    ("A B <a@b> 12 +0130", Person("A B", "a@b", 12, 90)),
    ("A B <a@b> 12 -0130", Person("A B", "a@b", 12, -90)),
    ("<> 12 +0000", Person("", "", 12, 0)),
    ("A <B> <a@b > 12 +9999", Person("A <B>", "a@b", 12, 0)),
    ("A <a@b>", Person("A", "a@b", 0, 0)),
    ("A <a@b> soon", Person("A", "a@b", 0, 0)),
    (f"A <a@b> {'9' * 30} +0000", Person("A", "a@b", 0, 0)),
]


def commit(person: str, rest: str = "", parents: int = 0) -> bytes:
    head = f"tree {ID}\n" + f"parent {ID}\n" * parents
    return f"{head}author {person}\ncommitter {person}\n{rest}".encode()


@pytest.mark.parametrize(("line", "person"), PEOPLE)
def test_who_made_a_commit(line: str, person: Person) -> None:
    found = parse_commit(ID, commit(line, "gpgsig x\n y\n\n\n\nsubject\n\nbody\n", 2))
    assert found == (ID, ID, (ID, ID), person, person, "subject\n\nbody\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"tree 1\n",
        commit("A a@b 12 +0000", "\nx"),
        commit("A <a@b", "\nx"),
        commit("A <a@b> 1 +0000").replace(b"tree", b"trees"),
        commit("A <a@b> 1 +0000").partition(b"committer")[0],
    ],
)
def test_what_is_no_commit(repo: Repo, data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_commit(ID, data)
    found = repo.open()
    id = found.objects.write(COMMIT, data)
    with pytest.raises(DamagedObject, match=id):
        found.commit(id)


def test_a_tree_as_git_has_it(repo: Repo) -> None:
    repo.commit({"a/b": "1", "a.c": "2", "a0": "3", "é": "4", b"\xff".decode("latin-1"): "5"})
    (repo.path / "run").write_text("6")
    (repo.path / "run").chmod(0o755)
    (repo.path / "link").symlink_to("run")
    repo("add", "--all")
    repo("update-index", "--add", "--cacheinfo", f"160000,{'1' * DIGITS},module")
    repo("commit", "--quiet", "-m", "all kinds")
    id = repo("rev-parse", "HEAD^{tree}")
    found = repo.open()
    entries = found.tree_of(id).entries
    said = dict(line.split("\t") for line in repo("ls-tree", "-z", id).split("\0") if line)
    listed = {about.split()[2]: int(about.split()[0], 8) for about in said}
    assert list(entries) == list(said.values())
    assert {held.id: held.mode for held in entries.values()} == listed
    modes = {MODE_FILE, MODE_EXECUTABLE, MODE_LINK, MODE_TREE, MODE_SUBMODULE}
    assert {held.mode for held in entries.values()} == modes
    size = found.object_format.size
    read = [tree_entry(raw, size) for raw in found.split_tree(id)]
    assert read == [(name, held.id) for name, held in entries.items()]
    backwards = dict(reversed(entries.items()))
    assert found.objects.write(TREE, tree_text(tree_with(backwards.items()))) == id


def test_another_mode_is_read_as_git_reads_it() -> None:
    data = b"100664 a\0" + bytes(20) + b"100775 b\0" + bytes(20) + b"040000 c\0" + bytes(20)
    zero = "0" * 40
    held = {
        "a": TreeItem(MODE_FILE, zero),
        "b": TreeItem(MODE_EXECUTABLE, zero),
        "c": TreeItem(MODE_TREE, zero),
    }
    assert parse_tree(data, 20) == Tree(held)


@pytest.mark.parametrize(
    "data",
    [
        b"100644",
        b"100644 a",
        b"100644 a\0" + bytes(19),
        b"100644 \0" + bytes(20),
        b"8 a\0" + bytes(20),
        b"9" * 90 + b" a\0",
    ],
)
def test_what_is_no_tree(repo: Repo, data: bytes) -> None:
    with pytest.raises(ValueError):
        parse_tree(data, 20)
    found = repo.open()
    for read in (found.tree_of, found.split_tree):
        with pytest.raises(DamagedObject):
            read(found.objects.write(TREE, data))
        with pytest.raises(RepositoryError, match="is not a tree"):
            read(found.write_blob(data))


@given(st.text(st.sampled_from("a.@{/~\\-[ lock\x7f\0é"), max_size=8))
@example("a.lock/b")
@example(".lock")
@example("@")
@example("a/.b")
@settings(max_examples=100, deadline=None)
def test_the_names_of_refs(name: str) -> None:
    ref = f"refs/{name}"
    words = ["git", "check-ref-format", ref]
    taken = "\0" not in ref and subprocess.run(words, check=False).returncode == 0
    assert is_ref_name(ref) == taken
