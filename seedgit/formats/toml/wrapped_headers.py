"""TOML: rename the headers of tables that got another parent, and put keys under a new header."""

from __future__ import annotations

from seedgit.formats.toml.names import own_names
from seedgit.formats.toml.places import is_section
from seedgit.merge.entry_text import line_start
from seedgit.merge.splice import Splice
from seedgit.values.pointer import is_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Entry, Node, Pointer


def headed_anew(old: Pointer, came: Entry, node: Node, there: Node) -> list[Splice] | None:
    """The splices that rename headers in `node` as another version, `there`, renamed them.

    That version put names in front of an entry's own name, or took some away. None if it did
    something else.

    old   the entry's path in `node`
    came  the entry in `there`
    """
    new = came.path
    shared = 0
    while old[shared] == new[shared] and shared < min(len(old), len(new)) - 1:
        shared += 1
    more = len(new) - len(old)
    if not more or old[shared + max(-more, 0) :] != new[shared + max(more, 0) :]:
        return None
    was, becomes = old[: shared + max(-more, 0) + 1], new[: shared + max(more, 0) + 1]
    if _below(there, was) or _below(node, becomes):
        return None  # only a part of the tables with this name was renamed
    text = came.node.source.text
    spans = next(own_names(came))[shared : shared + more]
    splices = []
    for entry in _below(node, was):
        for names in own_names(entry):
            at = names[shared][0]
            if more > 0:
                splices.append(Splice(at, at, text[spans[0][0] : spans[-1][1]] + "."))
            else:
                splices.append(Splice(at, names[shared - more][0], ""))
    return splices


def put_in(node: Node, entries: list[Entry], holder: Entry, around: Node) -> list[Splice] | None:
    """The splices that put keys of the table `node` under a new header, after all its other keys.

    holder   the table with that header, in the version that has it
    """
    if any(map(is_section, entries)):
        return None
    if not entries:
        return []
    text, there = node.source.text, holder.node.source.text
    end = max(entry.end for entry in node.entries if not is_section(entry))
    apart = "\n" if there[holder.lead : holder.lead + 1] == "\n" else ""
    header = there[line_start(holder) : holder.node.entries[0].lead]
    lines = [text[entry.lead : entry.end] for entry in entries]
    gone = [Splice(entry.lead, entry.end, "") for entry in entries]
    return [*gone, Splice(end, end, apart + header + "".join(lines))]


def taken_away(node: Node, holder: Entry) -> list[Splice] | None:
    """None: the keys under a header have no certain place in the table above."""
    return None


def _below(node: Node, name: Pointer) -> list[Entry]:
    return [entry for entry in node.entries if is_prefix(name, entry.path)]
