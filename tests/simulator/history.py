"""What happens: everything is drawn from one number, and each step says all of itself.

So a step that is left out changes none of the others, and a history can be shortened.
"""

from __future__ import annotations

import random
from typing import NamedTuple

CLONES = ("a", "b")
OVERLAYS = ("local",)
FIRST = 1001  # values that people set are at least that; those of seeds are less
FILES = ("wiki", "one")
PLACES = (
    *(("limit",), ("paused",), ("timeout",), ("extra",), ("steps", "fetch", "mode")),
    *(("steps", "fetch", "max_items"), ("steps", "rank", "mode"), ("steps", "rank", "max_items")),
)
ADDED = ("x", "y")
KINDS = {
    "set": 8,
    "add": 1,
    "whole": 1,
    "unset": 2,
    "undo": 2,
    "resolve": 4,
    "pull": 5,
    "push": 5,
    "peer": 1,
    "publish": 2,
    "upgrade": 2,
}
LENGTH = (4, 14)


class Step(NamedTuple):
    """One step. Each kind uses what it needs of it.

    value   what is set: no other step sets the same
    chance  chooses one of what is there when it happens
    """

    number: int
    kind: str
    clone: str
    overlay: str
    file: str
    place: tuple[str, ...]
    value: str
    chance: float
    other: float

    def of(self, options: list[str] | tuple[str, ...]) -> str:
        return options[int(self.chance * len(options))]

    def __str__(self) -> str:
        where = "/".join((self.file, *self.place))
        return f"{self.number}: {self.kind} {self.clone} {self.overlay} {where} {self.value}"


def history(seed: int) -> list[Step]:
    drawn = random.Random(seed)
    return [_step(drawn, number) for number in range(drawn.randint(*LENGTH))]


def _step(drawn: random.Random, number: int) -> Step:
    (kind,) = drawn.choices([*KINDS], [*KINDS.values()])
    return Step(
        number,
        kind,
        drawn.choice(CLONES),
        drawn.choice(OVERLAYS),
        drawn.choice(FILES),
        drawn.choice(PLACES),
        str(FIRST + number),
        drawn.random(),
        drawn.random(),
    )
