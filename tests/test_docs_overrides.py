"""docs/overrides.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

from tests.conftest import Repo
from tests.pages import check_session
from tests.site import FLOW, PATH, package, site_of


def test_the_overrides_page_is_a_session_that_runs(repo: Repo) -> None:
    site = site_of(package(repo))
    new = FLOW.replace("max_items: 50", "max_items: 80").replace("paused: false", "paused: true")
    repo.commit({PATH: new.replace("  - id: rank\n    mode: live\n", "")}, "wiki: v2")
    repo("tag", "v2")
    check_session(site, "overrides.md")
