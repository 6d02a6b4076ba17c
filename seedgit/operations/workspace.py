"""What every operation starts from: the repository, the rules, the seeds, the active overlays.

Mostly nothing moved, and most of it is not asked for. So what answers is loaded with the question.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from functools import cached_property

from seedgit.errors import InputError, SeedgitError, UsageError
from seedgit.git import settings
from seedgit.git.index import Index, Subset
from seedgit.git.names import pasted, to_bytes, to_text
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.places import is_below
from seedgit.git.refs import read_ref
from seedgit.git.repository import FILE_MODES, GitEntry, Repository
from seedgit.mode import Mode
from seedgit.named_tuple import NamedTuple
from seedgit.operations.seeds.homes import Home, by_name, candidates, homes
from seedgit.operations.stack.ruled import Ruled
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from seedgit.formats.document import Document
    from seedgit.git.changes import FileChange
    from seedgit.git.lineage import Lineage, Now
    from seedgit.git.live_tree import LiveTree
    from seedgit.git.record_tree import Problem
    from seedgit.git.store import Overlay, Store
    from seedgit.operations.secrets.opening import Opener
    from seedgit.operations.secrets.stored_plain import StoredPlain
    from seedgit.overlay.record import Record

State = tuple[str, str | None]  # of an overlay: its name and its commit


class Stored(NamedTuple):
    """A record of one overlay, and the seed it belongs to now (None: the seed is gone).

    candidates  where it may belong then, as far as history says
    earlier     what is checked out is older than the record: nothing of it is to be stored
    """

    overlay: str
    record: Record
    path: str | None
    candidates: tuple[str, ...] = ()
    earlier: bool = False

    def in_conflict(self, unmerged: Collection[str]) -> str:
        """That the record's seed is in conflict, and under which path; "" if it is not."""
        path = self.record.path
        if path in unmerged:
            return f"{path}: is in conflict"
        found = next((name for name in self.candidates if name in unmerged), "")
        return f"{path}: {found} is in conflict" if found else ""


