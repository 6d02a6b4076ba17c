"""The effective file, and for each of its lines the layer and the commit it comes from."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable

from seedgit.formats.document import Document
from seedgit.git.blame import Blamed, blamed_lines
from seedgit.git.object_text import Commit
from seedgit.named_tuple import NamedTuple
from seedgit.operations.stack.effective import Effective, Layer, effective
from seedgit.operations.stack.provenance import Provenance, stored_override
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override
from seedgit.rules.ownership import OVERLAY, SEED, SeedRule
from seedgit.values.diff import value_at
from seedgit.values.sequence import common
from seedgit.values.value import Secret, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MASKED = re.compile(re.escape(repr(Secret()).removesuffix(")")) + r"( [0-9a-f]+)?\)")


class BlamedLine(NamedTuple):
    """A line of the effective file.

    overlay   the overlay that changed it; None if it is the seed's: `blamed` then says whose
    override  the override that did, and `commit` the overlay's that last set it
    """

    number: int
    text: str
    overlay: str | None = None
    override: Override | None = None
    commit: Commit | None = None
    blamed: Blamed | None = None

    def data(self) -> dict[str, Any]:
        from seedgit.operations.why import blamed_data, when  # late: `diff` asks nobody why

        about: dict[str, Any] = {"line": self.number, "text": self.text}
        if self.overlay is None:
            return {**about, "layer": SEED, **blamed_data(self.blamed)}
        author = self.commit.author if self.commit else None
        return {
            **about,
            "layer": OVERLAY,
            "overlay": self.overlay,
            "pointer": self.override.pointer if self.override else None,
            "why": self.override.why if self.override else "",
            "commit": self.commit.id if self.commit else None,
            "author": author.name if author else None,
            "email": author.email if author else None,
            "date": when(author) if author else None,
        }


def blame(workspace: Workspace, path: str) -> list[BlamedLine]:
    """Every line of an effective file."""
    found = effective(workspace, path)
    made = _Made(workspace)
    seed = {blamed.line: blamed for blamed in blamed_lines(workspace.repository, path)}
    texts = _lines(found.document)
    shown = told_lines(found.document, workspace.rule(path), found.plain)
    of_overlay = overlay_lines(found)
    of_seed = _seed_lines(found, texts, of_overlay)
    lines = []
    for number, text in enumerate(shown, 1):
        if number in of_overlay:
            layer, override = of_overlay[number]
        elif number in of_seed:
            lines.append(BlamedLine(number, text, blamed=seed.get(of_seed[number])))
            continue
        else:
            # No override's value is on this line: one was removed, or the layout changed.
            near = _nearest(found, of_seed, number)
            if near is None:
                lines.append(BlamedLine(number, text))
                continue
            layer, override = near
        commit = made.by(layer, override)
        lines.append(BlamedLine(number, text, layer.overlay, override, commit))
    return lines


class _Made:
    """The commits that set overrides, each looked up once."""

    def __init__(self, workspace: Workspace) -> None:
        self.histories = {name: Provenance(workspace, name) for name in workspace.names}
        self.known: dict[int, Commit | None] = {}

    def by(self, layer: Layer, override: Override) -> Commit | None:
        if id(override) not in self.known:
            stored = stored_override(layer, override)
            history = self.histories[layer.overlay]
            path = layer.record.path
            self.known[id(override)] = history.made(path, stored) if stored else None
        return self.known[id(override)]


def _lines(document: Document) -> list[str]:
    lines = [line.removesuffix("\r") for line in document.text.split("\n")]
    return lines[:-1] if lines[-1] == "" else lines


def told_lines(
    document: Document, rule: SeedRule, plain: Collection[tuple[str, ...]] = ()
) -> list[str]:
    """The lines of a seed's file, with masks for what is a secret in it (`SeedRule.told`)."""
    lines, value = _lines(document), document.value
    told = rule.told(value, (), value, plain)
    if told is value:
        return lines
    from seedgit.values.secrets import secrets_in  # late: few files have any

    for at, secret in secrets_in(told):
        if MASKED.fullmatch(str(secret.plain)):
            continue  # an override's, which is one already
        for first, last in document.spans(at):
            for number in range(first, last + 1):
                key = at[-1] if number == first and _named(value, at) else ""
                lines[number - 1] = _without_value(lines[number - 1], key)
    return lines


def _named(value: Value, at: tuple[str, ...]) -> bool:
    """Whether a place of a value has a key. An item of a list has a number, which no file has."""
    return bool(at) and isinstance(value_at(value, at[:-1]), dict)


def hidden_lines(
    document: Document, rule: SeedRule, plain: Collection[tuple[str, ...]] = ()
) -> dict[str, str]:
    """The lines of a seed's file that have a secret, each with what is told instead."""
    pairs = zip(_lines(document), told_lines(document, rule, plain), strict=True)
    return {line: told for line, told in pairs if line != told}


def _without_value(line: str, key: str) -> str:
    """A line with a mask for all that follows its key; for all of it, if the key is not there."""
    after = line.find(key) + len(key) if key and key in line else len(line)
    ends = (place for sign in ":=" if (place := line.find(sign, after)) >= 0)
    end = min(ends, default=-1)
    kept = line[: end + 1] + " " if end >= 0 else line[: len(line) - len(line.lstrip(" -\t"))]
    return f"{kept}{Secret()!r}"


def overlay_lines(found: Effective) -> dict[int, tuple[Layer, Override]]:
    """The lines that have values of overrides. Of several overrides, the innermost counts."""
    lines: dict[int, tuple[Layer, Override]] = {}
    above: dict[tuple[str, ...], Override | None] = {}
    for tokens, origin in found.origins.walk():
        override = above[tokens] = origin.maker
        if override is None or origin.layer is None:
            continue
        if tokens and above.get(tokens[:-1]) is override:
            continue  # shown with what holds it
        for first, last in found.document.spans(tokens):
            for number in range(first, last + 1):
                lines[number] = (found.layers[origin.layer], override)
    return lines


def _seed_lines(
    found: Effective, texts: list[str], of_overlay: dict[int, tuple[Layer, Override]]
) -> dict[int, int]:
    """Which line of the seed each other line is. A comma more or less makes no difference."""
    here: list[Hashable] = [
        number if number in of_overlay else _plain(text) for number, text in enumerate(texts, 1)
    ]
    there: list[Hashable] = [_plain(text) for text in _lines(found.seed)]
    return {j + 1: i + 1 for i, j in common(there, here)}


def _plain(text: str) -> str:
    return text.rstrip().removesuffix(",")


def _nearest(
    found: Effective, of_seed: dict[int, int], number: int
) -> tuple[Layer, Override] | None:
    """The override whose place in the seed is nearest to a line of the effective file."""
    before = max((n for n in of_seed if n < number), default=0)
    line = of_seed.get(before, 0) + number - before
    best: tuple[int, tuple[Layer, Override]] | None = None
    for layer in found.layers:
        for override in layer.rebased.overrides:
            spans = found.seed.spans(override.tokens) or found.seed.spans(override.tokens[:-1])
            for first, last in spans:
                away = max(first - line, line - last, 0)
                if best is None or away <= best[0]:
                    best = (away, (layer, override))
    return best[1] if best else None
