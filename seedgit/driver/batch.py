"""A whole merge at once: the results of all files that both sides changed, for the calls to come.

git calls a driver for one file at a time, and a call costs what starting Python costs. git merge
and git pull name the commit that they merge, and a rebase writes it down. So the first call knows
which files will follow, merges them all in a few processes, and leaves the results in the folder of
this merge (seedgit/merge_folder.py). What was not foreseen (a rename, several merge bases), is
large, takes long, or has something to be said, is left to its own call.
"""

from __future__ import annotations

import os
import time

from seedgit import merge_folder
from seedgit.conflict_line import LINE
from seedgit.driver.foreseen import Foreseen, contents, foreseen, ranges_of
from seedgit.driver.line_merges import LineMerges
from seedgit.driver.run import Run
from seedgit.files.safe import NEW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.driver.rules import RulesOfMerge
    from seedgit.driver.settings import Settings

SECONDS = 2.0  # for one file; its own call has all the time that the settings give
BYTES_MOST = 1 << 28  # of the results of one process; it merges no more than that
SLOW_MOST = 3  # after so many slow files, a process merges no more
A_PROCESS = 16  # files for which another process pays
PROCESSES_MOST = 8
GARBAGE = 20_000  # new objects after which cycles are looked for
AT_ONCE = 200  # files that are in memory together


def begin(folder: str, path: str, rules: RulesOfMerge, settings: Settings) -> Batch | None:
    """Begin to merge the other files of this merge; None where there is nothing to merge.

    folder  where the results go, which the shell named
    path    the file of this call

    Raises OSError, InputError, TimeoutError, MemoryError.
    """
    git_dir = merge_folder.git_dir_of(folder)
    if merge_folder.is_open(folder) or not os.path.exists(f"{git_dir}/{merge_folder.LOCK}"):
        return None
    # The shell renames a result to %A, which would not be one step from one disk to another.
    if os.stat(git_dir).st_dev != os.stat(os.curdir).st_dev:
        return None
    ranges = ranges_of(git_dir, rules.theirs)
    if ranges is None:
        return None
    merges = os.path.dirname(folder)
    os.makedirs(merges, 0o700, exist_ok=True)
    files = foreseen(ranges, path, merges)
    if not files:
        return None
    rules.read(settings.limit())
    merge_folder.sweep(merges)
    if os.path.lexists(folder):  # of an earlier pick of a rebase, or an older process
        merge_folder.put_aside(folder)
    os.mkdir(folder, 0o700)
    os.mkdir(os.path.join(folder, merge_folder.FILES), 0o700)
    tell = os.path.join(folder, merge_folder.TELL)
    _write_new(tell, f"{LINE}\n".encode())
    return Batch(folder, files, rules, settings)


class Batch:
    """Processes that merge the files."""

    def __init__(
        self, folder: str, files: Sequence[Foreseen], rules: RulesOfMerge, settings: Settings
    ) -> None:
        count = min(os.cpu_count() or 1, PROCESSES_MOST, 1 + len(files) // A_PROCESS)
        self._processes = []
        for number in range(count):
            process = os.fork()
            if not process:
                _work(Worker(folder, number, rules, settings), files[number::count])
            self._processes.append(process)

    def wait(self) -> None:
        for process in self._processes:
            os.waitpid(process, 0)


def _work(worker: Worker, files: Sequence[Foreseen]) -> None:
    """What a forked process does. What it does not get done is left to each file's own call."""
    status = 1
    try:
        worker.merge(files)
        status = 0
    finally:
        os._exit(status)


class Worker:
    def __init__(self, folder: str, number: int, rules: RulesOfMerge, settings: Settings) -> None:
        self._folder = folder
        self._files = os.path.join(folder, merge_folder.FILES)
        self._rows_file = os.path.join(folder, f"{merge_folder.ROWS}{number}")
        self._rows = -1
        self._place = os.path.join(folder, f"lines-{number}")
        self.rules = rules
        self._settings = settings
        self._parent = os.getppid()
        self._slow = 0
        self._left = BYTES_MOST
        self._made: set[str] = set()

    def merge(self, files: Sequence[Foreseen]) -> None:
        import gc

        from seedgit.merge.engine import merge_many

        merge_many()
        # Many documents come and go; what all processes share stays as it is.
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()
        self._settings.seconds = min(self._settings.seconds or SECONDS, SECONDS)
        if os.environ.get("SEEDGIT_JOURNAL") != "off":
            self._rows = os.open(self._rows_file, NEW, 0o600)
        lines = LineMerges(self._place, files[0].ours)
        for first in range(0, len(files), AT_ONCE):
            self._merge_some(lines, files[first : first + AT_ONCE])
        merge_folder.remove(self._place)

    def _merge_some(self, lines: LineMerges, files: Sequence[Foreseen]) -> None:
        found = contents(files, self._folder)
        texts = {file: data for file, data in found if lines.can_merge(data)}
        merged = lines.merged(list(texts), list(texts.values()))
        for file, by_lines in merged:
            if self._slow >= SLOW_MOST or self._left < 0 or os.getppid() != self._parent:
                return
            self._merge_one(file, texts[file], by_lines)

    def _merge_one(self, file: Foreseen, data: list[bytes], by_lines: bytes | None) -> None:
        started = time.monotonic()
        run = Run(file.path, data, by_lines, file.size, self._settings)
        try:
            run.merge(self.rules)
        except (TimeoutError, MemoryError):
            self._slow += 1
            return
        except Exception:  # its own call says what
            return
        if run.result is None or run.remarks:
            return
        try:
            self._keep(file, run, (time.monotonic() - started) * 1000)
        except OSError:  # a name that this disk does not take
            return

    def _keep(self, file: Foreseen, run: Run, ms: float) -> None:
        """Put the result into the folder. The key comes last: without it nothing counts."""
        result = run.result
        assert result is not None
        place = os.path.join(self._files, file.path)
        above = os.path.dirname(place)
        if above not in self._made:
            os.makedirs(above, 0o700, exist_ok=True)
            self._made.add(above)
        status = int(not result.clean)
        self._left -= len(result.text)
        _write_new(place + merge_folder.RESULT, result.text)
        if self._rows >= 0:
            import json

            row = {"time": time.time(), **run.row(status, ms)}
            os.write(self._rows, json.dumps(row, default=str).encode() + b"\n")
        ids = (file.base, file.ours, file.theirs, file.id_of(result.text))
        key = f"{status} {file.size} {' '.join(ids)}\n{file.path}\n"
        _write_new(place + merge_folder.KEY, os.fsencode(key))


def _write_new(name: str, data: bytes) -> None:
    """Make a new file. One that is written in part is one that nobody uses."""
    file = os.open(name, NEW, 0o600)
    try:
        os.write(file, data)
    finally:
        os.close(file)
