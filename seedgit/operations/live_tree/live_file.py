"""One live file: what a program changed in it, and what it has to hold.

The program's changes are those against what the ledger says was last in the file. They are laid
over what is effective now. What the site owns of them becomes overrides; the rest is run-time
drift, and stays in the file. Where somebody else changed the same place meanwhile, nobody can say
which of the two counts: the file keeps the program's value, and a person decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from seedgit import codes
from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import Edit
from seedgit.operations.live_tree.captured import Taking
from seedgit.operations.live_tree.ledger import Row
from seedgit.operations.live_tree.written_file import Changes, ProgramFile
from seedgit.operations.stack.effective import Effective, Masks
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.override import Override
from seedgit.overlay.patch import effective_value, patch_of, told_as
from seedgit.overlay.read_back import owned
from seedgit.overlay.rebase import PARKED, rebase
from seedgit.rules.ownership import YIELD, SeedRule, names_secret
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.value import Value, canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.secrets.withheld import Withheld
    from seedgit.values.diff import Tokens

WHY = "written at run time"


class Difference(NamedTuple):
    """A place where a live file has another value than the effective document.

    name  the pointer as a selector, for people
    """

    pointer: str
    effective: Value
    live: Value
    name: str

    def data(self) -> dict[str, Any]:
        values = {"effective": self.effective, "live": self.live}
        known = {name: value for name, value in values.items() if value is not ABSENT}
        return {"pointer": self.pointer, **known}


class ProgramsChanges(NamedTuple):
    """A program's changes, laid over what is effective now.

    own      those that nothing speaks against
    clashes  those of a place that somebody else changed too; `seed` is the value they set
    before   `own`, as changes of what was last in the file
    lost     those whose place is gone or in doubt now, as changes of what was last in the file
    """

    own: tuple[Override, ...]
    clashes: tuple[Override, ...]
    before: tuple[Override, ...]
    lost: tuple[Override, ...] = ()


class Undecided(NamedTuple):
    """Clashes that nobody has decided yet.

    clashes  as the ledger has them
    masked   gives an override with masks for its secrets, as they have them
    decided  tells whether an override holds at a place that was set in this clone since: somebody
             else's that came by a pull decides nothing, as nobody knew there what a program wrote
             here, and neither does what was there before, and is back
    """

    clashes: Sequence[tuple[Any, ...]]
    masked: Callable[[Override], Override]
    decided: Callable[[Tokens], bool]


def found_changes(
    base: Value,
    live: Value,
    now: Effective,
    rule: SeedRule,
    known: Undecided,
    older: Sequence[Value] = (),
) -> ProgramsChanges:
    """What a program changed from `base`, the last effective document, to `live`.

    known  the clashes that nobody has decided yet
    older  the values of other seeds that the file was made of
    """
    own: list[Override] = []
    before: list[Override] = []
    clashes: list[Override] = []
    lost: list[Override] = []
    undecided = {pointer: live for pointer, _, live in known.clashes}
    changes = tuple(differences(base, live, (), rule.key_of, rule.whole(base)))
    outcomes = rebase(changes, base, now.value, rule).outcomes
    for change, outcome in zip(changes, outcomes, strict=True):
        made = outcome.override
        if not made.tokens or (outcome.status in PARKED and outcome.status != codes.YIELDED):
            lost.append(change)
            continue
        if made.pointer in undecided:
            as_told = _text(known.masked(made).local) == undecided[made.pointer]
            if not (as_told and known.decided(made.tokens)):
                clashes.append(made)
            continue  # else a person has set a value since, and the program wrote none
        agreed = same(made.local, made.seed) or _is_the_rules(made, now, rule, older)
        if made.moved_under and not agreed:
            clashes.append(made)
        else:
            own.append(made)
            before.append(change)
    return ProgramsChanges(tuple(own), tuple(clashes), tuple(before), tuple(lost))


def _is_the_rules(made: Override, now: Effective, rule: SeedRule, older: Sequence[Value]) -> bool:
    """Whether only the seed has moved under a site's value, so that the rule says what follows."""
    mine = owned(rule, made, now.value) and not _overridden(now, made.tokens)
    moved = mine and _held(older, made.tokens, made.over)
    return moved and rule.on_seed_change(made.tokens, now.value) != YIELD


def _held(older: Sequence[Value], tokens: Tokens, value: Value) -> bool:
    """Whether an older seed had a value at a place."""
    return value is not ABSENT and any(same(value_at(seed, tokens), value) for seed in older)


def _overridden(now: Effective, tokens: Tokens) -> bool:
    """Whether the effective value at a place is an override's."""
    origin = now.origins.at(tokens)
    return origin is not None and origin.maker is not None


