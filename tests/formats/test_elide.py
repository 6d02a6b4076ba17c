"""A large file merged short: the same bytes, in a time that goes with what changed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats import three_way
from seedgit.formats.elide import elide
from seedgit.formats.three_way import NotMergeable, merge_texts


def yaml_service(name: str, image: str, item: str, note: str) -> str:
    return (
        f"{name}:\n  # {note}\n  image: {image}\n  env:\n    - name: A\n      value: {item}\n"
        f"      nested:\n        deep:\n          x: {item}\n          y: 2\n\n"
        f"  text: |\n    key:\n      not: {item}\n      a: key\n"
    )


VALUES = st.sampled_from(["a", "b", "c"])
SERVICES = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=3, max_size=3)


def merged(format: str, texts: list[str]) -> object:
    base, ours, theirs = (text.encode() for text in texts)
    try:
        result = merge_texts(format, "f." + format, base, ours, theirs)
    except NotMergeable as problem:
        return problem.reason
    return result.clean, result.text


@given(versions=st.lists(SERVICES, min_size=3, max_size=3))
def test_the_result_is_the_same_with_and_without(
    versions: list[list[tuple[str, str, str]]],
) -> None:
    yaml = ["".join(yaml_service(f"s{n}", *s) for n, s in enumerate(v)) for v in versions]
    data = [
        {f"s{n}": {"i": a, "env": [{"name": "A", "v": {"x": b, "y": 1}}], "n": {"c": c, "d": 1}}}
        for v in versions
        for n, (a, b, c) in [(0, v[0])]
    ]
    texts = {"yaml": yaml, "json": [json.dumps(value, indent=2) + "\n" for value in data]}
    for format, given_texts in texts.items():
        whole = merged(format, given_texts)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(three_way, "ELIDE_FROM", 0)
            assert merged(format, given_texts) == whole


def test_restoring_gives_the_text_back() -> None:
    text = "".join(yaml_service(f"s{n}", "a", "b", "c") for n in range(3))
    other = text.replace("s1:\n  # c\n  image: a", "s1:\n  # c\n  image: z")
    short = elide("yaml", [text, other, text])
    assert short is not None
    assert all(len(few) < len(text) / 2 for few in short.texts)
    assert [short.restore(few) for few in short.texts] == [text, other, text]


def test_anchors_stay_in_sight() -> None:
    text = "a:\n  b: &x 1\n  c: 2\nd: *x\ne: 1\n"
    assert elide("yaml", [text, text.replace("e: 1", "e: 2"), text]) is None


def test_a_place_seen_twice_is_no_place() -> None:
    text = "a:\n  b: 1\n  c: 2\na:\n  b: 1\n  c: 2\n"
    assert elide("yaml", [text, text, text]) is None


def test_entries_in_another_order_come_back_where_they_were() -> None:
    parts = [yaml_service(f"s{n}", "a", "b", "c") for n in range(4)]
    text = "".join(parts)
    turned = "".join([parts[2], parts[0], parts[3], parts[1]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(three_way, "ELIDE_FROM", 0)
        short = elide("yaml", [text, turned, text])
        assert short is not None
        assert [short.restore(few) for few in short.texts] == [text, turned, text]
        changed = text.replace("s1:\n  # c\n  image: a", "s1:\n  # c\n  image: z")
        moved = merged("yaml", [text, turned, changed])
    assert moved == merged("yaml", [text, turned, changed])
    assert moved == (
        True,
        turned.replace("s1:\n  # c\n  image: a", "s1:\n  # c\n  image: z").encode(),
    )
