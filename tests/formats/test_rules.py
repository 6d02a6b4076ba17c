"""The rules file: one table of good and bad ones, for the parser and for the published schema."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from seedgit.errors import InputError
from seedgit.formats.rules import STARTING_FILE, parse_rules
from seedgit.formats.yaml import parse

SCHEMA = json.loads((resources.files("seedgit") / "schema/seedgit-rules.schema.json").read_text())

SEED = "version: 1\nseeds:\n  - files: a\n"
GOOD = [
    STARTING_FILE,
    "version: 1\n",
    "version: 1\npolicy: conservative\nseeds:\n  - files: [a.yaml, 'b/**']\n    keys: {/s: id}\n",
    "version: 1\nseeds:\n  - files: a\n    overlay: [/x, {path: /y, on-seed-change: yield}]\n",
]
BAD = [
    ("seeds: []\n", 1, "no `version`"),
    ("version: 2\n", 1, "version 2"),
    ("version: one\n", 1, "not a number"),
    ("version: 1\nseed: []\n", 2, "has no `seed`"),
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
    ("version: 1\nseeds: {}\n", 2, "a list"),
    ("version: 1\nseeds:\n  - files: 3\n", 3, "text"),
    ("", 1, "no rules"),
]


@pytest.mark.parametrize("text", GOOD)
def test_good_rules(text: str) -> None:
    parse_rules(text.encode(), ".seedgit.yaml")
    jsonschema.validate(parse(text, "f").value, SCHEMA)


@pytest.mark.parametrize(("text", "line", "message"), BAD)
def test_bad_rules_are_told_with_their_line(text: str, line: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_rules(text.encode(), ".seedgit.yaml")
    assert (caught.value.where, caught.value.line) == (".seedgit.yaml", line)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse(text, "f").value, SCHEMA)


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
        ("policies:\n  a:\n    owns: []\n", "a policy has no `owns`"),
    ],
)
def test_a_policy_that_is_none(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_rules(b"version: 1\n" + text.encode(), ".seedgit.yaml")
    assert caught.value.line
