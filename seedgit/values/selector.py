"""Makes the selector of a place: its pointer, but with list items named by their identity."""

from __future__ import annotations

from seedgit.values.align import identity_key, named
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.pointer import format_pointer, is_index, parse_selector, select
from seedgit.values.value import JOINS, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import KeyOf, Tokens
    from seedgit.values.value import Value


def selector_of(value: Value, tokens: Tokens, key_of: KeyOf = no_key, added: Value = ABSENT) -> str:
    """The selector of a pointer of a document: `/steps/[id=fetch]/mode` for `/steps/0/mode`.

    added  an item that is inserted at the pointer: its own identity names it

    The index stays where an item has no identity, or its identity cannot be written or is not
    unique.
    """
    text = ""
    here = value
    for depth, token in enumerate(tokens):
        step = format_pointer((token,))
        if isinstance(here, list):
            last = depth == len(tokens) - 1
            new = added if last else ABSENT
            step = _item(here, token, key_of(tokens[:depth]), new) or step
        text += step
        here = _below(here, token)
    return text


def _item(items: list[Value], token: str, key: str | None, added: Value) -> str:
    known = identity_key([*items, added] if added is not ABSENT else items, key)
    item = added if added is not ABSENT else _below(items, token)
    if known is None or not isinstance(item, dict):
        return ""
    parts = ((part, named(item, part)) for part in known.split(JOINS))
    texts = [f"{part}={name if isinstance(name, str) else canonical(name)}" for part, name in parts]
    step = f"/[{','.join(texts)}]"
    # The step must read back as one step, and name this item only.
    unclear = JOINS in known and "," in "".join(texts)
    if unclear or "=" in known or "]/" in step or len(parse_selector(step)) != 1:
        return ""
    found = select(items if added is ABSENT else [*items, added], parse_selector(step))
    return step if len(found) == 1 else ""


def _below(value: Value, token: str) -> Value:
    if isinstance(value, dict):
        return value.get(token, ABSENT)
    if isinstance(value, list) and is_index(token):
        return value[int(token)] if int(token) < len(value) else ABSENT
    return ABSENT
