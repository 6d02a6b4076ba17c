"""Finds what one rules file says in vain, because another one says it before, or otherwise."""

from __future__ import annotations

from seedgit.rules.wider import is_wider

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seedgit.rules.ownership import OverlayRule, RuleSource, SeedRule
    from seedgit.rules.stacked import StackedRules

    # What never counts, what counts there, and whether they say different things.
    Vain = tuple[RuleSource, str, RuleSource, bool]

MOST_COMPARED = 200_000  # pairs of entries; so many take about a second


def in_vain(rules: StackedRules, paths: Iterable[str]) -> list[Vain]:
    """The entries that never count for any of these files, each with what counts in its place."""
    files = (*rules.layers, rules.package)
    stacks: dict[int, tuple[SeedRule, list[SeedRule]]] = {}
    for path in paths:
        rule = rules.match(path)
        if rule is not None and id(rule) not in stacks:
            stacks[id(rule)] = rule, [r for each in files if (r := each.match(path)) is not None]
    found: dict[int, Vain] = {}
    needed: set[int] = set()
    left = MOST_COMPARED
    for rule, parts in stacks.values():
        left -= (len(rule.overlay) + len(rule.final)) * len(rule.overlay)
        if left < 0:
            break
        for vain in _not_plain(rule):
            found[hash(vain[:2])] = vain
        for entry, other in _covered(rule):
            if other is None:
                needed.add(id(entry))
            elif entry.source is not None and other.source is not None:
                differs = other.final or other.on_seed_change != entry.on_seed_change
                found[id(entry)] = entry.source, entry.path, other.source, differs
        for vain in _other_keys(parts):
            found[hash(vain[1])] = vain
    return [vain for key, vain in found.items() if key not in needed]


def _covered(rule: SeedRule) -> Iterator[tuple[OverlayRule, OverlayRule | None]]:
    """Each entry, and one of another file that is always before it."""
    before = list(rule.final)
    for entry in rule.overlay:
        others = (e for e in before if _where(e) != _where(entry) or e.final)
        other = next((e for e in others if is_wider(e.pattern, entry.pattern)), None)
        yield entry, None if entry.secret is not None else other
        before.append(entry)


def _not_plain(rule: SeedRule) -> Iterator[Vain]:
    """What one file says to be no secret, within what another one says is one."""
    every = (*rule.final, *rule.overlay)
    for entry in every:
        if entry.secret is not False or entry.source is None:
            continue
        for other in every:
            apart = other.source is not None and _where(other) != _where(entry)
            if other.secret and apart and is_wider(other.pattern, entry.pattern):
                assert other.source is not None
                yield entry.source, f"secret: false of {entry.path}", other.source, True
                break


def _where(entry: OverlayRule) -> str:
    return entry.source.where if entry.source else ""


def _other_keys(parts: list[SeedRule]) -> Iterator[Vain]:
    """The lists to which two files give different keys."""
    known: dict[tuple[str, ...], tuple[object, RuleSource]] = {}
    for part in parts:
        for pattern, key in part.keys:
            if part.source is None:
                continue
            first, source = known.setdefault(pattern, (key, part.source))
            if first != key:
                yield part.source, f"the key of {'/'.join(('', *pattern))}", source, True
