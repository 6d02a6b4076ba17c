"""What two people set at one place, as it waits for a person."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.when import iso
from seedgit.operations.stack.effective import layer_on
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decisions import Question
from seedgit.overlay.override import Override, Rival
from seedgit.overlay.patch import inserts
from seedgit.overlay.rivals import undecided
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.formats.document import Document
    from seedgit.operations.stack.effective import Layer
    from seedgit.overlay.record import Record
    from seedgit.rules.ownership import SeedRule


class Between(NamedTuple):
    """What a person decides between.

    name     how a person may name the place
    own      what the overlay has there: what holds; none if it was taken away
    by, on   who set that, and when (ISO 8601); "" where that is not known
    rival    what somebody else wants there
    """

    name: str
    own: tuple[Override, ...]
    by: str
    on: str
    rival: Rival

    @property
    def override(self) -> Override:
        return self.own[0] if self.own else self.rival.override

    @property
    def local(self) -> Value:
        return self.own[0].local if self.own else ABSENT

    @property
    def question(self) -> Question:
        return Question(self.name, self.rival.value, self.override.seed, self.local)

    def data(self) -> dict[str, Any]:
        rival = self.rival
        other = {} if rival.value is ABSENT else {"value": rival.value}
        about = {"removed": rival.gone, "by": rival.by, "on": rival.on, "why": rival.override.why}
        return {"other": {**other, **about}, "local": {"by": self.by, "on": self.on}}


def undecided_in(
    layer: Layer, seed: Document, rule: SeedRule
) -> Iterator[tuple[Rival, tuple[Override, ...]]]:
    """As `undecided`, of a layer over the seed at hand."""
    return undecided(layer.kept(seed.path, ""), seed.value, rule.key_of)


def between(workspace: Workspace, stored: Stored) -> Iterator[Between]:
    """What a person has to decide between in a record. Raises InputError."""
    if not stored.record.rivals:
        return
    from seedgit.operations.stack.provenance import (  # late: few records have any
        Provenance,
        stored_override,
    )

    past = Provenance(workspace, stored.overlay)
    record, seed, layer = over_seed(workspace, stored)
    rule = workspace.rules.match(record.path)
    key_of = rule.key_of if rule else no_key
    for rival, own in undecided(record, seed, key_of):
        override = rival.override
        put_in = override.value if inserts(override, seed) else ABSENT
        name = rival.name or selector_of(seed, override.tokens, key_of, put_in)
        known = own[0] if own else None
        if known and layer:
            known = stored_override(layer, known)
        made = past.made(stored.record.path, known) if known else None
        by = made.author.name if made else ""
        on = iso(made.author.time, made.author.offset) if made else ""
        yield Between(name, own, by, on, rival)


def over_seed(workspace: Workspace, stored: Stored) -> tuple[Record, Value, Layer | None]:
    """A record over the seed at hand, that seed's value, and how it came there.

    If the seed is gone: the record as it is stored, over its base.
    """
    if stored.path is None:
        return stored.record, workspace.base(stored.record).value, None
    blob, seed = workspace.staged(stored.path)
    layer = layer_on(workspace, stored, seed)
    return layer.kept(stored.path, blob), seed.value, layer
