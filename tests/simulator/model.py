"""What has to be there: values, and who set them. It knows no patch, no record and no rebase.

Each value is set once, so it says itself where it comes from. A change puts values in, and takes
away values that its maker saw. A change that was undone did neither. A value is alive in a state of
an overlay if a change in that state put it in, and none in that state took it away. All that is
alive has to be kept: in force, covered, parked, or waiting beside another one. Nothing else may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Held = tuple[int, str]  # the number of the change that put a value in, and the value
Place = tuple[str, ...]  # the seed, and where in it; items of lists by identity
State = frozenset[int]  # the changes that somebody has seen

NOTHING: State = frozenset()


class Broken(AssertionError):
    """A law does not hold."""


class Change(NamedTuple):
    """A change of one overlay.

    by      the clone in which it was made
    puts    the values that it put in
    takes   what it took away
    undoes  the change that it took back
    again   the values that came back with that: if somebody else took one away meanwhile, either
            may be
    """

    by: str
    puts: frozenset[str] = frozenset()
    takes: frozenset[Held] = frozenset()
    undoes: int | None = None
    again: frozenset[str] = frozenset()


class Intent(NamedTuple):
    """What a step may do to an overlay.

    values  what it may put in
    places  where it may take something away
    keeps   the values that it decides for: they are put in anew
    goes    the values that it may take away, wherever they are
    """

    values: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    keeps: frozenset[str] = frozenset()
    goes: frozenset[str] = frozenset()

    def and_also(self, other: Intent) -> Intent:
        return Intent(
            self.values | other.values,
            self.places + other.places,
            self.keeps | other.keeps,
            self.goes | other.goes,
        )


NONE = Intent()


class Model:
    """The changes of all overlays. A state of one is the set of those that led to it.

    places  where each value was set
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.places: dict[str, Place] = {}

    def alive(self, state: State) -> set[Held]:
        undone: set[int] = set()
        for number in sorted(state, reverse=True):  # what takes back comes after
            change = self.changes[number]
            if change.undoes is not None and number not in undone:
                undone.add(change.undoes)
        counts = [number for number in state if number not in undone]
        taken = {held for number in counts for held in self.changes[number].takes}
        put = {(number, value) for number in counts for value in self.changes[number].puts}
        return put - taken

    def values(self, state: State) -> set[str]:
        """What has to be in an overlay."""
        return {value for _, value in self.alive(state)}

    def may(self, state: State) -> set[str]:
        """What may be there as well."""
        return {value for number in state for value in self.changes[number].again}

    # -- what happens ------------------------------------------------------------------------------

    def changed(self, by: str, state: State, now: set[str], intent: Intent) -> State:
        """A state was changed in a clone, and these are its values now."""
        alive = self.alive(state)
        before = {value for _, value in alive}
        new, gone = now - before, before - now
        nobodys = new - intent.values - self.may(state)
        if nobodys:
            raise Broken(f"{by} has what nobody set: {self.named(nobodys)}")
        lost = {value for value in gone - intent.goes if not self._within(value, intent.places)}
        if lost:
            raise Broken(f"{by} lost what was not to change: {self.named(lost)}")
        again = intent.keeps & now
        takes = {held for held in alive if held[1] in gone | again}
        return self._add(state, Change(by, frozenset(new | again), frozenset(takes)))

    def undid(self, by: str, state: State, number: int) -> State:
        """A change was taken back in a clone."""
        made = self._add(state, Change(by, undoes=number))
        again = self.values(made) - self.values(state)
        self.changes[-1] = self.changes[-1]._replace(again=frozenset(again))
        return made

    def _add(self, state: State, change: Change) -> State:
        self.changes.append(change)
        return state | {len(self.changes) - 1}

    def _within(self, value: str, places: Iterable[Place]) -> bool:
        at = self.places[value]
        return any(place[: len(at)] == at[: len(place)] for place in places)

    # -- what has to hold --------------------------------------------------------------------------

    def last_change(self, by: str, state: State) -> int | None:
        """The last change that was made in a clone, and was not taken back there."""
        undone: set[int] = set()
        for number in sorted(state, reverse=True):
            change = self.changes[number]
            if change.by == by and change.undoes is not None:
                undone.add(change.undoes)
            elif change.by == by and number not in undone:
                return number
        return None

    def check(self, where: str, state: State, now: set[str]) -> None:
        """An overlay has what is alive, and nothing else."""
        wanted = self.values(state)
        if wanted - now:
            raise Broken(f"{where} lost {self.named(wanted - now)}")
        again = now - wanted - self.may(state)
        if again:
            raise Broken(f"{where} has again {self.named(again)}")

    def named(self, values: Iterable[str]) -> str:
        there = ((value, "/".join(self.places.get(value, ("?",)))) for value in sorted(values))
        return ", ".join(f"{value} ({place})" for value, place in there)
