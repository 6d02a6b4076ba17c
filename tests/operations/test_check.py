"""The pre-commit hook: what it refuses, and what it lets pass."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of


@pytest.fixture
def site(repo: Repo) -> Repo:
    return site_of(package(repo), hooks=True)


def commit(site: Repo, *, ok: bool, env: dict[str, str] | None = None) -> str:
    site("add", "--all")
    return site("commit", "-m", "edit", ok=ok, env=env)


def test_a_change_of_what_the_package_owns_is_refused_with_its_place(site: Repo) -> None:
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 45")})
    said = commit(site, ok=False)
    assert f"{PATH}:3: /timeout: 30 -> 45" in said
    assert "seedgit capture" not in said  # it would move nothing
    commit(site, ok=True, env={"SEEDGIT_ALLOW": "slow network"})
    assert (
        site("log", "-1", "--format=%(trailers:key=Seed-Change,valueonly)").strip()
        == "slow network"
    )


def test_a_change_of_what_the_site_owns_passes(site: Repo) -> None:
    site.write({PATH: FLOW.replace("paused: false", "paused: true").replace("50", "1")})
    commit(site, ok=True)


def test_comments_pass_unless_strict(site: Repo) -> None:
    site.write({PATH: FLOW.replace("# A flow.", "# My flow.")})
    site("add", "--all")
    assert seedgit(site, "hook", "pre-commit").status == 0
    assert "format or comments" in seedgit(site, "hook", "pre-commit").out
    assert seedgit(site, "hook", "pre-commit", "--strict").status == 1


def test_it_reads_the_index_and_not_the_working_tree(site: Repo) -> None:
    site.write({PATH: FLOW.replace("paused: false", "paused: true")})
    site("add", "--all")
    site.write({PATH: "not: [yaml"})
    site("commit", "-m", "owned")
    assert site.read(PATH) == b"not: [yaml"


@pytest.mark.parametrize("what", ["delete", "rename", "link", "broken"])
def test_a_seed_that_goes_or_breaks_is_refused(site: Repo, what: str) -> None:
    place = site.path / PATH
    if what == "delete":
        place.unlink()
    elif what == "rename":
        place.rename(place.with_name("other.yaml"))
    elif what == "link":
        place.unlink()
        place.symlink_to("elsewhere.yaml")
    else:
        place.write_text("a: [\n")
    code = {
        "delete": "seed-deleted",
        "rename": "seed-deleted",
        "link": "seed-linked",
        "broken": "seed-unparseable",
    }
    said = commit(site, ok=False)
    assert code[what] in said
    assert what != "rename" or "renamed to flows/other.yaml" in said


def test_a_new_seed_passes_and_other_files_are_no_business_of_ours(site: Repo) -> None:
    site.write({"flows/new.yaml": "a: 1\n", "README": "x", "other.yaml": "a: [\n"})
    commit(site, ok=True)


def test_what_upstream_has_passes(repo: Repo, site: Repo) -> None:
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("fetch", "--quiet")
    site("checkout", "origin/main", "--", PATH)
    site("commit", "-m", "take it")


def test_a_merge_passes_what_either_parent_has(repo: Repo, site: Repo) -> None:
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 45")})
    commit(site, ok=True, env={"SEEDGIT_ALLOW": "slow network"})
    repo.commit({PATH: FLOW.replace("model: small", "model: large")}, "v2")
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    text = site.read(PATH).decode()
    assert "timeout: 45\nmodel: large" in text


def test_the_line_is_known_in_every_format(site: Repo) -> None:
    texts = {
        "flows/a.toml": '[a]\nx = 1\n\n[[a.b]]\nname = "n"\ny = 1\n',
        "flows/a.json": '{\n  "a": {\n    "x": 1\n  }\n}\n',
    }
    site.commit(texts)
    site.write({name: text.replace("1", "2") for name, text in texts.items()})
    said = commit(site, ok=False)
    for place in ("a.toml:2: /a/x", "a.toml:6: /a/b/0/y", "a.json:3: /a/x"):
        assert place in said
