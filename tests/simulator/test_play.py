"""The simulator finds what is wrong, shortens it, and does as git does."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.overlay import record_merge
from seedgit.overlay.record import Record
from tests.simulator.history import NARROW, Step, history
from tests.simulator.play import played, shortened


def set_by(site: str, number: int) -> Step:
    return Step(number, "set", site, "local", "wiki", ("limit",), str(1010 + number))


CLASH = [set_by("a", 0), set_by("b", 1)]


def test_a_value_that_a_pull_drops_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert played(place / "world", CLASH, CLASH[-1], really=False)[0] == ""

    def forgetful(record: Record, *_: object) -> Record:
        return record._replace(rivals=())

    monkeypatch.setattr(record_merge, "with_rivals", forgetful)
    monkeypatch.setattr("seedgit.operations.sharing.merged_overlay.with_rivals", forgetful)
    wrong, told = played(place / "world", CLASH, CLASH[-1], really=False)
    assert wrong == "Broken: local of b lost 1010 (wiki/limit)", told


def test_a_history_is_shortened_to_what_matters() -> None:
    steps = [set_by("a", number) for number in range(14)]

    def wrong(some: list[Step]) -> bool:
        return {steps[3], steps[9]} <= set(some)

    assert shortened(steps, wrong) == [steps[3], steps[9]]


def test_the_same_number_is_the_same_history() -> None:
    assert history(7) == history(7) != history(8)


def test_some_histories_are_about_one_place() -> None:
    """There people meet far more often: most bugs of undo and clashes need several at one place."""
    about = [{(step.file, step.place) for step in history(seed)} for seed in range(NARROW)]
    assert [len(places) == 1 for places in about].count(True) == 1


def test_what_stands_in_for_git_does_as_git_does(place: Path) -> None:
    ways = [played(place / "world", CLASH, CLASH[-1], really=really) for really in (True, False)]
    assert ways[0] == ways[1] == ("", ways[0][1])


def test_a_live_file_with_a_clash_stays_when_its_seed_is_renamed(place: Path) -> None:
    """A simulated history found it: what the program had written went with the file."""
    renamed = Step(0, "publish", "a", "local", "one", ("limit",), "1010", chance=0.72)
    written = Step(1, "write", "a", "local", "one", ("limit",), "1011", chance=0.9)
    differs = Step(2, "set", "a", "local", "one", ("limit",), "1012")
    steps = [renamed, written, differs]
    assert played(place / "world", steps, differs, really=False)[0] == ""


def test_a_seed_renamed_at_one_site_first_keeps_what_both_set(place: Path) -> None:
    """A simulated history found it: two records of one seed met, and one of them won."""
    steps = [step for step in history(40678) if step.number in (0, 3, 5, 11)]
    assert played(place / "world", steps, history(40678)[-1], really=False)[0] == ""
