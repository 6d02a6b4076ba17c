"""For random stacks, `why` names exactly the layer without which a value changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedgit.errors import PatchError
from seedgit.formats.document import Document
from seedgit.operations import why as module
from seedgit.operations.stack import under_layers
from seedgit.operations.stack.effective import Layer, Stack, stacked
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import remove_value, set_value
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import value_at
from seedgit.values.pointer import format_pointer, parse_pointer
from seedgit.values.value import same
from tests.conftest import Repo
from tests.documents import examples
from tests.site import FLOW, PATH

NAMES = ["fleet", "group", "site"]
PLACES = (
    *("/timeout", "/paused", "/steps/0/mode", "/steps/1/mode", "/steps/0/max_items"),
    *("/extra", "/name", "/limit", "/limit", "/limit"),
)
ABSENT = object()
VALUES = st.sampled_from(
    [1, 2, "x", True, None, [], {}, {"a": 1}, [{"id": "fetch", "mode": "y"}], ABSENT, ABSENT]
)
# Where one layer takes a container away and another one puts it back, a value needs both of them.
LISTS = st.sampled_from([[], [{"id": "fetch", "mode": "y"}], [{"id": "fetch"}, {"id": "rank"}]])
EDITS = st.lists(
    st.one_of(st.tuples(st.sampled_from(PLACES), VALUES), st.tuples(st.just("/steps"), LISTS)),
    max_size=3,
)


@pytest.fixture
def workspace(site: Repo, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A site of which no history is asked."""
    monkeypatch.setattr(module, "seed_line", lambda *_: (None, None))
    found = Workspace.open(str(site.path))
    found.names = NAMES
    return found


def layer(workspace: Workspace, name: str, seed: Document, edits: list[tuple[str, Any]]) -> Layer:
    """An overlay with some overrides."""
    record = Record(PATH, workspace.tracked[PATH].id)
    for pointer, value in edits:
        with suppress(PatchError):
            tokens = parse_pointer(pointer)
            if value is ABSENT:
                record = remove_value(record, seed.value, tokens)
            else:
                record = set_value(record, seed.value, tokens, value)
    rule = workspace.rule(PATH)
    return Layer(name, record, rebase(record.overrides, seed.value, seed.value, rule))


def known_below(layers: list[Layer], seed: Document, rule: SeedRule) -> list[Layer]:
    """The layers, each knowing what those below it had when it was made, as a command notes it.

    Without that, an override that yields does so to what its maker had seen.
    """
    known: list[Layer] = []
    for each in layers:
        found = stacked(PATH, seed, (*known, each), rule)
        made = list(each.record.overrides)
        record = under_layers.known_below(found, len(known), rule, made)
        known.append(each._replace(record=record))
    return known


def places(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The pointers of plain values, and of empty containers."""
    if not isinstance(value, (dict, list)) or not value:
        yield at
        return
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for token, item in children:
        yield from places(item, (*at, str(token)))


def needed(found: Stack, tokens: tuple[str, ...], changed: set[str]) -> str:
    """The layer that `why` has to name, of those without which the value changes.

    Mostly that is one. A value may need several: what yields does so to what is below it, so it may
    hold because a layer further down has had its say; and what a layer sets in a list needs the
    layer that put the list back, where one below that had emptied it. Then it is the layer whose
    value it is, if without that the value changes; else the topmost of them. `without` in the
    answer has all of them.
    """
    if len(changed) == 1:
        return next(iter(changed))
    origin = found.origins.at(tokens)
    own = None if origin is None or origin.layer is None else found.layers[origin.layer].overlay
    return own if own in changed else max(changed, key=NAMES.index)


# What needs two layers: the site's value, made over the group's 2, would yield to the fleet's 1;
# and a value in a list that is there only since the group put it back.
YIELDING: Any = ([("/limit", 1)], [("/limit", 2)], [("/limit", 5)])
PUT_BACK: Any = ([("/steps", [])], [("/steps", [{"id": "fetch"}])], [("/steps/0/mode", 1)])


@example(edits=YIELDING, knowing=True)
@example(edits=PUT_BACK, knowing=False)
@given(edits=st.tuples(EDITS, EDITS, EDITS), knowing=st.booleans())
@examples(10)
def test_why_names_the_layer_without_which_the_value_changes(
    workspace: Workspace, edits: tuple[list[tuple[str, Any]], ...], knowing: bool
) -> None:
    seed = Document.parse(FLOW.encode(), PATH)
    rule = workspace.rule(PATH)
    layers = [layer(workspace, name, seed, made) for name, made in zip(NAMES, edits, strict=True)]
    layers = known_below(layers, seed, rule) if knowing else layers
    found = stacked(PATH, seed, tuple(layers), rule)
    others = {
        each.overlay: stacked(PATH, seed, tuple(o for o in layers if o is not each), rule).value
        for each in layers
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "stack", lambda *_: found)
        for tokens in {*places(seed.value), *places(found.value)} - {()}:
            (told,) = module.why(workspace, PATH, format_pointer(tokens))
            here = value_at(found.value, tokens)
            assert same(told.value, here)
            without = {name: value_at(value, tokens) for name, value in others.items()}
            changed = {name for name, value in without.items() if not same(value, here)}
            if changed:
                assert told.overlay == needed(found, tokens, changed), (tokens, changed, told)
            if told.overlay and not changed:  # what is below it is the same
                assert same(without[told.overlay], here)
            assert {name for name, value in told.without if not same(value, here)} == changed
