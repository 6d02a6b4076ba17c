"""Tries out the installed entry points in a temporary repository.

The driver's command line merges a file in which git alone has a conflict. The hooks' scripts and
the `seedgit` of the shell are run, and an overlay is written. Each must have done its work, and all
must use the same store.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from seedgit import codes
from seedgit.errors import SeedgitError
from seedgit.git.process import Ran, run_program
from seedgit.git.settings import DRIVER_KEY
from seedgit.journal import Journal
from seedgit.journal_file import MERGE_DRIVER
from seedgit.operations.audit.entries import may_run
from seedgit.operations.audit.findings import FIX, Finding, fine, note, wrong
from seedgit.operations.audit.programs import find_call
from seedgit.operations.install.hook_install import hook_file
from seedgit.operations.install.hook_scripts import HOOKS, PROGRAM, is_ours
from seedgit.operations.install.hooks import hook_place, hook_text
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.spawn import ALWAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TIMEOUT = 120.0  # seconds for each run of a trial

SEED = "seed.yaml"
RULES = 'version: 1\nseeds:\n  - files: "seed.yaml"\n    overlay: [{path: /limit}]\n'
BASE = "name: trial\ntimeout: 30\nlimit: 5\n"
OURS = BASE.replace("30", "45")
THEIRS = BASE.replace("limit: 5", "limit: 6")  # the next line: git by itself finds a conflict
MERGED = OURS.replace("limit: 5", "limit: 6")
POINTER, VALUE = "/limit", "7"

_PERSON = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "seedgit doctor"), ("EMAIL", "doctor@seedgit.invalid"))
}


def try_out(workspace: Workspace) -> list[Finding]:
    """Run each installed entry point, and compare the stores that they used."""
    with TemporaryDirectory(prefix="seedgit-trial-") as directory:
        return _Trial(workspace, Path(directory).resolve()).findings()


class _Trial:
    def __init__(self, workspace: Workspace, directory: Path) -> None:
        self._workspace = workspace
        self._top = directory / "trial"
        self._top.mkdir()
        self._env = _environment(workspace)
        self._hooks = hook_place(workspace.repository)

    def findings(self) -> list[Finding]:
        try:
            self._prepare()
            tip = self._write_overlay()
        except _Failed as failure:
            return [
                wrong(codes.PROBE_CLI, f"the trial: {failure}", "see that git and seedgit run here")
            ]
        expected = str(self._top / ".git"), tip
        found: list[Finding] = []
        own = {f"hook {hook}" for hook in HOOKS if self._is_own(hook)}
        for name, look, code in (
            ("cli", self._shell, codes.PROBE_CLI),
            *((f"hook {hook}", self._hook(hook), codes.PROBE_HOOK) for hook in HOOKS),
        ):
            try:
                answer = look()
            except _Failed as failure:
                found.append(wrong(code, f"{name}: {failure}", FIX))
                continue
            if answer is not None:
                found.append(_compared(name, answer, expected))
            elif name in own:
                found.append(note(codes.PROBE, f"{name}: your own script: it is read, but not run"))
        return [*found, *self._driver(expected)]

    # -- the repository ----------------------------------------------------------------------------

    def _prepare(self) -> None:
        self._git("init", "--quiet", "--template=")
        config = self._workspace.repository.config
        for key in ("name", "driver", "recursive"):
            value = config.get(f"merge.seedgit.{key}")
            if value is not None:
                self._git("config", f"merge.seedgit.{key}", value)
        no_hooks = self._top / ".git" / "no-hooks"
        for key, value in (
            ("core.hooksPath", str(no_hooks)),
            ("core.attributesFile", os.devnull),
            ("core.autocrlf", "false"),
            ("commit.gpgSign", "false"),
            ("seedgit.mode", "live"),
        ):
            self._git("config", key, value)
        info = self._top / ".git" / "info"
        info.mkdir()
        (info / "attributes").write_text(f"/{SEED} merge=seedgit\n")
        (self._top / RULES_FILE).write_text(RULES)
        self._commit(BASE, "base")
        self._git("branch", "theirs")
        self._commit(OURS, "ours")
        self._git("checkout", "--quiet", "theirs")
        self._commit(THEIRS, "theirs")
        self._git("checkout", "--quiet", "-")

    def _commit(self, text: str, message: str) -> None:
        (self._top / SEED).write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "-m", message)

    def _git(self, *words: str) -> Ran:
        return _checked(self._run(["git", *words]), f"git {words[0]}")

    def _run(self, words: list[str]) -> Ran:
        return run_program(words, cwd=self._top, env=self._env, timeout=TIMEOUT)

    # -- the entry points --------------------------------------------------------------------------

    def _write_overlay(self) -> str:
        """Set an override with this process's own seedgit. Returns the overlay's tip."""
        asked = ["set", SEED, POINTER, VALUE, "--why", "trial"]
        _checked(self._run([sys.executable, "-I", PROGRAM, *asked]), "seedgit set")
        return self._tip()

    def _tip(self) -> str:
        listed = self._git("for-each-ref", "--format=%(objectname)", "refs/seedgit/overlays/")
        if not listed.out.strip():
            raise _Failed("seedgit set wrote no overlay")
        return listed.out.split()[0]

    def _shell(self) -> dict[str, Any] | None:
        """What the `seedgit` of the shell reports about itself; None where there is none."""
        place = shutil.which("seedgit", path=self._env.get("PATH"))
        if place is None:
            return None
        return _answer(self._run([place, "hook", "pre-commit", "--probe"]))

    def _hook(self, name: str) -> Callable[[], dict[str, Any] | None]:
        def look() -> dict[str, Any] | None:
            place = hook_file(self._hooks, name)
            text = hook_text(place)
            if text is None or not is_ours(text) or not may_run(self._hooks, name, text):
                # A person's own hook may do anything, so it is read but not run.
                return None
            if not os.access(place, os.X_OK):
                return None
            answer = _answer(self._run([str(place), "--probe"]))
            if name == "pre-commit":
                self._refused(place)
            return answer

        return look

    def _is_own(self, name: str) -> bool:
        """Whether a hook is a person's own, and calls seedgit."""
        text = hook_text(hook_file(self._hooks, name))
        return text is not None and find_call(text) is not None and not is_ours(text)

    def _refused(self, place: Path) -> None:
        """Check that the hook refuses a change of a value that the package owns."""
        (self._top / SEED).write_text(OURS.replace("trial", "changed"))
        self._git("add", SEED)
        ran = self._run([str(place)])
        self._git("reset", "--quiet", "--hard")
        if ran.status != 1:
            raise _Failed(f"let a change of a seed pass: {_last(ran)}")

    def _driver(self, expected: tuple[str, str]) -> list[Finding]:
        """Make a real merge with the installed command line. The journal must have its row."""
        command = self._workspace.repository.config.get(DRIVER_KEY)
        if command is None or find_call(command) is None:
            return []
        # These override merge.ff and merge.verifySignatures.
        options = ("--quiet", "--ff", "--no-verify-signatures", "-m", "trial")
        ran = self._run(["git", "merge", *options, "theirs"])
        text = (self._top / SEED).read_text()
        try:
            rows = Journal(self._top / ".git").rows(entry=MERGE_DRIVER)
        except SeedgitError as error:
            return [wrong(codes.PROBE_DRIVER, f"driver: {error}", FIX)]
        if ran.status != 0 or text != MERGED:
            reason = rows[0]["reason"] if rows and rows[0]["reason"] else _last(ran)
            return [
                wrong(codes.PROBE_DRIVER, f"driver: it did not merge by structure: {reason}", FIX)
            ]
        if not rows:
            return [
                wrong(codes.PROBE_DRIVER, "driver: it merged, but left no row in the journal", FIX)
            ]
        about = f"seedgit {rows[0]['seedgit']}, Python {rows[0]['python']}"
        now = self._tip()
        if now != expected[1]:
            return [
                wrong(
                    codes.PROBE_STORE, f"driver: the overlay went from {expected[1]} to {now}", FIX
                )
            ]
        detail = f"driver: merged by structure ({about}); its row is in the journal of this store"
        return [fine(codes.PROBE, detail)]


