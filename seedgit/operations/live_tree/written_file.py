"""Splits a file that somebody has edited into the site's edits and the rest.

The file may be the seed with edits, or an effective document that a program has written. It is
taken for the effective document if it has anything that only the overlay adds. Otherwise, or where
a value may be either, an override stays, and that is reported. A program's own file (`live`) is
always an effective document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from seedgit import codes
from seedgit.errors import InputError, Refused
from seedgit.formats.document import NO_VERSION, Document
from seedgit.git.files import checked_out, cleaned, read_settled
from seedgit.git.names import pasted
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import Edit
from seedgit.operations.live_tree.captured import EFFECTIVE, SEED, Captured, NotCaptured, Taking
from seedgit.operations.live_tree.unfinished import Unfinished
from seedgit.operations.stack.effective import Masks, layer_on, stack, stacked, would_be
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences, lay
from seedgit.overlay.override import Override
from seedgit.overlay.patch import effective_value, inserts, name_of, told_as
from seedgit.overlay.read_back import as_made, holds, owned, taken
from seedgit.overlay.rebase import PARKED, rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.align import identity_key, named
from seedgit.values.diff import sayable
from seedgit.values.pointer import meet, resolve
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


class Reading(NamedTuple):
    """A file, split into edits.

    site     the seed's value with only the site's edits
    rest     the package's edits, as overrides of the seed
    wanted   the seed's value with only the package's edits
    made     overrides of the seed: the site's edits if the file holds the SEED, else all overrides
             of the target overlay
    changes  whether the record changes
    """

    site: Value
    rest: tuple[Override, ...]
    wanted: Value
    made: tuple[Override, ...]
    changes: bool


class Changes(NamedTuple):
    """What captures of one file have changed in the overlay so far, by the names of the places.

    kept   the overrides that did not change
    holds  how the file was read: as SEED or as EFFECTIVE
    """

    taken: Mapping[str, Taking]
    ended: Mapping[str, Taking]
    kept: tuple[Override, ...] = ()
    holds: str = ""


NO_CHANGES = Changes({}, {})


class WrittenFile:
    """A file, read once.

    live    a program's file: it is not written
    write   whether git objects may be written; else only their ids are computed
    earlier what was captured from the file before it changed again; it is read in the same way

    Raises InputError where it cannot be read.
    """

    def __init__(
        self,
        workspace: Workspace,
        path: str,
        why: str,
        *,
        live: bool,
        write: bool,
        earlier: Changes = NO_CHANGES,
    ) -> None:
        self.workspace = workspace
        self.path = path
        self.why = why
        self.live = live
        self.write = write
        self.rule = workspace.rule(path)
        self.entry, self.seed, self.local = self._read()
        self._refuse_base()
        self.stored = workspace.lying(workspace.overlay(workspace.target), path)
        self.stack = stack(workspace, path, self.seed)
        lower = [layer for layer in self.stack.layers if layer.overlay in workspace.below]
        self.own = len(lower)  # the target's layer in the stack, or where it would be
        self._refuse_covered()
        self.unfinished = Unfinished(workspace.repository, path)
        if not self.local.is_version_of(self.seed.value):
            raise InputError(
                NO_VERSION,
                where=path,
                hint=f"git restore {workspace.pasted(path)}",
            )
        self.holds = earlier.holds or self._holds()
        self.earlier = earlier._replace(kept=self._own(), holds=self.holds)
        self.reading = self._as_seed() if self.holds == SEED else self._as_effective()
        self.document = self._document()
        self.edit = self._edit()

    # -- reading it ------------------------------------------------------------------------------

    def _read(self) -> tuple[GitEntry, Document, Document]:
        """The seed to compare the file with, and what the file holds."""
        entry, seed = _seed_of(self.workspace, self.path)
        data = read_settled(self.workspace.repository, self.path)
        if data is None:
            return entry, seed, self.workspace.seed(self.path)
        return entry, seed, Document.parse(data, self.path)

    def _refuse_base(self) -> None:
        if self.live:
            return
        id = self.workspace.repository.blob_id(self.local.data)
        if id != self.entry.id and self.workspace.is_base(self.path, id):
            raise Refused(
                "is the version that its overrides were made over: nothing in it is the site's",
                where=self.path,
                hint=f"to commit it: git add {self.workspace.pasted(self.path)}",
            )

    def _refuse_covered(self) -> None:
        """Raises Refused where another overlay lies over the target's layer: what the file has
        could be either's."""
        above = [layer.overlay for layer in self.stack.layers[self.own + bool(self.stored) :]]
        if above:
            raise Refused(
                f"the overlay {above[-1]!r} lies over {self.workspace.target!r} in this file",
                where=self.path,
                hint=f"capture to the topmost: --overlay {pasted(above[-1])}",
            )

    def _own(self) -> tuple[Override, ...]:
        """The overrides of the target overlay, over the seed."""
        return self.stack.layers[self.own].rebased.overrides if self.stored else ()

    def _holds(self) -> str:
        seed, value = self.seed.value, self.stack.value
        if not self.live and self.unfinished.there and self.local.data != self.seed.data:
            return SEED
        if self.live or same(value, seed) or holds(seed, value, self.local.value, self.rule):
            return EFFECTIVE
        return SEED

    def _as_effective(self) -> Reading:
        found, seed, rule, own = self.stack, self.seed.value, self.rule, self.own
        below = stacked(self.path, self.seed, found.layers[:own], rule).value
        over = found.placed[own].overrides if self.stored else ()
        outcomes = found.placed[own].outcomes if self.stored else ()
        pairs = zip(self._own(), outcomes, strict=True)
        hidden = [override for override, outcome in pairs if outcome.status in PARKED]
        read = taken(Record(self.path, "", over), below, self.local.value, rule, self.why)
        made = _moved(self.path, read.record.overrides, below, seed, rule)
        made = as_made((*made, *hidden), self._own())
        rest = _moved(self.path, read.rest, below, seed, rule)
        return Reading(read.value, rest, effective_value(rest, seed), made, made != self._own())

    def _as_seed(self) -> Reading:
        seed, rule = self.seed.value, self.rule
        found = list(differences(seed, self.local.value, (), rule.key_of))
        whose = [bool(made.tokens) and owned(rule, made, seed) for made in found]
        pairs = list(zip(found, whose, strict=True))
        site = tuple(made._replace(why=self.why) for made, sites in pairs if sites)
        rest = tuple(made for made, sites in pairs if not sites)
        for made in site:
            sayable(made.value, made.tokens)
        changes = bool(site or self.earlier.taken)
        return Reading(
            effective_value(site, seed), rest, effective_value(rest, seed), site, changes
        )

    # -- what becomes of the record ----------------------------------------------------------------

    def _said(self, before: Record, seed: Document, stored: Record | None) -> Record:
        """The record over a version of the seed, changed to give the effective file's values."""
        moved = rebase(self.reading.made, self.seed.value, seed.value, self.rule)
        parked = (*before.parked, *moved.parked)
        after = before._replace(overrides=moved.overrides, parked=parked)
        if stored != (self.stored and self.stored.record):
            others = _with_others(after.overrides, before.overrides, self._known(seed))
            return after._replace(overrides=others)
        found = would_be(self.workspace, self.path, seed, self.workspace.target, after)
        if not same(found.value, self.reading.site if self.live else self.local.value):
            raise _inseparable(self.path)
        return after

    def _edited(self, before: Record, seed: Document) -> Record:
        """The record over a version of the seed, with the site's edits added."""
        site = rebase(self.reading.made, self.seed.value, seed.value, self.rule).overrides
        if not same(effective_value(site, seed.value), self.local.value):
            raise _inseparable(self.path)
        return self._laid(before, seed.value, site)

    def _known(self, base: Document) -> tuple[Override, ...]:
        """The overrides at the time when the file was read, over another version of the seed."""
        if self.stored is None:
            return ()
        return layer_on(self.workspace, self.stored, base).rebased.overrides

    def _laid(self, record: Record, base: Value, site: tuple[Override, ...]) -> Record:
        """A record with the site's edits of the seed added."""
        key_of = self.rule.key_of
        replaced = [_overridden(record, base, made, key_of(made.tokens[:-1])) for made in site]
        for override in record.overrides:
            # This capture has stored it, but the file no longer has it.
            if name_of(override, base, key_of) in self.earlier.taken and override not in replaced:
                record = record.without(override)
        for made, old in zip(site, replaced, strict=True):
            if old is not None:
                # It keeps the override's end, and its reason too unless there is a new one.
                made = made._replace(why=self.why or old.why, until=old.until)
                if inserts(old, base):
                    record = record.without(old)
            record = lay(record, base, made)
        return record

    # -- writing it ------------------------------------------------------------------------------

    def _document(self) -> Document:
        """The document to write into the file."""
        nothing = not self.reading.changes and same(self.stack.value, self.seed.value)
        if self.live or nothing or (self.holds == SEED and not self.reading.changes):
            return self.local
        from seedgit.overlay.put_back import put_back  # late: a live file is not changed here

        return put_back(self.seed, self.local, self.reading.site, self.reading.wanted)

    def _edit(self) -> Edit[Changes] | None:
        if not self.reading.changes:
            return None
        seed = self.seed if self.live else self.document
        blob = self.entry.id
        if seed.data != self.seed.data:
            repository = self.workspace.repository
            blob = repository.hold_blob(cleaned(repository, self.path, seed.data))
        return Edit(self.path, blob, seed, self._change, found=True)

    def _change(
        self, before: Record, seed: Document, stored: Record | None
    ) -> tuple[Record, Changes]:
        """(the record with the captured edits, all changes by captures so far)."""
        if self.holds == SEED:
            after = self._edited(before, seed)
        else:
            after = self._said(before, seed, stored)
        key_of = self.rule.key_of
        old = {name_of(o, seed.value, key_of): o for o in before.overrides}
        new = {name_of(o, seed.value, key_of): o for o in after.overrides}
        taken = {
            name: self._taking(name, made, made.seed if name not in old else old[name].local)
            for name, made in new.items()
            if made != old.get(name)
        }
        ended = {
            name: self._taking(name, gone, gone.local, ended=True)
            for name, gone in old.items()
            if name not in new
        }
        kept = tuple(made for name, made in new.items() if made == old.get(name))
        known = self.earlier
        both = {**known.taken, **taken}, {**known.ended, **ended}
        return after, Changes(*both, kept, self.holds)

    def _taking(self, name: str, made: Override, old: Value, *, ended: bool = False) -> Taking:
        at, new = made.tokens, made.seed if ended else made.local
        told = self._told_as(made)
        return Taking(name, self.hidden(at, old, new), self.hidden(at, new, old), told)

    def _told_as(self, override: Override) -> str:
        return told_as(override, self.seed.value, self.rule.key_of)

    def hidden(self, at: Tokens, value: Value, *others: Value) -> Value:
        """A value of the file with masks for its secrets, to be told or kept (`Masking`)."""
        return self._masks.hidden(at, value, *others)

    @cached_property
    def _masks(self) -> Masks:
        return Masks(self.workspace, self.stack)

    def begin(self) -> None:
        """Call this just before the overlay is written."""
        if self.holds == SEED and self.write:
            self.unfinished.begin()

    def finish(self, changes: Changes) -> Captured:
        """Write the file, and report what was done. Raises Changed if it changed meanwhile."""
        from seedgit.overlay.put_back import added_comments

        repository, content = self.workspace.repository, self.document.data
        written = content != self.local.data
        gone = Counter(added_comments(self.seed, self.local))
        gone -= Counter(added_comments(self.seed, self.document))
        was = repository.write_blob(self.local.data) if gone and self.write else ""
        if written and self.write:
            repository.writer.replace_file(self.path, self.local.data, content)
        if self.write:
            self.unfinished.end()
        return Captured(
            self.path,
            self.holds,
            tuple(changes.taken.values()),
            tuple(changes.ended.values()),
            (
                *self._left(changes.kept),
                *(NotCaptured(codes.COMMENT_GONE, detail=comment) for comment in gone),
            ),
            was,
            written,
            content == self.seed.data,
            written and self.workspace.tracked[self.path].id != self.entry.id,
        )

    def _left(self, kept: tuple[Override, ...]) -> Iterator[NotCaptured]:
        for made in self.reading.rest:
            yield self._stays(codes.SEED_OWNED, made.pointer, made)
        if not self.reading.rest and self.document.data != self.seed.data and not self.live:
            yield NotCaptured(codes.FORMAT_ONLY)
        for override in kept if self.holds == SEED else ():
            if not override.redundant:
                name = name_of(override, self.seed.value, self.rule.key_of)
                yield self._stays(codes.SEED_VALUE, name, override)

    def _stays(self, reason: str, pointer: str, made: Override) -> NotCaptured:
        seed, local = (self.hidden(made.tokens, value) for value in (made.seed, made.local))
        return NotCaptured(reason, pointer, "", seed, local, self._told_as(made))


