"""What the ledger of a live tree knows, however little of it is read, and whatever is damaged."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import Refused, SeedgitError
from seedgit.git.live_tree import live_trees
from seedgit.operations.live_tree import ledger as module
from seedgit.operations.live_tree.ledger import ROWS, Ledger, Row, _lines_of, json_lines
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


# -- rows ------------------------------------------------------------------------------------------


def test_a_row_of_which_nothing_is_known_is_quiet() -> None:
    assert Row("a") == Row("a", (), "", "", "", "", False, (), 0, "", None, False, None)
    assert not Row("a").loud
    loud = Row("a", drift=True), Row("a", since=0.5), Row("a", withheld=True), B
    assert all(row.loud for row in loud)
    quiet = A._replace(stat=(1,), key="k", seed="s", base="b", old="o", states=("c",))
    assert not quiet.loud


def test_an_intent_counts_once_its_commit_is_made(site: Repo) -> None:
    intent = module.Intent("c1", "2", "seed", "base")
    row = A._replace(intent=intent, stat=(1,))
    assert row.settled(made=True) == A._replace(stat=(1,), seen="2", seed="seed", base="base")
    assert row.settled(made=False) == A._replace(stat=(1,))
    assert A.settled(made=True) == A.settled(made=False) == A
    ledger = ledger_of(site).load()
    ledger.rows = {"a": row, "b": B._replace(intent=intent._replace(commit="c2"))}
    ledger.earlier = {"a": row._replace(seen="0")}
    asked: list[str] = []
    ledger.settle(lambda commit: asked.append(commit) or commit == "c1")  # type: ignore[func-returns-value]
    assert ledger.rows == {"a": row.settled(made=True), "b": B}
    assert ledger.earlier == {"a": row.settled(made=True)}
    assert asked == ["c1", "c2", "c1"]


def test_a_file_is_unchanged_if_its_stat_says_so(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.write_text("12345")
    assert module.stat_of(str(place)) == ()  # it may be written again within one tick
    os.utime(place, ns=(0, 10**9))
    found = (5, 10**9, place.stat().st_ino)
    assert module.stat_of(str(place)) == found
    assert module.stat_of(str(tmp_path / "no")) == ()
    ledger: Any = Ledger.unchanged
    for stat, same in ((found, True), ((), False), ((6, *found[1:]), False)):
        assert ledger(None, Row("a", stat), str(place)) == same
    os.utime(place)
    assert not ledger(None, Row("a", ()), str(place))


def test_only_whole_lines_of_a_seed_are_its_rows() -> None:
    lines = [b'["a", 1]', b'["b", "[\\"a\\", 1]"]', b'["aa", 1]', b' ["a", 2]', b'["a", 3]']
    data = b"\n".join(lines)
    assert list(_lines_of(data, ["a"])) == [lines[0] + b"\n", lines[4]]
    assert list(_lines_of(data + b"\n", ["b", "a", "no"])) == [
        lines[1] + b"\n",
        lines[0] + b"\n",
        lines[4] + b"\n",
    ]


def test_a_line_that_is_no_json_costs_no_other() -> None:
    assert list(json_lines('[1]\n\n[2\n{"a": 3}\n')) == [[1], {"a": 3}]
    assert list(json_lines("[1]\n[2]")) == [[1], [2]]
    assert list(json_lines(f"[1]\n{'[' * 100_000}\n[2]")) == [[1], [2]]
    assert list(json_lines("")) == []


def test_what_a_ledger_keeps_goes_with_its_rows(site: Repo) -> None:
    ledger = ledger_of(site)
    with ledger.held():
        names = [ledger.keep(data) for data in (b"one", b"two", b"three")]
        intent = module.Intent("c1", "", "", names[1])
        ledger.write({"a": A._replace(base=names[0], intent=intent), "c": None})
        assert [ledger.content(name) for name in names] == [b"one", b"two", None]
    again = ledger_of(site).load()
    assert again.damage() == "" and not again.sealed(again.rows["a"])
    again._contents.keep_only([])
    assert "the file of a" in again.damage()
    assert again.mend() == 1
    assert ledger_of(site).load().rows == {"b": B}
    with rows_file(site).open("ab") as file:
        file.write(b'["cut')
    assert ledger_of(site).load().damage() == ""
    with rows_file(site).open("ab") as file:
        file.write(b"\nodd\n")
    assert "no rows" in ledger_of(site).load().damage()
    ledger_of(site).remove()
    assert ledger_of(site).load().rows == {} and ledger_of(site).damage() == ""
