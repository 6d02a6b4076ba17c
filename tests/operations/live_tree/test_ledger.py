"""What the ledger of a live tree knows, however little of it is read, and whatever is damaged."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import Refused, SeedgitError
from seedgit.git.live_tree import live_trees
from seedgit.operations.live_tree import ledger as module
from seedgit.operations.live_tree.ledger import ROWS, Ledger, Row
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import seedgit

A, B = Row("a", seen="1"), Row("b", clashes=(("a", "1", None),), states=("c",))


@pytest.fixture
def site(site: Repo) -> Repo:
    """A site with a live tree, whose ledger has the rows of two seeds."""
    assert seedgit(site, "live", str(site.path.parent / "app")).status == 0
    rows_file(site).unlink()
    ledger_of(site).write({"a": A, "b": B})
    return site


def ledger_of(site: Repo) -> Ledger:
    repository = Workspace.open(str(site.path)).repository
    [tree] = live_trees(repository)
    return Ledger(repository, tree)


def rows_file(site: Repo) -> Path:
    return Path(ledger_of(site).folder, ROWS)


@pytest.mark.parametrize("few", [["a"], ["b"], ["b", "a"], ["no"]])
@pytest.mark.parametrize("anew", [False, True])
def test_of_a_few_seeds_their_own_rows_are_read(site: Repo, few: list[str], anew: bool) -> None:
    """One path may stand in the row of another one, as the place of a clash."""
    if anew:
        assert ledger_of(site).load().mend() == 0  # it writes all rows anew
    found = ledger_of(site).load(few, 2).rows
    assert found == {path: row for path, row in {"a": A, "b": B}.items() if path in few}


def test_a_row_is_dropped_from_a_ledger_of_which_little_was_read(site: Repo) -> None:
    ledger = ledger_of(site).load(["a"], 2)
    changed = A._replace(seen="2")
    ledger.write({"a": changed, "no": None})
    assert ledger_of(site).load().rows == {"a": changed, "b": B}
    ledger_of(site).load(["a"], 2).write({"a": None})
    assert ledger_of(site).load().rows == {"b": B}


def test_a_ledger_that_has_no_rows_any_more_is_read(site: Repo) -> None:
    ledger_of(site).load().write({"a": None, "b": None})
    assert rows_file(site).read_bytes() == b""
    for few in (["a"], None):
        with ledger_of(site).held(few, 2):
            assert ledger_of(site).load(few, 2).rows == {}
    rows_file(site).unlink()
    assert ledger_of(site).load(["a"], 2).rows == {}


@pytest.mark.parametrize(
    "fields", [[], {}, 5, None, [1], ["c", 5], ["c", [], "", "", "", "", False, [[1]]]]
)
def test_what_is_no_row_is_passed_over(site: Repo, fields: Any) -> None:
    assert Row.read(fields) is None
    with rows_file(site).open("a") as file:
        file.write(f"{module.json.dumps(fields)}\n")
    assert ledger_of(site).load().rows == {"a": A, "b": B}


def test_a_row_is_read_as_it_was_written() -> None:
    for row in (A, B, A._replace(stat=(1, 2, 3), intent=module.Intent("1", "2", "3", "4"))):
        assert Row.read(module.json.loads(row.line())) == row


def test_one_sync_waits_for_another_one_but_not_for_ever(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    with (
        ledger_of(site).held(),
        pytest.raises(Refused, match="another sync of this live tree does not end"),
        ledger_of(site).held(),
    ):
        pytest.fail("it is held twice")
    with ledger_of(site).held():
        pass


def test_what_the_system_refuses_is_told_with_its_place(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    ledger = ledger_of(site)
    with monkeypatch.context() as patch, pytest.raises(SeedgitError) as raised:
        patch.setattr(type(ledger._writer), "append", full)
        ledger.write({"a": A})
    assert raised.value.where == str(ledger.folder)
    assert "No space left" in raised.value.message
    rows = rows_file(site)
    rows.unlink()
    rows.mkdir()
    with pytest.raises(SeedgitError) as raised:
        ledger_of(site).write({"a": A})
    assert raised.value.where == str(rows)


def test_a_ledger_is_written_anew_once_half_of_it_is_old(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SPARE", 2)
    sizes = []
    for number in range(6):
        ledger = ledger_of(site)
        with ledger.held():
            ledger.write({"a": A._replace(seen=str(number))})
        sizes.append(sum(map(bool, rows_file(site).read_text().splitlines())))
    assert sizes == [3, 4, 5, 2, 3, 4]  # two of them are of use


@pytest.mark.parametrize(("times", "left"), [(1.2, False), (2.0, True)])
def test_a_large_ledger_is_written_anew_without_its_lines_being_counted(
    site: Repo, times: float, left: bool
) -> None:
    rows = {
        f"flows/{n}.yaml": A._replace(path=f"flows/{n}.yaml", key="k" * 300) for n in range(999)
    }
    ledger_of(site).write(rows)
    again = [*rows][: round(len(rows) * (times - 1))]
    ledger_of(site).write({path: rows[path] for path in again})
    with ledger_of(site).held(["flows/0.yaml"], len(rows)):
        pass
    assert (len(rows_file(site).read_bytes().splitlines()) < 1.1 * len(rows)) == left
    assert ledger_of(site).load().rows == {**rows, "a": A, "b": B}


def test_what_was_last_in_a_file_is_one_of_two_after_a_kill(site: Repo) -> None:
    ledger = ledger_of(site).load()
    before, about = A._replace(seen="1"), A._replace(seen="2", old="0")
    ledger.write({"a": before})
    ledger.write({"a": about})
    assert ledger.candidates("a", "2") == [about]
    assert ledger.candidates("a", "0") == ledger.candidates("a", "1") == [before]
    assert ledger.candidates("a", "9") == [about, before]
    assert ledger.candidates("b", "9") == [B] and ledger.candidates("no", "9") == []
