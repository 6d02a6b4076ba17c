"""JSON (RFC 8259), with comments and trailing commas accepted everywhere.

`parse` finds the place of every value with compiled expressions and one loop, without recursion,
so that no nesting can exhaust a stack. Text that Python's own decoder would accept beyond RFC 8259
(NaN, Infinity) is refused, and so is a number that would not keep its value. A key that stands
twice in one object is refused too, but for a merge, which can keep each where it stands.
"""

from __future__ import annotations

import json
import re

from seedgit.core.tree import Entry, Node, Source, tell_apart
from seedgit.errors import InvalidDocument

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.values import Value
    from seedgit.formats.document import Splice

# What works on trees recurses into them; this stays far from Python's recursion limit.
DEPTH_LIMIT = 128

# Each comment can match in one way only: an expression that fails later must not be able to
# succeed by ending a comment elsewhere.
_LINE_COMMENT = r"//[^\r\n]*(?![^\r\n])"
_COMMENT = rf"(?:/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|{_LINE_COMMENT})"
_TRIVIA = rf"[ \t\r\n]*(?:{_COMMENT}[ \t\r\n]*)*"
_ON_LINE = (
    r"(?:[ \t]*/\*[^*\r\n]*\*+(?:[^/*\r\n][^*\r\n]*\*+)*/)*"  # /* within one line */
    rf"(?:[ \t]*{_LINE_COMMENT})?"
)
_STRING = r'"[^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*"'
_VALUE = rf"(?:({_STRING})|(-?[0-9][-+.0-9eE]*)|([A-Za-z]+)|([\[{{]))"
_STRING_VALUE, _NUMBER, _WORD, _OPEN = 2, 3, 4, 5

_trivia = re.compile(_TRIVIA).match
_member = re.compile(rf"{_TRIVIA}({_STRING}){_TRIVIA}:{_TRIVIA}{_VALUE}").match
_item = re.compile(rf"{_TRIVIA}(){_VALUE}").match
_comma = re.compile(rf"{_TRIVIA},(?:{_ON_LINE}(?=[ \t]*(?:[\r\n]|\Z)))?").match
_on_line = re.compile(_ON_LINE).match
_number = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").fullmatch
_decoder = json.JSONDecoder()

_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


def parse(text: str, where: str, repeats: bool = False) -> Node:
    """The tree of a JSON text without byte order mark; `where` names the file in errors.

    repeats  a key may stand several times in one object: the last one counts, as for most readers
             (RFC 8259, section 4), the others are told apart by name, `php (1 of 2)`

    Raises InvalidDocument, with the line, for anything but one value with comments round it, for
    duplicate keys, for numbers beyond what Python reads exactly (integers over 4300 digits) or at
    all (1e999), and for nesting deeper than DEPTH_LIMIT.
    """
    return _Parser(text, where, repeats).root()


def edit(root: Node, op: str, tokens: tuple[str, ...], value: Value) -> list[Splice]:
    """The splices of "add", "replace" or "remove" at a pointer. Raises PatchError."""
    from seedgit.formats.edit_tree import edit_tree
    from seedgit.formats.json_write import Writer

    return edit_tree(Writer(root), root, op, tokens, value)


def after_trivia(text: str, at: int) -> int:
    """The end of the blanks and comments that begin at `at`."""
    match = _trivia(text, at)
    return match.end() if match else at


def after_comment(text: str, at: int) -> int:
    """The end of the comments that follow on the line of `at`; `at` where there is none."""
    match = _on_line(text, at)
    return match.end() if match else at


