"""The rules file: one table of good and bad ones, for the parser and for the published schema."""

from __future__ import annotations

import json
from importlib import resources
from textwrap import indent
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InputError
from seedgit.formats.presets import PRESETS
from seedgit.formats.rules import MEMBERS, SEED_MEMBERS, STARTING_FILE, parse_rules
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.rules.ownership import DEFAULT_POLICY

SCHEMA = json.loads((resources.files("seedgit") / "schema/seedgit-rules.schema.json").read_text())

SEED = "version: 1\nseeds:\n  - files: a\n"
DEEP = "/**" * 9
MANY = 501


def listed(name: str, entry: str) -> str:
    """An entry of `seeds` with one more entry in a list, or map, than there may be."""
    lines = "".join("      " + entry.format(n=n) + "\n" for n in range(MANY))
    return f"{SEED}    {name}:\n{lines}"


GOOD = [
    STARTING_FILE,
    "version: 1\n",
    "version: 1\npolicy: conservative\nseeds:\n  - files: [a.yaml, 'b/**']\n    keys: {/s: id}\n",
    "version: 1\nseeds:\n  - files: a\n    overlay: [/x, {path: /y, on-seed-change: yield}]\n",
    "version: 1\nseeds:\n  - files: a\n    overlay: [{path: /x, secret: true}]\n",
    f"{SEED}    overlay: [{{path: /x, final: true}}, {{path: /y, final: false}}]\n",
    f"{SEED}    keys: {{/**/ports: [port, protocol]}}\n    lists: {{/a: atomic, /b: set}}\n",
    f"{SEED}    overlay: [{{path: /y, final: false, on-seed-change: yield}}]\n",
]
BAD = [
    ("seeds: []\n", 1, "no `version`"),
    ("version: 2\n", 1, "version 2"),
    ("version: one\n", 1, "not a number"),
    ("version: 1\nseed: []\n", 2, "unknown key `seed` in the rules file"),
    ("version: 1\npolicy: yolo\n", 2, "none of"),
    ("version: 1\nseeds:\n  - overlay: []\n", 3, "no `files`"),
    (
        "version: 1\nseeds:\n  - files: a\n    overlay:\n      - path: x\n",
        5,
        "begins with a slash|not a pointer",
    ),
    (
        "version: 1\nseeds:\n  - files: a\n    overlay:\n      - {path: /x, on-seed-change: no}\n",
        5,
        "none of",
    ),
    (f"{SEED}    overlay:\n      - {{path: /x, secret: 'yes'}}\n", 5, "true or false"),
    (f"{SEED}    overlay:\n      - {{path: /x, final: 1}}\n", 5, "true or false"),
    (
        f"{SEED}    overlay:\n      - {{path: /x, final: true, on-seed-change: yield}}\n",
        5,
        "the package's",
    ),
    (f"{SEED}    keys:\n      /a: []\n", 5, "names no member"),
    (f"{SEED}    keys:\n      /a: [x, '']\n", 5, "names no member"),
    (f"{SEED}    keys:\n      /a: [x, x]\n", 5, "one member twice"),
    (f"{SEED}    keys:\n      /a: [x, 1]\n", 5, "text"),
    (f"{SEED}    lists:\n      /a: map\n", 5, "none of atomic, set"),
    ("version: 1\nseeds: {}\n", 2, "a list"),
    ("version: 1\nseeds:\n  - files: 3\n", 3, "text"),
    ("", 1, "no rules"),
    (
        'version: 1\nseeds:\n  - files:\n      - a\n      - "*.yaml\\n*.sh merge=union"\n',
        5,
        "control",
    ),
    ("version: 1\nseeds:\n  - files: '!a'\n", 3, "no exceptions"),
    ('version: 1\nseeds:\n  - files: "\\0"\n', 3, "control"),
    (f"version: 1\nseeds:\n  - files: {'a' * 1001}\n", 3, "longer than 1,000 bytes"),
    (f"version: 1\nseeds:\n  - files: [{'a, ' * 1000}a]\n", 3, "1,001 entries, over 1,000"),
    ("version: 1\nseeds:\n" + "  - files: a\n" * 1001, 1003, "1,001 entries, over 1,000"),
    ("version: 1\npolicies:\n" + "".join(f"  p{n}: {{}}\n" for n in range(101)), 103, "over 100"),
    (listed("overlay", "- /a/{n}"), 505, "501 entries, over 500"),
    (listed("keys", "/a/{n}: id"), 505, "501 entries, over 500"),
    (listed("merge", "- {{path: /a/{n}, strategy: ours}}"), 505, "501 entries, over 500"),
    (listed("renames", "/a/{n}: /a/x{n}"), 105, "501 entries, over 100"),
    (f"{SEED}    overlay:\n      - /{'a' * 1000}\n", 5, "longer than 1,000 characters"),
]
# What a schema cannot count, or no schema should: it says less.
WORSE = [
    ("version: 1\nseeds:\n  - files:\n      - a\n      - '[a'\n", 5, "not closed"),
    ("version: 1\nseeds:\n  - files: '[[:letters:]]'\n", 3, "is not a class"),
    ("version: 1\nseeds:\n  - files: 'a\\'\n", 3, "backslash"),
    (f"version: 1\nseeds:\n  - files: '{'?' * 33}'\n", 3, "more than 32 wildcards"),
    (
        "version: 1\nseeds:\n" + f"  - files: [{', '.join(['a'] * 600)}]\n" * 2,
        4,
        "over 1,000 file patterns",
    ),
    (f"{SEED}    overlay:\n      - {'/a' * 129}\n", 5, "over 128 steps"),
    (f"{SEED}    overlay:\n      - {DEEP}/a\n", 5, r"9 `\*\*`, over 8"),
    (f"{SEED}    keys: {{{DEEP}/a: id}}\n", 4, r"9 `\*\*`, over 8"),
    (f"{SEED}    renames: {{{DEEP}/a: {DEEP}/b}}\n", 4, r"9 `\*\*`, over 8"),
    (f"{SEED}    merge: [{{path: {DEEP}/a, strategy: ours}}]\n", 4, r"9 `\*\*`, over 8"),
    (f"version: 1\npolicies:\n  p: {{overlay: [{DEEP}]}}\n", 3, r"9 `\*\*`, over 8"),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_rules(text: str) -> None:
    parse_rules(text.encode(), ".seedgit.yaml")
    jsonschema.validate(YAML.parse(text, "f").value, SCHEMA)


@pytest.mark.parametrize(("text", "line", "message"), BAD)
def test_bad_rules_are_told_with_their_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_rules(text.encode(), ".seedgit.yaml")
    assert (caught.value.where, caught.value.line) == (".seedgit.yaml", line)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(YAML.parse(text, "f").value, SCHEMA)


@pytest.mark.parametrize(("text", "line", "message"), WORSE)
def test_what_costs_too_much_is_told_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_rules(text.encode(), ".seedgit.yaml")
    assert (caught.value.where, caught.value.line) == (".seedgit.yaml", line)
    assert caught.value.hint
    assert len(str(caught.value)) < 500


def test_a_rules_file_has_a_size() -> None:
    text = "version: 1\n" + "#" * 1_000_000
    with pytest.raises(InputError, match="larger than 1,000,000 bytes"):
        parse_rules(text.encode(), ".seedgit.yaml")


WORDS = st.sampled_from(
    [
        *(
            *MEMBERS,
            *SEED_MEMBERS,
            "path",
            "strategy",
            "on-seed-change",
            "secret",
            "ours",
            "yield",
            "a",
            "b",
        ),
        *(
            "/a",
            "/**/a",
            "/[a=b]/*",
            "/[a",
            "*",
            "[z-a]",
            "[[:alpha:]]",
            "**/x",
            "a\n*.sh",
            "\\",
            "",
        ),
    ]
)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(WORDS, st.integers(0, 2), st.none(), st.booleans()),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(WORDS, below, max_size=4)),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(MEMBERS), TREES), st.lists(TREES, max_size=2))
def test_whatever_the_rules_say_they_are_rules_or_an_error(rules: Any, seeds: Any) -> None:
    text = json.dumps({"version": 1, "seeds": [{"files": "a"}, *seeds], **rules})
    try:
        found = parse_rules(text.encode(), "r")
    except InputError as error:
        assert error.where == "r"
    else:
        found.match("a/b")


