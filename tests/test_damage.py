"""Every command over damaged objects and refs: it ends, says what is damaged and what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.git.process import DAMAGED
from tests.built import prepared
from tests.conftest import Repo
from tests.damage import damage, loosen, place
from tests.site import FLOW, PATH, data, process, seedgit

REF = "refs/seedgit/overlays/local"
RECORD = f"{REF}:records/flows%2Fwiki.yaml"

SECOND = "flows/second.yaml"

OBJECTS = {
    "overlay's commit": REF,
    "overlay's tree": f"{REF}^{{tree}}",
    "records": f"{REF}:records",
    "record": RECORD,
    "record.json": f"{RECORD}/record.json",
    "base and seed": f"{RECORD}/base",
    "HEAD": "HEAD",
    "HEAD's tree": "HEAD^{tree}",
}

READING = (
    ("status",),
    ("status", "--overlay"),
    ("render", PATH),
    ("plan", "origin/main"),
    ("pending",),
    ("log",),
    ("diff", PATH),
    ("why", PATH, "/timeout"),
    ("blame", PATH),
    ("doctor",),
    ("verify",),
    ("fleet", "overrides"),
    ("hook", "pre-commit"),
    ("suggest",),
)
WRITING = (
    ("set", PATH, "/limit", "9"),
    ("unset", PATH, "/timeout"),
    ("undo",),
    ("rebase",),
    ("prune",),
    ("push", "hub"),
    ("pull", "hub"),
    ("capture", PATH),
    ("adopt",),
    ("hook", "post-merge"),
    ("promote", PATH, "/timeout"),
)
COMMANDS = (*READING, *WRITING)
MORE_READING = (
    ("render", "--all", "--out", "../rendered"),
    ("render", "--strict", PATH),
    ("live",),
    ("sync", "--check"),
    ("conflicts",),
    ("fleet", "plan", "origin/main"),
    ("divergences",),
    ("replay", "--last", "3"),
)
MORE_WRITING = (
    ("live", "../live"),
    ("sync",),
    ("move", PATH, SECOND),
    ("demote", PATH, "/limit"),
    ("resolve", "1", "--keep-local"),
    ("approve", "--all"),
    ("init",),
    ("hook", "pre-merge-commit"),
    ("hook", "post-checkout", "0", "0", "1"),
    ("hook", "post-rewrite", "rebase"),
)


@pytest.fixture
@prepared
def whole(site: Repo, upstream: Repo, make_repo: Callable[..., Repo]) -> Repo:
    """A site with overrides, a change of a seed that is staged, an upgrade that is fetched."""
    hub = make_repo("hub", "--bare")
    site("remote", "add", "hub", f"file://{hub.path}")
    assert seedgit(site, "set", PATH, "/timeout", "77").status == 0
    assert seedgit(site, "push", "hub").status == 0
    upstream.commit({PATH: FLOW.replace("model: small", "model: large")})
    site("fetch", "--quiet", "origin")
    loosen(site)
    site.write({PATH: FLOW.replace("limit: 5", "limit: 6"), SECOND: FLOW})
    site("add", PATH, SECOND)
    return site


@pytest.mark.parametrize("way", ["last bytes missing", "size of gigabytes", "gone"])
@pytest.mark.parametrize("name", OBJECTS)
def test_a_damaged_object(whole: Repo, name: str, way: str, tmp_path: Path) -> None:
    id = whole("rev-parse", OBJECTS[name])
    damage(whole, id, way)
    named = 0
    more = (*MORE_READING, *MORE_WRITING) if way == "last bytes missing" else ()
    for words in (*COMMANDS, *more):
        site = whole
        if words in (*WRITING, *MORE_WRITING):  # before it, all is as the damage left it
            site = Repo(tmp_path / f"copy for {' '.join(words[:2]).replace('/', ' ')}")
            shutil.copytree(whole.path, site.path, symlinks=True)
        said = seedgit(site, *words)
        assert said.status in range(6), (words, said)
        if said.status > 1:
            assert "hint: " in said.err + said.out, (words, said)
        named += id in said.out + said.err
    assert named > 2


def test_one_of_them_as_a_process(whole: Repo) -> None:
    id = whole("rev-parse", REF)
    damage(whole, id, "last bytes missing")
    said = process(whole, "status")
    assert said.status == 4
    assert id in said.err and f"hint: {DAMAGED}" in said.err


def test_a_seed_without_its_overrides_is_not_the_whole(whole: Repo) -> None:
    damage(whole, whole("rev-parse", RECORD), "empty")
    for words in (("render", PATH), ("diff", PATH), ("why", PATH, "/timeout")):
        said = seedgit(whole, *words)
        assert said.status == 3
        assert "damaged overlay record" in said.err


def test_a_commit_that_is_damaged_is_no_branch_without_commits(whole: Repo) -> None:
    id = whole("rev-parse", "HEAD")
    damage(whole, id, "last bytes missing")
    for words in (("hook", "pre-commit"), ("plan", "origin/main"), ("verify",), ("adopt",)):
        said = seedgit(whole, *words)
        assert said.status == 4
        assert id in said.err


def findings(repo: Repo) -> dict[str, dict[str, str]]:
    found = data(repo, "doctor")["findings"]
    return {finding["code"]: finding for finding in found if finding["level"] == "wrong"}


def run(repo: Repo, remedy: str) -> None:
    for line in remedy.split("; or ")[0].split("; "):
        if line.startswith("seedgit "):
            assert seedgit(repo, *line.split()[1:]).status == 0
        else:
            subprocess.run(["sh", "-c", line], cwd=repo.path, check=True, capture_output=True)


@pytest.mark.parametrize("name", OBJECTS)
def test_what_doctor_says_mends_it(whole: Repo, name: str) -> None:
    id = whole("rev-parse", OBJECTS[name])
    damage(whole, id, "last bytes missing")
    found = findings(whole)[codes.OBJECT_DAMAGED]
    assert id in found["detail"]
    run(whole, found["remedy"])
    assert codes.OBJECT_DAMAGED not in findings(whole)
    assert seedgit(whole, "render", PATH).status == 0


@pytest.mark.parametrize("name", ["overlay's commit", "overlay's tree", "record.json"])
def test_the_last_whole_state(whole: Repo, name: str) -> None:
    """Where nobody else has what is gone, the state before is better than none."""
    before = whole("rev-parse", REF)
    assert seedgit(whole, "set", PATH, "/limit", "9").status == 0
    loosen(whole)
    damage(whole, whole("rev-parse", OBJECTS[name]), "gone")
    found = findings(whole)
    finding = found.get(codes.REF_DAMAGED) or found[codes.OBJECT_DAMAGED]
    assert finding["remedy"].endswith(f"git update-ref --create-reflog {REF} {before}")
    subprocess.run(["sh", "-c", finding["remedy"].rpartition(": ")[2]], cwd=whole.path, check=True)
    assert whole("rev-parse", REF) == before
    assert not {codes.REF_DAMAGED, codes.OBJECT_DAMAGED} & set(findings(whole))
    assert seedgit(whole, "render", PATH).status == 0


@pytest.mark.parametrize("content", ["", "garbage\n", "1" * 40 + "\n", "{blob}\n", "{tree}\n"])
def test_a_damaged_ref(whole: Repo, content: str) -> None:
    before = whole("rev-parse", REF)
    ids = {"blob": whole("rev-parse", f"HEAD:{PATH}"), "tree": whole("rev-parse", "HEAD^{tree}")}
    (whole.path / ".git" / REF).write_text(content.format(**ids))
    for words in COMMANDS:
        said = seedgit(whole, *words)
        assert said.status in range(6), (words, said)
        if said.status > 1:
            assert "hint: " in said.err + said.out, (words, said)
        assert all(line.count(REF) < 2 for line in said.err.splitlines()), said
    found = findings(whole)[codes.REF_DAMAGED]
    assert before in found["detail"]
    run(whole, found["remedy"])
    assert whole("rev-parse", REF) == before
    assert codes.REF_DAMAGED not in findings(whole)


def test_a_merge_over_a_damaged_seed(whole: Repo) -> None:
    whole("checkout", "--quiet", "--force", "main")
    whole.commit({PATH: FLOW.replace("limit: 5", "limit: 7")})
    id = whole("rev-parse", f"origin/main:{PATH}")
    damage(whole, id, "last bytes missing")
    assert id in whole("merge", "origin/main", ok=False)
    assert place(whole, id).exists()
