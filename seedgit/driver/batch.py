"""A whole merge at once: the results of all files that both sides changed, for the calls to come.

git calls a driver for one file at a time, and a call costs what starting Python costs. git merge
and git pull name the commit that they merge, and a rebase writes down what it picks. So the first
call knows which files will follow, merges them all in a few processes, and leaves the results in
the folder of this merge (seedgit/merge_folder.py). What was not foreseen (a rename, several merge
bases), is large, takes long, or has something to be said, is left to its own call.
"""

from __future__ import annotations

import os
import time

from seedgit import merge_folder
from seedgit.conflict_line import LINE
from seedgit.driver.foreseen import Chain, Foreseen, contents, foreseen, id_like
from seedgit.driver.git import ask
from seedgit.driver.line_merges import LineMerges
from seedgit.driver.run import Run
from seedgit.driver.settings import LISTED, Settings
from seedgit.files.git_dir import find_common_dir
from seedgit.files.rules_file import text_file
from seedgit.files.safe import NEW
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from seedgit.driver.rules import RulesOfMerge

SECONDS = 2.0  # for one file; its own call has all the time that the settings give
BYTES_MOST = 1 << 28  # of the results of one process; it merges no more than that
SLOW_MOST = 3  # after so many slow files, a process merges no more
A_PROCESS = 64  # files for which another process pays
PROCESSES_MOST = 8
GARBAGE = 20_000  # new objects after which cycles are looked for
OF_MANY = 512  # bytes from which the lines of a file are looked at, as what that needs is loaded
AT_ONCE = 600  # blobs that are in memory together


def begin(folder: str, path: str, rules: RulesOfMerge) -> Batch | None:
    """Begin to merge the other files of this merge; None where there is nothing to merge.

    folder  where the results go, which the shell named
    path    the file of this call

    Raises OSError, InputError, TimeoutError, MemoryError.
    """
    git_dir = merge_folder.git_dir_of(folder)
    files = os.path.join(folder, merge_folder.FILES + merge_folder.step(git_dir))
    is_open = merge_folder.is_open(folder)
    if (is_open and os.path.exists(files)) or not os.path.exists(f"{git_dir}/{merge_folder.LOCK}"):
        return None
    # The shell links a result to %A, which is not possible from one disk to another.
    if os.stat(git_dir).st_dev != os.stat(os.curdir).st_dev:
        return None
    merges = os.path.dirname(folder)
    os.makedirs(merges, 0o700, exist_ok=True)
    chains = foreseen(git_dir, rules.theirs, path, merges)
    if not chains:
        return None
    merge_folder.sweep(merges)
    if not is_open:
        if os.path.lexists(folder):  # of an older process
            merge_folder.put_aside(folder)
        os.mkdir(folder, 0o700)
        _write_new(os.path.join(folder, merge_folder.TELL), f"{LINE}\n".encode())
    os.mkdir(files, 0o700)
    hangs_on = _hangs_on(folder, next(iter(chains[0].ids)))
    # Both are read now that it is known what they were.
    settings = Settings(ask(*LISTED))
    rules.read(settings)
    if not settings.mode.live:
        return None
    return Batch(folder, chains, rules, settings, hangs_on)


def _hangs_on(folder: str, id: str) -> list[str]:
    """The ids, like `id`, of what the results depend on: the files with rules and with settings.
    All but the rules of the working tree are linked into the folder."""
    names = [name for name in os.listdir(folder) if name.startswith(merge_folder.HANGS_ON)]
    links = sorted(os.path.join(folder, name) for name in names)
    if not links:
        listed = ask("config", "-z", "--show-origin", "--name-only", "--list").split("\0")
        files = dict.fromkeys(name for name in listed if name.startswith("file:"))
        of_layers = text_file(find_common_dir() or "")
        for number, name in enumerate([*files, of_layers]):
            link = os.path.join(folder, f"{merge_folder.HANGS_ON}{number:03}")
            os.symlink(os.path.abspath(name.removeprefix("file:")), link)
            links.append(link)
    rules = RULES_FILE if os.path.isfile(RULES_FILE) else os.devnull
    found = []
    for name in (rules, *links):
        with open(name, "rb") as file:
            found.append(id_like(id, file.read()))
    return found


