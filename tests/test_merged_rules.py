"""The rules of a merge are the merged rules: what upstream ships with a rename counts for it."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from seedgit.errors import InputError
from seedgit.merged_rules import CONFLICT, DELETED, IRREGULAR, RulesFile, merged_rules, parsed
from tests.built import prepared
from tests.conftest import Repo
from tests.site import data, package, seedgit, site_of

PATH = "flows/one.yaml"
SEED = """\
name: one
old:
  a: 1
  b: 2
  c: 3
timeout: 30
"""
NEW = SEED.replace("old:\n", "new:\n").replace("  b: 2\n", "  b: 5\n")
OURS = SEED.replace("  a: 1\n", "  a: 9\n")
BOTH = NEW.replace("  a: 1\n", "  a: 9\n")
RULES = """\
version: 1
seeds:
  - files: "flows/*.yaml"
    overlay:
      - path: /paused
      - path: /old/a
      - path: /new/a
"""
RENAMES = RULES + "    renames: {/old: /new}\n"


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo, {".seedgit.yaml": RULES, PATH: SEED, "flows/wiki.yaml": "a: 1\n"})


@pytest.fixture
@prepared
def site(upstream: Repo) -> Repo:
    """A site that changed a value below the key that upstream is going to rename."""
    site = site_of(upstream)
    site.commit({PATH: OURS}, "ours")
    return site


def merged(site: Repo, *, ok: bool = True) -> str:
    """What git says of the merge with upstream, on both its streams."""
    site("fetch", "--quiet")
    run = subprocess.run(
        ["git", "merge", "--no-edit", "origin/main"],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode == 0) == ok, run.stdout + run.stderr
    return run.stdout + run.stderr


def last_row(site: Repo) -> dict[str, Any]:
    rows = [row for row in data(site, "journal") if row["path"] == PATH]
    return rows[0]


def test_a_rename_and_its_rule_in_one_commit(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: NEW, ".seedgit.yaml": RENAMES}, "v2")
    site("fetch", "--quiet")
    made = data(site, "plan", "origin/main")
    assert not made["needs_approval"]
    said = merged(site)
    assert "seedgit:" not in said
    assert site.read(PATH).decode() == BOTH
    assert made["seeds"][0]["blob"] == site("rev-parse", f"HEAD:{PATH}")
    assert last_row(site)["reason"] is None
    assert data(site, "verify")["ok"]


def test_both_sides_changed_the_rules(upstream: Repo, site: Repo) -> None:
    site.commit({".seedgit.yaml": RULES.replace("version: 1", "version: 1\npolicy: burn-in-safe")})
    upstream.commit({PATH: NEW, ".seedgit.yaml": RENAMES}, "v2")
    site("fetch", "--quiet")
    assert not data(site, "plan", "origin/main")["needs_approval"]
    merged(site)
    assert site.read(PATH).decode() == BOTH
    assert not list(site.path.glob(".merge_file_*"))


def test_rules_that_conflict_are_ours_and_that_is_said(upstream: Repo, site: Repo) -> None:
    other = RULES + "    renames: {/old: /other}\n"
    site.commit({".seedgit.yaml": other}, "ours")
    upstream.commit({PATH: NEW, ".seedgit.yaml": RENAMES}, "v2")
    site("fetch", "--quiet")
    notes = [d for d in data(site, "plan", "origin/main")["needs_approval"] if not d["pointer"]]
    assert "those of HEAD count" in str(notes)
    said = merged(site, ok=False)
    assert f"seedgit: {PATH}: rules: ours: {CONFLICT}" in said
    assert last_row(site)["reason"] == "rules: ours"
    # In the meantime every command goes on with ours.
    (problem,) = data(site, "status")["problems"]
    assert ".seedgit.yaml" in problem and "our side's rules count" in problem
    assert seedgit(site, "pending").status == 0


def test_rules_that_cover_their_own_file_merge_as_git_merges_them(repo: Repo) -> None:
    rules = "version: 1\nseeds:\n  - files: ['**/*.yaml']\n    overlay: [/paused]\n"
    upstream = package(repo, {".seedgit.yaml": rules, PATH: SEED})
    site = site_of(upstream)
    # The next lines of one file: git alone has a conflict there, and asks the driver.
    site.commit({PATH: OURS, ".seedgit.yaml": rules.replace("[/paused]", "[/paused, /old/a]")})
    upstream.commit({PATH: NEW, ".seedgit.yaml": rules + "    renames: {/old: /new}\n"}, "v2")
    site("fetch", "--quiet")
    assert not data(site, "plan", "origin/main")["needs_approval"]
    assert "rules: ours" not in merged(site)
    assert site.read(PATH).decode() == BOTH
    assert "[/paused, /old/a]\n    renames: " in site.read(".seedgit.yaml").decode()
    assert data(site, "verify")["ok"]


@pytest.mark.parametrize("what", ["broken", "large", "link", "deleted"])
def test_rules_that_cannot_be_read_are_not(upstream: Repo, site: Repo, what: str) -> None:
    site.commit({".seedgit.yaml": "# ours\n" + RENAMES}, "ours")
    place = upstream.path / ".seedgit.yaml"
    place.unlink()
    if what == "link":
        place.symlink_to("/dev/zero")
    elif what != "deleted":
        place.write_text("[" * 50 if what == "broken" else RULES + "# x\n" * 300_000)
    upstream.commit({PATH: NEW}, "v2")
    said = merged(site, ok=False)  # the rules themselves conflict
    assert f"seedgit: {PATH}: rules: ours: " in said
    assert site.read(PATH).decode() == BOTH


def test_rules_of_upstream_that_do_not_parse_leave_ours(upstream: Repo, site: Repo) -> None:
    new = SEED.replace("a: 1\n", "a: 9 # nine\n")
    upstream.commit({PATH: new, ".seedgit.yaml": "version: 1\nseds: []\n"})
    said = merged(site)
    assert "rules: ours: the merged rules: .seedgit.yaml:2" in said
    assert "# nine" in site.read(PATH).decode()


def test_rules_that_come_first_with_the_merge(repo: Repo) -> None:
    repo.commit({PATH: SEED, ".gitattributes": "flows/* merge=seedgit\n"}, "v1")
    site = repo.clone("site")
    site.commit({PATH: OURS}, "ours")
    assert seedgit(site, "init").status == 0
    (site.path / ".seedgit.yaml").unlink()
    repo.commit({PATH: NEW, ".seedgit.yaml": RENAMES}, "v2")
    merged(site)
    assert site.read(PATH).decode() == BOTH


def test_where_theirs_are_ours_nothing_more_is_asked(
    upstream: Repo, site: Repo, tmp_path: Any
) -> None:
    """The hot path: for the rules, one question more to git, and none of the objects."""
    upstream.commit({PATH: NEW}, "v2")
    site("fetch", "--quiet")
    trace = tmp_path / "trace"
    site("merge", "--no-edit", "origin/main", env={"GIT_TRACE": str(trace)}, ok=False)
    asked = [line for line in trace.read_text().splitlines() if "built-in: git" in line]
    assert sum("diff-tree" in line for line in asked) == 1
    assert not [line for line in asked if "cat-file" in line]


V = RulesFile


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        (V(b"a"), V(b"a"), V(b"b"), (b"b", "")),
        (V(b"a"), V(b"b"), V(b"a"), (b"b", "")),
        (V(b"a"), V(b"b"), V(b"b"), (b"b", "")),
        (V(b"a"), V(b"b"), V(b"c"), (b"b", CONFLICT)),
        (V(b"a"), V(b"b"), V(b"d"), (b"m", "")),
        (V(None), V(None), V(b"b"), (b"b", "")),
        (V(b"a"), V(b"a"), V(None), (None, "")),
        (V(b"a"), V(b"b"), V(None), (b"b", DELETED)),
        (V(b"a"), V(None), V(b"b"), (None, DELETED)),
        (V(b"a"), V(b"a"), V(b"b", usable=False), (b"a", IRREGULAR)),
    ],
)
def test_the_merge_of_rules(base: V, ours: V, theirs: V, expected: tuple[Any, str]) -> None:
    made = merged_rules(base, ours, theirs, lambda b, o, t: b"m" if t == b"d" else None)
    assert made == expected


def test_broken_rules_of_ours_are_an_error_as_ever() -> None:
    with pytest.raises(InputError):
        parsed(b"[", b"[", "rules")
    rules, why = parsed(b"[", b"version: 1\n", "rules")
    assert rules is not None and "rules:2" in why
    assert parsed(b"[", None, "rules")[0] is None
