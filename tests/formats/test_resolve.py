"""Conflicts found again in marker blocks, and resolved: laws over generated merges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seedgit.errors import Refused
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.formats.resolve import IN_LISTS, Draft, Put, TakeSide
from seedgit.merge.engine import Result
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.values.diff import ABSENT as ABSENT_VALUE
from seedgit.values.value import same
from tests.documents import FORMATS, Choices, chosen, examples, text_of, versions
from tests.formats.test_merge import ABSENT, Conflict, reference

STYLES = ("merge", "diff3", "zdiff3")


def hot(choices: Choices) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Three versions, with at least one value that both changed, and often more."""
    found = versions(choices)
    sides = choices.some([1, 2, 0], 2, 2) if choices.number(0, 1) else [1, 2]
    for n, version in enumerate(found):
        places = [version, *(v for v in version.values() if isinstance(v, dict) and v)]
        for place in places[: choices.number(1, 2)]:
            if n == 0 or n in sides or choices.number(0, 1):
                place["hot"] = n
            else:
                place.pop("hot", None)
    return found


CONFLICTS = chosen(hot, 640)


def draft_of(
    format: str, texts: Sequence[bytes], style: str = "merge", size: int = 7
) -> tuple[Draft, bytes]:
    """The draft of a file as the driver leaves it, and its bytes."""
    base, ours, theirs = texts

    def merges(markers: Markers) -> list[Result]:
        return [
            merge_texts(format_named(format), f"f.{format}", (base, ours, theirs), None, markers)
        ]

    made = merges(Markers(size, style, "HEAD", "the base", "feature x"))[0]
    return Draft(f"f.{format}", made.text, size, merges), made.text


def conflicting(format: str, versions: Any, style: str = "merge", size: int = 7) -> Draft:
    if format == "toml":
        # A table in a table has a header of its own, and is decided on its own.
        for version in versions:
            for table in (v for v in version.values() if isinstance(v, dict)):
                table.update({key: 0 for key, v in table.items() if "{" in str(v)})
    texts = [text_of(value, format) for value in versions]
    try:
        draft, data = draft_of(format, texts, style, size)
    except NotMergeable:
        assume(False)
        raise
    assume(draft.open)
    assert draft.data == data
    return draft


def tables_became_values(draft: Draft) -> int:
    """TOML: conflicts of a table with a value. After one table, the next value has no place."""
    sides = [
        [isinstance(v, dict) for v in c.values.values() if v is not ABSENT_VALUE]
        for c in draft.conflicts
    ]
    return sum(len(set(kinds)) == 2 for kinds in sides) if draft.path == "f.toml" else 0


def value(draft: Draft) -> Any:
    return format_named(draft.path[2:]).parse(draft.text, draft.path).value


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("format", FORMATS)
@examples(100)
@given(versions=CONFLICTS, size=st.sampled_from([7, 4, 20]))
def test_every_block_is_known_and_resolved_alone(
    format: str, style: str, versions: Any, size: int
) -> None:
    draft = conflicting(format, versions, style, size)
    assert not draft.edited
    assert draft.numbers == list(range(1, len(draft.numbers) + 1))
    assert {c.labels["theirs"] for c in draft.conflicts} == {"feature x"}
    try:
        at_once = draft.resolve(dict.fromkeys(draft.numbers, TakeSide("ours")))
    except Refused:
        assert tables_became_values(draft) > 1
        return
    for number in reversed(draft.numbers):
        before = {c.number: (c.pointer, c.text) for c in draft.conflicts}
        draft = draft.resolve({number: TakeSide("ours")})
        assert {c.number: (c.pointer, c.text) for c in draft.conflicts} == {
            n: c for n, c in before.items() if n != number
        }
    assert not draft.open
    assert draft.text == at_once.text


