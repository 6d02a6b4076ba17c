"""A package and a site's clone of it, in a temporary folder, for a self-test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from seedgit.git.process import Ran, run_git, run_program
from seedgit.operations.install.hook_scripts import PROGRAM
from seedgit.operations.selftest.model import NotKept
from seedgit.rules import RULES_FILE
from seedgit.spawn import ALWAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

TIMEOUT: Final = 60.0  # seconds for one program
SEED: Final = "flow.yaml"
TEXT: Final = "name: wiki\ntimeout: 30\nmodel: small\npaused: false\nlimit: 5\n" + "".join(
    f"v{n}: 0\n" for n in range(12)
)
RULES: Final = (
    f'version: 1\nseeds:\n  - files: "{SEED}"\n    overlay:\n'
    + "".join(f"      - path: /{name}\n" for name in ("paused", "limit"))
    + "".join(f"      - path: /v{n}\n" for n in range(12))
)
_PERSON: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "seedgit selftest"), ("EMAIL", "selftest@seedgit.invalid"))
}


class Scratch:
    """A folder with two repositories: `hub`, the package, and `site`, a clone that is set up.

    Programs run with nothing of the caller's environment that names a repository or a mode. The
    caller's own git configuration counts, because it counts in real use.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub, self.site = folder / "hub", folder / "site"
        local = run_git(("rev-parse", "--local-env-vars"), cwd=folder)[1].decode().split()
        own = (*local, "SEEDGIT_MODE", "SEEDGIT_ALLOW", "SEEDGIT_JOURNAL")
        kept = {name: value for name, value in os.environ.items() if name not in own}
        self.env: Mapping[str, str] = {**kept, **_PERSON, **ALWAYS}
        self.git(folder, "init", "--quiet", "hub")
        (self.hub / RULES_FILE).write_text(RULES)
        self.commit(self.hub, TEXT, "v1")
        self.git(folder, "clone", "--quiet", "hub", "site")
        for key, value in (("commit.gpgSign", "false"), ("seedgit.mode", "live")):
            self.git(self.site, "config", key, value)
        self.seedgit("init", "--hooks")

    def git(self, where: Path, *words: str) -> str:
        """Raises NotKept."""
        return _checked(self.run(where, "git", *words), f"git {words[0]}").out

    def seedgit(self, *words: str) -> str:
        """What seedgit prints in the site. Raises NotKept."""
        ran = self.run(self.site, *self.command(*words))
        return _checked(ran, f"seedgit {words[0]}").out

    def run(self, where: Path, *words: str, **env: str) -> Ran:
        return run_program(words, cwd=where, env={**self.env, **env}, timeout=TIMEOUT)

    def command(self, *words: str) -> tuple[str, ...]:
        return (sys.executable, "-I", PROGRAM, *words)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A seedgit in the site that is not waited for."""
        return subprocess.Popen(
            self.command(*words),
            cwd=self.site,
            env=dict(self.env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def commit(self, where: Path, text: str, message: str) -> None:
        """Commit a text of the seed, as the package's author does."""
        (where / SEED).write_text(text)
        self.git(where, "add", "--all")
        self.git(
            where, "-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "-m", message
        )

    def effective(self) -> str:
        return self.seedgit("render", SEED)


def _checked(ran: Ran, what: str) -> Ran:
    if ran.status != 0:
        lines = [*ran.errors.splitlines(), *ran.out.splitlines()] or ["no reason was given"]
        raise NotKept(f"{what}: {lines[0]}")
    return ran
