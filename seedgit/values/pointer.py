"""JSON Pointers (RFC 6901) and selectors, which are pointers whose steps can name a list item.

/steps/0/queue              a pointer
/steps/[id=fetch]/queue     the item of the list that has this member
/steps/*/queue              every item, or every member
"""

from __future__ import annotations

from seedgit.errors import PatchError, quoted
from seedgit.values.value import DEPTH_LIMIT, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedgit.values.value import Value

    Tokens = tuple[str, ...]

ANY = "*"
ANY_DEPTH = "**"
END = "-"

STEPS_LIMIT = DEPTH_LIMIT  # no seed is deeper
LENGTH_LIMIT = 65_536  # keys may be long, but not as long as documents


def parse_pointer(text: str) -> Tokens:
    """The tokens of a pointer; "" is the whole document. Raises PatchError."""
    if not text:
        return ()
    if len(text) > LENGTH_LIMIT or text[0] != "/":
        _refuse_unlike(text)
    tokens = text[1:].split("/")
    if len(tokens) > STEPS_LIMIT:
        raise _too_deep(text)
    return tuple(tokens if "~" not in text else (_unescaped(token, text) for token in tokens))


def format_pointer(tokens: Sequence[str]) -> str:
    """The text of a pointer."""
    text = "/".join(["", *tokens])
    if "~" not in text and text.count("/") == len(tokens):
        return text
    return "".join(["/" + token.replace("~", "~0").replace("/", "~1") for token in tokens])


def _refuse_unlike(text: str) -> None:
    """Raise PatchError for a text that is too long, or does not begin with a slash."""
    if len(text) > LENGTH_LIMIT:
        raise PatchError(
            f"not a pointer: {len(text)} characters, of {LENGTH_LIMIT} at most: {quoted(text)}"
        )
    if not text.startswith("/"):
        raise PatchError(
            f"not a pointer: {quoted(text)}", hint=f"it begins with a slash: /{text[:200]}"
        )


def _too_deep(text: str) -> PatchError:
    return PatchError(
        f"not a pointer: over {STEPS_LIMIT} steps: {quoted(text)}", hint="no seed is that deep"
    )


def _unescaped(token: str, text: str) -> str:
    if "~" not in token:
        return token
    for n, char in enumerate(token):
        if char == "~" and token[n + 1 : n + 2] not in ("0", "1"):
            raise PatchError(f"not a pointer: {quoted(text)}", hint="write ~ as ~0 and / as ~1")
    return token.replace("~1", "/").replace("~0", "~")


def child(value: Value, token: str) -> Value:
    """The member or item of a container at a token. Raises PatchError where there is none."""
    if isinstance(value, dict):
        if token in value:
            return value[token]
        raise PatchError(f"there is no member {token!r}")
    if isinstance(value, list):
        index = list_index(token, len(value))
        if index < len(value):
            return value[index]
        raise PatchError(f"the list has no item {token}: it has {len(value)}")
    raise PatchError(f"there is nothing below a plain value: {token!r}")


def list_index(token: str, length: int) -> int:
    """The index that a token means; `-` means `length` (RFC 6901, section 4). Raises PatchError."""
    if token == END:
        return length
    if not is_index(token):
        raise PatchError(f"not an index of a list: {quoted(token)}")
    return int(token)


def is_index(token: str) -> bool:
    """Whether a token can be a list index: digits 0 to 9, at most nine, without a leading zero.

    `str.isdigit` alone also accepts digits of other scripts, and `int` refuses some of those.
    """
    return (
        token.isascii()
        and token.isdigit()
        and len(token) < 10
        and (token[0] != "0" or token == "0")
    )


def resolve(value: Value, tokens: Sequence[str]) -> Value:
    """The value at a pointer. Raises PatchError."""
    for depth, token in enumerate(tokens):
        try:
            value = child(value, token)
        except PatchError as error:
            where = format_pointer(tokens[:depth]) or "the document"
            raise PatchError(f"{format_pointer(tokens)}: {error.message} in {where}") from None
    return value


