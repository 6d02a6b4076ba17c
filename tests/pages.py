"""The commands that a page shows, and what they say when they are typed as shown."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.conftest import Repo
from tests.site import Said, program_path

DOCS = Path(__file__).parent.parent / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text()


def commands(text: str) -> list[str]:
    """The commands of a page that shows them bare, without what they print."""
    whole = re.sub(r"\\\n +", "", text)
    shown = [line for line in whole.splitlines() if line.startswith(("    git ", "    seedgit "))]
    return [line.strip() for line in shown]


def session(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a page behind their `$`, each with the output shown below it.

    A command goes on in lines behind a `>`, as a shell prints them.
    """
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
            inside = True
        elif inside and re.match(r"    >( |$)", line):
            command, lines = found.pop()
            found.append((f"{command}\n{line[6:]}", lines))
        elif inside and line.startswith("    "):
            found[-1][1].append(line[4:])
        elif line:
            inside = False
    return found


def typed(repo: Repo, command: str, accept: tuple[int, ...] = (0,)) -> Said:
    """A command as a shell runs it, with this interpreter's seedgit."""
    done = subprocess.run(
        ["sh", "-ec", command],
        cwd=repo.path,
        env={**os.environ, "PATH": program_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in accept, (command, done.stdout, done.stderr)
    return Said(done.returncode, done.stdout, done.stderr)


def check_session(
    repo: Repo, name: str, accept: tuple[int, ...] = (0,), home: tuple[Path, str] | None = None
) -> None:
    """Every command of a page prints what the page says, but for the ids of commits, the names of
    secrets, keys, and the time of day. A `cd` by itself holds for the commands after it.

    accept  the statuses that they may end with
    home    a folder, and what the page calls it
    """
    shown = session(page(name))
    assert len(shown) > 10
    for command, lines in shown:
        if place := re.fullmatch(r"cd (\S+)", command):
            repo = Repo(repo.path / place[1])
            continue
        said = typed(repo, command, accept)
        printed = said.out + said.err
        if home:
            printed = printed.replace(str(home[0]), home[1])
        found = [masked(line) for line in printed.splitlines() if line]
        assert found == [masked(line) for line in lines], "\n".join([command, *found])


def masked(line: str) -> str:
    line = re.sub(r"\bage1[0-9a-z.]+", "<key>", line)
    line = re.sub(r"\(secret [0-9a-f]{8}\)", "<secret>", line)
    line = re.sub(r"written at run time, seen [^)]*", "written at run time", line)
    # Six letters may be a word, unless they stand behind the number of a decision.
    ids = (
        r"\b(?:[0-9a-f]{12}|[0-9a-f]{16}|(?=[a-f]*[0-9])[0-9a-f]{10}|(?=[a-f]*[0-9])[0-9a-f]{6}"
        r"|(?<=^  \d  )[0-9a-f]{6})\b"
    )
    return re.sub(ids, "<id>", line)
