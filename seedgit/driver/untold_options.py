"""Merge options that git got but does not pass to a driver: `-X ours`, whitespace, and so on.

They matter where git's own result counts: in off and dry-run. This runs once for each file, so it
loads nothing that most merges do not need. The options are read where git has them: on its command
line, in its configuration, and in the state files of a rebase or a cherry-pick.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# git-merge(1), "MERGE STRATEGIES": the options that change how a file's content is merged.
_NAMES = (
    "ours",
    "theirs",
    "ignore-space-change",
    "ignore-all-space",
    "ignore-space-at-eol",
    "ignore-cr-at-eol",
    "patience",
    "diff-algorithm",
)
_OLDER = ("histogram", "minimal")  # older names for diff-algorithm=
UNTOLD = "-X " + ", ".join(_NAMES)

_GENERATIONS = 3  # git, the shell it starts, and the driver
_SEQUENCES = ("rebase-merge/strategy_opts", "sequencer/opts")
_LONG = "--strategy-o"  # the shortest form of --strategy-option that git accepts


def options(merge_options: str, ask: Callable[..., str]) -> list[str]:
    """The -X options of this merge that git does not pass to a driver.

    merge_options  branch.<name>.mergeOptions of the current branch
    ask            calls git with some arguments, and returns its output
    """
    words = _git_above()
    is_merge = _command(words) == "merge"
    if is_merge:
        words = [*_split(merge_options), *words]
    found = list(_strategy_options(words))
    if not is_merge:  # a rebase, a cherry-pick or a revert, perhaps a continued one
        for name in _SEQUENCES:
            place = ask("rev-parse", "--git-path", name).strip()
            found += _kept(_read(place)) if os.path.isfile(place) else []
    return list(dict.fromkeys(filter(_is_of_content, found)))


def content_options(text: str) -> list[str]:
    """The same options in a line of shell words, such as branch.<name>.mergeOptions."""
    try:
        words = _split(text)
    except ValueError:
        return []
    return list(filter(_is_of_content, _strategy_options(words)))


def _is_of_content(option: str) -> bool:
    return option.partition("=")[0] in (*_NAMES, *_OLDER)


def _split(text: str) -> list[str]:
    """The words of a shell command line. Raises ValueError."""
    if not text:
        return []
    import shlex

    return shlex.split(text)


def _read(name: str) -> str:
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def _command(words: Sequence[str]) -> str:
    rest = iter(words[1:])
    for word in rest:
        if word in ("-c", "-C"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return ""


def _kept(text: str) -> list[str]:
    """The options in a state file of git: as shell words, or in the format of git config."""
    if text.startswith("["):
        import re

        return re.findall(r"strategy-option = \"?([^\"\n]*)", text)
    return [word.removeprefix("--") for word in _split(text)]


def _strategy_options(words: Iterable[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if word == "--":
            return
        value = _value(word)
        if value is not None:
            yield value or next(rest, "")


def _value(word: str) -> str | None:
    """The value of -X, --strategy-option, or short options that end in X.

    "": the value is the next word. None: the word is none of these options.
    """
    if word.startswith(_LONG):
        return word.partition("=")[2]
    letters, x, value = word[1:].partition("X")
    is_short = word.startswith("-") and x and (not letters or letters.isalpha())
    return value if is_short else None


def _git_above() -> list[str]:
    """The command line of the git that called the driver; empty where the system does not tell."""
    process = os.getppid()
    for _ in range(_GENERATIONS):
        parent, words = _process(process)
        if words and os.path.basename(words[0]).startswith("git"):
            return words
        process = parent
    return []


def _process(process: int) -> tuple[int, list[str]]:
    """The parent of a process, and the command line of the process."""
    try:
        stat, line = (_read(f"/proc/{process}/{name}") for name in ("stat", "cmdline"))
        return int(stat.rpartition(") ")[2].split()[1]), line.split("\0")[:-1]
    except OSError:  # no such system
        return _process_by_ps(process)


def _process_by_ps(process: int) -> tuple[int, list[str]]:
    import subprocess

    asked = ("ps", "-o", "ppid=", "-o", "args=", "-p", str(process))
    try:
        fields = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        fields = []
    return (int(fields[0]), fields[1:]) if fields else (0, [])
