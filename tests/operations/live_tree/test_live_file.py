"""A program's changes against what is effective now: which count, and which a person decides."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from seedgit.operations.live_tree.live_file import (
    Difference,
    LiveFile,
    Synced,
    Undecided,
    found_changes,
)
from seedgit.operations.stack import provenance
from seedgit.overlay.override import Override
from seedgit.rules.ownership import OverlayRule, SeedRule
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value


class History:
    """Who set a value, and when.

    set, back  the commit that set it, and one that only brought it back, if there is one
    """

    def __init__(self, set: str | None, back: str | None = None) -> None:
        self.set = set
        self.back = back
        self.tip = "tip"
        self.repository = SimpleNamespace(contains=lambda state, commit: commit in state)

    def made(self, path: str, override: object, *, brought_back: bool = False) -> Any:
        assert (path, override) == ("flows/a.yaml", "stored")
        found = self.back if brought_back and self.back else self.set
        return SimpleNamespace(id=found) if found else None


def set_since(
    monkeypatch: pytest.MonkeyPatch,
    history: History,
    states: tuple[str, ...] | None,
    *,
    maker: str | None = "override",
    layer: int | None = 0,
    stored: str | None = "stored",
) -> bool:
    """Whether a value was set since some states, each with the commits in it."""
    monkeypatch.setattr(provenance, "Provenance", lambda *_: history)
    monkeypatch.setattr(provenance, "stored_override", lambda *_: stored)
    origin = None if maker == "" else SimpleNamespace(maker=maker, layer=layer)
    record = SimpleNamespace(path="flows/a.yaml")
    here = SimpleNamespace(is_set_here=lambda overlay, tip, commit: commit.startswith("mine"))
    file: Any = SimpleNamespace(
        now=SimpleNamespace(
            origins=SimpleNamespace(at=lambda _: origin),
            layers=[SimpleNamespace(overlay="site", record=record)],
        ),
        workspace=SimpleNamespace(store=SimpleNamespace(history=here)),
    )
    return LiveFile._set_since(file, states, ("paused",))


def test_a_clash_is_decided_by_what_is_set_here_since(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set_since(monkeypatch, History("mine-1"), ("old", "older"))
    assert set_since(monkeypatch, History("mine-1"), ())
    assert not set_since(monkeypatch, History("mine-1"), ("old", "old mine-1"))  # it was there
    assert not set_since(monkeypatch, History("theirs-1"), ("old",))
    assert not set_since(monkeypatch, History("mine-1", "mine-2"), ("old mine-2",))
    assert not set_since(monkeypatch, History("mine-1", "undo"), ("old",))  # only brought back


def test_what_nobody_set_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History("mine-1")
    assert not set_since(monkeypatch, history, None)
    assert not set_since(monkeypatch, history, ("old",), maker="")
    assert not set_since(monkeypatch, history, ("old",), maker=None)
    assert not set_since(monkeypatch, history, ("old",), layer=None)
    assert not set_since(monkeypatch, history, ("old",), stored=None)
    assert not set_since(monkeypatch, History(None), ("old",))


# -- a program's changes ---------------------------------------------------------------------------

RULE = SeedRule(
    ("**",), keys=(("/steps", "id"),), overlay=(OverlayRule("/paused"), OverlayRule("/mode"))
)
BASE: Value = {"paused": False, "timeout": 30, "steps": [{"id": "a", "n": 1}, {"id": "b", "n": 1}]}


def changes(
    live: Value, now: Value, *older: Value, clashes: Any = (), decided: bool = False, by: str = ""
) -> tuple[list[str], list[str], list[str]]:
    """The pointers of a program's own changes, of its clashes, and of those that are lost.

    by  the pointer of the only override, if there is one
    """

    def at(tokens: tuple[str, ...]) -> Any:
        return SimpleNamespace(maker="one") if "/" + "/".join(tokens) == by else None

    effective_now: Any = SimpleNamespace(value=now, origins=SimpleNamespace(at=at))
    known = Undecided(clashes, lambda made: made, lambda _: decided)
    found = found_changes(BASE, live, effective_now, RULE, known, older)
    assert len(found.own) == len(found.before)

    def pointers(made: tuple[Override, ...]) -> list[str]:
        return [each.pointer for each in made]

    return pointers(found.own), pointers(found.clashes), pointers(found.lost)


def test_what_nothing_speaks_against_is_the_programs_own() -> None:
    live: Value = {**BASE, "paused": "late", "x": 1}
    assert changes(live, BASE) == (["/paused", "/x"], [], [])
    assert changes(live, {**BASE, "timeout": 60}) == (["/paused", "/x"], [], [])
    assert changes(BASE, {**BASE, "timeout": 60}) == ([], [], [])


def test_what_both_changed_is_a_clash_unless_they_agree() -> None:
    live: Value = {**BASE, "timeout": 45, "paused": "late"}
    now: Value = {**BASE, "timeout": 60, "paused": "set"}
    assert changes(live, now) == ([], ["/paused", "/timeout"], [])
    assert changes(live, live) == (["/paused", "/timeout"], [], [])


def test_where_only_the_seed_moved_under_a_sites_value_the_rules_say_what_follows() -> None:
    """That it is the seed's can be told by what an older seed had there."""
    live: Value = {**BASE, "paused": "late", "timeout": 45}
    now: Value = {**BASE, "paused": None, "timeout": 60}
    assert changes(live, now, BASE) == (["/paused"], ["/timeout"], [])
    assert changes(live, now, {**BASE, "paused": "other"}) == ([], ["/paused", "/timeout"], [])
    assert changes(live, now, BASE, by="/paused") == ([], ["/paused", "/timeout"], [])


