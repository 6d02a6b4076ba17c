"""A program, its folder and two upgrades: the whole story, with real git, in a temporary place.

Run it with `make demo`. It exits with 1 if anything is not as it should be.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage

EXAMPLES = Path(__file__).parent
TURNS = 12  # of the program, while upgrades come in
TOKEN = "tk-51f0c2"
SITE_RULES = """\
version: 1
seeds:
  - files: "flows/*.json"
    overlay:
      - path: /api_token
        secret: true
"""
THROTTLE = "/steps/[id=fetch]/handler_configs/ticket_search/max_items"


class Failed(Exception):
    pass


def check(true: bool, what: str) -> None:
    if not true:
        raise Failed(what)


class Site:
    """A folder, and what a user types in it. What is shown calls `top` /srv."""

    def __init__(self, top: Path, name: str) -> None:
        self.top = top
        self.place = top / name
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        path = [str(top / "bin"), str(Path(sys.executable).parent), kept.get("PATH", "")]
        self.environment = {
            **kept,
            "HOME": str(top / "home"),
            "PATH": os.pathsep.join(path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
            "NO_COLOR": "1",
        }

    def start(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.place,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, command: str, status: int = 0) -> str:
        running = self.start(command)
        said, _ = running.communicate()
        if running.returncode != status:
            raise Failed(f"{command}: exit {running.returncode}, not {status}\n{said}")
        return said

    def show(self, command: str, lines: int = 24) -> str:
        said = self.run(command).replace(str(self.top), "/srv")
        shown = said.splitlines()
        print(f"\n$ {command}", *shown[:lines], sep="\n  ")
        if len(shown) > lines:
            print(f"  ... {len(shown) - lines} more lines")
        return said


@contextmanager
def sealed() -> Iterator[Path]:
    """A temporary folder, with a home whose git knows nothing of the machine's."""
    with tempfile.TemporaryDirectory(prefix="seedgit-demo-") as name:
        top = Path(name).resolve()
        for folder in ("home", "bin", "upstream"):
            (top / folder).mkdir()
        (top / "home" / ".gitconfig").write_text(
            "[user]\n\tname = Site\n\temail = site@example.com\n[init]\n\tdefaultBranch = main\n"
            "[pull]\n\trebase = false\n"
        )
        engine = top / "bin" / "flow-engine"
        words = shlex.join([sys.executable, str(EXAMPLES / "flow_engine.py")])
        engine.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        engine.chmod(0o755)
        yield top


def ship(upstream: Site, version: str) -> None:
    """The package's next version, exactly as its folder has it."""
    for old in upstream.place.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(EXAMPLES / "flows" / version, upstream.place, dirs_exist_ok=True)
    upstream.run(f"git add -A && git commit -qm 'flows {version}'")


def clean(site: Site) -> None:
    check(site.run("git status --porcelain") == "", "git sees none of it")


def play(top: Path) -> None:
    print("A site vendors a package of flows. Its engine gets a folder of its own.")
    upstream, site = Site(top, "upstream"), Site(top, "site")
    upstream.run("git init -q")
    ship(upstream, "v1")
    upstream.run("git clone -q . ../site")
    site.show("seedgit init --overlay berlin | tail -n 5")
    site.show("seedgit live ../app")
    clean(site)
    layers(upstream, site)
    work(site)
    upgrade(upstream, site)
    decide(site)
    keep_secret(site)
    print("\nAnd back: the folder is the engine's alone again, with its files.")
    site.show("seedgit live --undo ../app")
    check((top / "app" / "flows" / "wiki.yaml").is_file(), "the files stay")
    clean(site)
    print("\nAll as it should be.")


def layers(upstream: Site, site: Site) -> None:
    print("\nWhat all sites share is an overlay of its own. It lies under each site's, read-only.")
    upstream.run("git clone -q . ../office")
    office, cron = Site(site.top, "office"), "/scheduling_config/cron"
    office.run("seedgit init --overlay fleet")
    office.run(f"seedgit set flows/digest.yaml {cron} '0 6 * * 1-5' --why 'before the shift'")
    office.run("seedgit set flows/digest.yaml '/steps/[id=send]/queue_mode' drain")
    office.show("seedgit push")
    site.show("seedgit layer add fleet --from origin")
    site.show(f"seedgit set flows/digest.yaml {cron} '0 8 * * 1-5' --why 'a late shift'")
    said = site.show("seedgit status --overlay")
    check("layer fleet; covered by berlin" in said, "the layer of each value is named")
    said = site.show(f"seedgit why flows/digest.yaml {cron}")
    check('without berlin  "0 6' in said, "and what would be without it")
    digest = (site.top / "app" / "flows" / "digest.yaml").read_text()
    check("0 8 * * 1-5" in digest and "drain" in digest, "the engine has what both layers make")
    clean(site)


