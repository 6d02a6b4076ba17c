"""What happens: everything is drawn from one number, and each step says all of itself.

So a step that is left out changes none of the others, and a history can be shortened.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

Of = TypeVar("Of")

CLONES = ("a", "b")
SITES = {"a": "a", "b": "b", "b2": "b"}  # worktrees, and the clones that they belong to
LIVE = "a"  # where programs write files
OVERLAYS = ("fleet", "local")  # lowest first
FIRST = 1010  # values that people set are at least that; those of seeds are less than 1000
FILES = ("wiki", "one")
PLACES = (
    *(("limit",), ("paused",), ("timeout",), ("extra",), ("steps", "fetch", "mode")),
    *(("steps", "fetch", "max_items"), ("steps", "rank", "mode"), ("steps", "rank", "max_items")),
)
ADDED = ("x", "y")
KINDS = {
    "set": 8,
    "until": 1,
    "add": 1,
    "whole": 1,
    "delete": 1,
    "unset": 2,
    "undo": 2,
    "undo_any": 1,
    "resolve": 3,
    "prune": 1,
    "write": 4,
    "sync": 2,
    "pull": 4,
    "push": 4,
    "peer": 1,
    "tick": 1,
    "publish": 3,
    "upgrade": 3,
}
NARROW = 4  # one history of so many is about one place, which all of them change
NARROW_KINDS = {**KINDS, "undo": 4, "undo_any": 3, "resolve": 6, "peer": 6, "write": 1}
FAULTS = {"": 12, "killed": 1, "full": 1, "raced": 1}
MOST_POINTS = 14  # places at which a command may be stopped
LENGTH = (4, 14)


class Step(NamedTuple):
    """One step. Each kind uses what it needs of it.

    value   what is set: no other step sets the same
    chance  chooses one of what is there when it happens; so does `other`
    fault   what goes wrong meanwhile, and at which point
    """

    number: int
    kind: str
    site: str
    overlay: str
    file: str
    place: tuple[str, ...]
    value: str
    chance: float = 0.0
    other: float = 0.0
    fault: str = ""
    point: int = 0

    @property
    def clone(self) -> str:
        return SITES[self.site]

    def of(self, options: Sequence[Of]) -> Of:
        return options[int(self.chance * len(options))]

    def __str__(self) -> str:
        where = "/".join((self.file, *self.place))
        fault = f", {self.fault} at {self.point}" if self.fault else ""
        return f"{self.number}: {self.kind} {self.site} {self.overlay} {where} {self.value}{fault}"


def history(seed: int) -> list[Step]:
    drawn = random.Random(seed)
    length = drawn.randint(*LENGTH)
    if seed % NARROW != 1:
        return [_step(drawn, number, KINDS) for number in range(length)]
    file, place = drawn.choice(FILES), drawn.choice(PLACES)
    steps = (_step(drawn, number, NARROW_KINDS) for number in range(length))
    return [step._replace(file=file, place=place, overlay=OVERLAYS[-1]) for step in steps]


def _step(drawn: random.Random, number: int, kinds: Mapping[str, int]) -> Step:
    (kind,) = drawn.choices([*kinds], [*kinds.values()])
    (site,) = drawn.choices([*SITES], (4, 4, 1))
    (overlay,) = drawn.choices(OVERLAYS, (1, 3))
    (fault,) = drawn.choices([*FAULTS], [*FAULTS.values()])
    return Step(
        number,
        kind,
        LIVE if kind in ("write", "sync") else site,
        overlay,
        drawn.choice(FILES),
        drawn.choice(PLACES),
        str(FIRST + number),
        drawn.random(),
        drawn.random(),
        fault if fault != "raced" or SITES[site] != LIVE else "",  # its files are locked meanwhile
        drawn.randint(1, MOST_POINTS),
    )
