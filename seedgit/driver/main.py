"""git's merge driver for seeds (gitattributes(5)): %O %A %B %L %P [RESULT STATUS [FOLDER]].

One process per file, so start-up is its cost: nothing is imported before it is needed. git's own
merge is written to %A first. The structural merge replaces it, whole, only when it is finished and
checked. Whatever happens in between, %A is a complete file.

With RESULT, the calling shell has already run git's merge, with exit status STATUS. RESULT is the
file to replace, and ours comes on standard input (%A is "-"). A STATUS over 127 means that git's
merge failed, perhaps for lack of memory. RESULT is ours then: either all of it is marked as one
conflict, or it is removed, and git stops.

FOLDER is for the results of the other files of this merge (driver/batch.py). The first call fills
it, and later calls need no Python.

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

from seedgit.driver.git import MOST_CONFLICTS, LineMerge, ask, output
from seedgit.limits import marker_size
from seedgit.spawn import start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.driver.batch import Batch
    from seedgit.driver.rules import RulesOfMerge
    from seedgit.driver.run import Run
    from seedgit.driver.settings import Settings

USAGE = "usage: merge_driver.py %O %A %B %L %P | %O - %B %L %P RESULT STATUS [FOLDER]"
CLEAN, CONFLICTS, FAILED = 10, 11, 12
GITS_NAMES = ".merge_file_"  # of %O, %A and %B


def main(argv: Sequence[str]) -> int:
    if len(argv) not in (5, 7, 8):
        print(USAGE, file=sys.stderr)
        return 2
    started = time.monotonic()
    by_shell = len(argv) > 5
    target = argv[5] if by_shell else argv[1]
    try:
        conflicted = _merge(argv, target, started)
    except (OSError, MemoryError) as error:
        # With RESULT the calling shell knows what is in the file. Without it, nobody would.
        stands = by_shell and int(argv[6]) <= MOST_CONFLICTS
        if not by_shell:
            _remove(target)  # git stops the merge when the file is missing
        why = getattr(error, "strerror", None) or str(error) or "out of memory"
        outcome = "git's own merge is used" if stands else "the merge is stopped"
        _say(argv[4], f"{outcome}: {why}" + ("" if stands else "; make room, and merge again"))
        return FAILED
    if by_shell:
        return CONFLICTS if conflicted else CLEAN
    return 1 if conflicted else 0


def _merge(argv: Sequence[str], target: str, started: float) -> bool:
    """Merge into `target`, and return whether there are conflicts. Raises OSError, MemoryError."""
    from seedgit.driver.settings import LISTED

    asked = start_git(*LISTED)
    from seedgit.driver.rules import RulesOfMerge
    from seedgit.driver.run import Run
    from seedgit.driver.settings import Settings

    rules = RulesOfMerge(target)
    base_file, _, theirs_file, _, path = argv[:5]
    size = marker_size(argv[3])
    ours, by_lines, status = _merged_by_git(argv, target, str(size))
    data = [_read(base_file), ours, _read(theirs_file)]
    settings = Settings(output(asked))
    optioned = None
    if by_lines is not None and not settings.mode.live:
        optioned = _with_options(data, settings, size)
    if optioned is not None:
        by_lines, status = optioned[0], int(optioned[1])
        _replace(target, by_lines)
    run = Run(path, data, by_lines if status == 0 else None, size, settings)
    run.by_git = by_lines is not None
    conflicted = status != 0
    try:
        _compute(run, argv, rules)
        if run.result is not None and run.mode.live:
            _replace(target, run.result.text)
            conflicted = not run.result.clean
        elif by_lines is None:
            _mark_all(run, target)
        elif conflicted and optioned is None:
            _mark_again(argv, ours, target, settings.style)
    except Exception as error:
        run.failed(error)
        if by_lines is None:
            _mark_all(run, target)
    run.record(int(conflicted), (time.monotonic() - started) * 1000)
    _report(run, conflicted, _folder(argv))
    _sweep()
    return conflicted


def _report(run: Run, conflicted: bool, folder: str) -> None:
    for line in run.remarks:
        _say(run.path, line)
    if conflicted and run.mode.live:
        from seedgit.conflict_line import tell_once

        tell_once(folder)


def _compute(run: Run, argv: Sequence[str], rules: RulesOfMerge) -> None:
    """Merge this file, and meanwhile the others of this merge.

    Until all is done, %A stays git's own merge, whose status the calling shell knows.
    """
    batch = _batch(argv, rules, run.settings)
    try:
        run.merge(rules)
    finally:
        if batch is not None:
            batch.wait()


def _folder(argv: Sequence[str]) -> str:
    return argv[7] if len(argv) == 8 else ""


def _batch(argv: Sequence[str], rules: RulesOfMerge, settings: Settings) -> Batch | None:
    """The other files of this merge, which are merged meanwhile; None where that is not done."""
    folder = _folder(argv)
    if not (folder and settings.mode.live) or os.environ.get("SEEDGIT_TRACE"):
        return None
    try:
        from seedgit.driver.batch import begin

        return begin(folder, argv[4], rules)
    except Exception:  # each file is merged by its own call
        return None


def _merged_by_git(argv: Sequence[str], target: str, size: str) -> tuple[bytes, bytes | None, int]:
    """(ours, git's own merge, its exit status). The merge is also in `target`; None: it failed."""
    base_file, ours_file, theirs_file, _, path = argv[:5]
    if len(argv) > 5:
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


def _with_options(data: list[bytes], settings: Settings, size: int) -> tuple[bytes, bool] | None:
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


def _mark_all(run: Run, target: str) -> None:
    marked = run.all_marked()
    if marked is not None:
        _replace(target, marked)


def _mark_again(argv: Sequence[str], ours: bytes, target: str, style: str) -> None:
    """Put git's own merge into the file again, with the labels that git itself would write."""
    from seedgit.driver.labels import git_labels
    from seedgit.files.safe import replace_regular, temporary

    labels = git_labels(style, ask)
    name = temporary(target)
    size = str(marker_size(argv[3]))
    again = None
    try:
        replace_regular(name, ours)
        again = LineMerge(argv[0], name, argv[2], size, *labels).result()[0]
    except OSError:  # the merge is in the file already, with other labels
        return
    finally:
        _remove(name)
    if again is not None:
        _replace(target, again)


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
