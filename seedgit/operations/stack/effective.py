"""The effective document: seed + overlays, derived when asked, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property

from seedgit import codes
from seedgit.errors import InputError, PatchError, Refused
from seedgit.formats.document import Document
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decisions import Decided
from seedgit.overlay.override import REPLACE, Override, Parked, Rival, told_apart
from seedgit.overlay.patch import inserts, ordered, patch_of
from seedgit.overlay.rebase import PARKED, Outcome, Rebased, followed, followed_rivals, rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule, names_secret, plain_names
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.patch import apply, replaced
from seedgit.values.pointer import is_prefix
from seedgit.values.value import Value, has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from seedgit.operations.secrets.masking import Masking
    from seedgit.operations.secrets.opening import Opener
    from seedgit.overlay.rebase import Stands
    from seedgit.overlay.sources import Origin
    from seedgit.values.diff import Tokens

    T = TypeVar("T")


class Layer(NamedTuple):
    """One overlay's record, rebased onto the seed at hand; `rivals` are the record's, there.

    lower  whether other overlays are below it in this clone, even if none has a record for the seed

    If the workspace reveals secrets, they are decrypted in `rebased`, and in `revealed`: the
    overrides of the record as they were before. Nowhere else.
    """

    overlay: str
    record: Record
    rebased: Rebased
    rivals: tuple[Rival, ...] = ()
    revealed: tuple[Override, ...] = ()
    lower: bool = False

    @property
    def decrypted(self) -> Iterator[tuple[Override, Override]]:
        """Its overrides decrypted, each with itself as it is stored; none if they are not."""
        return zip(self.revealed, self.record.overrides, strict=False)

    def kept(self, path: str, base: str) -> Record:
        """The record over the seed at hand, whose blob is `base`, at `path`."""
        overrides, parked = self.rebased[:2]
        made = self.record.at(path)._replace(base=base, overrides=overrides, parked=parked)
        return made._replace(rivals=self.rivals)


class Stack:
    """A seed, what lies over it, and the value they make.

    placed  for each layer, its overrides on the value below it, in the order of the layer's own
    values  for each layer, the value that it makes of the one below
    """

    def __init__(
        self,
        path: str,
        seed: Document,
        value: Value,
        layers: tuple[Layer, ...],
        placed: tuple[Rebased, ...],
        values: tuple[Value, ...],
    ) -> None:
        self.path = path
        self.seed = seed
        self.value = value
        self.layers = layers
        self.placed = placed
        self.values = values

    @property
    def parked(self) -> tuple[tuple[Layer, Parked], ...]:
        """The overrides that are not in the value: the seed, or what is below, has no place."""
        found = []
        for number, layer in enumerate(self.layers):
            found += [(layer, item) for item in layer.rebased.parked]
            found += [(layer, Parked(own, codes.COVERED)) for own in self.covered(number)]
        return tuple(found)

    def covered(self, layer: int) -> tuple[Override, ...]:
        """The overrides of a layer that have a place in the seed, but none in what is below it."""
        outcomes = zip(
            self.placed[layer].outcomes, self.layers[layer].rebased.overrides, strict=True
        )
        return tuple(own for outcome, own in outcomes if outcome.status in PARKED)

    def coverer(self, layer: int, tokens: Tokens) -> str:
        """The topmost overlay over a layer that has a value at a place of the seed; "": none."""
        for number in range(len(self.layers) - 1, layer, -1):
            outcomes = zip(
                self.placed[number].outcomes, self.layers[number].rebased.overrides, strict=True
            )
            if any(
                outcome.status not in PARKED and is_prefix(own.tokens, tokens)
                for outcome, own in outcomes
                if not inserts(own, self.seed.value)
            ):
                return self.layers[number].overlay
        return ""

    def outcomes(self, layer: int) -> Iterator[Outcome]:
        """What became of the overrides of a layer that are in the value.

        One is redundant if the value below it, lower layers included, is as it wants it.
        """
        own = [o for o in self.layers[layer].rebased.outcomes if o.status not in PARKED]
        for outcome, placed in zip(own, self.placed[layer].outcomes, strict=True):
            if placed.status in PARKED:
                continue
            if placed.status == codes.REDUNDANT or outcome.status == codes.REDUNDANT:
                override = outcome.override
                status = codes.MOVED_UNDER if override.moved_under else codes.UNCHANGED
                redundant = placed.status == codes.REDUNDANT
                outcome = outcome._replace(status=codes.REDUNDANT if redundant else status)
            yield outcome

    @cached_property
    def origins(self) -> Origin:
        """Where each value comes from."""
        from seedgit.overlay.sources import lay, of_seed  # late: few commands ask

        root = of_seed(self.seed.value)
        for number, (layer, placed) in enumerate(zip(self.layers, self.placed, strict=True)):
            outcomes = zip(placed.outcomes, layer.rebased.overrides, strict=True)
            held = [(o.override, own) for o, own in outcomes if o.status not in PARKED]
            lay(root, number, held, self.seed.value)
        return root

    @property
    def plain(self) -> set[Tokens]:
        """Where overrides have plain values although a key's name makes them secrets."""
        placed = (o for each in self.placed for o in each.overrides)
        return {place for o in placed for place in plain_names(o.tokens, o.value)}

    @property
    def secret(self) -> bool:
        """Whether any layer has an encrypted value for the seed."""
        records = [layer.record for layer in self.layers if layer.record.has_secrets]
        if not records:
            return False
        from seedgit.values.secrets import secrets_in  # late: few stacks have any

        found = (secrets_in(override.value) for record in records for override in record.held)
        return any(not secret.bare for secrets in found for _, secret in secrets)

    def without(self, layer: int, rule: SeedRule) -> Stack:
        """The same stack without one layer."""
        return stacked(self.path, self.seed, self.layers[:layer] + self.layers[layer + 1 :], rule)


