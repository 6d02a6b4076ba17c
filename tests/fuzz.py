"""Real files, mutated at random on both sides, through the merge driver: `make fuzz`.

usage: python -m tests.fuzz [--minutes M] [--seed S] [--only N] [--save DIR] [FILE or FOLDER ...]

Each case is a pure function of the seed, its number and the files. It fails where the driver raises
or falls back because of an exception, leaves a clean result that cannot be read, breaks a law of
`tests.laws`, loses a word that a side brought in, or does something else as a process of its own.
A failing case is shrunk by lines and saved as a folder: base, ours, theirs and note.txt.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from seedgit.driver import main as driver
from seedgit.errors import InvalidDocument
from seedgit.formats.registry import format_name, format_named
from seedgit.merge.tree import Entry, Node
from seedgit.operations.install.driver_command import driver_command
from tests import laws, scripted

ROOT = Path(__file__).parent.parent
SIZE_LIMIT = 64 * 1024
AS_PROCESS = 50
SHRINK_SECONDS = 10.0
# Cases of one kind; more of it are counted.
SAVED = 3
INTERNAL = re.compile(r"git's own merge is used: ([A-Z]\w*)")
# What the driver says where it leaves the merge to git, whose result is then git's business.
LEFT_TO_GIT = re.compile(r"git's own merge (is used: [a-z]|failed as well: git: )|skip:")
# Names of the versions in a folder that holds a merge.
VERSIONS = {"base": "base", "ours": "ours", "left": "ours", "theirs": "theirs", "right": "theirs"}
WORD = re.compile(r"\bfz[ot]\d+")


class Case(NamedTuple):
    """Three versions of one file. name: what it was made from."""

    path: str
    base: bytes
    ours: bytes
    theirs: bytes
    name: str = ""


class Outcome(NamedTuple):
    """What the driver did with a case. problem: empty, or a kind, a colon and what it is."""

    status: int
    text: bytes
    problem: str = ""


# -- the driver ------------------------------------------------------------------------------------


def driven(case: Case, folder: Path, process: bool = False) -> tuple[int, bytes, str]:
    """(exit status, %A, standard error) of the driver; process: as git calls what is installed."""
    names = []
    for version in ("base", "ours", "theirs"):
        file = folder / version
        file.write_bytes(getattr(case, version))
        names.append(str(file))
    arguments = [*names, "7", case.path]
    if process:
        command = driver_command()
        for name, value in zip("OABLP", arguments, strict=True):
            command = command.replace(f"%{name}", shlex.quote(value))
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, check=False)
        return done.returncode, (folder / "ours").read_bytes(), done.stderr.decode("utf-8")
    errors = io.StringIO()
    here = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stderr(errors):
            status = driver.main(arguments)
    finally:
        os.chdir(here)
    return status, (folder / "ours").read_bytes(), errors.getvalue()


def tried(case: Case, folder: Path, process: bool = False) -> Outcome:
    """Merge a case, and look for what must not be."""
    try:
        status, text, said = driven(case, folder)
    except Exception:
        where = traceback.format_exc().strip()
        return Outcome(-1, b"", f"raised: {where}")
    if internal := INTERNAL.search(said):
        return Outcome(status, text, f"internal {internal[1]}: {said.strip()}")
    if status not in (0, 1):
        return Outcome(status, text, f"status: {status}")
    if process:
        other = driven(case, folder, process=True)
        if other[:2] != (status, text):
            return Outcome(status, text, f"process: exit {other[0]} and {other[2]!r}")
    if LEFT_TO_GIT.search(said):
        return Outcome(status, text)
    return Outcome(status, text, _judged(case, status == 0, text))


def _judged(case: Case, clean: bool, text: bytes) -> str:
    format = format_name(case.path) or ""
    if not clean:
        lost = (new_words(case.ours) | new_words(case.theirs)) - new_words(text)
        taken = _removed(case)
        return f"lost in conflict: {sorted(lost - taken)}" if lost - taken else _torn(case, text)
    try:
        base, ours, theirs = (laws.read(format, x) for x in (case.base, case.ours, case.theirs))
    except laws.Unreadable:
        return ""
    try:
        result = laws.read(format, text)
    except laws.Unreadable as error:
        return f"unreadable: {error}"
    if wrong := laws.broken(format, base, ours, theirs, result):
        return "law: " + "; ".join(wrong[:3])
    return ""


def _torn(case: Case, text: bytes) -> str:
    """Who takes one side in every conflict has a file that can be read, as the sides can."""
    format = format_name(case.path) or ""
    try:
        for data in (case.base, case.ours, case.theirs):
            laws.read(format, data)
    except laws.Unreadable:
        return ""
    for side in ("ours", "theirs"):
        try:
            laws.read(format, resolved(text, side))
        except laws.Unreadable as error:
            return f"torn {format}: {side} in every conflict cannot be read: {error}"
    return ""


def resolved(text: bytes, side: str) -> bytes:
    """`text` with one side's lines of every conflict."""
    kept, now = [], ""
    for line in text.splitlines(keepends=True):
        sign = line.rstrip(b"\r\n")[:7]
        if sign == b"<" * 7:
            now = "ours"
        elif sign == b"=" * 7 and now:
            now = "theirs"
        elif sign == b">" * 7 and now:
            now = ""
        elif now in ("", side):
            kept.append(line)
    return b"".join(kept)


