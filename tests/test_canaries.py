"""Canaries: secrets go through every command, and none is seen where it should not be."""

from __future__ import annotations

import os
import re
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
    SECRET_RULES,
    everything,
    secret_site,
)
from tests.site import RULES, Said, package, seedgit, site_of
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
    assert flight.used >= set(COMMANDS) - {"certify", "selftest", "ui"}  # no clone; tests/cli/ui


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


# -- two worlds ------------------------------------------------------------------------------------
#
# A secret of three characters, or `true`, may stand in an output by chance. So each command is run
# in two sites that differ in their secrets alone: if it says the same in both, it tells nothing.

SHORT = {
    "pin": ("729", "386"),
    "digit": ("8", "4"),
    "flag": ("true", "false"),
    "word": ('"q7z"', '"k4x"'),
    "some": ('[1, "a"]', '[2, "b"]'),
}
SHORT_SEED = MAIL_SEED + "pin: 100\ndigit: 1\nflag: maybe\nword: none\nsome: [0]\n"
SHORT_RULES = SECRET_RULES + "".join(
    f"      - path: {pointer}\n        secret: true\n"
    for pointer in (*(f"/{name}" for name in SHORT), "/accounts/[name=reports]/**/key")
)
OLD_RULES = SHORT_RULES.replace("        secret: true\n", "")
# What differs between two runs of one command: ids, times, and where the site is.
CHANCE = re.compile(
    r"(?<=!secret\": \")[0-9a-f]+|\b[0-9a-f]{6,64}\b|\d+:\d\d(:\d\d)?|\d+(\.\d+)? ?ms\b"
    r"|\"(ms|time)\": .*"
)


# `render` shows secrets, `secret` encrypts them; the others know nothing of values.
UNASKED = {
    "render", "secret", "init", "mode", "layer", "try", "replay", "selftest", "certify", "report",
    "completion", "journal",
}  # fmt: skip


class Worlds:
    """Two sites, and what both say."""

    def __init__(self, make_repo: Callable[..., Repo], *, encrypted: bool) -> None:
        self.encrypted = encrypted
        self.sites: list[Repo] = []
        self.packages: list[Repo] = []
        self.hubs: list[Repo] = []
        for number in (0, 1):
            files = {".seedgit.yaml": SHORT_RULES if encrypted else OLD_RULES, MAIL: SHORT_SEED}
            self.packages.append(package(make_repo(f"{number}/repo"), files))
            self.sites.append(site_of(self.packages[-1]))
            self.hubs.append(make_repo(f"{number}/hub", "--bare"))
        self.same("secret", "recipients", "add", ANNA.public)
        for number, site in enumerate(self.sites):
            self.set_all(site, number)

    def set_all(self, site: Repo, number: int, *more: str) -> None:
        """Set the secrets of one of the worlds."""
        for name, values in SHORT.items():
            words = ("set", MAIL, f"/{name}", values[number], "--as-json", *more)
            assert seedgit(site, *words).status == 0
        words = ("set", MAIL, "/accounts/0/a/key", ("u8", "w9")[number], "--parents", *more)
        assert seedgit(site, *words).status == 0

    def said(self, number: int, words: tuple[str, ...]) -> str:
        site = self.sites[number]
        said = seedgit(site, *words)
        assert said.status != 70, (words, said)
        page = site.path / "page.html"
        shown = page.read_text() if page.exists() else ""
        text = f"{said.status}\n{said.out}\n{said.err}\n{shown}"
        text = text.replace(str(site.path.parent), "")
        return CHANCE.sub("#", text)

    def same(self, *words: str) -> str:
        one, other = (self.said(number, words) for number in (0, 1))
        assert one.splitlines() == other.splitlines(), words
        return one

    def all_commands(self) -> None:
        page = ("--html", "page.html")
        for words in (
            ("plan", "origin/main", *page), ("fleet", "plan", "origin/main", *page),
            ("fleet", "overrides"), ("status", "--overlay", "--json"), ("blame", MAIL),
        ):  # fmt: skip
            self.same(*words)
        for name, lines in commands(MAIL).items():
            if name in UNASKED:
                continue
            for words in lines:
                self.same(*(word.replace("/timeout", "/pin") for word in words))
        for name in SHORT:
            for words in (("why",), ("unset",), ("undo",), ("why", "--json")):
                named = () if words == ("undo",) else (MAIL, f"/{name}")
                self.same(words[0], *named, *words[1:])
        self.same("journal", "--json")
        self.same("log", "--json")

    def clash(self) -> None:
        """Another clone of each site's sets other secrets at the same places."""
        for number, (site, hub) in enumerate(zip(self.sites, self.hubs, strict=True)):
            site("remote", "add", "hub", f"file://{hub.path}")
            assert seedgit(site, "push", "hub").status == 0
            other = self.packages[number].clone("other")
            other("remote", "add", "hub", f"file://{hub.path}")
            assert seedgit(other, "init").status == 0
            assert seedgit(other, "pull", "hub", "--join").status == 0
            self.set_all(other, 1 - number)
            assert seedgit(other, "push", "hub").status == 0
            self.set_all(site, number, "--why", "mine")
            name = ("u8", "w9")[number] + "x"
            assert seedgit(site, "set", MAIL, "/accounts/0/a/key", name).status == 0

    def live(self) -> None:
        """Programs write beside the secrets, and over one of them."""
        for site in self.sites:
            assert seedgit(site, "live", str(site.path.parent / "live")).status in (0, 1)
        for old, new in (("limit: 5", "limit: 6"), ("host: mail", "host: post")):
            for site in self.sites:
                file = site.path.parent / "live" / MAIL
                file.write_text(file.read_text().replace(old, new))
            for words in (["status"], ["sync", "--check"], ["sync", "--json"], ["doctor"]):
                self.same(*words)
        for site, text in zip(self.sites, ("q9y", "k2v"), strict=True):
            file = site.path.parent / "live" / MAIL
            file.write_text(re.sub("word: .*", f"word: {text}", file.read_text()))
        for words in (["status"], ["sync", "--json"], ["pending"], ["log"]):
            self.same(*words)


