"""JSON (RFC 8259), with comments and trailing commas accepted everywhere.

`parse` finds the place of every value in one loop, without recursion, so that no nesting can
exhaust a stack. It refuses text that Python's own decoder accepts beyond RFC 8259 (NaN, Infinity),
and numbers that would not keep their value. It also refuses a key that stands twice in one object,
except for a merge, which can keep each member where it is.
"""

from __future__ import annotations

from seedgit.errors import InvalidDocument
from seedgit.formats.scan import BLANKS, after_bracket, run_end
from seedgit.merge.tree import Entry, Node, Source, tell_apart
from seedgit.values.value import DEPTH_LIMIT, NODE_LIMIT

try:
    from _json import scanstring
except ImportError:
    from json.decoder import scanstring  # type: ignore[attr-defined,no-redef]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Syntax
    from seedgit.values.value import Value

_TOKENS = frozenset('":,{}[]')  # mostly one of these stands where blanks may stand: a shortcut
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


def parse(format: Syntax, text: str, where: str, merging: bool = False) -> Node:
    """The tree of a JSON text without byte order mark; `where` names the file in errors.

    merging  a key may stand several times in one object: the last one counts, as for most readers
             (RFC 8259, section 4), the others get names of their own, such as `php (1 of 2)`

    Raises InvalidDocument, with the line, for anything but one value with comments round it, for
    duplicate keys, for integers of over 4300 digits, for floats too large for a double (1e999), for
    nesting deeper than DEPTH_LIMIT, and for more than NODE_LIMIT values.
    """
    return _Parser(format, text, where, merging).root()


def after_trivia(text: str, at: int) -> int:
    """The end of the blanks and comments that begin at `at`."""
    if text[at : at + 1] in _TOKENS:
        return at
    while True:
        at = run_end(text, at, BLANKS)
        if text[at : at + 1] != "/":
            return at
        end = _comment_end(text, at)
        if end is None:
            return at
        at = end


def after_comment(text: str, at: int) -> int:
    """The end of the comments that follow on the line of `at`; `at` if there are none."""
    if text[at : at + 1] == "\n":
        return at
    while True:
        start = run_end(text, at, " \t")
        end = _comment_end(text, start)
        if end is None or "\n" in text[start:end] or "\r" in text[start:end]:
            return at
        at = end


def _comment_end(text: str, at: int) -> int | None:
    """The end of the comment that begins at `at`, before its line end. None if none begins there,
    or if it has no end."""
    opening = text[at : at + 2]
    if opening == "//":
        line = text.find("\n", at)
        line = len(text) if line < 0 else line
        lone = text.find("\r", at, line)
        return line if lone < 0 else lone
    if opening == "/*":
        close = text.find("*/", at + 2)
        return None if close < 0 else close + 2
    return None


