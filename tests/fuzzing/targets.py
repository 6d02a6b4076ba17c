"""What reads bytes that others wrote: one function for each, which takes any bytes at all.

A target returns where the bytes are refused as they should be, with an error of seedgit's own. It
raises where something else is raised, and where what was read breaks a law.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from seedgit.errors import InputError, InvalidDocument, PatchError
from seedgit.formats.document import Document
from seedgit.formats.merge import merge_texts
from seedgit.formats.redact import Redactor
from seedgit.formats.registry import FORMATS, format_named
from seedgit.formats.rules import parse_rules
from seedgit.git.stored_record import decode, encode, record_name
from seedgit.merge import engine
from seedgit.merge.by_entries import merged_by_entries
from seedgit.merge.outline import shorten
from seedgit.merge.tree import Node
from seedgit.merge.version import NotMergeable
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer, parse_pointer, parse_selector, select
from seedgit.values.value import same

Target = Callable[[bytes], None]

PATH = "flows/one.yaml"
BETWEEN = b"\n=====\n"  # stands between the parts of an input that has several
CANARY = b"kanarykanary"
_NAMED = re.compile(rb"[&*!%][^\s,\[\]{}]*" + CANARY)
WHOLE = 1 << 60  # bytes that no version has: none is shortened


def document(format: str, data: bytes) -> None:
    """Parse; an empty patch gives the same bytes; one value is replaced, and nothing else."""
    try:
        read = Document.parse(data, f"f.{format}")
    except InvalidDocument:
        return
    assert read.apply([]).data == data
    _as_python_reads(format, data, read)
    for tokens in _scalars(read.root)[:3]:
        patch = [{"op": "replace", "path": format_pointer(tokens), "value": "fz 1"}]
        try:
            wanted = apply(patch, read.value)
            edited = read.apply(patch)
        except PatchError:
            continue
        assert same(edited.value, wanted)
        assert same(Document.parse(edited.data, f"f.{format}").value, wanted)


def _as_python_reads(format: str, data: bytes, read: Document) -> None:
    try:
        text = data.decode().removeprefix("\ufeff")
        found = {"json": json.loads, "toml": tomllib.loads}.get(format, _nothing)(text)
    except (ValueError, RecursionError):
        return
    if found is not None and _is_plain(found):
        assert same(found, read.value), (found, read.value)


def _nothing(text: str) -> None:
    return None


def _is_plain(value: Any) -> bool:
    """Whether both readers have such values: no number that only a text can hold, no date."""
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list):
        return all(map(_is_plain, value))
    small = type(value) is int and abs(value) < 10
    return value is None or isinstance(value, (str, bool)) or small


def _scalars(node: Node, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The pointers of a few scalars."""
    found: list[tuple[str, ...]] = []
    for number, entry in enumerate(node.entries[:4]):
        if len(at) > 5:
            continue
        place = (*at, *(entry.path if node.kind == "map" else (str(number),)))
        found += [place] if entry.node.kind == "scalar" else _scalars(entry.node, place)
    return found


def rules(data: bytes) -> None:
    """Rules that upstream or a fetched overlay has; every question that is asked of them."""
    for of_site in (False, True):
        try:
            read = parse_rules(data, ".seedgit.yaml", of_site=of_site)
        except InputError:
            continue
        for path in (PATH, "x/y/z.json", "a.toml", "\udcff.yaml"):
            read.match(path)


def record(data: bytes) -> None:
    """A record of a fetched overlay: what is read is written back as the same."""
    try:
        read = decode(record_name(PATH), data)
    except InputError:
        return
    assert decode(record_name(PATH), encode(read)) == read


def patch(data: bytes) -> None:
    """A JSON Patch, and the value that it is for."""
    given, _, value = data.partition(BETWEEN)
    try:
        operations, of = json.loads(given), json.loads(value)
    except (ValueError, RecursionError):
        return
    if not isinstance(operations, list):
        return
    before = json.dumps(of)
    with suppress(PatchError):
        apply(operations, of)
    assert json.dumps(of) == before


def pointer(data: bytes) -> None:
    """A pointer or a selector, and the value that it is looked up in."""
    text, _, value = data.partition(BETWEEN)
    word = text.decode("utf-8", "surrogateescape")
    with suppress(PatchError):
        tokens = parse_pointer(word)
        assert parse_pointer(format_pointer(tokens)) == tokens
    with suppress(PatchError, ValueError, RecursionError):
        select(json.loads(value), parse_selector(word))


def masked(data: bytes) -> None:
    """A file for a report: it is read as before, and a word that is only in values is not there."""
    name, _, text = data.replace(b"zz", CANARY).partition(BETWEEN)
    kind = name.decode("ascii", "replace").strip()
    if kind not in FORMATS:
        return
    made, kept = Redactor().text(text, f"f.{kind}")
    if kept and (
        _NAMED.search(text) or CANARY.decode() in _keys(Document.parse(text, f"f.{kind}").root)
    ):
        return  # keys, tags and anchors stay
    assert CANARY not in made
    if kept:
        Document.parse(made, f"f.{kind}")


def _keys(root: Node) -> str:
    keys = [key for entry in root.entries for key in entry.path]
    return " ".join([*keys, *(_keys(entry.node) for entry in root.entries)])


def outline(data: bytes) -> None:
    """Three versions: what is cut out comes back, and a shortened merge is the whole one."""
    name, *texts = data.split(BETWEEN)
    if len(texts) != 3:
        return
    kind = name.decode("ascii", "replace").strip()
    if kind not in FORMATS:
        return
    format = format_named(kind)
    versions = [text.decode("utf-8", "surrogateescape") for text in texts]
    lines, cutter = format.lines(), format.cutter()
    short = shorten(lines, versions) if lines else None
    for cut, whole in zip(short.texts if short else (), versions, strict=bool(short)):
        assert short is not None
        assert short.restore(cut) == whole
    if cutter:
        merged_by_entries(cutter, texts)
    assert _merged(kind, texts, 0) == _merged(kind, texts, WHOLE)


def _merged(kind: str, texts: list[bytes], shorten_from: int) -> tuple[bool, bytes] | None:
    before = engine.SHORTEN_FROM
    engine.SHORTEN_FROM = shorten_from
    try:
        made = merge_texts(format_named(kind), f"f.{kind}", (texts[0], texts[1], texts[2]))
        return made.clean, made.text
    except NotMergeable:
        return None
    finally:
        engine.SHORTEN_FROM = before


TARGETS: dict[str, Target] = {
    "yaml": lambda data: document("yaml", data),
    "json": lambda data: document("json", data),
    "toml": lambda data: document("toml", data),
    "ini": lambda data: document("ini", data),
    "rules": rules,
    "record": record,
    "patch": patch,
    "pointer": pointer,
    "outline": outline,
    "masked": masked,
}
