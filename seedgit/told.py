"""What git was told of how to merge and does not hand on to a driver: `-X ours`, whitespace, ...

Loaded where git's own result counts, in off and dry-run. The options are read where git has them:
on its command line, in its configuration, and in what a rebase or a cherry-pick has to go on with.
With any of them git's merge is made anew, by git itself, in a repository of three commits: no other
command of git's takes them all.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

# git-merge(1), "MERGE STRATEGIES": those that change what becomes of a file's content.
_CONTENT: Final = re.compile(
    r"ours|theirs|patience|histogram|minimal|diff-algorithm=\w+"
    r"|ignore-(?:space-change|all-space|space-at-eol|cr-at-eol)"
)
UNTOLD: Final = (
    "-X ours, theirs, ignore-space-change, ignore-all-space, ignore-space-at-eol, "
    "ignore-cr-at-eol, patience, diff-algorithm"
)
_OPTION: Final = re.compile(r"-(?:[a-zA-Z]*?)X(.*)|--strategy-o[a-z]*(?:=(.*))?", re.S)
_GENERATIONS: Final = 3  # git, the shell it starts, and the driver
_SEQUENCES: Final = ("rebase-merge/strategy_opts", "sequencer/opts")

BASE: Final = "base"
_PERSON: Final = "seedgit <seedgit@seedgit.invalid> 0 +0000"
_SETTINGS: Final = {
    "core.autocrlf": "false",
    "core.attributesFile": os.devnull,
    "core.hooksPath": os.devnull,
    "commit.gpgSign": "false",
    "merge.renames": "false",
    "rerere.enabled": "false",
}


def options(merge_options: str, ask: Callable[..., str]) -> list[str]:
    """The -X options that count in this merge and that a driver is not told.

    merge_options  branch.<name>.mergeOptions of the branch that is merged into
    ask            what git says when it is called with some words
    """
    words = _git_above()
    is_merge = _command(words) == "merge"
    if is_merge:
        words = [*shlex.split(merge_options), *words]
    found = list(_strategy_options(words))
    if not is_merge:  # a rebase, a cherry-pick or a revert, which may go on
        for name in _SEQUENCES:
            place = Path(ask("rev-parse", "--git-path", name).strip())
            found += _kept(place.read_text(errors="replace")) if place.is_file() else []
    return list(dict.fromkeys(word for word in found if _CONTENT.fullmatch(word)))


def content_options(text: str) -> list[str]:
    """Those in words as a shell has them, such as branch.<name>.mergeOptions."""
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    return [word for word in _strategy_options(words) if _CONTENT.fullmatch(word)]


def _command(words: Sequence[str]) -> str:
    rest = iter(words[1:])
    for word in rest:
        if word in ("-c", "-C"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""


def _kept(text: str) -> list[str]:
    """The options in a file of git's: as words of a shell, or as a configuration."""
    if text.startswith("["):
        return re.findall(r"strategy-option = \"?([^\"\n]*)", text)
    return [word.removeprefix("--") for word in shlex.split(text)]


def _strategy_options(words: Iterable[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        match = _OPTION.fullmatch(word)
        if match is not None:
            yield match[1] or match[2] or next(rest, "")


def _git_above() -> list[str]:
    """The command line of the git that called; empty where the system does not say."""
    process = os.getppid()
    for _ in range(_GENERATIONS):
        parent, words = _process(process)
        if words and os.path.basename(words[0]).startswith("git"):
            return words
        process = parent
    return []


def _process(process: int) -> tuple[int, list[str]]:
    """A process's parent, and its command line."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(errors="replace")
        line = Path(f"/proc/{process}/cmdline").read_text(errors="replace")
        return int(stat.rpartition(") ")[2].split()[1]), line.split("\0")[:-1]
    except OSError:
        asked = ("ps", "-o", "ppid=", "-o", "args=", "-p", str(process))
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        except OSError:
            said = []
        return (int(said[0]), said[1:]) if said else (0, [])


def merged(
    versions: list[bytes],
    found: list[str],
    style: str,
    size: int,
    labels: tuple[str, ...],
    ask: Callable[..., str],
) -> tuple[bytes, bool] | None:
    """git's own merge with these options, and whether it has conflicts; None where it fails.

    versions  base, ours, theirs
    labels    of ours, base, theirs, at the markers of a conflict
    """
    with TemporaryDirectory(prefix="seedgit-") as place:
        top = Path(place)
        settings = {**_SETTINGS, "merge.conflictStyle": style}
        set_by = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        local = {*ask("rev-parse", "--local-env-vars").split()}
        env = {name: value for name, value in os.environ.items() if name not in local}
        env |= {"GIT_ATTR_NOSYSTEM": "1", "GIT_DIR": str(top / ".git"), "GIT_WORK_TREE": place}
        for who in ("AUTHOR", "COMMITTER"):
            env |= {f"GIT_{who}_NAME": "seedgit", f"GIT_{who}_EMAIL": "seedgit@seedgit.invalid"}

        def git(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
            command = ["git", *set_by, *words]
            return subprocess.run(
                command, cwd=top, env=env, input=stdin, capture_output=True, check=False
            )

        git("init", "--quiet", "--template=")
        (top / ".git/info").mkdir()
        (top / ".git/info/attributes").write_text(f"file -text conflict-marker-size={size}\n")
        git("fast-import", "--quiet", stdin=_stream(versions))
        git("symbolic-ref", "HEAD", "refs/heads/ours")
        git("reset", "--quiet", "--hard")
        asked = [word for option in found for word in ("-X", option)]
        how = ("--quiet", "--no-edit", "--no-ff", "--no-verify-signatures")
        status = git("merge", *how, *asked, "theirs").returncode
        if status not in (0, 1):
            return None
        base = git("rev-parse", "--short", "ours~1").stdout.decode().strip()
        text = (top / "file").read_bytes()
    return _relabelled(text, size, ("HEAD", base, "theirs"), labels), status == 1


def _stream(versions: list[bytes]) -> bytes:
    """git-fast-import(1): a commit of each version, base the parent of the two others."""
    parts = []
    for name, data in zip((BASE, "ours", "theirs"), versions, strict=True):
        origin = b"" if name == BASE else b"from refs/heads/base\n"
        parts.append(
            f"commit refs/heads/{name}\ncommitter {_PERSON}\ndata 0\n".encode()
            + origin
            + b"M 100644 inline file\ndata %d\n" % len(data)
            + data
            + b"\n"
        )
    return b"".join(parts)


def _relabelled(text: bytes, size: int, old: tuple[str, ...], labels: tuple[str, ...]) -> bytes:
    for sign, before, label in zip(b"<|>", old, labels, strict=True):
        mark = b"\n" + bytes([sign]) * size + b" "
        there, here = (mark + os.fsencode(name) for name in (before, label))
        text = (b"\n" + text).replace(there + b"\n", here + b"\n")[1:]
        text = (b"\n" + text).replace(there + b"\r\n", here + b"\r\n")[1:]
    return text