def _text(value: Value) -> str | None:
    return None if value is ABSENT else canonical(value)


class LiveFile:
    """A readable live file, against what is effective now.

    edit      the change of the overlay that what the site owns asks for; None: there is none
    clashes   where the program and somebody else changed one place
    withheld  secrets of the site's that cannot be encrypted

    older is what other seeds held that the file was made of, now and before it was last replaced.
    """

    def __init__(
        self,
        workspace: Workspace,
        now: Effective,
        live: Document,
        row: Row,
        base: Document,
        older: Sequence[Value] = (),
    ) -> None:
        self.workspace = workspace
        self.rule = workspace.rule(now.path)
        self.now = now
        self.live = live
        self._masks = Masks(workspace, now)
        self.withheld: tuple[Withheld, ...] = ()
        self._waiting: tuple[Override, ...] = ()
        known = Undecided(row.clashes, self._masked, partial(self._set_since, row.states))
        found = self._stored(found_changes(base.value, live.value, now, self.rule, known, older))
        self.clashes = tuple(map(self._difference, found.clashes))
        self._clashing, self._lost = found.clashes, found.lost
        self._base = base
        self._older = older
        self._own = tuple(zip(found.before, found.own, strict=True))
        self._rest: tuple[Override, ...] = ()
        self.edit: Edit[Changes] | None = None
        if found.own:
            self._split(found.own)

    def refuse_lost(self) -> None:
        """Raises InputError where a change has no place in the effective document any more: only
        who gives it up (`sync --restore`) can go on."""
        if self._lost:
            lost, path = self._lost[0], self.workspace.pasted(self.now.path)
            raise InputError(
                f"{lost.pointer}: a program changed what is gone or in doubt now "
                f"(seedgit sync --restore {path} gives that up)"
            )

    def _stored(self, found: ProgramsChanges) -> ProgramsChanges:
        """The changes without those of the site's that have a secret which cannot be encrypted."""
        if not (self.rule.has_secrets or any(names_secret(o.local, o.tokens) for o in found.own)):
            return found
        from seedgit.operations.secrets.withheld import Withholding  # late: few changes have any

        withholding = Withholding(self.workspace, self.now)
        places = {made: tuple(withholding.places(made)) for made in found.own if self._owns(made)}
        self._waiting = tuple(made for made, held in places.items() if held)
        self.withheld = tuple(each for held in places.values() for each in held)
        pairs = zip(found.own, found.before, strict=True)
        kept = [(made, old) for made, old in pairs if not places.get(made)]
        own, before = zip(*kept, strict=True) if kept else ((), ())
        return found._replace(own=tuple(own), before=tuple(before))

    def _owns(self, made: Override) -> bool:
        """Whether a change of the effective document is the site's."""
        inside = _overridden(self.now, made.tokens) or _overridden(self.now, made.tokens[:-1])
        return bool(made.tokens) and (inside or owned(self.rule, made, self.now.value))

    def _split(self, own: tuple[Override, ...]) -> None:
        """Tell the site's changes from the others."""
        written = self.live
        apart = self._clashing or self._waiting
        if apart or not same(effective_value(own, self.now.value), self.live.value):
            written = self.now.document.apply(patch_of(own))
        seen = time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime())
        over = {made.tokens: old for made in own if (old := self._seen(made)) is not ABSENT}
        why = f"{WHY}, seen {seen}"
        file = ProgramFile(self.workspace, self.now.seed, written, why, over)
        self.edit = file.edit
        self._rest = file.reading.rest

    def _seen(self, made: Override) -> Value:
        """The value of an older seed that a program has seen where it wrote; ABSENT: of none.

        What it writes just as an older seed had it, it has from there: it keeps what it has read,
        and writes all of it.
        """
        if made.moved_under:
            return made.over
        if same(made.local, made.seed) or _overridden(self.now, made.tokens):
            return ABSENT
        return made.local if _held(self._older, made.tokens, made.local) else ABSENT

    def _masked(self, made: Override) -> Override:
        """An override of the effective file with masks for its secrets: it is not to be stored."""
        hidden, at, seed, local = self._masks.hidden, made.tokens, made.seed, made.local
        value = hidden(at, local, seed) if local is not ABSENT else made.value
        return made._replace(seed=hidden(at, seed, local), value=value)

    def _set_since(self, states: tuple[str, ...] | None, tokens: Tokens) -> bool:
        """Whether the effective value at a place is an override's that was set in this clone since
        the overlays were at some states.

        Not if it was only brought back: who takes a change back chooses nothing instead of it.
        """
        origin = self.now.origins.at(tokens)
        if states is None or origin is None or origin.maker is None or origin.layer is None:
            return False
        from seedgit.operations.stack.provenance import Provenance, stored_override  # late: rare

        layer = self.now.layers[origin.layer]
        stored = stored_override(layer, origin.maker)
        past = Provenance(self.workspace, layer.overlay)
        commit = past.made(layer.record.path, stored, brought_back=True) if stored else None
        if commit is None or any(past.repository.contains(at, commit.id) for at in states):
            return False
        return self.workspace.store.history.is_set_here(layer.overlay, past.tip, commit.id)

    def _difference(self, made: Override) -> Difference:
        told = self._masked(made)
        name = told_as(made, self.now.value, self.rule.key_of)
        return Difference(told.pointer, told.seed, told.local, name)

    def known(self) -> Document:
        """What counts as last in the file once the edit is made: the site's changes are in it.

        Until the file is written, a further change of the program's is one of this.
        """
        back: list[dict[str, Any]] = []
        for made in (*self._rest, *self._clashing, *self._waiting, *self._lost):
            was, here = (value_at(d.value, made.tokens) for d in (self._base, self.live))
            if ABSENT in (was, here) or not same(here, made.local):
                break
            back.append({"op": "replace", "path": made.pointer, "value": was})
        else:  # what is not in the overlay can be taken out of the file's content
            return self.live.apply(back) if back else self.live
        value = self.now.value
        taken = (
            b for b, m in self._own if _overridden(self.now, m.tokens) or owned(self.rule, m, value)
        )
        return self._base.apply(patch_of(tuple(taken)))

    def wanted(self, now: Effective, *, restore: bool) -> Document:
        """What the file has to hold: the effective document, and what nobody may take from it.

        now      the effective document after the edit
        restore  give up the program's other changes; not the site's secrets, which are nowhere else

        Raises PatchError where the two cannot be written into one file.
        """
        # The program's own way of writing stays until there is something to say.
        if same(now.value, self.live.value):
            return self.live
        document = now.document
        kept = [(self._waiting, self.now.value)]
        if not restore:
            kept += [(self._rest, now.seed.value), (self._clashing, self.now.value)]
        for made, base in kept:
            moved = rebase(made, base, document.value, self.rule)
            document = document.apply(patch_of(moved.overrides))
        return self.live if same(document.value, self.live.value) else document

    def drift(self, now: Effective) -> tuple[Difference, ...]:
        """The program's changes of what the package owns."""
        return tuple(
            self._difference(made._replace(seed=value_at(now.value, made.tokens)))
            for made in rebase(self._rest, now.seed.value, now.value, self.rule).overrides
        )

    def kept_clashes(self) -> tuple[tuple[str, str | None, str | None], ...]:
        """The clashes as the ledger keeps them."""
        return tuple((c.pointer, _text(c.effective), _text(c.live)) for c in self.clashes)


