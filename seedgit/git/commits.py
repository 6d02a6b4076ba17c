"""Making a commit. git says who and when, from configuration and environment."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from seedgit.git.names import to_text
from seedgit.git.objects import COMMIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.git.object_text import Person
    from seedgit.git.repository import Repository

AUTHOR: Final = "AUTHOR"
COMMITTER: Final = "COMMITTER"


class Commits:
    """Makes the commits of one process. git is asked once who makes them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[str, str] = {}

    def make(
        self, tree: str, parents: Sequence[str], message: str, author: Person | None = None
    ) -> str:
        """The id of a new commit. Raises RepositoryError if git does not know who makes it."""
        by = self._named(author) if author else self._now(AUTHOR)
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {by}", f"committer {self._now(COMMITTER)}", "", message]
        data = "\n".join(lines).encode("utf-8", "backslashreplace")
        return self._repository.objects.write(COMMIT, data)

    def _now(self, role: str) -> str:
        """As git-var(1) has it: a name, <an address>, seconds since 1970, an offset."""
        if role not in self._known:
            self._known[role] = self._asked(role)
            if self._told(AUTHOR) == self._told(COMMITTER):
                self._known = dict.fromkeys((AUTHOR, COMMITTER), self._known[role])
        if f"GIT_{role}_DATE" in os.environ:
            return self._known[role]
        who, _, offset = self._known[role].rsplit(" ", 2)
        return f"{who} {int(time.time())} {offset}"

    def _told(self, role: str) -> list[str | None]:
        """What git is told about an author or a committer, besides what it is told about both."""
        config = (self._repository.config.get(f"{role}.{what}") for what in ("name", "email"))
        env = (os.environ.get(f"GIT_{role}_{what}") for what in ("NAME", "EMAIL", "DATE"))
        return [*config, *env]

    def _named(self, author: Person) -> str:
        sign, offset = "-" if author.offset < 0 else "+", abs(author.offset)
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.email,
            "GIT_AUTHOR_DATE": f"@{author.time} {sign}{offset // 60:02}{offset % 60:02}",
        }
        return self._asked(AUTHOR, env)

    def _asked(self, role: str, env: dict[str, str] | None = None) -> str:
        return to_text(self._repository.git("var", f"GIT_{role}_IDENT", env=env)).strip()
