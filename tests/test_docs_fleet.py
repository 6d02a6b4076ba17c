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
    site("update-ref", "refs/seedgit/overlays/berlin-1", "refs/seedgit/overlays/local")
    upstream.commit({PATH: FLOW.replace("50", "80")}, "v2")
    site("fetch", "--quiet")
    commands = pages.commands(pages.page("fleet.md"))
    assert len(commands) == 10
    said = [pages.typed(site, command).out for command in commands]
    told = f"sites: {PATH} /steps/[id=fetch]/max_items moved-under\n      "
    assert f"3 of 3 {told}berlin-1, local, origin/oslo" in said[1]
    assert "a person is needed" in said[4]
    assert f"1 of 1 site: {PATH}" in said[5]
    assert "100%" in said[6]
    assert site("status", "--porcelain").split() == ["??", "plan.html"]
