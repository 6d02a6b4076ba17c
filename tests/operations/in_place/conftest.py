"""A site whose working tree is live."""

from __future__ import annotations

import shutil

import pytest

from seedgit.operations.in_place.content import LiveContent
from tests.built import prepared
from tests.conftest import Repo
from tests.operations.in_place.here import opened
from tests.operations.test_busy import COUNTING
from tests.site import PATH, package, seedgit, site_of


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    """It has one override; nothing is known of its files yet."""
    site = site_of(package(repo, COUNTING))
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    shutil.rmtree(site.path / ".git" / "seedgit" / "live")  # it belongs to the place of the copy
    return site


@pytest.fixture
def content(site: Repo) -> LiveContent:
    return opened(site)
