"""What a merge has to know about the format of its versions.

Every member has a default, which means that the format has no such quirk. A format overrides the
members where it differs. `formats.format` adds what others than the merge have to know.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedgit.merge.cutter import Cutter
    from seedgit.merge.decision import Decision, Parents
    from seedgit.merge.frames import Walker
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.merge.wrapped import Wrapper

    Versions = tuple[bytes, bytes, bytes]
    Texts = tuple[str, str, str]


class Syntax:
    """How texts of one format are written.

    comment        a pattern of one comment
    comment_marks  what comments begin with; a comment that begins with the first ends with its line
    key_pattern    a pattern of a key as it is written, with the blanks after it
    indented       whether indentation has a meaning; if not, it is mere text
    headed         whether a header owns the lines below it, up to the next header: then a map's
                   own keys come before its entries with headers, and an entry cannot go anywhere
    """

    comment = r"#[^\n]*"
    comment_marks: tuple[str, ...] = ("#",)
    key_pattern = r"(?!)"  # nothing tells where a key ends
    indented = False
    headed = False

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        """The tree of `text` (no byte order mark). `where` names the file in errors.

        merging  for a merge. If readers of the format accept repeated keys, these get names of
                 their own and are not refused. Values that other edits treat as a whole are
                 parsed into their members.

        Raises InvalidDocument.
        """
        raise NotImplementedError

    def key(self, entry: Entry) -> tuple[int, str] | None:
        """Where the key of an entry begins, counted from the entry's start, and its text.

        None if it is unknown where the key ends.
        """
        import re  # late: to load it takes longer than most merges

        found = re.compile(self.key_pattern).match(entry.node.source.text, entry.start)
        return (0, found[0].rstrip()) if found and found.end() <= entry.node.start else None

    def content_start(self, scalar: Node) -> int:
        """Where the text of a scalar begins, after a header that says how it is written."""
        return scalar.start

    def block_lines(self, *scalars: Node) -> list[str] | None:
        """The merged lines of base, ours and theirs, for texts whose header has a line of its own.

        None for other texts, and where both sides changed one place.
        """
        return None

    # -- the whole file ------------------------------------------------------------------------

    def alike(self, versions: Versions) -> Versions:
        """Base, ours and theirs in one look. If one side gave the whole file a new look, such as
        other indentation, the other versions get it too."""
        return versions

    def cutter(self) -> Cutter | None:
        """A new cutter of its texts into entries; None if lines do not show them."""
        return None

    def lines(self) -> Lines | None:
        """How lines look, so that a large file can be shortened without parsing it. None if large
        files of this format are not shortened."""
        return None

    def walker(self) -> Walker | None:
        """What goes through a text without parsing it, to cut out what all versions share."""
        return None

    def mark_unended(self, root: Node) -> None:
        """Set `Source.unended` for a file that has no newline at its end, if that changes the last
        value. The text of `root` has the newline all the same."""

    def ends(self, text: str, decisions: Decision, settled: bool) -> bool | None:
        """Whether a merged file has a newline at its end. Asked if some version has none.

        None if a value that must not end with a newline is not the last one.

        settled  what the three-way merge of the files' last newlines says
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
        """The decision about a block map that one side emptied; None if neither side did.

        Such a map has no lines left that show it is a map.

        members  decides about the members of the map at a pointer
        """
        return None

    def with_headers(
        self,
        base: dict[Pointer, Entry],
        ours: dict[Pointer, Entry],
        theirs: dict[Pointer, Entry],
    ) -> tuple[dict[Pointer, Entry], dict[Pointer, Entry]]:
        """The members of a map in ours and theirs, by path, with those of base that a side has
        without writing them, if the other side changed them. Asked if a side lacks some."""
        return ours, theirs

    def joined(
        self, pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
    ) -> dict[Pointer, Decision]:
        """The decisions about a map's members, by path. Members that cannot stand beside each other
        in one text share one conflict."""
        return decided

    def laid_out_alike(self, decisions: Decision) -> Texts | None:
        """Base, ours and theirs with one layout for the containers that conflict over layout.

        None if there are no such containers.
        """
        return None

    # -- names for values ----------------------------------------------------------------------

    def has_aliases(self, texts: Sequence[str]) -> bool:
        """Whether versions may have aliases. An alias stands for the value that an anchor before it
        names."""
        return False

    def parted(self, text: str, decisions: Decision, size: int) -> tuple[str, str] | None:
        """An alias that the merge cut off from its anchor: (side, name). None if there is none.

        With a side: the alias has no anchor if every conflict takes that side. With "" as the side:
        another anchor of that name now comes between.

        size  the size of the conflict markers in the text
        """
        return None

    def torn(self, decisions: Decision, side: str, name: str) -> Decision:
        """The decisions, with conflicts where an alias was cut off from its anchor. `side` and
        `name` are the answer of `parted`."""
        return decisions

    # -- entries with another parent -----------------------------------------------------------

    def movable(self, node: Node) -> bool:
        """Whether the text of a map means the same at any place."""
        return True

    def wrapper(self, node: Node) -> Wrapper | None:
        """What writes entries of such a map under another parent; None if nothing can."""
        return None

    def headed_anew(
        self, old: Pointer, came: Entry, node: Node, there: Node
    ) -> list[Splice] | None:
        """The splices that rename headers in `node` as another version, `there`, renamed them.

        That version put names in front of an entry's own name, or took some away. None if it did
        something else.

        old   the entry's path in `node`
        came  the entry in `there`
        """
        return None
