"""A browser, for tests of pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import browser


@pytest.fixture
def window() -> Iterator[browser.Browser]:
    program = browser.find()
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(browser.NAMES)} is on PATH")
    with browser.browser(program) as opened:
        yield opened
