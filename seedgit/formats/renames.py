"""Give older versions of a document the new names that the package's renames brought.

A merge sees a renamed entry as one removed and one added. If the rules say that it was renamed, the
versions with the old name get the new one first. Then it is one entry.
"""

from __future__ import annotations

import re

from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.merge.renamed import likest
from seedgit.values.pointer import child, exists, identity, resolve, select
from seedgit.values.value import copied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.renamed import Renames
    from seedgit.values.value import Value

    Tokens = tuple[str, ...]

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
MOST_PLACES = 1000  # places of one renamed entry in a document; each is searched in the text


def renamed(
    versions: tuple[bytes, bytes, bytes], path: str, renames: Renames
) -> tuple[bytes, bytes, bytes]:
    """The versions of a file, with the new names in all of them.

    Nothing is renamed if a version cannot be parsed. A rename is left out if a name cannot be
    replaced, or if a version has both names or a third one: then the merge shows the difference.
    """
    try:
        parsed = [Document.parse(data, path) for data in versions]
    except SeedgitError:
        return versions
    documents = parsed
    for old, new in renames:
        try:
            if any(_has_both(d.value, old, new) for d in documents):
                continue
            if _called_otherwise([d.value for d in documents], old, new):
                continue
            if any(len(_places(d.value, old)) > MOST_PLACES for d in documents):
                continue
            if any(_has(d.value, new) and not _has(d.value, old) for d in documents):
                documents = [_with_new_name(d, old, new) for d in documents]
        except SeedgitError:
            continue
    base, ours, theirs = (
        data if now is then else now.data
        for data, then, now in zip(versions, parsed, documents, strict=True)
    )
    return base, ours, theirs


def _has(value: Value, name: Tokens) -> bool:
    return bool(_places(value, name))


def _has_both(value: Value, old: Tokens, new: Tokens) -> bool:
    if identity(old[-1]):
        return False  # the name is the value of the key that tells the items apart
    return any(exists(value, (*place[:-1], new[-1])) for place in _places(value, old))


def _called_otherwise(versions: list[Value], old: Tokens, new: Tokens) -> bool:
    """Whether a side gave the map or list at a place of the base a third name."""
    base, *sides = versions
    for place in [] if identity(old[-1]) else _places(base, old):
        known = resolve(base, place[:-1])
        for side in sides:
            holder = resolve(side, place[:-1]) if exists(side, place[:-1]) else None
            if not isinstance(holder, dict) or holder.keys() & {old[-1], new[-1]}:
                continue
            came = {key: value for key, value in holder.items() if key not in known}
            if likest(resolve(base, place), came) is not None:
                return True
    return False


def _places(value: Value, name: Tokens) -> list[Tokens]:
    if identity(name[-1]):
        return select(value, name)
    return [
        (*place, name[-1])
        for place in select(value, name[:-1])
        if isinstance(resolve(value, place), dict) and exists(value, (*place, name[-1]))
    ]


def _with_new_name(document: Document, old: Tokens, new: Tokens) -> Document:
    places = _places(document.value, old)
    member = identity(new[-1])
    if member is None:
        return _with_new_key(document, places, new[-1])
    key, text = member
    places = [p for p in places if isinstance(child(resolve(document.value, p), key), str)]
    if not places:
        return document
    wanted = copied(document.value)
    for place in places:
        resolve(wanted, place)[key] = text
    return document.edited([("replace", (*place, key), text) for place in places], wanted)


def _with_new_key(document: Document, places: list[Tokens], name: str) -> Document:
    """The document with a new name for keys. A key that is not written as one word stays."""
    text = document.text
    quotes: dict[tuple[int, int], str] = {}
    for place in places:
        spans = document.format.key_spans(document.root, place)
        signs = [text[start] if text[start] in "\"'" else "" for start, _ in spans]
        if all(
            text[start:end] == f"{quote}{place[-1]}{quote}" and (quote or _PLAIN.fullmatch(name))
            for (start, end), quote in zip(spans, signs, strict=True)
        ):
            quotes.update(zip(spans, signs, strict=True))
    if not quotes:
        return document
    parts, at = [], 0
    for start, end in sorted(quotes):
        quote = quotes[start, end]
        parts.append(f"{text[at:start]}{quote}{name}{quote}")
        at = end
    return document.with_text("".join(parts) + text[at:])