def work(site: Site) -> None:
    print("\nThe engine works, and writes its state into its files: YAML, JSON and TOML.")
    site.show("flow-engine ../app/flows/*")
    site.show("flow-engine --pause ../app/flows/digest.yaml ../app/flows/alerts.toml")
    print("\nGit goes on seeing the package's files. What the engine wrote is in the overlay.")
    said = site.show("seedgit sync")
    check("run-time drift" not in said, "the engine wrote what the site owns, and nothing else")
    site.show("git status --short --branch")
    clean(site)
    said = site.show("seedgit why flows/triage.json /consumed_revision")
    check("written at run time, seen" in said, "why says who wrote it, and when")

    print("\nA program may also dump its file anew: all comments and the order are gone.")
    site.run("flow-engine --dump ../app/flows/wiki.yaml")
    wiki = site.top / "app" / "flows" / "wiki.yaml"
    site.show("head -n 4 ../app/flows/wiki.yaml")
    check("#" not in wiki.read_text().partition("prompt")[0], "the comments are gone")
    said = site.show("seedgit sync")
    check("wiki.yaml/consumed_revision" in said and "drift" not in said, "only values count")

    print("\nPeople change what the site owns too; they say why.")
    site.show(f"seedgit set flows/wiki.yaml '{THROTTLE}' 1 --why 'burn-in of 41'")
    check("max_items: 1\n" in wiki.read_text(), "the engine has it at once")
    site.run("seedgit set flows/wiki.yaml '/steps/[id=summarise]/queue_mode' drain")
    print("\nAn edit of a seed is the package's business; the hook asks for a reason.")
    seed = site.place / "flows" / "wiki.yaml"
    seed.write_text(seed.read_text().replace("timeout_s: 30", "timeout_s: 45"))
    said = site.run("git commit -qam 'longer timeout'", status=1)
    check("/timeout_s: 30 -> 45" in said, "the hook names the pointer and both values")
    site.show("SEEDGIT_ALLOW='slow ticket system' git commit -qam 'longer timeout'")


def upgrade(upstream: Site, site: Site) -> None:
    print("\nUpstream ships v2. What would it do?")
    ship(upstream, "v2")
    site.run("git fetch -q")
    by_lines = "git -c merge.seedgit.driver=false merge-tree --write-tree HEAD origin/main"
    check("CONFLICT" in site.run(by_lines, status=1), "without the driver git would stop here")
    site.show("seedgit plan", lines=4)
    print("\nThe upgrade is plain git. The engine goes on writing meanwhile.")
    watch = site.start("exec seedgit sync --watch")
    engine = site.start(f"flow-engine --turns {TURNS} ../app/flows/[aw]*")
    site.show("git pull --no-edit --quiet")
    alerts = upstream.place / "flows" / "alerts.toml"
    alerts.write_text(alerts.read_text().replace("window_s = 600", "window_s = 900"))
    upstream.run("git commit -qam 'alerts: a longer window'")
    site.run("git pull --no-edit --quiet")
    said, _ = engine.communicate()
    check(engine.returncode == 0, said)
    watch.terminate()
    watch.communicate()
    site.run("seedgit sync")
    print("\nThe engine's values have survived, and the package's changes have arrived.")
    site.show("grep -E '^#|revision|model|timeout_s|max_items: 1$' ../app/flows/wiki.yaml")
    site.show("grep -E '^#|revision|paused|window_s' ../app/flows/alerts.toml")
    site.show("git status --short --branch")
    clean(site)
    site.run("seedgit sync --check")
    for path, parts in {
        "wiki.yaml": (f"{2 + TURNS}", "model: medium", "timeout_s: 45", "max_items: 1\n"),
        "alerts.toml": (f'consumed_revision = "{2 + TURNS}"', "paused = true", "window_s = 900"),
        "triage.json": ('"consumed_revision": "1"', '"risk"'),
        "daily-digest.yaml": ('consumed_revision: "2"', "paused: true"),
    }.items():
        effective = site.run(f"seedgit render flows/{path} 2>/dev/null")
        lost = [part for part in parts if part not in effective]
        check(not lost, f"{path}: no longer there: {lost}\n{effective}")


def decide(site: Site) -> None:
    print("\nWhat nobody can decide by rule is told: a risky value that is stale by now.")
    said = site.show("seedgit status")
    check("moved under" in said and "orphaned" in said, "what needs a person is said")
    site.show(f"seedgit why flows/wiki.yaml '{THROTTLE}'")
    site.show("seedgit pending")
    site.show("seedgit resolve 1 --take-seed")
    wiki = (site.top / "app" / "flows" / "wiki.yaml").read_text()
    check("max_items: 80\n" in wiki, "the engine has the package's value again")


def keep_secret(site: Site) -> None:
    print("\nThe package does not know of the site's token. So the site has its own rule.")
    key = pyrage.x25519.Identity.generate()
    home = site.top / "home"
    (home / "key").write_text(f"{key}\n")
    (home / "token").write_text(f"{TOKEN}\n")
    (home / "rules").write_text(SITE_RULES)
    site.show("GIT_EDITOR='cp ~/rules' seedgit rules --edit")
    said = site.show("seedgit rules flows/triage.json /api_token")
    check(
        "the site's" in said and "berlin:rules.yaml:5" in said,
        "whose it is, and which line says so",
    )
    print("\nIt is a secret there: only this machine's key decrypts it.")
    site.run("git config seedgit.identity ~/key")
    site.run(f"seedgit secret recipients add {key.to_public()} --name engine")
    said = site.show("seedgit set flows/triage.json /api_token --value-file ~/token")
    site.show("seedgit diff flows/triage.json | grep api_token")
    check(TOKEN not in said, "it is shown masked")
    check(TOKEN in (site.top / "app" / "flows" / "triage.json").read_text(), "the engine has it")
    site.run(f"grep -r {TOKEN} .git", status=1)
    clean(site)


def main() -> int:
    try:
        with sealed() as top:
            play(top)
    except Failed as problem:
        print(f"\nNot as it should be: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
