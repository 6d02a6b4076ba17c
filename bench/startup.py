"""Start-up: what Python answers by itself, and a command in a repository with one seed.

Both sides run in an environment as pip makes it: the one that development uses has an import hook
for the working tree, which takes as long to load as a third of a command.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from bench import repositories as made
from bench.table import Row, Way, against

PATH = "flows/000/00000.yaml"
ANSWERS = {
    "--version": ["--version"],
    "help": ["help"],
    "help of a command": ["help", "set"],
    "completion script": ["completion", "bash"],
}
TABS = {"command": "seedgit stat", "option": "seedgit set --wh", "file": "seedgit why fl"}
COMMANDS = {
    "status": ["status"],
    "status --overlay": ["status", "--overlay"],
    "set": ["set", PATH, "/steps/0/retries", "5"],
    "unset": ["unset", PATH, "/steps/0/retries"],
    "log": ["log"],
    "why": ["why", PATH, "/steps/1/max_items"],
    "plan": ["plan", "upgrade"],
    "pending": ["pending"],
    "render": ["render", PATH],
    "capture": ["capture", PATH],
}


@functools.cache
def environment() -> Path:
    """The folder of programs of an environment where seedgit is installed."""
    place = made.scratch() / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    libraries = [str(made.ROOT), sysconfig.get_path("purelib")]
    Path(found.stdout.strip(), "seedgit.pth").write_text("\n".join(libraries) + "\n")
    program = place / "bin" / "seedgit"
    program.write_text(
        f"#!{python}\nimport sys\nfrom seedgit.start import main\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    program.chmod(0o755)
    return place / "bin"


def rows(rounds: int) -> Iterator[Row]:
    folder = made.copy(made.seeds(1, 1))
    programs, env = environment(), made.sealed()
    nothing = Way("python -c pass", [programs / "python", "-c", "pass"], folder, env)
    library = Way("import pygit2", [programs / "python", "-c", "import pygit2"], folder, env)
    for what, words in ANSWERS.items():
        ours = Way(what, [programs / "seedgit", *words], folder, env)
        yield against(what, ours, nothing, rounds, most_ratio=3)
    for what, line in TABS.items():
        asked = {"_ARGCOMPLETE": "1", "COMP_TYPE": "9", "COMP_LINE": line}
        asked |= {"COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": os.devnull}
        tab = Way(what, [programs / "seedgit"], folder, env | asked)
        yield against(f"tab key, {what}", tab, nothing, rounds, most_ratio=3)
    retries, edited = (
        iter(range(10, 10**6)),
        made.seed(0).replace(b"paused: false", b"paused: true"),
    )
    for what, words in COMMANDS.items():
        command: list[str | Path] = [programs / "seedgit", *words]

        def before(what: str = what, command: list[str | Path] = command) -> None:
            if what == "set":
                command[-1] = str(next(retries))
            elif what == "unset":
                made.seedgit(folder, "set", PATH, "/steps/0/retries", str(next(retries)))
            elif what == "capture":
                (folder / PATH).write_bytes(edited)

        ours = Way(what, command, folder, env, before)
        yield against(what, ours, library, rounds, most_ratio=1.3)