class _Failed(Exception):
    pass


def _environment(workspace: Workspace) -> dict[str, str]:
    """This process's environment, without the variables that name a repository or a mode.

    A repository that is made in it keeps objects and refs as this one does.
    """
    config = workspace.repository.config
    formats = {
        "GIT_DEFAULT_HASH": config.get("extensions.objectFormat") or "sha1",
        "GIT_DEFAULT_REF_FORMAT": config.get("extensions.refStorage") or "files",
    }
    local = workspace.repository.git("rev-parse", "--local-env-vars").decode().split()
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in local and not name.startswith(("SEEDGIT_", "GITHEAD_"))
    }
    return {**kept, **formats, **_PERSON, **ALWAYS}


def _answer(ran: Ran) -> dict[str, Any]:
    try:
        answer = json.loads(ran.out.strip().rpartition("\n")[2])
        if (
            isinstance(answer, dict)
            and {"common_dir", "tip", "version", "package"} <= answer.keys()
        ):
            return answer
    except ValueError:
        pass
    raise _Failed(f"does not say what it is: {_last(ran)}")


def _compared(name: str, answer: dict[str, Any], expected: tuple[str, str]) -> Finding:
    found = answer["common_dir"], answer["tip"]
    if found != expected:
        detail = (
            f"{name}: uses overlay {found[1]} in {found[0]}, not {expected[1]} in {expected[0]}"
        )
        return wrong(codes.PROBE_STORE, detail, FIX)
    about = f"seedgit {answer['version']} in {answer['package']}"
    return fine(
        codes.PROBE, f"{name}: common directory .git, overlay tip {found[1][:12]} ({about})"
    )


def _checked(ran: Ran, what: str) -> Ran:
    if ran.status != 0:
        raise _Failed(f"{what}: {_last(ran)}")
    return ran


def _last(ran: Ran) -> str:
    """The line that says what seedgit did; else the last line."""
    lines = (ran.errors or ran.out).strip().splitlines()
    parts = [line for line in lines if line.startswith("seedgit: ")]
    return (parts[:1] or lines[-1:] or [f"exit status {ran.status}"])[0]
