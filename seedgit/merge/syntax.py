"""What a merge has to know of the format that its versions are in.

Every member has a default, which says that the format has no such quirk: a format overrides what
is otherwise in it. `formats.format` adds what else there is to know of one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Node


class Syntax:
    """`name`: what the format is called, in lower case."""

    name: str

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        """The tree of `text` (no byte order mark). `where` names the file in errors.

        merging  for a merge: keys that stand several times in one map are told apart, not
                 refused, where readers of the format take them; what others edit only as a
                 whole is taken apart

        Raises InvalidDocument.
        """
        raise NotImplementedError
