"""Why a value is what it is: its layer, who set it and when, and what it would be without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.formats.document import Document
from seedgit.git.blame import Blamed, blamed_lines
from seedgit.git.messages import without_beginning
from seedgit.git.object_text import Commit, Person
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.expiry import Expiry, told_until
from seedgit.operations.edits.when import iso
from seedgit.operations.stack.effective import Layer, Stack, effective, stack
from seedgit.operations.stack.places import NamedPlace, names_parked, place_of, places
from seedgit.operations.stack.provenance import Provenance, stored_override
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import ADD, REMOVE, Override, Parked
from seedgit.overlay.patch import is_structural
from seedgit.overlay.rebase import Outcome
from seedgit.overlay.sources import Origin
from seedgit.rules.ownership import OVERLAY, SEED
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.pointer import (
    format_pointer,
    meet,
    parse_selector,
    resolve,
)
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Tokens = tuple[str, ...]


class RelevantOverride(NamedTuple):
    """An override that affects a place.

    status   IN_EFFECT; KEPT_HERE, the same where the seed has no such place any more; COVERED by
             the layer `by`; or, where it is `parked`, why
    why      the reason kept with it, or else the one of the commit that set it
    commit   the overlay commit that last set it
    expired  whether its end has come
    """

    overlay: str
    override: Override
    status: str
    why: str
    commit: Commit | None
    expired: bool
    parked: bool = False
    by: str = ""

    @property
    def in_effect(self) -> bool:
        return self.status in (codes.IN_EFFECT, codes.KEPT_HERE)

    def data(self) -> dict[str, Any]:
        until = told_until(self.override.until, self.override.value)
        return {
            "overlay": self.overlay,
            "pointer": self.override.pointer,
            "status": self.status,
            "parked": self.parked,
            **({"by": self.by} if self.by else {}),
            "op": self.override.op,
            **self.override.value_member,
            "why": self.why,
            "until": {until.kind: until.value} if until else None,
            "expired": self.expired,
            **_commit_data(self.commit),
        }


class Explained(NamedTuple):
    """One value. `pointer` is the seed's, or the effective file's where the seed has nothing; for
    what is parked, the name it had.

    layer    SEED or OVERLAY; `overlay` its name. A container of the seed's that overrides change
             further down is the seed's
    seed     the seed's value, on `line` of it, which `blamed` set
    without  what it would be without each overlay that lies over the file
    """

    path: str
    pointer: str
    value: Value
    layer: str
    overlay: str | None
    held: tuple[RelevantOverride, ...]
    seed: Value
    line: int | None
    blamed: Blamed | None
    without: tuple[tuple[str, Value], ...]

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "pointer": self.pointer,
            **({} if self.value is ABSENT else {"value": self.value}),
            "layer": self.layer,
            "overlay": self.overlay,
            "overrides": [held.data() for held in self.held],
            "seed": {
                **({} if self.seed is ABSENT else {"value": self.seed}),
                "line": self.line,
                **blamed_data(self.blamed),
            },
            "without": [
                {"overlay": name, **({} if value is ABSENT else {"value": value})}
                for name, value in self.without
            ],
        }


def why(
    workspace: Workspace, path: str, selector: str, now: float | None = None
) -> list[Explained]:
    """Every place that a selector names, explained. Raises UsageError if it names none.

    If the seed is gone: what is parked.
    """
    asker = _Asker(workspace, Expiry(workspace, now))
    if path not in workspace.tracked:
        return _without_seed(workspace, asker, path, selector)
    found = stack(workspace, path)
    return asker.explain_all(found, places(workspace, found, selector))


def why_line(workspace: Workspace, path: str, line: int) -> list[Explained]:
    """The place that a line of the effective file belongs to, explained; none where that is the
    whole file."""
    found = effective(workspace, path)
    tokens = found.document.tokens_at(line)
    asker = _Asker(workspace, Expiry(workspace, None))
    return asker.explain_all(found, place_of(found, tokens) if tokens else [])


def holding(workspace: Workspace, found: Stack, selector: str) -> list[RelevantOverride]:
    """The overrides that `why` names for a selector. git is not asked who wrote the seed.

    Raises UsageError if it names nothing.
    """
    asker = _Asker(workspace, Expiry(workspace, None))
    targets = places(workspace, found, selector)
    return [held for target in targets for held in asker.holding(found, target)]


def has_parked(workspace: Workspace, path: str) -> bool:
    """Whether the seed of that path is gone, with overrides of it parked."""
    if path in workspace.unmerged or path in workspace.tracked:
        return False
    stored = (item for name in workspace.names for item in workspace.stored(name))
    return any(item.path is None and item.record.path == path for item in stored)


def _without_seed(workspace: Workspace, asker: _Asker, path: str, selector: str) -> list[Explained]:
    """What is parked because its whole seed is gone. Raises UsageError if nothing is."""
    steps = parse_selector(selector)
    found = []
    for name in workspace.names:
        for record in (s.record for s in workspace.stored(name) if s.path is None):
            base = workspace.base(record).value if record.path == path else None
            for parked in record.without_seed if record.path == path else ():
                if names_parked(steps, parked, base):
                    found.append(asker.explain_parked(name, record.path, parked))
    if not found:
        raise UsageError(f"{selector} names nothing that is parked", where=path)
    return found


class _Asker:
    def __init__(self, workspace: Workspace, expiry: Expiry) -> None:
        self.workspace = workspace
        self.expiry = expiry
        self.histories = {name: Provenance(workspace, name) for name in workspace.names}

    def explain_all(self, found: Stack, targets: list[NamedPlace]) -> list[Explained]:
        rule = self.workspace.rule(found.path)
        others = [found.without(n, rule) for n in range(len(found.layers))]
        return [self.explain(found, others, target) for target in targets]

    def explain(self, found: Stack, others: list[Stack], target: NamedPlace) -> Explained:
        held = list(self.holding(found, target))
        deciding = [h for h in held if h.in_effect and _decides(h.override, target)]
        overlay = deciding[-1].overlay if deciding else None
        seed = ABSENT if target.seed is None else resolve(found.seed.value, target.seed)
        line, blamed = None, None
        if target.seed is not None:
            line, blamed = seed_line(self.workspace, found.seed, target.seed)
        tokens = target.seed if target.seed is not None else target.here
        value = ABSENT if target.here is None else resolve(found.value, target.here)
        without = tuple(
            (layer.overlay, _value_in(other, target))
            for layer, other in zip(found.layers, others, strict=True)
        )
        needed = [name for name, other in without if not same(other, value)]
        if overlay is not None and needed and overlay not in needed:
            overlay = needed[-1]  # the one on top has the same, and one between them yields
        told = self.told(found, tokens or ())
        return Explained(
            found.path,
            target.parked[0][1].label if tokens is None else format_pointer(tokens),
            told(value),
            OVERLAY if overlay else SEED,
            overlay,
            tuple(held),
            told(seed),
            line,
            blamed,
            tuple((name, told(other)) for name, other in without),
        )

    def told(self, found: Stack, at: Tokens) -> Callable[[Value], Value]:
        """Masks what is a secret in the file, unless a person asked for secrets."""
        if self.workspace.reveals:
            return lambda value: value
        rule, plain = self.workspace.rule(found.path), found.plain
        return lambda value: rule.told(value, at, found.value, plain)

    def explain_parked(self, overlay: str, path: str, parked: Parked) -> Explained:
        made = self.histories[overlay].made(path, parked.override)
        held = self.held(overlay, parked.override, parked.reason, made, parked=True)
        return Explained(path, parked.label, ABSENT, SEED, None, (held,), ABSENT, None, None, ())

    def holding(self, found: Stack, target: NamedPlace) -> Iterator[RelevantOverride]:
        standing = {id(o.override) for _, o in found.origins.walk() if o.override is not None}
        for number, (layer, placed) in enumerate(zip(found.layers, found.placed, strict=True)):
            for override, outcome in zip(layer.rebased.overrides, placed.outcomes, strict=True):
                if _bears_on(override, target):
                    status = _standing(override, outcome, standing, found, target)
                    by = _coverer(found, number, override) if status == codes.COVERED else ""
                    made = self.made(layer, override)
                    yield self.held(layer.overlay, override, status, made, by=by)
        for layer, parked in target.parked:
            made = self.made(layer, parked.override)
            yield self.held(layer.overlay, parked.override, parked.reason, made, parked=True)

    def held(
        self,
        overlay: str,
        override: Override,
        status: str,
        made: Commit | None,
        *,
        parked: bool = False,
        by: str = "",
    ) -> RelevantOverride:
        reason = override.why or (_body(made) if made else "")
        expired = self.expiry.expired(override, gone=status in (codes.ORPHANED, codes.SEED_GONE))
        return RelevantOverride(overlay, override, status, reason, made, expired, parked, by)

    def made(self, layer: Layer, override: Override) -> Commit | None:
        stored = stored_override(layer, override)
        if stored is None:
            return None
        return self.histories[layer.overlay].made(layer.record.path, stored)


def seed_line(
    workspace: Workspace, seed: Document, tokens: Tokens
) -> tuple[int | None, Blamed | None]:
    """The line a value of the seed begins on, and the newest commit among its lines."""
    spans = seed.spans(tokens)
    if not spans:
        return None, None
    lines = [b for span in spans for b in blamed_lines(workspace.repository, seed.path, *span)]
    pending = next((b for b in lines if b.commit is None), None)
    if pending or not lines:
        return spans[0][0], pending
    newest = workspace.repository.independent(sorted({b.commit for b in lines if b.commit}))
    last = max((b for b in lines if b.commit in newest), key=lambda b: b.author.time)
    return spans[0][0], last


def blamed_data(blamed: Blamed | None) -> dict[str, Any]:
    """A seed line's commit for a machine; null if there is none yet."""
    if blamed is None or blamed.commit is None:
        return {"commit": None}
    return {
        "commit": blamed.commit,
        "author": blamed.author.name,
        "email": blamed.author.email,
        "date": when(blamed.author),
        "subject": blamed.subject,
        **({"earlier": True} if blamed.earlier else {}),
    }


