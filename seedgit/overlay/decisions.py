"""What a person decided about an override. The record keeps it, so nobody is asked twice."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.override import Override, Parked, told_apart
from seedgit.values.diff import no_key
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.overlay.record import Record
    from seedgit.rules.ownership import SeedRule

# An override without a place in the seed: KEEP_LOCAL leaves it parked, KEEP_HERE puts it back at
# its pointer all the same.
KEEP_LOCAL, TAKE_SEED, VALUE, KEEP_HERE = "keep-local", "take-seed", "value", "keep-here"
CHOICES = (KEEP_LOCAL, TAKE_SEED, VALUE, KEEP_HERE)
# Between two people's values. It is done, and not remembered.
TAKE_OTHER = "take-other"


class Question(NamedTuple):
    """What a person is asked: does `local` still hold at `pointer`?

    base  the seed's value that the override was made over
    seed  the seed's value now
    """

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

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.pointer)


class StoredDecision(NamedTuple):
    """A person's answer to a question.

    value  with VALUE, the value that holds instead
    at     the new pointer, if the override was put at another place
    """

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

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.question)


def question_of(override: Override) -> Question:
    return Question(override.pointer, override.over, override.seed, override.local)


def question_of_parked(parked: Parked) -> Question:
    """The question about a parked override.

    It asks by name: an index in the old pointer may belong to another item by now.
    """
    return question_of(parked.override)._replace(pointer=parked.label)


def answer(decisions: Iterable[StoredDecision], question: Question) -> StoredDecision | None:
    """The last answer to a question; None where nobody was asked."""
    found = None
    for decision in decisions:
        if decision.question == question:
            found = decision
    return found


def decided_over(
    decisions: Iterable[StoredDecision], pointer: str, local: Value, seed: Value
) -> Value:
    """What was below an override when it was last decided about; `seed` if nobody did.

    pointer, local  the override's name, and its value
    """
    found, local = seed, told_apart(local)
    for decision in decisions:
        kept = decision.value if decision.choice == VALUE else decision.question.local
        if decision.question.pointer == pointer and same(told_apart(kept), local):
            found = decision.question.seed
    return found


class Decided:
    """What was below the overrides of a record when they were last decided about.

    revealed  the overrides of the record, their secrets decrypted; () if they are not. Decisions
              know secrets as they are stored.
    """

    def __init__(
        self,
        record: Record,
        seed: Value,
        rule: SeedRule | None,
        revealed: tuple[Override, ...] = (),
    ) -> None:
        self.known, stored = record.decisions, record.overrides
        self._seed = seed
        self._key_of = rule.key_of if rule else no_key
        self._stored = [(r.value, o.value) for r, o in zip(revealed, stored, strict=False)]

    def over(
        self, override: Override, decrypted: Iterable[tuple[Override, Override]] = ()
    ) -> Value:
        """What was below an override of the record; its pointer is one of the seed.

        decrypted  the overrides of lower layers that are decrypted, each with itself as stored
        """
        name = selector_of(self._seed, override.tokens, self._key_of)
        value = next((was for now, was in self._stored if now is override.value), override.value)
        local = override._replace(value=value).local
        found = decided_over(self.known, name, local, override.over)
        if has_secret(found):
            laid = (now.value for now, o in decrypted if same(told_apart(o.value), found))
            found = next(laid, found)
        return found


def stays(decisions: Iterable[StoredDecision], reason: str, question: Question) -> bool:
    """Whether a parked override may stay as it is: a person has decided to leave it parked."""
    if reason in (codes.YIELDED, codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER):
        return False
    made = answer(decisions, question)
    return made is not None and made.choice == KEEP_LOCAL and not made.at


def remembered(
    decisions: tuple[StoredDecision, ...], made: Iterable[StoredDecision]
) -> tuple[StoredDecision, ...]:
    """`decisions` and those made since; of several answers to one question, only the last."""
    kept = {decision.question: decision for decision in decisions}
    for decision in made:
        kept.pop(decision.question, None)
        kept[decision.question] = decision
    return tuple(kept.values())
