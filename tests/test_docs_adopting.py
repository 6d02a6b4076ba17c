"""docs/adopting-mixed-files.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.pages import check_session
from tests.site import FLOW, PATH

EMPTY = "version: 1\nseeds: []\n"


def mixed_branch(upstream: Repo) -> Repo:
    """A site that has worked on its branch: a pause and modes, on and off, and one edit."""
    upstream.commit({".seedgit.yaml": EMPTY, PATH: FLOW}, "wiki: v1")
    site = upstream.clone("site")
    paused = FLOW.replace("paused: false", "paused: true")
    for text, message in (
        (paused, "pause"),
        (FLOW, "go on"),
        (paused.replace("mode: live", "mode: drain", 1), "pause, and drain"),
        (paused.replace("mode: live", "mode: drain"), "drain all"),
    ):
        site.commit({PATH: text}, message)
    text = site.read(PATH).decode().replace("timeout: 30", "timeout: 45")
    site.commit({PATH: text}, "slow network")
    site("config", "seedgit.overlay", "local")
    return site


@pytest.mark.usefixtures("sealed_world")
def test_the_page_is_a_session_that_runs(repo: Repo) -> None:
    check_session(mixed_branch(repo), "adopting-mixed-files.md")
