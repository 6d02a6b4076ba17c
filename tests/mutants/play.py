"""A plugin of pytest that plays mutants in place of the tests: each in a fork of its own.

The tests are imported and collected once. A fork has the mutated file on the disk, for whatever
the tests start, and the mutated code in the functions that are loaded already; then it runs the
tests that reach the place, the fastest first, until one fails. `MUTANTS_SESSION` names
cosmic-ray's session, `MUTANTS_REACHED` what noting.py left.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.reached import Reached
from tests.starting import real_interpreter

if TYPE_CHECKING:
    from cosmic_ray.work_item import WorkItem

MEMORY = 6 * 2**30
TIMES, AT_LEAST = 3, 10  # a time-out, beside what the unmutated code takes: CPU seconds
EXAMPLES = 10
ANEW = 30  # seconds more for importing and collecting once more
AROUND = 7  # words and signs of its line that are told on each side of a mutation
WALL = 12  # the same in seconds of the clock, for what waits and for a busy machine
KILLED, SURVIVED, TIMED_OUT, UNREACHED = "killed", "survived", "timed out", "not reached"


def codes_of(source: str, filename: str) -> dict[tuple[str, int], CodeType]:
    """The code of each function, by its qualified name and first line."""
    found = {}
    waiting = [compile(source, filename, "exec")]
    while waiting:
        code = waiting.pop()
        waiting += [each for each in code.co_consts if isinstance(each, CodeType)]
        found[code.co_qualname, code.co_firstlineno] = code
    return found


def put_in(source: str, filename: str) -> None:
    """Give all functions of a file, as loaded here, the code that they have in this source."""
    codes = codes_of(source, filename)
    for function in gc.get_objects():
        if isinstance(function, FunctionType) and function.__code__.co_filename == filename:
            old = function.__code__
            function.__code__ = codes[old.co_qualname, old.co_firstlineno]


def fits(was: str, source: str) -> bool:
    """Whether the functions of one source can be put into those of the other."""
    old, new = codes_of(was, ""), codes_of(source, "")
    return old.keys() == new.keys() and all(
        len(new[key].co_freevars) == len(code.co_freevars) for key, code in old.items()
    )


@dataclass
class Player:
    """Plays mutants with the tests of a session."""

    session: pytest.Session
    reached: Reached
    limit: float  # unmutated CPU seconds of the tests that one mutant is given at most
    items: dict[str, pytest.Item] = field(default_factory=dict)
    log: Path = Path(os.devnull)

    def tests(self, names: set[str]) -> tuple[list[pytest.Item], float, int]:
        """What to run for a mutant, how long it takes, and how many are left out for the limit."""
        seconds = self.reached.seconds
        new = [name for name in self.items if name not in seconds]  # since what was noted
        known = [name for name in seconds if name in self.items]
        known = [name for name in known if name in names]
        chosen, total = [*new], 0.0
        for name in self._in_turn(known):
            if total + seconds[name] > self.limit:
                return [self.items[each] for each in chosen], total, len(new + known) - len(chosen)
            total += seconds[name]
            chosen.append(name)
        return [self.items[name] for name in chosen], total, 0

    def _in_turn(self, names: list[str]) -> list[str]:
        """The fastest first; a test with many examples counts for slower with each of them."""
        met: Counter[str] = Counter()
        turns = {}
        for name in sorted(names, key=self.reached.seconds.__getitem__):
            test = name.partition("[")[0]
            turns[name] = self.reached.seconds[name] * (1 + met[test] / EXAMPLES)
            met[test] += 1
        return sorted(names, key=turns.__getitem__)

    def play(self, path: Path, line: int, was: str, source: str) -> tuple[str, str]:
        """What became of a mutant, and a word about it. Its source is in the file already."""
        names = self.reached.tests(path, line)
        # What importing runs, functions that are loaded do not show.
        anew = names is None or not fits(was, source)
        names = self.reached.any_of(path) if names is None else names
        items, seconds, left_out = self.tests(names)
        if not items:
            return UNREACHED, "no test reaches it"
        place = Path(tempfile.mkdtemp(prefix="mutant-"))
        child = os.fork()
        if child == 0:
            os.setsid()
            most = seconds * TIMES + AT_LEAST
            if anew:
                self._run_anew(items, place, most)
            self._run(items, path, source, place, most)
        status = _wait(child, (seconds * TIMES + AT_LEAST) * WALL)
        shutil.rmtree(place, ignore_errors=True)
        said = self.log.read_text().strip() if self.log.is_file() else ""
        said = said.splitlines()[-1] if said else ""
        if status == 0:
            rest = f", {left_out} more left out" if left_out else ""
            return SURVIVED, f"{len(items)} tests, {seconds:.1f} s{rest}"
        if status in (-signal.SIGXCPU, -signal.SIGKILL):
            return TIMED_OUT, said
        return KILLED, said

    def _run(
        self, items: list[pytest.Item], path: Path, source: str, place: Path, most: float
    ) -> None:
        """In the fork: 0 if all tests pass. It never returns."""
        status = 9
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (round(most), round(most) + 5))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            self.session.config._tmp_path_factory._basetemp = place  # type: ignore[attr-defined]
            put_in(source, str(path))
            status = self._first_failure(items)
        except BaseException as error:  # a mutant may raise anything
            self.log.write_text(f"{type(error).__name__}: {error}")
        finally:
            os._exit(status)

    def _run_anew(self, items: list[pytest.Item], place: Path, most: float) -> None:
        """In the fork: another pytest, which imports all anew. It never returns."""
        resource.setrlimit(resource.RLIMIT_CPU, (round(most) + ANEW, round(most) + ANEW + 5))
        listed = place / "tests"
        listed.write_text("".join(f"{item.nodeid}\n" for item in items))
        with self.log.open("w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        words = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--tb=line"]
        words += [f"--basetemp={place / 'temp'}", f"@{listed}"]
        os.execv(real_interpreter(), [real_interpreter(), *words])

    def _first_failure(self, items: list[pytest.Item]) -> int:
        for item, after in zip(items, [*items[1:], None], strict=True):
            self.log.write_text(item.nodeid)
            for report in runtestprotocol(item, log=False, nextitem=after):
                if report.failed:
                    last = str(report.longrepr).strip().splitlines()[-1:]
                    self.log.write_text(f"{item.nodeid} ({report.when}) {''.join(last)}")
                    return 1
        return 0


def _wait(child: int, seconds: float) -> int:
    """How a fork ended. Whatever it started is ended with it."""
    end = time.monotonic() + seconds
    pause = 0.01
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            break
        time.sleep(pause)
        pause = min(pause * 1.2, 0.5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)


def _without_shrinking(item: pytest.Item) -> None:
    """That an example fails is enough: no shorter one is looked for."""
    test = getattr(item, "obj", None)
    used = getattr(test, "_hypothesis_internal_use_settings", None)
    if used is not None:
        from hypothesis import Phase, settings

        few = [phase for phase in used.phases if phase not in (Phase.shrink, Phase.explain)]
        test = getattr(test, "__func__", test)
        test._hypothesis_internal_use_settings = settings(used, phases=few)


def pytest_runtestloop(session: pytest.Session) -> bool:
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors while collecting")
    warnings.simplefilter("ignore", SyntaxWarning)  # of a mutant, such as `is not "map"`
    gc.unfreeze()  # what is frozen is not among the objects that put_in looks through
    gc.disable()
    folder = Path(os.environ["MUTANTS_REACHED"])
    player = Player(session, Reached(folder), float(os.environ["MUTANTS_LIMIT"]))
    player.items = {item.nodeid: item for item in session.items}
    player.log = Path(os.environ["MUTANTS_SESSION"]).with_name("said")
    for item in session.items:
        _without_shrinking(item)
    play_all(player, Path(os.environ["MUTANTS_SESSION"]))
    return True


def play_all(player: Player, session: Path) -> None:
    """Play what waits in cosmic-ray's session, and put down what became of it."""
    from cosmic_ray.mutating import use_mutation
    from cosmic_ray.plugins import get_operator
    from cosmic_ray.work_db import WorkDB, use_db
    from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

    end = time.monotonic() + 60 * float(os.environ["MUTANTS_MINUTES"])
    with use_db(str(session), WorkDB.Mode.open) as work:
        pending = sorted(work.pending_work_items, key=_turn)
        for number, item in enumerate(pending, 1):
            if time.monotonic() > end:
                break
            spec = item.mutations[0]
            player.reached.tests(spec.module_path, spec.start_pos[0])  # as the file is
            operator = get_operator(spec.operator_name)(**spec.operator_args)
            with use_mutation(spec.module_path, operator, spec.occurrence) as (before, after):
                try:
                    compile(after, "", "exec")
                except SyntaxError:
                    skipped = WorkResult(worker_outcome=WorkerOutcome.SKIPPED)
                    work.set_result(item.job_id, skipped)
                    continue
                became, word = player.play(spec.module_path, spec.start_pos[0], before, after)
            alive = became in (SURVIVED, UNREACHED)
            result = WorkResult(
                worker_outcome=WorkerOutcome.NORMAL,
                output=f"{became}\n{word}",
                test_outcome=TestOutcome.SURVIVED if alive else TestOutcome.KILLED,
                diff=changed(before, after),
            )
            work.set_result(item.job_id, result)
            at = f"{number}/{len(pending)} {spec.module_path.name}:{spec.start_pos[0]}"
            print(at, became, word[:150], file=sys.__stdout__, flush=True)


def _turn(item: WorkItem) -> bytes:
    """Any order that is the same each time, and goes to and fro between the modules."""
    spec = item.mutations[0]
    text = f"{spec.module_path.name} {spec.operator_name} {spec.occurrence}"
    return hashlib.sha256(text.encode()).digest()


def changed(before: str, after: str) -> str:
    """What is another text now, as it is and as it was made, with a little of its line."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    old, new = next((pair for pair in pairs if pair[0] != pair[1]), (before, after))
    was, now = (re.findall(r"\w+|\s+|.", text) for text in (old.strip(), new.strip()))
    start = _alike(was, now)
    end = _alike(was[start:][::-1], now[start:][::-1])
    start, end = max(start - AROUND, 0), max(end - AROUND, 0)
    return "  ->  ".join("".join(words[start : len(words) - end]).strip() for words in (was, now))


def _alike(a: list[str], b: list[str]) -> int:
    """How many words are the same from the start on."""
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
