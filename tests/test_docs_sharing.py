"""docs/sharing.md is a session: its commands run, and print what the page says."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.conftest import Repo
from tests.pages import check_session
from tests.site import PATH, override, package, seedgit, site_of

DONE, ATTENTION, REFUSED = 0, 1, 5


class Machine:
    def __init__(self, nodename: str) -> None:
        self.nodename = nodename


@pytest.fixture
def bob(repo: Repo, make_repo: Callable[..., Repo], monkeypatch: pytest.MonkeyPatch) -> Repo:
    """One of three clones of a package with one remote for overlays."""
    hub = make_repo("hub", "--bare")
    first = site_of(package(repo))
    first("push", "--quiet", f"file://{hub.path}", "HEAD:main")
    clones = {}
    for name in ("ann", "bob", "eve"):
        clone = clones[name] = hub.clone(name)
        clone("config", "user.name", name.capitalize())
        assert seedgit(clone, "init", "--overlay", "berlin").status == 0
    for name, pointer, value in (("ann", "/paused", "true"), ("eve", "/steps/0/mode", "drain")):
        monkeypatch.setattr(os, "uname", lambda name=name: Machine(f"{name}-laptop"))
        override(clones[name], pointer, value, "--why", "burn-in")
    assert seedgit(clones["ann"], "push").status == 0
    assert PATH in clones["bob"]("ls-files")
    return clones["bob"]


def test_the_sharing_page_is_a_session_that_runs(bob: Repo) -> None:
    check_session(bob, "sharing.md", (DONE, ATTENTION, REFUSED))
