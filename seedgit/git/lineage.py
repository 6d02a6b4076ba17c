"""What happened to files that are not there any more, commit by commit, as history shows it.

A file is followed from the commits that have it as it was, forward to what is checked out. For each
commit that removes its path, `git.pairs` says what git would call it there. A merge is asked only
if none of the lines that it joins gives an answer. What is checked out need not be a commit: it is
treated as one whose parents are the tips.

Nothing is written. The answer depends only on history and on what is checked out.
"""

from __future__ import annotations

from seedgit.digest import sha1
from seedgit.git.changes import diff
from seedgit.git.names import to_bytes, to_text
from seedgit.git.pairs import pairs
from seedgit.git.past import rewritten
from seedgit.git.process import LITERAL
from seedgit.git.table import Table
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import Final

    from seedgit.git.changes import FileChange
    from seedgit.git.pairs import Pairs
    from seedgit.git.repository import Repository

MOST_NAMES: Final = 8  # git compares each path with each: for more, their directories are asked for
MOST_RENAMES: Final = 50  # renames of one file, one after the other

_PLAIN: Final = ("log.follow=false", "log.showRoot=true", "log.showSignature=false")
_START: Final = "\x01"

File = tuple[str, str]  # a path, and the blob it once had there
State = tuple[str, bool]  # a path, and whether the file is still there


class Fate(NamedTuple):
    """path: where the file is, if history leaves no doubt; doubts: else, where it may be.

    known  whether history has the file at all
    """

    path: str | None
    doubts: tuple[str, ...] = ()
    known: bool = True


class Now(NamedTuple):
    """What is checked out: the commits it comes from, its paths, how it differs from each.

    remember  whether what history says of it is remembered, for the next time
    """

    tips: tuple[str, ...]
    present: Collection[str]
    changes: Callable[[str], Sequence[FileChange]]
    remember: bool = False


class _Step(NamedTuple):
    """A commit in the history of some paths: its parents there, and the blobs that it changes.

    A removed path has None. `changed` is the difference from the first parent.
    """

    commit: str
    parents: tuple[str, ...]
    changed: dict[str, str | None]


