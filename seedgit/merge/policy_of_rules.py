"""A seed's rules on places that both sides changed: the strategy, and who owns the place."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import OURS, THEIRS
from seedgit.merge.policy import MergeRules
from seedgit.rules.ownership import NEWER_VERSION, OVERLAY, UNION, YIELD
from seedgit.values.value import JOINS, SET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Pointer
    from seedgit.rules.ownership import SeedRule
    from seedgit.values.value import Value

STRATEGY = {
    OURS: codes.STRATEGY_OURS,
    THEIRS: codes.STRATEGY_THEIRS,
    NEWER_VERSION: codes.STRATEGY_NEWER_VERSION,
}


class PolicyOfRules(MergeRules):
    """The answers of a seed's rule.

    local  whether ours is the site's side. In git merge and pull it is. In a rebase ours is
           upstream's, so an overlay-owned place gets no answer.
    """

    def __init__(self, rule: SeedRule, local: bool) -> None:
        self.renames = rule.renames
        self.declared = frozenset(key for _, key in rule.keys if JOINS not in key)
        self.as_one = any(JOINS in key for _, key in rule.keys)
        patterns = [pattern for pattern, _ in (*rule.keys, *rule.merge)]
        patterns += [entry.pattern for entry in rule.overlay]
        self.by_index = any(str(step).isdigit() for pattern in patterns for step in pattern)
        self._rule = rule
        self._local = local

    def key_of(self, pointer: Pointer) -> str | None:
        return self._rule.key_of(pointer)

    def is_set(self, pointer: Pointer, document: Value) -> bool:
        if self._rule.key_of(pointer) == SET:
            return True
        return self._rule.strategy(pointer, document) == UNION

    def settle(
        self,
        pointer: Pointer,
        base: Entry | None,
        ours: Entry | None,
        theirs: Entry | None,
        document: Value,
    ) -> tuple[str, str] | None:
        strategy = self._rule.strategy(pointer, document)
        if strategy in (OURS, THEIRS):
            return strategy, STRATEGY[strategy]
        if strategy == NEWER_VERSION and ours and theirs:
            from seedgit.values.requirement import bounds
            from seedgit.values.semver import newer

            written = [entry.node.text.strip("\"'") for entry in (ours, theirs)]
            texts = [bound for _, bound in bounds(*written)]
            higher = newer(*texts)
            if higher is not None:
                return (OURS if higher == texts[0] else THEIRS), STRATEGY[strategy]
        if not self._local or self._rule.owner(pointer, document) != OVERLAY:
            return None
        policy = self._rule.on_seed_change(pointer, document)
        return (THEIRS if policy == YIELD else OURS), codes.OVERLAY_OWNED
