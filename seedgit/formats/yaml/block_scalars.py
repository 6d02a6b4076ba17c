"""YAML: block scalars that both sides changed, merged line by line."""

from __future__ import annotations

from seedgit.merge.entry_text import dedented, unended
from seedgit.merge.trivial import trivial
from seedgit.values.sequence import merge_lines, split_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Node


def block_lines(*nodes: Node) -> list[str] | None:
    """The merged lines of base, ours and theirs; the headers are merged apart from the text.

    None if that fails, or if they are not block scalars of one style.
    """
    if not all(node.text for node in nodes) or len({unended(node) for node in nodes}) > 1:
        return None
    texts = [split_lines(dedented(node)) for node in nodes]
    styles = {_style(lines[0]) for lines in texts}
    if "" in styles or len(styles) > 1:
        return None
    header = trivial(*(lines[0] for lines in texts))
    lines = merge_lines(*(lines[1:] for lines in texts))
    return None if header is None or lines is None else [header, *lines]


def _style(header: str) -> str:
    """The `|` or `>` of a header; "" for other texts.

    Also "" for a header with an indentation, or with `+`: then the blank lines below are text.
    """
    rest = header[1:].removeprefix("-").partition("#")[0]
    return header[0] if header[0] in "|>" and not rest.strip() else ""