def test_who_owns_what() -> None:
    rules = parse_rules(
        b"version: 1\npolicy: burn-in-safe\nseeds:\n  - files: 'flows/**/*.yaml'\n"
        b"    keys: {/steps: id}\n    overlay: ['/steps/[id=a]/mode']\n",
        "r",
    )
    assert rules.match("flows/a.yaml") is rules.match("flows/x/y/a.yaml") is not None
    assert rules.match("other/a.yaml") is None
    rule = rules.seeds[0]
    document = {"steps": [{"id": "a", "mode": 1, "x": {"queue_mode": 2}}, {"id": "b", "mode": 1}]}
    assert rule.owner(("steps", "0", "mode"), document) == "overlay"
    assert rule.owner(("steps", "1", "mode"), document) == "seed"
    assert rule.owner(("steps", "0", "x", "queue_mode"), document) == "overlay"
    assert rule.key_of(("steps",)) == "id"


def test_a_policy_of_ones_own_and_one_per_seed() -> None:
    text = (
        "version: 1\npolicy: ours\npolicies:\n  ours:\n    overlay: [/**/replicas]\n"
        "seeds:\n  - files: a.yaml\n    overlay: [/x]\n"
        "  - files: b.yaml\n    policy: burn-in-safe\n  - files: c.yaml\n    policy: conservative\n"
    )
    rules = parse_rules(text.encode(), ".seedgit.yaml")
    owners = [
        [rules.match(f"{name}.yaml").owner(tokens, None) for name in "abc"]  # type: ignore[union-attr]
        for tokens in (("app", "replicas"), ("x",), ("steps", "0", "queue_mode"))
    ]
    assert owners == [
        ["overlay", "seed", "seed"],
        ["overlay", "seed", "seed"],
        ["seed", "overlay", "seed"],
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("policy: nobodys\n", "'nobodys' is none of conservative, burn-in-safe"),
        ("policies:\n  a:\n    owns: []\n", "unknown key `owns` in a policy"),
    ],
)
def test_a_policy_that_is_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_rules(b"version: 1\n" + text.encode(), ".seedgit.yaml")
    assert caught.value.line


def test_the_default_policy_is_its_preset() -> None:
    preset = f"policies:\n  own:\n{indent(PRESETS[DEFAULT_POLICY], '    ')}"
    named = parse_rules(f"version: 1\npolicy: own\n{preset}".encode(), "x")
    default = parse_rules(f"version: 1\npolicy: {DEFAULT_POLICY}\n".encode(), "x")
    assert named.everywhere == default.everywhere == ()
