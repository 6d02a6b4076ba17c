"""Manages seedgit's lines in info/attributes: they give seeds the merge driver, and the filter.

git reads that file even where .gitattributes is missing from disk, or comes with the very merge
that needs it. And upstream cannot write into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from seedgit.files.safe import read_regular
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.rules.wildmatch import Wildmatch, simpler

BEGIN = "# >>> seedgit: written by `seedgit init`, taken out by `seedgit init --undo`"
END = "# <<< seedgit"
ATTRIBUTE = " merge=seedgit"


class Marks(NamedTuple):
    """Marks a block of lines. Only how a marker begins counts: people edit the rest of its line."""

    begin: str
    end: str
    begins: str
    attribute: str


DRIVER = Marks(BEGIN, END, "# >>> seedgit", ATTRIBUTE)
FILTER_NAME = "seedgit"
FILTER = Marks(
    "# >>> live in place: written by seedgit, taken out by `seedgit live --undo --in-place`",
    "# <<< live in place",
    "# >>> live in place",
    f" filter={FILTER_NAME}",
)


# git tries each line for each file. A step takes it about a nanosecond, so this limit keeps a path
# under a second.
MOST_STEPS = 700_000_000


def attribute_lines(workspace: Workspace) -> list[str]:
    """The lines that give the driver to the seeds of the rules."""
    globs = dict.fromkeys(glob for rule in workspace.rules.seeds for glob in rule.files)
    return lines_of(globs, DRIVER)


def lines_of(globs: Iterable[str], marks: Marks) -> list[str]:
    """The lines that give an attribute to what patterns match, in the syntax of gitattributes(5).

    A pattern is simplified if it and those before it would take git too long. A simpler pattern
    also matches files that are not seeds. The driver leaves those to git.
    """
    lines, left = [], MOST_STEPS
    for glob in globs:
        steps = Wildmatch(glob).steps
        if steps > left:
            glob = simpler(glob)
        else:
            left -= steps
        lines.append(attribute_line(glob, marks))
    return lines


def attribute_line(glob: str, marks: Marks = DRIVER) -> str:
    """The line that gives the attribute to the files that a pattern of the rules matches.

    A slash anchors a pattern. A slash in front also keeps git from reading the pattern as a
    comment, a macro or an exception. A pattern with a space is quoted.
    """
    bare = "/" in glob and not glob.startswith(("[attr]", "#", "!"))
    anchored = glob if bare else f"/{glob}"
    if any(c in anchored for c in ' "\\'):
        anchored = '"' + anchored.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return anchored + marks.attribute


def attributes_file(repository: Repository) -> Path:
    return repository.common_dir / "info" / "attributes"


def written_lines(repository: Repository, marks: Marks = DRIVER) -> list[str] | None:
    """The lines that seedgit has written into the file; None where there is no block of them."""
    block = _Block(_text(repository), marks)
    return None if block.place is None else block.lines


def may_give_filter(repository: Repository) -> bool:
    """Whether the clone's attributes, or those at the top of the working tree, name the filter.

    git is not asked, which would cost a process.
    """
    places = (attributes_file(repository), repository.worktree / ".gitattributes")
    return any(FILTER.attribute in _read(place) for place in places)


def write_lines(repository: Repository, lines: list[str], marks: Marks = DRIVER) -> bool:
    """Replace seedgit's lines. Without new lines, all that give the attribute are removed.

    The rest of the file stays. Returns whether anything changed.
    """
    old = _text(repository)
    block = _Block(old, marks, thorough=not lines)
    place = len(block.others) if block.place is None else block.place
    before, after = block.others[:place], block.others[place:]
    if lines and before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    ours = "\n".join([marks.begin, *lines, marks.end, ""]) if lines else ""
    new = "".join(before) + ours + "".join(after)
    if new == old:
        return False
    path = attributes_file(repository)
    if new:
        repository.writer.write_file(path, new.encode("utf-8", "surrogateescape"))
    else:
        repository.writer.remove_file(path)
    return True


class _Block:
    """The file, split into seedgit's `lines` and the `others`, with the `place` of the block.

    There may be two blocks, or a marker may be missing. A block goes up to the last end marker
    before the next begin marker: an older version wrote patterns that contain line ends, and so
    perhaps an end marker. Where a marker is missing, the lines next to the other marker that give
    the driver are ours.

    thorough  outside of blocks too, each line that gives the driver is ours
    """

    def __init__(self, text: str, marks: Marks = DRIVER, *, thorough: bool = False) -> None:
        self.marks = marks
        self.others: list[str] = []
        self.lines: list[str] = []
        self.place: int | None = None
        lines = _split(text)
        at = 0
        while at < len(lines):
            line = lines[at]
            if line.startswith(marks.begins):
                end = _end(lines, at, marks)
                self._take(lines[at:end])
                at = end
                continue
            if line.startswith(marks.end):
                self._take([*self._beside(), line])
            elif thorough and _is_ours(line, marks):
                self._take([line])
            else:
                self.others.append(line)
            at += 1

    def _take(self, lines: list[str]) -> None:
        if self.place is None:
            self.place = len(self.others)
        signs = (self.marks.begins, self.marks.end)
        self.lines += [line.rstrip("\r\n") for line in lines if not line.startswith(signs)]

    def _beside(self) -> list[str]:
        """Take the lines just above that give the driver out of the others."""
        found: list[str] = []
        while self.others and _is_ours(self.others[-1], self.marks):
            found.insert(0, self.others.pop())
        return found


def _split(text: str) -> list[str]:
    """The lines with their ends. As in git, only a line feed ends a line."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _end(lines: list[str], begin: int, marks: Marks) -> int:
    """The index after the last line of the block that begins at a line."""
    end = 0
    at = begin + 1
    while at < len(lines) and not lines[at].startswith(marks.begins):
        at += 1
        if lines[at - 1].startswith(marks.end):
            end = at
    if end:
        return end
    end = begin + 1
    while end < len(lines) and _is_ours(lines[end], marks):
        end += 1
    return end


def _is_ours(line: str, marks: Marks) -> bool:
    return line.rstrip("\r\n").endswith(marks.attribute) and not line.startswith("#")


def _text(repository: Repository) -> str:
    return _read(attributes_file(repository))


def _read(path: Path) -> str:
    """A regular file's text; "" if there is none. Raises InputError for anything else there."""
    try:
        return read_regular(str(path), follow=True).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
