"""git's wildmatch of whole paths, as in gitattributes(5), but in bounded time.

Each part of a pattern is matched at the first place where it fits, since no later place is any
better. `re` would try all places, and takes longer to load than a merge. git tries all places too:
`steps` says how many steps that may take.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Token = str | frozenset[str]  # text, or a set of characters that may be there
    Piece = list[Token]
    Name = str | list[Piece]  # of one step; the pieces are those between its `*`

SPECIAL = "*?[\\"
MOST_WILDCARDS = 32  # in a pattern
MOST_BYTES = 1000  # of a pattern: git skips lines of gitattributes of 2,048 bytes
LONGEST_PATH = 4096  # bytes, for `steps`; PATH_MAX

_ANY = frozenset(chr(n) for n in range(1, 256) if n != ord("/"))

# Measured: a step takes git about a nanosecond, and never much more.
FREE_STAR = 4  # what a `*` that ends its step costs: git looks for the next slash
CALL = 2  # what a wildcard behind a `*` costs: git calls itself for each character

_STAR = "*"
_DEEP = "**"


# C's classes, for ASCII. The methods of `str` agree with C for these characters.
_CLASSES = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": " \t".__contains__,
    "cntrl": lambda char: not char.isprintable(),
    "digit": str.isdigit,
    "graph": lambda char: char.isprintable() and char != " ",
    "lower": str.islower,
    "print": str.isprintable,
    "punct": lambda char: char.isprintable() and not char.isalnum() and char != " ",
    "space": " \t\n\v\f\r".__contains__,
    "upper": str.isupper,
    "xdigit": "0123456789abcdefABCDEF".__contains__,
}


class Wildmatch:
    """One pattern. It matches what git matches for it in info/attributes, at the top.

    `*`, `?` and brackets stay within a directory. `**/` is any number of directories. A pattern
    without a slash names a file at the top. Bytes are compared, as in git.

    literal  the only path it matches; None where it has wildcards
    steps    how many steps git may take at worst to find that it does not match one path

    Raises ValueError, which says what is wrong with the pattern.
    """

    __slots__ = ("_groups", "_never", "_open", "_prefix", "literal", "steps")

    def __init__(self, glob: str) -> None:
        text = _as_bytes(_checked(glob))
        rest = text.removeprefix("/")
        size = next((n for n, char in enumerate(rest) if char in SPECIAL), len(rest))
        # git compares the text before the first wildcard, and matches the rest separately. So a
        # `**` counts as being at the beginning of a step there, even after a letter.
        self._prefix, wild = rest[:size], rest[size:]
        tokens = list(_tokens(wild))
        if sum(kind in (_STAR, _DEEP, "[") for kind, _, _ in tokens) > MOST_WILDCARDS:
            raise ValueError(f"it has more than {MOST_WILDCARDS} wildcards")
        self._never = rest.endswith("/")  # it names a directory, and only files have attributes
        self.literal = None if wild or self._never else glob.removeprefix("/")
        self.steps = _steps(tokens)
        self._open = bool(tokens) and tokens[-1][0] == _DEEP
        self._groups = _groups(tokens)

    def __call__(self, path: str) -> bool:
        if self.literal is not None:
            return path == self.literal
        try:
            text = path if path.isascii() else _as_bytes(path)
        except UnicodeEncodeError:  # git cannot have such a path
            return False
        if self._never or not text.startswith(self._prefix):
            return False
        return self._fits(text[len(self._prefix) :].split("/"))

    def _fits(self, names: list[str]) -> bool:
        first, *groups = self._groups
        if not groups:
            return len(names) == len(first) and _fit(first, names, 0)
        last = groups.pop()
        end = len(names) - (1 if self._open else len(last))
        if len(first) > end or not _fit(first, names, 0):
            return False
        at = len(first)
        for group in groups:
            while at + len(group) <= end and not _fit(group, names, at):
                at += 1
            at += len(group)
            if at > end:
                return False
        return self._open or _fit(last, names, end)


def folder(glob: str) -> str:
    """The directory that holds all that a pattern matches, with a slash; "" for the top."""
    text = glob.removeprefix("/")
    size = next((n for n, char in enumerate(text) if char in SPECIAL), len(text))
    return text[: text.rfind("/", 0, size) + 1]


def simpler(glob: str) -> str:
    """A pattern that matches all that `glob` does, and more, but costs git next to nothing.

    It keeps the directories before the first wildcard, and the text after the last.
    """
    text = _as_bytes(glob).removeprefix("/")
    size = next((n for n, char in enumerate(text) if char in SPECIAL), len(text))
    tokens = list(_tokens(text[size:]))
    kinds = [kind for kind, _, _ in tokens]
    if not any(kinds):
        return glob
    last = max(n for n, kind in enumerate(kinds) if kind)
    deep = "**/" if {"/", _DEEP} & set(kinds) else ""
    star = "" if kinds[last] == "/" else "*"
    behind = [str(token) for _, token, _ in tokens[last + 1 :]]
    tail = "".join("\\" * (char in SPECIAL) + char for char in behind)
    wider = folder(text) + deep + star + tail
    return wider.encode("latin-1").decode("utf-8", "surrogateescape")


def _checked(glob: str) -> str:
    if not glob:
        raise ValueError("it is empty")
    if glob.startswith("!"):
        raise ValueError("it begins with `!`, and git knows no exceptions in attributes")
    if len(glob) > MOST_BYTES or len(glob.encode("utf-8", "replace")) > MOST_BYTES:
        raise ValueError(f"it is longer than {MOST_BYTES:,} bytes")
    if any(map(_is_control, glob)):
        raise ValueError("it has a control character: write `?` for one in a file's name")
    return glob


def _is_control(char: str) -> bool:
    """Whether a character may end a line, acts on a terminal, or is not a valid character."""
    return char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff"


def _as_bytes(text: str) -> str:
    """The text with one character for each byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


