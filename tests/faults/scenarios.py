"""The commands that faults are tried under, each in a world of its own: a few clones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seedgit.start import main
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

GONE = "flows/gone.yaml"
NEW = (
    FLOW.replace("50", "80")
    .replace("limit: 5", "limit: 9")
    .replace("  - id: rank\n    mode: live\n", "")
)
OURS, THEIRS = FLOW.replace("30", "45"), FLOW.replace("model: small", "model: large")


RESET = "git merge --abort; git reset -q --hard ORIG_HEAD || git reset -q --hard"
TAKE_BACK = f"{sys.executable} -m seedgit upgrade --abort; {RESET}"
# What git writes itself it may leave half-written, and what follows from these files with them.
BY_GIT = ("file", "override", "effective")
MERGE = ("git", "merge", "--quiet", "--no-edit", "origin/main")
MAPPED = ("live", "../app", "flows/*.yaml")
ALLOWED = ("SEEDGIT_ALLOW", "hotfix 812")


class Scenario(NamedTuple):
    """build   makes the world: `site`, and what else it needs
    words    seedgit's arguments, or a program and its arguments, run in `site`
    guard    it refuses something, and must never let it pass
    silent   a hook that git goes on after, whatever it does; or what follows the change itself may
             fail, is told, and is made up for the next time
    between  what follows from several of its changes: between two of them it is neither old nor new
    program  `words` is a program
    env      a variable, and its value
    once     a merge driver: git gives it other files the next time. It may leave git's own merge,
             or no file, at which git stops
    mend     what a person does before the command is given again, as git wants it
    """

    build: Callable[[Path], None]
    words: tuple[str, ...]
    guard: bool = False
    silent: bool = False
    program: bool = False
    env: tuple[str, str] = ("SEEDGIT", "")
    mend: str = ""
    once: bool = False
    between: tuple[str, ...] = ()

    def run(self, world: Path) -> int:
        os.chdir(world / "site")
        os.environ[self.env[0]] = self.env[1]
        if self.program:
            return subprocess.run(self.words, check=False).returncode
        sys.argv = ["seedgit", *self.words]
        try:
            return main()
        except SystemExit as stop:
            return int(stop.code or 0)


def _done(site: Repo, *words: str) -> None:
    said = seedgit(site, *words)
    assert said.status == 0, said.err


def _upstream(world: Path, more: dict[str, str] | None = None) -> Repo:
    repo = Repo(world / "repo")
    repo.path.mkdir()
    repo("init", "--quiet")
    return package(repo, more)


def _site(world: Path) -> Repo:
    site = site_of(_upstream(world), hooks=True)
    _done(site, "set", PATH, "/paused", "true", "--why", "kept")
    return site


def _set(world: Path) -> None:
    _site(world)


def _fresh(world: Path) -> None:
    _upstream(world).clone("site")


def _dry(world: Path) -> None:
    _done(_site(world), "mode", "dry-run")


def _upgraded(world: Path) -> None:
    """An upgrade has left overrides waiting; no hook has stored the rebased overlay."""
    upstream = _upstream(world, {GONE: "paused: false\n"})
    site = site_of(upstream, hooks=False)
    _done(site, "set", PATH, "/steps/[id=fetch]/max_items", "1", "--if-seed-is", "50")
    for words in (
        (PATH, "/paused", "true"),
        (PATH, "/limit", "2"),
        (PATH, "/steps/[id=rank]/mode", "drain"),
        (GONE, "/paused", "true"),
    ):
        _done(site, "set", *words)
    upstream("rm", "--quiet", GONE)
    upstream.commit({PATH: NEW}, "v2")
    site("pull", "--quiet", "--ff-only")


def _listed(world: Path) -> None:
    _upgraded(world)
    assert seedgit(Repo(world / "site"), "pending").status == 0


def _shared(world: Path) -> None:
    """Two sites that have set different things since they last pushed and pulled."""
    upstream = _upstream(world)
    hub = Repo(world / "hub")
    hub.path.mkdir()
    hub("init", "--quiet", "--bare")
    site = site_of(upstream, hooks=True)
    site("remote", "add", "hub", f"file://{hub.path}")
    _done(site, "set", PATH, "/paused", "true")
    _done(site, "push", "hub")
    other = upstream.clone("other")
    _done(other, "init")
    other("remote", "add", "hub", f"file://{hub.path}")
    _done(other, "pull", "hub")
    _done(other, "set", PATH, "/limit", "9")
    _done(other, "push", "hub")
    _done(site, "set", PATH, "/steps/[id=rank]/mode", "drain")


def _live(world: Path, place: tuple[str, ...] = ("../app",)) -> None:
    """A program, a person and an upgrade have all changed something since the last sync."""
    upstream = _upstream(world)
    site = site_of(upstream, hooks=False)
    _done(site, "set", PATH, "/paused", "true")
    _done(site, "live", *place)
    _done(site, "sync")
    app = site.path if place != ("../app",) else world / "app"
    live = app / PATH
    live.write_text(live.read_text().replace("max_items: 50", "max_items: 7"))
    if app == site.path:
        return
    upstream.commit({PATH: FLOW.replace("small", "large")}, "v2")
    site("pull", "--quiet", "--ff-only")


def _in_place(world: Path) -> None:
    _live(world, ("--in-place",))


def _mapped(world: Path) -> None:
    """A live tree with all that the configuration can say of one."""
    _done(_site(world), *MAPPED, "--exec", "true", "--map", f"{PATH}=../app/old.yaml")


def _staged(world: Path) -> None:
    """A change of what the package owns is staged."""
    site = _site(world)
    site.write({PATH: OURS})
    site("add", "--all")
    site.write({".git/MESSAGE": "a change\n"})


def _diverged(world: Path) -> None:
    """Both sides have changed one seed: git by itself finds a conflict, seedgit none."""
    upstream = _upstream(world)
    site = site_of(upstream, hooks=True)
    _done(site, "set", PATH, "/paused", "true")
    upstream.commit({PATH: THEIRS}, "theirs")
    site.write({PATH: OURS})
    site("add", "--all")
    site("commit", "--quiet", "--no-verify", "-m", "ours")
    site("fetch", "--quiet")


def _followed(world: Path) -> None:
    """As `_diverged`, and a program's folder follows the site. The program has written to it."""
    _diverged(world)
    _done(Repo(world / "site"), "live", "../app")
    live = world / "app" / PATH
    live.write_text(live.read_text().replace("max_items: 50", "max_items: 7"))