class Batch:
    """Processes that merge the files."""

    def __init__(
        self,
        folder: str,
        chains: Sequence[Chain],
        rules: RulesOfMerge,
        settings: Settings,
        hangs_on: Sequence[str],
    ) -> None:
        merges = sum(len(chain.steps) for chain in chains)
        count = min(os.cpu_count() or 1, PROCESSES_MOST, 1 + merges // A_PROCESS, len(chains))
        merge_many(chains[0].path)
        self._processes = []
        for number in range(count):
            process = os.fork()
            if not process:
                _work(Worker(folder, rules, settings, hangs_on), chains[number::count])
            self._processes.append(process)

    def wait(self) -> None:
        for process in self._processes:
            os.waitpid(process, 0)


def _work(worker: Worker, chains: Sequence[Chain]) -> None:
    """What a forked process does. What it does not get done is left to each file's own call."""
    status = 1
    try:
        worker.merge(chains)
        status = 0
    finally:
        os._exit(status)


class Worker:
    def __init__(
        self, folder: str, rules: RulesOfMerge, settings: Settings, hangs_on: Sequence[str]
    ) -> None:
        self._folder = folder
        self._rows_file = os.path.join(folder, f"{merge_folder.ROWS}{os.getpid()}")
        self._rows = -1
        self._place = os.path.join(folder, f"lines-{os.getpid()}")
        self._lines: LineMerges | None = None
        self.rules = rules
        self._settings = settings
        self._hangs_on = hangs_on
        self._parent = os.getppid()
        self._slow = 0
        self._left = BYTES_MOST
        self._folders: set[str] = set()

    def merge(self, chains: Sequence[Chain]) -> None:
        import gc

        # Many documents come and go; what all processes share stays as it is.
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()
        self._settings.seconds = min(self._settings.seconds or SECONDS, SECONDS)
        if os.environ.get("SEEDGIT_JOURNAL") != "off":
            self._rows = os.open(self._rows_file, NEW, 0o600)
        for some in _at_once(chains):
            self._merge_some(some)
        if self._lines is not None:
            merge_folder.remove(self._place)

    def _merge_some(self, chains: Sequence[Chain]) -> None:
        """Merge the first steps of all chains, then the second ones, and so on."""
        blobs = contents(sorted({id for chain in chains for id in chain.ids}), self._folder)
        going = [_Going(chain, blobs) for chain in chains]
        while going:
            jobs = [job for one in going if (job := one.next()) is not None]
            results = {job.path: text for job, text in self._results(jobs, blobs)}
            going = [one for one in going if one.goes_on(results)]

    def _results(
        self, jobs: Sequence[Foreseen], blobs: Mapping[str, bytes]
    ) -> Iterator[tuple[Foreseen, bytes]]:
        """Make these merges, and keep the results. Returns those without conflicts."""
        left = []
        for job in jobs:
            run = Run(job.path, job.data, None, job.size, self._settings)
            if not self._made(job, run, run.settle):
                left.append((job, run))
            elif run.result is not None:
                yield job, run.result.text
        left = [(job, run) for job, run in left if LineMerges.can_merge(job.data)]
        if not left:
            return
        if self._lines is None:
            self._lines = LineMerges(self._place, jobs[0].ours)
        for job, _ in left:
            self._lines.put(job.ours, blobs[job.ours])
        merged = self._lines.merged([job for job, _ in left])
        for (job, run), by_lines in zip(left, merged, strict=False):
            run.by_lines = by_lines
            if self._made(job, run, run.merge) and run.result is not None and run.result.clean:
                yield job, run.result.text

    def _made(self, job: Foreseen, run: Run, make: Callable[[RulesOfMerge], None]) -> bool:
        """Make a merge, and keep its result; False where there is none."""
        if self._slow >= SLOW_MOST or self._left < 0 or os.getppid() != self._parent:
            return False
        started = time.monotonic()
        try:
            make(self.rules)
            if run.result is None or run.remarks:
                return False
            self._keep(job, run, (time.monotonic() - started) * 1000)
        except (TimeoutError, MemoryError):
            self._slow += 1
            return False
        except Exception:  # its own call says what; or a name that this disk does not take
            return False
        return True

    def _keep(self, job: Foreseen, run: Run, ms: float) -> None:
        """Put the result into the folder. The key comes last: without it nothing counts."""
        result = run.result
        assert result is not None
        name = f"{merge_folder.FILES}{job.step}/{job.path}"
        place = os.path.join(self._folder, name)
        above = os.path.dirname(place)
        if above not in self._folders:
            os.makedirs(above, 0o700, exist_ok=True)
            self._folders.add(above)
        elif os.path.lexists(place + merge_folder.KEY):  # of another time that this was foreseen
            for end in (merge_folder.KEY, merge_folder.RESULT):
                os.unlink(place + end)
        status = int(not result.clean)
        self._left -= len(result.text)
        _write_new(place + merge_folder.RESULT, result.text)
        if self._rows >= 0:
            import json

            row = {"time": time.time(), **run.row(status, ms, len(job.ours) // 2)}
            os.write(self._rows, json.dumps([name, row], default=str).encode() + b"\n")
        ids = (job.base, job.ours, job.theirs, job.id_of(result.text), *self._hangs_on)
        key = f"{job.path}\n{status} {job.size} {' '.join(ids)}\n"
        _write_new(place + merge_folder.KEY, os.fsencode(key))


class _Going:
    """A chain on its way: at which step it is, and the blob of ours there."""

    def __init__(self, chain: Chain, blobs: dict[str, bytes]) -> None:
        self._chain = chain
        self._blobs = blobs
        self._steps = iter(chain.steps)
        self._ours = chain.ours
        self._job: Foreseen | None = None

    def next(self) -> Foreseen | None:
        """The next true merge; None behind the last one, and where a version is not there."""
        self._job = None
        for step, base, theirs in self._steps:
            if self._ours == base:
                self._ours = theirs
            elif self._ours != theirs:
                ids = (base, self._ours, theirs)
                found = [self._blobs.get(id) if id else b"" for id in ids]
                data = [each for each in found if each is not None]
                if len(data) == 3 and theirs and self._ours:
                    self._job = Foreseen(self._chain, step, ids, data)
                break
        return self._job

    def goes_on(self, results: Mapping[str, bytes]) -> bool:
        """Go on with the result of the merge, if there is one."""
        if self._job is None or self._chain.path not in results:
            return False
        text = results[self._chain.path]
        self._ours = self._job.id_of(text)
        self._blobs[self._ours] = text
        return True


def merge_many(path: str) -> None:
    """Prepare this process, and those that it starts, to merge many files, most of this name."""
    import json  # noqa: F401

    from seedgit.formats.registry import format_of
    from seedgit.merge import engine

    engine.SHORTEN_FROM = OF_MANY
    format = format_of(path)
    if format is not None:
        format.cutter()


def _at_once(chains: Sequence[Chain]) -> Iterator[list[Chain]]:
    some: list[Chain] = []
    blobs = 0
    for chain in chains:
        some.append(chain)
        blobs += len(chain.ids)
        if blobs >= AT_ONCE:
            yield some
            some, blobs = [], 0
    if some:
        yield some


def _write_new(name: str, data: bytes) -> None:
    """Make a new file. One that is written in part is one that nobody uses."""
    file = os.open(name, NEW, 0o600)
    try:
        os.write(file, data)
    finally:
        os.close(file)
