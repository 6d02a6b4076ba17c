"""Making a commit. Configuration and environment say who and when; in doubt git is asked."""

from __future__ import annotations

import os
import re
import time

from seedgit.git.names import to_text
from seedgit.git.objects import COMMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from seedgit.git.object_text import Person
    from seedgit.git.repository import Repository

AUTHOR: Final = "AUTHOR"
COMMITTER: Final = "COMMITTER"

# git takes some characters away at the ends of a name, and others anywhere (ident.c).
_CRUD = r"\0-\x20.,:;<>\"\\'"
_PLAIN: Final = re.compile(rf"[^{_CRUD}\x7f](?:[^\0-\x1f<>\x7f]*[^{_CRUD}\x7f])?")
_DATE: Final = re.compile(r"[1-9][0-9]{8,9} [+-](0[0-9]|1[0-4])[0-5][0-9]")


def tree_of(repository: Repository, commit: str | None) -> str | None:
    """The tree of a commit, or None for None."""
    return repository.commit(commit).tree if commit else None


class Commits:
    """Makes the commits of one process. git is asked at most once who makes them."""

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
            self._known[role] = self._plain(role) or self._asked(role)
            if self._told(AUTHOR) == self._told(COMMITTER):
                self._known = dict.fromkeys((AUTHOR, COMMITTER), self._known[role])
        if f"GIT_{role}_DATE" in os.environ:
            return self._known[role]
        who, _, offset = self._known[role].rsplit(" ", 2)
        return f"{who} {int(time.time())} {offset}"

    def _plain(self, role: str) -> str | None:
        """What git would say where it takes a name, an address and a date as they are."""
        config = self._repository.config
        found = []
        for what in ("name", "email"):
            own, user = config.get(f"{role.lower()}.{what}"), config.get(f"user.{what}")
            found.append(
                os.environ.get(f"GIT_{role}_{what.upper()}", user if own is None else own) or ""
            )
        now = f"{int(time.time())} {time.strftime('%z')}"
        date = os.environ.get(f"GIT_{role}_DATE", now)
        if all(map(_PLAIN.fullmatch, found)) and _DATE.fullmatch(date):
            return f"{found[0]} <{found[1]}> {date}"
        return None

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
