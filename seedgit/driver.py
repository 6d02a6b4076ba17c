"""git's merge driver for seeds (gitattributes(5)): %O %A %B %L %P [RESULT STATUS].

One process per file, so start-up is its cost: nothing is imported before it is needed. git's own
merge is written to %A first; the structural merge replaces it, whole, only when it is finished and
checked. Whatever happens in between, %A is a complete file. With RESULT, git's merge is there
already, its exit status was STATUS, the file to replace is RESULT, and ours is on standard input
(%A is "-").

In dry-run and off git's result stays as it is; in dry-run the structural one is computed beside it.
Each run leaves a row in the journal.

Exit status: 0 clean, 1 conflict. With RESULT 10 and 11, which no interpreter ends with that failed:
after any other the shell that called knows that git's result still stands.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from seedgit.core.merge_rules import MergeRules
    from seedgit.core.merged import Merged
    from seedgit.formats.three_way import Result
    from seedgit.mode import Mode

USAGE = "usage: merge_driver.py %O %A %B %L %P | %O - %B %L %P RESULT STATUS"
CLEAN, CONFLICTS = 10, 11

SHADOW_KEY = "seedgit.shadow"
SETTINGS = "^(seedgit[.](mode|shadow)|merge[.]conflictstyle)$"

DRY_RUN_LIMIT = 10.0  # seconds a merge waits for what only goes into the journal


def main(argv: Sequence[str]) -> int:
    if len(argv) not in (5, 7):
        print(USAGE, file=sys.stderr)
        return 2
    started = time.monotonic()
    asked = _start_git("config", "-z", "--show-scope", "--show-origin", "--get-regexp", SETTINGS)
    base_file, ours_file, theirs_file, size, path = argv[:5]
    size = size if size.isdigit() else "7"
    begun = len(argv) == 7
    if begun:
        ours = sys.stdin.buffer.read()
        target, conflicted = argv[5], argv[6] != "0"
        _load(path)
        by_lines = _read(target)
    else:
        ours = _read(ours_file)
        target = ours_file
        lines = _LineMerge(base_file, ours_file, theirs_file, size)
        _load(path)
        by_lines, conflicted = lines.result()
        _replace(target, by_lines)
    data = [_read(base_file), ours, _read(theirs_file)]
    run = _Run(path, data, None if conflicted else by_lines, int(size), _Settings(_output(asked)))
    try:
        run.merge()
        if run.result is not None and run.mode.live:
            conflicted = conflicted or not run.result.clean
            _replace(target, run.result.text)
            conflicted = not run.result.clean
        elif conflicted:
            labels = _git_labels(run.settings.style)
            again = _merged_again(base_file, ours, theirs_file, size, target + ".ours", labels)
            _replace(target, again)
    except Exception as error:
        run.failed(error)
    run.record(int(conflicted), (time.monotonic() - started) * 1000)
    for line in run.remarks:
        _say(path, line)
    if begun:
        return CONFLICTS if conflicted else CLEAN
    return 1 if conflicted else 0


def _load(path: str) -> None:
    """Load what merges files of this name, while git is still at work.

    A parser is used before all it needs is there. What goes wrong here does so again where it is
    reported.
    """
    try:
        from seedgit.formats.registry import format_module, format_name

        format = format_name(path)
        if format is not None:
            import seedgit.formats.three_way
            import seedgit.mode  # noqa: F401

            format_module(format).parse("", path)
    except Exception:
        pass


class _Settings:
    """What git config says of the mode, the shadow and the markers."""

    def __init__(self, listed: str) -> None:
        from seedgit.mode import KEY, VARIABLE, resolve_mode

        modes: list[tuple[str, str, str | None]] = []
        found: dict[str, str] = {}
        fields = iter(listed.split("\0"))
        for scope, origin, item in zip(fields, fields, fields, strict=False):
            key, equals, value = item.partition("\n")
            found[key] = value if equals else "true"
            if key == KEY:
                modes.append((scope, origin.removeprefix("file:"), found[key]))
        self.mode = resolve_mode(os.environ.get(VARIABLE), modes, installed=True)
        self.shadow = found.get(SHADOW_KEY, "").lower() in ("true", "yes", "on", "1")
        style = found.get("merge.conflictstyle", "")
        self.style = style if style in ("diff3", "zdiff3") else "merge"


class _Run:
    """One call: what it found, and what of it goes into the journal and to standard error.

    by_lines  git's own result where that is clean
    result    the structural merge, where there is one
    """

    def __init__(
        self, path: str, data: list[bytes], by_lines: bytes | None, size: int, settings: _Settings
    ) -> None:
        self.path = path
        self.data = data
        self.by_lines = by_lines
        self.size = size
        self.settings = settings
        self.mode: Mode = settings.mode
        self.result: Result | None = None
        self.reason = ""
        self.error = ""
        self.remarks: list[str] = list(settings.mode.warnings)

    def merge(self) -> None:
        """Find the structural result, or the reason why there is none."""
        if self.mode.off:
            self.reason = "skip: mode-off"
            return
        if not self.mode.dry_run:
            self._merge()
            return
        with _Limit(DRY_RUN_LIMIT):
            self._merge()

    def _merge(self) -> None:
        from seedgit.formats.registry import format_name

        format = format_name(self.path)
        if format is None:
            self._pass("skip: unknown-format", "no YAML, JSON or TOML by its name")
            return
        rules = _rules(self.path)
        if rules is None:
            self._pass("skip: not-a-seed", "no rule matches it")
            return
        from seedgit.formats.mark import Markers
        from seedgit.formats.three_way import NotMergeable, merge_texts

        base, ours, theirs = self.data
        markers = Markers(self.size, self.settings.style, ours="HEAD", theirs=_their_name())
        try:
            self.result = merge_texts(
                format, self.path, base or None, ours, theirs, self.by_lines, markers, rules
            )
        except NotMergeable as problem:
            self._pass(f"git: {problem.reason}", problem.detail)
            return
        if os.environ.get("SEEDGIT_TRACE"):
            self.remarks += _traced(self.result.decisions)

    def failed(self, error: Exception) -> None:
        """Something broke: git's own merge stays, and the journal has the traceback."""
        import traceback

        self.result = None
        self.reason = "git: failed"
        self.error = traceback.format_exc()
        self.remarks.append(f"git's own merge is used: {type(error).__name__}: {error}")

    def _pass(self, reason: str, detail: str) -> None:
        self.reason = reason
        marker = b"\n" + b"<" * self.size + b"\n"
        if any(marker in b"\n" + version for version in self.data):
            return  # git replays a resolution, by lines: git-rerere(1) keeps conflicts like this
        words = "" if reason.startswith("skip") else "git's own merge is used: "
        self.remarks.append(f"{words}{reason}: {detail}")

    def record(self, status: int, ms: float) -> None:
        """Leave a row in the journal; a merge goes on without it where that cannot be."""
        try:
            from seedgit import journal

            common = journal.find_common_dir()
            if common is None or os.environ.get("SEEDGIT_JOURNAL") == "off":
                return
            from seedgit.shadow import blob_id, compared, listed

            outcome = journal.FAILED if self.error else journal.CONFLICT if status else journal.DONE
            if not self.error and self.reason:
                outcome = journal.NOTHING
            row: dict[str, Any] = dict(
                zip(("base", "ours", "theirs"), map(blob_id, self.data), strict=True)
            )
            if self.result is not None:
                row["decisions"] = listed(self.result.decisions)
            skipped = self.reason.startswith("skip")
            if (self.mode.dry_run or self.settings.shadow) and not skipped:
                row |= compared(self.by_lines, self.result, self.path)
            journal.Journal(common, journal.DRIVER_PATIENCE).add(
                journal.MERGE_DRIVER,
                outcome,
                mode=self.mode.value,
                path=self.path,
                reason=self.reason or None,
                status=status,
                ms=round(ms, 3),
                error=self.error or None,
                **row,
            )
        except Exception as error:
            self.remarks.append(f"journal: {error}")


