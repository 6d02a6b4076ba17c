"""What `suggest` found, as data: places in files, grouped by the rule for them."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple
from seedgit.operations.suggest.draft import Addition, KnownEntry, additions, entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMED = "named"  # a person named it on the command line
Tokens = tuple[str, ...]


class Suggestion(NamedTuple):
    """A place, and how often the site changed it. `reason` is "" if a rule is suggested for it."""

    path: str
    changes: int
    files: tuple[str, ...]
    commits: int
    last: str
    when: int
    reason: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "changes": self.changes,
            "files": list(self.files),
            "commits": self.commits,
            "last": self.last,
            "last-time": self.when,
            "suggested": not self.reason,
            "reason": self.reason,
        }


class SuggestedEntry(NamedTuple):
    """The suggestions for one entry of `seeds`. `known` is the entry, if the rules have it."""

    files: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    found: tuple[Suggestion, ...]
    known: KnownEntry | None = None

    @property
    def suggested(self) -> int:
        return sum(not item.reason for item in self.found)

    def additions(self) -> list[Addition]:
        """The lines to add to its entry in the rules; none where there is no entry."""
        return additions(self, self.known) if self.known else []

    def data(self) -> dict[str, Any]:
        return {
            "files": list(self.files),
            "keys": dict(self.keys),
            "known": self.known is not None,
            "line": self.known.line if self.known else None,
            "additions": [addition.data() for addition in self.additions()],
            "overlay": [item.data() for item in self.found],
        }


class Suggestions(NamedTuple):
    """All suggestions.

    ref       the upstream; `origin` tells who named it
    commits   how many of the branch's own commits were read
    in_place  whether the rules have seeds already: the suggestions then go into their entries
    """

    ref: str
    origin: str
    commits: int
    groups: tuple[SuggestedEntry, ...]
    in_place: bool = False

    @property
    def suggested(self) -> int:
        return sum(group.suggested for group in self.groups)

    def data(self) -> dict[str, Any]:
        return {
            "from": self.ref,
            "from-origin": self.origin,
            "commits": self.commits,
            "suggested": self.suggested,
            "seeds": [group.data() for group in self.groups],
            "snippet": "\n".join(self.snippet()) + "\n",
        }

    def snippet(self) -> list[str]:
        """The draft as a complete rules file. Places that are not suggested are comments in it."""
        head = ["version: 1", "seeds:" if self.groups else "seeds: []"]
        return head + [line for group in self.groups for line in entry(group)]

    def within(self, most: int) -> Suggestions:
        """The `most` best places: suggested ones first, then by evidence."""
        places = [(item, group) for group in self.groups for item in group.found]
        places.sort(key=lambda place: rank(place[0]))
        kept = {id(item) for item, _ in places[:most]}
        groups = [
            group._replace(found=tuple(item for item in group.found if id(item) in kept))
            for group in self.groups
        ]
        return self._replace(groups=tuple(group for group in groups if group.found))


def rank(item: Suggestion) -> tuple[bool, int, int, str]:
    return bool(item.reason), -item.changes, -len(item.files), item.path
