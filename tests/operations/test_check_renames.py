"""What was allowed once stays allowed, through renames of the file and of a key."""

from __future__ import annotations

import pytest

from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, package, program_path, site_of

NEW = "flows/renamed.yaml"
ALLOW = {"SEEDGIT_ALLOW": "hotfix 812"}
RENAMES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    renames: {/timeout: /time_out, /steps/*/max_items: /steps/*/most}
"""
PLAIN = RENAMES.replace(
    "    renames: {/timeout: /time_out, /steps/*/max_items: /steps/*/most}\n", ""
)


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo, {".seedgit.yaml": PLAIN})


@pytest.fixture
@prepared
def site(upstream: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A site that changed what the package owns, and was allowed to."""
    monkeypatch.setenv("PATH", program_path())
    site = site_of(upstream, hooks=True)
    site.write({PATH: FLOW.replace("timeout: 30", "timeout: 45").replace("50", "70")})
    site("commit", "--quiet", "-am", "hotfix", ok=False)
    site("commit", "--quiet", "-am", "hotfix", env=ALLOW)
    return site


def upgrade(site: Repo, *, ok: bool = True) -> str:
    return site("pull", "--no-rebase", "--no-edit", "origin", "main", ok=ok)


def test_a_renamed_file(upstream: Repo, site: Repo) -> None:
    upstream("mv", PATH, NEW)
    upstream.commit({NEW: FLOW.replace("model: small", "model: large")}, "v2")
    upgrade(site)
    text = site.read(NEW).decode()
    assert "timeout: 45" in text and "max_items: 70" in text and "model: large" in text
    assert data(site, "verify")["ok"]


def test_a_file_that_the_site_renamed(upstream: Repo, site: Repo) -> None:
    site("mv", PATH, NEW)
    site("commit", "--quiet", "-m", "ours", env=ALLOW)
    upstream.commit({PATH: FLOW.replace("model: small", "model: large")}, "v2")
    upgrade(site)
    assert "model: large" in site.read(NEW).decode()


def test_a_renamed_key(upstream: Repo, site: Repo) -> None:
    new = FLOW.replace("timeout", "time_out").replace("max_items", "most")
    upstream.commit({PATH: new, ".seedgit.yaml": RENAMES}, "v2")
    upgrade(site)
    text = site.read(PATH).decode()
    assert "time_out: 45" in text and "most: 70" in text
    assert data(site, "verify")["ok"]


def test_a_renamed_file_with_a_renamed_key(upstream: Repo, site: Repo) -> None:
    upstream("mv", PATH, NEW)
    new = FLOW.replace("timeout", "time_out").replace("max_items", "most")
    upstream.commit({NEW: new, ".seedgit.yaml": RENAMES}, "v2")
    upgrade(site)
    text = site.read(NEW).decode()
    assert "time_out: 45" in text and "most: 70" in text


def test_a_look_alike_of_upstream_s_does_not_stand_in_the_way(upstream: Repo, site: Repo) -> None:
    upstream("mv", PATH, NEW)
    other = site.read(PATH).decode().replace("wiki", "wiki-2")
    upstream.commit({NEW: FLOW.replace("small", "large"), "flows/other.yaml": other}, "v2")
    upgrade(site)
    assert "timeout: 45" in site.read(NEW).decode()


@pytest.mark.parametrize("what", ["file", "key"])
def test_what_nobody_allowed_is_refused_still(upstream: Repo, site: Repo, what: str) -> None:
    if what == "file":
        upstream("mv", PATH, NEW)
        upstream.commit({NEW: FLOW, "README": "theirs\n"}, "v2")
    else:
        new = FLOW.replace("timeout", "time_out").replace("max_items", "most")
        upstream.commit({PATH: new, ".seedgit.yaml": RENAMES, "README": "theirs\n"}, "v2")
    site.write({"README": "ours\n"})
    site("add", "--all")
    site("commit", "--quiet", "-m", "ours")
    upgrade(site, ok=False)
    name = NEW if what == "file" else PATH
    place = "max_items: 70" if what == "file" else "most: 70"
    assert place in site.read(name).decode()
    site.write({name: site.read(name).decode().replace("70", "71"), "README": "both\n"})
    site("add", "--all")
    said = site("commit", "--no-edit", ok=False)
    assert "/steps/0/" in said and "71" in said
    assert "45" not in said
