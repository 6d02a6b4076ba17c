"""Sync: bring seeds, overlays and the live files of a live tree into step, both ways.

For each file: what a program changed goes into the overlay, in one commit for all files. Then the
file gets what seeds and overlays changed, if it still is what was read; if not, it is read again.
At every moment each change of a program's is in the overlay or in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from seedgit import codes
from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import NO_VERSION, Document
from seedgit.git.files import Changed
from seedgit.git.live_files import read_live
from seedgit.git.live_tree import LiveTree
from seedgit.operations.edits.edit import try_edit
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.in_step import InStep, TreeSync
from seedgit.operations.live_tree.ledger import Intent, Ledger, Row, stat_of
from seedgit.operations.live_tree.live_file import LiveFile
from seedgit.operations.live_tree.made_of import MadeOf
from seedgit.operations.live_tree.sync_run import SyncRun
from seedgit.operations.live_tree.written_file import NO_CHANGES
from seedgit.operations.stack.effective import Effective, effective, revealing
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import distance
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.files.contested import Swap

AT_ONCE = 1000  # new files that are written before the first is put in its place
AHEAD = 200  # seeds that are read in one go
HELD = 100  # replaced files that are kept, until they are looked at once more


def sync(
    workspace: Workspace,
    tree: LiveTree,
    paths: Sequence[str] | None = None,
    *,
    dry_run: bool = False,
    restore: bool = False,
    last: InStep | None = None,
) -> TreeSync:
    """Bring the live files of some seeds into step; None: of all.

    dry_run  only say what would be done
    restore  give up what programs changed of what the package owns
    last     what is known of the last sync, if that was looked up
    """
    if dry_run:
        from seedgit.operations.live_tree.rehearsed import rehearsed  # late: most are not

        workspace = rehearsed(workspace)
    last = last or InStep(workspace, tree)
    if last.holds(paths):
        return TreeSync(tree, ())
    if tree.in_place:
        from seedgit.operations.in_place.run import sync_in_place  # late: few clones have one

        done = sync_in_place(workspace, tree, paths, restore=restore, last=last)
        return done._replace(commit=None) if dry_run else done
    wanted = last.moved if paths is None else paths
    ledger = Ledger(workspace.repository, tree)
    few = wanted if paths is None and last.expected(workspace) else None
    with ledger.held(few, last.count), revealing(workspace):
        run = _Run(workspace, tree, ledger, wanted, restore=restore)
        if wanted is None:
            last.look(run.paths)
        done = run.done()
        if paths is None:
            last.keep(done, workspace)
    # Not while others wait: it may take long, or sync itself.
    places = [file.place for file in done.files if file.written or file.removed]
    status = workspace.repository.writer.run_command(tree.command, places)
    return done._replace(command=status, commit=None if dry_run else done.commit)


class _Read:
    """A live file that was read: its bytes (None: there is none), and what they mean.

    stat    what it was when it was read
    wanted  what it has to hold; `next`: its row then
    """

    def __init__(
        self, path: str, data: bytes | None, row: Row, now: Effective, stat: tuple[int, ...]
    ) -> None:
        self.path = path
        self.data = data
        self.stat = stat
        self.row = row
        self.now = now
        self.file: LiveFile | None = None
        self.wanted: bytes | None = None
        self.next: Row | None = None

    @property
    def old(self) -> str:
        return "" if self.data is None else digest(self.data)


class _Run(SyncRun):
    """One sync of a folder."""

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
        tracked = workspace.tracked  # none of them is in conflict
        named = tracked if paths is None else [path for path in paths if path in tracked]
        self.paths = self.apart(tree.chosen(named))
        rows = ledger.rows if paths is None else [path for path in paths if path in ledger.rows]
        known = {*self.paths, *self.told}  # nor is one gone whose file is another seed's
        gone = [path for path in rows if path not in known]
        self.gone = [path for path in gone if path not in workspace.unmerged]
        self.made_of = MadeOf(workspace, None if paths is None else self.paths)
        ledger.unseal(workspace)
        self.swaps: dict[str, tuple[_Read, Swap]] = {}
        ledger.settle(self.made)

    # -- the whole ---------------------------------------------------------------------------------

    def done(self) -> TreeSync:
        try:
            self.until_quiet(self.paths, self.attempt)
        finally:
            for _, swap in self.swaps.values():
                swap.close()
        for path in self.gone:
            self.remove(path)
        self.ledger.write(self.rows)
        return self.result()

    def attempt(self, paths: Sequence[str]) -> list[str]:
        """Sync some files; returns those that changed meanwhile."""
        ready: list[_Read] = []
        for at in range(0, len(paths), AHEAD):
            few = paths[at : at + AHEAD]
            self.read_ahead(few)
            self.recover(few)
            ready += [read for path in few if (read := self.read(path)) is not None]
        ready = self.capture(ready)
        ready = [read for read in ready if self.decide(read)]
        intended = [read for read in ready if read.wanted != read.data and read.next]
        self.ledger.write({r.path: r.next._replace(old=r.old) for r in intended if r.next})
        left: list[str] = []
        for at in range(0, len(ready), AT_ONCE):
            some = ready[at : at + AT_ONCE]
            new = [(self.tree.place(r.path), r.wanted) for r in some if r.data is None]
            wanted = [(place, data) for place, data in new if data is not None]
            with self.repository.writer.made_ahead(wanted) as ahead:
                for read in some:
                    left += [] if self.write(read, ahead) else [read.path]
                    left += self.look_again() if len(self.swaps) == HELD else []
        return left + self.look_again()

    # -- reading -----------------------------------------------------------------------------------

    def read_ahead(self, paths: Sequence[str]) -> None:
        """Read the seeds that are certainly needed in one go."""
        rows, tracked = self.ledger.rows, self.workspace.tracked
        moved = [p for p in paths if p not in rows or rows[p].key != self.made_of.key(p)]
        self.repository.objects.read_ahead(tracked[path].id for path in moved)

    def read(self, path: str) -> _Read | None:
        """Read one file; None where there is nothing to do, or nothing can be done."""
        place = self.tree.place(path)
        key, last = self.made_of.key(path), self.ledger.rows.get(path)
        if last and last.key == key and not last.loud:
            if self.ledger.unchanged(last, place):
                return None
        stat = stat_of(place)  # before it is read: whatever comes later, another stat tells
        try:
            data = read_live(self.repository, place)
            if data is not None and last and last.key == key and last.seen == digest(data):
                if not last.loud:
                    self.rows[path] = last._replace(stat=stat, old="")
                    return None
            read = _Read(path, data, last or Row(path), self.now(path), stat)
            if data is not None:
                self.compare(read, Document.parse(data, path))
        except Changed:
            self.problem(path, codes.LIVE_BUSY, "a program is writing it: it is left as it is")
        except SeedgitError as error:
            self.unreadable(path, error)
        else:
            return read
        return None

    def now(self, path: str) -> Effective:
        """The effective document of the staged seed."""
        _, seed = self.workspace.staged(path)
        return effective(self.workspace, path, seed)

    def keep(self, read: _Read, data: bytes) -> str:
        """Keep a document of a file, encrypted if the file has, or had, secrets in it."""
        return self.ledger.keep(data, secret=read.now.secret or self.ledger.sealed(read.row))

    def compare(self, read: _Read, live: Document) -> None:
        """Find what a program changed in a file. Raises what the overlay would say to it."""
        assert read.data is not None
        if not live.is_version_of(read.now.value):
            if digest(read.data) == read.row.seen and not read.row.loud:
                return  # upstream made another kind of document of it: the file follows
            raise InputError(NO_VERSION)
        rows = self.ledger.candidates(read.path, digest(read.data)) or [read.row]
        bases = [self.base(row, read.now) for row in rows]
        key_of = self.workspace.rule(read.path).key_of
        changed = [distance(b.value, live.value, key_of) for b in bases]
        best = changed.index(min(changed))
        read.row = rows[best]
        older = self.older(rows[best])
        read.file = LiveFile(self.workspace, read.now, live, rows[best], bases[best], older)
        if not self.restore:
            read.file.refuse_lost()
        if read.file.edit is not None:
            try_edit(self.workspace, read.file.edit)

    def base(self, row: Row, now: Effective) -> Document:
        """The effective document that was last in the file. A file that the ledger does not know
        is compared with what is effective now."""
        if not row.seed:
            return now.document
        if row.base:
            data = self.ledger.content(row.base)
        else:
            data = self.repository.blob(row.seed)
        return now.document if data is None else Document.parse(data, row.path)

    def older(self, row: Row) -> list[Value]:
        """What other seeds held that a file was made of, now and before it was last replaced."""
        found: list[Value] = []
        earlier = self.ledger.earlier.get(row.path, row)
        for id in {row.seed, earlier.seed} - {"", self.workspace.tracked[row.path].id}:
            with suppress(SeedgitError):  # git may have dropped it
                found.append(Document.parse(self.repository.blob(id), row.path).value)
        return found

    # -- into the overlay --------------------------------------------------------------------------

    def capture(self, ready: list[_Read]) -> list[_Read]:
        """Put what the site owns into the overlay, in one commit.

        Returns the files of which it is known what is effective now.
        """
        edits = {r.path: r.file.edit for r in ready if r.file and r.file.edit is not None}
        if not edits:
            return ready
        intents = {r.path: found for r in ready if r.path in edits and (found := self.intent(r))}

        def intend(commit: str) -> None:
            pairs = (
                (path, row, intent._replace(commit=commit))
                for path, (row, intent) in intents.items()
            )
            self.ledger.write({path: row._replace(intent=intent) for path, row, intent in pairs})

        self.commit_edits(edits, intend)
        self.ledger.settle(self.made)
        for read in ready:
            if read.path in intents:
                row, intent = intents[read.path]
                read.row = row._replace(intent=intent).settled(made=True)
        self.made_of.again()
        return [read for read in ready if read.path not in edits or self.renew(read)]

    def renew(self, read: _Read) -> bool:
        """Work out what is effective, after the overlay was changed. Returns False if it fails."""
        try:
            read.now = effective(self.workspace, read.path, read.now.seed)
        except SeedgitError as error:
            self.unreadable(read.path, error)
            return False
        return True

    def intent(self, read: _Read) -> tuple[Row, Intent] | None:
        """What the ledger has to say before the program's changes go into the overlay."""
        assert read.file is not None
        try:
            known = self.keep(read, read.file.known().data)
        except SeedgitError:
            return None  # then a further change of the same place may be a clash
        seed = read.row.seed or self.workspace.tracked[read.path].id
        row = read.row._replace(stat=(), key="", old="")
        return row, Intent("", read.old, seed, known)

    # -- into the file -----------------------------------------------------------------------------

    def wanted(self, read: _Read, now: Effective) -> Document:
        if read.file is None:
            return now.document
        return read.file.wanted(now, restore=self.restore)

    def decide(self, read: _Read) -> bool:
        """Say what a file has to hold. Returns False if it has to be left alone."""
        try:
            wanted = self.wanted(read, read.now)
            read.wanted = wanted.data
            read.next = self.next_row(read, read.now, wanted)
        except SeedgitError as error:
            self.unreadable(read.path, error)
            return False
        return True

    def write(self, read: _Read, ahead: Mapping[str, str]) -> bool:
        """Bring one file into step. Returns False if it is no longer what was read.

        ahead  the new files that are written by now, by place
        """
        path, place = read.path, self.tree.place(read.path)
        assert read.next is not None and read.wanted is not None
        try:
            if read.wanted != read.data:
                name = ahead.get(place, "")
                writer = self.repository.writer
                swap = writer.replace_live(place, read.data, read.wanted, name)
                if swap is not None:
                    self.swaps[path] = read, swap
        except Changed as error:
            self.write_moving(read)
            self.take_late(read, error.late)
            return False
        except SeedgitError as error:
            self.unreadable(path, error)
            return True
        self.rows[path] = read.next._replace(stat=read.stat if read.wanted == read.data else ())
        before = path in self.told and self.told[path].written
        self.tell(read, read.wanted != read.data or before)
        return True

    def write_moving(self, read: _Read) -> None:
        """Bring a file into step that is no longer what was read, with what was written since.

        That is captured next. Else a program that is quicker than the overlay's commits would never
        get what was changed elsewhere.
        """
        from seedgit.operations.live_tree.late_writes import replace_moving  # late: it is rare

        assert read.wanted is not None and read.next is not None
        path, next = read.path, read.next

        def intend(data: bytes) -> None:
            self.ledger.write({path: next._replace(old=digest(data))})

        made = False
        with suppress(SeedgitError):
            if read.data is not None:  # else the program has made the file since
                old, new = (Document.parse(data, path) for data in (read.data, read.wanted))
                made = replace_moving(self.workspace, self.tree.place(path), old, new, intend)
        self.ledger.write({path: next if made else read.row})  # else it still is that, and more

    def look_again(self) -> list[str]:
        """Look once more at the files that were replaced; returns those that were written late."""
        again = []
        for path, (read, swap) in self.swaps.items():
            with swap:
                if swap.still():
                    continue
            again.append(path)
            del self.rows[path]
            self.ledger.write({path: read.row})
            self.take_late(read, swap.late)
        self.swaps.clear()
        return again

    def take_late(self, read: _Read, late: bytes | None) -> None:
        """Take along what a program wrote to the old file while another wrote to the new one."""
        if late is not None and read.data is not None and read.wanted is not None:
            from seedgit.operations.live_tree.late_writes import take_late  # late: it is rare

            contents = read.data, read.wanted
            take_late(self.workspace, self.tree.place(read.path), read.path, contents, late)

    def recover(self, paths: Sequence[str]) -> None:
        """Go on where a sync was killed while it replaced files."""
        rows_of, earlier = self.ledger.rows, self.ledger.earlier
        for path in paths:
            row = rows_of.get(path)
            if row is not None and row.old:
                from seedgit.operations.live_tree.late_writes import recover  # late: it is rare

                rows = earlier.get(path, row), row
                not_made = partial(self.ledger.write, {path: rows[0]})
                with suppress(SeedgitError):  # it is tried again by the next sync
                    was, new = (self.base(each, self.now(path)) for each in rows)
                    recover(self.workspace, self.tree.place(path), row, was, new, not_made)

    def next_row(self, read: _Read, now: Effective, wanted: Document) -> Row:
        seed, file = self.workspace.tracked[read.path].id, read.file
        base = ""
        if not same(now.value, now.seed.value):
            held = wanted if same(now.value, wanted.value) else now.document
            base = self.keep(read, held.data)
        clashes = file.kept_clashes() if file and not self.restore else ()
        return Row(
            read.path,
            seen=digest(wanted.data),
            key=self.made_of.key(read.path),
            seed=seed,
            base=base,
            drift=bool(file and not self.restore and file.drift(now)),
            clashes=clashes,
            withheld=bool(file and file.withheld),
            states=self.states() if clashes else None,
        )

    def remove(self, path: str) -> None:
        """Remove the file of a seed that has none in the tree any more, if nobody changed it."""
        place, row = self.tree.place(path), self.ledger.rows[path]
        try:
            data = read_live(self.repository, place)
            if data is not None and (digest(data) != row.seen or row.loud):
                text = "the tree has no such seed, and a program changed it: it is left as it is"
                self.problem(path, codes.LIVE_ORPHANED, text)
                return
            if data is not None:
                self.repository.writer.remove_live(place, data)
        except SeedgitError as error:
            self.problem(path, codes.LIVE_ORPHANED, str(error))
            return
        self.rows[path] = None
        self.told[path] = self.synced(path, removed=data is not None)

    # -- what is told ------------------------------------------------------------------------------

    def tell(self, read: _Read, written: bool) -> None:
        changes = self.changes.get(read.path, NO_CHANGES)
        file = read.file if not self.restore else None
        self.told[read.path] = self.synced(
            read.path,
            captured=tuple(changes.taken.values()),
            ended=tuple(changes.ended.values()),
            drift=file.drift(read.now) if file else (),
            clashes=file.clashes if file else (),
            withheld=read.file.withheld if read.file else (),
            written=written,
        )
