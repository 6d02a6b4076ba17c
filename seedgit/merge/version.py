"""One version of a file, ready to be merged: its tree, and what belongs to the whole file.

The byte order mark, the line ends and the last newline are taken off. Each of them gets a
three-way merge of its own.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import InvalidDocument
from seedgit.merge.tree import members, repeated, stream
from seedgit.merge.trivial import trivial
from seedgit.values.sequence import split_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.decision import Decision
    from seedgit.merge.syntax import Syntax
    from seedgit.merge.tree import Node

# Larger files are left to git: a structural merge would take longer than people wait.
SIZE_LIMIT = 8 * 1024 * 1024

BOM = "\ufeff"


class NotMergeable(Exception):
    """No structural merge is possible; `reason` is a stable code, `detail` is for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Version:
    """One version: its tree, parsed from text with `\\n` line ends, and how the file ends lines."""

    __slots__ = ("bom", "ended", "newline", "root")

    def __init__(self, root: Node, bom: bool, newline: str, ended: bool) -> None:
        self.root = root
        self.bom = bom
        self.newline = newline
        self.ended = ended

    @classmethod
    def parsed(cls, data: bytes, path: str, format: Syntax) -> Version:
        """Raises NotMergeable."""
        if len(data) > SIZE_LIMIT:
            raise NotMergeable(codes.GIT_TOO_LARGE, f"{path} is over {SIZE_LIMIT} bytes")
        if b"\0" in data:
            raise NotMergeable(codes.GIT_BINARY, f"{path} holds a NUL byte")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotMergeable(
                codes.GIT_NOT_UTF_8, f"{path}: {error.reason} at {error.start}"
            ) from None
        bom = text.startswith(BOM)
        text = text.removeprefix(BOM)
        feeds = text.count("\n")
        # A file with any other return keeps its line ends: to YAML, `\r\r\n` ends two lines.
        returns = text.count("\r") == text.count("\r\n") == feeds
        newline = "\r\n" if feeds and returns else "\n"
        if newline == "\r\n":
            text = text.replace("\r\n", "\n")
        ended = text.endswith("\n") or not text
        if not ended:
            text += "\n"
        return cls(_tree(text, path, format, ended), bom, newline, ended)

    def rewritten(self, text: str, path: str, format: Syntax) -> Version:
        """The same file with another text, which has `\\n` line ends. Raises NotMergeable."""
        root = _tree(text, path, format, self.ended)
        return Version(root, self.bom, self.newline, self.ended)


def _tree(text: str, path: str, format: Syntax, ended: bool) -> Node:
    try:
        root = format.parse(text, path, merging=True)
        if not ended:
            format.mark_unended(root)
    except InvalidDocument as error:
        raise NotMergeable(codes.GIT_NOT_PARSEABLE, str(error)) from None
    return root


def prepared(files: list[Version]) -> bool:
    """Make base (if there is one), ours and theirs ready to be merged.

    Returns whether an array of tables stands at several places. Raises NotMergeable.
    """
    _heads_apart(files)
    _as_streams(files)
    _settled_repeats(files[0] if len(files) == 3 else None, *files[-2:])
    return _apart(files)


def _heads_apart(files: list[Version]) -> None:
    """Keep the head of each file at its top, whichever entry comes first after the merge."""
    firsts = [
        file.root.entries[0] for file in files if file.root.layout == "block" and file.root.entries
    ]
    leads = [first.node.source.text[first.lead : first.start] for first in firsts]
    heads = [_head(lead) for lead in leads]
    if all(head or not lead.strip() for head, lead in zip(heads, leads, strict=True)):
        for first, head in zip(firsts, heads, strict=True):
            first.lead += len(head)


def _head(lead: str) -> str:
    """The text before a document's first entry that is not about that entry.

    It is a `---`, and the comments that a blank line separates from the entry.
    """
    end = lead.rfind("\n\n") + 2
    apart = lead[:end] if end > 1 and lead[:end].strip() else ""
    marked = 0
    for line in split_lines(lead):
        marked += len(line)
        if line.startswith("---") and not line[3:].partition("#")[0].strip():
            return max(apart, lead[:marked], key=len)
    return apart


def _settled_repeats(base: Version | None, ours: Version, theirs: Version) -> None:
    """Refuse a key that stands several times in one map, unless base has it so already.

    Readers differ on which of its members counts. One side may change them. If both sides do, or
    one repeats a key anew, a person has to decide.
    """
    files = [file for file in (base, ours, theirs) if file]
    for pointer, key in {place for file in files for place in repeated(file.root)}:
        b, o, t = (
            members(file.root, pointer, key) if file else [] for file in (base, ours, theirs)
        )
        if o != t and (len(b) < 2 or trivial(b, o, t) is None):
            raise NotMergeable(codes.GIT_NOT_PARSEABLE, f"the key {key!r} stands twice in one map")


def _apart(files: list[Version]) -> bool:
    """Whether an array of tables stands at several places. Each place is merged on its own.

    Raises NotMergeable where the versions do not have the same places.
    """
    places = [file.root.source.apart for file in files]
    if any(other != places[0] for other in places):
        name = next(iter({name for found in places for name in found}))
        what = f"[[{'.'.join(name)}]] stands at several places, not in all versions the same"
        raise NotMergeable(codes.GIT_NOT_PARSEABLE, what)
    return bool(places[0])


def _as_streams(files: list[Version]) -> None:
    """If one version is a stream of YAML documents, make the others streams of one document."""
    if all(file.root.layout != "stream" for file in files):
        return
    for file in files:
        if file.root.layout != "stream":
            file.root = stream(file.root)


def finished(
    text: str, files: Sequence[Version | None], decisions: Decision | None = None
) -> bytes:
    """`text` with the byte order mark, line ends and last newline that the merged file has.

    decisions  what was merged; None where the whole file is one conflict

    Raises NotMergeable if a value without a newline at its end would get one.
    """

    def settle(name: str) -> str:
        values = [str(getattr(file, name)) if file else None for file in files]
        return str(trivial(*values) or values[2])

    ended: bool | None = settle("ended") == "True"
    present = [file for file in files if file]
    if decisions and not all(file.ended for file in present):
        ended = present[0].root.source.format.ends(text, decisions, settle("ended") == "True")
    if ended is None:
        raise NotMergeable(codes.GIT_RESULT_DIFFERS, "a text would get a newline at its end")
    if not ended:
        text = text.removesuffix("\n").removesuffix("\r")
    newline = settle("newline")
    if newline == "\r\n":
        # One side's file may have both kinds.
        text = text.replace("\r\n", "\n").replace("\n", newline)
    return ((BOM if settle("bom") == "True" else "") + text).encode("utf-8")