@pytest.mark.parametrize("encrypted", [True, False])
def test_two_sites_with_other_secrets_say_the_same(
    make_repo: Callable[..., Repo], encrypted: bool
) -> None:
    if encrypted:
        ANNA.install()
    worlds = Worlds(make_repo, encrypted=encrypted)
    worlds.clash()
    seed = SHORT_SEED.replace("none", "zero").replace("1", "2")
    seed = seed.replace("accounts:\n", "accounts:\n  - name: a\n")
    for site, upstream in zip(worlds.sites, worlds.packages, strict=True):
        site.write({".seedgit.yaml": SHORT_RULES})
        upstream.commit({MAIL: seed, ".seedgit.yaml": SHORT_RULES}, "v2")
        site("fetch", "-q")
    assert "(secret" in worlds.same("status", "--overlay")
    assert "/word" in worlds.same("pull", "hub")
    assert "/word" in worlds.same("pending")
    worlds.all_commands()
    for site in worlds.sites:
        site("checkout", "-q", "-f", "-B", "main", "origin/main")
    worlds.all_commands()
    worlds.live()


COMMITTED = SECRET_RULES + "        on-seed-change: review\n"
PLAIN_SEED = MAIL_SEED.replace("changeme", f"{CANARY}-base")
NO_OUTPUT = {"mode", "render"}  # what they do to a file is what they are for


class Committed:
    """Runs commands in a clone that has secrets in its tracked files, and in upstream's."""

    def __init__(self, repo: Repo, seed: str = PLAIN_SEED, rules: str = COMMITTED) -> None:
        self.seed = seed
        self.repo, self.site = (
            repo,
            site_of(package(repo, {".seedgit.yaml": rules, MAIL: self.seed})),
        )
        self.write("ours")
        self.site("commit", "-qam", "ours")
        repo.commit({MAIL: self.seed.replace("-base", "-theirs")}, "v2")
        self.site("fetch", "-q")

    def write(self, word: str) -> None:
        self.site.write({MAIL: self.seed.replace("-base", f"-{word}")})

    def run(self, *words: str) -> Said:
        said = seedgit(self.site, *words)
        assert CANARY not in said.out + said.err, (words, said)
        return said

    def every(self) -> None:
        for name, lines in commands(MAIL).items():
            for words in lines if name not in NO_OUTPUT else ():
                self.run(*words)
                self.run("-v", *words, *(["--json"] if words[0] in JSON else []))


