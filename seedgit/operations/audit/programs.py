"""Finds the program that a command line really runs, its interpreter, and its seedgit."""

from __future__ import annotations

import functools
import json
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from seedgit import __version__, codes
from seedgit.git.files import in_tree
from seedgit.git.process import run_program
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.audit.findings import FIX, Finding, note, wrong

COMMANDS = ("seedgit", "git-seedgit")
DRIVER_FILE = "merge_driver.py"
HOOK_FILE = "__main__.py"
TIMEOUT = 60.0  # seconds for an interpreter to report about itself

HERE = Path(__file__).resolve().parents[2]  # the package that runs this check
REMEDY = f"install seedgit where it is to stay, and run there: {FIX}"

ABOUT = (
    "import json, os, sys, seedgit; print(json.dumps([seedgit.__version__, seedgit.__file__, "
    "sys.executable, os.path.realpath(sys.executable)]))"
)
# These set up the path as merge_driver.py does under -I -S, and as __main__.py does under -I.
DRIVER_PATH = (
    "import sys, os; sys.path[0:0] = [{root!r}, os.path.join(os.path.dirname(os.path.dirname("
    "sys.executable)), 'lib', 'python%d.%d' % sys.version_info[:2], 'site-packages')]; "
)
HOOK_PATH = "import sys; sys.path[0:0] = [{root!r}]; import pygit2; "
# Programs start here: a relative name in PYTHONPATH then finds nothing to import.
NEUTRAL = Path(os.sep)


class Call(NamedTuple):
    """The call of seedgit in a command line: its words, and the word that names the program.

    program  an interpreter, or a `seedgit` that names its interpreter in its first line
    file     the driver's or the hooks' own file, if the interpreter is given that
    open     whether that interpreter imports modules from its current directory, the working tree
    """

    words: tuple[str, ...]
    program: str
    file: str | None = None

    @property
    def open(self) -> bool:
        options = [word for word in self.words if word[:1] == "-" and word[1:2] not in ("-", "")]
        return "-m" in options and not {"-I", "-P"} & set(options[: options.index("-m")])


class About(NamedTuple):
    """What an interpreter reports about itself and its seedgit. `real`: with links resolved."""

    version: str
    package: Path
    python: str
    real: str

    def __str__(self) -> str:
        by = self.python if self.real == self.python else f"{self.python} -> {self.real}"
        return f"seedgit {self.version} in {self.package}, by {by}"


@functools.lru_cache(maxsize=32)  # several findings ask for the same few scripts
def find_call(command: str) -> Call | None:
    """The call of seedgit in a shell command or script; None where there is none."""
    for words in _simple_commands(command):
        if words[0] in ("test", "["):
            continue
        for n, word in enumerate(words):
            if Path(word).name == DRIVER_FILE:
                return Call(tuple(words), words[0], word)
            if word == "seedgit.merge_driver" and words[n - 1] == "-m":
                return Call(tuple(words), words[0])
            if Path(word).name == HOOK_FILE and words[n + 1 : n + 2] == ["hook"]:
                return Call(tuple(words), words[0], word)
            if Path(word).name in COMMANDS and words[n + 1 : n + 2] == ["hook"]:
                program = words[0] if n and words[n - 1] == "-m" else word
                return Call(tuple(words), program)
    return None


def _simple_commands(command: str) -> Iterator[list[str]]:
    """The words of each command of a shell script, as far as they can be told from its text."""
    lines = [line for line in command.splitlines() if not line.lstrip().startswith("#")]
    lexer = shlex.shlex(" ; ".join(lines), posix=True, punctuation_chars=";&|(){}")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        for word in (*lexer, ";"):
            if word and not set(word) - set(";&|(){}"):
                if words:
                    yield words
                words = []
            elif words or word not in ("then", "else", "elif", "do", "if", "exec", "!"):
                words.append(word)
    except ValueError:  # an open quote
        return


