"""What `status` printed, printed again as long as nothing that it depends on has changed.

Where nothing moved, most of the time of `status` goes into loading what works its answer out. So
the answer is kept as it was printed. What it depends on is compared before it is printed again:

- the words of the command line, the folder, the environment, the terminal, and this seedgit;
- git's configuration, the refs that count, HEAD, and what differs from it in the index and the
  working tree, each as git itself says;
- the rules, and the size, times and inode of every file that was looked at, and its folders;
- the divergences that nobody has seen, from the journal.

Where it depends on anything else, no answer is kept: in the middle of a merge, where a seed was
edited, where an override has an end, where a layer has a condition, and where files are live. It
is not kept either if any of this changed while it was worked out. A run that is answered so leaves
its row in the journal, like every run.
"""

from __future__ import annotations

import os
import sys
import time

from seedgit import __file__, __version__
from seedgit.digest import sha1
from seedgit.errors import SeedgitError
from seedgit.files.rules_file import read_rules
from seedgit.git.under_way import UNDER_WAY
from seedgit.git.whole import read_whole, write_whole
from seedgit.journal import Journal
from seedgit.spawn import ALWAYS, CONFIG, answer, not_bare, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    LookedAt = Mapping[bytes, list[int] | None]
    Ended = tuple[int, str, str | None]  # the exit status; the journal's outcome, and its reason

RACY = 2_000_000_000  # nanoseconds; a file that was changed later may change again unseen
_BETWEEN = b"\0\0"  # two fields: none holds it
_ELSEWHERE = ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE")
_STATUS = ("status", "--porcelain=v2", "--branch", "--no-ahead-behind", "-z")
_TRACKED = ("--untracked-files=no", "--no-renames")
_HEAD = ("HEAD", "reftable/tables.list")  # whose file changes whenever another branch is chosen
REF_FORMAT = "--format=%(objectname) %(objecttype) %(refname) %(symref)"
# Where git looks for a ref of this name (gitrevisions(7)).
_PLACES = ("%s", "refs/%s", "refs/tags/%s", "refs/heads/%s", "refs/remotes/%s")


