"""Says by which line of which rules a place is the package's or the site's."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit.errors import PatchError, UsageError
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import OVERLAY, OverlayRule, Rules, RuleSource, SeedRule
from seedgit.rules.stacked import StackedRules
from seedgit.values.pointer import (
    covers,
    format_pointer,
    near,
    parse_pointer,
    parse_selector,
    select,
)
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Tokens = tuple[str, ...]


class RuleLine(NamedTuple):
    """A line of rules: the file, its line, and the pattern that stands there."""

    file: str
    line: int
    pattern: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.pattern}"


class Ruling(NamedTuple):
    """What the rules say of one place.

    decided  the line that says so; None: no line names the place
    final    whether it, or a place below it, is the package's whatever the site says
    others   lines that name the place too, and do not count there
    """

    path: str
    pointer: str
    owner: str
    on_seed_change: str
    decided: RuleLine | None
    final: bool
    secret: bool
    others: tuple[RuleLine, ...]

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "pointer": self.pointer,
            "owner": self.owner,
            "on-seed-change": self.on_seed_change,
            "final": self.final,
            "secret": self.secret,
            "decided": self.decided._asdict() if self.decided else None,
            "others": [line._asdict() for line in self.others],
        }


class RuledSeed(NamedTuple):
    """The rules of one file: where it is made a seed, and its entries in the order in which they
    are looked at, each with the owner it gives the place to."""

    path: str
    named: tuple[RuleLine, ...]
    entries: tuple[tuple[str, OverlayRule], ...]

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "seed-by": [line._asdict() for line in self.named],
            "entries": [
                {"owner": owner, "on-seed-change": entry.on_seed_change, "final": entry.final}
                | {"secret": entry.secret}
                | line_of(entry.source, entry.path)._asdict()
                for owner, entry in self.entries
            ],
        }


class CountedFile(NamedTuple):
    """A rules file that counts, and how much it says. `layer` is None for the package's."""

    layer: str | None
    file: str
    seeds: int
    entries: int

    def data(self) -> dict[str, Any]:
        return self._asdict()


def rulings(workspace: Workspace, path: str, pointer: str) -> list[Ruling]:
    """What the rules say of the places of a seed that a pointer or selector names.

    A place need not be there: then it is what the rules would say if it was.

    Raises UsageError for what is no seed, PatchError for what is no pointer, InputError.
    """
    rule = workspace.rule(path)
    value = workspace.seed(path).value
    steps = parse_selector(pointer)
    found = select(value, steps)
    if not found:
        try:
            found = [parse_pointer(pointer)] if "*" not in steps and "[" not in pointer else []
        except PatchError:
            found = []
        if not found:
            hint = near(rule.told(value, (), value), steps) or "see the file"
            raise UsageError(f"{pointer} names nothing", where=path, hint=hint)
    return [_ruling(path, rule, tokens, value) for tokens in found]


def _ruling(path: str, rule: SeedRule, tokens: Tokens, value: Value) -> Ruling:
    kept = rule.kept_final(tokens, value)
    entry = rule.entry(tokens, value)
    counts = kept or entry
    every = (*rule.final, *rule.overlay)
    others = (e for e in every if e is not counts and covers(e.pattern, tokens, value))
    return Ruling(
        path,
        format_pointer(tokens),
        rule.owner(tokens, value),
        rule.on_seed_change(tokens, value),
        line_of(counts.source, counts.path) if counts else None,
        kept is not None,
        rule.secret(tokens, value),
        tuple(line_of(other.source, other.path) for other in others),
    )


def ruled_seed(workspace: Workspace, path: str) -> RuledSeed:
    """The rules of one seed. Raises UsageError, InputError."""
    rule = workspace.rule(path)
    named = [found for rules in files_of(workspace.rules) if (found := rules.match(path))]
    lines = (line_of(each.source, ", ".join(each.files)) for each in named)
    final = [("seed", entry) for entry in rule.final]
    return RuledSeed(path, tuple(lines), (*final, *((OVERLAY, entry) for entry in rule.overlay)))


def counted_files(workspace: Workspace) -> Iterator[CountedFile]:
    """The rules files that count, the topmost layer's first and the package's last."""
    layers = {site.where: site.layer for site in workspace.site_rules}
    for rules in files_of(workspace.rules):
        if rules.where:
            yield CountedFile(layers.get(rules.where), rules.where, *_counts(rules))


def _counts(rules: Rules) -> tuple[int, int]:
    own = [entry for rule in rules.seeds for entry in (*rule.final, *rule.overlay)]
    return len(rules.seeds), len(own)


def files_of(rules: Rules) -> tuple[Rules, ...]:
    """The rules of each file: those of layers, the topmost first, and the package's."""
    return (*rules.layers, rules.package) if isinstance(rules, StackedRules) else (rules,)


def line_of(source: RuleSource | None, pattern: str) -> RuleLine:
    return RuleLine(source.where, source.line, pattern) if source else RuleLine("", 0, pattern)
