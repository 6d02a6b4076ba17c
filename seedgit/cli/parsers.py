"""The command line as argparse reads it, with its help and its errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from types import ModuleType

from seedgit import __version__
from seedgit.cli.commands import COMMANDS, common
from seedgit.errors import EXIT_CODES, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, NoReturn

# argparse asks gettext for each of its texts, which looks for a translation each time. seedgit
# speaks English, and gettext and what it loads take a tenth of the time of its help.
_gettext = ModuleType("gettext")
vars(_gettext).update(
    gettext=lambda text: text, ngettext=lambda one, more, n: more if n != 1 else one
)
if sys.modules.setdefault("gettext", _gettext) is _gettext:
    import argparse

    del sys.modules["gettext"]
else:
    import argparse

LONGEST_WORD = 100  # characters of a word that is compared with the choices
MOST_LISTED = 8  # choices shown in an error

EPILOG = "exit status:\n" + "\n".join(f"  {code:>3}  {text}" for code, text in EXIT_CODES.items())


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


class Choices(Mapping[str, object]):
    """The choices of an argument, as argparse asks for them.

    action  the argument
    known   what it may be; more may be added
    prog    the program's name in its usage
    """

    def __init__(self, action: argparse.Action, known: Mapping[str, Any], prog: str) -> None:
        self._action = action
        self._known = known
        self._prog = prog

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, value: object) -> bool:
        """True. Raises ArgumentError for what is not a choice."""
        if value in self._known:
            return True
        raise argparse.ArgumentError(
            self._action, f"invalid choice: {quoted(str(value))}; {self._advice(str(value))}"
        )

    def _advice(self, value: str) -> str:
        from difflib import get_close_matches

        choices = [str(choice) for choice in self]
        close = get_close_matches(value[:LONGEST_WORD], choices)
        if close:
            return f"did you mean {' or '.join(close)}?"
        if len(choices) > MOST_LISTED:
            return f"{self._prog.removesuffix(' help')} --help lists them"
        return f"choose from {', '.join(choices)}"


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


class _Topics(Choices):
    """What help can be about: a command, or a code. Codes are loaded for what is no command."""

    def __iter__(self) -> Iterator[str]:
        from seedgit.cli.words import meanings

        yield from (*self._known, *meanings())

    def __contains__(self, value: object) -> bool:
        return value in self._known or value in list(self) or super().__contains__(value)


def _help_command(**options: Any) -> _Command:
    made = _Command(**options)
    told = "a command, or a code that -v, status, plan or pending prints"
    topic = made.add_argument("topic", nargs="?", metavar="COMMAND|CODE", help=told)
    topic.choices = _Topics(topic, COMMANDS.summaries, made.prog)
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
    commands.add_parser(
        "help", help="show the help of a command, or what a code says", make=_help_command
    )
    return parser


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What a command line asks for. Exits if it is wrong, as argparse does."""
    if "_ARGCOMPLETE" in os.environ:
        from seedgit.cli.completion import complete

        complete(build_parser())
    name = words[0] if words else ""
    if name not in COMMANDS.summaries:
        return build_parser().parse_args(words)
    # The whole parser takes long to make, and would only hand these words on.
    found = _command(name, prog=f"seedgit {name}").parse_args(words[1:])
    return argparse.Namespace(**{**common(name), **vars(found)})


def print_help(topic: str | None) -> None:
    """Print the help of a command, or of all; or what a code says."""
    parser = build_parser()
    if topic and topic not in COMMANDS.summaries:
        from seedgit.cli.words import meanings

        print(f"{topic}: {meanings()[topic]}")
    else:
        (parser.subcommands[topic] if topic else parser).print_help()