class Effective(Stack):
    """A stack whose value can be written as a file."""

    def __init__(self, found: Stack, document: Document | None) -> None:
        made = found.layers, found.placed, found.values
        value = found.value if document is None or masks(found) else document.value
        super().__init__(found.path, found.seed, value, *made)
        self._made = document

    @cached_property
    def document(self) -> Document:
        """The value as a file."""
        return self._made or written(self)


def effective(workspace: Workspace, path: str, seed: Document | None = None) -> Effective:
    """The effective document of a seed: the working tree's, unless another version is given.

    Raises InvalidDocument if the seed does not parse, PatchError if an override does not fit, and
    InputError if one of its records cannot be read, because without it this would be another
    document. Each names the file.
    """
    with _advice():
        found = stack(workspace, path, seed)
        if workspace.reveals and masks(found):
            raise Refused("has a secret that was not decrypted", where=path)
        return Effective(found, tried(found))


def writable(workspace: Workspace, path: str, seed: Document) -> Stack:
    """The stack of a version of a seed that can be written as `effective` does. Raises as that."""
    with _advice():
        found = stack(workspace, path, seed)
        tried(found)
        return found


def tried(found: Stack) -> Document | None:
    """Its value as a file; None where it is certain without making the text that there is one.

    Raises as `written`.
    """
    laid = [override for placed in found.placed for override in placed.overrides]
    if all(override.op == REPLACE for override in laid):
        if found.seed.takes_simply((o.tokens, o.value) for o in laid):
            return None
    return written(found)


@contextmanager
def _advice() -> Iterator[None]:
    try:
        yield
    except PatchError as error:
        error.hint = "seedgit unset removes an override, seedgit undo the last change"
        raise


def stack(workspace: Workspace, path: str, seed: Document | None = None) -> Stack:
    """As `effective`, without the text: much quicker if only values are needed."""
    stored = list(workspace.stored_for(path))
    seed = seed or workspace.seed(path)
    layers = tuple(layer_on(workspace, item, seed) for item in stored)
    return stacked(path, seed, layers, workspace.rule(path))


