"""What a file in place holds, and what git sees of it: both ways between a seed and its live form.

`clean` splits what a program made of a file. What the site owns is put into the spool before it is
taken away; the rest stays, as an ordinary change of the seed. `smudge` lays the overlay and the
spool over a seed. Neither writes a ref or touches the index.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from functools import partial

from seedgit import codes
from seedgit.errors import InputError, Refused, SeedgitError
from seedgit.files.safe import read_regular
from seedgit.formats.document import NO_VERSION, Document
from seedgit.git.live_tree import LiveTree
from seedgit.git.spool import Spool
from seedgit.named_tuple import NamedTuple
from seedgit.operations.in_place.lying import Lying
from seedgit.operations.in_place.notes import ABOUT, RAW, Noted, Notes
from seedgit.operations.live_tree.contents import YOUNG, Contents, digest
from seedgit.operations.live_tree.ledger import Ledger, Row
from seedgit.operations.stack.effective import Effective, effective
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences, distance
from seedgit.overlay.override import REPLACE, Override
from seedgit.overlay.patch import effective_value, patch_of
from seedgit.overlay.put_back import added_comments, put_back
from seedgit.overlay.read_back import owned
from seedgit.overlay.rebase import PARKED, rebase
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCK = "in-place-lock"
NO_SECRETS = "has, or may have, secrets, which are not written into tracked files (docs/secrets.md)"


class Base(NamedTuple):
    """What was last in a file.

    live  its live form; `seed`: what git sees in it
    key   what the live form was made of
    """

    live: Document
    seed: Document
    key: str = ""


class Seen(NamedTuple):
    """What git sees of a file.

    base  what was last in it, if it has been changed since
    site  the changes of the site's part
    """

    seed: bytes
    base: Base | None = None
    site: tuple[Override, ...] = ()


class LiveContent:
    """The files in place of one worktree."""

    def __init__(self, workspace: Workspace, tree: LiveTree, ledger: Ledger) -> None:
        self.workspace = workspace
        self.notes = Notes(ledger, workspace.repository.writer)
        self.spool = Spool(workspace.repository)
        self._tree = tree
        self._contents = Contents(
            os.path.join(ledger.folder, "in-place"), workspace.repository.writer
        )
        self._lying: Lying | None = None
        self._lock = os.path.join(ledger.folder, _LOCK)
        self._alone = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes from recording what files hold. Raises OSError."""
        if self._alone:
            yield
            return
        with self.workspace.repository.writer.alone(self._lock):
            self._alone = True
            try:
                yield
            finally:
                self._alone = False

    def covers(self, path: str) -> bool:
        """Whether a path is a seed that is live in place. One that may have secrets never is."""
        rule = self.workspace.rules.match(path)
        return rule is not None and not rule.has_secrets and bool(self._tree.chosen([path]))

    def place(self, path: str) -> str:
        """Where the file of a seed is."""
        return self._tree.place(path)

    def overlay_moved(self) -> None:
        """Read the overlays again."""
        self._lying = None

    # -- from the file to what git sees ------------------------------------------------------------

    def clean(self, path: str, data: bytes) -> bytes:
        """What git sees of a file with some content; what is the site's in it is made durable.

        Raises OSError where that cannot be done, else as `see`. Then nothing may be taken away.
        """
        seed, last = self.known(path, data), self.last(path)
        settled = last is None or not last.about
        if seed is not None and settled and not self.spool.of(path):
            return seed
        self.record(path, data)
        return self.see(path, data).seed

    def record(self, path: str, data: bytes) -> bytes:
        """Record what a file holds, and make durable what is the site's in it.

        data  what was read of the file; a program may have written, and others recorded that since

        Returns what the file holds now. Raises as `clean`.
        """
        with self.alone():
            notes = self.notes.of(path)
            if notes and notes[-1].about:
                self._settle(path, data)
            self._finish(path)
            held, seen = self._held(path, data)
            if seen.base is not None:
                self._record(path, held, seen, seen.base)
        return held

    def _record(self, path: str, data: bytes, seen: Seen, base: Base) -> None:
        id = self.workspace.repository.blob_id(base.seed.data)
        # What was not up to date before is not up to date with what was written since.
        current = base.key == self.key(path, id)
        if seen.site:
            self.spool.put(path, id, self._before(path, base, seen.site).data, data)
        self.note(path, data, seen.seed, new=seen.seed != base.seed.data, current=current)

    def _before(self, path: str, base: Base, site: tuple[Override, ...]) -> Document:
        """What a file held before some changes of it: where the site made them, what was last
        recorded there.

        git replaces a file a while after it was told what to put there. What a program wrote in
        between is in the spool, though not in the file any more; its next write goes beyond that.
        """
        note = self.last(path)
        last = self._read(note) if note and note.live != digest(base.live.data) else None
        if last is None:
            return base.live
        rule = self.workspace.rule(path)
        # Their places there: an item may stand elsewhere in its list, or not at all.
        outcomes = rebase(site, base.live.value, last.live.value, rule).outcomes
        return base.live.apply(
            [
                {"op": REPLACE, "path": made.pointer, "value": there.override.seed}
                for made, there in zip(site, outcomes, strict=True)
                if made.op == REPLACE
                and there.status not in (codes.ORPHANED, codes.AMBIGUOUS)
                and there.override.seed is not ABSENT
            ]
        )

    def _held(self, path: str, data: bytes) -> tuple[bytes, Seen]:
        """What a file holds; `data` where that cannot be told apart, or a program is writing it."""
        with suppress(SeedgitError, OSError):
            place = self.place(path)
            if read_regular(place) != data:
                from seedgit.git.live_files import read_live  # late: it is rare

                held = read_live(self.workspace.repository, place, patience=0)
                if held is not None:
                    return held, self.see(path, held)
        return data, self.see(path, data)

    def _finish(self, path: str) -> None:
        """Note what was put into the spool, if whoever did that was killed before it was noted.

        What is written since is a change of that. Raises SeedgitError, OSError.
        """
        entry = self.spool.last_here(path)
        last = self.last(path)
        if entry is None or last is None or last.live != digest(entry.last):
            return
        base = self._read(last)
        if base is not None and entry.live != entry.last:
            live = Document.parse(entry.live, path)
            _, seed = self._split(live, base, self.workspace.rule(path))
            new = seed.data != base.seed.data
            self.note(path, entry.live, seed.data, new=new, current=False)

    def see(self, path: str, data: bytes) -> Seen:
        """What git sees of a file with some content, without a trace.

        Raises SeedgitError where the content cannot be told apart.
        """
        known = self.known(path, data)
        if known is not None:
            return Seen(known)
        live = Document.parse(data, path)
        base = self._base(path, live)
        if base is None:
            return Seen(data)
        site, seed = self._split(live, base, self.workspace.rule(path))
        return Seen(seed.data, base, site)

    def known(self, path: str, data: bytes) -> bytes | None:
        """What git sees of a content that was in the file before, if nothing was written since."""
        name, notes = digest(data), self._notes(path, data)
        if not notes:
            return None
        last = notes[-1]
        if last.key == RAW:
            return data
        if last.live == name:
            return self._seed_of(last)
        for note in reversed(notes):
            if note.live == name and note.key == self.key(path, note.seed):
                return self._seed_of(note)
        return None

    def _seed_of(self, note: Noted) -> bytes | None:
        if note.kept:
            return self._contents.get(note.kept)
        with suppress(SeedgitError):
            return self.workspace.repository.blob(note.seed)
        return None

    def _base(self, path: str, live: Document) -> Base | None:
        """What a program most likely changed; None where git has no version of the file."""
        entry = self.workspace.tracked.get(path)
        known = reversed(self._notes(path, live.data))
        notes = [note for note in known if note.key != RAW and not note.about]
        staged = next((note for note in notes if entry and note.seed == entry.id), None)
        found = [base for note in (*notes[:1], staged) if note and (base := self._read(note))]
        if not found:
            if entry is None:
                return None
            seed = Document.parse(self.workspace.repository.blob(entry.id), path)
            return Base(seed, seed)
        key_of = self.workspace.rule(path).key_of
        return min(found, key=lambda b: distance(b.live.value, live.value, key_of))

    def _read(self, note: Noted) -> Base | None:
        seed = self._seed_of(note)
        if seed is None:
            return None
        live = seed if digest(seed) == note.live else self._contents.get(note.live)
        if live is None:
            return None
        return Base(Document.parse(live, note.path), Document.parse(seed, note.path), note.key)

    def _split(
        self, live: Document, base: Base, rule: SeedRule
    ) -> tuple[tuple[Override, ...], Document]:
        """What the site has changed, and the seed with what else was changed."""
        if not live.is_version_of(base.live.value):
            raise InputError(NO_VERSION, where=live.path)
        site, rest = self._owners(live, base, rule)
        comments = added_comments(base.live, live)
        if not rest and not comments:
            return site, base.seed
        outcomes = rebase(rest, base.live.value, base.seed.value, rule).outcomes
        if any(outcome.status in PARKED or not outcome.override.tokens for outcome in outcomes):
            raise InputError("a change of it has no place in its seed", where=live.path)
        moved = tuple(outcome.override for outcome in outcomes)
        if not comments:
            return site, base.seed.apply(patch_of(moved))
        wanted = effective_value(moved, base.seed.value)
        sites = effective_value(site, base.live.value)
        return site, put_back(base.seed, live, sites, wanted)

    def _owners(
        self, live: Document, base: Base, rule: SeedRule
    ) -> tuple[tuple[Override, ...], tuple[Override, ...]]:
        """What was changed of a file: the site's, and the rest."""
        whole = rule.whole(base.live.value)
        found = differences(base.live.value, live.value, (), rule.key_of, whole)
        site: list[Override] = []
        rest: list[Override] = []
        now: Effective | None = None
        for made in found:
            own = bool(made.tokens) and owned(rule, made, base.live.value)
            if not own and made.tokens and base.live.data != base.seed.data:
                now = now or effective(self.workspace, live.path, base.seed)
                origin = now.origins.at(made.tokens)
                own = origin is not None and origin.maker is not None
            (site if own else rest).append(made)
        return tuple(site), tuple(rest)

    # -- from what git sees to the file ------------------------------------------------------------

    def smudge(self, path: str, data: bytes) -> bytes:
        """What the file of a version of a seed has to hold. Raises SeedgitError, OSError."""
        id = self.workspace.repository.blob_id(data)
        key = self.key(path, id)
        notes = self.notes.of(path)
        for note in reversed(notes):
            if note.key == key:  # it names the seed too
                live = data if digest(data) == note.live else self._contents.get(note.live)
                if live is not None:
                    if note is not notes[-1]:
                        self.notes.add(note)
                    return live
        live = self.render(path, Document.parse(data, path)).data
        with suppress(OSError):  # a full disk; what the file holds can be told without it
            self.note(path, live, data)
        return live

    def render(self, path: str, seed: Document) -> Document:
        """A version of a seed under the overlays, and under what waits in the spool."""
        stack = effective(self.workspace, path, seed)
        if stack.secret:
            raise Refused(NO_SECRETS, where=path)
        found = stack.document
        rule = self.workspace.rule(path)
        for entry in self.spool.of(path):
            last, live = (Document.parse(data, path) for data in (entry.last, entry.live))
            site, _ = self._owners(live, Base(last, seed), rule)
            moved = rebase(site, last.value, found.value, rule)
            found = found.apply(patch_of(moved.overrides))
        return found

    # -- what is known -----------------------------------------------------------------------------

    def _notes(self, path: str, data: bytes) -> list[Noted]:
        """The notes of a file with some content. The last one is of what was last put into it, also
        where whoever put it there was cut off before that was noted.

        Raises SeedgitError where the content cannot be read.
        """
        notes = self.notes.of(path)
        if not notes or not notes[-1].about:
            return notes
        done = notes[-1]._replace(key=notes[-1].key.removeprefix(ABOUT))
        before = [note for note in notes if not note.about]
        return [*before, done] if self._is_done(done, before[-1:], data) else before

    def _settle(self, path: str, data: bytes) -> None:
        """Tidy up after whoever was cut off while it put a content into a file: take along what a
        program wrote late into the file that was replaced, and note what was last put there."""
        from seedgit.git.live_files import drop_beside  # late: it is rare
        from seedgit.operations.live_tree.late_writes import recover

        notes, place = self.notes.of(path), self.place(path)
        about, before = notes[-1], [note for note in notes if not note.about][-1:]
        new, was = self._read(about), [self._read(note) for note in before if note.key != RAW]
        with suppress(SeedgitError):
            if not os.path.lexists(place):
                pass  # git is taking it away: nothing may be put there
            elif new is not None and was and was[0] is not None:
                row = Row(path, seen=about.live, old=before[0].live)
                was_last = partial(self.notes.add, *before)
                recover(self.workspace, place, row, was[0].live, new.live, was_last)
            else:
                known = {note.live for note in notes}
                drop_beside(self.workspace.repository, place, lambda left: digest(left) in known)
        if self.notes.of(path)[-1].about:
            self.notes.add(*self._notes(path, data)[-1:])

    def _is_done(self, done: Noted, before: list[Noted], data: bytes) -> bool:
        """Whether a content was put into a file, and not only to be. A program may have written to
        it since. Then what is least unlike was there."""
        name = digest(data)
        if done.live == name or not before or before[0].live == name:
            return done.live == name
        now, old = self._read(done), self._read(before[0])
        if now is None or old is None or before[0].key == RAW:
            return old is None and before[0].key != RAW
        value, key_of = Document.parse(data, done.path).value, self.workspace.rule(done.path).key_of
        new, was = (distance(base.live.value, value, key_of) for base in (now, old))
        return new < was

    def last(self, path: str) -> Noted | None:
        """The last note of a file."""
        return next(reversed(self.notes.of(path)), None)

    def is_plain(self, path: str) -> bool:
        """Whether nothing lies over a seed, and nothing else was ever in its file."""
        self._lying = self._lying or Lying(self.workspace)
        lies = self._lying.over(path) or self.spool.of(path)
        return not lies and not self.notes.of(path)

    def key(self, path: str, seed: str) -> str:
        """Names what the live form of a version of a seed is made of."""
        self._lying = self._lying or Lying(self.workspace)
        spooled = [entry.name for entry in self.spool.of(path)]
        return " ".join((self._lying.key(path, seed), *spooled))

    def note(
        self, path: str, live: bytes, seed: bytes, *, new: bool = False, current: bool = True
    ) -> None:
        """Note what is in a file, or what git is about to put there. Raises OSError.

        new      git may not have the seed
        current  it is what overlay and spool make of that seed now
        """
        self.notes.add(self._noted(path, live, seed, new=new, current=current))

    def intend(self, path: str, live: bytes, seed: bytes, *, new: bool = False) -> None:
        """As `note`, before a content is put into a file: it is noted again once that is done."""
        noted = self._noted(path, live, seed, new=new, current=True)
        self.notes.add(noted._replace(key=ABOUT + noted.key))

    def give_up(self, path: str) -> None:
        """Note that what was about to be put into a file is not there. Raises OSError."""
        before = [note for note in self.notes.of(path) if not note.about]
        self.notes.add(*before[-1:])

    def _noted(self, path: str, live: bytes, seed: bytes, *, new: bool, current: bool) -> Noted:
        id = self.workspace.repository.blob_id(seed)
        kept = self._contents.keep(seed, durable=False) if new else ""
        name = digest(live) if live == seed else self._contents.keep(live, durable=False)
        return Noted(path, name, id, kept, self.key(path, id) if current else "")

    def note_raw(self, path: str, data: bytes) -> None:
        """Note that a file is about to hold what git has. Raises OSError."""
        id = self.workspace.repository.blob_id(data)
        self.notes.add(Noted(path, digest(data), id, "", RAW))

    def tidy(self) -> None:
        """Drop what is not needed any more."""
        self.notes.tidy()
        self._contents.keep_only(self.notes.contents(), young=YOUNG)
