"""Which places a selector or a pointer names: in the seed, in the effective document, or parked."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.named_tuple import NamedTuple
from seedgit.operations.stack.effective import Layer, Stack
from seedgit.overlay.override import Parked
from seedgit.overlay.sources import Origin
from seedgit.values.pointer import ANY, exists, identity, near, parse_selector, select
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

Tokens = tuple[str, ...]


class NamedPlace(NamedTuple):
    """A place: where the seed has it, and where the effective document does."""

    seed: Tokens | None
    here: Tokens | None
    origin: Origin | None
    parked: tuple[tuple[Layer, Parked], ...] = ()
    above: tuple[Origin, ...] = ()  # from the whole document's to its own


def places(workspace: Workspace, found: Stack, selector: str) -> list[NamedPlace]:
    """What a selector names: places or, if there is none, what is parked. Raises UsageError."""
    steps = parse_selector(selector)
    seed, document, origins = found.seed.value, found.value, found.origins
    here = {origin.seed: tokens for tokens, origin in origins.walk() if origin.seed is not None}
    targets = []
    for tokens in (t for t in select(seed, steps) if exists(seed, t)):
        at = here.get(tokens)
        origin = origins.at(at) if at is not None else None
        targets.append(NamedPlace(tokens, at, origin, _parked_at(found, tokens)))
    # What overlays add has no pointer of the seed's; a plain one means the seed's where both fit.
    if not targets or any(step == ANY or identity(step) for step in steps):
        for at in (t for t in select(document, steps) if exists(document, t)):
            origin = origins.at(at)
            if origin is not None and origin.seed is None:
                targets += place_of(found, at)
    for layer in found.layers if not targets else ():
        base = workspace.base(layer.record).value
        for parked in layer.rebased.parked:
            if names_parked(steps, parked, base):
                targets.append(NamedPlace(None, None, None, ((layer, parked),)))
    if not targets:
        told = workspace.rule(found.path).told(document, (), document, found.plain)
        raise UsageError(f"{selector} names nothing", where=found.path, hint=near(told, steps))
    return targets


def place_of(found: Stack, at: Tokens) -> list[NamedPlace]:
    """The place that a pointer of the effective document names; none where nothing is there."""
    origin = found.origins.at(at)
    if origin is None:
        return []
    if origin.seed is not None:
        return [NamedPlace(origin.seed, at, origin, _parked_at(found, origin.seed))]
    above = [found.origins.at(at[:n]) for n in range(len(at) + 1)]
    return [NamedPlace(None, at, origin, (), tuple(filter(None, above)))]


def names_parked(steps: Tokens, parked: Parked, base: Value) -> bool:
    """Whether a selector names what is parked: by its pointer, or as it was named in its seed."""
    named = {steps, *select(base, steps)}
    return parked.override.tokens in named or parse_selector(parked.label) == steps


def _parked_at(found: Stack, tokens: Tokens) -> tuple[tuple[Layer, Parked], ...]:
    """What is parked for a place the seed has. An orphan's pointer is one of a seed of the past."""
    return tuple(
        (layer, parked)
        for layer in found.layers
        for parked in (*layer.rebased.parked, *_rivals(layer))
        if parked.override.tokens == tokens and parked.reason != codes.ORPHANED
    )


def _rivals(layer: Layer) -> Iterator[Parked]:
    """What others want at places of a layer, which waits for a decision."""
    for rival in layer.rivals:
        if not rival.gone and not rival.lost:
            yield Parked(rival.override, codes.CLASH)
