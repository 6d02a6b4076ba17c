"""The effective document: seed + overlays, derived when asked, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from seedgit.core.overlay import Record, patch_of
from seedgit.core.rebase import Rebased, rebase
from seedgit.formats.document import Document
from seedgit.operations.workspace import Stored, Workspace


@dataclass(frozen=True)
class Layer:
    """One overlay's record, rebased onto the seed at hand."""

    overlay: str
    record: Record
    rebased: Rebased


@dataclass(frozen=True)
class Effective:
    """A seed, what lies over it, and the result."""

    path: str
    seed: Document
    document: Document
    layers: tuple[Layer, ...] = field(default=())


def effective(workspace: Workspace, path: str, seed: Document | None = None) -> Effective:
    """The effective document of a seed: the working tree's, unless another version is given.

    Raises InvalidDocument or PatchError where the seed does not parse, or an override not fit.
    """
    seed = seed or workspace.seed(path)
    layers = tuple(layer_on(workspace, item, seed) for item in workspace.stored_for(path))
    document = seed
    for layer in layers:
        below = rebase(layer.rebased.overrides, seed.value, document.value, workspace.rule(path))
        document = document.apply(patch_of(below.overrides))
    return Effective(path, seed, document, layers)


def layer_on(workspace: Workspace, item: Stored, seed: Document) -> Layer:
    """A stored record, rebased onto a version of its seed."""
    base = workspace.base(item.record)
    rebased = rebase(
        item.record.overrides,
        base.value,
        seed.value,
        workspace.rules.match(item.path or item.record.path),
        parked=item.record.parked,
    )
    return Layer(item.overlay, item.record, rebased)