def test_what_is_committed_at_a_secret_s_place_is_told_nowhere(repo: Repo) -> None:
    """It is in the files of the repository, and in nothing that is printed, or written to pages."""
    clone = Committed(repo)
    page = clone.site.path / "page.html"
    for words in (
        ["plan", "origin/main"],
        ["plan", "origin/main", "--json"],
        ["plan", "origin/main", "--html", str(page)],
        ["fleet", "plan", "origin/main"],
        ["try"],
    ):
        clone.run(*words)
    assert CANARY not in page.read_text()
    clone.site("merge", "-q", "--no-edit", "origin/main")
    assert f"{CANARY}-ours" in (clone.site.path / MAIL).read_text()
    assert "moved under  /password  seed (secret) => (secret)" in clone.run("pending").out
    clone.every()
    clone.run("verify", "--format=markdown")
    assert f"{CANARY}-ours" in seedgit(clone.site, "render", MAIL).out


# A YAML tag makes one whole of what follows it, with no pointers inside.
TAGGED = f"""\
host: h
env: !If [live, {{DB: x, password: {CANARY}-base}}, none]
token: !Sub "{CANARY}-base-token"
box: !vault
  api_key: {CANARY}-base-key
  host: hh
pair:
  ? [a]
  : secret: {CANARY}-base-pair
  ? token
  : {CANARY}-base-plain
own: !t {{pin: {CANARY}-base-own}}
named: {{password: !secret mail_password}}
"""
TAGGED_RULES = RULES + "      - {path: /own/pin, secret: true}\n"


def test_secrets_under_a_tag_are_told_nowhere(repo: Repo) -> None:
    clone = Committed(repo, TAGGED, TAGGED_RULES)
    site = clone.site
    page = site.path / "page.html"
    html = ("--html", str(page))
    for words in (["plan"], ["plan", "--json"], ["plan", *html], ["fleet", "plan", *html]):
        clone.run(*words, "origin/main")
        assert not page.exists() or CANARY not in page.read_text()
    for place in ("", "/box", "/env", "/token", "/own"):
        clone.run("why", MAIL, place)
        clone.run("demote", MAIL, place or "/host", "--dry-run")
    assert "password: !secret mail_password" in clone.run("blame", MAIL).out
    clone.run("adopt", MAIL, "--dry-run")
    site("merge", "origin/main", ok=False)
    clone.run("conflicts")
    clone.run("conflicts", "--json")
    site("reset", "-q", "--hard")
    assert clone.run("set", MAIL, "/host", "q").status == 0
    clone.every()
    clone.write("more")
    for words in (["status"], ["diff"], ["capture", MAIL, "--dry-run"], ["hook", "pre-commit"]):
        clone.run(*words)
    site("checkout", "-q", "-f", "HEAD")
    live = site.path.parent / "live"
    assert clone.run("live", str(live)).status == 0
    file = live / MAIL
    file.write_text(file.read_text().replace("-ours", "-live").replace("DB: x", "DB: y"))
    for words in (["status"], ["sync", "--check"], ["sync", "--json"], ["sync"], ["pending"]):
        clone.run(*words)


def test_nor_is_it_told_beside_an_override(repo: Repo) -> None:
    clone = Committed(repo)
    clone.run("secret", "recipients", "add", ANNA.public, "--name", "anna")
    ANNA.install()
    clone.run("demote", MAIL, "/password", "--dry-run")
    clone.run("adopt", MAIL, "--dry-run")
    for value in ("x", "y"):
        assert clone.run("set", MAIL, "/password", value).status == 0
        clone.every()
    assert "-password: (secret)" in clone.run("diff").out
    assert 'password: "(secret ' in clone.run("blame", MAIL).out
    for words in (["why", MAIL, "/password"], ["why", MAIL, ""], ["capture", MAIL, "--dry-run"]):
        clone.run(*words)
    clone.write("theirs")
    clone.site("add", MAIL)
    clone.run("hook", "pre-commit")
    clone.run("rebase")
    clone.run("fleet", "overrides")
    clone.run("unset", MAIL, "/password")


