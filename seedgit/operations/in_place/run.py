"""Sync of the live tree in place: what programs wrote goes into the overlay, the rest is git's.

The same two ways as git's: each file is cleaned, which puts what is the site's into the spool. Then
the spool is drained into the overlay, in one commit for all files, and each file gets what it has
to hold. Last, the index is told which files git sees no change in.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from seedgit import codes
from seedgit.errors import Refused, RepositoryError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.files import Changed
from seedgit.git.live_files import read_live, replace_live_at_once
from seedgit.git.live_tree import LiveTree
from seedgit.git.restage import stale
from seedgit.git.settings import FILTER_PROCESS
from seedgit.git.spool import Spooled
from seedgit.operations.edits.edit import try_edit
from seedgit.operations.in_place.content import NO_SECRETS, LiveContent
from seedgit.operations.in_place.filtered import Filtered, narrow, widen
from seedgit.operations.in_place.notes import Noted
from seedgit.operations.in_place.put_seed import put_seed
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.in_step import InStep, TreeSync
from seedgit.operations.live_tree.ledger import Ledger, Row, stat_of
from seedgit.operations.live_tree.live_file import Difference, LiveFile
from seedgit.operations.live_tree.sync_run import SyncRun
from seedgit.operations.live_tree.written_file import NO_CHANGES
from seedgit.operations.stack.effective import Masks, effective
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.patch import patch_of, told_as
from seedgit.overlay.put_back import added_comments
from seedgit.overlay.rebase import PARKED, rebase
from seedgit.values.value import same

ROUNDS = 100  # how many entries of one file the spool may have


def sync_in_place(
    workspace: Workspace,
    tree: LiveTree,
    paths: Sequence[str] | None = None,
    *,
    restore: bool = False,
    last: InStep | None = None,
) -> TreeSync:
    """As `sync.sync`, of the working tree itself."""
    ledger = Ledger(workspace.repository, tree)
    with ledger.held():
        if not workspace.repository.config.get(FILTER_PROCESS):
            from seedgit.operations.in_place.filter_settings import configure_filter  # late: rare

            configure_filter(workspace)
        run = _Run(workspace, tree, ledger, paths, restore=restore)
        if last is None or paths is not None:
            return run.done()
        last.look(run.paths)
        done = run.done()
        last.keep(done, workspace)
        return done


class _Run(SyncRun):
    """One sync of the working tree."""

    def __init__(
        self,
        workspace: Workspace,
        tree: LiveTree,
        ledger: Ledger,
        paths: Sequence[str] | None,
        *,
        restore: bool,
    ) -> None:
        super().__init__(workspace, tree, ledger, restore=restore)
        self.content = LiveContent(workspace, tree, ledger)
        here = tree.chosen(p for p in workspace.tracked if p not in workspace.unmerged)
        self.paths = here if paths is None else [path for path in here if path in paths]
        for path in [p for p in self.paths if not self.content.covers(p)]:
            self.paths.remove(path)
            self.problem(path, codes.LIVE_UNREADABLE, f"{NO_SECRETS}: it is left as it is")
        self.waiting: dict[str, tuple[LiveFile, ...]] = {}
        self.held: dict[str, SeedgitError] = {}  # why what a program wrote stays in the spool
        self.stats: dict[str, tuple[int, ...]] = {}
        self.filtered = Filtered(workspace)
        self.homes: dict[str, str | None] = {}
        self.recorded: dict[str, Noted | None] = {}  # the last note of each file, once it is read
        self.ended: list[str] = []  # the files that are live no more
        self.unlike = {path for path, row in ledger.rows.items() if row.base}

    # -- the whole ---------------------------------------------------------------------------------

    def done(self) -> TreeSync:
        self.put_back()
        self.until_quiet(self.paths, self.attempt)
        narrow(self.workspace, self.tree, self.unlike)
        self.restage()
        self.ledger.write(self.rows)
        self.content.tidy()
        return self.result()

    def put_back(self) -> None:
        """Give the files that are live no more what git sees in them: the filter cannot tell any
        more what in them is the site's, and git would commit it."""
        for path in sorted(self.unlike):
            if self.content.covers(path) or path in self.workspace.unmerged:
                continue
            try:
                if put_seed(self.content, path):
                    told = self.told.get(path) or self.synced(path)
                    self.told[path] = told._replace(written=True)
                self.ended.append(path)
            except SeedgitError as error:
                file = self.workspace.pasted(path)
                text = f"{error.message}: git would commit what is the site's in it"
                text += f" (git restore {file} gives up what it holds)"
                self.problem(path, codes.LIVE_UNREADABLE, text)
        self.unlike.difference_update(self.ended)
        self.rows.update(dict.fromkeys(self.ended))

    def attempt(self, paths: Sequence[str]) -> list[str]:
        """Sync some files; returns those that changed meanwhile."""
        self.find_homes()
        read = {path: data for path in paths if (data := self.read(path)) is not None}
        read = {path: data for path, data in read.items() if not self.as_git_left_it(path, data)}
        held = {p: now for p, data in read.items() if (now := self.record(p, data)) is not None}
        self.drain()
        widen(self.workspace, self.tree, self.unlike)
        return [path for path, now in held.items() if not self.write(path, now)]

    # -- out of the file ---------------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        """A file that may be out of step; None where there is nothing to do, or nothing can be."""
        place, row = self.tree.place(path), self.ledger.rows.get(path)
        told = row and row.loud
        known = row and not told and path not in self.homes.values()
        if row and known and not self.restore:
            key = self.content.key(path, self.workspace.tracked[path].id)
            if row.key == key and self.ledger.unchanged(row, place):
                return None
        self.stats[path] = stat_of(place)  # before it is read: a later write has another one
        try:
            return read_live(self.repository, place)
        except Changed:
            self.problem(path, codes.LIVE_BUSY, "a program is writing it: it is left as it is")
        except SeedgitError as error:
            self.unreadable(path, error)
        return None

    def as_git_left_it(self, path: str, data: bytes) -> bool:
        """Whether a file is its staged seed, with nothing over it: most are."""
        id = self.workspace.tracked[path].id
        if self.repository.blob_id(data) != id or not self.content.is_plain(path):
            return False
        key = self.content.key(path, id)
        self.rows[path] = Row(path, self.stats[path], digest(data), key, id)
        self.unlike.discard(path)
        return True

    def record(self, path: str, data: bytes) -> bytes | None:
        """Put what the site owns of a file into the spool. Returns what the file holds now; None
        if that cannot be told apart."""
        try:
            with self.content.alone():
                if path not in self.filtered:
                    self.note_staged(path, data)
                self.note_live(path, data)
                held = self.content.record(path, data)
                self.recorded[path] = self.content.last(path)
        except SeedgitError as error:
            self.unreadable(path, error)
            return None
        return held

    def note_staged(self, path: str, data: bytes) -> None:
        """Note what git put into a file without the filter, unless something else was in it."""
        staged, id = self.workspace.tracked[path].id, self.repository.blob_id(data)
        last = self.content.last(path)
        pure = last is None or last.live == digest(data) or id == staged
        if pure and (last is None or last.seed != staged):
            seed = self.repository.blob(staged)
            self.content.note(path, seed, seed, current=False)

    def note_live(self, path: str, data: bytes) -> None:
        """Note that a file is the live form of what is staged, if something else was when it was
        noted: as where the file itself was staged without the filter, and then taken back."""
        entry, last = self.workspace.tracked[path], self.content.last(path)
        if last is None or last.seed == entry.id or last.live != digest(data):
            return
        seed = self.workspace.staged(path)[1]
        made, live = self.content.render(path, seed), Document.parse(data, path)
        if same(made.value, live.value) and not added_comments(made, live):
            self.content.note(path, data, seed.data)

    # -- into the overlay --------------------------------------------------------------------------

    def find_homes(self) -> None:
        """Find where the seeds are that git has taken away after a program wrote to their files."""
        waiting = {e.path: e for e in self.content.spool.entries()}
        away = {path: e for path, e in waiting.items() if path not in self.workspace.present}
        seeds = {path: entry.seed for path, entry in away.items()}
        for path, fate in (self.workspace.lineage.fates(seeds) if away else {}).items():
            self.homes[path] = fate.path if fate.path in self.workspace.tracked else None
            if self.homes[path] is None:
                self.kept_in_spool(away[path], "its seed is gone")
        for path, entry in waiting.items():
            if path not in away and self.workspace.rules.match(path) is None:
                self.kept_in_spool(entry, "by the rules it is no seed any more")

    def kept_in_spool(self, entry: Spooled, why: str) -> None:
        file = self.content.spool.folder / entry.name
        text = f"{why}; what a program wrote before that is kept in {file}"
        self.problem(entry.path, codes.LIVE_ORPHANED, text)

    def drain(self) -> None:
        """Put what is in the spool into the overlay, for each file the oldest first."""
        spool, stuck = self.content.spool, set[str]()
        if not spool.waits():
            return
        with spool.alone():
            spool.recover(self.made)
            self.join()
            for _ in range(ROUNDS):
                first: dict[str, Spooled] = {}
                for entry in spool.entries():
                    path = self.homes.get(entry.path, entry.path)
                    if path and path in self.workspace.tracked and entry.name not in stuck:
                        first.setdefault(path, entry._replace(path=path))
                if not first:
                    break
                stuck |= self.capture(list(first.values()))

    def join(self) -> None:
        """Of a file with a secret that waits, what was written since is one change with it.

        Else the secret would be laid over a newer value.
        """
        before: dict[str, Spooled] = {}
        for entry in self.content.spool.entries():
            row = self.ledger.rows.get(entry.path)
            one = before.get(entry.path)
            if one is not None and row is not None and row.withheld:
                with suppress(SeedgitError):
                    last = self.without(one, entry)
                    if last is not None:
                        entry = self.content.spool.join(one, entry._replace(last=last))
            before[entry.path] = entry

    def without(self, one: Spooled, two: Spooled) -> bytes | None:
        """What was last in a file before the later of two entries, without the change of the
        earlier one; None if that was changed again between them."""
        if one.last == two.last:
            return two.last
        rule = self.workspace.rule(one.path)
        was, then, last = (Document.parse(d, one.path) for d in (one.last, one.live, two.last))
        whole = rule.whole(then.value)
        back = tuple(differences(then.value, was.value, (), rule.key_of, whole))
        outcomes = rebase(back, then.value, last.value, rule).outcomes
        if any(o.status in PARKED or o.override.moved_under for o in outcomes):
            return None
        return last.apply(patch_of(tuple(o.override for o in outcomes))).data

    def capture(self, entries: Sequence[Spooled]) -> set[str]:
        """Capture one entry of each of some files, in one commit; returns those that wait."""
        files: dict[str, LiveFile] = {}
        stuck: set[str] = set()
        for entry in entries:
            try:
                file = self.against(entry.path, entry.last, entry.live)
                if file.edit is not None:
                    try_edit(self.workspace, file.edit)
                files[entry.path] = file
            except SeedgitError as error:
                stuck.add(entry.name)
                self.held[entry.path] = error
                self.unreadable(entry.path, error)
        edits = {path: f.edit for path, f in files.items() if f.edit is not None}
        spool, left = self.content.spool, [entry for entry in entries if entry.path in files]
        fates = {entry: self.fate(entry, files[entry.path]) for entry in left}
        if edits:
            self.commit_edits(edits, lambda commit: spool.intend(commit, fates))
            self.content.overlay_moved()
        spool.settle(fates)
        for entry in left:
            if fates[entry] is not None:
                file = files[entry.path]
                self.waiting[entry.path] = (*self.waiting.get(entry.path, ()), file)
                stuck.add(entry.name)
        return stuck

    def fate(self, entry: Spooled, file: LiveFile) -> bytes | None:
        """What counts as last in the file once an entry is captured; None: nothing of it is left.

        What waits for a person stays, and must not be laid over what is newer.
        """
        if not file.withheld and (not file.clashes or self.restore):
            return None
        return file.known().data if file.edit is not None else entry.last

    def against(self, path: str, last: bytes, live: bytes) -> LiveFile:
        """What a program wrote, against what is effective now. Raises SeedgitError."""
        _, seed = self.workspace.staged(path)
        now = effective(self.workspace, path, seed)
        if now.secret:
            raise Refused(NO_SECRETS, where=path)
        row = self.ledger.rows.get(path) or Row(path)
        before, after = (Document.parse(data, path) for data in (last, live))
        file = LiveFile(self.workspace, now, after, row, before)
        if not self.restore:
            file.refuse_lost()
        return file

    # -- into the file -----------------------------------------------------------------------------

    def wanted(self, path: str, data: bytes, seen: bytes) -> Document:
        """What a file has to hold. Raises SeedgitError."""
        seed = self.workspace.staged(path)[1] if self.restore else Document.parse(seen, path)
        found = self.content.render(path, seed)
        live = Document.parse(data, path)
        # The program's own way of writing stays until there is something to say.
        return live if same(found.value, live.value) else found

    def write(self, path: str, data: bytes) -> bool:
        """Bring one file into step. Returns False if it is no longer what was read."""
        entry = self.workspace.tracked[path]
        try:
            seen = self.content.see(path, data).seed
            wanted = self.wanted(path, data, seen).data
            if self.restore:
                seen = self.repository.blob(entry.id)
            own = self.repository.blob_id(seen) != entry.id
            drift = self.drift(path, seen) if own else ()
            if not self.replaced(path, data, wanted, seen, own=own):
                return False
        except SeedgitError as error:
            self.unreadable(path, error)
            return True
        waiting = self.waiting.get(path, ())
        clashes = tuple(c for file in waiting for c in file.kept_clashes())
        key = self.content.key(path, entry.id)
        stat = self.stats[path] if wanted == data else ()
        name = digest(wanted)
        (self.unlike.discard if wanted == seen else self.unlike.add)(path)
        base = "" if wanted == seen else self.ledger.keep(wanted)
        withheld = any(file.withheld for file in waiting)
        row = Row(path, stat, name, key, entry.id, base, drift=own, clashes=clashes)
        states = self.states() if clashes else None
        self.rows[path] = row._replace(withheld=withheld, states=states)
        before = path in self.told and self.told[path].written
        self.tell(path, drift, written=wanted != data or before)
        if path in self.held:
            self.unreadable(path, self.held[path])
        return True

    def replaced(self, path: str, data: bytes, wanted: bytes, seen: bytes, *, own: bool) -> bool:
        """Put what a file has to hold in place of what was recorded of it.

        own  whether git sees something else in it than what is staged

        Returns False where a program has written to the file since: that is taken along, if it can
        be, and recorded next.
        """
        place, again = self.tree.place(path), False  # again: it has to be recorded once more
        with self.content.alone():
            if self.content.last(path) != self.recorded.get(path):
                return False  # by another process, which has put it into the spool
            if wanted != data:
                self.content.intend(path, wanted, seen, new=own)
            try:
                if wanted != data:
                    replace_live_at_once(self.repository, place, data, wanted)
            except Changed as error:
                # late: it is rare
                from seedgit.operations.live_tree.late_writes import replace_moving, take_late

                old, new = (Document.parse(each, path) for each in (data, wanted))
                with suppress(SeedgitError):  # what cannot be read is left alone by the next try
                    again = replace_moving(self.workspace, place, old, new, lambda _: None)
                if error.late is not None:
                    take_late(self.workspace, place, path, (data, wanted), error.late)
                if not again:
                    self.content.give_up(path)
                    return False
            self.content.note(path, wanted, seen, new=own)
        return not again

    def restage(self) -> None:
        """Let the index know the files in which git sees nothing new."""
        rows = {path: row for path, row in self.rows.items() if row and not row.since}
        try:
            if rows or self.ended:
                found = stale(self.repository)
                again = [p for p, row in rows.items() if p in found and not row.drift]
                self.repository.writer.restage([*again, *found.intersection(self.ended)])
        except RepositoryError as error:
            for path, row in rows.items():
                self.problem(path, codes.LIVE_BUSY, f"git could not look at it: {error}")
                self.rows[path] = row._replace(stat=())

    # -- what is told ------------------------------------------------------------------------------

    def drift(self, path: str, seen: bytes) -> tuple[Difference, ...]:
        """What git sees changed in a file: a program's changes of what the package owns."""
        key_of = self.workspace.rule(path).key_of
        before, after = self.workspace.staged(path)[1], Document.parse(seen, path)
        found = list(differences(before.value, after.value, (), key_of))
        hidden = Masks(self.workspace, effective(self.workspace, path, before)).hidden
        return tuple(
            Difference(
                made.pointer,
                hidden(made.tokens, made.seed, made.local),
                hidden(made.tokens, made.local, made.seed),
                told_as(made, before.value, key_of),
            )
            for made in found
        )

    def tell(self, path: str, drift: tuple[Difference, ...], *, written: bool) -> None:
        changes = self.changes.get(path, NO_CHANGES)
        waiting = self.waiting.get(path, ())
        clashes = {c.pointer: c for file in waiting for c in file.clashes}
        withheld = {each.pointer: each for file in waiting for each in file.withheld}
        self.told[path] = self.synced(
            path,
            captured=tuple(changes.taken.values()),
            ended=tuple(changes.ended.values()),
            drift=drift,
            clashes=tuple(clashes.values()),
            withheld=tuple(withheld.values()),
            written=written,
        )