class Programs:
    """Examines programs. Each interpreter is asked only once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._asked: dict[tuple[str, str | None], About | str] = {}

    def examine(self, who: str, call: Call) -> tuple[About | None, list[Finding]]:
        """(the program that an entry point runs, the problems with it)."""
        place, gone = _find(call.program)
        if place is None:
            return None, [wrong(codes.INTERPRETER_MISSING, f"{who}: {gone}", REMEDY)]
        found: list[Finding] = []
        named = _named_interpreter(place)
        if named is not None:
            place, gone = _find(named)
            if place is None:
                return None, [wrong(codes.INTERPRETER_MISSING, f"{who}: {gone}", REMEDY)]
        if call.file is not None and not Path(call.file).is_file():
            return None, [wrong(codes.INTERPRETER_MISSING, f"{who}: {call.file} is gone", REMEDY)]
        if _is_script(place) and place.name in COMMANDS:
            return None, [
                note(codes.INTERPRETER_SHIM, f"{who}: {place} is a script that starts another")
            ]
        if _is_script(place):
            found.append(
                wrong(
                    codes.INTERPRETER_SHIM,
                    f"{who}: {place} is a script, a pyenv shim perhaps: which Python it starts "
                    "depends on the directory and the environment",
                    f"run with the real interpreter: {FIX}",
                )
            )
        if call.open:
            detail = f"{who}: Python looks for its modules in the working tree first"
            found.append(note(codes.NOT_ISOLATED, detail, "let it run: python -I -m seedgit ..."))
        about, more = self._runs(who, place, call.file)
        return about, [*found, *more]

    def _runs(self, who: str, place: Path, file: str | None) -> tuple[About | None, list[Finding]]:
        """Which seedgit an interpreter runs, and what is odd about it."""
        found: list[Finding] = []
        about = self._ask(str(place), file)
        inside = [place] if isinstance(about, str) else [place, about.package]
        if any(in_tree(self._repository, name) for name in inside):
            detail = f"{who}: {place} or its seedgit is in the working tree: a pull may replace it"
            found.append(
                wrong(codes.IN_TREE, detail, f"install seedgit elsewhere, and run there: {FIX}")
            )
        if isinstance(about, str):
            detail = f"{who}: {place} cannot import seedgit: {about}"
            return None, [*found, wrong(codes.NOT_IMPORTABLE, detail, REMEDY)]
        if about.version != __version__:
            detail = f"{who}: runs {about}; this is seedgit {__version__} in {HERE}"
            found.append(
                wrong(codes.OTHER_VERSION, detail, f"with the version that is to stay: {FIX}")
            )
        elif about.package != HERE:
            found.append(note(codes.OTHER_PLACE, f"{who}: runs {about}; this one is in {HERE}"))
        return about, found

    def _ask(self, interpreter: str, file: str | None) -> About | str:
        key = interpreter, file
        if key not in self._asked:
            self._asked[key] = self._answer(interpreter, file)
        return self._asked[key]

    def _answer(self, interpreter: str, file: str | None) -> About | str:
        root = os.path.dirname(os.path.dirname(os.path.abspath(file or "")))
        if file is None:
            words = [interpreter, "-P", "-c", ABOUT]
        elif Path(file).name == HOOK_FILE:
            words = [interpreter, "-I", "-c", HOOK_PATH.format(root=root) + ABOUT]
        else:
            words = [interpreter, "-I", "-S", "-c", DRIVER_PATH.format(root=root) + ABOUT]
        env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        ran = run_program(words, cwd=NEUTRAL, env=env, timeout=TIMEOUT)
        try:
            version, package, python, real = json.loads(ran.out.strip().rpartition("\n")[2])
            return About(version, Path(package).resolve().parent, python, real)
        except (ValueError, TypeError):
            return ran.errors.strip().rpartition("\n")[2] or f"exit status {ran.status}"


def _find(program: str) -> tuple[Path | None, str]:
    """(where a program is, "") or (None, the reason why it was not found)."""
    if "/" not in program:
        found = shutil.which(program)
        return (Path(found), "") if found else (None, f"{program} is not on PATH")
    place = Path(program)
    if not place.exists():
        return None, f"{place} is gone{_broken_link(place)}"
    if place.is_dir() or not os.access(place, os.X_OK):
        return None, f"{place} is not a program"
    return place, ""


def _broken_link(place: Path) -> str:
    for step in range(40):
        if not place.is_symlink():
            return f": it is a link to {place}, which is gone" if step else ""
        place = place.parent / os.readlink(place)
    return ""


def _is_script(place: Path) -> bool:
    try:
        with place.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def _named_interpreter(place: Path) -> str | None:
    """The Python that a script written by pip names in its first line; None for other files."""
    if place.name not in COMMANDS or not _is_script(place):
        return None
    try:
        first, second, *_ = [*place.read_text("utf-8", "replace").splitlines(), "", ""]
    except OSError:
        return None
    words = shlex.split(first.removeprefix("#!"), comments=False)
    if words and Path(words[0]).name == "sh" and second.startswith("'''exec'"):
        words = shlex.split(second.removeprefix("'''exec'"))  # how pip writes a long path
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-")]
    return words[0] if words and Path(words[0]).name.startswith("python") else None
