"""What git was told of how to merge and does not hand on to a driver: `-X ours`, whitespace, ...

Asked where git's own result counts, in off and dry-run, once for each file: so nothing is loaded
that most merges do without. The options are read where git has them: on its command line, in its
configuration, and in what a rebase or a cherry-pick has to go on with.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# git-merge(1), "MERGE STRATEGIES": those that change what becomes of a file's content.
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
_OLDER = ("histogram", "minimal")  # names of what diff-algorithm= says now
UNTOLD = "-X " + ", ".join(_NAMES)

_GENERATIONS = 3  # git, the shell it starts, and the driver
_SEQUENCES = ("rebase-merge/strategy_opts", "sequencer/opts")
_LONG = "--strategy-o"  # as much of --strategy-option as git asks for


def options(merge_options: str, ask: Callable[..., str]) -> list[str]:
    """The -X options that count in this merge and that a driver is not told.

    merge_options  branch.<name>.mergeOptions of the branch that is merged into
    ask            what git says when it is called with some words
    """
    words = _git_above()
    is_merge = _command(words) == "merge"
    if is_merge:
        words = [*_split(merge_options), *words]
    found = list(_strategy_options(words))
    if not is_merge:  # a rebase, a cherry-pick or a revert, which may go on
        for name in _SEQUENCES:
            place = ask("rev-parse", "--git-path", name).strip()
            found += _kept(_read(place)) if os.path.isfile(place) else []
    return list(dict.fromkeys(filter(_is_of_content, found)))


def content_options(text: str) -> list[str]:
    """Those in words as a shell has them, such as branch.<name>.mergeOptions."""
    try:
        words = _split(text)
    except ValueError:
        return []
    return list(filter(_is_of_content, _strategy_options(words)))


def _is_of_content(option: str) -> bool:
    return option.partition("=")[0] in (*_NAMES, *_OLDER)


def _split(text: str) -> list[str]:
    """The words of a shell's line. ValueError."""
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
    """The options in a file of git's: as words of a shell, or as a configuration."""
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
    """What -X, --strategy-option or several letters with an X say; "" where the next word does."""
    if word.startswith(_LONG):
        return word.partition("=")[2]
    letters, x, value = word[1:].partition("X")
    is_short = word.startswith("-") and x and (not letters or letters.isalpha())
    return value if is_short else None


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
