"""The commands of docs/fleet.md run, in their order, and change nothing."""

from __future__ import annotations

from tests import pages
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of


def test_the_commands_of_the_page(repo: Repo) -> None:
    upstream = package(repo)
    site = site_of(upstream)
    seedgit(site, "set", PATH, "/steps/0/max_items", "1")
    site("push", "--quiet", "origin", "refs/seedgit/overlays/local:refs/seedgit/overlays/oslo")
    upstream.commit({PATH: FLOW.replace("50", "80")}, "v2")
    site("fetch", "--quiet")
    commands = pages.commands(pages.page("fleet.md"))
    assert len(commands) == 9
    said = [pages.typed(site, command).out for command in commands]
    told = f"2 of 2 sites: {PATH} /steps/[id=fetch]/max_items moved-under\n      local, origin/oslo"
    assert told in said[1]
    assert "a person is needed" in said[4]
    assert "100%" in said[5]
    assert site("status", "--porcelain").split() == ["??", "plan.html"]