@pytest.mark.parametrize("side", ["ours", "theirs", "base"])
@pytest.mark.parametrize("format", FORMATS)
@examples(100)
@given(versions=CONFLICTS)
def test_a_side_means_what_it_meant_there(format: str, side: str, versions: Any) -> None:
    if format == "yaml" and any(b"{}" in text_of(value, format) for value in versions):
        return  # an empty map is in flow style, the same map filled is not: that is a conflict
    draft = conflicting(format, versions)
    assume(not any(c.reason in IN_LISTS for c in draft.conflicts))
    assume(all(c.values["ours"] is not c.values["theirs"] for c in draft.conflicts))
    wanted = taken(*versions, side)
    assume(wanted is not ABSENT)
    try:
        after = draft.resolve(dict.fromkeys(draft.numbers, TakeSide(side)))
    except Refused:
        assert tables_became_values(draft) > 1
        return
    assert same(value(after), wanted)


def taken(base: Any, ours: Any, theirs: Any, side: str) -> Any:
    """The merge of values with conflicts decided for one side."""
    try:
        return reference(base, ours, theirs)
    except Conflict:
        pass
    if isinstance(ours, dict) and isinstance(theirs, dict):
        old = base if isinstance(base, dict) else {}
        if base is ABSENT or isinstance(base, dict):
            merged = {
                key: taken(*(v.get(key, ABSENT) for v in (old, ours, theirs)), side)
                for key in {**ours, **theirs}
            }
            return {key: item for key, item in merged.items() if item is not ABSENT}
    assume(not any(isinstance(v, list) for v in (base, ours, theirs)))
    return {"ours": ours, "theirs": theirs, "base": base}[side]


@pytest.mark.parametrize("format", FORMATS)
@examples(100)
@given(versions=CONFLICTS, data=st.data())
def test_a_value_of_ones_own(format: str, versions: Any, data: Any) -> None:
    draft = conflicting(format, versions)
    number = data.draw(st.sampled_from(draft.numbers))
    try:
        after = draft.resolve({number: Put("my own", "my own")})
    except Refused:
        return
    assert after.numbers == [n for n in draft.numbers if n != number]
    try:
        done = after.resolve(dict.fromkeys(after.numbers, TakeSide("ours")))
    except Refused:
        assert tables_became_values(draft) > 1
        return
    assert "my own" in str(value(done))


def test_the_versions_are_merged_once_for_all_drafts() -> None:
    made = []
    texts = [b"a: 1\nx: 0\nb: 1\ny: 0\nc: 1\n"]
    texts += [texts[0].replace(b": 1", b": %d" % n) for n in (2, 3)]
    draft, data = draft_of("yaml", texts)

    def merges(markers: Markers) -> Sequence[Result]:
        made.append(markers)
        return draft.merges(markers)

    again = Draft(draft.path, data, None, merges)
    assert again.numbers == [1, 2, 3]
    for number in again.numbers:
        again = again.resolve({number: TakeSide("theirs")})
    assert again.data == texts[2]
    assert len(made) == 1


def test_a_conflict_of_comments_alone_has_no_value() -> None:
    draft, _ = draft_of("yaml", [b"a: 1\n# b\n", b"a: 2\n# o\n", b"a: 1\n# t\n"])
    (conflict,) = draft.conflicts
    assert (conflict.pointer, conflict.reason) == ("", "both-changed-comments")
    assert set(conflict.values.values()) == {ABSENT_VALUE}
    assert draft.resolve({1: TakeSide("theirs")}).text == "a: 2\n# t\n"
    assert draft.resolve({1: TakeSide("base")}).text == "a: 2\n# b\n"
    with pytest.raises(Refused, match="only comments"):
        draft.resolve({1: Put(1, "1")})


def test_a_table_in_several_forms_has_the_value_of_all() -> None:
    texts = [b"a.x = 1\na.y = 1\n", b"[a]\nx = 1\ny = 1\n", b"a.x = 2\na.y = 1\n"]
    draft, _ = draft_of("toml", texts)
    (conflict,) = draft.conflicts
    assert conflict.pointer == "/a"
    assert conflict.values == {
        "base": {"x": 1, "y": 1},
        "ours": {"x": 1, "y": 1},
        "theirs": {"x": 2, "y": 1},
    }
    for side, text in zip(("base", "ours", "theirs"), texts, strict=True):
        assert draft.resolve({1: TakeSide(side)}).text == text.decode()
    with pytest.raises(Refused, match="several forms"):
        draft.resolve({1: Put({"x": 3}, "{}")})