def exists(value: Value, tokens: Sequence[str]) -> bool:
    """Whether there is a value at a pointer."""
    try:
        resolve(value, tokens)
    except PatchError:
        return False
    return True


# -- selectors -----------------------------------------------------------------------------------


# Pointers are plain tuples, for speed: a merge would have to make an object of a class of our own
# for every node. The driver's usual path does not load this module: it compares slices itself.


def is_prefix(place: Tokens, tokens: Tokens) -> bool:
    """Whether a pointer is `place`, or lies below it."""
    return tokens[: len(place)] == place


def is_below(tokens: Tokens, place: Tokens) -> bool:
    """Whether a pointer lies below `place`, and is not `place` itself."""
    return len(tokens) > len(place) and is_prefix(place, tokens)


def meet(one: Tokens, other: Tokens) -> bool:
    """Whether two pointers are the same, or one leads to the other."""
    return is_prefix(one, other) or is_prefix(other, one)


class Meeting:
    """Many pointers, and which others meet one of them."""

    def __init__(self, pointers: Iterable[Tokens]) -> None:
        self._whole: set[Tokens] = set()
        self._above: set[Tokens] = set()  # these, and what leads to them
        for tokens in pointers:
            self.add(tokens)

    def add(self, tokens: Tokens) -> None:
        self._whole.add(tokens)
        while tokens not in self._above:
            self._above.add(tokens)
            tokens = tokens[:-1]

    def meets(self, tokens: Tokens) -> bool:
        """Whether a pointer meets one of these (`meet`)."""
        above = (tokens[:depth] for depth in range(len(tokens)))
        return tokens in self._above or any(part in self._whole for part in above)


def parse_selector(text: str) -> Tokens:
    """The steps of a selector. A `/` in brackets belongs to the identity. Raises PatchError."""
    if not text:
        return ()
    _refuse_unlike(text)
    steps: list[str] = []
    rest = text[1:]
    while True:
        if len(steps) == STEPS_LIMIT:
            raise _too_deep(text)
        if rest.startswith("[") and "=" in rest:
            close = rest.find("]/") + 1 or (len(rest) if rest.endswith("]") else 0)
            if not close:
                raise PatchError(f"a bracket is not closed: {quoted(text)}")
            steps.append(rest[:close])
            rest = rest[close:]
            if not rest:
                return tuple(steps)
            rest = rest[1:]
            continue
        step, slash, rest = rest.partition("/")
        steps.append(_unescaped(step, text))
        if not slash:
            return tuple(steps)


def identity(step: str) -> tuple[str, str] | None:
    """(key, value) of a step `[key=value]`; None for any other step."""
    if step.startswith("[") and step.endswith("]") and "=" in step:
        key, _, value = step[1:-1].partition("=")
        return key, value
    return None


def format_selector(steps: Sequence[str]) -> str:
    """The text of a selector."""
    return "".join("/" + step if identity(step) else format_pointer((step,)) for step in steps)


def select(value: Value, selector: Sequence[str]) -> list[Tokens]:
    """Every pointer that a selector names in a value, in document order.

    The last step may name a member or an item that is not there yet, if its container is there.
    """
    return list(_select(value, tuple(selector), ()))


def _select(value: Value, steps: Tokens, at: Tokens) -> Iterator[Tokens]:
    if not steps:
        yield at
        return
    step, rest = steps[0], steps[1:]
    for token, inner in _matching(value, step):
        yield from _select(inner, rest, (*at, token))
    if not rest and step != ANY and identity(step) is None and not exists(value, (step,)):
        addable = isinstance(value, dict) or (
            isinstance(value, list) and (step == END or step == str(len(value)))
        )
        if addable:
            yield (*at, str(len(value)) if isinstance(value, list) else step)


