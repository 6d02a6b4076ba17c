"""One change that the site lays over a seed, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seedgit.values.diff import ABSENT
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, same

if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


ADD, REPLACE, REMOVE, TEST = "add", "replace", "remove", "test"
# What an override may wait for (stable names; a record has them).
DATE, VERSION, SEED_IS = "date", "version", "seed-is"


@dataclass(frozen=True, eq=False)
class Until:
    """When an override has served its purpose. It keeps its value until someone prunes it.

    date     a day, 2026-12-01 (it ends as that day begins, UTC), or an instant with its offset
    version  a tag: once the seed comes from a commit that contains it
    seed-is  a value: once the seed has another one there
    """

    kind: str
    value: Value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Until) and self.kind == other.kind and same(self.value, other.value)
        )

    def __hash__(self) -> int:
        return hash(self.kind)


@dataclass(frozen=True, eq=False)
class Override:
    """One change of the site's.

    seed     the value the base has there; ABSENT where it has none
    over     the value it was first made over: differs from `seed` once that moved under it
    missing  how many of the maps above it the base lacks too, where a person kept it here
    """

    tokens: Tokens
    op: str
    value: Value
    seed: Value
    over: Value
    why: str = ""
    until: Until | None = None
    missing: int = 0

    def __eq__(self, other: object) -> bool:
        # Python takes 0 for False; two values of a seed are not the same for that.
        return (
            isinstance(other, Override)
            and (self.tokens, self.op, self.why) == (other.tokens, other.op, other.why)
            and same(self.value, other.value)
            and same(self.seed, other.seed)
            and same(self.over, other.over)
            and self.until == other.until
            and self.missing == other.missing
        )

    def __hash__(self) -> int:
        return hash((self.tokens, self.op))

    @property
    def pointer(self) -> str:
        return format_pointer(self.tokens)

    @property
    def local(self) -> Value:
        """The site's value; ABSENT where the override takes something away."""
        return ABSENT if self.op == REMOVE else self.value

    @property
    def moved_under(self) -> bool:
        return not same(self.seed, self.over)

    @property
    def kept_here(self) -> bool:
        """Whether a person kept it at its pointer although upstream took that away."""
        gone = self.seed is ABSENT and self.over is not ABSENT
        return self.op == ADD and (gone or self.missing > 0)

    @property
    def redundant(self) -> bool:
        """Whether the seed has what the override wants."""
        if self.op == REMOVE:
            return self.seed is ABSENT
        return self.seed is not ABSENT and same(self.seed, self.value)


@dataclass(frozen=True)
class Parked:
    """An override that cannot be in the effective document; kept with its value, and why.

    name  its pointer with the items of lists by identity, as the seed had them; "" where it is the
          same. It is no part of what is parked: two clones may name it differently.
    """

    override: Override
    reason: str
    name: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """How a person may name it."""
        return self.name or self.override.pointer
