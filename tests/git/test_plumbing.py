"""Clones that libgit2 cannot open: with SHA-256 ids, refs in tables, or other extensions."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from seedgit.git import libgit2
from seedgit.git.objects import BLOB, COMMIT, TREE
from seedgit.git.plumbing import Plumbing
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit

FORMATS = {
    "sha256": ("--object-format=sha256",),
    "reftable": ("--ref-format=reftable",),
    "reftable, sha256": ("--object-format=sha256", "--ref-format=reftable"),
    "extension": (),
}


@pytest.fixture(params=FORMATS)
def site(request: pytest.FixtureRequest, repo: Repo, make_repo: object) -> Repo:
    """A clone of a package, set up."""
    name = str(request.param)
    words = FORMATS[name]
    place = repo.path.parent
    made = subprocess.run(["git", "init", "-q", *words, "hub"], cwd=place, capture_output=True)
    if made.returncode == 129:
        pytest.skip(f"this git has no {name}: {made.stderr.decode().splitlines()[0]}")
    assert made.returncode == 0, made.stderr
    package(Repo(place / "hub"))
    refs = words[-1:] if "ref" in name else ()  # the others come from what is cloned
    subprocess.run(["git", "clone", "-q", *refs, "hub", "site"], cwd=place, check=True)
    found = Repo(place / "site")
    if name == "extension":  # one that libgit2 may not know; it changes nothing here
        found("config", "core.repositoryFormatVersion", "1")
        found("config", "extensions.partialClone", "origin")
    assert seedgit(found, "init").status == 0
    return found


@pytest.fixture(autouse=True)
def without_libgit2(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("libgit2 was asked")

    monkeypatch.setattr(libgit2.LibGit2, "__init__", refuse)


def data(site: Repo, *words: str) -> object:
    said = seedgit(site, *words, "--json")
    assert said.status in (0, 1), said.err
    return json.loads(said.out)


def test_a_day(site: Repo, tmp_path: Path) -> None:
    hub = Repo(site.path.parent / "hub")
    assert seedgit(site, "set", PATH, "/paused", "true", "--why", "burn-in").status == 0
    assert seedgit(site, "set", PATH, "/limit", "7").status == 0
    assert seedgit(site, "undo").status == 0
    hub.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60").replace("name: w", "title: w")})
    site.write({PATH: FLOW.replace("model: small", "model: large")})
    site("commit", "-qam", "ours", env={"SEEDGIT_ALLOW": "a larger one"})
    site("pull", "-q", "--no-rebase", "--no-edit")  # adjacent lines: git alone has a conflict
    text = (site.path / PATH).read_text()
    assert "timeout: 60\nmodel: large\n" in text and "paused: false" in text
    assert "paused: true" in seedgit(site, "render", PATH).out
    assert "burn-in" in seedgit(site, "why", PATH, "/paused").out
    assert seedgit(site, "status").status == 0
    assert seedgit(site, "push", "origin").status == 0
    other = Repo(tmp_path / "other")
    subprocess.run(["git", "clone", "-q", hub.path, other.path], check=True)
    assert seedgit(other, "init").status == 0
    assert seedgit(other, "pull", "origin").status == 0
    found = data(site, "log")
    assert isinstance(found, (list, dict)) and found
    doctor = seedgit(site, "doctor")
    assert doctor.status == 0, doctor.out + doctor.err


def test_a_hook_refuses_a_seed(site: Repo) -> None:
    site.write({PATH: FLOW.replace("model: small", "model: none")})
    site("add", "--all")
    said = site("commit", "-m", "seed", ok=False)
    assert '/model: "small" -> "none"' in said and "SEEDGIT_ALLOW" in said


def test_a_live_tree(site: Repo, tmp_path: Path) -> None:
    live = tmp_path / "live"
    assert seedgit(site, "live", str(live)).status == 0
    file = live / PATH
    file.write_text(file.read_text().replace("paused: false", "paused: true"))
    assert seedgit(site, "sync").status == 0
    assert "paused: true" in seedgit(site, "render", PATH).out
    assert site("status", "--porcelain") == ""


def test_objects(site: Repo) -> None:
    found = site.open()
    assert isinstance(found.backend, Plumbing)
    head = site("rev-parse", "HEAD")
    assert found.objects.has(head) and found.objects.load(head)[0] == COMMIT
    assert not found.objects.has("1" * len(head)) and not found.objects.has("1" * 39)
    for kind, content in ((BLOB, b""), (BLOB, b"x"), (TREE, b""), (COMMIT, b"no commit")):
        id = found.objects.write(kind, content)
        assert len(id) == len(head)
        assert found.objects.has(id)
        assert site.open().objects.load(id) == (kind, content)
    assert found.blob_id(b"x") == site("hash-object", "--stdin", stdin=b"x")


def test_history(site: Repo) -> None:
    base = site("rev-parse", "HEAD")
    one = site.commit({"x": "1"}, "one")
    site("checkout", "-q", "-b", "side", base)
    two = site.commit({"y": "1"}, "two")
    found = site.open()
    assert found.contains(one, base) and found.contains(one, one)
    assert not found.contains(base, one) and not found.contains(one, two)
    assert not found.contains(one, "1" * len(one))
