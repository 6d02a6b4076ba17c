"""seedgit track: versions of a copied file become a branch that plain git merges."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.killed import killed
from tests.site import data, seedgit

FILE = "config/values.yaml"
BRANCH = "vendor/config-values"
ONE = "# values\nreplicas: 1\nimage:\n  tag: v1\nqueue:\n  mode: live\n"
TWO = ONE.replace("v1", "v2").replace("queue:", "service:\n  port: 80\nqueue:")
OURS = ONE.replace("replicas: 1", "replicas: 3")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Where the versions are."""
    for version, text in (("1.0", ONE), ("1.1", TWO)):
        place = tmp_path / "shelf" / version / "values.yaml"
        place.parent.mkdir(parents=True)
        place.write_text(text)
    return tmp_path / "shelf"


@pytest.fixture
def site(repo: Repo, shelf: Path) -> Repo:
    """A clone with a file that somebody copied into it, and changed."""
    repo.commit({FILE: OURS, "other.txt": "mine\n"}, "copied")
    return repo


def source(shelf: Path) -> str:
    return f"{shelf}/{{version}}/values.yaml"


def begun(site: Repo, shelf: Path) -> Repo:
    said = seedgit(site, "track", FILE, "--from", source(shelf), "--version", "1.0")
    assert said.status == 0, said.err
    return site


def test_the_first_version_becomes_the_common_ancestor(site: Repo, shelf: Path) -> None:
    tree, status = site("rev-parse", "HEAD^{tree}"), site("status", "--porcelain")
    begun(site, shelf)
    assert site("show", f"{BRANCH}:{FILE}") == ONE.rstrip("\n")
    assert site("ls-tree", "-r", "--name-only", BRANCH) == FILE
    assert site("merge-base", "HEAD", BRANCH) == site("rev-parse", BRANCH)
    assert (site("rev-parse", "HEAD^{tree}"), site("status", "--porcelain")) == (tree, status)


def test_the_next_version_is_a_plain_merge(site: Repo, shelf: Path) -> None:
    begun(site, shelf)
    done = data(site, "track", FILE, "--version", "1.1")
    assert (done["new"], done["joined"], done["merged"]) == (True, None, False)
    assert site.read(FILE).decode() == OURS
    site("merge", "--quiet", "--no-edit", BRANCH)
    assert site.read(FILE).decode() == TWO.replace("replicas: 1", "replicas: 3")
    assert site.read("other.txt") == b"mine\n"
    (listed,) = data(site, "track")
    assert (listed["version"], listed["merged"], listed["branch"]) == ("1.1", True, BRANCH)


def test_it_is_a_seeds_upstream(site: Repo, shelf: Path) -> None:
    begun(site, shelf)
    rules = f"version: 1\nseeds:\n  - files: {FILE}\n    overlay: [{{path: /replicas}}]\n"
    site.commit({".seedgit.yaml": rules}, "rules")
    site("config", "seedgit.upstream", BRANCH)
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "adopt").status == 0
    assert site.read(FILE).decode() == ONE
    site("commit", "--quiet", "--all", "--message", "seeds")
    assert seedgit(site, "track", FILE, "--version", "1.1").status == 0
    assert seedgit(site, "upgrade").status == 0
    assert site.read(FILE).decode() == TWO
    assert "replicas: 3" in seedgit(site, "render", FILE).out
    assert seedgit(site, "verify").status == 0


def test_the_same_again_changes_nothing(site: Repo, shelf: Path) -> None:
    begun(site, shelf)
    refs = site("for-each-ref")
    said = seedgit(site, "-v", "track", FILE, "--version", "1.0")
    assert (said.status, site("for-each-ref")) == (0, refs)
    assert "already" in said.out and "noop: already-up-to-date" in said.err


def test_a_version_with_the_same_content_is_known_as_one(site: Repo, shelf: Path) -> None:
    begun(site, shelf)
    (shelf / "1.1" / "values.yaml").write_text(ONE)
    assert data(site, "track", FILE, "--version", "1.1")["new"]
    assert data(site, "track")[0]["version"] == "1.1"


def test_two_files_may_share_a_branch(site: Repo, shelf: Path) -> None:
    site.commit({"more.yaml": ONE}, "another")
    for name in (FILE, "more.yaml"):
        more = ("--from", source(shelf), "--version", "1.0", "--name", "chart")
        assert seedgit(site, "track", name, *more).status == 0
    assert site("ls-tree", "-r", "--name-only", "vendor/chart").split() == [FILE, "more.yaml"]
    for name in (FILE, "more.yaml"):
        assert data(site, "track", name, "--version", "1.1")["branch"] == "vendor/chart"
    site("merge", "--quiet", "--no-edit", "vendor/chart")
    assert site.read("more.yaml").decode() == TWO


