"""JSON by the standard library's parser; comments and trailing commas are taken out before."""

from __future__ import annotations

import json
import re
from collections import Counter

from seedgit.certify.tree import Node, ReadText, Scalar, Sequenced, Unreadable, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A string, a comment of either kind, or a comma that closes nothing (JSON with comments).
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])')


class _Number(str):
    """A number in its own spelling."""


def read(text: str) -> ReadText:
    """Raises Unreadable."""
    comments: list[str] = []

    def plain(found: re.Match[str]) -> str:
        if found[0].startswith('"'):
            return found[0]
        comments.append(found[0].strip())
        return " "

    bare = _TRAILING.sub(
        lambda found: found[1] or "", _TOKEN.sub(plain, text.removeprefix("\ufeff"))
    )
    try:
        value = json.loads(
            bare,
            object_pairs_hook=lambda pairs: table([(key, _node(held)) for key, held in pairs]),
            parse_int=_Number,
            parse_float=_Number,
        )
        document = _node(value)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    return ReadText((document,), Counter(comments))


def _node(value: Any) -> Node:
    if isinstance(value, (Scalar, Sequenced)) or type(value).__name__ == "Keyed":
        return value  # type: ignore[no-any-return]
    if isinstance(value, list):
        return Sequenced(tuple(map(_node, value)))
    if isinstance(value, _Number):
        return Scalar("float" if any(mark in value for mark in ".eE") else "int", str(value))
    if isinstance(value, str):
        return Scalar("str", value)
    return Scalar("null" if value is None else "bool", json.dumps(value))
