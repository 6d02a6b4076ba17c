"""Finds pointers in the rules that name nothing in any of the files that they are for."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.errors import SeedgitError, quoted
from seedgit.formats.idle_rules import Idle
from seedgit.named_tuple import NamedTuple
from seedgit.operations.rules import files_of
from seedgit.operations.stack.effective import stack
from seedgit.operations.workspace import Workspace
from seedgit.values.escapes import number_of
from seedgit.values.pointer import covers, format_selector, identity, reaches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.stack.effective import Stack
    from seedgit.rules.ownership import RuleSource, SeedRule

MOST_LOOKED = 500  # seeds; so many take a few seconds


class _Place(NamedTuple):
    """A pattern of pointers, where the rules have it, and what they call it."""

    source: RuleSource
    text: str
    pattern: tuple[str, ...]

    @property
    def key(self) -> tuple[str, int, str]:
        """The same for all entries that share a policy."""
        return self.source.where, self.source.start, self.text


def unmatched(workspace: Workspace) -> list[Idle]:
    """The pointers of entries, keys and merge strategies that name nothing: neither in the seeds
    of their entry as they are, nor as they are under the overlays, nor where an override is kept.

    Those of entries that no file matches are not among them. Raises InputError where the rules are
    invalid.
    """
    looking = _Looking(workspace)
    groups: dict[int, tuple[SeedRule, list[str]]] = {}
    for path in workspace.tracked:
        for rules in files_of(workspace.rules):
            rule = rules.match(path)
            if rule is not None:
                groups.setdefault(id(rule), (rule, []))[1].append(path)
    for rule, paths in groups.values():
        looking.look(list(_places(rule)), paths)
    return looking.found()


def _places(rule: SeedRule) -> Iterator[_Place]:
    for entry in (*rule.final, *rule.overlay):
        if entry.source is not None:
            yield _Place(entry.source, quoted(entry.path), entry.pattern)
    if rule.source is not None:
        for pattern, _ in rule.keys:
            if not any(map(identity, pattern)):  # such a key is followed nowhere
                text = f"the key of {quoted(format_selector(pattern))}"
                yield _Place(rule.source, text, pattern)
        for pattern, _ in rule.merge:
            text = f"the strategy of {quoted(format_selector(pattern))}"
            yield _Place(rule.source, text, pattern)


class _Looking:
    """Looks for places in seeds, until each is found once.

    open  those that were not found, each with how many files were looked at
    sure  those that were found, or that nobody can tell
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.open: dict[tuple[str, int, str], tuple[_Place, int]] = {}
        self.sure: set[tuple[str, int, str]] = set()
        self._stacks: dict[str, Stack | None] = {}

    def look(self, places: list[_Place], paths: list[str]) -> None:
        """Look for the places of one entry in its files."""
        left = [place for place in places if place.key not in self.sure]
        for path in paths:
            if not left:
                return
            if path not in self._stacks:
                self._stacks[path] = self._stack(path)
            seen = self._stacks[path]
            here = {place.key for place in left if seen is None or _is_in(seen, place.pattern)}
            self.sure |= here
            left = [place for place in left if place.key not in here]
        for place in left:
            count = self.open.get(place.key, (place, 0))[1]
            self.open[place.key] = place, count + len(paths)

    def _stack(self, path: str) -> Stack | None:
        """A seed with what lies over it; None if nobody can say what is in it."""
        if len(self._stacks) >= MOST_LOOKED:
            return None
        try:
            return stack(self.workspace, path)
        except SeedgitError:  # `status` tells what is wrong with it
            return None

    def found(self) -> list[Idle]:
        return list(dict.fromkeys(self._found()))

    def _found(self) -> Iterator[Idle]:
        used = {where for where, *_ in self.sure}
        for key, (place, count) in self.open.items():
            where, files = place.source.where, number_of(count, "file")
            if place.source.of_preset:  # it is for files of many kinds
                if where not in used:
                    text = f"{where} names nothing in {files}"
                    yield Idle(codes.POINTER_UNMATCHED, None, text)
            elif key not in self.sure:
                text = f"{place.text} names nothing in {files}"
                yield Idle(codes.POINTER_UNMATCHED, place.source.line, text, where)


def _is_in(seen: Stack, pattern: tuple[str, ...]) -> bool:
    """Whether a pattern names a place of a seed, of its effective document, or of an override."""
    if not pattern or any(reaches(pattern, (), value) for value in (seen.seed.value, seen.value)):
        return True
    held = (override.tokens for layer in seen.layers for override in layer.record.held)
    return any(covers(pattern, tokens, seen.value) for tokens in held)