def _matching(value: Value, step: str) -> Iterator[tuple[str, Value]]:
    wanted = identity(step)
    if isinstance(value, list):
        for index, item in enumerate(value):
            if step in (ANY, str(index)) or (wanted and _is(item, *wanted)):
                yield str(index), item
    elif isinstance(value, dict):
        for key, item in value.items():
            if step in (ANY, key):
                yield str(key), item


def _is(item: Value, key: str, text: str) -> bool:
    """Whether an item has the scalar `text` at `key`. Text may be quoted or bare.

    The text may go on with further members, as in `80,protocol=TCP`.
    """
    if "=" in text and "," in text:
        pairs = [part.partition("=") for part in f"{key}={text}".split(",")]
        if all(equals for _, equals, _ in pairs):
            if all(_has(item, name, wanted) for name, _, wanted in pairs):
                return True
    return _has(item, key, text)


def _has(item: Value, key: str, text: str) -> bool:
    if not isinstance(item, dict) or key not in item:
        return False
    found = item[key]
    if isinstance(found, str):
        return found == text or (len(found) < len(text) and canonical(found) == text)
    return isinstance(found, (int, float, type(None))) and canonical(found) == text


def near(value: Value, selector: Sequence[str]) -> str:
    """A message for a selector that names nothing: how far it leads, and similar names there."""
    from difflib import get_close_matches

    steps = tuple(selector)
    for depth in range(len(steps)):
        if list(_select_inner(value, steps[: depth + 1])):
            continue
        places = list(_select_inner(value, steps[:depth])) or [()]
        inner = resolve(value, places[0])
        wanted = identity(steps[depth])
        if wanted and isinstance(inner, list):
            there = _alike(inner, wanted)
        elif isinstance(inner, dict):
            there = list(map(str, inner))
        elif isinstance(inner, list):
            there = [str(n) for n in range(len(inner))]
        else:
            there = []
        close = get_close_matches(steps[depth], there[:1000], n=3, cutoff=0.4) or there[:5]
        place = format_pointer(places[0]) or "the document"
        text = f"{place} has " + (", ".join(close) if close else "nothing below")
        if wanted is None:
            return text
        if not isinstance(inner, list):
            return f"{place} is not a list, and {steps[depth]} names an item of one"
        return f"{steps[depth]} matches no item" + (f"; {text}" if there else _other_names(inner))
    return ""


def _alike(items: list[Value], wanted: tuple[str, str]) -> list[str]:
    """The items of a list by the members that a step has, each name once."""
    pairs = "=".join(wanted).replace("][", ",").split(",")  # a step has all of them in one bracket
    keys = [pair.partition("=")[0] for pair in pairs if "=" in pair]
    found = (item for item in items if isinstance(item, dict) and all(key in item for key in keys))
    names = ("[" + ",".join(f"{key}={item[key]}" for key in keys) + "]" for item in found)
    return list(dict.fromkeys(names))


def _other_names(items: list[Value]) -> str:
    """The end of a message: the names that the items of a list do have."""
    for key in ("id", "name", "key"):
        found = [item[key] for item in items if isinstance(item, dict) and key in item]
        if found:
            return "; there is " + ", ".join(f"[{key}={name}]" for name in found[:5])
    return ": none of them has that member"


def _select_inner(value: Value, steps: Tokens) -> Iterator[Tokens]:
    """Like `_select`, but only pointers that exist."""
    return (tokens for tokens in _select(value, steps, ()) if exists(value, tokens))


