"""The whole story, with real git, in a temporary repository. Exits non-zero if anything is off.

Run it with `make demo`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLOWS = Path(__file__).parent / "flows"
QUEUE = [{"op": "retry", "item": 17}, {"op": "skip", "item": 23}]
OVERRIDES = [
    ("flows/wiki.yaml", "/steps/[id=fetch]/queue_mode", "drain", "burn-in of 41"),
    ("flows/wiki.yaml", "/steps/[id=fetch]/handler_configs/ticket_search/max_items", 1, "burn-in"),
    ("flows/wiki.yaml", "/steps/[id=summarise]/queue_mode", "drain", "writer is down"),
    ("flows/wiki.yaml", "/config_patch_queue", QUEUE, ""),
    ("flows/wiki.yaml", "/consumed_revision", 41, ""),
    ("flows/digest.yaml", "/scheduling_config/paused", True, "holidays"),
    ("flows/triage.json", "/steps/[id=notify]/queue_mode", "drain", ""),
    ("flows/alerts.toml", "/schedule/paused", True, "maintenance"),
]


class Failed(Exception):
    pass


def check(true: bool, what: str) -> None:
    if not true:
        raise Failed(what)


class Site:
    """A clone, and what a user types in it."""

    def __init__(self, place: Path, environment: dict[str, str]) -> None:
        self.place = place
        self.environment = environment

    def run(self, *words: str, status: int | None = 0, **more: str) -> str:
        done = subprocess.run(
            words,
            cwd=self.place,
            env={**self.environment, **more},
            text=True,
            capture_output=True,
            check=False,
        )
        if status is not None and done.returncode != status:
            said = done.stdout + done.stderr
            raise Failed(f"{' '.join(words)}: exit {done.returncode}, not {status}\n{said}")
        return done.stdout + done.stderr

    def seedgit(self, *words: str, status: int | None = 0) -> str:
        return self.run("seedgit", *words, status=status)

    def show(self, *words: str, status: int = 0, lines: int = 40) -> str:
        print(f"\n$ {shlex.join(words)}")
        said = self.run(*words, status=status)
        shown = said.rstrip("\n").split("\n")
        print("\n".join(f"  {line}" for line in shown[:lines]))
        if len(shown) > lines:
            print(f"  ... {len(shown) - lines} more lines")
        return said

    def fields(self) -> dict[str, Any]:
        found = json.loads(self.seedgit("status", "--overlay", "--json"))
        return {field["path"] + field["pointer"]: field for field in found["fields"]}


@contextmanager
def sealed() -> Iterator[tuple[Path, dict[str, str]]]:
    """A temporary directory, and an environment that knows nothing of the machine's git."""
    with tempfile.TemporaryDirectory(prefix="seedgit-demo-") as name:
        place = Path(name)
        (place / "home").mkdir()
        (place / "home" / ".gitconfig").write_text(
            "[user]\n\tname = Site\n\temail = site@example.com\n[init]\n\tdefaultBranch = main\n"
            "[advice]\n\tdetachedHead = false\n"
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
        yield (
            place,
            {
                **kept,
                "HOME": str(place / "home"),
                "PATH": path,
                "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_EDITOR": "false",
                "NO_COLOR": "1",
            },
        )


def ship(upstream: Site, version: str) -> None:
    """The package's next version, exactly as its folder has it."""
    for old in upstream.place.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(FLOWS / version, upstream.place, dirs_exist_ok=True)
    upstream.run("git", "add", "-A")
    upstream.run("git", "commit", "-qm", f"flows {version}")


def play(place: Path, environment: dict[str, str]) -> None:
    (place / "upstream").mkdir()
    upstream = Site(place / "upstream", environment)
    upstream.run("git", "init", "-q")
    ship(upstream, "v1")
    Site(place, environment).run("git", "clone", "-q", "upstream", "site")
    site = Site(place / "site", environment)

    print("A site clones the package and sets what sites set.")
    site.show("seedgit", "init")
    for path, pointer, value, why in OVERRIDES:
        text = value if isinstance(value, str) else json.dumps(value)
        site.seedgit("set", path, pointer, text, *(["--why", why] if why else []))
    site.show("seedgit", "status")
    site.show("seedgit", "status", "--overlay")
    check(site.run("git", "status", "--porcelain") == "", "overrides leave the branch alone")

    print("\nIt also needs one edit of a seed; the hook asks for a reason.")
    wiki = site.place / "flows" / "wiki.yaml"
    wiki.write_text(wiki.read_text().replace("timeout_s: 30", "timeout_s: 45"))
    said = site.show("git", "commit", "-qam", "longer timeout", status=1)
    check("/timeout_s: 30 -> 45" in said, "the hook names the pointer and both values")
    site.run("git", "commit", "-qam", "longer timeout", SEEDGIT_ALLOW="slow ticket system")

    print("\nUpstream ships v2; the upgrade is plain git.")
    ship(upstream, "v2")
    site.run("git", "fetch", "-q")
    before = site.run("git", "for-each-ref", "refs/seedgit")
    (site.place / ".git" / "hooks" / "post-merge").unlink()
    by_lines = site.run("git", "-c", "merge.seedgit.driver=false", "merge-tree", "--write-tree",
                        "HEAD", "origin/main", status=None)  # fmt: skip
    check("CONFLICT" in by_lines, "without the driver git would stop here")
    site.show("seedgit", "plan", "origin/main")
    planned = json.loads(site.seedgit("plan", "origin/main", "--json"))
    check(site.run("git", "for-each-ref", "refs/seedgit") == before, "a plan changes nothing")
    site.show("git", "merge", "-m", "flows v2", "origin/main")
    check(site.run("git", "status", "--porcelain") == "", "the merge is complete and clean")
    check(site.run("git", "for-each-ref", "refs/seedgit") == before, "a merge moves no overlay")
    text = wiki.read_text()
    wanted = (FLOWS / "v2" / "flows" / "wiki.yaml").read_text()
    check(text == wanted.replace("timeout_s: 30", "timeout_s: 45"), "v2 with the site's one edit")

    print("\nWhat happened to every override:")
    said = site.show("seedgit", "status")
    check("orphaned" in said and "moved under" in said, "what needs a person is said")
    site.show("seedgit", "status", "--overlay")
    fields = site.fields()
    check(len(fields) == len(OVERRIDES), "no override is lost")
    moved = [name for name, f in fields.items() if f["status"] == "moved-under"]
    check(len(moved) == 2, f"two defaults moved under, not {moved}")
    orphan = [f for f in fields.values() if f["status"] == "orphaned"]
    check([f["value"] for f in orphan] == ["drain"], "the dropped step's override keeps its value")
    site.show("seedgit", "pending")
    throttle = "/steps/[id=fetch]/handler_configs/ticket_search/max_items"
    site.show("seedgit", "why", "flows/wiki.yaml", throttle)
    waiting = {f["pointer"] for f in fields.values() if f["needs-person"]}
    asked = {d["pointer"] for d in planned["needs_approval"] if d["pointer"]}
    check(len(waiting) == len(asked) == 2, f"the plan said what would wait: {asked}, {waiting}")
    site.show("seedgit", "render", "flows/wiki.yaml", lines=32)
    effective = json.loads(site.seedgit("render", "flows/triage.json"))
    modes = {step["id"]: step.get("queue_mode") for step in effective["steps"]}
    check(modes["notify"] == "drain", "JSON: the override holds after v2 changed the default")
    check("paused: true" in site.seedgit("render", "flows/daily-digest.yaml"), "renamed: it holds")
    check("paused = true" in site.seedgit("render", "flows/alerts.toml"), "TOML: it holds")
    wiki_now = site.seedgit("render", "flows/wiki.yaml")
    check("max_items: 1\n" in wiki_now and "consumed_revision: 41" in wiki_now, "YAML: they hold")
    site.show("seedgit", "rebase")

    print("\nAn overlay-owned edit made in the file passes the hook, or moves to the overlay.")
    wiki.write_text(text.replace("paused: false", "paused: true"))
    site.show("seedgit", "capture", "flows/wiki.yaml", "--why", "migration")
    check(wiki.read_text() == text, "the seed is the package's again, byte for byte")
    check("paused: true" in site.seedgit("render", "flows/wiki.yaml"), "and the edit is effective")
    wiki.write_text(text.replace("paused: false", "paused: true"))
    site.run("git", "commit", "-qam", "pause in the file")
    print("  git commit of an overlay-owned edit: passed")
    print("\nAll as it should be.")


def main() -> int:
    try:
        with sealed() as (place, environment):
            play(place, environment)
    except Failed as problem:
        print(f"\nNot as it should be: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