# -- reading ---------------------------------------------------------------------------------------


def _tokens(wild: str) -> Iterator[tuple[str, Token, int]]:
    """(kind, token, weight): kind is "/", `*`, `**`, "" for a character, "[" for one of several."""
    at, start = 0, True
    while at < len(wild):
        char = wild[at]
        begun, start = start, char == "/"
        if char == "*":
            stars = len(wild[at:]) - len(wild[at:].lstrip("*"))
            at += stars
            whole = begun and wild[at : at + 1] in ("", "/")
            yield _DEEP if stars > 1 and whole else _STAR, "", 0
        elif char == "?":
            at += 1
            yield "[", _ANY, 1
        elif char == "[":
            end, members = _bracket(wild, at + 1)
            yield "[", members, end - at
            at = end
        elif char == "\\":
            if wild[at + 1 : at + 2] in ("", "/"):
                raise ValueError("there is nothing after a backslash that it could escape")
            yield "", wild[at + 1], 1
            at += 2
        else:
            at += 1
            yield "/" if char == "/" else "", char, 1


def _bracket(wild: str, at: int) -> tuple[int, frozenset[str]]:
    """(the end of a bracket, the characters that it matches)."""
    negated = wild[at : at + 1] in ("!", "^")
    at += int(negated)
    members: set[str] = set()
    before = ""  # the character that a range could begin with
    first = True
    while first or wild[at : at + 1] != "]":
        first = False
        char = wild[at : at + 1]
        if char == "-" and before and wild[at + 1 : at + 2] not in ("", "]"):
            at, char = _escaped(wild, at + 1)
            members.update(map(chr, range(ord(before), ord(char) + 1)))
            before = ""
        elif name := _class_name(wild, at):
            if name not in _CLASSES:
                raise ValueError(f"[:{name}:] is not a class: there are {', '.join(_CLASSES)}")
            members.update(filter(_CLASSES[name], map(chr, range(1, 128))))
            at, before = at + len(name) + len("[::]"), ""
        else:
            at, before = _escaped(wild, at)
            members.add(before)
    return at + 1, (_ANY - members if negated else frozenset(members - {"/"}))


def _class_name(wild: str, at: int) -> str:
    """The name of a class such as `[:alpha:]`; "" where there is none."""
    close = wild.find("]", at + 2)
    if not wild.startswith("[:", at) or close <= at + 2 or wild[close - 1] != ":":
        return ""
    return wild[at + 2 : close - 1] or " "


