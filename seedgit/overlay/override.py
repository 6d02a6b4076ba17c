"""One change that the site makes to a seed, and the condition that ends it."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


ADD, REPLACE, REMOVE, TEST = "add", "replace", "remove", "test"
# The conditions that end an override. The names are stable: records contain them.
DATE, VERSION, SEED_IS = "date", "version", "seed-is"


def told_apart(value: Value) -> Value:
    """A value with its secrets as they are remembered: to encrypt one anew changes nothing."""
    if not has_secret(value):
        return value
    from seedgit.values.secrets import remembered  # late: few values are secrets

    return remembered(value)


class Until(NamedTuple):
    """When an override is no longer needed. It still applies until someone prunes it.

    date     a day, 2026-12-01 (the override ends as that day begins, UTC), or a time with its
             offset
    version  a tag: it ends once the seed comes from a commit that contains the tag
    seed-is  a value: it ends once the seed has another value there
    """

    kind: str
    value: Value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Until) and self.kind == other.kind and same(self.value, other.value)
        )

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self.kind)


class Override(NamedTuple):
    """One change that the site makes.

    seed     the base's value there; ABSENT where it has none
    over     the base's value when the override was made; it differs from `seed` once upstream has
             changed that value
    missing  for an override that a person kept here: how many of the maps above it the base lacks
    chosen   how often a person chose it over what somebody else had set there: who takes back what
             was set has not taken back that
    """

    tokens: Tokens
    op: str
    value: Value
    seed: Value
    over: Value
    why: str = ""
    until: Until | None = None
    missing: int = 0
    chosen: int = 0

    def __eq__(self, other: object) -> bool:
        # To Python 0 equals False, but they are different values in a seed.
        return (
            isinstance(other, Override)
            and (self.tokens, self.op, self.why) == (other.tokens, other.op, other.why)
            and same(self.value, other.value)
            and same(self.seed, other.seed)
            and same(self.over, other.over)
            and self.until == other.until
            and (self.missing, self.chosen) == (other.missing, other.chosen)
        )

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash((self.tokens, self.op))

    @property
    def pointer(self) -> str:
        return format_pointer(self.tokens)

    @property
    def local(self) -> Value:
        """The site's value; ABSENT where the override removes something."""
        return ABSENT if self.op == REMOVE else self.value

    @property
    def value_member(self) -> dict[str, Value]:
        """The value as a member of a JSON object; none where the override removes something."""
        return {} if self.op == REMOVE else {"value": self.value}

    @property
    def told_apart(self) -> Override:
        """The override as it is compared with those of others (`told_apart`)."""
        value = told_apart(self.value)
        return self if value is self.value else self._replace(value=value)

    @property
    def chosen_again(self) -> Override:
        """The override once a person has chosen it over another one."""
        return self._replace(chosen=self.chosen + 1)

    @property
    def moved_under(self) -> bool:
        return not same(told_apart(self.seed), told_apart(self.over))

    @property
    def kept_here(self) -> bool:
        """Whether a person kept it at its pointer although upstream removed that place."""
        gone = self.seed is ABSENT and self.over is not ABSENT
        return self.op == ADD and (gone or self.missing > 0)

    @property
    def redundant(self) -> bool:
        """Whether the seed already is as the override wants it."""
        if self.op == REMOVE:
            return self.seed is ABSENT
        return self.seed is not ABSENT and same(self.seed, self.value)


class Parked(NamedTuple):
    """An override that cannot be in the effective document. It is kept, with the reason.

    name  its pointer with list items by identity, as the seed had them; "" where that is the same.
          It does not count in comparisons: two clones may name one override differently.
    """

    override: Override
    reason: str
    name: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parked) and self[:2] == other[:2]

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:2])

    @property
    def label(self) -> str:
        """The name for a person to use."""
        return self.name or self.override.pointer


class Rival(NamedTuple):
    """What somebody else wants at a place where a record wants something else.

    override  what they set there; if they took it away, what it was
    gone      whether they took it away
    was       the value of the override that both had there; ABSENT: there was none
    by, on    who did, and when (ISO 8601); "" where that is not known
    lost      whether the place is gone, or in doubt; `name` is what it was called then
    Who it was does not count in comparisons.
    """

    override: Override
    gone: bool = False
    was: Value = ABSENT
    by: str = ""
    on: str = ""
    lost: bool = False
    name: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rival) and self[:2] == other[:2]

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:2])

    @property
    def label(self) -> str:
        """The name for a person to use."""
        return self.name or self.override.pointer

    @property
    def wanted(self) -> Override | None:
        """The override they want there; None if they want none."""
        return None if self.gone else self.override

    @property
    def value(self) -> Value:
        """The value they want there; ABSENT if they want none, or the seed's."""
        return ABSENT if self.gone else self.override.local
