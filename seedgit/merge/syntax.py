"""What a merge has to know of the format that its versions are in.

Every member has a default, which says that the format has no such quirk: a format overrides what
is otherwise in it. `formats.format` adds what else there is to know of one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.decision import Merged
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.tree import Entry, Node

    Versions = tuple[bytes, bytes, bytes]


class Syntax:
    """How texts of one format are written.

    name           what it is called, in lower case
    comment        a pattern of one comment
    comment_marks  what comments begin with; one that begins with the first ends with its line
    key_pattern    a pattern of a key as it is written; blanks may follow in it
    indented       whether indentation says what holds what, and is no mere text
    headed         whether what stands below a header belongs to it, up to the next header: then a
                   map's own keys come before what has headers, and no place is free
    """

    name: str
    comment = r"#[^\n]*"
    comment_marks: tuple[str, ...] = ("#",)
    key_pattern = r"(?!)"  # nothing tells where a key ends
    indented = False
    headed = False

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        """The tree of `text` (no byte order mark). `where` names the file in errors.

        merging  for a merge: keys that stand several times in one map are told apart, not
                 refused, where readers of the format take them; what others edit only as a
                 whole is taken apart

        Raises InvalidDocument.
        """
        raise NotImplementedError

    def key(self, entry: Entry) -> tuple[int, str] | None:
        """Where the key of an entry begins, counted from the entry's start, and its text; None
        where nothing tells where it ends."""
        import re  # late: to load it takes longer than most merges

        found = re.compile(self.key_pattern).match(entry.node.source.text, entry.start)
        return (0, found[0].rstrip()) if found and found.end() <= entry.node.start else None

    def content_start(self, scalar: Node) -> int:
        """Where the text of a scalar begins, behind what only says how it is written."""
        return scalar.start

    # -- the whole file ------------------------------------------------------------------------

    def alike(self, versions: Versions) -> Versions:
        """Base, ours and theirs. Where one side gave the whole file another look, such as other
        indentation, the others get it too."""
        return versions

    def lines(self) -> Lines | None:
        """How lines look, so that a large file can be cut without parsing it; None: it is not."""
        return None

    def mark_unended(self, root: Node) -> None:
        """Mark the last value of a file without a newline at its end, where that is the value's
        matter: `Source.unended`. The text of `root` has that newline all the same."""

    def ends(self, text: str, decisions: Merged, settled: bool) -> bool | None:
        """Whether a merged file has a newline at its end, where a version has none; None where
        another value than the last one must have none.

        settled  what the versions of the file say
        """
        return settled
