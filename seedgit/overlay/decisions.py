"""What a person decided of an override: kept in its record, so that nobody is asked twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from seedgit import codes
from seedgit.overlay.override import Override, Parked
from seedgit.values.value import Value, same

# With KEEP_LOCAL what has no place stays parked; with KEEP_HERE it is back at its pointer, seed or
# no seed.
KEEP_LOCAL, TAKE_SEED, VALUE, KEEP_HERE = "keep-local", "take-seed", "value", "keep-here"
CHOICES = (KEEP_LOCAL, TAKE_SEED, VALUE, KEEP_HERE)


@dataclass(frozen=True, eq=False)
class Question:
    """What is decided: whether `local` still holds at `pointer`, made over `base`, now `seed`."""

    pointer: str
    base: Value
    seed: Value
    local: Value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Question)
            and self.pointer == other.pointer
            and same(self.base, other.base)
            and same(self.seed, other.seed)
            and same(self.local, other.local)
        )

    def __hash__(self) -> int:
        return hash(self.pointer)


@dataclass(frozen=True, eq=False)
class StoredDecision:
    """value: with VALUE, what holds instead. at: the pointer it was laid over, where another."""

    question: Question
    choice: str
    value: Value = None
    why: str = ""
    at: str = ""

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, StoredDecision)
            and (self.question, self.choice, self.why, self.at)
            == (other.question, other.choice, other.why, other.at)
            and same(self.value, other.value)
        )

    def __hash__(self) -> int:
        return hash(self.question)


def question_of(override: Override) -> Question:
    return Question(override.pointer, override.over, override.seed, override.local)


def question_of_parked(parked: Parked) -> Question:
    """Of what has no place: an index in its pointer may be another item's by now, its name not."""
    return replace(question_of(parked.override), pointer=parked.label)


def answer(decisions: Iterable[StoredDecision], question: Question) -> StoredDecision | None:
    """The last decision of a question; None where nobody was asked."""
    found = None
    for decision in decisions:
        if decision.question == question:
            found = decision
    return found


def stays(decisions: Iterable[StoredDecision], reason: str, question: Question) -> bool:
    """Whether a parked override may stay as it is: somebody knows that it has no place."""
    if reason in (codes.YIELDED, codes.MOVED_UNDER):
        return False
    made = answer(decisions, question)
    return made is not None and made.choice == KEEP_LOCAL and not made.at


def remembered(
    decisions: tuple[StoredDecision, ...], made: Iterable[StoredDecision]
) -> tuple[StoredDecision, ...]:
    """`decisions` with those made since, each question once."""
    kept = {decision.question: decision for decision in decisions}
    for decision in made:
        kept.pop(decision.question, None)
        kept[decision.question] = decision
    return tuple(kept.values())
