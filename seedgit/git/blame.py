"""Which commits the lines of a file come from, as git-blame(1) says."""

from __future__ import annotations

from seedgit.git.names import to_text
from seedgit.git.object_text import Person
from seedgit.git.repository import Repository
from seedgit.named_tuple import NamedTuple


class Blamed(NamedTuple):
    """The commit a line comes from, as git-blame(1) says.

    commit   None: not committed yet
    earlier  the history here ends there: the line may be older
    """

    line: int
    commit: str | None
    author: Person
    subject: str
    earlier: bool = False


def blamed_lines(
    repository: Repository, path: str, first: int = 1, last: int | None = None
) -> list[Blamed]:
    """The commits that lines of a file of the working tree come from.

    Empty if no commit on the way to HEAD has the file.
    """
    if repository.head() is None or repository.entry("HEAD", path) is None:
        return []
    span = f"{first},{'' if last is None else last}"
    options = ("--line-porcelain", "--root", "-L", span)
    out = to_text(repository.git("blame", *options, "--", path))
    return _blamed(out, repository.cut_off())


def _blamed(out: str, cut_off: frozenset[str]) -> list[Blamed]:
    found: list[Blamed] = []
    about: dict[str, str] = {}
    for line in out.split("\n"):
        if line.startswith("\t"):
            id = about["id"]
            zone = int(about["author-tz"])
            offset = (abs(zone) // 100 * 60 + abs(zone) % 100) * (1 if zone >= 0 else -1)
            email = about["author-mail"].removeprefix("<").removesuffix(">")
            author = Person(about["author"], email, int(about["author-time"]), offset)
            commit = id if id.strip("0") else None
            line_number = int(about["line"])
            found.append(Blamed(line_number, commit, author, about["summary"], id in cut_off))
            about = {}
        elif not about:
            words = line.split(" ")
            about = {"id": words[0], "line": words[2]} if line else {}
        else:
            name, _, text = line.partition(" ")
            about[name] = text
    return found
