"""The command line: parse, dispatch through one table, and the one place that handles errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property, partial

from seedgit import __version__
from seedgit.cli.choices import Choices
from seedgit.cli.commands import COMMANDS
from seedgit.errors import (
    EXIT_CODES,
    INSTALL_ANEW,
    INTERNAL,
    OK,
    UNSTARTABLE,
    SeedgitError,
    of_the_system,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from seedgit.answer import Invocation
    from seedgit.cli.session import Session
    from seedgit.cli.terminal import Terminal

INTERRUPTED = 130  # as a shell does if ^C has ended a program

EPILOG = "exit status:\n" + "\n".join(f"  {code:>3}  {text}" for code, text in EXIT_CODES.items())


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
        parser = build_parser()
        (parser.subcommands[args.topic] if args.topic else parser).print_help()
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
    """What a command line asks for. Exits if it is wrong, as argparse does."""
    if "_ARGCOMPLETE" in os.environ:
        from seedgit.cli.completion import complete

        complete(build_parser())
    name = words[0] if words else ""
    if name not in COMMANDS.summaries:
        return build_parser().parse_args(words)
    # The whole parser takes long to make, and would only hand these words on.
    found = _command(name, prog=f"seedgit {name}").parse_args(words[1:])
    given = {"command": name, "directory": ".", "verbose": False, **vars(found)}
    return argparse.Namespace(**given)


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


GUARD = "\0"  # no argument of a program can hold it


_Formatter = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """subcommands: the parser of each; none if this parser takes the arguments itself

    positional  whether it takes arguments that are no options
    """

    subcommands: dict[str, Any]
    positional = False

    def __init__(self, *args: Any, **options: Any) -> None:
        # argparse makes one for each argument, and loads a library to ask for the terminal's width.
        options["formatter_class"] = partial(_Formatter, width=80)
        super().__init__(*args, **options)
        self.subcommands = {}

    def format_usage(self) -> str:
        self.formatter_class = _Formatter
        return super().format_usage()

    def format_help(self) -> str:
        self.formatter_class = _Formatter
        return super().format_help()

    def add_subparsers(self, **options: Any) -> Any:
        made: Any = super().add_subparsers(**options)
        self.subcommands = made.choices
        made.choices = Choices(made, made.choices, self.prog)
        return made

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        made = super().add_argument(*names, **options)
        self.positional = self.positional or not made.option_strings
        if made.choices is not None:
            made.choices = Choices(made, dict.fromkeys(made.choices), self.prog)
        return made

    def error(self, message: str) -> NoReturn:
        """As in argparse, but escaped: a name that the shell put in may hold anything."""
        from seedgit.cli.terminal import cut, plain

        super().error(cut(plain(message)))


class _Command(Parser):
    """The line of one command: options may be between arguments; errors show its own usage."""

    parsing = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The same as before the command, so only seedgit's own help shows it.
        kept = argparse.SUPPRESS
        self.add_argument("-v", "--verbose", action="store_true", default=kept, help=kept)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self.subcommands or self.parsing:
            return super().parse_known_args(args, namespace)
        self.parsing = True  # argparse calls this again for each of its two passes
        try:
            # Two passes, and the usage is laid out for what may be wrong: only where it takes them.
            mixed = self.positional and any(arg.startswith("-") for arg in args)
            parse = self.parse_known_intermixed_args if mixed else super().parse_known_args
            found, left = parse(_guarded(args), namespace)
        finally:
            self.parsing = False
        if left:
            self.error(f"unrecognized arguments: {' '.join(map(_unguarded, left))}")
        for name, value in vars(found).items():
            setattr(found, name, _unguarded(value))
        return found, left


class _Listed:
    """A command as the list of all has it: its parser is made once something of it is asked for."""

    def __init__(self, make: Callable[..., _Command], **options: Any) -> None:
        self._make, self._options = make, options

    @cached_property
    def parser(self) -> _Command:
        return self._make(**self._options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parser, name)


def _command(name: str, **options: Any) -> _Command:
    module = COMMANDS[name]
    made = _Command(
        description=(module.__doc__ or "").strip(),
        epilog=getattr(module, "EXAMPLES", None),
        **options,
    )
    module.configure(made)
    made.set_defaults(run=module.run)
    return made


def _help_command(**options: Any) -> _Command:
    made = _Command(**options)
    made.add_argument("topic", nargs="?", choices=list(COMMANDS), metavar="COMMAND")
    return made


def _guarded(args: Sequence[str]) -> list[str]:
    """The arguments without `--`, which argparse's second pass does not know."""
    if "--" not in args:
        return list(args)
    at = args.index("--")
    return [*args[:at], *(GUARD + arg if arg.startswith("-") else arg for arg in args[at + 1 :])]


def _unguarded(value: Any) -> Any:
    if isinstance(value, list):
        return [_unguarded(item) for item in value]
    return value.removeprefix(GUARD) if isinstance(value, str) else value


def build_parser() -> Parser:
    """The whole command line. A command's module is loaded when its part of it is needed."""
    parser = Parser(
        prog="seedgit",
        description="Keep the site's changes to vendored configuration apart from the package's.",
        epilog=EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"seedgit {__version__}")
    parser.add_argument(
        "-C", dest="directory", metavar="DIR", default=".", help="run as if started in DIR"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="also say why nothing was done"
    )
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        required=True,
        parser_class=_Listed,
        prog=parser.prog,  # or argparse lays out a whole usage to find it
    )
    for name, summary in COMMANDS.summaries.items():
        commands.add_parser(name, help=summary, make=partial(_command, name))
    commands.add_parser("help", help="show the help of a command", make=_help_command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