def stacked(path: str, seed: Document, layers: tuple[Layer, ...], rule: SeedRule) -> Stack:
    """A seed under some layers, lowest first. Raises PatchError if an override does not fit."""
    values, placed = [seed.value], []
    for number, layer in enumerate(layers):
        below = layer.rebased
        if below.moved or values[-1] is not seed.value:
            lower = layers[:number]
            own = _over_below(layer, lower, seed.value, rule) if lower else below.overrides
            below = rebase(own, seed.value, values[-1], rule)
        values.append(_value(path, layer, below.overrides, values[-1]))
        placed.append(below)
    return Stack(path, seed, values[-1], layers, tuple(placed), tuple(values[1:]))


def masks(found: Stack) -> bool:
    """Whether a stack has secrets that are not decrypted: its file would have masks for them."""
    return any(has_secret(o.value) for placed in found.placed for o in placed.overrides)


def _over_below(
    layer: Layer, lower: tuple[Layer, ...], seed: Value, rule: SeedRule
) -> tuple[Override, ...]:
    """The overrides of a layer, each with what was below it when it was decided about.

    So one that yields does so to a later change below, not to what its maker saw there.
    """
    was = Decided(layer.record, seed, rule, layer.revealed)
    if not was.known:
        return layer.rebased.overrides
    decrypted = [pair for each in lower for pair in each.decrypted]
    return tuple(o._replace(over=was.over(o, decrypted)) for o in layer.rebased.overrides)


def written(found: Stack) -> Document:
    """The value of a stack as a file. Secrets that are not decrypted are masks in it.

    Raises PatchError if an override cannot be written.
    """
    if masks(found):
        found = _masked(found)
    document = found.seed
    for layer, placed, value in zip(found.layers, found.placed, found.values, strict=True):
        try:
            document = document.laid(patch_of(placed.overrides), value)
        except PatchError:  # which of them is it?
            document = _laid(
                found.path, layer, placed.overrides, document, lambda patch, on: on.apply(patch)
            )
    return document


def _masked(found: Stack) -> Stack:
    from seedgit.values.secrets import masked  # late: few stacks have any

    placed = tuple(
        each._replace(overrides=tuple(o._replace(value=masked(o.value)) for o in each.overrides))
        for each in found.placed
    )
    values = tuple(map(masked, found.values))
    return Stack(found.path, found.seed, masked(found.value), found.layers, placed, values)


def would_be(
    workspace: Workspace, path: str, seed: Document, overlay: str, record: Record
) -> Stack:
    """What would lie over a version of a seed if this were the overlay's record."""
    rule = workspace.rule(path)
    layers = []
    for name in workspace.names:
        if name == overlay:
            value = seed.value
            rebased = rebase(record.overrides, value, value, rule, parked=record.parked)
            lower = name in workspace.names[1:]
            layers.append(Layer(name, record, rebased, record.rivals, lower=lower))
        else:
            item = workspace.lying(workspace.overlay(name), path)
            layers += [layer_on(workspace, item, seed)] if item else []
    return stacked(path, seed, tuple(layers), rule)


def _value(path: str, layer: Layer, overrides: tuple[Override, ...], below: Value) -> Value:
    """What overrides turn the value below them into. Raises as `_laid`."""
    if all(override.op == REPLACE for override in overrides):
        found = replaced(below, ((o.tokens, o.seed, o.value) for o in overrides))
        if found is not None:
            return found
    return _laid(path, layer, overrides, below, apply)


def _laid(
    path: str,
    layer: Layer,
    overrides: tuple[Override, ...],
    below: T,
    lay_over: Callable[[list[dict[str, Any]], T], T],
) -> T:
    """What overrides turn the value below them into. Raises PatchError, naming the one at fault."""
    try:
        return lay_over(patch_of(overrides), below)
    except PatchError:
        from bisect import bisect_left

        in_turn = ordered(overrides)

        def cause(count: int) -> PatchError | None:
            try:
                lay_over(patch_of(tuple(in_turn[:count])), below)
            except PatchError as error:
                return error
            return None

        first = bisect_left(range(len(in_turn)), True, key=lambda n: cause(n) is not None)
        error = cause(first)
        assert error is not None
        message = f"{in_turn[first - 1].pointer}: overlay {layer.overlay}: {error.message}"
        raise PatchError(message, where=path, hint=error.hint) from None