def covers(pattern: Sequence[str], tokens: Sequence[str], value: Value) -> bool:
    """Whether a pattern names the place at `tokens`, or one above it.

    A pattern is a selector that may also have `**`, which stands for any number of steps. `value`
    is the document in which `[key=value]` steps are looked up. The time is bounded: each step is
    compared with each token once at most.
    """
    for depth, step in enumerate(pattern):
        if step == ANY_DEPTH:
            return _covers_deep(pattern[depth:], tokens[depth:], _reached(value, tokens[:depth]))
        if depth == len(tokens):
            return False
        if step[:1] != "[":  # as nearly all of them: where it is looked up does not matter
            if step not in (ANY, tokens[depth]):
                return False
        elif not _fits(step, tokens[depth], _reached(value, tokens[: depth + 1])):
            return False
    return True


def _reached(value: Value, tokens: Sequence[str]) -> Value:
    """What is at a pointer; None where nothing is."""
    for token in tokens:
        value = _inner(value, token)
    return value


def _covers_deep(pattern: Sequence[str], tokens: Sequence[str], value: Value) -> bool:
    names_items = any(step.startswith("[") for step in pattern)
    reached = _over_any_depth(pattern, [0])
    for token in tokens:
        if len(pattern) in reached:
            break
        if names_items:
            value = _inner(value, token)
        reached = _onward(pattern, reached, token, value)
    return len(pattern) in reached


def reaches(pattern: Sequence[str], tokens: Sequence[str], value: Value) -> bool:
    """Whether a pattern, as in `covers`, names a place of a document below the one at `tokens`."""
    reached = _over_any_depth(pattern, [0])
    for token in tokens:
        value = _inner(value, token)
        reached = _onward(pattern, reached, token, value)
        if not reached:
            return False
    return _reaches_below(pattern, reached, value)


def _reaches_below(pattern: Sequence[str], reached: list[int], value: Value) -> bool:
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = {str(n): item for n, item in enumerate(value)}.items()
    else:
        return False
    for token, below in inner:
        ahead = _onward(pattern, reached, str(token), below)
        if len(pattern) in ahead or (ahead and _reaches_below(pattern, ahead, below)):
            return True
    return False


def _onward(pattern: Sequence[str], reached: list[int], token: str, inner: Value) -> list[int]:
    """The steps that a pattern may be at behind a token, where `inner` is."""
    ahead = []
    for at in reached:
        if at < len(pattern):
            if pattern[at] == ANY_DEPTH:
                ahead.append(at)
            elif _fits(pattern[at], token, inner):
                ahead.append(at + 1)
    return _over_any_depth(pattern, ahead)


def names(pattern: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether a pattern, as in `covers`, names exactly the place at `tokens`.

    A step `[key=value]` matches nothing: there is no document to look it up in.
    """
    if ANY_DEPTH in pattern:
        reached = _over_any_depth(pattern, [0])
        for token in tokens:
            reached = _over_any_depth(pattern, _ahead(pattern, reached, token))
        return len(pattern) in reached
    return len(pattern) == len(tokens) and all(
        step in (ANY, token) for step, token in zip(pattern, tokens, strict=True)
    )


def _ahead(pattern: Sequence[str], reached: list[int], token: str) -> Iterator[int]:
    """The steps that a pattern may be at after a token."""
    for at in reached:
        if at < len(pattern):
            if pattern[at] == ANY_DEPTH:
                yield at
            elif pattern[at] in (ANY, token):
                yield at + 1


def _over_any_depth(pattern: Sequence[str], reached: Iterable[int]) -> list[int]:
    """The steps that a pattern may be at, with those after a `**`, which may match no step."""
    found: list[int] = []
    for at in reached:  # they ascend
        while not found or found[-1] < at:
            found.append(at)
            if at < len(pattern) and pattern[at] == ANY_DEPTH:
                at += 1
    return found


def _fits(step: str, token: str, inner: Value) -> bool:
    """Whether a step of a pattern (not `**`) names the member or item `inner` at a token."""
    wanted = identity(step) if step.startswith("[") else None
    return _is(inner, *wanted) if wanted else step in (ANY, token)


def _inner(value: Value, token: str) -> Value:
    return child(value, token) if exists(value, (token,)) else None
