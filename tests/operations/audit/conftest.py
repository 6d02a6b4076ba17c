"""The clone that the tests of doctor examine."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.site import site_of


@pytest.fixture
def site(upstream: Repo) -> Repo:
    return site_of(upstream, hooks=True)