def when(person: Person) -> str:
    """The date of a commit, ISO 8601, in its author's time zone."""
    return iso(person.time, person.offset)


def _commit_data(commit: Commit | None) -> dict[str, Any]:
    if commit is None:
        return {"commit": None}
    author = commit.author
    return {
        "commit": commit.id,
        "author": author.name,
        "email": author.email,
        "date": when(author),
    }


def _body(commit: Commit) -> str:
    return without_beginning(commit.message).strip().partition("\n\n")[2].strip()


# -- which overrides bear on a place -------------------------------------------------------------


def _bears_on(override: Override, target: NamedPlace) -> bool:
    """Whether an override is of the place, of what holds it, or of something in it."""
    origin = target.origin
    if origin is not None and origin.override is override:
        return True
    if origin is not None and _below(origin, override):
        return True
    if target.seed is None or (override.op == ADD and is_structural(override)):
        return False
    return meet(override.tokens, target.seed)


def _below(origin: Origin, override: Override) -> bool:
    return any(found.override is override for _, found in origin.walk())


def _decides(override: Override, target: NamedPlace) -> bool:
    """Whether the place as a whole has its value from this override."""
    if target.origin is not None:
        return target.origin.override is override
    return target.seed is not None and len(override.tokens) <= len(target.seed)


