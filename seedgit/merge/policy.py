"""The questions that a merge asks the rules, with the answers for a file without rules."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.tree import Entry, Pointer
    from seedgit.values.value import Value


class MergeRules:
    """The answers without rules. `merge.policy_of_rules` has the answers of a seed's rule.

    renames   what the package renamed: (old, new) pointers
    declared  the identity keys of any lists
    by_index  whether some rule is about items that it names by their index
    as_one    whether some list is one value, or is told apart by more than one member
    """

    renames: Sequence[tuple[Pointer, Pointer]] = ()
    declared: frozenset[str] = frozenset()
    by_index = False
    as_one = False

    def key_of(self, pointer: Pointer) -> str | None:
        """The declared identity key of the list at a pointer; None if there is none."""
        return None

    def is_set(self, pointer: Pointer, document: Value) -> bool:
        """Whether a list is a set: its order has no meaning, and no item stands twice in it."""
        return False

    def settle(
        self,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        document: Value,
    ) -> tuple[str, str] | None:
        """The side that a conflict takes: (OURS or THEIRS, reason). None if no rule says.

        document  the version that the list indices in the pointer count in
        """
        return None


NO_RULES = MergeRules()
