"""Does what happens, with real repositories, and asks the model what has to be there."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import yaml

from seedgit.git.live_tree import live_trees
from seedgit.git.overlay_names import NO_CHANGE, overlay_ref
from seedgit.git.refs import read_ref
from seedgit.git.repository import Repository
from seedgit.git.store import Store
from seedgit.operations.live_tree.ledger import Ledger
from tests.built import built
from tests.conftest import Repo
from tests.killed import KILLED, killed
from tests.simulator.faults import when_full, when_raced
from tests.simulator.history import (
    ADDED,
    CLONES,
    LIVE,
    OVERLAYS,
    PLACES,
    SITES,
    Step,
)
from tests.simulator.model import NONE, NOTHING, Broken, Intent, Model, Place, State
from tests.simulator.program import Program
from tests.simulator.seeds import first, released
from tests.simulator.stand_in import StandIn
from tests.simulator.start import BEGUN, released_in, template
from tests.site import Said, seedgit

VALUE = re.compile(r"\b[1-9]\d{3}\b")
UNDOES = re.compile(r"^Undoes: (\w+)$", re.MULTILINE)
NOW, DAY, UNTIL = 1750000000, 86400, "2025-07-01"  # the clock in the beginning: 2025-06-15
ROUNDS = 3  # of pulls and pushes in the end: each may bring something to take along
ANOTHER = 500  # more than the value of a step: what somebody else sets meanwhile


class World:
    """The repositories of one history, and what was done in them.

    told    the commands that were given, for a person to read
    newest  how many releases there are by now
    at      the release that a site has checked out
    more    what somebody else does while a command runs
    """

    def __init__(self, top: Path, steps: list[Step]) -> None:
        built(top, "simulator", lambda: template(top))
        self.top = top
        self.model = Model()
        self.program = Program(top / "app")
        self.told: list[str] = []
        self.sites = {name: Repo(top / name) for name in SITES}
        self.newest = 0
        self.at = dict.fromkeys(SITES, 0)
        self.now: float = NOW
        self.more = NONE
        self.git: StandIn | None = None
        self._releases(steps)

    def _releases(self, steps: list[Step]) -> None:
        """Upstream makes all its releases; the clones get to know them one by one."""
        self.releases = [first()]
        for step in steps:
            if step.kind == "publish":
                self.releases.append(released(self.releases[-1], step))
        self.ids = [""]
        if len(self.releases) > 1:
            upstream = Repo(self.top / "upstream")
            self.ids = released_in(upstream, self.releases)
            for pack in (upstream.path / "objects/pack").iterdir():
                for name in CLONES:
                    place = self.top / name / ".git/objects/pack" / pack.name
                    if not place.exists():
                        os.link(pack, place)

    def begin(self) -> None:
        self._open = {name: Repository.discover(self.top / name) for name in CLONES}
        self._stores = {name: Store(repository) for name, repository in self._open.items()}
        self._values: dict[str, dict[str, str]] = {}
        self._made: dict[str, int] = {}  # the changes, by their commits
        self._states: dict[str, State] = {}
        for overlay, (value, pointer) in BEGUN.items():
            self.model.places[value] = ("wiki", pointer[1:])
            self._learn(
                CLONES[0],
                overlay,
                self.tip(CLONES[0], overlay),
                (Intent(frozenset({value})), False),
            )

    def time(self) -> float:
        return self.now

    # -- looking -----------------------------------------------------------------------------------

    def tip(self, clone: str, overlay: str) -> str | None:
        if clone not in self._open:
            return (self.top / clone / overlay_ref(overlay)).read_text().strip()
        return read_ref(self._open[clone], overlay_ref(overlay))

    def held(self, clone: str, overlay: str, commit: str | None = None) -> set[str]:
        """The values that an overlay has, in force or not."""
        tip = commit or self.tip(clone, overlay)
        if tip is None:
            return set()
        if tip not in self._values:
            found: dict[str, str] = {}
            for path, stored in self._stores[clone].read_at(tip, overlay).records.items():
                record = stored.record
                values = [o.value for o in record.overrides]
                values += [parked.override.value for parked in record.parked]
                values += [rival.override.value for rival in record.rivals if not rival.gone]
                found |= dict.fromkeys(VALUE.findall(json.dumps(values)), path)
            self._values[tip] = found
        return set(self._values[tip])

    def path(self, site: str, file: str) -> str | None:
        """Where a seed is at a site; None where it has none."""
        seed = self.releases[self.at[site]].get(file)
        return seed.path if seed else None

    # -- doing -------------------------------------------------------------------------------------

    def run(self, site: str, *words: str) -> Said:
        said = seedgit(self.sites[site], *words)
        self.told.append(f"{' '.join((site, *words))} -> {said.status}")
        if said.status not in range(6):
            raise Broken(f"{words[0]} ended with {said.status}: {said.err}")
        return said

    def command(self, step: Step, *words: str) -> Said:
        """Give a command, in which something may go wrong."""
        said: list[Said] = []

        def command() -> None:
            said.append(self.run(step.site, *words))

        if step.fault:
            self.told.append(f"# {step.fault} at {step.point}:")
        if step.fault == "killed":
            died = killed(command, step.point)
            self.told.append(f"{' '.join((step.site, *words))} -> {'killed' if died else '?'}")
            if self.git:
                self.git.look_again()
            return Said(KILLED, "", "")
        if step.fault == "full":
            when_full(command, step.point)
        elif step.fault == "raced":
            when_raced(command, lambda: self.meanwhile(step), step.point)
        else:
            command()
        return said[0]

    def meanwhile(self, step: Step) -> None:
        """Somebody else sets a value, in another worktree if there is one."""
        others = [site for site in SITES if SITES[site] == step.clone and site != step.site]
        site, value = [*others, step.site][0], str(int(step.value) + ANOTHER)
        path = self.path(site, step.file)
        if path is not None:
            place = (step.file, *PLACES[int(step.other * len(PLACES))])
            self.model.places[value] = place
            self.more = Intent(frozenset({value}), (place,))
            more = ("--overlay", step.overlay, "--as-json", value, "--new")
            self.run(site, "set", path, pointer(place), *more)

    def step(self, step: Step) -> None:
        self.told.append(f"# {step}" if step.number >= 0 else "# in the end")
        self.more = NONE
        getattr(self, step.kind)(step)
        self.settle(step)

    def settle(self, step: Step, intent: Intent = NONE) -> None:
        """Tell the model what a step has changed in a clone, and ask it whether that is right."""
        intent = intent.and_also(self.more)
        if step.clone == LIVE:
            intent = intent.and_also(self.program.intent)
        for overlay in OVERLAYS:
            how = intent, step.kind == "undo"
            self._learn(step.clone, overlay, self.tip(step.clone, overlay), how)
        if step.clone == LIVE:
            self.program.captured(set().union(*(self.held(LIVE, o) for o in OVERLAYS)))
            missing = self.program.missing()
            if missing:
                raise Broken(f"what a program wrote is lost: {self.model.named(missing)}")

    def _learn(
        self, clone: str, overlay: str, commit: str | None, how: tuple[Intent, bool]
    ) -> State:
        """The changes that led to a commit; it, and those before it, may have just been made."""
        if commit is None:
            return NOTHING
        if commit in self._states:
            return self._states[commit]
        about = self._open[clone].commit(commit)
        state = NOTHING.union(*(self._learn(clone, overlay, p, how) for p in about.parents))
        now = self.held(clone, overlay, commit)
        undone = UNDOES.search(about.message)
        before = state
        if undone:
            number = self._made.get(undone[1])
            if number is None or (how[1] and number != self.model.last_change(clone, state)):
                last = self.model.last_change(clone, state)
                raise Broken(f"undo took back change {number}, not {last}")
            state = self.model.undid(clone, state, number)
        elif len(about.parents) < 2 and not about.message.startswith(NO_CHANGE):
            state = self.model.changed(clone, state, now, how[0])
        if state != before:
            self._made[commit] = len(self.model.changes) - 1
        self.model.check(f"{overlay} of {clone}", state, now)
        self._states[commit] = state
        return state

    def change(self, step: Step, place: Place, value: str, *words: str) -> None:
        """A person changes one place of a seed."""
        place = (step.file, *place)
        path = self.path(step.site, step.file)
        if path is None:
            return
        if value:
            self.model.places[value] = place
        more = ("--overlay", step.overlay)
        decides = step.clone == LIVE and self.waits_there(path, place)
        said = self.command(step, words[0], path, pointer(place), *words[1:], *more)
        if decides and said.status == 0:  # the person was told what the program had written
            self.program.written.pop(place, None)
        self.settle(step, Intent(frozenset({value} - {""}), (place,)))
        quiet = not step.fault and (step.clone != LIVE or not self.program.written)
        if value and quiet and said.status == 0:
            if value not in self.held(step.clone, step.overlay):
                raise Broken(f"{value} was set, and is not there")

    def waits_there(self, path: str, place: Place) -> bool:
        """Whether a sync has told that a program and somebody else have changed a place."""
        repository = self._open[LIVE]
        ledgers = [Ledger(repository, tree).load() for tree in live_trees(repository)]
        rows = [ledger.rows[path] for ledger in ledgers if path in ledger.rows]
        told = {clash[0] for row in rows for clash in row.clashes}
        items = "/".join(
            r"\d+" if n == 1 and len(place) > 2 else re.escape(token)
            for n, token in enumerate(place[1:])
        )
        return any(re.fullmatch(f"/{items}", pointer) for pointer in told)

    def set(self, step: Step) -> None:
        self.change(step, step.place, step.value, "set", "--as-json", step.value, "--new")

    def until(self, step: Step) -> None:
        words = ("set", "--as-json", step.value, "--new", "--until", UNTIL)
        self.change(step, step.place, step.value, *words)

    def add(self, step: Step) -> None:
        """Put an item into the list."""
        name = step.of(ADDED)
        item = json.dumps({"id": name, "mode": int(step.value)})
        self.change(step, ("steps", name), step.value, "set", "--as-json", item, "--new")

    def whole(self, step: Step) -> None:
        words = ("set", "--as-json", f"[{step.value}]", "--new")
        self.change(step, ("steps",), step.value, *words)

    def delete(self, step: Step) -> None:
        self.change(step, step.place, "", "set", "--delete")

    def unset(self, step: Step) -> None:
        places = [step.place, ("steps",), ("steps", "x")]
        self.change(step, places[0 if step.chance < 0.7 else int(step.other * 3)], "", "unset")

    def undo(self, step: Step) -> None:
        self.command(step, "undo", "--overlay", step.overlay)

    def undo_any(self, step: Step) -> None:
        """Take back any change of anybody."""
        tip = self.tip(step.clone, step.overlay)
        state = self._states.get(tip or "", NOTHING)
        made = {number: commit for commit, number in self._made.items() if number in state}
        commits = [made[number] for number in sorted(made)]
        if commits:
            self.command(step, "undo", "--overlay", step.overlay, step.of(commits))

    def resolve(self, step: Step) -> None:
        """Decide one of what waits."""
        items = json.loads(self.run(step.site, "pending", "--json").out)["items"]
        if not items:
            return
        item = step.of(items)
        choices = ["--keep-local", "--take-other", "--take-seed", "--value"]
        choice = choices[int(step.other * 4)]
        known = frozenset(VALUE.findall(json.dumps(item))) & self.model.places.keys()
        places = tuple(self.model.places[value] for value in sorted(known))
        value = [step.value] if choice == "--value" else []
        self.model.places[step.value] = places[0] if places else ("?",)
        self.command(step, "resolve", item["id"], choice, *value)
        keeps = known if choice in ("--keep-local", "--take-other") else frozenset()
        self.settle(step, Intent(keeps.union(value), places, keeps))

    def prune(self, step: Step) -> None:
        """Retire what has expired, or lost its place."""
        may = {
            value
            for field in self.fields(step.site)
            if field["expired"] or field["parked"]
            for value in VALUE.findall(json.dumps(field.get("value")))
        }
        self.command(step, "prune", "--expired", "--orphaned", "--overlay", step.overlay)
        self.settle(step, Intent(goes=frozenset(may)))

    def tick(self, step: Step) -> None:
        self.now += step.chance * 40 * DAY

    # -- programs ----------------------------------------------------------------------------------

    def write(self, step: Step) -> None:
        path = self.path(LIVE, step.file)
        self.model.places[step.value] = (step.file, *step.place)
        if path is not None and self.program.write(step, path):
            self.told.append(f"a program writes {step.value}")

    def sync(self, step: Step) -> None:
        self.command(step, "sync")

    # -- others ------------------------------------------------------------------------------------

    def pull(self, step: Step, remote: str = "hub") -> None:
        theirs = {overlay: self.tip(remote, overlay) for overlay in OVERLAYS}
        said = self.command(step, "pull", remote)
        self.settle(step)
        if said.status not in (0, 1) or step.fault:
            return
        for overlay, tip in theirs.items():
            here = self.tip(step.clone, overlay)
            if tip and not self._states[tip] <= self._states[here or ""]:
                raise Broken(f"{step.site} has not got all of {overlay} from {remote}")

    def peer(self, step: Step) -> None:
        self.pull(step, step.of([name for name in CLONES if name != step.clone]))

    def push(self, step: Step) -> None:
        self.command(step, "push", "hub")

    def publish(self, step: Step) -> None:
        """Upstream makes a release."""
        self.newest += 1

    def upgrade(self, step: Step) -> None:
        """To the newest release; the hook of git's may be lost."""
        if self.at[step.site] == self.newest:
            return
        clone = self.top / step.clone
        (clone / ".git/refs/remotes/origin/main").write_text(f"{self.ids[self.newest]}\n")
        self.sites[step.site]("merge", "--quiet", "--ff-only", self.ids[self.newest])
        self.at[step.site] = self.newest
        self.told.append(f"{step.site} git merge v{self.newest}")
        if step.chance < 0.6:
            self.command(step, *(("hook", "post-merge", "0"), ("rebase",))[step.chance < 0.3])

    # -- the end -----------------------------------------------------------------------------------

    def end(self, last: Step) -> None:
        """Everybody sees everything: all have the same."""
        step = last._replace(number=-1, fault="")
        for name in SITES:
            self.step(step._replace(kind="upgrade", site=name))
        self.step(step._replace(kind="sync", site=LIVE))
        for _ in range(ROUNDS):
            for name in (*CLONES, *CLONES[:-1]):
                for kind in ("pull", "push"):
                    if any(self.tip(name, o) != self.tip("hub", o) for o in OVERLAYS):
                        self.step(step._replace(kind=kind, site=name))
            if not any(map(self.news, OVERLAYS)):
                break
        for overlay in OVERLAYS:
            found = {name: self.tip(name, overlay) for name in CLONES}
            if len(set(found.values())) > 1:
                raise Broken(f"{overlay} is not the same everywhere: {found}")
        if last.other < 0.5:
            self.shown(last.site)
        else:
            self.in_step(step._replace(site=LIVE))

    def news(self, overlay: str) -> bool:
        """Whether one clone has a value that another lacks: the last pull may have ended a clash,
        and the sync after it took along what a program had written meanwhile."""
        return len({frozenset(self.held(name, overlay)) for name in CLONES}) > 1

    def fields(self, site: str) -> list[dict[str, Any]]:
        found = json.loads(self.run(site, "status", "--overlay", "--json").out)
        if found["problems"]:
            raise Broken(f"status has problems: {found['problems']}")
        fields: list[dict[str, Any]] = found["fields"]
        return fields

    def shown(self, site: str) -> None:
        """`status` shows all that the overlays have; what is in force is in the effective file."""
        fields = self.fields(site)
        for overlay in OVERLAYS:
            own = [field.get("value") for field in fields if field["overlay"] == overlay]
            values, held = set(VALUE.findall(json.dumps(own))), self.held(SITES[site], overlay)
            if values != held:
                raise Broken(f"status shows {sorted(values)}, and not {sorted(held)}")
        texts: dict[str, str] = {}
        for field in fields:
            if field["parked"] or "covered-by" in field or field["status"] == "clash":
                continue
            path = field["path"]
            if path not in texts:
                texts[path] = self.run(site, "render", path).out
            gone = set(VALUE.findall(json.dumps(field.get("value")))) - set(
                VALUE.findall(texts[path])
            )
            if gone:
                raise Broken(f"{self.model.named(gone)} is in force, and not in the file: {field}")

    def in_step(self, step: Step) -> None:
        """A live file has what is effective, but for what is told. A second sync does nothing."""
        told = json.loads(self.run(LIVE, "sync", "--json").out)
        self.settle(step)
        files = [file for tree in told for file in tree["files"]]
        known = "\n".join(Path(f["place"]).read_text() for f in files if f["problem"])
        known += json.dumps(files)
        untold = {value for value in self.program.written.values() if value not in known}
        if untold:
            raise Broken(f"what a program wrote is told nowhere: {self.model.named(untold)}")
        before = self._live()
        self.run(LIVE, "sync")
        if self._live() != before:
            raise Broken("a second sync changed something")
        quiet = {file["path"] for file in files if not waits(file)}
        for path in quiet & {seed.path for seed in self.releases[self.at[LIVE]].values()}:
            rendered = yaml.safe_load(self.run(LIVE, "render", path).out)
            if yaml.safe_load((self.program.app / path).read_text()) != rendered:
                raise Broken(f"the live file {path} is not what is effective")

    def _live(self) -> tuple[object, ...]:
        files = {f: f.read_bytes() for f in self.program.app.rglob("*") if f.is_file()}
        return files, [self.tip(LIVE, overlay) for overlay in OVERLAYS]


def waits(file: dict[str, Any]) -> bool:
    return any(file[name] for name in ("drift", "clashes", "withheld", "problem", "removed"))


def pointer(place: Place) -> str:
    """The place in its seed, as a person writes it."""
    _, *tokens = place
    if tokens[0] == "steps" and len(tokens) > 1:
        tokens[1] = f"[id={tokens[1]}]"
    return "/" + "/".join(tokens)
