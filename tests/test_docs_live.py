"""docs/live.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import re

import pytest

from tests import pages
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, site_of


def test_the_live_page_is_a_session_that_runs(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_of(package(repo))
    app = site.path.parent / "app"
    masked = pages._masked

    def here(line: str) -> str:
        line = line.replace(str(app), "/srv/app")
        return re.sub(r"written at run time(, seen [^)]*)?", "written at run time", masked(line))

    monkeypatch.setattr(pages, "_masked", here)
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "wiki: v2")
    pages.check_session(site, "live.md")
