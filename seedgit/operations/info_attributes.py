"""The lines of info/attributes by which git gives seeds the merge driver: what is ours in it.

git reads that file even where .gitattributes is missing from disk or arrives in the very merge that
needs it, and nothing tracked can put anything into it.
"""

from __future__ import annotations

from pathlib import Path

from seedgit.git.repository import Repository
from seedgit.operations.workspace import Workspace
from seedgit.rules.wildmatch import Wildmatch, simpler

BEGIN = "# >>> seedgit: written by `seedgit init`, taken out by `seedgit init --undo`"
END = "# <<< seedgit"
ATTRIBUTE = " merge=seedgit"

# A person may have edited what stands behind them.
_BEGINS, _ENDS = "# >>> seedgit", "# <<< seedgit"


# git tries each line for each file. A step takes it about a nanosecond: under a second for a path.
MOST_STEPS = 700_000_000


def attribute_lines(workspace: Workspace) -> list[str]:
    """What the rules make a seed, in gitattributes(5)' words.

    A pattern that would take git too long, with those before it, is written in a simpler way: what
    that matches besides is no seed to the driver, which leaves it to git.
    """
    lines, left = [], MOST_STEPS
    for glob in (glob for rule in workspace.rules.seeds for glob in rule.files):
        steps = Wildmatch(glob).steps
        if steps > left:
            glob = simpler(glob)
        else:
            left -= steps
        lines.append(attribute_line(glob))
    return lines


def attribute_line(glob: str) -> str:
    """The one line by which git gives the driver to what a pattern of the rules matches.

    A pattern is anchored when it has a slash; one in front also keeps git from reading a comment, a
    macro or an exception. Quoted where a space would end it.
    """
    bare = "/" in glob and not glob.startswith(("[attr]", "#", "!"))
    anchored = glob if bare else f"/{glob}"
    if any(c in anchored for c in ' "\\'):
        anchored = '"' + anchored.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return anchored + ATTRIBUTE


def attributes_file(repository: Repository) -> Path:
    return repository.common_dir / "info" / "attributes"


def written_lines(repository: Repository) -> list[str] | None:
    """The attributes as they were written here; None where none were."""
    block = _Block(_text(repository))
    return None if block.place is None else block.lines


def write_lines(repository: Repository, lines: list[str]) -> bool:
    """Make these the lines that are ours; without any, no line is left that names the driver.

    Whatever else is in the file stays. Returns whether anything changed.
    """
    old = _text(repository)
    block = _Block(old, thorough=not lines)
    place = len(block.others) if block.place is None else block.place
    before, after = block.others[:place], block.others[place:]
    if lines and before and not before[-1].endswith("\n"):
        before[-1] += "\n"
    ours = "\n".join([BEGIN, *lines, END, ""]) if lines else ""
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
    """The file, taken apart: what is ours, and `others`, between which it stood at `place`.

    A block may stand there twice, or have lost a marker. Up to the last end that has no beginning
    of its own all was written by us: an older version wrote a pattern with lines in it as it was.
    Where a marker is missing, ours are the lines beside the other one that give the driver.

    thorough  every line that gives the driver, and nothing else, is ours
    """

    def __init__(self, text: str, *, thorough: bool = False) -> None:
        self.others: list[str] = []
        self.lines: list[str] = []
        self.place: int | None = None
        lines = _split(text)
        at = 0
        while at < len(lines):
            line = lines[at]
            if line.startswith(_BEGINS):
                end = _end(lines, at)
                self._take(lines[at:end])
                at = end
                continue
            if line.startswith(_ENDS):
                self._take([*self._beside(), line])
            elif thorough and _is_ours(line):
                self._take([line])
            else:
                self.others.append(line)
            at += 1

    def _take(self, lines: list[str]) -> None:
        if self.place is None:
            self.place = len(self.others)
        marks = (_BEGINS, _ENDS)
        self.lines += [line.rstrip("\r\n") for line in lines if not line.startswith(marks)]

    def _beside(self) -> list[str]:
        """The lines above that give the driver, taken from the others."""
        found: list[str] = []
        while self.others and _is_ours(self.others[-1]):
            found.insert(0, self.others.pop())
        return found


def _split(text: str) -> list[str]:
    """Lines as git sees them, each with its end: only a line feed ends one."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _end(lines: list[str], begin: int) -> int:
    """Behind the last line of the block that begins at a line."""
    end = 0
    at = begin + 1
    while at < len(lines) and not lines[at].startswith(_BEGINS):
        at += 1
        if lines[at - 1].startswith(_ENDS):
            end = at
    if end:
        return end
    end = begin + 1
    while end < len(lines) and _is_ours(lines[end]):
        end += 1
    return end


def _is_ours(line: str) -> bool:
    return line.rstrip("\r\n").endswith(ATTRIBUTE) and not line.startswith("#")


def _text(repository: Repository) -> str:
    path = attributes_file(repository)
    return path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