class Invocation:
    """A command that somebody calls, in the working tree around the current folder.

    top   the top of that tree
    config  git's configuration, as `Config.told` takes it
    seen  what was seen of live files, where no answer is given again (`Repository.seen`)
    uncommitted  the paths that differ from HEAD, if git was asked: the command goes by that too
    """

    seen: tuple[bytes, int, array[int]] | None = None
    uncommitted: set[bytes] | None = None
    config: bytes | None = None

    def __init__(self, words: Sequence[str], top: str) -> None:
        self._began = time.time_ns()
        self._started = time.monotonic()
        self._words = list(words)
        self.top = top
        self._git_dir = os.path.join(top, ".git")
        self._status: bytes | None = None
        self._head: object = None
        self._found: dict[bytes, tuple[int, ...]] = {}
        self._asked = sha1(_BETWEEN.join(map(os.fsencode, _told(words)))).hex()
        self._state = self._look()
        # So many answers are kept at most: another one with this digit takes its place.
        self._place = os.path.join(self._git_dir, "seedgit", f"answer-{self._asked[0]}")

    @classmethod
    def of(cls, words: Sequence[str]) -> Self | None:
        """The call of a command; None if its answer is not kept, whatever it is."""
        if any(map(os.environ.get, _ELSEWHERE)):
            return None
        try:
            top = _top(os.getcwd())
            invocation = cls(words, top) if top else None
        except (OSError, SeedgitError):
            return None
        return invocation if invocation and invocation._state else None

    # -- what it depends on ----------------------------------------------------------------------

    def _look(self) -> str:
        """The state of the clone, but for its files; "" if the answer depends on more than that.

        git looks for what differs from HEAD only the first time. An answer goes by what it said
        then, and by files that have not changed since they were looked at.
        """
        if any(os.path.lexists(os.path.join(self._git_dir, name)) for name in UNDER_WAY):
            return ""
        head = [mark(os.path.join(self._git_dir, name)) for name in _HEAD]
        self.config = config = git_says(*CONFIG)
        upstream = _upstream(config) if config else None
        if upstream is not None and self._status is None:
            self._head, self._status = head, git_says(*_STATUS, *_TRACKED)
        about, self.uncommitted = _entries(self._status)
        if not about or head != self._head:
            return ""
        chosen = [upstream] if upstream else []
        names = [*chosen, *about.get(b"branch.upstream", [])]
        branch = ["refs/heads/" + name for name in about.get(b"branch.head", [])]
        refs = git_says("for-each-ref", REF_FORMAT, *branch, *_patterns(names))
        if refs is None or not all(_is_among(name, refs) for name in chosen):
            return ""
        beside = ("index", "shallow", "info/grafts", *chosen)
        marks = (mark(os.path.join(self._git_dir, name)) for name in beside)
        rules = read_rules(self.top)
        return joined((config, self._status, refs, rules, repr([*marks]).encode()))

    def _marks(self, paths: Iterable[bytes]) -> tuple[str, int]:
        """What tells the content of files, and when the last of them was changed. OSError."""
        top, folders = os.fsencode(self.top) + b"/", set[bytes]()
        found = self._found = {path: mark(top + path) or (0,) for path in paths}
        marks = [*found.values()]
        for path in found:
            folder = os.path.dirname(path)
            while folder and folder not in folders:
                folders.add(folder)
                folder = os.path.dirname(folder)
        # Through a link the same files would be none of this working tree.
        inodes = [(mark(top + folder) or ())[:2] for folder in sorted(folders)]
        newest = max((mark[-1] for mark in marks), default=0)
        return sha1(repr((marks, inodes)).encode()).hex(), newest

    def _news(self, journal: Journal) -> int:
        """The divergences that nobody has seen, as far as the answer tells of them."""
        return journal.unseen()

    # -- the answer ------------------------------------------------------------------------------

    def answered(self) -> int | None:
        """Print the kept answer, and record the run. Returns its exit status.

        None: there is no answer that still holds, and nothing was done.
        """
        fields = read_whole(self._place).split(_BETWEEN, 8)
        if len(fields) != 9 or fields[:2] != [self._asked.encode(), self._state.encode()]:
            return None
        marks, divergences, status, outcome, reason = (field.decode() for field in fields[2:7])
        journal = Journal(self._git_dir)
        try:
            if self._marks(filter(None, fields[7].split(b"\0")))[0] != marks:
                return None
            with journal:
                if str(self._news(journal)) != divergences:
                    return None
                took = round((time.monotonic() - self._started) * 1000, 3)
                row = {"arguments": self._words, "mode": "live", "ms": took, "status": int(status)}
                journal.add(self._words[0], outcome, reason=reason or None, **row)
        except (OSError, SeedgitError):
            return None  # the command itself says what is wrong
        try:
            if sys.stdout.isatty():
                from seedgit.pager import show

                show(fields[8], sys.stdout.buffer)
            else:
                sys.stdout.buffer.write(fields[8])
                sys.stdout.flush()
        except BrokenPipeError:  # the reader has all it wanted
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 0
        return int(status)

    def _moved(self, looked_at: LookedAt) -> bool:
        """Whether a file is another than when it was looked at, or than HEAD has it."""
        found = self._found
        if not (self.uncommitted or set()).isdisjoint(looked_at):
            return True
        known = ((found.get(path, ()), marks) for path, marks in looked_at.items() if marks)
        return any(now != (*marks[:3], *sorted(marks[3:])) for now, marks in known)

    def keep(self, printed: bytes, looked_at: LookedAt, unseen: int, ended: Ended) -> None:
        """Keep an answer that was just printed, if nothing has changed since it was asked for.

        looked_at  the files of the working tree, as `Repository.looked_at`
        unseen     the divergences that nobody had seen
        """
        watched = sorted(looked_at)
        try:
            marks, newest = self._marks(watched)
            if newest >= self._began - RACY or self._moved(looked_at):
                return
            if self._look() != self._state:
                return
        except (OSError, SeedgitError):
            return
        status, outcome, reason = ended
        told = (self._asked, self._state, marks, str(unseen), str(status), outcome, reason or "")
        fields = [*(text.encode() for text in told), b"\0".join(watched), printed]
        write_whole(self._place, _BETWEEN.join(fields))


