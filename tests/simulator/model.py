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
    """

    by: str
    puts: frozenset[str] = frozenset()
    takes: frozenset[Held] = frozenset()
    undoes: int | None = None


class Intent(NamedTuple):
    """What a step may do to an overlay.

    values  what it may put in
    places  where it may take something away
    keeps   the values that it decides for: they are put in anew
    """

    values: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    keeps: frozenset[str] = frozenset()


NONE = Intent()


class Model:
    """The changes of all overlays, and which of them every clone has seen.

    places  where each value was set
    """

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.places: dict[str, Place] = {}
        self._seen: dict[tuple[str, str], State] = {}

    def seen(self, clone: str, overlay: str) -> State:
        return self._seen.get((clone, overlay), NOTHING)

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

    def values(self, clone: str, overlay: str) -> set[str]:
        """What has to be in an overlay."""
        return {value for _, value in self.alive(self.seen(clone, overlay))}

    # -- what happens ------------------------------------------------------------------------------

    def changed(self, clone: str, overlay: str, now: set[str], intent: Intent) -> int:
        """A change was made in a clone, and these are the values of the overlay now."""
        state = self.seen(clone, overlay)
        alive = self.alive(state)
        before = {value for _, value in alive}
        new, gone = now - before, before - now
        if new - intent.values:
            raise Broken(f"{overlay} of {clone} has what nobody set: {sorted(new - intent.values)}")
        lost = {value for value in gone if not self._within(value, intent.places)}
        if lost:
            raise Broken(f"{overlay} of {clone} lost what was not to change: {self.named(lost)}")
        again = intent.keeps & now
        takes = {held for held in alive if held[1] in gone | again}
        return self._add(clone, overlay, Change(clone, frozenset(new | again), frozenset(takes)))

    def undid(self, clone: str, overlay: str, number: int) -> int:
        """A change was taken back in a clone."""
        return self._add(clone, overlay, Change(clone, undoes=number))

    def got(self, clone: str, overlay: str, state: State) -> None:
        """A clone, or a hub, has seen what somebody else had."""
        self._seen[clone, overlay] = self.seen(clone, overlay) | state

    def _add(self, clone: str, overlay: str, change: Change) -> int:
        self.changes.append(change)
        number = len(self.changes) - 1
        self.got(clone, overlay, frozenset({number}))
        return number

    def _within(self, value: str, places: Iterable[Place]) -> bool:
        at = self.places[value]
        return any(place[: len(at)] == at[: len(place)] for place in places)

    # -- what has to hold --------------------------------------------------------------------------

    def last_change(self, clone: str, overlay: str) -> int | None:
        """The last change that was made in a clone, and was not taken back."""
        undone: set[int] = set()
        for number in sorted(self.seen(clone, overlay), reverse=True):
            change = self.changes[number]
            if change.by == clone and change.undoes is not None:
                undone.add(change.undoes)
            elif change.by == clone and number not in undone:
                return number
        return None

    def check(self, clone: str, overlay: str, now: set[str]) -> None:
        """The overlay of a clone has what is alive, and nothing else."""
        wanted = self.values(clone, overlay)
        if wanted - now:
            raise Broken(f"{overlay} of {clone} lost {self.named(wanted - now)}")
        if now - wanted:
            raise Broken(f"{overlay} of {clone} has again {self.named(now - wanted)}")

    def named(self, values: Iterable[str]) -> str:
        return ", ".join(f"{value} ({'/'.join(self.places[value])})" for value in sorted(values))
