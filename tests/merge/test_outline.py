"""A large file merged short: the same bytes, in a time that goes with what changed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_named
from seedgit.formats.yaml.lines import YamlLines
from seedgit.merge import engine
from seedgit.merge.outline import shorten
from seedgit.merge.version import NotMergeable


def yaml_service(name: str, image: str, item: str, note: str) -> str:
    return (
        f"{name}:\n  # {note}\n  image: {image}\n  env:\n    - name: A\n      value: {item}\n"
        f"      nested:\n        deep:\n          x: {item}\n          y: 2\n\n"
        f"  text: |\n    key:\n      not: {item}\n      a: key\n"
    )


def json_service(name: str, image: str, item: str, note: str) -> str:
    data = {
        "image": image,
        "env": [{"name": "A", "value": {"x": item, "y": 1}}],
        "nested": {"note": note, "deep": {"x": item, "y": 2}},
        "list": [1, item, [note]],
    }
    return f'"{name}": {json.dumps(data, indent=2)}'


def toml_service(name: str, image: str, item: str, note: str) -> str:
    return (
        f'# {note}\n[{name}]\nimage = "{image}"\n\nlist = [\n  "{item}",\n  [1, 2],\n]\n'
        f'env = {{ name = "A", value = "{item}" }}\n\n'
        f'[{name}.nested]\n# {note}\nnote = "{note}"\nx = "{item}"\n'
    )


def yaml_file(services: Iterable[Sequence[str]]) -> str:
    return "".join(yaml_service(*service) for service in services)


def json_file(services: Iterable[Sequence[str]]) -> str:
    return "{\n  " + ",\n".join(json_service(*s) for s in services).replace("\n", "\n  ") + "\n}\n"


def toml_file(services: Iterable[Sequence[str]]) -> str:
    return "\n".join(toml_service(*service) for service in services)


FILES = {"yaml": yaml_file, "json": json_file, "toml": toml_file}
every_format = pytest.mark.parametrize("format", FILES)

VALUES = st.sampled_from(["a", "b", "c"])
NAMES = st.sampled_from([f"s{n}" for n in range(5)])
SERVICES = st.lists(st.tuples(NAMES, VALUES, VALUES, VALUES), max_size=4, unique_by=lambda s: s[0])


def merged(format: str, texts: list[str]) -> object:
    base, ours, theirs = (text.encode() for text in texts)
    try:
        result = merge_texts(format_named(format), "f." + format, (base, ours, theirs))
    except NotMergeable as problem:
        return problem.reason
    return result.clean, result.text


def both_ways(format: str, texts: list[str]) -> tuple[object, object]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 0)
        short = merged(format, texts)
        patch.setattr(engine, "SHORTEN_FROM", 1 << 60)
        return short, merged(format, texts)


@every_format
@given(versions=st.lists(SERVICES, min_size=3, max_size=3), crlf=st.booleans())
def test_the_result_is_the_same_with_and_without(
    format: str, versions: list[list[tuple[str, str, str, str]]], crlf: bool
) -> None:
    texts = [FILES[format](services) for services in versions]
    if crlf:
        texts = [text.replace("\n", "\r\n") for text in texts]
    short, whole = both_ways(format, texts)
    assert short == whole


@every_format
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_restoring_gives_the_text_back(format: str, newline: str) -> None:
    services = [(f"s{n}", "a", "b", "c") for n in range(4)]
    text = FILES[format](services).replace("\n", newline)
    other = FILES[format]([("s0", "a", "b", "z"), *services[1:]]).replace("\n", newline)
    short = shorten(format_named(format).lines(), [text, other, text])
    assert short is not None
    assert all(len(few) < len(text) * 0.6 for few in short.texts)
    assert [short.restore(few) for few in short.texts] == [text, other, text]


def test_anchors_stay_in_sight() -> None:
    text = "a:\n  b: &x 1\n  c: 2\nd: *x\ne: 1\n"
    assert shorten(YamlLines(), [text, text.replace("e: 1", "e: 2"), text]) is None


def test_a_place_seen_twice_is_no_place() -> None:
    text = "a:\n  b: 1\n  c: 2\na:\n  b: 1\n  c: 2\n"
    assert shorten(YamlLines(), [text, text, text]) is None


def test_entries_in_another_order_come_back_where_they_were() -> None:
    parts = [yaml_service(f"s{n}", "a", "b", "c") for n in range(4)]
    text = "".join(parts)
    turned = "".join([parts[2], parts[0], parts[3], parts[1]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SHORTEN_FROM", 0)
        short = shorten(YamlLines(), [text, turned, text])
        assert short is not None
        assert [short.restore(few) for few in short.texts] == [text, turned, text]
        changed = text.replace("s1:\n  # c\n  image: a", "s1:\n  # c\n  image: z")
        moved = merged("yaml", [text, turned, changed])
    assert moved == merged("yaml", [text, turned, changed])
    assert moved == (
        True,
        turned.replace("s1:\n  # c\n  image: a", "s1:\n  # c\n  image: z").encode(),
    )


# -- entries of one line ---------------------------------------------------------------------------

FLAT = [f"key_{n}: value {n}" for n in range(60)]


def changed(lines: list[str], **values: str) -> list[str]:
    """`lines` with another line, or none, for some keys."""
    made = ((line, values.get(line.partition(":")[0], line)) for line in lines)
    return [new for _, new in made if new]


def flat(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def flat_json(lines: list[str]) -> str:
    members = (line.partition(": ") for line in lines)
    return "{\n" + ",\n".join(f'  "{key}": "{value}"' for key, _, value in members) + "\n}\n"


def flat_toml(lines: list[str]) -> str:
    members = (line.partition(": ") for line in lines)
    return "[table]\n" + "".join(f'{key} = "{value}"\n' for key, _, value in members)


FLAT_FILES = {"yaml": flat, "json": flat_json, "toml": flat_toml}


@every_format
def test_a_run_of_lines_is_one_entry(format: str) -> None:
    versions = [FLAT, changed(FLAT, key_20="key_20: x"), changed(FLAT, key_40="")]
    texts = [FLAT_FILES[format](lines) for lines in versions]
    short = shorten(format_named(format).lines(), texts)
    assert short is not None
    assert all(few.count("\n") < 24 for few in short.texts)
    assert [short.restore(few) for few in short.texts] == texts
    short_one, whole = both_ways(format, texts)
    assert short_one == whole


LINES = st.sampled_from(
    [
        "",
        "key_1: other",
        "new: 1",
        "# a comment",
        "key_30: q",
        "nested:\n  deep: 1",
        "b: [1]\nc: 2",
    ]
)
EDITS = st.dictionaries(
    st.sampled_from([f"key_{n:02}" for n in range(0, 60, 3)]), LINES, max_size=3
)
SORTED = sorted(line.replace("_", "_0") if len(line.split(":")[0]) == 5 else line for line in FLAT)
NEARLY = [*SORTED[:20], SORTED[21], SORTED[20], *SORTED[22:]]


@given(
    ours=EDITS,
    theirs=EDITS,
    base=st.sampled_from([SORTED, NEARLY, SORTED[::-1]]),
    indent=st.sampled_from(["", "  "]),
)
def test_lines_merge_alike_with_and_without_runs(
    ours: dict[str, str], theirs: dict[str, str], base: list[str], indent: str
) -> None:
    head = "top:\n" if indent else ""
    versions = [base, changed(base, **ours), changed(base, **theirs)]
    texts = [
        head + "".join(f"{indent}{line}\n" for line in flat(lines).splitlines())
        for lines in versions
    ]
    short, whole = both_ways("yaml", texts)
    assert short == whole


@pytest.mark.parametrize(
    "line",
    ["key_30: z", '"key_30": z', "'key_30': z", '"key\\u005f30": z', "? key_30\n: z", "key_30 : z"],
)
def test_a_key_that_a_run_would_hide_is_found_twice(line: str) -> None:
    for place in ("key_0", "key_59", "key_10"):
        ours = changed(FLAT, **{place: line})
        theirs = changed(FLAT, key_50="key_50: x")
        assert shorten(YamlLines(), [flat(FLAT), flat(ours), flat(theirs)]) is None
        short, whole = both_ways("yaml", [flat(FLAT), flat(ours), flat(theirs)])
        assert short == whole
        assert short == "git: not-parseable"


def test_keys_with_several_writings_are_in_no_run() -> None:
    for key, other in (("null", "Null"), ("true", "True"), ("inf", ".inf"), ("nan", ".nan")):
        base = [*FLAT[:30], f"{key}: 1", *FLAT[30:]]
        ours = changed(base, key_0=f"{other}: z")
        texts = [flat(base), flat(ours), flat(changed(base, key_50="key_50: x"))]
        short, whole = both_ways("yaml", texts)
        assert short == whole


def test_the_first_key_of_a_list_item_is_one_of_its_keys() -> None:
    for key in ("key_30", "name"):
        base = f"- {key}: 0\n" + "".join(f"  {line}\n" for line in FLAT)
        texts = [base, base.replace("value 50", "x"), base.replace("value 5\n", "y\n")]
        short, whole = both_ways("yaml", texts)
        assert short == whole


BLANKS, ENDS = " " * 100_000, "]" * 100_000


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("yaml", f"m:\n  l: 1\n  q: 1\na{BLANKS}b\nz: 1\ny: 1\n"),
        (
            "json",
            f'{{\n  "m": {{\n    "s": "{ENDS}",\n    "t": 1\n  }},\n  "z": 1,\n  "y": 1\n}}\n',
        ),
    ],
)
def test_a_long_line_takes_no_time_out_of_proportion(format: str, text: str) -> None:
    started = time.monotonic()
    shorten(
        format_named(format).lines(),
        [text, text.replace("z: 1", "z: 2").replace('"z": 1', '"z": 2'), text],
    )
    assert time.monotonic() - started < 15