def test_what_has_no_place_any_more_is_lost() -> None:
    live: Value = {**BASE, "steps": [{"id": "a", "n": 2}, {"id": "b", "n": 2}]}
    now: Value = {**BASE, "steps": [{"id": "b", "n": 1}]}
    assert changes(live, now) == (["/steps/0/n"], [], ["/steps/0/n"])
    assert changes([1], BASE) == ([], [], [""])


@pytest.mark.parametrize("decided", [False, True])
@pytest.mark.parametrize("told", ['"late"', '"before"', None])
def test_a_clash_stays_one_until_somebody_decides(told: str | None, decided: bool) -> None:
    live: Value = {**BASE, "paused": "late"}
    clashes = [("/paused", "false", told), ("/timeout", "30", "45")]
    over = told == '"late"' and decided  # else the program has written again
    expected: list[str] = [] if over else ["/paused"]
    assert changes(live, BASE, clashes=clashes, decided=decided) == ([], expected, [])


# -- what is told ----------------------------------------------------------------------------------


def test_a_value_that_is_not_there_is_not_told() -> None:
    assert Difference("/a", 1, 2, "/[id=a]").data() == {"pointer": "/a", "effective": 1, "live": 2}
    assert Difference("/a", ABSENT, 2, "/[id=a]").data() == {"pointer": "/a", "live": 2}
    assert Difference("/a", 1, ABSENT, "/[id=a]").data() == {"pointer": "/a", "effective": 1}


def test_a_file_moved_or_waits() -> None:
    quiet = Synced("a", "/app/a")
    one: Any = (Difference("/a", 1, 2, "/[id=a]"),)
    assert (quiet.moved, quiet.waits) == (False, False)
    for told in ({"captured": one}, {"ended": one}, {"written": True}, {"removed": True}):
        file = quiet._replace(**told)
        assert (file.moved, file.waits) == (True, False)
    for told in ({"clashes": one}, {"withheld": one}, {"problem": "it is odd"}):
        file = quiet._replace(**told)
        assert (file.moved, file.waits) == (False, True)
    drifting = quiet._replace(drift=one)
    assert (drifting.moved, drifting.waits) == (False, False)
    data = quiet._replace(problem="odd", drift=one).data()
    assert (data["problem"], data["reason"], data["written"]) == ("odd", None, False)
    assert data["drift"] == [{"pointer": "/a", "effective": 1, "live": 2}]