class _Parser:
    __slots__ = ("repeats", "source", "text", "where")

    def __init__(self, text: str, where: str, repeats: bool) -> None:
        self.text = text
        self.where = where
        self.repeats = repeats
        self.source = Source(text, "json")

    def root(self) -> Node:
        match = _item(self.text, 0)
        if match is None:
            raise self.unexpected(after_trivia(self.text, 0), "a value")
        kind, start = match.lastindex or 0, match.end(1)
        if kind == _OPEN:
            root = self.container(self.opened(start))
        else:
            root = Node(
                self.source, "scalar", self.scalar(kind, match[kind], start), start, match.end()
            )
        end = after_trivia(self.text, root.end)
        if end < len(self.text):
            raise self.unexpected(end, "nothing after the document's value")
        return root

    def opened(self, start: int) -> Node:
        if self.text[start] == "{":
            return Node(self.source, "map", {}, start, start, layout="flow")
        return Node(self.source, "list", [], start, start, layout="flow")

    def container(self, node: Node) -> Node:
        """Fill `node`, a container just opened, up to its bracket."""
        text = self.text
        root = node
        # The containers round `node`, each with where in it the open entry begins.
        stack: list[tuple[Node, tuple[str, ...], int, int]] = []
        lead = node.start + 1
        while True:
            match = (_member if node.kind == "map" else _item)(text, lead)
            if match is not None:
                start, kind = match.start(1), match.lastindex or 0
                path = self.key(node, match[1], start) if node.kind == "map" else ()
                at = match.start(kind)
                if kind == _OPEN:
                    child = self.opened(at)
                    self.keep(node, path, child.value)
                    stack.append((node, path, lead, start))
                    if len(stack) >= DEPTH_LIMIT:
                        raise self.error(at, f"nested more than {DEPTH_LIMIT} deep")
                    node, lead = child, at + 1
                    continue
                value = self.scalar(kind, match[kind], at)
                self.keep(node, path, value)
                stop = match.end()
                child = Node(self.source, "scalar", value, at, stop)
            else:
                close = self.closing(node, lead)
                node.end = stop = close + 1
                if node.kind == "map" and len(node.entries) != len(node.value):
                    clash = tell_apart(self.source, node.entries, node.value)
                    if clash:
                        raise self.repeated(clash.path[0], clash.start)
                if not stack:
                    return root
                child = node
                node, path, lead, start = stack.pop()
            comma = _comma(text, stop)
            end = comma.end() if comma else self.last(node, stop)
            node.entries.append(Entry(path, child, lead, start, stop, end))
            lead = end

    def key(self, node: Node, token: str, at: int) -> tuple[str, ...]:
        key = token[1:-1] if "\\" not in token else self.string(at)
        if key in node.value and not self.repeats:
            raise self.repeated(key, at)
        return (key,)

    def repeated(self, key: str, at: int) -> InvalidDocument:
        return self.error(at, f"the key {json.dumps(key)} stands twice in one object")

    def keep(self, node: Node, path: tuple[str, ...], value: Value) -> None:
        if path:
            node.value[path[0]] = value
        else:
            node.value.append(value)

    def scalar(self, kind: int, token: str, at: int) -> Value:
        if kind == _STRING_VALUE:
            return token[1:-1] if "\\" not in token else self.string(at)
        if kind == _NUMBER:
            return self.number(token, at)
        if token not in _WORDS:
            raise self.error(at, f"{json.dumps(token)} is not a JSON value")
        return _WORDS[token]

    def string(self, at: int) -> str:
        try:
            return str(_decoder.raw_decode(self.text, at)[0])
        except json.JSONDecodeError as error:
            raise self.error(at, error.msg.lower()) from None

    def number(self, token: str, at: int) -> int | float:
        match = _number(token)
        if match is None:
            raise self.error(at, f"{json.dumps(token[:40])} is not a JSON number")
        if match.lastindex is None:
            try:
                return int(token)
            except ValueError:
                raise self.error(at, f"an integer of {len(token)} digits is too large") from None
        value = float(token)
        if value in (float("inf"), float("-inf")):
            raise self.error(at, f"{token[:40]} is beyond what a double can hold")
        return value

    def closing(self, node: Node, lead: int) -> int:
        """Where the bracket stands that ends `node`; nothing but trivia may come before it."""
        keyed = node.kind == "map"
        at = after_trivia(self.text, lead)
        if self.text[at : at + 1] == ("}" if keyed else "]"):
            return at
        raise self.unexpected(at, 'a key in double quotes, or "}"' if keyed else 'a value, or "]"')

    def last(self, node: Node, stop: int) -> int:
        """The end of an entry without comma: it must be the last one."""
        close = "}" if node.kind == "map" else "]"
        at = after_trivia(self.text, stop)
        if self.text[at : at + 1] != close:
            raise self.unexpected(at, f'"," or "{close}"')
        return after_comment(self.text, stop)

    def unexpected(self, at: int, wanted: str) -> InvalidDocument:
        """What is wrong at `at`, where `wanted` should be."""
        text = self.text
        if at >= len(text):
            return self.error(at, f"the text ends where {wanted} should be")
        if text.startswith("/*", at):
            return self.error(at, "a comment without end")
        found = text[at]
        if found == '"':
            return self.quoted(at, wanted)
        return self.error(at, f"{json.dumps(found)} where {wanted} should be")

    def quoted(self, at: int, wanted: str) -> InvalidDocument:
        """A string is in the way: it is malformed, or it is a key without its value."""
        end = _string_end(self.text, at)
        if isinstance(end, str):
            return self.error(at, end)
        colon = after_trivia(self.text, end)
        if "key" not in wanted:
            return self.error(at, f"a string where {wanted} should be")
        if self.text[colon : colon + 1] != ":":
            return self.unexpected_after(colon, '":" after the key')
        return self.unexpected_after(after_trivia(self.text, colon + 1), "a value")

    def unexpected_after(self, at: int, wanted: str) -> InvalidDocument:
        if self.text[at : at + 1] == '"':
            end = _string_end(self.text, at)
            if isinstance(end, str):
                return self.error(at, end)
            return self.error(at, f"a string where {wanted} should be")
        return self.unexpected(at, wanted)

    def error(self, at: int, message: str) -> InvalidDocument:
        return InvalidDocument(
            f"not valid JSON: {message}", where=self.where, line=self.text.count("\n", 0, at) + 1
        )


def _string_end(text: str, at: int) -> int | str:
    """Where the string at `at` ends, or what is wrong with it."""
    try:
        return _decoder.raw_decode(text, at)[1]
    except json.JSONDecodeError as error:
        return error.msg.lower().removesuffix(" at")