class Workspace(Ruled):
    """One worktree and its overlays.

    only       the overlay that a person named, to look at and to write to; "": none was
    patience   seconds for git to look where seeds have moved to; None: as long as that takes
    asks       whether a person is there to be asked for a passphrase
    reveals    whether effective values have their secrets decrypted; `opener` does that
    plain_texts  what `concealed` has met: nothing that is printed may have it
    """

    patience: float | None = None
    only = ""
    asks = False
    reveals = False
    opener: Opener | None = None

    def __init__(self, repository: Repository, directory: str | Path) -> None:
        self.repository = repository
        self._start = str(directory)
        self._placed: dict[State, list[Stored]] = {}
        self._homes: dict[State, Mapping[str, Home]] = {}
        self._seen: dict[str, Overlay] | None = None
        self._few: Collection[str] = ()
        self._present: Set[str] = frozenset()
        self.plain_texts: set[str] = set()

    @classmethod
    def open(
        cls, place: str, config: bytes | None = None, top: str = "", *, rehearse: bool = True
    ) -> Workspace:
        """The workspace around a folder; the rest as for `Repository.discover`. RepositoryError.

        In dry-run, if seedgit is installed there, nothing is written through it: what would be is
        recorded (`Repository.unmade`). `rehearse=False` writes all the same.
        """
        start = os.path.join(os.getcwd(), place).removesuffix("/.")
        repository = Repository.discover(start, config, top)
        workspace = cls(repository, start)
        if rehearse and workspace.mode.dry_run and repository.config.get(settings.DRIVER_KEY):
            repository.rehearse()
        return workspace

    @cached_property
    def directory(self) -> Path:
        """Where names begin that a user gives."""
        from pathlib import Path  # late: see `Places`

        return Path(self._start)

    @cached_property
    def store(self) -> Store:
        """The overlays of the clone."""
        from seedgit.git.store import Store

        return Store(self.repository, self.concealed)

    @cached_property
    def _stored_plain(self) -> StoredPlain | None:
        try:
            if not self.has_secrets:
                return None
        except (SeedgitError, OSError):  # the command itself says what is wrong with the rules
            return None
        from seedgit.operations.secrets.stored_plain import StoredPlain  # late: few rules have any

        return StoredPlain(self.rules, self.base, self.plain_texts)

    def concealed(self, record: Record, path: str = "") -> Record:
        """A record with secrets in place of what is stored plain and is one by the rules.

        path  of its seed, if that is another one now
        """
        return self._stored_plain.record(record, path) if self._stored_plain else record

    @property
    def overlay_moved(self) -> bool:
        """Whether an overlay was changed through this workspace."""
        return "store" in vars(self) and self.store.moved

    @cached_property
    def mode(self) -> Mode:
        """off, dry-run or live, as it is set for this worktree and this process."""
        return settings.mode(self.repository)

    # -- seeds -----------------------------------------------------------------------------------

    @cached_property
    def _index(self) -> Index:
        return Index(self.repository, self._few)

    def expect(self, few: Collection[str], states: Iterable[State]) -> None:
        """Prepare for questions about a few seeds, which git tracks, before anything is asked.

        states  states of overlays of which it is known that all seeds of their records are there
        """
        named = (self.store.read_at(tip, name).records.named for name, tip in states)
        self._few, self._present = few, frozenset(few).union(*named)

    @cached_property
    def tracked(self) -> Mapping[str, GitEntry]:
        """Every seed git tracks, as the index has it."""
        return Subset(self._index, self._is_seed)

    def has_file(self, path: str) -> bool:
        """Whether a file is staged at a path, whether or not it is a seed."""
        return self._index.has_file(path)

    def _is_seed(self, entry: GitEntry) -> bool:
        fits = entry.mode in FILE_MODES and entry.path != RULES_FILE
        return fits and self.rules.match(entry.path) is not None

    @cached_property
    def unmerged(self) -> frozenset[str]:
        """The paths that a merge has left in conflict."""
        return self._index.unmerged

    @cached_property
    def present(self) -> Set[str]:
        """Every path that is there, also if it is not a seed, or in conflict."""
        return self._index.paths

    @cached_property
    def lineage(self) -> Lineage:
        """What happened to the files that are not there."""
        from seedgit.git.lineage import Lineage  # few seeds are ever gone

        return Lineage(self.repository, self.now(), self.patience)

    def now(self) -> Now:
        """What is checked out, for questions to history."""
        from seedgit.git.changes import staged
        from seedgit.git.lineage import Now
        from seedgit.git.progress import MERGE, in_progress

        head = self.repository.head()
        merged = (w.heads for w in in_progress(self.repository) if w.kind == MERGE)
        tips = (head, *(tip for heads in merged for tip in heads)) if head else ()

        def changes(tip: str) -> list[FileChange]:
            return staged(self.repository, tip, timeout=self.patience)

        return Now(tips, self.present, changes, remember=True)

    def path(self, name: str) -> str:
        """The repository's name for a file as a user gives it. Raises UsageError."""
        place, top = os.path.normpath(os.path.join(self._start, name)), self.repository.at.worktree
        if not is_below(place, top):
            from seedgit.git.live_tree import outside  # late: few names are wrong

            raise outside(self.repository, name, place)
        return to_text(os.fsencode(os.path.relpath(place, top)))

    def pasted(self, *paths: str) -> str:
        """Files as words for a shell's command line that is run where the user is."""
        places = (os.fsdecode(to_bytes(path)) for path in paths)
        top = self.repository.at.worktree
        here = [os.path.relpath(os.path.join(top, place), self._start) for place in places]
        return pasted(*(to_text(os.fsencode(name)) for name in here))

    def seed_path(self, name: str) -> str:
        """As `path`, for a seed that git tracks. Raises UsageError."""
        path = self.path(name)
        self.rule(path)
        if path in self.unmerged or path not in self.tracked:
            from seedgit.operations.seeds.missing_seed import missing_seed

            raise missing_seed(self, path)
        return path

    @cached_property
    def in_place(self) -> LiveTree | None:
        """The live tree that is the working tree itself, if it is one. Raises InputError."""
        if not settings.has_live_trees(self.repository):
            return None
        from seedgit.git.live_tree import in_place_tree  # late: few clones have one

        return in_place_tree(self.repository)

    def staged_in_place(self, path: str) -> str | None:
        """The staged id of a seed whose file is live in place; None where it is not."""
        here = self.in_place and path in self.tracked and self.in_place.chosen([path])
        return self.tracked[path].id if here else None

    def seed(self, path: str) -> Document:
        """As the working tree has it; live in place: as staged. Raises InputError."""
        if self.staged_in_place(path):
            return self.staged(path)[1]
        data = self.repository.read_file(path)
        if data is None:
            there = os.path.lexists(self.repository.file(path))
            why = "is no regular file: it is not read" if there else "is not in the working tree"
            raise InputError(why, where=path, hint=f"git restore {self.pasted(path)}")
        return parsed(data, path)

    def staged(self, path: str) -> tuple[str, Document]:
        """The id and the content of a seed in the index: what overrides are made over."""
        entry = self.tracked[path]
        return entry.id, parsed(self.repository.blob(entry.id), path)

    def base(self, record: Record) -> Document:
        """The document a record's overrides were made over."""
        return parsed(self.repository.blob(record.base), record.path)

    # -- overlays ----------------------------------------------------------------------------------

    @property
    def asked(self) -> list[str]:
        """The active overlays that a command is about."""
        return [self.only] if self.only else self.names

    @cached_property
    def target(self) -> str:
        """The overlay that commands write to: the named one, or the topmost of this site's own."""
        if self.only:
            return self.only
        from seedgit.git.layer_settings import layer_settings

        own = [name for name in self.names if not layer_settings(self.repository, name).remote]
        return (own or self.names)[-1]

    @property
    def below(self) -> list[str]:
        """The overlays that the target lies over, lowest first."""
        return self.names[: self.names.index(self.target)]

    @cached_property
    def upstream(self) -> str | None:
        """The ref the package's versions come from, if one is known."""
        chosen = settings.upstream(self.repository)
        return chosen.value if chosen else None

    @cached_property
    def installed(self) -> str | None:
        """The version of the package that this branch has: where both histories meet.

        None if that is not known. Raises RepositoryError.
        """
        head = self.repository.head()
        upstream = self.repository.resolve(self.upstream) if self.upstream else None
        if head is None or upstream is None or head == upstream:
            return head and upstream
        return self.repository.merge_base(head, upstream)

    def revision(self, ref: str | None) -> tuple[str, str]:
        """A ref and its commit: the one a person named, or upstream's. Raises UsageError."""
        name = ref or self.upstream
        if name is None:
            raise UsageError(
                "no ref was named, and no upstream is known",
                hint="name one, or git config seedgit.upstream <remote>/<branch>",
            )
        commit = None if name.startswith("-") else self.repository.resolve(name)
        if commit is None:
            raise UsageError(
                f"no such commit: {name!r}",
                hint="git fetch brings a remote's branches; git branch --all lists what is here",
            )
        return name, commit

    @contextmanager
    def still(self) -> Iterator[None]:
        """Meanwhile each overlay is what it was when it was first asked for."""
        before, self._seen = self._seen, {} if self._seen is None else self._seen
        try:
            yield
        finally:
            self._seen = before

    def tips(self) -> list[State]:
        """The commits that the active overlays are at now: no overlay is read."""
        return [(name, read_ref(self.repository, overlay_ref(name))) for name in self.names]

    def overlay(self, name: str) -> Overlay:
        """An overlay as it is now."""
        if self._seen is None:
            return self.store.read(name)
        if name not in self._seen:
            self._seen[name] = self.store.read(name)
        return self._seen[name]

    def stored(self, name: str) -> list[Stored]:
        """The records of an overlay with the seeds they belong to, renames followed."""
        return self.placed(self.overlay(name))

    def placed(self, overlay: Overlay) -> list[Stored]:
        """As `stored`, of a state of an overlay that is at hand. Raises TimeoutError."""
        state = overlay.name, overlay.commit
        if state not in self._placed:  # every seed asks for the same
            here = self.moved(overlay)
            self._placed[state] = [
                self._at_home(overlay.name, record.record, here[path])
                if path in here
                else Stored(overlay.name, record.record, self.seed_at(path))
                for path, record in overlay.records.items()
            ]
        return self._placed[state]

    def seed_at(self, path: str) -> str | None:
        """The path, if it is a seed's."""
        return path if path in self.tracked else None

    def moved(self, overlay: Overlay) -> Mapping[str, Home]:
        """The homes of the records whose paths are gone, by those paths."""
        state = overlay.name, overlay.commit
        if state not in self._homes:
            records = overlay.records
            names = (seed for seed in records.named if seed not in self._present)
            gone = records.read(seed for seed in names if seed not in self.present)

            def record(path: str) -> Record | None:
                return records[path].record if path in records else None

            self._homes[state] = homes(gone, record, self)
        return self._homes[state]

    def lying(self, overlay: Overlay, path: str) -> Stored | None:
        """As `placed`, the record of one seed. Others are read only if their seeds are gone."""
        if path not in self.tracked:
            return None
        if path in overlay.records:
            return Stored(overlay.name, overlay.records[path].record, path)
        moved = self.moved(overlay).items()
        for was, home in moved:
            if home.path == path:
                return self._at_home(overlay.name, overlay.records[was].record, home)
        return None

    def _at_home(self, overlay: str, record: Record, home: Home) -> Stored:
        """A record whose seed has moved: the rules of where it is now count too."""
        return Stored(overlay, self.concealed(record, home.path) if home.path else record, *home)

    def candidates(self, stored: Iterable[Stored]) -> dict[str, tuple[str, ...]]:
        """For a person: where records of seeds that are gone may belong, by their paths.

        What history offers or, if that is nothing, what looks alike.
        """
        gone = [i for i in stored if i.path is None and i.record.path not in self.present]
        nothing = {item.record.path: item.record.base for item in gone if not item.candidates}
        known = {i.record.path: by_name(i.record.path, i.candidates) for i in gone if i.candidates}
        return known | (candidates(self, nothing) if nothing else {})

    def is_base(self, path: str, blob: str) -> bool:
        """Whether overrides of a seed were made over a version of it."""
        lying = (self.lying(self.overlay(name), path) for name in self.names)
        records = (item.record for item in lying if item)
        return any(r.base == blob and (r.overrides or r.parked) for r in records)

    def stored_for(self, path: str) -> Iterator[Stored]:
        """The records that lie over one seed, lowest overlay first.

        Raises InputError where one of them cannot be used: without it the seed is not what the
        site made of it.
        """
        for name in self.names:
            overlay = self.overlay(name)
            if problem := overlay.records.problem_of(path):
                raise problem.error
            if item := self.lying(overlay, path):
                yield item

    def problems(self) -> list[Problem]:
        """Records of the active overlays that cannot be used."""
        return [problem for name in self.names for problem in self.overlay(name).problems]

    def told_problems(self, *, rules: bool = True) -> list[str]:
        """A line for each of them, each layer that is missing or named twice, and each rules file
        that does not count as it is.

        rules  look at the rules too: False where they are known to be understood
        """
        from seedgit.git.layer_settings import missing_layers, named_twice  # loaded already

        return [
            *(self.told_rules() if rules else ()),
            *missing_layers(self.repository, self.names),
            *named_twice(self.repository),
            *(problem.told for problem in self.problems()),
        ]


def parsed(data: bytes, path: str) -> Document:
    """A document of a path. Raises InvalidDocument."""
    from seedgit.formats.document import Document

    return Document.parse(data, path)
