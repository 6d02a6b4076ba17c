"""The laws of the merge (design.md, laws 3 and 5), over generated documents in all formats."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import pytest
from hypothesis import given

from seedgit import codes
from seedgit.formats.json import FORMAT as JSON
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.formats.rules import parse_rules
from seedgit.formats.toml import FORMAT as TOML
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.git.line_merge import line_merge
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.version import NotMergeable
from seedgit.values.value import same
from tests.documents import EVERY, VERSIONS, examples, fitted, text_of

ABSENT = object()


class Conflict(Exception):
    pass


def reference(base: Any, ours: Any, theirs: Any) -> Any:
    """The merge of values, key by key and list items by `id`; other lists are atoms."""
    if ours is theirs is ABSENT or (
        ours is not ABSENT and theirs is not ABSENT and same(ours, theirs)
    ):
        return ours
    if _unchanged(base, ours):
        return theirs
    if _unchanged(base, theirs):
        return ours
    if ABSENT in (ours, theirs):
        raise Conflict
    if isinstance(ours, dict) and isinstance(theirs, dict):
        old = base if isinstance(base, dict) else {}
        if base is not ABSENT and not isinstance(base, dict):
            raise Conflict
        merged = {
            key: reference(old.get(key, ABSENT), ours.get(key, ABSENT), theirs.get(key, ABSENT))
            for key in {**ours, **theirs}
        }
        return {key: value for key, value in merged.items() if value is not ABSENT}
    if all(isinstance(v, list) and v and isinstance(v[0], dict) for v in (base, ours, theirs)):
        ids = [[item["id"] for item in v] for v in (base, ours, theirs)]
        if ids[0] == ids[1] == ids[2]:
            return [reference(*items) for items in zip(base, ours, theirs, strict=True)]
    if base is ABSENT and all(isinstance(v, list) and _has_ids(v) for v in (ours, theirs)):
        return added_by_both(ours, theirs)
    raise Conflict


def _has_ids(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def added_by_both(ours: list[Any], theirs: list[Any]) -> list[Any]:
    """The items of two lists that both sides added, told apart by `id`. Between two items that both
    have, only one side may have others: their order would be a guess."""
    (our_items, our_gaps), (their_items, their_gaps) = (
        _by_id(one, {item["id"] for item in other})
        for one, other in ((ours, theirs), (theirs, ours))
    )
    if list(our_items) != list(their_items) or not our_items:
        raise Conflict
    if any(mine and other for mine, other in zip(our_gaps, their_gaps, strict=True)):
        raise Conflict
    result = our_gaps[0] + their_gaps[0]
    for name, mine, other in zip(our_items, our_gaps[1:], their_gaps[1:], strict=True):
        result += [reference(ABSENT, our_items[name], their_items[name]), *mine, *other]
    return result


def _by_id(items: list[Any], shared: set[str]) -> tuple[dict[str, Any], list[list[Any]]]:
    """The shared items by id, and the others before, between and after them."""
    found: dict[str, Any] = {}
    gaps: list[list[Any]] = [[]]
    for item in items:
        if item["id"] in shared:
            found[item["id"]] = item
            gaps.append([])
        else:
            gaps[-1].append(item)
    return found, gaps


def _unchanged(base: Any, side: Any) -> bool:
    if base is ABSENT or side is ABSENT:
        return base is side
    return same(base, side)


class Merge(NamedTuple):
    """moved: whether a value that both took away stands elsewhere now, which no place shows."""

    clean: bool
    text: bytes
    moved: bool = False


def merged(format: str, base: Any, ours: Any, theirs: Any) -> Merge:
    return merged_texts(format, *(text_of(value, format) for value in (base, ours, theirs)))


def merged_texts(format: str, base: bytes, ours: bytes, theirs: bytes) -> Merge:
    try:
        result = merge_texts(format_named(format), f"f.{format}", (base, ours, theirs))
    except NotMergeable:
        return Merge(False, b"")
    moved = any(decision.reason == codes.MOVED for decision in result.decisions.walk())
    return Merge(result.clean, result.text, moved)


def value_of(result: Merge, format: str) -> Any:
    return format_named(format).parse(result.text.decode(), f"f.{format}").value


@pytest.mark.parametrize("format", EVERY)
@examples(100)
@given(versions=VERSIONS)
def test_agrees_with_the_merge_of_values(format: str, versions: Any) -> None:
    base, ours, theirs = (fitted(version, format) for version in versions)
    if format == "yaml" and any(b"{}" in text_of(value, format) for value in versions):
        return  # an empty map is in flow style, the same map filled is not: that is a conflict
    result = merged(format, base, ours, theirs)
    try:
        wanted = reference(base, ours, theirs)
    except Conflict:
        assert not result.clean
        return
    if result.moved:
        return
    assert result.clean
    assert same(value_of(result, format), wanted)


@pytest.mark.parametrize("format", EVERY)
@examples(100)
@given(versions=VERSIONS)
def test_is_symmetric(format: str, versions: Any) -> None:
    base, ours, theirs = (fitted(version, format) for version in versions)
    one, other = merged(format, base, ours, theirs), merged(format, base, theirs, ours)
    assert one.clean == other.clean
    if one.clean:
        assert same(value_of(one, format), value_of(other, format))


@pytest.mark.parametrize("format", EVERY)
@examples(100)
@given(versions=VERSIONS)
def test_one_side_unchanged_gives_the_other_sides_bytes(format: str, versions: Any) -> None:
    base, ours, _ = (fitted(version, format) for version in versions)
    for pair in ((ours, base), (base, ours)):
        result = merged(format, base, *pair)
        assert result.clean
        assert result.text == text_of(ours, format)


@pytest.mark.parametrize("format", EVERY)
@examples(100)
@given(versions=VERSIONS)
def test_merging_the_result_again_changes_nothing(format: str, versions: Any) -> None:
    base, ours, theirs = (fitted(version, format) for version in versions)
    result = merged(format, base, ours, theirs)
    if not result.clean:
        return
    for side in (ours, theirs):
        again = merged_texts(format, text_of(base, format), result.text, text_of(side, format))
        assert again.clean
        assert same(value_of(again, format), value_of(result, format))


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ('{"a": 1, "a": 2}', '{"a": 1, "a": 3}', '{"a": 0, "a": 2}'),  # both changed them
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 2, "a": 3}', '{"a": 1, "b": 4}'),  # it is new
        ('{"a": 1, "a": 2}', '{"a": 2}', '{"a": 1, "a": 3}'),  # mended by one, changed by the other
        ('{"m": [{"a": 1, "a": 2}]}', '{"m": [{"a": 1, "a": 3}]}', '{"m": [{"a": 0, "a": 2}]}'),
        ('{"a": 1, "a (1 of 2)": 0, "a": 2}', '{"a": 1, "a": 2}', "{}"),  # no name is left for it
    ],
)
def test_what_both_sides_did_to_a_key_that_stands_twice_is_for_git(
    base: str, ours: str, theirs: str
) -> None:
    with pytest.raises(NotMergeable, match="stands twice"):
        merge_texts(JSON, "x.json", (text.encode() for text in (base, ours, theirs)))


def test_a_key_that_stands_twice_inside_a_tagged_list_is_for_git() -> None:
    base, ours = b"a: !m [{x: 1, x: 2}]\nb: 1\n", b"a: !m [{x: 1, x: 2}]\nb: 2\n"
    with pytest.raises(NotMergeable, match="stands twice"):
        merge_texts(YAML, "x.yaml", (base, ours, b"a: !m [{x: 9, x: 2}]\nb: 1\n"))


def test_line_ends_of_two_returns_are_for_git() -> None:
    """They end two lines for YAML: in a text of several lines one of them would be lost."""
    base = b"a: 1\nb: x\n"
    ours = b"a: 1\r\r\nb: x\r\r\n  y\r\r\n"
    with pytest.raises(NotMergeable, match=r"holds '\\r'"):
        merge_texts(YAML, "x.yaml", (base, ours, b"a: 2\nb: x\n"))


def test_a_clean_merge_by_lines_that_doubles_an_item_does_not_count() -> None:
    rest = "".join(f"  - {letter}\n" for letter in "cdefgh")
    base = f"run:\n  - up\n  - up\n{rest}"
    ours = f"run:\n  - up\n  - new\n  - up\n{rest}"
    theirs = f"run:\n  - up\n  - up\n{rest}  - new\n"
    lines = f"run:\n  - up\n  - new\n  - up\n{rest}  - new\n"
    texts = [text.encode() for text in (base, ours, theirs, lines)]
    assert not merge_texts(YAML, "x.yaml", texts[:3], texts[3]).clean


JOBS = "matrix:\n  fast: true\n  script:\n    - lint\n    - test\n    - build\n    - ship\n"


def test_a_renamed_key_is_followed_where_git_says_so_too() -> None:
    base = JOBS
    ours = JOBS.replace("ship", "ship --all")
    theirs = JOBS.replace("matrix:", "jobs:")
    both = ours.replace("matrix:", "jobs:")
    texts = [text.encode() for text in (base, ours, theirs, both)]
    assert merge_texts(YAML, "x.yaml", texts[:3]).clean is False  # a guess, and nobody to agree
    result = merge_texts(YAML, "x.yaml", texts[:3], texts[3])
    assert (result.clean, result.text) == (True, both.encode())


def test_a_renamed_table_is_followed_where_git_says_so_too() -> None:
    base = "[p.dev]\na = 1\nb = 1\nc = 1\n\n[z]\nq = 1\n"
    ours, theirs = base.replace("c = 1", "c = 2"), base.replace("dev", "develop")
    both = ours.replace("dev", "develop")
    texts = [text.encode() for text in (base, ours, theirs)]
    result = merge_texts(TOML, "x.toml", texts, both.encode())
    assert (result.clean, result.text) == (True, both.encode())


def test_a_key_that_only_looks_renamed_is_not_followed() -> None:
    ours = JOBS.replace("ship", "ship --all")
    theirs = "jobs:\n  fast: true\n  script:\n    - other\n    - things\n"
    lines = ours.replace("matrix:", "jobs:")
    texts = [text.encode() for text in (JOBS, ours, theirs, lines)]
    assert merge_texts(YAML, "x.yaml", texts[:3], texts[3]).clean is False


def test_what_only_looks_renamed_goes_where_git_says_so_too() -> None:
    base = "m:\n  a: 1\n  b: 2\nq: 1\nr: 1\nz: 1\n"
    theirs = base.partition("q")[1] + base.partition("q")[2]
    ours = theirs + "n:\n  a: 1\n  b: 2\n"
    texts = [text.encode() for text in (base, ours, theirs)]
    result = merge_texts(YAML, "x.yaml", texts, line_merge(*texts))
    assert (result.clean, result.text) == (True, ours.encode())
    both = [text.replace(b"z: 1", b"z: %d" % n) for n, text in enumerate(texts)]
    assert line_merge(*both) is None
    assert merge_texts(YAML, "x.yaml", both).clean is False


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_strategy_says_what_becomes_of_what_was_renamed(side: str) -> None:
    base = "z: 1\nm:\n  a: 1\n  b: 2\n"
    versions = {"ours": base.replace("m:", "n:"), "theirs": base.replace("m:", "o:")}
    data = f"version: 1\nseeds:\n- files: '*'\n  merge: [{{path: /m, strategy: {side}}}]\n"
    rule = parse_rules(data.encode(), "rules").match("x.yaml")
    assert rule is not None
    texts = [base.encode(), versions["ours"].encode(), versions["theirs"].encode()]
    result = merge_texts(YAML, "x.yaml", texts, rules=PolicyOfRules(rule, local=True))
    assert (result.clean, result.text.decode()) == (True, versions[side])


def test_each_use_of_a_strategy_is_a_decision_that_says_whose_value_it_took() -> None:
    rules = (
        b"version: 1\nseeds:\n  - files: x.yaml\n    merge:\n"
        b"      - {path: /version, strategy: newer-version}\n"
        b"      - {path: /tags, strategy: union}\n      - {path: /mine, strategy: ours}\n"
    )
    rule = parse_rules(rules, "rules").seeds[0]
    texts = [
        f"version: {version}\ntags:\n  - {tag}\nmine: {mine}\n".encode()
        for version, tag, mine in (("1.0", "a", 1), ("1.2", "a\n  - b", 2), ("1.1", "a\n  - c", 3))
    ]
    result = merge_texts(YAML, "x.yaml", texts, rules=PolicyOfRules(rule, local=True))
    assert result.text == b"version: 1.2\ntags:\n  - a\n  - b\n  - c\nmine: 2\n"
    assert {
        (("version",), "ours", "strategy-newer-version"),
        (("tags",), "merge", "strategy-union"),
        (("mine",), "ours", "strategy-ours"),
    } <= set(result.decisions.explained())
    texts[1:] = reversed(texts[1:])
    result = merge_texts(YAML, "x.yaml", texts, rules=PolicyOfRules(rule, local=True))
    assert result.text == b"version: 1.2\ntags:\n  - a\n  - b\n  - c\nmine: 3\n"


def test_an_array_of_tables_at_several_places_has_no_element_twice() -> None:
    base = '[[s]]\nname = "a"\n\n[x]\nv = 1\n\n[[s]]\nname = "b"\nv = 1\n'
    new = '\n[[s]]\nname = "n"\n'
    ours, theirs = base.replace("\n[x]", f"{new}\n[x]"), base + new
    lines = ours + new  # as git merges them
    texts = [text.encode() for text in (base, ours, theirs, lines)]
    assert not merge_texts(TOML, "x.toml", texts[:3], texts[3]).clean
    together = base.replace("[x]\nv = 1\n\n", "").encode()
    with pytest.raises(NotMergeable, match="several places"):
        merge_texts(TOML, "x.toml", (*texts[:2], together))


@pytest.mark.parametrize("added", ["z: 1\n", "u: |\n  y\n"])
def test_a_text_without_its_newline_gets_none_from_what_is_put_below(added: str) -> None:
    base = "a: 1\nt: |\n  x\n"
    for sides in itertools.permutations((base + added, base.removesuffix("\n"))):
        with pytest.raises(NotMergeable, match="a newline at its end"):
            merge_texts(YAML, "f.yaml", map(str.encode, (base, *sides)))


def test_two_texts_put_at_the_end_one_without_its_newline() -> None:
    """Which of them stands last is for nobody to say."""
    base = "z: 1\n"
    for sides in itertools.permutations((base + "t: |\n  x\n", base + "u: |\n  y")):
        with pytest.raises(NotMergeable, match="a newline at its end"):
            merge_texts(YAML, "f.yaml", map(str.encode, (base, *sides)))


def test_the_last_newline_of_a_large_file_belongs_to_its_last_text() -> None:
    large = "".join(f"k{n}:\n  a: {n}\n  b: {n}\n" for n in range(1000))
    base = f"a: 1\n{large}t: |\n  x\n  y\n"
    ours, theirs = base.replace("a: 1", "a: 2", 1), base.removesuffix("\n")
    for sides in itertools.permutations((ours, theirs)):
        result = merge_texts(YAML, "f.yaml", map(str.encode, (base, *sides)))
        assert result.clean
        assert result.text.decode() == ours.removesuffix("\n")


def test_a_return_at_the_end_of_a_file_is_not_parseable() -> None:
    versions = (b"a: 1\r\n", b"a: 2\r\n", b"a: |\r\n  x\r")
    with pytest.raises(NotMergeable):
        merge_texts(format_named("yaml"), "f.yaml", versions)
