"""The command line: parse, dispatch through one table, and the one place that handles errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from seedgit.cli.commands import COMMANDS
from seedgit.errors import (
    INSTALL_ANEW,
    INTERNAL,
    OK,
    UNSTARTABLE,
    SeedgitError,
    of_the_system,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from seedgit.answer import Invocation
    from seedgit.cli.session import Session
    from seedgit.cli.terminal import Terminal

INTERRUPTED = 130  # as a shell does if ^C has ended a program


def main(
    argv: Sequence[str] | None = None,
    *,
    ready: Callable[[], None] = lambda: None,
    invocation: Invocation | None = None,
) -> int:
    """Run one command; returns the exit status (seedgit.errors.EXIT_CODES).

    ready       called once everything that the command needs is loaded, before it does anything
    invocation  the same command, if its answer may be kept
    """
    words = sys.argv[1:] if argv is None else argv
    args = _parse(words)
    if args.command == "help":
        from seedgit.cli.parsers import print_help

        print_help(args.topic)
        return OK
    from seedgit.cli.session import Session
    from seedgit.cli.terminal import Terminal

    terminal = Terminal(as_json=getattr(args, "json", False), verbose=args.verbose)
    args.session = Session(args, words, terminal, ready)
    args.session.invocation = invocation
    terminal.said = [] if invocation else None
    module = COMMANDS[args.command]
    if not getattr(module, "RECORDED", True):
        args.session.silence()
    if getattr(module, "PAGED", False):
        terminal.collect()
    try:
        status = int(args.run(args, terminal))
        terminal.out.flush()
        args.session.finished(status)
        terminal.show()
        return status
    except BrokenPipeError:
        # The reader has all it wanted.
        _drop_output()
        args.session.finished(0)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, ImportError) and not args.session.began:
            raise
        return _failed(error, args.session, terminal)


def _parse(words: Sequence[str]) -> argparse.Namespace:
    """What a command line asks for. Exits if it is wrong."""
    if len(words) == 1 and "_ARGCOMPLETE" not in os.environ:
        from seedgit.cli.alone import alone

        found = alone(words[0])
        if found is not None:
            return found
    from seedgit.cli.parsers import parse

    return parse(words)


def _failed(error: BaseException, session: Session, terminal: Terminal) -> int:
    """Record a failure, and then report it; returns the exit status."""
    terminal.end_progress()
    terminal.show(in_pager=False)
    if isinstance(error, KeyboardInterrupt):
        session.failed(error, INTERRUPTED)
        return INTERRUPTED
    if isinstance(error, (SeedgitError, OSError, MemoryError)):
        if isinstance(error, SeedgitError):
            known = error
        else:
            _drop_output()
            known = of_the_system(error, "")
        session.failed(error, known.exit_code)
        terminal.error(known)
        return known.exit_code
    if isinstance(error, ImportError):
        session.failed(error, UNSTARTABLE)
        terminal.remark(f"seedgit: cannot start: {error}")
        terminal.remark(f"hint: {INSTALL_ANEW}")
        return UNSTARTABLE
    import traceback

    session.failed(error, INTERNAL)
    terminal.remark(f"seedgit: internal error: {type(error).__name__}: {error}")
    terminal.remark("hint: this is a bug; nothing is known to be lost. Please report it with:")
    terminal.remarks("".join(traceback.format_exception(error)))
    return INTERNAL


def _drop_output() -> None:
    """Keep the interpreter from complaining at its end about output that nobody reads."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