class _Limit:
    """Raises TimeoutError when the time is over; is even that not heard, the process ends."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        import signal

        signal.signal(signal.SIGALRM, self._stop)
        signal.setitimer(signal.ITIMER_REAL, self._seconds, self._seconds)

    def __exit__(self, *_: object) -> None:
        import signal

        signal.setitimer(signal.ITIMER_REAL, 0)

    def _stop(self, number: int, frame: object) -> None:
        import signal

        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        raise TimeoutError(f"the merge took over {self._seconds:g} s")


def _rules(path: str) -> MergeRules | None:
    """What the rules in the working tree say of a file; None where it is no seed.

    Without a rules file every file that names this driver is merged, with no declared keys.
    """
    from seedgit.core.merge_rules import NO_RULES
    from seedgit.rules_file import RULES_FILE, read_rules

    data = read_rules()
    if data is None:
        return NO_RULES
    from seedgit.core.settlement import Settlement
    from seedgit.formats.rules import parse_rules

    rule = parse_rules(data, RULES_FILE).match(path)
    if rule is None:
        return None
    # In `git merge` and `git pull` git names theirs, and ours is the site's.
    local = any(name.startswith("GITHEAD_") for name in os.environ)
    return Settlement(rule, local)


def _traced(decisions: Merged) -> list[str]:
    from seedgit.core.pointer import format_pointer

    return [
        f"{format_pointer(pointer) or '/'}: {source}: {reason}"
        for pointer, source, reason in decisions.explained()
    ]


def _their_name() -> str:
    """What git calls the other side: it says so in the environment, in merge and pull."""
    names = [value for key, value in os.environ.items() if key.startswith("GITHEAD_")]
    return names[0] if len(names) == 1 else "theirs"


def _git_labels(style: str) -> tuple[str, str, str]:
    """The labels of ours, base and theirs that git's own merge would write, as far as it says."""
    heads = [key.removeprefix("GITHEAD_") for key in os.environ if key.startswith("GITHEAD_")]
    if len(heads) == 1:
        if style == "merge":
            return "HEAD", "base", _their_name()
        bases = _output(_start_git("merge-base", "--all", "HEAD", heads[0])).split()
        one = len(bases) == 1
        return "HEAD", _short(bases[0]) if one else "merged common ancestors", _their_name()
    picked = _picked()
    if not picked:
        return "HEAD", "base", "theirs"
    return "HEAD", f"parent of {picked}", picked