def new_words(text: bytes) -> set[str]:
    """Words that a mutation put into values; comments may go with what they are about."""
    lines = text.decode("utf-8", "replace").splitlines()
    return {word for line in lines for word in WORD.findall(re.split("#|//", line)[0])}


def _removed(case: Case) -> set[str]:
    """Words that came in on both sides, and may have gone again on one."""
    return new_words(case.ours) & new_words(case.theirs)


# -- mutations -------------------------------------------------------------------------------------


class Mutation:
    """Random edits of one text. letter: whose they are."""

    def __init__(self, format: str, text: str, rng: Random, letter: str) -> None:
        self.format = format
        self.text = text
        self.rng = rng
        self.letter = letter
        self.count = 0

    def word(self) -> str:
        self.count += 1
        return f"fz{self.letter}{self.count}"

    def run(self, times: int) -> None:
        for _ in range(times):
            if self.rng.randrange(4):
                self._value()
            else:
                self._text()

    def edit(self, times: int) -> None:
        """Edits of values alone, as people make them."""
        for _ in range(times):
            self._value()

    # -- by value: at a place of the tree, so that most results still parse

    def _value(self) -> None:
        try:
            root = format_named(self.format).parse(self.text, "mutated")
        except InvalidDocument:
            self._text()
            return
        places = [p for p in _places(root) if p[0].layout != "stream"]
        if not places:
            return
        container, entry = self.rng.choice(places)
        what = self.rng.choice(
            [self._change, self._delete, self._insert] * 2 + [self._comment, self._swap]
        )
        what(container, entry)

    def _splice(self, start: int, end: int, new: str) -> None:
        self.text = self.text[:start] + new + self.text[end:]

    def _scalar(self) -> str:
        plain = self.format == "yaml" and self.rng.randrange(2)
        return self.word() if plain else f'"{self.word()}"'

    def _change(self, container: Node, entry: Entry) -> None:
        node = entry.node
        if node.kind == "scalar" and node.start < node.end:
            if "\n" in node.text:  # a text of several lines: one of them
                cut = self.rng.choice([m.end() for m in re.finditer(r"\n[ ]*", node.text)])
                self._splice(node.start + cut, node.start + cut, self.word() + " ")
            else:
                self._splice(node.start, node.end, self._scalar())

    def _delete(self, container: Node, entry: Entry) -> None:
        if container.layout == "block" or len(container.entries) == 1:
            self._splice(entry.lead, entry.end, "")
        elif entry is container.entries[-1]:
            self._splice(container.entries[-2].stop, entry.stop, "")
        else:
            self._splice(
                entry.start, container.entries[container.entries.index(entry) + 1].start, ""
            )

    def _insert(self, container: Node, entry: Entry) -> None:
        new = self._scalar()
        in_map = container.kind == "map"
        if container.layout == "block":
            pad = " " * container.indent
            sign = {"yaml": ": ", "toml": " = "}.get(self.format, "")
            line = f"{pad}{self.word()}{sign}{new}\n" if in_map else f"{pad}- {new}\n"
            place = self.rng.choice((entry.lead, entry.end))
            if self.format == "toml" and entry.node.kind != "scalar":
                place = entry.lead  # behind a header the line would be another table's
            if place and self.text[place - 1] != "\n":
                line = "\n" + line
            self._splice(place, place, line)
            return
        if in_map:
            key = f'"{self.word()}"'
            new = f"{key} = {new}" if self.format == "toml" else f"{key}: {new}"
        gap = self.text[entry.lead : entry.start]
        gap = gap if gap.isspace() else " "
        if self.rng.randrange(2):
            self._splice(entry.start, entry.start, f"{new},{gap}")
        else:
            self._splice(entry.stop, entry.stop, f",{gap}{new}")

    def _comment(self, container: Node, entry: Entry) -> None:
        sign = "//" if self.format == "json" else "#"
        if container.layout == "block":
            start = self.text.rfind("\n", 0, entry.start) + 1
            if self.text[start : entry.start].strip():
                return  # the first member of an item stands behind its dash
            self._splice(start, start, f"{' ' * container.indent}{sign} {self.word()}\n")
        elif self.format == "json" and "\n" in self.text[entry.lead : entry.start]:
            self._splice(entry.start, entry.start, f"{sign} {self.word()}\n")

    def _swap(self, container: Node, entry: Entry) -> None:
        """Two entries of one container change places."""
        other = self.rng.choice(container.entries)
        one, two = sorted((entry, other), key=lambda e: e.start)
        if one is two:
            return
        text = self.text
        if container.layout == "block":
            first, second = (one.lead, one.end), (two.lead, two.end)
        else:
            first, second = (one.start, one.stop), (two.start, two.stop)
        if first[1] <= second[0]:
            self.text = (
                text[: first[0]]
                + text[second[0] : second[1]]
                + text[first[1] : second[0]]
                + text[first[0] : first[1]]
                + text[second[1] :]
            )

    # -- by text: whatever a person or a broken tool may do to lines

    def _text(self) -> None:
        lines = self.text.split("\n")
        at = self.rng.randrange(len(lines))
        end = min(len(lines), at + self.rng.randrange(1, 6))
        what = self.rng.randrange(14)
        if what in (0, 1):
            del lines[at:end]
        elif what in (2, 3):
            lines[at:at] = lines[at:end]
        elif what == 4:
            block = lines[at:end]
            del lines[at:end]
            place = self.rng.randrange(len(lines) + 1)
            lines[place:place] = block
        elif what == 5:
            lines[at:end] = [("  " + line if line else line) for line in lines[at:end]]
        elif what == 6:
            lines[at:end] = [line.removeprefix("  ") for line in lines[at:end]]
        elif what == 7:
            lines.insert(at, self.rng.choice(("", "", "# " + self.word(), "  ", "\t")))
        elif what == 8:
            lines[at] += self.rng.choice((" ", "  # " + self.word(), ",", " // " + self.word()))
        elif what == 9:
            found = list(re.finditer(r"\w+", lines[at]))
            if found:
                one = self.rng.choice(found)
                lines[at] = lines[at][: one.start()] + self.word() + lines[at][one.end() :]
        elif what == 10:
            place = self.rng.randrange(len(lines[at]) + 1)
            sign = self.rng.choice("{}[]\"'#:,-&*|> \t=\\é\u2028\ufeff\x00\r")
            lines[at] = lines[at][:place] + sign + lines[at][place:]
        elif what == 11 and lines[at]:
            place = self.rng.randrange(len(lines[at]))
            lines[at] = lines[at][:place] + lines[at][place + 1 :]
        elif what == 12 and not self.rng.randrange(6):
            lines = [line + "\r" for line in lines[:-1]] + lines[-1:]
        elif what == 13 and not self.rng.randrange(3) and lines[-1] == "":
            del lines[-1]
        self.text = "\n".join(lines)