def _standing(
    override: Override, outcome: Outcome, standing: set[int], found: Stack, target: NamedPlace
) -> str:
    if override.op == REMOVE:
        here = {origin.seed for _, origin in found.origins.walk()}
        return codes.COVERED if override.tokens in here else codes.IN_EFFECT
    if id(override) not in standing:
        return codes.COVERED
    # Of a whole that lies under another layer's, what is left may be elsewhere.
    whole = target.origin is not None and len(override.tokens) <= len(target.seed or ())
    if whole and target.origin is not None and target.origin.override is not override:
        return codes.COVERED
    return codes.KEPT_HERE if override.kept_here else codes.IN_EFFECT


def _coverer(found: Stack, number: int, override: Override) -> str:
    """The overlay that covers one of a layer's overrides: the topmost that has a say there."""
    others = [
        (other, layer.overlay)
        for other, layer in enumerate(found.layers)
        if other != number and any(meet(o.tokens, override.tokens) for o in layer.rebased.overrides)
    ]
    return max(others, key=lambda each: each[0])[1] if others else ""


def _value_in(other: Stack, target: NamedPlace) -> Value:
    """What a place has in another stack of the same layers."""
    if target.seed is None and target.origin is not None and target.origin.override is None:
        # A map that exists only for what is kept in it.
        return ABSENT if target.here is None else value_at(other.value, target.here)
    for tokens, origin in other.origins.walk():
        if target.seed is not None:
            found = origin.seed == target.seed
        else:
            found = (
                target.origin is not None
                and origin.override is target.origin.override
                and same(list(origin.inner), list(target.origin.inner))
            )
        if found:
            return resolve(other.value, tokens)
    return _below_seed(other, target)


def _below_seed(other: Stack, target: NamedPlace) -> Value:
    """As `_value_in`, of a place that the seed lacks, in what overrides have below one it has."""
    origins, tokens = target.above, target.here or ()
    depth = max((n for n, origin in enumerate(origins) if origin.seed is not None), default=None)
    if target.seed is not None or depth is None:
        return ABSENT
    rest, seed = tokens[depth:], origins[depth].seed
    if any(isinstance(o.children, list) and o.layer is None for o in origins[depth:-1]):
        return ABSENT  # an item that was put into a list of the seed's
    there = (at for at, origin in other.origins.walk() if origin.seed == seed)
    held = next(there, None)
    return ABSENT if held is None else value_at(other.value, (*held, *rest))