def test_what_waits_on_the_branch_is_not_swallowed(site: Repo, shelf: Path) -> None:
    """The merge that joins a file would take what is not merged yet for merged."""
    site.commit({"more.yaml": ONE}, "another")
    more = ("--from", source(shelf), "--name", "chart")
    assert seedgit(site, "track", FILE, *more, "--version", "1.0").status == 0
    assert seedgit(site, "track", FILE, "--version", "1.1").status == 0
    before = site("for-each-ref")
    said = seedgit(site, "track", "more.yaml", *more, "--version", "1.0")
    assert (said.status, site("for-each-ref")) == (5, before)
    assert "git merge vendor/chart" in said.err
    site("merge", "--quiet", "--no-edit", "vendor/chart")
    assert seedgit(site, "track", "more.yaml", *more, "--version", "1.0").status == 0


def test_killed_anywhere_it_is_done_by_the_next(site: Repo, shelf: Path) -> None:
    words = ("track", FILE, "--from", source(shelf), "--version", "1.0")
    head = site("rev-parse", "HEAD")
    point, ended = 1, False
    while not ended:
        ended = not killed(lambda: seedgit(site, *words), point)
        assert seedgit(site, *words).status == 0
        assert site("merge-base", "HEAD", BRANCH) == site("rev-parse", BRANCH)
        assert site("rev-list", "--count", f"{head}..HEAD") == "2"  # the version, and the merge
        site("reset", "--quiet", "--hard", head)
        site("branch", "--quiet", "-D", BRANCH)
        point += 1
    assert point > 2


def test_in_dry_run_nothing_is_written(site: Repo, shelf: Path) -> None:
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "mode", "dry-run").status == 0
    refs = site("for-each-ref")
    said = seedgit(site, "track", FILE, "--from", source(shelf), "--version", "1.0")
    assert (said.status, site("for-each-ref")) == (0, refs)


WRONG = {
    "no file of HEAD": (("nope.yaml", "--from", "-", "--version", "1"), 2, "not committed here"),
    "no source": ((FILE, "--version", "1.0"), 2, "--from URL-or-path"),
    "no version": ((FILE, "--from", "x"), 2, "--version V"),
    "no such file": ((FILE, "--from", "x-{version}", "--version", "1"), 3, "x-1: cannot be read"),
    "no document": ((FILE, "--from", "broken", "--version", "1"), 3, "broken:2: not valid YAML"),
    "nothing": ((FILE, "--from", "empty", "--version", "1"), 3, "empty: there is nothing in it"),
    "a page": ((FILE, "--from", "page", "--version", "1"), 3, "page: is a mere text, not a file"),
    "no name": ((FILE, "--from", "other.txt", "--version", "1", "--name", ".."), 2, "not a name"),
    "no file named": (("--version", "1"), 2, "which file"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(site: Repo, what: str) -> None:
    (site.path / "broken").write_text("a: [1\n")
    (site.path / "empty").write_text("\n")
    (site.path / "page").write_text("<html><body>\n<h1>404 Not Found</h1>\n</body></html>\n")
    words, status, text = WRONG[what]
    refs = site("for-each-ref")
    said = seedgit(site, "track", *words)
    assert (said.status, site("for-each-ref")) == (status, refs), said.err
    assert text in said.err


def test_standard_input_is_not_read_unasked(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would wait for somebody to type, or take the nothing that a timer gives it."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ONE.encode())))
    assert seedgit(site, "track", FILE, "--from", "-", "--version", "1.0").status == 0
    refs = site("for-each-ref")
    said = seedgit(site, "track", FILE, "--version", "1.1")
    assert (said.status, site("for-each-ref")) == (2, refs)
    assert f"seedgit track --from - --version 1.1 {FILE}, with the file" in said.err


def test_a_detached_head_and_a_merge_under_way_are_refused(site: Repo, shelf: Path) -> None:
    site("checkout", "--quiet", "--detach")
    words = ("track", FILE, "--from", source(shelf), "--version", "1.0")
    assert "detached" in seedgit(site, *words).err
    site("checkout", "--quiet", "-")
    (site.path / ".git" / "MERGE_HEAD").write_text(site("rev-parse", "HEAD") + "\n")
    said = seedgit(site, *words)
    assert said.status == 5 and "in the middle of a merge" in said.err
    assert site("for-each-ref", "refs/heads/vendor") == ""


def test_a_relative_source_is_the_same_from_anywhere(site: Repo, shelf: Path) -> None:
    words = ("-C", "config", "track", "values.yaml", "--version")
    there = f"../../{shelf.name}/{{version}}/values.yaml"
    assert seedgit(site, *words, "1.0", "--from", there).status == 0
    assert data(site, "track")[0]["source"] == f"../{shelf.name}/{{version}}/values.yaml"
    assert seedgit(site, "track", FILE, "--version", "1.1").status == 0


def test_a_file_of_no_known_format_is_tracked_by_its_bytes(site: Repo, shelf: Path) -> None:
    (shelf / "1.0" / "other.txt").write_bytes(b"\xff\x00\r\n")
    more = ("--from", f"{shelf}/{{version}}/other.txt", "--version", "1.0")
    assert seedgit(site, "track", "other.txt", *more).status == 0
    assert site("cat-file", "-s", "vendor/other:other.txt") == "4"