class ProgramFile(WrittenFile):
    """What a program made of the effective document of a staged seed, wherever its file is.

    over  values that the seed had where the program wrote, if it has others now
    """

    def __init__(
        self,
        workspace: Workspace,
        seed: Document,
        local: Document,
        why: str,
        over: Mapping[Tokens, Value],
    ) -> None:
        self._given = workspace.tracked[seed.path], seed, local
        self._over = over
        super().__init__(workspace, seed.path, why, live=True, write=False)

    def _read(self) -> tuple[GitEntry, Document, Document]:
        return self._given

    def _as_effective(self) -> Reading:
        read = super()._as_effective()
        made = tuple(o._replace(over=self._over.get(o.tokens, o.over)) for o in read.made)
        return read._replace(made=made)


def _seed_of(workspace: Workspace, path: str) -> tuple[GitEntry, Document]:
    """The seed to compare the file with: the committed one, as git would check it out.

    In a merge, or before the first commit, it is the staged one, which has upstream's changes.
    """
    from seedgit.git.progress import BISECT, in_progress  # late: a live file is compared with none

    repository = workspace.repository
    head = repository.head()
    merging = any(found.kind != BISECT for found in in_progress(repository))
    committed = repository.entry(head, path) if head and not merging else None
    entry = committed or workspace.tracked[path]
    if entry.mode not in FILE_MODES:
        raise InputError(
            "is committed as a link, so there is nothing to compare it with", where=path
        )
    return entry, Document.parse(checked_out(repository, path, entry.id), path)


