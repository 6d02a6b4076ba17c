"""Branches that hold what a site took from elsewhere, version by version (refs/heads/vendor/NAME).

Each commit says in the last paragraph of its message what it brought:

    Seed-File: values.yaml
    Seed-Version: 1.4.0
    Seed-Source: https://example.com/{version}/values.yaml

Nothing else is kept of it, so a clone of the site knows as much as the site itself.
"""

from __future__ import annotations

import re

from seedgit.git.branches import BRANCHES, branch_ref
from seedgit.git.messages import message, one_line
from seedgit.git.names import to_text
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import Repository

PREFIX: Final = "vendor/"
_BROUGHT: Final = re.compile(
    r"\n\nSeed-File: ([^\n]+)\nSeed-Version: ([^\n]+)\nSeed-Source: ([^\n]+)\n?\Z"
)


class Vendored(NamedTuple):
    """A version of one file that was brought onto a branch.

    branch  as people write it: vendor/NAME
    source  where it came from; `{version}` stands for the version
    """

    path: str
    version: str
    source: str
    branch: str
    commit: str = ""

    @property
    def message(self) -> str:
        """The message of its commit."""
        names = ("File", self.path), ("Version", self.version), ("Source", self.source)
        lines = "\n".join(f"Seed-{name}: {one_line(value)}" for name, value in names)
        return f"{message(f'{self.path} {self.version}')}\n{lines}\n"


def vendored(repository: Repository) -> list[Vendored]:
    """The newest version of each file on each of these branches, by branch and file."""
    found: dict[tuple[str, str], Vendored] = {}
    for ref in sorted(repository.refs(BRANCHES + PREFIX)):
        branch = ref.removeprefix(BRANCHES)
        asked = ("log", "--first-parent", "-z", "--format=%H%n%B", "--end-of-options", ref, "--")
        for text in to_text(repository.git(*asked)).split("\0"):
            commit, _, said = text.partition("\n")
            brought = _BROUGHT.search(said)
            if brought:
                path, version, source = brought.groups()
                each = Vendored(path, version, source, branch, commit)
                found.setdefault((branch, path), each)
    return list(found.values())


def vendor_branch(name: str) -> str:
    """The branch of a name, as people write it. Raises UsageError for what is no such name."""
    branch = PREFIX + name
    branch_ref(branch)
    return branch