class Synced(NamedTuple):
    """What became of one live file.

    captured, ended   the overrides that a program's changes made or ended
    drift             a program's changes of what the package owns
    clashes           places that a program and somebody else changed
    withheld          a program's secrets that cannot be encrypted: they stay in the file
    written, removed  what was done to the file
    problem           why the file was left alone; "" if it was not
    """

    path: str
    place: str
    captured: tuple[Taking, ...] = ()
    ended: tuple[Taking, ...] = ()
    drift: tuple[Difference, ...] = ()
    clashes: tuple[Difference, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    written: bool = False
    removed: bool = False
    problem: str = ""
    reason: str = ""

    @property
    def moved(self) -> bool:
        """Whether anything was done."""
        return bool(self.captured or self.ended or self.written or self.removed)

    @property
    def waits(self) -> bool:
        """Whether it needs a person, or another try."""
        return bool(self.clashes or self.withheld or self.problem)

    @property
    def over(self) -> Synced:
        """What there is to say once nothing is to be done any more."""
        return Synced(self.path, self.place)

    def then(self, later: Synced) -> Synced:
        """What this sync and a later one did."""
        return later._replace(
            captured=self.captured + later.captured,
            ended=self.ended + later.ended,
            written=self.written or later.written,
            removed=self.removed or later.removed,
        )

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "place": self.place,
            "captured": [item.data() for item in self.captured],
            "ended": [item.data() for item in self.ended],
            "drift": [item.data() for item in self.drift],
            "clashes": [item.data() for item in self.clashes],
            "withheld": [item.data() for item in self.withheld],
            "written": self.written,
            "removed": self.removed,
            "problem": self.problem or None,
            "reason": self.reason or None,
        }
