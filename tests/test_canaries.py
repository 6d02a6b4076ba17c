"""Canaries: secrets go through every command, and none is seen where it should not be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedgit.cli.commands import COMMANDS
from tests.conftest import Repo
from tests.operations.test_secrets import (
    ANNA,
    BOB,
    MAIL,
    MAIL_SEED,
    everything,
    secret_site,
)
from tests.site import Said, seedgit
from tests.test_hostile_records import commands

CANARY = "kAnArY"
PIN = "/accounts/[name=reports]/pin"


class Flight:
    """Runs commands, and looks at all that they print.

    used  the commands that were run
    """

    def __init__(self, site: Repo) -> None:
        self.site = site
        self.used: set[str] = set()
        self.number = 0

    def canary(self) -> str:
        self.number += 1
        return f"{CANARY}-{self.number}x"

    def run(self, *words: str) -> Said:
        said = seedgit(self.site, *words)
        self.used.add(next(word for word in words if not word.startswith("-")))
        assert CANARY not in said.out + said.err, (words, said)
        assert said.status != 70, (words, said.err)
        return said

    def done(self, *words: str) -> None:
        said = self.run(*words)
        assert said.status == 0, (words, said)

    def set(self, pointer: str, *more: str) -> None:
        """Set a secret that is in a file, as a person should."""
        place = Path(os.environ["HOME"]) / "value"
        place.write_text(self.canary() + "\n")
        self.done("set", MAIL, pointer, "--value-file", str(place), *more)


@pytest.fixture
def flight(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flight]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    flight = Flight(secret_site(repo))
    ANNA.install()
    yield flight
    assert CANARY.encode() not in everything(scratch)
    assert CANARY.encode() not in everything(flight.site.path)
    assert CANARY.encode() not in everything(repo.path)


def test_no_command_lets_a_secret_out(
    flight: Flight, repo: Repo, make_repo: Callable[..., Repo]
) -> None:
    site = flight.site
    flight.done("secret", "recipients", "add", ANNA.public, "--name", "anna")
    flight.set("/password")
    flight.set(PIN, "--secret", "--until", "2999-01-01")
    # On the command line it is in the shell's history, but nowhere else.
    flight.done("set", MAIL, "/password", flight.canary(), "--secret")
    flight.run("set", MAIL, "/nowhere", flight.canary(), "--secret")
    flight.run("set", MAIL, "/password", "{" + flight.canary(), "--secret", "--as-json")
    # Upstream changes what lies under them.
    seed = MAIL_SEED.replace("changeme", "changed").replace("pin: none", "pin: zero")
    repo.commit({MAIL: seed.replace("accounts:\n", "accounts:\n  - name: a\n    pin: b\n")}, "v2")
    site("fetch", "-q")
    page = site.path / "page.html"
    flight.run("plan", "origin/main", "--html", str(page))
    flight.run("fleet", "plan", "origin/main", "--html", str(page))
    for words in (
        ["plan", "origin/main", "--json"],
        ["fleet", "overrides"],
        ["prune", "--expired"],
    ):
        flight.run(*words)
    site("merge", "-q", "--ff-only", "origin/main")
    flight.set("/password")
    every = {
        name: lines for name, lines in commands(MAIL).items() if name not in ("mode", "render")
    }
    for lines in every.values():
        for words in lines:
            flight.run(*words)
            flight.run("-v", *words, *(["--json"] if words[0] in JSON else []))
    _render(flight)
    _elsewhere(flight, make_repo)
    _live(flight)
    flight.done("mode", "dry-run", "--force")
    flight.run("secret", "rotate")
    seedgit(site, "set", MAIL, "/password", flight.canary())
    flight.done("mode", "live", "--force")
    flight.run("undo")
    assert flight.used >= set(COMMANDS) - {"certify", "selftest"}  # they read no clone


JSON = {"status", "plan", "why", "pending", "log", "layer", "secret", "journal", "doctor", "rules"}


def _render(flight: Flight) -> None:
    said = seedgit(flight.site, "render", MAIL)
    assert said.out.count(CANARY) == 2, said
    out = flight.site.path.parent / "out"
    flight.done("render", "--all", "--out", str(out))
    assert CANARY in (out / MAIL).read_text()


def _elsewhere(flight: Flight, make_repo: Callable[..., Repo]) -> None:
    """Two sites change one secret; a person decides; somebody else becomes a recipient."""
    site = flight.site
    hub = make_repo("hub", "--bare")
    site("remote", "add", "hub", f"file://{hub.path}")
    site("push", "-q", "hub", "HEAD:main")
    flight.done("push", "hub")
    other = Flight(hub.clone("other"))
    other.number = 1000
    other.done("init")
    other.run("pull", "origin", "--join")
    other.set("/password")
    other.done("push", "origin")
    flight.set("/password")
    for words in (["pull", "hub"], ["pending"], ["pending", "--json"], ["why", MAIL, "/password"]):
        flight.run(*words)
    flight.run("resolve", "1", "--value", "plain")
    flight.set("/password")
    flight.run("log", "--json")
    flight.done("secret", "recipients", "add", BOB.public)
    flight.done("secret", "rotate")
    flight.run("push", "hub")
    for place in (hub.path, other.site.path):
        assert CANARY.encode() not in everything(place)


def _live(flight: Flight) -> None:
    site = flight.site
    live = site.path.parent / "live"
    flight.done("live", str(live))
    file = live / MAIL
    file.write_text(file.read_text().replace(CANARY, CANARY + "-written"))
    for words in (["status"], ["why", MAIL, "/password"], ["sync", "--check"], ["live", "--json"]):
        flight.run(*words)
    flight.run("sync", "--json")
    file.write_text(file.read_text().replace(CANARY, CANARY + "-again"))
    flight.set("/password")
    for words in (["sync"], ["status", "--json"], ["doctor"], ["live", "--end", str(live)]):
        flight.run(*words)
    assert CANARY in file.read_text()
    site.write({MAIL: (site.path / MAIL).read_text().replace("changed", flight.canary())})
    flight.run("capture", MAIL)