class _Parser:
    __slots__ = ("merging", "source", "text", "where")

    def __init__(self, format: Syntax, text: str, where: str, merging: bool) -> None:
        self.text = text
        self.where = where
        self.merging = merging
        self.source = Source(text, format)

    def root(self) -> Node:
        start = after_trivia(self.text, 0)
        root = self.single(start, "a value")
        if root.kind != "scalar":
            self.fill(root)
        end = after_trivia(self.text, root.end)
        if end < len(self.text):
            raise self.unexpected(end, "nothing after the document's value")
        return root

    def single(self, at: int, wanted: str) -> Node:
        """The scalar at `at`, or the container that is opened there."""
        text = self.text
        first = text[at : at + 1]
        if first == '"':
            value, end = self.string(at)
            return Node(self.source, "scalar", value, at, end)
        if first == "{":
            return Node(self.source, "map", {}, at, at, layout="flow")
        if first == "[":
            return Node(self.source, "list", [], at, at, layout="flow")
        digit = text[at + 1 : at + 2] if first == "-" else first
        if digit and digit in _DIGITS:
            end = run_end(text, at, "0123456789+-.eE")
            return Node(self.source, "scalar", self.number(text[at:end], at), at, end)
        end = run_end(text, at, _LETTERS)
        if end == at:
            raise self.unexpected(at, wanted)
        word = text[at:end]
        if word not in _WORDS:
            raise self.error(at, f"{_shown(word)} is not a JSON value")
        return Node(self.source, "scalar", _WORDS[word], at, end)

    def fill(self, root: Node) -> None:
        """Read `root`, a container just opened, up to its closing bracket."""
        text = self.text
        node = root
        # The containers round `node`, each with the path, lead and start of its open entry.
        stack: list[tuple[Node, tuple[str, ...], int, int]] = []
        lead = after_bracket(text, node.start + 1, after_comment)
        left = NODE_LIMIT
        while True:
            keyed = node.kind == "map"
            start = after_trivia(text, lead)
            if text[start : start + 1] == ("}" if keyed else "]"):
                node.end = start + 1
                if keyed and len(node.entries) != len(node.value):
                    clash = tell_apart(self.source, node.entries, node.value)
                    if clash:
                        raise self.repeated(clash.path[0], clash.start)
                if not stack:
                    return
                child = node
                node, path, lead, start = stack.pop()
            else:
                left -= 1
                if left < 0:
                    raise self.error(start, f"more than {NODE_LIMIT} values")
                path = ()
                if keyed:
                    key, colon = self.key(node, start)
                    path = (key,)
                    child = self.single(after_trivia(text, colon + 1), "a value")
                    node.value[key] = child.value
                else:
                    child = self.single(start, 'a value, or "]"')
                    node.value.append(child.value)
                if child.kind != "scalar":
                    stack.append((node, path, lead, start))
                    if len(stack) >= DEPTH_LIMIT:
                        raise self.error(child.start, f"nested more than {DEPTH_LIMIT} deep")
                    node, lead = child, after_bracket(text, child.start + 1, after_comment)
                    continue
            end = self.entry_end(node, child.end)
            node.entries.append(Entry(path, child, lead, start, child.end, end))
            lead = end

    def key(self, node: Node, at: int) -> tuple[str, int]:
        """The key at `at`, and where its colon is."""
        if self.text[at : at + 1] != '"':
            raise self.unexpected(at, 'a key in double quotes, or "}"')
        key, end = self.string(at)
        colon = after_trivia(self.text, end)
        if self.text[colon : colon + 1] != ":":
            raise self.unexpected(colon, '":" after the key')
        if key in node.value and not self.merging:
            raise self.repeated(key, at)
        return key, colon

    def repeated(self, key: str, at: int) -> InvalidDocument:
        return self.error(at, f"the key {_shown(key)} stands twice in one object")

    def string(self, at: int) -> tuple[str, int]:
        try:
            return scanstring(self.text, at + 1, True)
        except (SystemError, ValueError):
            # It raises json's own error once json is loaded. Only an invalid text needs that.
            import json

            try:
                return scanstring(self.text, at + 1, True)
            except json.JSONDecodeError as error:
                message = error.msg
            raise self.error(at, message.lower().removesuffix(" at")) from None

    def number(self, token: str, at: int) -> int | float:
        unsigned = token.removeprefix("-")
        if unsigned.isdigit() and (unsigned[0] != "0" or unsigned == "0"):
            try:
                return int(token)
            except ValueError:
                raise self.error(at, f"an integer of {len(token)} digits is too large") from None
        if not _is_float(unsigned):
            raise self.error(at, f"{_shown(token[:40])} is not a JSON number")
        value = float(token)
        if value in (float("inf"), float("-inf")):
            raise self.error(at, f"{token[:40]} is beyond what a double can hold")
        return value

    def entry_end(self, node: Node, stop: int) -> int:
        """Where an entry ends, with its comma and comment; `stop`: where it ends without them."""
        text = self.text
        comma = after_trivia(text, stop)
        mark = text[comma : comma + 1]
        if mark == ",":
            end = after_comment(text, comma + 1)
            if end == comma + 1:
                return end
            # A comment with more after it on its line belongs to the next entry.
            last = run_end(text, end, " \t")
            return end if last == len(text) or text[last] in "\r\n" else comma + 1
        close = "}" if node.kind == "map" else "]"
        if mark != close:
            raise self.unexpected(comma, f'"," or "{close}"')
        return after_comment(text, stop)

    def unexpected(self, at: int, wanted: str) -> InvalidDocument:
        """The error for the text at `at`, where `wanted` should be."""
        text = self.text
        if at >= len(text):
            return self.error(at, f"the text ends where {wanted} should be")
        if text.startswith("/*", at):
            return self.error(at, "a comment without end")
        found = text[at]
        if found == '"':
            self.string(at)  # a malformed one is worth its own message
            return self.error(at, f"a string where {wanted} should be")
        return self.error(at, f"{_shown(found)} where {wanted} should be")

    def error(self, at: int, message: str) -> InvalidDocument:
        return InvalidDocument(
            f"not valid JSON: {message}", where=self.where, line=self.text.count("\n", 0, at) + 1
        )


def _is_float(unsigned: str) -> bool:
    mantissa, e, exponent = unsigned.replace("E", "e").partition("e")
    whole, point, fraction = mantissa.partition(".")
    if not whole.isdigit() or (whole[0] == "0" and whole != "0"):
        return False
    if point and not fraction.isdigit():
        return False
    return not e or (exponent[1:] if exponent[:1] in ("+", "-") else exponent).isdigit()


def _shown(text: str) -> str:
    import json

    return json.dumps(text)
