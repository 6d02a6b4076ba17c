"""An overlay has a name that git takes for a ref."""

from __future__ import annotations

import pytest

from seedgit.errors import UsageError
from seedgit.git.overlay_names import COPIES, overlay_ref


@pytest.mark.parametrize("name", ["local", "site-1", "team/site", "über"])
def test_a_name_that_git_takes(name: str) -> None:
    assert overlay_ref(name) == f"refs/seedgit/overlays/{name}"
    assert overlay_ref(f"origin/{name}", COPIES) == f"refs/seedgit/remotes/origin/{name}"


@pytest.mark.parametrize("name", ["", "-x", "a b", "a..b", "a.lock", "a/", "\x1b[2J", "a~1", "@{"])
def test_a_name_that_git_refuses(name: str) -> None:
    with pytest.raises(UsageError, match="not a name for an overlay") as caught:
        overlay_ref(name)
    assert "\x1b" not in str(caught.value)