def _moved(
    path: str, overrides: tuple[Override, ...], old: Value, new: Value, rule: SeedRule
) -> tuple[Override, ...]:
    """Overrides of one version, moved to another. Raises Refused if one has no place there."""
    if same(old, new):
        return overrides
    outcomes = rebase(overrides, old, new, rule).outcomes
    if any(outcome.status in (codes.ORPHANED, codes.AMBIGUOUS) for outcome in outcomes):
        raise _inseparable(path)
    return tuple(outcome.override for outcome in outcomes)


def _with_others(
    mine: tuple[Override, ...], now: tuple[Override, ...], known: tuple[Override, ...]
) -> tuple[Override, ...]:
    """The file's overrides, joined with those that somebody has set meanwhile, which win."""
    others = [override for override in now if override not in known]
    gone = [override for override in known if override not in now]
    kept = [
        override
        for override in mine
        if override not in gone
        and override not in others
        and not any(meet(override.tokens, other.tokens) for other in others)
    ]
    return (*kept, *others)


def _inseparable(path: str) -> Refused:
    return Refused(
        "what the site owns of the edits cannot be told apart; nothing was changed",
        where=path,
        hint="set them one by one: seedgit set (--overlay NAME where a lower overlay put them in)",
    )


def _overridden(record: Record, base: Value, made: Override, key: str | None) -> Override | None:
    """The override that an edit of the seed replaces; None where there is none.

    An inserted item replaces one that the overlay inserts into the same list if it has the same
    identity or value.
    """
    for old in record.overrides:
        if not inserts(made, base):
            if old.tokens == made.tokens and not inserts(old, base):
                return old
        elif inserts(old, base) and old.tokens[:-1] == made.tokens[:-1]:
            here = [*resolve(base, made.tokens[:-1]), made.value]
            name = identity_key(here, key)
            if same(old.value, made.value) or (
                name is not None and same(named(old.value, name), named(made.value, name))
            ):
                return old
    return None