def test_a_key_s_usual_name_masks_what_is_committed_unless_the_rules_say_plain(repo: Repo) -> None:
    """As it does where a value is set."""
    seed = f"api_key: {CANARY}-key\nprivate_key: |\n  {CANARY}-1\n  {CANARY}-2\nhost: a\n"
    site = site_of(package(repo, {MAIL: seed}))
    said = seedgit(site, "blame", MAIL).out
    assert CANARY not in said and "private_key: (secret)" in said and "host: a" in said
    assert CANARY not in seedgit(site, "why", MAIL, "").out
    plain = RULES + "      - {path: /api_key, secret: false}\n"
    site.commit({".seedgit.yaml": plain}, "it is none")
    assert f"api_key: {CANARY}-key" in seedgit(site, "blame", MAIL).out


SIDES = f"""\
host: h
password: {CANARY}-base
urls:
  - https://u:{CANARY}0@mail:80/
pins: [a, {CANARY}1=x]
key:
  private_key: |
    {CANARY}-base-1
    {CANARY}-base-2
"""
LISTED = RULES + "      - {path: /urls/*, secret: true}\n      - {path: /pins/*, secret: true}\n"


@pytest.mark.parametrize("readable", [True, False])
def test_conflicts_have_masks_for_secrets(repo: Repo, readable: bool) -> None:
    """Also where git merged by lines, because a version is none that can be read."""
    broken = "" if readable else "b: [\n"
    seed = SIDES + broken
    site = site_of(package(repo, {".seedgit.yaml": LISTED, MAIL: seed}))
    site.write({MAIL: seed.replace("-base", "-ours").replace("host: h", "host: o")})
    site("commit", "-qam", "ours", "--no-verify")
    repo.commit({MAIL: seed.replace("-base", "-theirs").replace("host: h", "host: t")}, "v2")
    site("fetch", "-q")
    site("merge", "origin/main", ok=False)
    there = (site.path / MAIL).read_text()
    assert f"{CANARY}-ours" in there and f"{CANARY}-theirs" in there
    others = []
    for name in ("base", "ours", "theirs"):
        others.append(str(site.path.parent / f"{name}.yaml"))
        Path(others[-1]).write_text(seed.replace("-base", f"-{name}").replace(": h", f": {name}"))
    for words in (["conflicts"], ["conflicts", "--json"], ["mergetool", *others, MAIL]):
        said = seedgit(site, *words)
        assert CANARY not in said.out + said.err and "secret" in said.out, words
        assert ('"t' in said.out or "theirs" in said.out) and said.status == 1
    if readable:
        said = seedgit(site, "conflicts", MAIL, "--take", "1=ours")
        assert "/password  both-changed" in said.out and CANARY not in said.out
        assert seedgit(site, "conflicts", MAIL, "--take", "all=theirs").status == 0
        assert f"password: {CANARY}-theirs" in (site.path / MAIL).read_text()


def test_a_line_of_a_list_item_is_masked_from_its_start(repo: Repo) -> None:
    """An item has a number and no key, even where its text has that number, and a colon."""
    site = site_of(package(repo, {".seedgit.yaml": LISTED, MAIL: SIDES}))
    said = seedgit(site, "blame", MAIL).out
    assert CANARY not in said and "  - (secret)\n" in said


def test_what_only_looks_like_a_mask_is_masked(repo: Repo) -> None:
    site = site_of(package(repo, {MAIL: f"password: (secret {CANARY})\nhost: h\n"}))
    assert CANARY not in seedgit(site, "blame", MAIL).out