def _escaped(wild: str, at: int) -> tuple[int, str]:
    if wild.startswith("\\", at):
        at += 1
    if at >= len(wild):
        raise ValueError("a bracket is not closed")
    return at + 1, wild[at]


# -- matching --------------------------------------------------------------------------------------


def _groups(tokens: list[tuple[str, Token, int]]) -> list[list[Name]]:
    """The steps between slashes, split into groups at each `**`."""
    groups: list[list[Name]] = [[]]
    pieces: list[Piece] = [[]]
    for kind, token, _ in [*tokens, ("/", "/", 0)]:
        if kind == _DEEP:
            groups.append([])
            pieces = []
        elif kind == _STAR:
            pieces.append([])
        elif kind == "/":
            if pieces:
                groups[-1].append(_name(pieces))
            pieces = [[]]
        elif isinstance(token, str) and pieces[-1] and isinstance(before := pieces[-1][-1], str):
            pieces[-1][-1] = before + token
        else:
            pieces[-1].append(token)
    return groups


def _name(pieces: list[Piece]) -> Name:
    """The pieces of a name; as text where there is no wildcard in it."""
    match pieces:
        case [[]]:
            return ""
        case [[str() as text]]:
            return text
    return pieces


def _fit(group: list[Name], names: list[str], at: int) -> bool:
    """Whether the names from `at` on match the steps of a group."""
    for step in group:
        if not (step == names[at] if isinstance(step, str) else _named(step, names[at])):
            return False
        at += 1
    return True


def _named(pieces: list[Piece], name: str) -> bool:
    first, last = pieces[0], pieces[-1]
    at, end = _length(first), len(name) - _length(last)
    if len(pieces) == 1:
        return at == len(name) and _at(first, name, 0)
    if at > end or not _at(first, name, 0) or not _at(last, name, end):
        return False
    for piece in pieces[1:-1]:
        at = _find(piece, name, at, end)
        if at < 0:
            return False
    return True


def _length(piece: Piece) -> int:
    size = 0
    for token in piece:
        size += len(token) if isinstance(token, str) else 1
    return size


def _find(piece: Piece, name: str, at: int, end: int) -> int:
    """The end of the first match of a piece between `at` and `end`; -1 where there is none."""
    size = _length(piece)
    last = end - size
    lead = piece[0]
    while at <= last:
        if isinstance(lead, str):
            at = name.find(lead, at, end)
            if not 0 <= at <= last:
                return -1
        if _at(piece, name, at):
            return at + size
        at += 1
    return -1


def _at(piece: Piece, name: str, at: int) -> bool:
    for token in piece:
        if isinstance(token, str):
            if not name.startswith(token, at):
                return False
            at += len(token)
        else:
            if name[at] not in token:
                return False
            at += 1
    return True


# -- what it may cost git --------------------------------------------------------------------------


def _steps(tokens: list[tuple[str, Token, int]]) -> int:
    """An upper bound of the steps that git needs for one path of LONGEST_PATH bytes.

    git tries each `*` with text after it at every character, and each `**/` at every directory.
    For each of these places it tries all later parts again. Only the `*` of steps between two `**/`
    share one path: a `**/` adds no more places than the characters at which the `*` after it can
    match.
    """
    places = 0  # how many choices multiply
    stars = deep = 0
    heaviest = 1
    run: list[tuple[str, Token, int]] = []
    for n, (kind, token, weight) in enumerate(tokens):
        follower = tokens[n + 1][0] if n + 1 < len(tokens) else "/"
        if kind == _DEEP:
            places += max(stars, deep)
            stars, deep = 0, int(n + 1 < len(tokens))
        elif kind == _STAR and follower != "/":
            stars += 1
        else:
            run.append((kind, token, weight or FREE_STAR))
            continue
        heaviest, run = max(heaviest, _weight(run)), []
    places += max(stars, deep)
    steps = max(heaviest, _weight(run))
    for n in range(places):
        steps = steps * LONGEST_PATH // (n + 1)
    return steps


def _weight(run: list[tuple[str, Token, int]]) -> int:
    """How often git may look at one character of a path while it tries a part of a pattern."""
    if all(kind in ("", "/") for kind, _, _ in run):
        return 1 + sum(token == run[0][1] for _, token, _ in run)
    return CALL + sum(weight for _, _, weight in run)
