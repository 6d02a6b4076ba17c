"""What a sync does whatever its tree is: tries, one commit for all files, and what is told."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from seedgit import codes
from seedgit.errors import InputError, RepositoryError, SeedgitError
from seedgit.operations.live_tree import sync_run as module
from seedgit.operations.live_tree.captured import Taking
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.live_tree.live_file import Difference
from seedgit.operations.live_tree.sync_run import SyncRun
from seedgit.operations.live_tree.written_file import Changes


def taken(*pointers: str, value: int = 1) -> dict[str, Taking]:
    return {pointer: Taking(pointer, 0, value, pointer) for pointer in pointers}


class History:
    """A clone whose overlays are at some commits."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.tips = [("site", "tip"), ("new", None), ("team", "top")]
        self.broken = False

    def contains(self, tip: str, commit: str) -> bool:
        self.asked.append((tip, commit))
        if self.broken:
            raise RepositoryError("it cannot be read")
        return (tip, commit) == ("top", "old")


@pytest.fixture
def history() -> History:
    return History()


@pytest.fixture
def run(history: History) -> SyncRun:
    workspace: Any = SimpleNamespace(repository=history, tips=lambda: history.tips)
    tree: Any = SimpleNamespace(directory="/app", place=lambda path: f"/app/{path}")
    ledger: Any = SimpleNamespace(rows={})
    return SyncRun(workspace, tree, ledger, restore=False)


# -- tries -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("quiet_after", [1, 2, module.ATTEMPTS])
def test_files_are_tried_until_they_are_quiet(run: SyncRun, quiet_after: int) -> None:
    tried: list[list[str]] = []

    def attempt(paths: list[str]) -> list[str]:
        tried.append(paths)
        return [] if len(tried) == quiet_after else paths[:1]

    run.until_quiet(("a", "b"), attempt)
    assert tried == [["a", "b"], *[["a"]] * (quiet_after - 1)]
    assert run.told == {}


def test_files_that_never_are_quiet_are_told(run: SyncRun) -> None:
    tried: list[list[str]] = []
    run.until_quiet(("a", "b", "c"), lambda paths: tried.append(paths) or ["a", "c"])  # type: ignore[func-returns-value]
    assert len(tried) == module.ATTEMPTS
    assert {path: file.reason for path, file in run.told.items()} == {
        "a": codes.LIVE_BUSY,
        "c": codes.LIVE_BUSY,
    }


# -- into the overlay ------------------------------------------------------------------------------


def test_all_files_are_one_commit(run: SyncRun, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Any] = []
    results: list[Any] = [("c1", [Changes(taken("/x"), taken("/y"))]), (None, [])]

    def edit_records(workspace: object, edits: object, text: str, before: object) -> Any:
        said.append((edits, text.splitlines()[0], before))
        return results.pop(0)

    monkeypatch.setattr(module, "edit_records", edit_records)
    one: Any = {"flows/a.yaml": "edit"}
    run.commit_edits(one, print)
    assert run.commit == "c1"
    assert run.changes["flows/a.yaml"] == Changes(taken("/x"), taken("/y"))
    results[0] = (None, [Changes(taken("/x", value=2), {}), Changes({}, taken("/z"))])
    two: Any = {"flows/a.yaml": "edit", "flows/b.yaml": "other"}
    run.commit_edits(two, print)
    assert run.commit == "c1"  # the second one had nothing new
    assert run.changes["flows/a.yaml"] == Changes(taken("/x", value=2), taken("/y"))
    assert run.changes["flows/b.yaml"] == Changes({}, taken("/z"))
    assert said == [
        (["edit"], "sync flows/a.yaml", print),
        (["edit", "other"], "sync 2 live files", print),
    ]


def test_a_commit_was_made_if_an_overlay_has_it(run: SyncRun, history: History) -> None:
    assert run.made("old")
    assert not run.made("other")
    asked = [("tip", "old"), ("top", "old"), ("tip", "other"), ("top", "other")]
    assert history.asked == asked
    assert run.made("old") and not run.made("other")
    assert history.asked == asked  # it is asked once
    assert run.states() == ("tip", "top")


def test_what_history_cannot_say_was_not_made(run: SyncRun, history: History) -> None:
    history.broken = True
    assert not run.made("old")
    history.broken = False
    assert not run.made("old")


# -- what is told ----------------------------------------------------------------------------------


def test_what_is_told_is_what_there_is_to_say(run: SyncRun) -> None:
    drift = (Difference("/x", 1, 2, "/x"),)
    for path, told in {
        "e": {"removed": True},
        "d": {"drift": drift},
        "c": {},
        "b": {"clashes": drift},
        "a": {"written": True},
    }.items():
        run.told[path] = run.synced(path, **told)
    run.commit = "c1"
    result = run.result()
    assert [file.path for file in result.files] == ["a", "b", "d", "e"]
    assert (result.commit, result.tree) == ("c1", run.tree)
    assert result.files[0].place == "/app/a"


def test_a_problem_takes_nothing_else_back(run: SyncRun) -> None:
    run.told["a"] = run.synced("a", written=True)
    for path in "ab":
        run.problem(path, codes.LIVE_BUSY, "it is busy")
        assert (run.told[path].problem, run.told[path].reason) == ("it is busy", codes.LIVE_BUSY)
    assert run.told["a"].written and not run.told["b"].written


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("it is odd"), "it is odd"),
        (InputError("it is odd", where="a"), "it is odd"),  # the place is told beside it
        (InputError("it is odd", where="a", line=3), "line 3: it is odd"),
        (RepositoryError("it is locked"), "it is locked"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_alone(
    run: SyncRun, error: SeedgitError, text: str
) -> None:
    before = time.time()
    run.unreadable("a", error)
    assert run.told["a"].problem == f"{text}: it is left as it is"
    assert run.told["a"].reason == codes.LIVE_UNREADABLE
    row = run.rows["a"]
    assert row is not None
    assert before <= row.since <= time.time()
    assert row._replace(since=0) == Row("a")


@pytest.mark.parametrize("late", [False, True])
def test_after_a_while_a_person_has_to_look(run: SyncRun, late: bool) -> None:
    since = time.time() - module.LONG + (-5 if late else 5)
    run.ledger.rows["a"] = Row("a", seen="1", since=since)
    run.unreadable("a", InputError("it is odd"))
    assert run.rows["a"] == Row("a", seen="1", since=since)
    assert ("a person has to look" in run.told["a"].problem) == late
    run.rows["a"] = Row("a", seen="2")  # what is to be written of it meanwhile
    run.unreadable("a", InputError("it is odd"))
    assert run.rows["a"] == Row("a", seen="2", since=since)


def test_who_restores_it_looks_at_it(run: SyncRun) -> None:
    run.restore = True
    run.unreadable("a", InputError("it is odd"))
    assert "a person has to look" in run.told["a"].problem