def _places(node: Node) -> Iterator[tuple[Node, Entry]]:
    for entry in node.entries:
        yield node, entry
        yield from _places(entry.node)


def mutated(case: Case, rng: Random) -> Case:
    """The case with up to six more edits on each side; some of them are the same on both."""
    format = format_name(case.path) or "yaml"
    common = rng.randrange(2**32) if not rng.randrange(5) else None
    sides = []
    for letter, data in (("o", case.ours), ("t", case.theirs)):
        text = data.decode("utf-8", "replace")
        if common is not None:
            both = Mutation(format, text, Random(common), "b")
            both.run(1)
            text = both.text
        mutation = Mutation(format, text, rng, letter)
        mutation.run(rng.choice((0, 1, 1, 2, 3, 6)))
        sides.append(mutation.text.encode("utf-8", "replace"))
    return case._replace(ours=sides[0], theirs=sides[1])


# -- cases -----------------------------------------------------------------------------------------


def found(places: list[Path]) -> list[Case]:
    """What to mutate, in a fixed order: files, and folders that hold the versions of a merge."""
    cases = []
    for place in places:
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        merges: dict[Path, dict[str, Path]] = {}
        for path in paths:
            if not path.is_file() or not format_name(path.name):
                continue
            data = path.read_bytes()
            if len(data) > SIZE_LIMIT or b"\0" in data:
                continue
            if path.stem in VERSIONS:
                merges.setdefault(path.parent, {})[VERSIONS[path.stem]] = path
            elif path.stem != "expected":
                cases.append(Case(path.name, data, data, data, str(path)))
        for folder, versions in merges.items():
            if len(versions) == 3:
                data_of = {version: path.read_bytes() for version, path in versions.items()}
                name = "merged" + versions["base"].suffix
                cases.append(Case(name, name=str(folder), **data_of))
    return cases