class Lineage:
    """The history of one state. It is read when it is needed, and no further than it is needed."""

    def __init__(self, repository: Repository, now: Now, timeout: float | None = None) -> None:
        self._repository = repository
        self._now = now
        self._timeout = timeout
        self._names: frozenset[str] = frozenset()
        self._steps: list[_Step] = []
        self._fates: dict[File, Fate] = {}
        self._pairs: dict[tuple[str, str], Pairs] = {}

    def fates(self, files: Mapping[str, str]) -> dict[str, Fate]:
        """What happened to files, by path; each is known by a blob it had. Raises TimeoutError."""
        missing = [file for file in files.items() if file not in self._fates]
        if missing and self._now.tips:
            self._remembered(missing) if self._now.remember else self._follow(missing)
        nothing = Fate(None, known=False)
        return {file[0]: self._fates.get(file, nothing) for file in files.items()}

    def _remembered(self, files: list[File]) -> None:
        """As `_follow`, which answers the same for the same commits, paths and questions.

        Unless git shows other commits than those that were made, or the index had to be asked.
        """
        if self._names or self._repository.cut_off() or rewritten(self._repository):
            return self._follow(files)
        table = Table(self._repository.common_dir / "seedgit" / "lineage")
        words = [*self._now.tips, "", *sorted(self._now.present), ""]
        words += [word for file in sorted(files) for word in file]
        key, older = sha1(to_bytes("\0".join(words))).hex(), table.read()
        if key in older:
            for path, blob, where, doubts, known in older[key]:
                self._fates[path, blob] = Fate(where, tuple(doubts), known)
            return None
        self._follow(files)
        if not any(commit == "" for _, commit in self._pairs):
            rows = [[*file, *self._fates[file]] for file in files]
            table.write({key: rows}, older)
        return None

    def _follow(self, files: list[File]) -> None:
        paths = {file: {file[0]} for file in files}
        for _ in range(MOST_RENAMES):
            self._read({path for known in paths.values() for path in known})
            walk = _Walk(self._steps, self._names, paths, self._became)
            walk.run(self._now)
            if not walk.new:
                break
        for file in files:
            self._fates[file] = walk.fate(file)

    # -- what git says -----------------------------------------------------------------------------

    def _read(self, names: set[str]) -> None:
        """Read the history of some paths, and of those that were asked for before."""
        if names <= self._names:
            return
        self._names |= names
        steps = list(self._log(self._now.tips))
        # The history of a path begins for each tip where it was last changed.
        heads = tuple(
            dict.fromkeys(
                step.commit
                for tip in self._now.tips
                for step in (steps[:1] if len(self._now.tips) == 1 else self._log((tip,), "-1"))
            )
        )
        self._steps = [*reversed(steps), _Step("", heads, {})]

    def _log(self, tips: tuple[str, ...], *more: str) -> Iterator[_Step]:
        """Newest first. With --parents git-log(1) has merges, and everything else that changes."""
        configured = [word for setting in _PLAIN for word in ("-c", setting)]
        asked = (
            *("log", "--stdin", "-z", "--topo-order", "--full-history", "--parents"),
            *("--diff-merges=first-parent", "--raw", "--no-abbrev", "--no-renames"),
            *("--no-ext-diff", f"--format={_START}%H %P", *more),
        )
        stdin = b"".join(to_bytes(line) + b"\n" for line in (*tips, "--", *_asked(self._names)))
        literal = (LITERAL, *configured)
        out = self._repository.git(*literal, *asked, stdin=stdin, timeout=self._timeout)
        return _steps(to_text(out), self._names)

    def _became(self, commit: str, path: str) -> tuple[str | None, tuple[str, ...]]:
        """What a commit ("": what is checked out) turned a file into, compared with any parent."""
        if commit:
            parents = self._repository.commit(commit).parents
        else:
            parents = self._now.tips
        found = [self._paired(parent, commit) for parent in parents]
        sure = {pair.sure[path] for pair in found if path in pair.sure}
        doubts = {name for pair in found for name in pair.doubtful.get(path, ())}
        if len(sure) == 1 and not doubts:
            return sure.pop(), ()
        return None, tuple(sorted(sure | doubts))

    def _paired(self, parent: str, commit: str) -> Pairs:
        if (parent, commit) not in self._pairs:
            if commit:
                changes: Sequence[FileChange]
                changes = diff(self._repository, parent, commit, timeout=self._timeout)
            else:
                changes = self._now.changes(parent)
            found = pairs(self._repository, changes, timeout=self._timeout)
            self._pairs[parent, commit] = found
        return self._pairs[parent, commit]


def _asked(names: Collection[str]) -> list[str]:
    """The part of a history to read for some paths, one line each; no line means all of it."""
    wide = len(names) > MOST_NAMES
    odd = {path for path in names if "\n" in path or path.endswith("\r")}
    paths = {path.rpartition("/")[0] if wide or path in odd else path for path in names}
    plain = all(path and "\n" not in path and not path.endswith("\r") for path in paths)
    return sorted(paths) if plain else []


def _steps(out: str, names: frozenset[str]) -> Iterator[_Step]:
    """git-diff(1), "RAW OUTPUT FORMAT", after a line for each commit."""
    fields = iter(out.split("\0"))
    step: _Step | None = None
    for about in fields:
        if about.startswith(_START):
            if step:
                yield step
            commit, *parents = about[1:].split()
            step = _Step(commit, tuple(parents), {})
        elif step and about:
            path, id = next(fields), about.split(" ")[3]
            if path in names:
                step.changed[path] = id if id.strip("0") else None
    if step:
        yield step