def _stopped(world: Path) -> None:
    """An upgrade has stopped before its merge, because a person is needed."""
    upstream = _upstream(world)
    site = site_of(upstream, hooks=True)
    for words in (("/limit", "2"), ("/steps/[id=rank]/mode", "drain")):
        _done(site, "set", PATH, *words)
    upstream.commit({PATH: NEW}, "v2")
    assert seedgit(site, "upgrade").status == 1


def _three(world: Path) -> None:
    """The three versions as git gives them to the driver."""
    site = _site(world)
    for name, text in ((".m_O", FLOW), (".m_A", OURS), (".m_B", THEIRS)):
        site.write({name: text})
    script = site("config", "merge.seedgit.driver")
    for word, value in zip("OABLP", (".m_O", ".m_A", ".m_B", "7", PATH), strict=True):
        script = script.replace(f"%{word}", value)
    (world / "driver.sh").write_text(script)


SCENARIOS = {
    "set": Scenario(_set, ("set", PATH, "/limit", "7", "--why", "burn-in")),
    "unset": Scenario(_set, ("unset", PATH, "/paused")),
    "pull": Scenario(_shared, ("pull", "hub")),
    "push": Scenario(_shared, ("push", "hub")),
    "resolve": Scenario(_listed, ("resolve", "1", "--keep-local")),
    "rebase": Scenario(_upgraded, ("rebase",)),
    "prune": Scenario(_upgraded, ("prune", "--orphaned")),
    "sync": Scenario(_live, ("sync",)),
    "sync in place": Scenario(_in_place, ("sync",)),
    "commit in place": Scenario(_in_place, ("git", "commit", "-qam", "all"), program=True),
    "live": Scenario(_set, ("live", "../app")),
    "live, anew": Scenario(
        _mapped, (*MAPPED, "flows/**", "--exec", "date", "--map", f"{PATH}=../app/new.yaml")
    ),
    "live --undo": Scenario(_mapped, ("live", "--undo", "../app")),
    "live in place": Scenario(_set, ("live", "--in-place")),
    "live in place, undo": Scenario(_in_place, ("live", "--in-place", "--undo")),
    "init --undo, live": Scenario(_mapped, ("init", "--undo")),
    "init --undo, in place": Scenario(_in_place, ("init", "--undo")),
    "init": Scenario(_fresh, ("init",)),
    "init --undo": Scenario(_set, ("init", "--undo")),
    "mode": Scenario(_dry, ("mode", "live", "--force")),
    "undo": Scenario(_set, ("undo",)),
    "driver": Scenario(_three, ("sh", "../driver.sh"), program=True, once=True),
    "merge": Scenario(_diverged, MERGE, program=True, mend=RESET),
    "upgrade": Scenario(_diverged, ("upgrade",), mend=TAKE_BACK, between=BY_GIT),
    "upgrade, live": Scenario(_followed, ("upgrade",), silent=True, mend=TAKE_BACK, between=BY_GIT),
    "upgrade --continue": Scenario(_stopped, ("upgrade", "--continue"), mend=RESET, between=BY_GIT),
    "upgrade --abort": Scenario(_stopped, ("upgrade", "--abort")),
    "pre-commit": Scenario(_staged, ("hook", "pre-commit"), guard=True),
    "pre-merge-commit": Scenario(_staged, ("hook", "pre-merge-commit"), guard=True),
    "commit-msg": Scenario(_staged, ("hook", "commit-msg", ".git/MESSAGE"), env=ALLOWED),
    "post-merge": Scenario(_upgraded, ("hook", "post-merge", "0"), silent=True),
    "post-rewrite": Scenario(_upgraded, ("hook", "post-rewrite", "rebase"), silent=True),
    "post-checkout": Scenario(_live, ("hook", "post-checkout", "0", "0", "1"), silent=True),
}
