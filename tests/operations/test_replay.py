"""seedgit replay: which files of a history it merges again, and what it costs to find them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seedgit.formats.registry import format_name
from seedgit.git.repository import FILE_MODES, Repository
from seedgit.journal import Journal
from seedgit.operations.replay import replay
from seedgit.operations.workspace import Workspace
from tests.counting import Counted
from tests.histories import History

Found = set[tuple[str, str, str | None, str, str, str | None]]


def by_whole_trees(workspace: Workspace) -> Found:
    """The files of all merges that both sides changed: every file of every tree is looked at."""
    repository = workspace.repository
    found: Found = set()
    for commit in repository.git("rev-list", "--min-parents=2", "HEAD").decode().split():
        parents = repository.commit(commit).parents
        base = repository.merge_base(*parents) if len(parents) == 2 else None
        if base is None:
            continue
        trees = [repository.tree(each) for each in (base, *parents, commit)]
        for path in trees[1].keys() & trees[2].keys():
            old, ours, theirs, made = (tree.get(path) for tree in trees)
            assert ours and theirs
            sides = [entry for entry in (old, ours, theirs) if entry]
            ids = {old and old.id, ours.id, theirs.id}
            if len(ids) < 3 or any(entry.mode not in FILE_MODES for entry in sides):
                continue
            seeds = workspace.rules.seeds
            if workspace.rules.match(path) if seeds else format_name(path):
                row = (commit, path, old and old.id, ours.id, theirs.id, made and made.id)
                found.add(row)
    return found


@pytest.mark.parametrize("number", range(12))
def test_the_files_that_both_sides_changed(tmp_path: Path, number: int) -> None:
    place = History(tmp_path / "history", number).place
    if number % 3 < 2:  # the others have what history has left
        (place / ".seedgit.yaml").write_text('version: 1\nseeds: [{files: "flows/**/*.yaml"}]\n')
    workspace = Workspace.open(str(place))
    done = replay(workspace)
    names = ("path", "base", "ours", "theirs")
    rows = Journal(workspace.repository.common_dir).rows()
    assert {
        (row["arguments"]["commit"], *(row[name] for name in names), row["arguments"]["committed"])
        for row in rows
    } == by_whole_trees(workspace)
    assert len(rows) == done.agreement.files


def merges(place: Path, number: int, *, both: bool) -> Workspace:
    """A repository of many merges; in each, both sides change one file, or each its own."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(place)], check=True)
    text = "a: {}\nb: 1\nc: 1\nd: {}\n"
    out, mark = [], 1

    def commit(parents: list[int], **files: str) -> int:
        nonlocal mark
        out.append(
            f"commit refs/heads/main\nmark :{mark}\ncommitter S <s@s.example> {mark} +0000\n"
        )
        out.append("data 1\nc\n")
        out.extend(f"{'merge' if n else 'from'} :{of}\n" for n, of in enumerate(parents))
        for name, content in files.items():
            out.append(f"M 100644 inline {name}.yaml\ndata {len(content)}\n{content}\n")
        mark += 1
        return mark - 1

    tip = commit([], one=text.format(0, 0), other=text.format(0, 0))
    for n in range(1, number + 1):
        theirs = {"one" if both else "other": text.format(n - 1, n)}
        side = commit([tip], **theirs)
        mine = commit([tip], one=text.format(n, n - 1))
        tip = commit([mine, side], **(theirs | {"one": text.format(n, n if both else n - 1)}))
        out.append(f"reset refs/heads/main\nfrom :{tip}\n\n")
    sent = "".join(out).encode()
    subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=place, input=sent, check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=place, check=True)
    return Workspace.open(str(place))


def test_merges_without_such_files_cost_three_processes(tmp_path: Path, counted: Counted) -> None:
    few, many = (merges(tmp_path / str(n), n, both=False) for n in (3, 40))
    costs = []
    for workspace in (few, many):
        counted.clear()
        assert replay(workspace).agreement.files == 0
        assert counted.blobs == counted.parsed == 0
        costs.append(sorted(counted.git))
    assert costs[0] == costs[1]
    found = [name for name in costs[0] if name in ("rev-list", "rev-parse", "diff-tree")]
    assert found == ["diff-tree", "rev-list", "rev-parse", "rev-parse"]  # one names HEAD
    assert "merge-base" not in costs[0] and "ls-tree" not in costs[0]


def test_only_files_that_both_sides_changed_are_read(tmp_path: Path, counted: Counted) -> None:
    workspace = merges(tmp_path / "repo", 12, both=True)
    counted.clear()
    assert replay(workspace, last=5).agreement.files == 5
    assert counted.blobs == 15
    assert counted.git.count("diff-tree") == 2  # to find them, and what was committed
    counted.clear()
    assert replay(workspace).agreement.files == 12  # five are in the journal
    assert counted.blobs == 21


def test_an_interrupted_replay_counts_no_file_twice(tmp_path: Path) -> None:
    workspace = merges(tmp_path / "repo", 8, both=True)

    def stop(done: int, of: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(workspace, progress=stop)
    kept = Journal(workspace.repository.common_dir)
    assert len(kept.rows()) == 5
    assert replay(workspace).agreement.files == 8
    assert len(kept.rows()) == 8


def test_a_merge_without_files_leaves_no_mark(tmp_path: Path) -> None:
    workspace = merges(tmp_path / "repo", 3, both=False)
    replay(workspace)
    assert Journal(workspace.repository.common_dir).marks("replayed ") == []


def test_a_repository_that_git_alone_reads(tmp_path: Path) -> None:
    place = merges(tmp_path / "repo", 3, both=True).repository.worktree
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=2", f"file://{place}", str(shallow)], check=True)
    found = replay(Workspace.open(str(shallow)))
    assert (found.merges, found.agreement.files) == (1, 0)  # where both sides meet is cut off
    assert Repository.discover(shallow).cut_off()


def test_a_merge_that_was_interrupted_between_its_files(tmp_path: Path) -> None:
    workspace = merges(tmp_path / "repo", 2, both=True)
    found = replay(workspace).data()
    kept = Journal(workspace.repository.common_dir)
    (newest, _) = kept.rows()
    names = ("path", "verdict", "git_result", "seedgit_result", "arguments")
    kept.add("remerge", "done", **{name: newest[name] for name in names})
    assert replay(workspace).data() == found
