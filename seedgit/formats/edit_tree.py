"""One operation of a patch on a tree whose text nests like its value (YAML, JSON)."""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.merge.splice import Splice
from seedgit.merge.tree import step
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer, list_index
from seedgit.values.value import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from seedgit.merge.tree import Entry, Node
    from seedgit.values.value import Value

    class Writer(Protocol):
        """Writes changes in one format; each method returns the splices of one change."""

        def replace(self, node: Node, value: Value) -> list[Splice]:
            """Give `node` another value, in the style of the old one."""

        def add(self, container: Node, key: str | int, value: Value) -> list[Splice]:
            """A new member, or a new item before index `key`, in the style around it."""

        def remove(self, container: Node, entry: Entry) -> list[Splice]:
            """Take out an entry, with the comments that belong to it alone."""


def edit_tree(
    writer: Writer, root: Node, op: str, tokens: tuple[str, ...], value: Value
) -> list[Splice]:
    """The splices of "add", "replace" or "remove" at a pointer.

    Below an alias, the alias is replaced by a changed copy of its value. The other users of the
    anchor keep their value.
    """
    if not tokens:
        return writer.replace(root, value)
    node = root
    for depth, token in enumerate(tokens[:-1]):
        entry = step(node, token)
        if entry is None:
            raise PatchError(f"{format_pointer(tokens[: depth + 1])} does not exist")
        node = entry.node
        if node.kind == "scalar" and isinstance(node.value, (dict, list)):
            rest = format_pointer(tokens[depth + 1 :])
            operation = {"op": op, "path": rest} | ({} if op == "remove" else {"value": value})
            return writer.replace(node, apply([operation], node.value))
        if isinstance(node.value, Opaque):
            raise PatchError(
                f"{format_pointer(tokens[: depth + 1])} carries the tag {node.value.tag}",
                hint="a tagged value is kept as it is; override the whole of it",
            )
    entry = step(node, tokens[-1])
    if op == "add" and (entry is None or node.kind == "list"):
        at = tokens[-1] if node.kind == "map" else _index(node, tokens[-1])
        return writer.add(node, at, value)
    if entry is None:
        raise PatchError(f"{format_pointer(tokens)} does not exist")
    return writer.remove(node, entry) if op == "remove" else writer.replace(entry.node, value)


def _index(node: Node, token: str) -> int:
    return list_index(token, len(node.entries))