def joined(seen: Iterable[bytes | None]) -> str:
    """A hash of several texts, some of which may not be there."""
    return sha1(b"".join(b"-" if each is None else sha1(each) for each in seen)).hex()


def _told(words: Sequence[str]) -> list[str]:
    """All that an answer may depend on outside the clone."""
    streams = (sys.stdout, sys.stderr)
    how = [f"{stream.encoding} {stream.isatty()}" for stream in streams if stream]
    about = [__version__, repr(mark(__file__)), sys.version, os.getcwd(), *how]
    return [*about, *words, *(f"{name}={value}" for name, value in sorted(os.environ.items()))]


def _top(folder: str) -> str:
    """The top of the working tree around a folder; "" if there is none, or it is a linked one."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return ""
    git_dir = os.path.join(folder, ".git")
    return folder if os.path.isdir(git_dir) and not os.path.islink(git_dir) else ""


def git_says(*words: str) -> bytes | None:
    """What git prints; None if it failed."""
    status, out = answer(start_git(*words, env={**os.environ, **ALWAYS, **not_bare()}))
    return None if status else out


def mark(place: str | bytes) -> tuple[int, ...] | None:
    """What changes whenever a file does, the time last; None if there is no file."""
    try:
        found = os.lstat(place)
    except FileNotFoundError:
        return None
    times = found.st_mtime_ns, found.st_ctime_ns
    return found.st_dev, found.st_ino, found.st_size, min(times), max(times)


def _upstream(config: bytes) -> str | None:
    """The upstream that is configured, "" for none; None if the answer depends on more."""
    found = ""
    items = config.split(b"\0")[2::3]
    for key, equals, value in (item.partition(b"\n") for item in items):
        if key.startswith(b"seedgit-live.") or (
            key.startswith(b"seedgit-layer.") and key.endswith(b".when")
        ):
            return None
        if key == b"seedgit.upstream":
            found = os.fsdecode(value if equals else b"true")
    return found


def _entries(status: bytes | None) -> tuple[dict[bytes, list[str]], set[bytes]]:
    """git-status(1), "Porcelain Format Version 2": what it says of the branch, nothing if there is
    more than changes, such as a conflict; and the paths that differ from HEAD."""
    about: dict[bytes, list[str]] = {}
    changed: set[bytes] = set()
    for line in (status or b"").split(b"\0")[:-1]:
        kind, _, rest = line.partition(b" ")
        if kind == b"#":
            name, _, value = rest.partition(b" ")
            about[name] = [os.fsdecode(value)]
        elif kind == b"1":
            changed.add(rest.split(b" ", 7)[7])
        else:
            return {}, set()
    return about, changed


def _patterns(names: Iterable[str]) -> list[str]:
    """Which refs count: seedgit's own, what replaces objects, and what may be the upstream."""
    own = ["refs/seedgit/", "refs/replace/", "refs/remotes/upstream/"]
    return [*own, *(place % name for name in names for place in _PLACES)]


def _is_among(name: str, refs: bytes) -> bool:
    """Whether a name is that of a ref among these, and not another way to name a commit."""
    listed = {line.split(b" ")[2] for line in refs.splitlines()}
    return any(os.fsencode(place % name) in listed for place in _PLACES)
