"""Origins have the effective value's shape, and say truly where each value is from."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seedgit.overlay.edit import from_difference, remove_value, set_value
from seedgit.overlay.override import ADD, REPLACE, Override
from seedgit.overlay.patch import effective_value
from seedgit.overlay.record import Record
from seedgit.overlay.sources import Origin, lay, of_seed
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_pointer, resolve
from seedgit.values.value import same
from tests.documents import DOCUMENTS, edited


def shape(origin: Origin) -> Any:
    if isinstance(origin.children, dict):
        return {key: shape(child) for key, child in origin.children.items()}
    if isinstance(origin.children, list):
        return [shape(child) for child in origin.children]
    return None


def outline(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: outline(item) for key, item in value.items()}
    return [outline(item) for item in value] if isinstance(value, list) else None


@given(DOCUMENTS, st.data())
def test_origins_follow_the_overrides(base: Any, data: st.DataObject) -> None:
    local = data.draw(edited(base))
    made = from_difference(Record("f", "0" * 40), base, local).overrides
    if any(not o.tokens for o in made):
        return
    result = effective_value(made, base)
    root = of_seed(base)
    lay(root, 0, [(o, o) for o in made], base)
    assert shape(root) == outline(result)
    for tokens, origin in root.walk():
        here = resolve(result, tokens)
        if origin.override is not None:
            assert same(resolve(origin.override.value, origin.inner), here)
        else:
            assert origin.seed is not None
            if origin.children is None:
                assert same(resolve(base, origin.seed), here)


def test_a_later_layer_lies_over_an_earlier_one() -> None:
    base = {"a": {"x": 1, "y": 2}, "b": [1]}
    first = set_value(Record("f", "0" * 40), base, ("a",), {"x": 5, "z": 6}).overrides
    second = set_value(
        Record("f", "0" * 40), {**base, "a": {"x": 5, "z": 6}}, ("a", "x"), 7
    ).overrides
    root = of_seed(base)
    lay(root, 0, [(o, o) for o in first], base)
    lay(root, 1, [(o, o) for o in second], base)

    def at(pointer: str) -> tuple[int | None, Any]:
        found = root.at(parse_pointer(pointer))
        assert found is not None
        return found.layer, found.seed

    assert at("/a") == (0, ("a",))
    assert at("/a/x") == (1, ("a", "x"))
    assert at("/a/z") == (0, None)
    assert at("/b/0") == (None, ("b", "0"))
    assert root.at(("a", "y")) is None


def test_what_one_layer_empties_and_another_fills_is_where_the_seed_has_it() -> None:
    base = {"a": [{"x": 1}, {"x": 2}], "b": 1}
    emptied = set_value(Record("f", "0" * 40), base, ("a",), []).overrides
    filled = set_value(Record("f", "0" * 40), base, ("a",), [{"x": 5}, {"x": 6, "y": 7}]).overrides
    root = of_seed(base)
    lay(root, 0, [(o, o) for o in emptied], base)
    lay(root, 1, [(o, o) for o in filled], base)
    found = {tokens: origin.seed for tokens, origin in root.walk()}
    assert found["a", "1", "x"] == ("a", "1", "x")
    assert found["a", "1", "y"] is None


def test_maps_that_only_hold_a_kept_override_are_there_for_it() -> None:
    base = {"a": 1}
    kept = Override(("m", "n", "x"), ADD, 5, ABSENT, 1, missing=2)
    root = of_seed(base)
    lay(root, 0, [(kept, kept)], base)
    made = [root.at(tokens) for tokens in ((), ("a",), ("m",), ("m", "n"), ("m", "n", "x"))]
    assert [found and found.maker for found in made] == [None, None, kept, kept, kept]


def test_an_override_without_a_place_changes_nothing() -> None:
    """A layer below has taken away what would hold it."""
    base = {"a": {"x": 1}, "b": 1}
    gone = remove_value(Record("f", "0" * 40), base, ("a",)).overrides
    for taken in (gone, set_value(Record("f", "0" * 40), base, ("a",), 7).overrides):
        root = of_seed(base)
        lay(root, 0, [(o, o) for o in taken], base)
        before = shape(root)
        late = Override(("a", "x"), REPLACE, 5, 1, 1)
        lay(root, 1, [(late, late)], base)
        assert shape(root) == before
