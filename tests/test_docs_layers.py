"""docs/layers.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

from collections.abc import Callable

from tests.conftest import Repo
from tests.pages import check_session
from tests.site import PATH, override, package, seedgit, site_of


def test_the_layers_page_is_a_session_that_runs(repo: Repo, make_repo: Callable[..., Repo]) -> None:
    hub = make_repo("hub", "--bare")
    office = site_of(package(repo))
    office("remote", "set-url", "origin", f"file://{hub.path}")
    office("config", "seedgit.overlay", "fleet")
    override(office, "/paused", "true", "--why", "all sites")
    override(office, "/limit", "9", "--why", "all sites")
    office("push", "-q", "origin", "HEAD:main")
    assert seedgit(office, "push").status == 0
    site = hub.clone("berlin")
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "layer", "add", "fleet", "--from", "origin").status == 0
    assert PATH in site("ls-files")
    check_session(site, "layers.md")
