"""What a merge asks of the rules; without any, nobody says anything."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.tree import Entry, Pointer
    from seedgit.values.value import Value


class MergeRules:
    """The answers where no rule is. `merge.policy_of_rules` has those of a seed's rule.

    renames  what the package renamed: (old, new) pointers
    """

    renames: Sequence[tuple[Pointer, Pointer]] = ()

    def key_of(self, pointer: Pointer) -> str | None:
        """The identity key that is declared for the list at a pointer."""
        return None

    def is_set(self, pointer: Pointer, document: Value) -> bool:
        """Whether the order of a list means nothing, and nothing stands twice in it."""
        return False

    def settle(
        self,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        document: Value,
    ) -> tuple[str, str] | None:
        """What is to be taken of a conflict: (OURS or THEIRS, reason).

        document  in whose order the list items of the pointer are counted
        """
        return None


NO_RULES = MergeRules()
