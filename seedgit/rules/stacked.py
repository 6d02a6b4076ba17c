"""The package's rules with those of the site's layers on top of them.

Where several say something of a place, the topmost layer that does counts, then those below it, and
the package's own rules last. What the package marked `final` stays the package's all the same.
"""

from __future__ import annotations

from seedgit.rules.ownership import Rules, SeedRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class StackedRules(Rules):
    """The rules of a package under those of layers.

    package  the package's own
    layers   those of the layers, the topmost first
    """

    __slots__ = ("_made", "layers", "package")

    def __init__(self, package: Rules, layers: Sequence[Rules]) -> None:
        every = (*layers, package)
        super().__init__(tuple(rule for rules in every for rule in rules.seeds), package.policy)
        self.package = package
        self.layers = tuple(layers)
        self._made: dict[tuple[int, ...], SeedRule] = {}

    def match(self, path: str) -> SeedRule | None:
        """What all rules say of a path; None where none of them makes it a seed."""
        *over, own = found = [rules.match(path) for rules in (*self.layers, self.package)]
        if not any(found):
            return None
        key = tuple(map(id, found))
        if key not in self._made:
            pairs = zip(over, self.layers, strict=True)
            rules = [rule or SeedRule((), overlay=layer.everywhere) for rule, layer in pairs]
            self._made[key] = joined([*rules, own or SeedRule(())])
        return self._made[key]


def joined(rules: Sequence[SeedRule]) -> SeedRule:
    """One rule that says what several say; of two that contradict, what the first says counts."""
    named = [rule for rule in rules if rule.files]
    made = SeedRule(named[-1].files if named else ())
    made.source = named[-1].source if named else None
    made.live = any(rule.live for rule in rules)
    made.keys = tuple(item for rule in rules for item in rule.keys)
    made.merge = tuple(item for rule in rules for item in rule.merge)
    made.renames = tuple(item for rule in rules for item in rule.renames)
    made.overlay = tuple(entry for rule in rules for entry in rule.overlay)
    made.final = tuple(entry for rule in rules for entry in rule.final)
    return made
