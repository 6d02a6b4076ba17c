"""Fails every call that writes, in turn, under every command: `make faults`.

usage: python -m tests.faults.campaign [--only SCENARIO] [--fault NAME] [--every N | --at N |
                                        --sample N]

After each fault: every value, file and setting is as it was before the command or as it is after
it; what is not done is not called done; a failure is in the journal, and has no traceback; the
next command works, or says what to mend; and the command, given again, ends as if nothing had been.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pygit2

from seedgit.errors import EXIT_CODES, INTERNAL
from seedgit.files.safe import TEMPORARY
from seedgit.layers import DEFAULT_OVERLAY
from seedgit.operations import init
from tests.conftest import DATE, Repo
from tests.faults.control import FAULTS, Control, Ended, Fault, compiler, environment
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.site import PATH, seedgit

Atoms = dict[tuple[str, ...], object]
QUIET = Fault(0)
JOURNAL = "seedgit/journal"
TIDIED = ("contents", "in-place")
UNFINISHED = re.compile(rf"{re.escape(TEMPORARY)}|^\.merge_file_")  # seedgit's, and git's own


class Campaign:
    """One scenario: its world, as it is before, and what the command makes of it."""

    def __init__(self, folder: Path, scenario: Scenario) -> None:
        self.scenario = scenario
        self._folder = folder
        self.world, self._kept = folder / "world", folder / "kept"
        for place in (self.world, self._kept):
            shutil.rmtree(place, ignore_errors=True)
        self.world.mkdir()
        scenario.build(self.world)
        self._control = Control(self.world)
        shutil.copytree(self.world, self._kept, symlinks=True)
        self._row = last_row(self.world)[0]
        self.before = atoms(self.world)
        self.clean = self.run(0, QUIET)
        self.after = atoms(self.world)

    def run(self, at: int, fault: Fault) -> Ended:
        """Run the command in the world as it was."""
        shutil.rmtree(self.world)
        shutil.copytree(self._kept, self.world, symlinks=True)
        return self._again(at, fault)

    def _again(self, at: int, fault: Fault) -> Ended:
        run = self.scenario.run
        return self._control.run(lambda: run(self.world), at, fault, self._folder)

    def tried(self, at: int, fault: Fault) -> tuple[Ended, list[str]]:
        """What is wrong after a fault at a call."""
        ended = self.run(at, fault)
        wrong = list(self._ended_wrong(ended, fault))
        try:
            wrong += self._left_wrong(ended, fault)
        except Exception as error:  # whatever it is, the campaign goes on
            wrong.append(f"what is left cannot be read: {type(error).__name__}: {error}")
        return ended, wrong

    def _ended_wrong(self, ended: Ended, fault: Fault) -> Iterator[str]:
        said, status = ended.errors, ended.status
        if "Traceback" in said or "internal error" in said:
            yield f"a traceback: {said.strip()[-400:]}"
        if status == -14:
            yield "it hangs"
        if self.scenario.guard and status == 0:
            yield "it let pass what it should refuse"
        if self.scenario.program or status < 0:
            return
        if status not in EXIT_CODES or status == INTERNAL:
            yield f"status {status}"
        if status != self.clean.status:
            if "hint:" not in said and not self.scenario.silent and not ended.out:
                yield f"no hint: {said.strip()}"
            if not fault.lasting and JOURNAL not in ended.hit and not self._recorded():
                yield f"not in the journal: {said.strip()}"

    def _recorded(self) -> bool:
        """Whether there is a row of this run, as one that failed."""
        number, outcome = last_row(self.world)
        return number > self._row and outcome != "done"

    def _left_wrong(self, ended: Ended, fault: Fault) -> Iterator[str]:
        now = atoms(self.world)
        yield from self._torn(now, ended)
        done = ended.status == self.clean.status
        if done and not self.scenario.silent:
            yield from (f"called done: {each}" for each in _others(now, self.after))
        if self.scenario.once:
            return
        yield from self._locks_left(ended, fault.how < 0)
        if atoms(self.world) == self.after:
            if fault.how >= 0 and "unlink" not in ended.hit:  # else the next command does it
                yield from self._left_behind()
            return
        if self.scenario.mend:
            words = ["sh", "-c", self.scenario.mend]
            subprocess.run(words, cwd=self.world / "site", capture_output=True, check=False)
        last = self._again(0, QUIET)
        if last.status != self.clean.status:
            yield f"given again, it ends with {last.status}: {last.errors.strip()}"
        yield from (f"given again: {each}" for each in _others(atoms(self.world), self.after))
        yield from self._left_behind()

    def _left_behind(self) -> Iterator[str]:
        """Temporary files. What is kept by its hash is tidied later, once it is old."""
        for place in self.world.rglob(f"*{TEMPORARY}*"):
            if place.parent.name not in TIDIED:
                yield f"left behind: {place.relative_to(self.world)}"

    def _torn(self, now: Atoms, ended: Ended) -> Iterator[str]:
        """What is neither as it was before nor as it is after."""
        conflicts = {name[1] for name in now if name[0] == "conflict"}
        for name in {**self.before, **self.after, **now}:
            value = now.get(name)
            if name[0] in self.scenario.between:
                continue
            if value in (self.before.get(name), self.after.get(name)):
                if name[0] == "file" and name[1].removeprefix("site/") in conflicts:
                    yield f"in conflict, and has no markers: {name[1]}"
                continue
            if self.scenario.once and name[0] == "file":
                marked = value is not None and b"<<<<<<<" in value  # type: ignore[operator]
                if marked if value is not None else ended.status >= 128:
                    continue
            if conflicts and (name[0] != "file" or b"<<<<<<<" in (value or b"")):  # type: ignore[operator]
                continue  # git's own merge
            yield f"neither old nor new: {name}: {value!r:.300}"

    def _locks_left(self, ended: Ended, killed: bool) -> Iterator[str]:
        """What a process that was killed has locked: the command, given again, says what to do."""
        locks = [place for place in self.world.rglob("*.lock") if place.is_file()]
        if not locks:
            return
        said = self._again(0, QUIET)
        ours = not (self.scenario.program or self.scenario.silent)
        told = said.out or "hint:" in said.errors
        if ours and said.status != self.clean.status and not told:
            yield f"locked, it ends with {said.status}: {said.errors.strip()}"
        for lock in locks:
            if not (killed or "unlink" in ended.hit or self.scenario.program):
                yield f"a lock is left: {lock.name}"
            lock.unlink(missing_ok=True)


def _others(now: Atoms, wanted: Atoms) -> Iterator[str]:
    for name in {**now, **wanted}:
        if now.get(name) != wanted.get(name):
            yield f"{name}: {now.get(name)!r:.200} and not {wanted.get(name)!r:.200}"


def atoms(world: Path) -> Atoms:
    """Everything that counts, piece by piece: what is in step with what is another question."""
    site = Repo(world / "site")
    found: Atoms = {}
    for top in (site.path, world / "app"):
        for place in sorted(top.rglob("*")) if top.is_dir() else ():
            name = place.relative_to(world)
            if ".git" not in name.parts and place.is_file() and not UNFINISHED.search(place.name):
                found["file", str(name)] = place.read_bytes()
    for place in (site.path / ".git/hooks").glob("*"):
        if TEMPORARY not in place.name:
            found["hook", place.name] = place.read_bytes(), place.stat().st_mode
    git = pygit2.Repository(str(site.path))
    for entry in git.config:
        if entry.level == pygit2.enums.ConfigLevel.LOCAL:
            found["setting", entry.name] = entry.value
    for staged in git.index:
        found["staged", staged.path] = str(staged.id)
    for conflict in git.index.conflicts or ():
        found["conflict", next(side.path for side in conflict if side)] = True
    found["head",] = str(git.head.peel(pygit2.Tree).id)
    told = seedgit(site, "status", "--overlay", "--json")
    assert told.status == 0, told.err
    for field in json.loads(told.out)["fields"]:
        found["override", field["path"], field["pointer"]] = field["status"], field.get("local")
    shown = seedgit(site, "render", PATH)
    found["effective",] = shown.out or shown.err
    return found


def last_row(world: Path) -> tuple[int, str]:
    """The number and the outcome of the journal's last row; 0 where there is none."""
    place = world / f"site/.git/{JOURNAL}.sqlite"
    if not place.exists():
        return 0, ""
    with contextlib.closing(sqlite3.connect(place)) as file:
        row = file.execute("SELECT id, outcome FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    return row or (0, "")


@contextlib.contextmanager
def sealed(folder: Path) -> Iterator[None]:
    """As tests/conftest.py: nothing of the machine's own, and one date."""
    home = folder / "home"
    home.mkdir()
    (home / "template").mkdir()
    (home / "gitconfig").write_text(
        "[user]\n\tname = Sam Site\n\temail = sam@site.example\n"
        f"[init]\n\tdefaultBranch = main\n\ttemplateDir = {home / 'template'}\n"
        '[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n'
        "[core]\n\tfsync = none\n\ttrustctime = false\n\tcheckStat = minimal\n"
    )
    for name in list(os.environ):
        if name not in ("PATH", "LD_PRELOAD", "FAULTS_CONTROL"):
            del os.environ[name]
    os.environ.update(
        HOME=str(home),
        GIT_CONFIG_GLOBAL=str(home / "gitconfig"),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_AUTHOR_DATE=DATE,
        GIT_COMMITTER_DATE=DATE,
        GIT_EDITOR="false",
        GIT_TERMINAL_PROMPT="0",
        GIT_CEILING_DIRECTORIES=str(folder),
        LC_ALL="C",
        TZ="UTC",
    )
    init.machine_name = lambda: DEFAULT_OVERLAY  # type: ignore[assignment]
    yield


class Arguments(argparse.Namespace):
    only: list[str]
    fault: list[str]
    every: int
    at: int
    sample: int


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", choices=SCENARIOS)
    parser.add_argument("--fault", action="append", choices=FAULTS)
    parser.add_argument("--every", type=int, default=1, help="only every n-th call")
    parser.add_argument("--at", type=int, default=0, help="only this call")
    parser.add_argument("--sample", type=int, default=0, help="so many, spread over all")
    options = parser.parse_args(argv, namespace=Arguments())
    if "FAULTS_CONTROL" not in os.environ:
        return _preloaded(sys.argv[1:] if argv is None else argv)
    total = bad = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as name, sealed(Path(name)):
        for scenario in options.only or SCENARIOS:
            tried, wrong = campaign(Path(name), scenario, options)
            total, bad = total + tried, bad + wrong
    print(f"faults: {total} tried, {bad} with something wrong")
    return 1 if bad else 0


def campaign(folder: Path, name: str, options: Arguments) -> tuple[int, int]:
    """Try every fault under one command: how many, and after how many something is wrong."""
    start = time.monotonic()
    run = Campaign(folder, SCENARIOS[name])
    total = bad = 0
    for fault, at in _chosen(run.clean.calls, options):
        ended, wrong = run.tried(at, FAULTS[fault])
        total, bad = total + 1, bad + bool(wrong)
        hit = ended.hit.replace(str(folder), "")
        for each in wrong:
            print(f"{name}: {fault} at {at}, {hit}, ends with {ended.status}: {each}")
    spent = time.monotonic() - start
    calls = run.clean.calls
    print(f"{name}: {calls} calls, {total} tried in {spent:.0f} s, {bad} wrong", flush=True)
    return total, bad


def _chosen(calls: int, options: Arguments) -> Iterator[tuple[str, int]]:
    """Which faults to try, and at which calls."""
    faults = options.fault or list(FAULTS)
    for number in range(options.sample):
        yield faults[number % len(faults)], 1 + number * calls // options.sample
    if options.sample:
        return
    for number, fault in enumerate(faults):
        first = options.at or 1 + number % options.every
        for at in range(first, calls + 1, options.every):
            yield fault, at
            if options.at:
                break


def _preloaded(words: list[str]) -> int:
    """Start again under the shim: it counts from a process's start on."""
    if compiler() is None:
        print("faults: there is no C compiler (cc), so no system call can be made to fail")
        return 0
    with tempfile.TemporaryDirectory(prefix="shim-") as name:
        env = {**os.environ, **environment(Path(name))}
        again = [sys.executable, "-m", "tests.faults.campaign", *words]
        return subprocess.run(again, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