class _Walk:
    """One walk from the oldest commit to what is checked out, with every file that is followed.

    paths  the paths of each file, so far as they are known. Where one more is found `new` is set:
           what the walk says is not the last word
    """

    def __init__(
        self,
        steps: list[_Step],
        names: frozenset[str],
        paths: dict[File, set[str]],
        became: Callable[[str, str], tuple[str | None, tuple[str, ...]]],
    ) -> None:
        self.steps = steps
        self.names = names
        self.paths = paths
        self.became = became
        self.new = False
        self.doubts: dict[File, set[str]] = {file: set() for file in paths}
        self.beside: dict[File, set[str]] = {file: set() for file in paths}
        had = {change for step in steps for change in step.changed.items()}
        # If history does not have this very blob, the path stands for the file.
        self.exact = {file: file in had for file in paths}
        self.concerned: dict[str, list[File]] = {}
        for file, known in paths.items():
            for path in known:
                self.concerned.setdefault(path, []).append(file)
        self.end: dict[File, frozenset[State]] = {}

    def run(self, now: Now) -> None:
        contents: dict[str, dict[str, str]] = {}
        states: dict[str, dict[File, frozenset[State]]] = {}
        uses = _uses(self.steps)
        for step in self.steps:
            before = [contents[parent] for parent in step.parents if parent in contents]
            if step.commit:
                here = _content(step, before)
            else:
                here = {path: "" for path in self.names if path in now.present}
            held = [states[parent] for parent in step.parents if parent in states]
            after = self._states(step, before, here, held)
            for parent in step.parents:
                uses[parent] -= 1
                if not uses[parent]:
                    contents.pop(parent, None)
                    states.pop(parent, None)
            contents[step.commit], states[step.commit] = here, after
        self.end = states.get("", {})

    def fate(self, file: File) -> Fate:
        state = self.end.get(file, frozenset())
        doubts = self.doubts[file] | {path for path, there in state if there}
        if not state:
            return Fate(None, tuple(sorted(doubts)), known=False)
        path, there = next(iter(state))
        if len(state) == 1 and there and path not in self.beside[file] and not self.new:
            return Fate(path)
        return Fate(None, tuple(sorted(doubts)))

    def _states(
        self,
        step: _Step,
        before: list[dict[str, str]],
        here: dict[str, str],
        held: list[dict[File, frozenset[State]]],
    ) -> dict[File, frozenset[State]]:
        """Where the files are after a commit. Files that it does not concern are not looked at."""
        touched = set(step.changed)
        for content in before:
            if content is not here:
                touched |= content.keys() ^ here.keys()
        distinct = list({id(each): each for each in held}.values())
        after = distinct[0] if distinct else {}
        files = {file for path in touched for file in self.concerned.get(path, ())}
        for other in distinct[1:]:
            after = {**after, **other}
            files |= {file for file in after if len({each.get(file) for each in distinct}) > 1}
        made = {}
        for file in files:
            known = frozenset().union(*(each.get(file, frozenset()) for each in distinct))
            made[file] = self._moved(step, file, known, here)
        return {**after, **made} if made else after

    def _moved(
        self, step: _Step, file: File, known: Iterable[State], here: dict[str, str]
    ) -> frozenset[State]:
        path, blob = file
        found: set[State] = set()
        lost: list[str] = []
        for name, there in known:
            if name in here or (there and name not in self.names):
                found.add((name, True))
            elif there:
                lost.append(name)
            else:
                found.add((name, False))
        if path in here and (here[path] == blob or not self.exact[file]):
            self.beside[file] |= (self.paths[file] & here.keys()) - {path}
            if path in step.changed:
                found.add((path, True))
        # What one line of a merge says holds for the other too, if the file was as before there.
        if lost and (len(step.parents) < 2 or not found):
            found |= {self._gone(step.commit, file, name) for name in lost}
        return frozenset(found)

    def _gone(self, commit: str, file: File, name: str) -> State:
        target, doubts = self.became(commit, name)
        self.doubts[file] |= set(doubts)
        if target is None:
            return name, False
        if target not in self.paths[file]:
            self.new = True
            self.paths[file].add(target)
        return target, True


def _content(step: _Step, before: list[dict[str, str]]) -> dict[str, str]:
    """What a commit has at the paths, worked out from what its first parent has."""
    first = before[0] if before else {}
    if not step.changed:
        return first
    here = dict(first)
    for path, id in step.changed.items():
        if id is None:
            here.pop(path, None)
        else:
            here[path] = id
    return here


def _uses(steps: list[_Step]) -> dict[str, int]:
    """For how many commits each one is a parent: after the last of them it is no longer needed."""
    uses: dict[str, int] = {}
    for step in steps:
        for parent in step.parents:
            uses[parent] = uses.get(parent, 0) + 1
    return uses