def layer_on(workspace: Workspace, item: Stored, seed: Document) -> Layer:
    """A stored record, rebased onto a version of its seed. Its secrets are decrypted if the
    workspace reveals them. Raises Refused if there is no key for that."""
    record, repository = item.record, workspace.repository
    # Most overrides were made over the version at hand: it is neither read nor parsed again.
    unmoved = record.path == seed.path and record.base == repository.blob_id(seed.data)
    return layer_over(workspace, item, seed.data if unmoved else repository.blob(record.base), seed)


def layer_over(workspace: Workspace, item: Stored, base: bytes, seed: Document) -> Layer:
    """As `layer_on`, with the base at hand: nothing is read."""
    path, record, overrides = item.record.path, item.record, item.record.overrides
    opener = _opener(workspace) if workspace.reveals and record.has_secrets else None
    if opener:
        overrides = opener.overrides(item)
    unmoved = path == seed.path and base == seed.data
    old = seed.value if unmoved else Document.parse(base, path).value
    rule = workspace.rules.match(item.path or path)
    revealed = overrides if opener else ()
    stands = _standing(workspace, item, seed, Decided(record, seed.value, rule, revealed))
    rebased = rebase(overrides, old, seed.value, rule, parked=record.parked, stands=stands)
    if opener:
        rebased = opener.restored(item, rebased)
    rivals = followed_rivals(record.rivals, old, seed.value, rule)
    lower = item.overlay in workspace.names[1:]
    return Layer(item.overlay, record, rebased, rivals, revealed, lower)


def _standing(workspace: Workspace, item: Stored, seed: Document, was: Decided) -> Stands | None:
    """Whether what lower layers have under an override of a record is as it was decided.

    The lower layers are looked at only for one whose seed has changed.
    """
    names = workspace.names
    if item.overlay not in names[1:]:
        return None
    lower = names[: names.index(item.overlay)]

    @cache
    def below() -> Value:
        rule = workspace.rule(seed.path)
        found = (workspace.lying(workspace.overlay(name), seed.path) for name in lower)
        with revealing(workspace, False):
            layers = tuple(layer_on(workspace, each, seed) for each in found if each)
        return stacked(seed.path, seed, layers, rule).value

    def stands(override: Override) -> bool:
        try:
            tokens = followed(override.tokens, seed.value, below(), workspace.rule(seed.path))
        except InputError:
            return False  # it is told, so that a person looks
        found = ABSENT if tokens is None else value_at(below(), tokens)
        return tokens is not None and same(told_apart(was.over(override)), told_apart(found))

    return stands


@contextmanager
def revealing(workspace: Workspace, reveals: bool = True) -> Iterator[None]:
    """Meanwhile effective values have their secrets decrypted, or not."""
    before, workspace.reveals = workspace.reveals, reveals
    try:
        yield
    finally:
        workspace.reveals = before


class Masks:
    """Masks the secrets in plain values of a seed's file, before anything of them is told."""

    def __init__(self, workspace: Workspace, found: Stack) -> None:
        self._workspace = workspace
        self._found = found
        self._rule = rule = workspace.rules.match(found.path)
        held = found.secret or (rule is not None and rule.has_secrets)
        self._may_be_any = workspace.reveals and held

    def hidden(self, at: Tokens, value: Value, *others: Value) -> Value:
        """As `Masking.hidden`."""
        if self._may_be_any or any(names_secret(each, at) for each in (value, *others)):
            value = self._masking.hidden(at, value, *others)
        if self._rule is None:
            return value
        return self._rule.told(value, at, self._found.seed.value, self._found.plain)

    @cached_property
    def _masking(self) -> Masking:
        from seedgit.operations.secrets.masking import Masking  # late: few seeds have secrets

        return Masking(self._workspace, self._found)


def _opener(workspace: Workspace) -> Opener:
    from seedgit.operations.secrets.opening import opener_of  # late: few records have secrets

    return opener_of(workspace)
