"""Three clones edit, push and pull one overlay in any order: they converge, and no value is lost.

A value may only be gone where somebody who had it before their eyes put another one there, took it
away, or decided against it. Otherwise it is in force, or it is kept beside what is, and told.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

import pytest

from tests.built import prepared
from tests.conftest import Repo
from tests.documents import EXPLORE
from tests.site import FLOW, PATH, data, package, seedgit

FIRST = random.randrange(10**9) if EXPLORE else 0
RUNS = range(FIRST, FIRST + 200) if EXPLORE else range(2)
STEPS = 25
REF = "refs/seedgit/overlays/local"
RECORD = f"{REF}:records/flows%2Fwiki.yaml/record.json"
PLACES = (
    *("/limit", "/timeout", "/steps/[id=fetch]/mode", "/steps/[id=fetch]/max_items"),
    *("/steps/[id=rank]/mode", "/extra", "/steps/-"),
)
CHOICES = ("--keep-local", "--take-other", "--take-seed", "--value")
WITHOUT_LIMIT = FLOW.replace("limit: 5\n", "")
TURNED = FLOW[: FLOW.index("  - id: fetch")] + "  - id: rank\n    mode: new\n  - id: fetch\n"
RELEASES = (WITHOUT_LIMIT, FLOW.replace("30", "31"), TURNED, FLOW)


class Hands:
    """Three clones, a hub, and what anybody has set.

    gone  the values that somebody has put something else in the place of
    """

    def __init__(self, clones: dict[str, Repo], upstream: Repo, number: int) -> None:
        self.clones, self.upstream = clones, upstream
        self.random = random.Random(number)
        self.told: list[str] = []
        self.made = 1000
        self.gone: set[str] = set()
        self.release = 0

    def step(self) -> None:
        name = self.random.choice(sorted(self.clones))
        kinds = ("set", "unset", "whole", "pull", "push", "peer", "undo", "resolve", "upgrade")
        (kind,) = self.random.choices(kinds, (8, 2, 1, 5, 5, 1, 2, 5, 1))
        self.told.append(f"{name} {kind}")
        before = self.values(name)
        getattr(self, kind)(name)
        lost = before - self.values(name)
        if kind in ("set", "unset", "whole", "undo", "resolve"):
            self.gone |= lost
        else:
            assert lost <= self.gone, (lost, self.told)

    def run(self, name: str, *words: str, status: tuple[int, ...] = (0,)) -> str:
        self.told.append(" ".join([name, *words]))
        said = seedgit(self.clones[name], *words)
        assert said.status in status, (said, self.told)
        return said.out

    def value(self) -> str:
        self.made += 1
        return str(self.made)

    def set(self, name: str) -> None:
        place, value = self.random.choice(PLACES), self.value()
        if place == "/steps/-":
            id = self.random.choice("xyz")
            value = f'{{"id": "{id}", "n": {value}}}'
        self.run(name, "set", PATH, place, "--as-json", value, "--new", status=(0, 2, 3))

    def whole(self, name: str) -> None:
        self.run(name, "set", PATH, "/steps", "--as-json", f"[{self.value()}]", status=(0, 2, 3))

    def unset(self, name: str) -> None:
        place = self.random.choice((*PLACES[:-1], "/steps", "/steps/[id=x]"))
        self.run(name, "unset", PATH, place, status=(0, 2, 3))

    def pull(self, name: str, remote: str = "hub") -> None:
        known = self.values(name)
        there = self.clones.get(remote)
        self.run(name, "pull", remote, status=(0, 1))
        copy = f"refs/seedgit/remotes/{remote}/local"
        known |= values_at(self.clones[name], f"{copy}:{RECORD.partition(':')[2]}")
        lost = known - self.values(name)
        assert lost <= self.gone, (lost, there, self.told)

    def peer(self, name: str) -> None:
        others = [other for other in sorted(self.clones) if other != name]
        self.pull(name, self.random.choice(others))

    def push(self, name: str) -> None:
        self.run(name, "push", "hub", status=(0, 5))

    def undo(self, name: str) -> None:
        self.run(name, "undo", status=(0, 4, 5))

    def resolve(self, name: str) -> None:
        items = data(self.clones[name], "pending")["items"]
        clashes = [each for each in items if each["reason"] == "clash"]
        if clashes:
            item, choice = self.random.choice(clashes), self.random.choice(CHOICES)
            value = [self.value()] if choice == "--value" else []
            self.run(name, "resolve", item["id"], choice, *value, status=(0, 3))

    def upgrade(self, name: str) -> None:
        """To the newest release; now and then there is a newer one."""
        if self.random.random() < 0.5 and self.release < len(RELEASES):
            self.upstream.commit({PATH: RELEASES[self.release]}, f"release {self.release}")
            self.release += 1
        clone = self.clones[name]
        clone("fetch", "--quiet", "origin")
        clone("reset", "--quiet", "--hard", "origin/main")
        self.run(name, "rebase", status=(0, 1))

    def values(self, name: str) -> set[str]:
        return values_at(self.clones[name], RECORD)

    def end(self) -> None:
        for name in sorted(self.clones):
            self.upgrade(name)
        for _ in range(2):
            for name in sorted(self.clones):
                before = self.values(name)
                self.pull(name)
                self.run(name, "push", "hub")
                assert before - self.values(name) <= self.gone, self.told
        tips = {name: clone("rev-parse", REF) for name, clone in self.clones.items()}
        assert len(set(tips.values())) == 1, (tips, self.told)
        made = {str(number) for number in range(1001, self.made + 1)}
        fields = data(self.clones["a"], "status", "--overlay")["fields"]
        shown = set(re.findall(r"\b1\d{3}\b", json.dumps([f.get("value") for f in fields])))
        assert self.values("a") == shown, self.told
        assert shown <= made


def values_at(repo: Repo, record: str) -> set[str]:
    """The values that a record has, in force or beside what is."""
    text = repo("cat-file", "--batch", stdin=f"{record}\n".encode())
    if text.endswith(" missing"):
        return set()
    body = json.loads(text.partition("\n")[2])
    held = [each.get("value") for each in body["patch"] if each["op"] != "test"]
    held += [each.get("value") for each in body.get("parked", [])]
    held += [each.get("value") for each in body.get("rivals", []) if not each.get("gone")]
    return set(re.findall(r"\b1\d{3}\b", json.dumps(held)))


@pytest.fixture
@prepared
def clones(repo: Repo, make_repo: Callable[..., Repo]) -> tuple[Repo, ...]:
    hub = make_repo("hub", "--bare")
    package(repo)
    clones = tuple(repo.clone(name) for name in "abc")
    for clone in clones:
        assert seedgit(clone, "init").status == 0
        clone("remote", "add", "hub", f"file://{hub.path}")
        for name in "abc":
            clone("remote", "add", name, f"file://{repo.path.parent / name}")
    assert seedgit(clones[0], "set", PATH, "/model", "large").status == 0
    assert seedgit(clones[0], "push", "hub").status == 0
    for clone in clones[1:]:
        assert seedgit(clone, "pull", "hub").status == 0
    return clones


@pytest.mark.parametrize("number", RUNS)
def test_three_clones_converge_and_lose_nothing(
    clones: tuple[Repo, ...], repo: Repo, number: int
) -> None:
    hands = Hands(dict(zip("abc", clones, strict=True)), repo, number)
    for _ in range(STEPS):
        hands.step()
    hands.end()
