"""Walk through containers in brackets, whose entries are separated by commas."""

from __future__ import annotations

from seedgit.merge.frames import Frame, Unclear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from re import Match
    from typing import Literal

    Token = Callable[[str, int], Match[str] | None]

KINDS: dict[str, Literal["map", "list"]] = {"{": "map", "[": "list"}
# The rest of a short container without any other, in which no sign hides another one's meaning.
SHORT = r"[^\[\]{}#\"'\n]{1,300}+[\]}]"
_CLOSE = {"map": "}", "list": "]"}


class Brackets:
    """How a format writes such containers.

    token   matches what comes next: a closing bracket (group 1); or an entry, which is its key with
            the sign behind it (group 2), and its opening bracket (group 3), or its scalar or short
            container (group 4).
            Then its comma (group 5), in a format with stubs on lines also a comment behind that
    ends    matches where a closing bracket is the next thing
    key     the key that group 2 stands for; None if it cannot be read
    """

    __slots__ = ("ends", "key", "token")

    def __init__(self, token: Token, ends: Token, key: Callable[[str], str | None]) -> None:
        self.token = token
        self.ends = ends
        self.key = key

    def walk(self, text: str, at: int, limit: int, beyond: bool, frames: list[Frame]) -> int:
        """Walk on as `Walker.walk` does, at most until the outermost bracket is closed.

        Raises Unclear.
        """
        while True:
            if beyond and at >= limit:
                return at
            found = self.token(text, at)
            if found is None:
                raise Unclear
            close, key, opening, single, comma = found.groups()
            end = found.end(3) if opening else found.end()
            if not beyond and end >= limit:
                return at
            frame = frames[-1]
            if close:
                if close != _CLOSE[frame.kind]:
                    raise Unclear
                frame.end = at
                frames.pop()
                if not (frames and frames[-1].flow):
                    return found.end(1)
            elif (frame.kind == "map") is not bool(key):
                raise Unclear
            else:
                frame.starts.append(at)
                if key:
                    name = self.key(key)
                    frame.odd = frame.odd or name is None
                    frame.keys.append(name or "")
                if opening:
                    frames.append(Frame(KINDS[opening], flow=True))
                elif single[0] not in "[{":
                    frame.scalars = True
            at = end
            if not comma and not opening and not self.ends(text, at):
                raise Unclear

    def members(self, item: str) -> Iterator[tuple[str, str]]:
        """The keys of an item that is a map, each with its scalar or the begin of its container;
        nothing for another item. Raises Unclear."""
        bare = item.lstrip()
        if bare[:1] not in ("{", "#"):
            return
        depth, at = 1, 1
        while depth:
            found = self.token(bare, at)
            if found is None or bare[0] == "#":
                raise Unclear
            close, key, opening, single, _ = found.groups()
            if key and depth == 1:
                yield self.key(key) or "", single or opening
            depth += bool(opening) - bool(close)
            at = found.end(3) if opening else found.end()


def stub_in_brackets(piece: str, name: str, comment: str = "#") -> str:
    """A comment on a line of its own that stands for entries, the first of them on a new line."""
    indent = piece[: len(piece) - len(piece.lstrip())].rpartition("\n")[2]
    return f"\n{indent}{comment} {name}"
