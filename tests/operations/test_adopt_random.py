"""Whatever is mixed into a seed: adopt and demote keep its value, and put upstream's bytes back."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes
from seedgit.operations.adopt import adopt
from seedgit.operations.demote import demote
from seedgit.operations.set import remove_override, set_override
from seedgit.operations.stack.effective import effective
from seedgit.operations.workspace import Workspace
from seedgit.values.value import same
from tests.conftest import Repo

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay: [/steps/*/mode, /paused, /tags, "/steps/[id=b]/args", /own]
"""
ROUNDS = int(os.environ.get("SEEDGIT_ROUNDS", "12"))
SCALARS = (0, 1, 1.5, True, False, "x", "off", "1", "", "a b: c#", "ü", "drain")


def some(random: random.Random, depth: int = 0) -> Any:
    kind = random.randrange(6 if depth < 2 else 4)
    if kind < 4:
        return random.choice(SCALARS)
    if kind == 4:
        return [some(random, depth + 1) for _ in range(random.randrange(4))]
    return {k: some(random, depth + 1) for k in random.sample("pqrs", random.randrange(4))}


def upstream_value(random: random.Random) -> dict[str, Any]:
    steps = [
        {"id": name, "mode": random.choice(SCALARS), "args": some(random), "n": random.randrange(5)}
        for name in random.sample("abcdef", random.randrange(1, 5))
    ]
    return {
        "name": "wiki",
        "paused": random.choice((True, False)),
        "tags": random.sample(("a", "b", "c", "d"), 3),
        "own": {"k": some(random), "l": 1},
        "limit": some(random),
        "steps": steps,
    }


def drift(random: random.Random, value: dict[str, Any]) -> dict[str, Any]:
    """The value after some changes of the site's: owned ones, and others."""
    value = json.loads(json.dumps(value))
    for _ in range(random.randrange(1, 6)):
        kind = random.randrange(9)
        steps = value["steps"]
        if kind == 0:
            value["paused"] = random.choice(SCALARS)
        elif kind == 1 and steps:
            random.choice(steps)["mode"] = random.choice(SCALARS)
        elif kind == 2:
            value["tags"] = random.sample(("a", "b", "c", "d", "e"), random.randrange(5))
        elif kind == 3:
            value["own"] = some(random)
        elif kind == 4:
            value["limit"] = some(random)
        elif kind == 5 and steps:
            steps.pop(random.randrange(len(steps)))
        elif kind == 6:
            name = f"n{random.randrange(9)}"
            if all(step["id"] != name for step in steps):
                steps.insert(random.randrange(len(steps) + 1), {"id": name, "mode": "live", "n": 1})
        elif kind == 7 and steps:
            random.choice(steps)["args"] = some(random)
        elif kind == 8 and steps:
            random.choice(steps).pop("mode", None)
    return value


def text_of(value: dict[str, Any], suffix: str) -> str:
    if suffix == "json":
        return json.dumps(value, indent=2) + "\n"
    if suffix == "yaml":  # JSON's flow style below plain keys: both writers are at work
        return "# seed\n" + "".join(f"{k}: {json.dumps(v)}\n" for k, v in value.items())
    return "# seed\n" + "".join(f"{k} = {toml(v)}\n" for k, v in value.items())


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@pytest.mark.parametrize("suffix", ["yaml", "json", "toml"])
@pytest.mark.parametrize("layered", [False, True])
def test_any_mixture(repo: Repo, tmp_path: Path, suffix: str, layered: bool) -> None:
    chance = random.Random(f"{suffix} {layered}")
    paths = [f"flows/{n}.{suffix}" for n in range(ROUNDS)]
    seeds = {path: upstream_value(chance) for path in paths}
    originals = {path: text_of(value, suffix) for path, value in seeds.items()}
    repo.commit({".seedgit.yaml": RULES, **originals}, "v1")
    repo("branch", "package")
    repo.commit({p: text_of(drift(chance, v), suffix) for p, v in seeds.items()}, "state")
    mixed = {path: repo.read(path) for path in paths}
    if layered:
        for path in paths:
            lay(chance, repo, path)
    before = {path: effective(at(repo), path).value for path in paths}
    done = adopt(at(repo), paths, "package")
    reasons = {left.reason for left in done.left} - ({"overlaid"} if layered else set())
    assert reasons <= {codes.SEED_OWNED, "unchanged", "format-only", "not-separable"}
    refused = [left for left in done.left if left.reason in ("not-separable", "overlaid")]
    assert len(refused) <= ROUNDS // 4, refused
    for item in done.adopted:
        if item.pure:
            assert repo.read(item.path).decode() == originals[item.path]
        assert item.overrides
    adopted = {item.path for item in done.adopted}
    for path in paths:
        assert same(effective(at(repo), path).document.value, before[path]), path
        if path not in adopted:
            assert repo.read(path) == mixed[path]
    assert len(at(repo).store.log("local")) == (1 if adopted else 0) + layers(repo, layered)
    repo.commit(message="seeds")
    for path in paths:
        left = demote(at(repo), path, None, "package")
        assert same(effective(at(repo), path).document.value, before[path]), path
        if left.adopted:
            assert repo.read(path).decode() == originals[path]


def layers(repo: Repo, layered: bool) -> int:
    log = at(repo).store.log("local")
    return sum(not e.commit.message.startswith("adopt") for e in log) if layered else 0


def lay(chance: random.Random, repo: Repo, path: str) -> None:
    """Some overrides over the mixed file."""
    workspace = at(repo)
    value = workspace.seed(path).value
    places = [
        "/paused",
        "/limit",
        "/name",
        *(f"/steps/{n}/mode" for n in range(len(value["steps"]))),
    ]
    for place in chance.sample(places, 2):
        known = value if place.count("/") == 1 else value["steps"][int(place.split("/")[2])]
        if chance.random() < 0.3 and place.rpartition("/")[2] in known:
            remove_override(at(repo), path, place)
        else:
            set_override(at(repo), path, place, chance.choice(SCALARS), "night")


def at(repo: Repo) -> Workspace:
    return Workspace.open(str(repo.path))