def made(number: int, seed: int, sources: list[Case]) -> Case:
    """Case `number`: of a real file, or of a generated document."""
    rng = Random(f"{seed}:{number}")
    if sources and rng.randrange(4):
        return mutated(rng.choice(sources), rng)
    dialect = rng.choice(scripted.DIALECTS)
    document = scripted.generated(dialect, rng)
    path, text = f"generated.{scripted.format_of(dialect)}", document.text()
    if rng.randrange(2):
        return mutated(Case(path, text, text, text, path), rng)
    sides = [document.copied(rng, letter) for letter in "ot"]
    for side in sides:
        side.edit(rng.randrange(1, 6))
    return Case(path, text, sides[0].text(), sides[1].text(), path)


def shrunk(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The case with as few lines as still fail alike: out of all versions, then out of each."""
    end = time.monotonic() + SHRINK_SECONDS
    together: tuple[str, ...] = ("base", "ours", "theirs")
    for versions in (together, *((version,) for version in together), together):
        size = 64
        while size and time.monotonic() < end:
            lines = list(dict.fromkeys(line for v in versions for line in _lines(case, v)))
            smaller = case
            for at in range(0, len(lines), size):
                gone = set(lines[at : at + size])
                less = _without(smaller, versions, gone)
                if less != smaller and fails(less):
                    smaller = less
                if time.monotonic() > end:
                    break
            if smaller == case:
                size //= 2
            case = smaller
    return case


def _lines(case: Case, version: str) -> list[bytes]:
    data: bytes = getattr(case, version)
    return data.splitlines(keepends=True)


def _without(case: Case, versions: tuple[str, ...], gone: set[bytes]) -> Case:
    for version in versions:
        kept = b"".join(line for line in _lines(case, version) if line not in gone)
        case = Case(**{**case._asdict(), version: kept})
    return case


def saved(case: Case, problem: str, place: Path, note: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    suffix = Path(case.path).suffix
    for version in ("base", "ours", "theirs"):
        (place / (version + suffix)).write_bytes(getattr(case, version))
    (place / "note.txt").write_text(f"{problem}\n\nmade from {case.name or case.path}\n{note}\n")


def kind(problem: str) -> str:
    """What counts as one failure: an exception at its place, a broken law."""
    if problem.startswith("raised"):
        places = re.findall(r'File ".*?(\w+\.py)", line (\d+)', problem)
        return f"raised {places[-1][0]}:{places[-1][1]}" if places else "raised"
    law = re.search(r"told apart|both sides|left it alone|belongs before|against|made it", problem)
    return problem.partition(":")[0] + (f" {law[0]}" if law else "")


class Arguments(argparse.Namespace):
    minutes: float
    seed: int
    only: int | None
    save: Path
    places: list[Path]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="run this one case, and say what comes of it")
    parser.add_argument("--save", type=Path, default=ROOT / ".fuzz", help="for failing cases")
    parser.add_argument("places", type=Path, nargs="*", metavar="FILE or FOLDER")
    options = parser.parse_args(argv, namespace=Arguments())
    sources = found([ROOT / "examples", *options.places])
    outcomes: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    start = time.monotonic()
    number = options.only if options.only is not None else 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        while True:
            case = made(number, options.seed, sources)
            outcome = tried(case, folder, process=number % AS_PROCESS == 0)
            outcomes["clean" if outcome.status == 0 else "not clean"] += 1
            if outcome.problem:
                of_kind = kind(outcome.problem)
                failures[of_kind] += 1
                if failures[of_kind] <= SAVED:
                    _report(case, of_kind, folder, options, number)
            number += 1
            if options.only is not None or time.monotonic() - start > options.minutes * 60:
                break
    total = outcomes.total()
    kinds = "".join(f", {count} {of_kind}" for of_kind, count in failures.most_common())
    print(
        f"fuzz: seed {options.seed}, {total} merges of {len(sources)} sources and of generated "
        f"documents in {time.monotonic() - start:.0f} s, "
        f"{100 * outcomes['clean'] // total} % clean, {failures.total()} failures{kinds}"
    )
    return 1 if failures else 0


def _report(case: Case, of_kind: str, folder: Path, options: Arguments, number: int) -> None:
    small = shrunk(case, lambda less: kind(tried(less, folder).problem) == of_kind)
    problem = tried(small, folder).problem or tried(case, folder, process=True).problem
    slug = re.sub(r"\W+", "-", of_kind)
    place = options.save / f"{slug}-{options.seed}-{number}"
    saved(small, problem, place, f"--seed {options.seed} --only {number}")
    print(f"{place}: {problem.splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