def test_a_conflict_under_a_plain_override_is_shown(repo: Repo) -> None:
    seed = "token: word-base\nhost: h\n"
    site = site_of(package(repo, {MAIL: seed}))
    assert seedgit(site, "set", MAIL, "/token", "word-mine", "--plain").status == 0
    site.write({MAIL: seed.replace("-base", "-ours")})
    site("commit", "-qam", "ours", "--no-verify")
    repo.commit({MAIL: seed.replace("-base", "-theirs")}, "v2")
    site("fetch", "-q")
    site("merge", "origin/main", ok=False)
    assert '"word-theirs"' in seedgit(site, "conflicts").out


def test_a_hint_for_a_selector_has_masks(repo: Repo) -> None:
    seed = f"accounts:\n  - {{name: a, token: {CANARY}-1}}\n  - {{name: b, token: {CANARY}-2}}\n"
    site = site_of(package(repo, {MAIL: seed}))
    for words in (["set", "1"], ["why"], ["rules"]):
        said = seedgit(site, words[0], MAIL, f"/accounts/[token={CANARY.lower()}]/x", *words[1:])
        assert "[token=(secret)]" in said.err and CANARY not in said.err, words
    assert "[name=b], [name=a]" in seedgit(site, "set", MAIL, "/accounts/[name=c]/x", "1").err


@pytest.mark.parametrize(
    ("pointer", "value"), [("/password", ["--delete"]), ("/db", ['{"host": "x"}'])]
)
def test_a_plain_override_says_nothing_of_other_places(
    repo: Repo, pointer: str, value: list[str]
) -> None:
    """One that deletes a secret, or lies around its place without having one itself."""
    seed = f"limit: 1\npassword: {CANARY}-1\ndb:\n  host: h\n  token: {CANARY}-2\n"
    site = site_of(package(repo, {MAIL: seed}))
    assert seedgit(site, "set", MAIL, pointer, *value).status == 0
    for words in (["status", "--overlay"], ["diff"], ["why", MAIL, pointer], ["blame", MAIL]):
        for more in ([], ["--json"]):
            said = seedgit(site, *words, *more)
            assert said.status == 0 and CANARY not in said.out, (pointer, words)
    repo.commit({MAIL: seed.replace(f"{CANARY}-", f"{CANARY}-new-")}, "v2")
    site("fetch", "-q")
    for words in (["plan"], ["fleet", "plan"]):
        said = seedgit(site, *words, "origin/main", "--json")
        assert "moved-under" in said.out and CANARY not in said.out, (pointer, words)
    site("merge", "-q", "--no-edit", "origin/main")
    for words in (["pending"], ["pending", "--json"], ["status", "--overlay"]):
        assert CANARY not in seedgit(site, *words).out, (pointer, words)
    assert CANARY not in seedgit(site, "unset", MAIL, pointer).out


def test_what_a_secret_s_seed_is_compared_with_is_told_nowhere(repo: Repo) -> None:
    clone = Committed(repo)
    clone.run("secret", "recipients", "add", ANNA.public, "--name", "anna")
    was = f"{CANARY}-ours"
    assert "it has" in clone.run("set", MAIL, "/password", "a", "--if-seed-is", "b").err
    assert clone.run("set", MAIL, "/password", "a", "--if-seed-is", was).status == 0
    for words in (["status", "--overlay"], ["why", MAIL, "/password"], ["prune"], ["journal"]):
        clone.run(*words)
        clone.run(*words, "--json")
    clone.write("theirs")
    clone.site("commit", "-qam", "theirs", "--no-verify")
    for words in (["status", "--overlay"], ["prune", "--json"], ["prune", "--expired"], ["log"]):
        assert "expired" in clone.run(*words).out, words


def test_values_for_conflicts_are_not_kept_in_the_journal(repo: Repo) -> None:
    site = site_of(package(repo, {MAIL: SIDES}))
    for value in (f"1={CANARY}-3", f"{CANARY}-4", f"x={CANARY}-5"):
        seedgit(site, "conflicts", MAIL, "--value", value)
    said = seedgit(site, "journal", "--json").out
    assert '"1=..."' in said and CANARY not in said
