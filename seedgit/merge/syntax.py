"""What a merge has to know of the format that its versions are in.

Every member has a default, which says that the format has no such quirk: a format overrides what
is otherwise in it. `formats.format` adds what else there is to know of one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedgit.merge.decision import Decision, Parents
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.merge.wrapped import Wrapper

    Versions = tuple[bytes, bytes, bytes]
    Texts = tuple[str, str, str]


class Syntax:
    """How texts of one format are written.

    comment        a pattern of one comment
    comment_marks  what comments begin with; one that begins with the first ends with its line
    key_pattern    a pattern of a key as it is written; blanks may follow in it
    indented       whether indentation says what holds what, and is no mere text
    headed         whether what stands below a header belongs to it, up to the next header: then a
                   map's own keys come before what has headers, and no place is free
    """

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

    def block_lines(self, *scalars: Node) -> list[str] | None:
        """The merged lines of base, ours and theirs of a text, where what says how it is written is
        apart from them; None where it is not, or where both sides changed one place."""
        return None

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

    def ends(self, text: str, decisions: Decision, settled: bool) -> bool | None:
        """Whether a merged file has a newline at its end, where a version has none; None where
        another value than the last one must have none.

        settled  what the versions of the file say
        """
        return settled

    # -- decisions -----------------------------------------------------------------------------

    def emptied(
        self,
        pointer: Pointer,
        base: Entry,
        ours: Entry,
        theirs: Entry,
        parents: Parents,
        members: Callable[[Pointer, Parents], tuple[Decision, ...]],
    ) -> Decision | None:
        """What is decided of a map on lines that one side emptied, where no lines say then that it
        is one; None where neither side did.

        members  decides those of a map, at its pointer
        """
        return None

    def joined(
        self, pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
    ) -> dict[Pointer, Decision]:
        """What is decided of a map's members, by path, with one conflict for those of them that
        cannot stand beside each other in one text."""
        return decided

    def laid_out_alike(self, decisions: Decision) -> Texts | None:
        """Base, ours and theirs, where containers conflict for their layout, with all of them laid
        out alike; None where there is no such thing."""
        return None

    # -- names for values ----------------------------------------------------------------------

    def has_aliases(self, texts: Sequence[str]) -> bool:
        """Whether versions may have aliases, which stand for what an anchor before them names."""
        return False

    def parted(self, text: str, decisions: Decision, size: int) -> tuple[str, str] | None:
        """A side and an alias that has no anchor there, for who takes that side in every conflict;
        no side, and an alias that another anchor came before. None where there is neither.

        size  of the conflict markers in the text
        """
        return None

    def torn(self, decisions: Decision, side: str, name: str) -> Decision:
        """The decisions, with conflicts where an alias was parted from its anchor, as `parted` told
        it."""
        return decisions

    # -- entries with another parent -----------------------------------------------------------

    def movable(self, node: Node) -> bool:
        """Whether the text of a map means the same wherever it stands."""
        return True

    def wrapper(self, node: Node) -> Wrapper | None:
        """What writes entries of a map like this with another parent; None where nothing can."""
        return None

    def headed_anew(
        self, old: Pointer, came: Entry, node: Node, there: Node
    ) -> list[Splice] | None:
        """The splices that give what stands under one name in `node` the names above it that
        another version, `there`, put in or took away; None where that did something else.

        old   how what went is called in `node`
        came  what it is there
        """
        return None