def _picked() -> str:
    """The commit a rebase is at, as git labels it; "" where none is going on."""
    place = _output(_start_git("rev-parse", "--git-path", "rebase-merge/done")).strip()
    if not os.path.exists(place):
        return ""
    with open(place, encoding="utf-8", errors="surrogateescape") as file:
        words = file.read().rstrip("\n").rpartition("\n")[2].split(" ", 2)
    if len(words) < 3:
        return ""
    return f"{_short(words[1])} ({words[2].removeprefix('# ')})"


def _short(id: str) -> str:
    return _output(_start_git("rev-parse", "--short", id)).strip()


def _merged_again(
    base_file: str, ours: bytes, theirs_file: str, size: str, name: str, labels: tuple[str, ...]
) -> bytes:
    """git's own merge with the labels that git itself would write; ours goes into `name` for it."""
    with open(name, "wb") as file:
        file.write(ours)
    try:
        return _LineMerge(base_file, name, theirs_file, size, *labels).result()[0]
    finally:
        os.unlink(name)


class _LineMerge:
    """git's own three-way merge of the files, begun at once."""

    def __init__(self, base: str, ours: str, theirs: str, size: str, *labels: str) -> None:
        self._ours = ours
        self._out = ours + ".lines"
        labels = labels or ("HEAD", "base", _their_name())
        named = [word for label in labels for word in ("-L", label)]
        command = ["git", "merge-file", "-p", "-q", "--marker-size=" + size, *named]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        to_file = (os.POSIX_SPAWN_OPEN, 1, self._out, flags, 0o600)
        words = [*command, ours, base, theirs]
        self._pid = os.posix_spawnp("git", words, os.environ, file_actions=[to_file])

    def result(self) -> tuple[bytes, bool]:
        """(text, whether it has conflicts)"""
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        try:
            text = _read(self._out)
        finally:
            os.unlink(self._out)
        if status < 0 or status > 127:
            # Not text, or no git to ask: the file stays as it is, as a conflict.
            return _read(self._ours), True
        return text, status != 0


def _start_git(*arguments: str) -> tuple[int, int]:
    """Start git; `_output` reads what it says, once that is needed."""
    read, write = os.pipe()
    silent = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
    actions = [(os.POSIX_SPAWN_DUP2, write, 1), silent]
    try:
        pid = os.posix_spawnp("git", ["git", *arguments], os.environ, file_actions=actions)
    except OSError:
        pid = 0
    os.close(write)
    return pid, read


def _output(started: tuple[int, int]) -> str:
    pid, read = started
    with os.fdopen(read, encoding="utf-8", errors="replace") as pipe:
        text = pipe.read()
    if pid:
        os.waitpid(pid, 0)
    return text


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _replace(name: str, data: bytes) -> None:
    """Give a file another content in one step: a reader sees the old one or the new one, whole."""
    if _read(name) == data:
        return
    new = name + ".new"
    with open(new, "wb") as file:
        file.write(data)
    os.chmod(new, os.stat(name).st_mode & 0o7777)
    os.replace(new, name)


def _say(path: str, message: str) -> None:
    text = f"seedgit: {path}: {message}"
    print(text.encode("unicode_escape").decode(), file=sys.stderr)
