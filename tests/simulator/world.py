"""Does what happens, with real repositories, and asks the model what has to be there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from seedgit.git.overlay_names import overlay_ref
from seedgit.git.refs import read_ref
from seedgit.git.repository import Repository
from seedgit.git.store import Store
from tests.built import built
from tests.conftest import Repo
from tests.simulator.history import ADDED, CLONES, FIRST, OVERLAYS, Step
from tests.simulator.model import NONE, Broken, Intent, Model, Place
from tests.simulator.seeds import Release, first, imported, released
from tests.site import Said, seedgit

VALUE = re.compile(r"\b[1-9]\d{3}\b")
BEGUN = str(FIRST - 1)  # what all clones have in the beginning
REFUSALS = (2, 3, 4, 5)  # exit statuses of a command that does nothing, and says why
UNDOES = re.compile(r"^Undoes: (\w+)$", re.MULTILINE)


def template(top: Path) -> None:
    """An upstream, a hub and the clones, which share an overlay that has nothing in it yet."""
    for name in ("upstream", "hub"):
        subprocess.run(["git", "init", "--quiet", "--bare", str(top / name)], check=True)
    _import(Repo(top / "upstream"), [first()])
    for name in CLONES:
        words = ("clone", "--quiet", f"file://{top}/upstream", name)
        subprocess.run(["git", *words], cwd=top, check=True)
        clone = Repo(top / name)
        assert seedgit(clone, "init").status == 0
        shutil.rmtree(clone.path / ".git/hooks")
        for remote in ("hub", *CLONES):
            clone("remote", "add", remote, f"file://{top}/{remote}")
    one, *others = (Repo(top / name) for name in CLONES)
    assert seedgit(one, "set", "flows/wiki.yaml", "/paused", BEGUN, "--as-json").status == 0
    assert seedgit(one, "push", "hub").status == 0
    for clone in others:
        assert seedgit(clone, "pull", "hub").status == 0


def _import(repo: Repo, releases: list[Release]) -> list[str]:
    marks = repo.path / "marks"
    repo(
        "-c",
        "fastimport.unpackLimit=0",
        "fast-import",
        "--quiet",
        "--done",
        "--force",
        f"--export-marks={marks}",
        stdin=imported(releases),
    )
    found = dict(line.split() for line in marks.read_text().splitlines())
    return [found[f":{n + 1}"] for n in range(len(releases))]


class World:
    """The repositories of one history, and what was done in them.

    told     the commands that were given, for a person to read
    newest   how many releases there are by now
    at       the release that a clone has checked out
    """

    def __init__(self, top: Path, steps: list[Step]) -> None:
        built(top, "simulator", lambda: template(top))
        self.model = Model()
        self.told: list[str] = []
        self.clones = {name: Repo(top / name) for name in CLONES}
        self.hub = top / "hub"
        self.newest = 0
        self.at = dict.fromkeys(CLONES, 0)
        self._releases(top, steps)
        self._open = {name: Repository.discover(clone.path) for name, clone in self.clones.items()}
        self._stores = {name: Store(repository) for name, repository in self._open.items()}
        self._tips = {(c, o): self.tip(c, o) for c in CLONES for o in OVERLAYS}
        self._held: dict[str | None, dict[str, str]] = {None: {}}
        self._commits: dict[str, int] = {}
        self._begin()

    def _begin(self) -> None:
        one = CLONES[0]
        self.model.places[BEGUN] = ("wiki", "paused")
        number = self.model.changed(one, OVERLAYS[0], {BEGUN}, Intent(frozenset({BEGUN})))
        self._commits[self._tips[one, OVERLAYS[0]] or ""] = number
        for name in (*CLONES, "hub"):
            self.model.got(name, OVERLAYS[0], frozenset({number}))

    def _releases(self, top: Path, steps: list[Step]) -> None:
        """Upstream makes all its releases; the clones get to know them one by one."""
        self.releases = [first()]
        for step in steps:
            if step.kind == "publish":
                self.releases.append(released(self.releases[-1], step))
        self.ids = [self.clones[CLONES[0]]("rev-parse", "origin/main")]
        if len(self.releases) > 1:
            upstream = Repo(top / "upstream")
            self.ids = _import(upstream, self.releases)
            for pack in (upstream.path / "objects/pack").iterdir():
                for clone in self.clones.values():
                    place = clone.path / ".git/objects/pack" / pack.name
                    place.exists() or os.link(pack, place)

    # -- looking -----------------------------------------------------------------------------------

    def tip(self, clone: str, overlay: str) -> str | None:
        return read_ref(self._open[clone], overlay_ref(overlay))

    def hub_tip(self, overlay: str) -> str:
        return (self.hub / overlay_ref(overlay)).read_text().strip()

    def held(self, clone: str, overlay: str) -> dict[str, str]:
        """The values that an overlay has, in force or not, and the seeds that it has them for."""
        tip = self.tip(clone, overlay)
        if tip not in self._held:
            found: dict[str, str] = {}
            for path, stored in self._stores[clone].read(overlay).records.items():
                record = stored.record
                values = [o.value for o in record.overrides]
                values += [parked.override.value for parked in record.parked]
                values += [rival.override.value for rival in record.rivals if not rival.gone]
                found |= dict.fromkeys(VALUE.findall(json.dumps(values)), path)
            self._held[tip] = found
        return self._held[tip]

    def values(self, clone: str, overlay: str) -> set[str]:
        return set(self.held(clone, overlay))

    def path(self, clone: str, file: str) -> str | None:
        """Where a seed is in a clone; None where it has none."""
        seed = self.releases[self.at[clone]].get(file)
        return seed.path if seed else None

    # -- doing -------------------------------------------------------------------------------------

    def run(self, clone: str, *words: str) -> Said:
        said = seedgit(self.clones[clone], *words)
        self.told.append(f"{' '.join((clone, *words))} -> {said.status}")
        if said.status not in (0, 1, *REFUSALS):
            raise Broken(f"{words[0]} ended with {said.status}: {said.err}")
        return said

    def step(self, step: Step) -> None:
        self.told.append(f"# {step}")
        getattr(self, step.kind)(step)
        self.settle(step.clone)

    def settle(self, clone: str, intent: Intent = NONE) -> None:
        """Tell the model what a step has changed in a clone, and ask it whether that is right."""
        for overlay in OVERLAYS:
            tip, before = self.tip(clone, overlay), self._tips[clone, overlay]
            if tip != before and tip is not None:
                self._moved(clone, overlay, tip, intent)
            self._tips[clone, overlay] = tip
            self.model.check(clone, overlay, self.values(clone, overlay))

    def _moved(self, clone: str, overlay: str, tip: str, intent: Intent) -> None:
        if intent is NONE:
            return  # a pull, or a rebase: the model knows all of it
        undone = UNDOES.search(self._open[clone].commit(tip).message)
        if undone:
            last = self.model.last_change(clone, overlay)
            number = self._commits.get(undone[1])
            if number is None or number != last:
                raise Broken(f"undo took back {number}, not {last}")
            self._commits[tip] = self.model.undid(clone, overlay, number)
        else:
            now = self.values(clone, overlay)
            self._commits[tip] = self.model.changed(clone, overlay, now, intent)

    def change(self, step: Step, place: Place, value: str, *words: str) -> None:
        """A person changes one place of a seed."""
        place = (step.file, *place)
        path = self.path(step.clone, step.file)
        if path is None:
            return
        if value:
            self.model.places[value] = place
        said = self.run(step.clone, words[0], path, pointer(place), *words[1:])
        values = {value} if value and said.status == 0 else set()
        self.settle(step.clone, Intent(frozenset(values), (place,)))
        if values and value not in self.values(step.clone, OVERLAYS[-1]):
            raise Broken(f"{value} was set, and is not there")

    def set(self, step: Step) -> None:
        self.change(step, step.place, step.value, "set", "--as-json", step.value, "--new")

    def add(self, step: Step) -> None:
        """Put an item into the list."""
        name = step.of(ADDED)
        item = json.dumps({"id": name, "mode": int(step.value)})
        self.change(step, ("steps", name), step.value, "set", "--as-json", item, "--new")

    def whole(self, step: Step) -> None:
        words = ("set", "--as-json", f"[{step.value}]", "--new")
        self.change(step, ("steps",), step.value, *words)

    def unset(self, step: Step) -> None:
        places = [step.place, ("steps",), ("steps", "x")]
        self.change(step, places[0 if step.chance < 0.7 else int(step.other * 3)], "", "unset")

    def undo(self, step: Step) -> None:
        self.run(step.clone, "undo")
        self.settle(step.clone, Intent())

    def resolve(self, step: Step) -> None:
        """Decide one of what waits."""
        items = json.loads(self.run(step.clone, "pending", "--json").out)["items"]
        if not items:
            return
        item = items[int(step.chance * len(items))]
        choices = ["--keep-local", "--take-other", "--take-seed", "--value"]
        choice = choices[int(step.other * 4)]
        known = VALUE.findall(json.dumps(item))
        places = tuple(self.model.places[value] for value in known if value in self.model.places)
        value = [step.value] if choice == "--value" else []
        if value and places:
            self.model.places[step.value] = places[0]
        self.run(step.clone, "resolve", item["id"], choice, *value)
        keeps = frozenset(known) if choice in ("--keep-local", "--take-other") else frozenset()
        self.settle(step.clone, Intent(frozenset(value) | keeps, places, keeps))

    def pull(self, step: Step, remote: str = "hub") -> None:
        said = self.run(step.clone, "pull", remote, "--json")
        if said.status in (0, 1):
            for each in json.loads(said.out):
                overlay = each["overlay"]
                self.model.got(step.clone, overlay, self.model.seen(remote, overlay))

    def peer(self, step: Step) -> None:
        others = [name for name in CLONES if name != step.clone]
        self.pull(step, step.of(others))

    def push(self, step: Step) -> None:
        said = self.run(step.clone, "push", "hub", "--json")
        for each in json.loads(said.out):
            if each["outcome"] in ("pushed", "up-to-date"):
                overlay = each["overlay"]
                self.model.got("hub", overlay, self.model.seen(step.clone, overlay))

    def publish(self, step: Step) -> None:
        """Upstream makes a release."""
        self.newest += 1

    def upgrade(self, step: Step) -> None:
        """To the newest release."""
        clone = self.clones[step.clone]
        if self.at[step.clone] == self.newest:
            return
        (clone.path / ".git/refs/remotes/origin/main").write_text(f"{self.ids[self.newest]}\n")
        clone("merge", "--quiet", "--ff-only", "origin/main")
        self.at[step.clone] = self.newest
        self.told.append(f"{step.clone} git merge v{self.newest}")
        if step.chance < 0.6:
            self.run(step.clone, "rebase")

    # -- the end -----------------------------------------------------------------------------------

    def end(self) -> None:
        """Everybody sees everything: all have the same."""
        step = Step(0, "", "", "", "", (), "", 0, 0)
        for name in CLONES:
            self.step(step._replace(kind="upgrade", clone=name))
        for name in (*CLONES, *CLONES[:-1]):
            if any(self.tip(name, o) != self.hub_tip(o) for o in OVERLAYS):
                self.step(step._replace(kind="pull", clone=name))
                self.step(step._replace(kind="push", clone=name))
        for overlay in OVERLAYS:
            tips = {name: self.tip(name, overlay) for name in CLONES}
            if len(set(tips.values())) > 1:
                raise Broken(f"{overlay} is not the same everywhere: {tips}")
        self.shown(CLONES[0])

    def shown(self, clone: str) -> None:
        """`status` shows all that an overlay has."""
        fields: list[Any] = json.loads(self.run(clone, "status", "--overlay", "--json").out)[
            "fields"
        ]
        for overlay in OVERLAYS:
            own = [field.get("value") for field in fields if field["overlay"] == overlay]
            values = set(VALUE.findall(json.dumps(own)))
            if values != self.values(clone, overlay):
                raise Broken(f"status shows {values}, and not {self.values(clone, overlay)}")


def pointer(place: Place) -> str:
    """The place in its seed, as a person writes it."""
    _, *tokens = place
    if tokens[0] == "steps" and len(tokens) > 1:
        tokens[1] = f"[id={tokens[1]}]"
    return "/" + "/".join(tokens)
