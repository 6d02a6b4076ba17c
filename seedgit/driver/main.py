"""git's merge driver for seeds (gitattributes(5)): %O %A %B %L %P [RESULT STATUS].

One process per file, so start-up is its cost: nothing is imported before it is needed. git's own
merge is written to %A first. The structural merge replaces it, whole, only when it is finished and
checked. Whatever happens in between, %A is a complete file.

With RESULT, the calling shell has already run git's merge, with exit status STATUS. RESULT is the
file to replace, and ours comes on standard input (%A is "-"). A STATUS over 127 means that git's
merge failed, perhaps for lack of memory. RESULT is ours then: either all of it is marked as one
conflict, or it is removed, and git stops.

A merge has a time limit and a memory limit. Beyond either, git's own merge is the result.

In dry-run and off, git's result stays as it is. In dry-run the structural merge is computed as
well. Each run leaves a row in the journal.

Exit status: 0 clean, 1 conflict. With RESULT: 10 clean, 11 conflict. An interpreter that fails
never exits with these, so after any other status the calling shell knows that git's result still
stands.
"""

from __future__ import annotations

import os
import sys
import time

from seedgit import codes
from seedgit.driver.git import (
    MOST_CONFLICTS,
    LineMerge,
    ask,
    merge_ids,
    output,
    start_git,
    their_name,
)
from seedgit.limits import (
    MARKER_MOST,
    MEMORY_KEY,
    MEMORY_LIMIT,
    TIME_KEY,
    TIME_LIMIT,
    Limit,
    number,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from seedgit.driver.rules import RulesOfMerge
    from seedgit.merge.decision import Decision
    from seedgit.merge.engine import Result
    from seedgit.mode import Mode

USAGE = "usage: merge_driver.py %O %A %B %L %P | %O - %B %L %P RESULT STATUS"
CLEAN, CONFLICTS, FAILED = 10, 11, 12
BINARY_WITHIN = 8000  # bytes in which git looks for a NUL (gitattributes(5), "text")
GITS_NAMES = ".merge_file_"  # of %O, %A and %B


SHADOW_KEY = "seedgit.shadow"
SETTINGS = (
    "^(seedgit[.](mode|shadow|timelimit|memorylimit)|merge[.]conflictstyle"
    "|branch[.].*[.]mergeoptions)$"
)


def main(argv: Sequence[str]) -> int:
    if len(argv) not in (5, 7):
        print(USAGE, file=sys.stderr)
        return 2
    started = time.monotonic()
    target = argv[5] if len(argv) == 7 else argv[1]
    try:
        conflicted = _merge(argv, target, started)
    except (OSError, MemoryError) as error:
        # With RESULT the calling shell knows what is in the file. Without it, nobody would.
        stands = len(argv) == 7 and int(argv[6]) <= MOST_CONFLICTS
        if len(argv) == 5:
            _remove(target)  # git stops the merge when the file is missing
        why = getattr(error, "strerror", None) or str(error) or "out of memory"
        outcome = "git's own merge is used" if stands else "the merge is stopped"
        _say(argv[4], f"{outcome}: {why}" + ("" if stands else "; make room, and merge again"))
        return FAILED
    if len(argv) == 7:
        return CONFLICTS if conflicted else CLEAN
    return 1 if conflicted else 0


def _merge(argv: Sequence[str], target: str, started: float) -> bool:
    """Merge into `target`, and return whether there are conflicts. Raises OSError, MemoryError."""
    asked = start_git("config", "-z", "--show-scope", "--show-origin", "--get-regexp", SETTINGS)
    from seedgit.driver.rules import RulesOfMerge

    rules = RulesOfMerge(target)
    base_file, _, theirs_file, size, path = argv[:5]
    size = _marker_size(size)
    ours, by_lines, status = _merged_by_git(argv, target, size)
    data = [_read(base_file), ours, _read(theirs_file)]
    settings = _Settings(output(asked))
    optioned = None
    if by_lines is not None and not settings.mode.live:
        optioned = _with_options(data, settings, int(size))
    if optioned is not None:
        by_lines, status = optioned[0], int(optioned[1])
        _replace(target, by_lines)
    run = _Run(path, data, by_lines if status == 0 else None, int(size), settings)
    run.by_git = by_lines is not None
    conflicted = status != 0
    try:
        run.merge(rules)
        if run.result is not None and run.mode.live:
            _replace(target, run.result.text)
            conflicted = not run.result.clean
        elif by_lines is None:
            run.mark_all(target)
        elif conflicted and optioned is None:
            again = _merged_again(base_file, ours, theirs_file, size, target, settings.style)
            if again is not None:
                _replace(target, again)
    except Exception as error:
        run.failed(error)
        if by_lines is None:
            run.mark_all(target)
    run.record(int(conflicted), (time.monotonic() - started) * 1000)
    for line in run.remarks:
        _say(path, line)
    if conflicted and run.mode.live:
        from seedgit.conflict_line import tell_once

        tell_once()
    _sweep()
    return conflicted


def _merged_by_git(argv: Sequence[str], target: str, size: str) -> tuple[bytes, bytes | None, int]:
    """(ours, git's own merge, its exit status). The merge is also in `target`; None: it failed."""
    base_file, ours_file, theirs_file, _, path = argv[:5]
    if len(argv) == 7:
        ours = sys.stdin.buffer.read()
        _load(path)
        status = int(argv[6])
        return ours, _read(target) if status <= MOST_CONFLICTS else None, status
    ours = _read(ours_file)
    lines = LineMerge(base_file, ours_file, theirs_file, size)
    _load(path)
    by_lines, status = lines.result()
    if by_lines is not None:
        _replace(target, by_lines)
    return ours, by_lines, status


def _with_options(data: list[bytes], settings: _Settings, size: int) -> tuple[bytes, bool] | None:
    """git's own merge with the options that git does not pass to a driver; None without any."""
    from seedgit.driver.untold_options import options

    try:
        found = options(settings.merge_options, ask)
        if not found:
            return None
        from seedgit.driver.labels import git_labels
        from seedgit.driver.merge_with_options import merge_with_options

        labels = git_labels(settings.style, ask)
        return merge_with_options(data, found, settings.style, size, labels, ask)
    except Exception as error:
        settings.warnings.append(f"git's merge is used without its -X options: {error}")
        return None


def _marker_size(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        return "7"
    return str(min(int(text[:9]), MARKER_MOST))


def _load(path: str) -> None:
    """Load the modules that merge files of this name, while git is still at work.

    Parsing an empty text makes the parser load what it needs. Errors are ignored here: they happen
    again later, where they are reported.
    """
    try:
        from seedgit.formats.registry import format_of

        format = format_of(path)
        if format is not None:
            import seedgit.formats.merge
            import seedgit.mode  # noqa: F401

            format.parse("", path)
    except Exception:
        pass


class _Settings:
    """The settings of the driver in git config: mode, shadow, markers and limits."""

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
        self._found = found
        style = found.get("merge.conflictstyle", "")
        self.style = style if style in ("diff3", "zdiff3") else "merge"
        self.warnings = list(self.mode.odd)
        self.seconds = self._number(found, TIME_KEY, TIME_LIMIT)
        self.bytes = self._number(found, MEMORY_KEY, MEMORY_LIMIT)

    @property
    def merge_options(self) -> str:
        """branch.<name>.mergeOptions of the current branch."""
        if not any(key.startswith("branch.") for key in self._found):
            return ""
        branch = ask("symbolic-ref", "--quiet", "--short", "HEAD").strip()
        return self._found.get(f"branch.{branch}.mergeoptions", "")

    def _number(self, found: dict[str, str], key: str, default: int) -> int:
        text = found.get(key.lower(), str(default))
        value = number(text)
        if value is None:
            self.warnings.append(f"{key} is {text!r}, not a number: {default} counts")
            return default
        return value


class _Run:
    """One call: its result, and what it reports in the journal and on standard error.

    by_lines  git's own result where that is clean
    result    the structural merge, where there is one
    remark    a code for the journal: something was wrong, but the merge was made all the same
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
        self.remark = ""
        self.remarks: list[str] = list(settings.warnings)
        self.by_git = True

    def merge(self, rules: RulesOfMerge) -> None:
        """Set the structural result, or the reason why there is none."""
        if self.mode.off:
            self.reason = codes.SKIP_MODE_OFF
            return
        found = rules.read(self.limit())
        with self.limit():
            self._merge(*found)

    def limit(self) -> Limit:
        return Limit(self.settings.seconds, self.settings.bytes)

    def _merge(self, merged: bytes | None, ours: bytes | None, why: str) -> None:
        from seedgit.driver.rules import rules_of
        from seedgit.formats.registry import format_of, titles

        format = format_of(self.path)
        if format is None:
            self._pass(codes.SKIP_UNKNOWN_FORMAT, f"no {titles()} by its name")
            return
        rules, broken = rules_of(self.path, merged, ours)
        if why or broken:
            self.remark = codes.RULES_OURS
            self.remarks.append(f"{codes.RULES_OURS}: {why or broken}")
        if rules is None:
            self._pass(codes.SKIP_NOT_A_SEED, "no rule matches it")
            return
        from seedgit.formats.merge import merge_texts
        from seedgit.merge.version import NotMergeable
        from seedgit.merge.write_markers import Markers

        base, ours, theirs = self.data
        markers = Markers(self.size, self.settings.style, ours="HEAD", theirs=their_name())
        try:
            self.result = merge_texts(
                format, self.path, (base or None, ours, theirs), self.by_lines, markers, rules
            )
        except NotMergeable as problem:
            self._pass(problem.reason, problem.detail)
            return
        if os.environ.get("SEEDGIT_TRACE"):
            self.remarks += _traced(self.result.decisions)

    def failed(self, error: Exception) -> None:
        """Something broke: keep git's own merge, and put the traceback into the journal."""
        import traceback

        self.result = None
        over = isinstance(error, (TimeoutError, MemoryError))
        self.reason = codes.GIT_OVER_LIMIT if over else codes.GIT_FAILED
        self.error = traceback.format_exc()
        detail = str(error) or f"over {MEMORY_KEY}, {self.settings.bytes} bytes"
        self.remarks.append(f"{self._instead()}: {type(error).__name__}: {detail}")

    def _instead(self) -> str:
        return "git's own merge is used" if self.by_git else "git's own merge failed as well"

    def mark_all(self, target: str) -> None:
        """Neither engine merged the file: mark all of it as one conflict, unless it is binary.

        git leaves a binary file as ours, and so does this.
        """
        base, ours, theirs = self.data
        if any(b"\0" in version[:BINARY_WITHIN] for version in self.data):
            return
        blocks = ((b"<", b"HEAD", ours), (b"|", b"base", base), (b"=", b"", theirs))
        parts = []
        for mark, label, text in blocks:
            if mark == b"|" and self.settings.style == "merge":
                continue
            parts += [mark * self.size, b" " + label if label else b"", b"\n", text]
            if text and not text.endswith(b"\n"):
                parts.append(b"\n")
        label = os.fsencode(their_name())
        _replace(target, b"".join([*parts, b">" * self.size, b" ", label, b"\n"]))
        self.remarks.append("all of it is marked as one conflict")

    def _pass(self, reason: str, detail: str) -> None:
        self.reason = reason
        marker = b"\n" + b"<" * self.size + b"\n"
        if any(marker in b"\n" + version for version in self.data):
            return  # git-rerere(1) replays a resolution: its versions hold markers like these
        words = "" if reason.startswith("skip") and self.by_git else f"{self._instead()}: "
        self.remarks.append(f"{words}{reason}: {detail}")

    def record(self, status: int, ms: float) -> None:
        """Add a row to the journal. Where that fails, the merge goes on without it."""
        try:
            from seedgit import journal
            from seedgit.files.git_dir import find_common_dir
            from seedgit.journal_file import MERGE_DRIVER

            common = find_common_dir()
            if common is None or os.environ.get("SEEDGIT_JOURNAL") == "off":
                return
            from seedgit.shadow import blob_id, compared, listed

            outcome = codes.FAILED if self.error else codes.CONFLICT if status else codes.DONE
            if not self.error and self.reason:
                outcome = codes.NOTHING
            row: dict[str, Any] = dict(
                zip(("base", "ours", "theirs"), map(blob_id, self.data), strict=True)
            )
            if self.result is not None:
                row["decisions"] = listed(self.result.decisions)
            skipped = self.reason.startswith("skip")
            if (self.mode.dry_run or self.settings.shadow) and not skipped:
                with self.limit():
                    row |= compared(self.by_lines, self.result, self.path, self.data)
                row["merge"] = merge_ids() or None
            journal.Journal(common, journal.DRIVER_PATIENCE).add(
                MERGE_DRIVER,
                outcome,
                mode=self.mode.value,
                path=self.path,
                reason=self.reason or self.remark or None,
                status=status,
                ms=round(ms, 3),
                error=self.error or None,
                **row,
            )
        except Exception as error:
            self.remarks.append(f"journal: {error}")


def _traced(decisions: Decision) -> list[str]:
    from seedgit.values.pointer import format_pointer

    return [
        f"{format_pointer(pointer) or '/'}: {source}: {reason}"
        for pointer, source, reason in decisions.explained()
    ]


def _merged_again(
    base_file: str, ours: bytes, theirs_file: str, size: str, target: str, style: str
) -> bytes | None:
    """git's own merge, made again with the labels that git itself would write; None: it failed."""
    from seedgit.driver.labels import git_labels
    from seedgit.files.safe import replace_regular, temporary

    labels = git_labels(style, ask)
    name = temporary(target)
    try:
        replace_regular(name, ours)
        return LineMerge(base_file, name, theirs_file, size, *labels).result()[0]
    except OSError:  # the merge is in the file already, with other labels
        return None
    finally:
        _remove(name)


def _remove(name: str) -> None:
    if os.path.lexists(name):
        os.unlink(name)


def _sweep() -> None:
    """Remove the temporary files that a killed driver left beside its %A, except tracked ones."""
    from seedgit.files.safe import left_behind

    try:
        for name in left_behind("."):
            if name.startswith(GITS_NAMES) and not ask("ls-files", "--", name):
                _remove(name)
    except OSError:  # the next driver tries again
        return


def _read(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _replace(name: str, data: bytes) -> None:
    """Replace a file's content in one step. Does nothing where it has that content already."""
    if _read(name) == data:
        return
    from seedgit.files.safe import replace_regular

    replace_regular(name, data)


def _say(path: str, message: str) -> None:
    text = f"seedgit: {path}: {message}"
    print(text.encode("unicode_escape").decode(), file=sys.stderr)
