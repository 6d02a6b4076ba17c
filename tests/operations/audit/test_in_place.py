"""What doctor says of a live tree in place."""

from __future__ import annotations

import pytest

from seedgit import codes
from tests.conftest import Repo
from tests.operations.audit.examined import (
    fix,
    of,
    provokes,
    wrong,
)
from tests.site import PATH, seedgit


@pytest.fixture
def owner(site: Repo) -> Repo:
    """A site whose working tree is live, with one override."""
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    assert wrong(site) == set()
    return site


@provokes(codes.FILTER_MISSING)
@pytest.mark.parametrize("broken", ["process", "required", "attributes"])
def test_a_filter_that_is_missing(owner: Repo, broken: str) -> None:
    attributes = owner.path / ".git" / "info" / "attributes"
    if broken == "attributes":
        lines = attributes.read_text().splitlines(keepends=True)
        attributes.write_text("".join(line for line in lines if "filter=" not in line))
    else:
        owner("config", "--unset", f"filter.seedgit.{broken}")
    assert "git would commit effective values" in of(owner, codes.FILTER_MISSING).detail
    assert fix(owner) == {"filter": "updated"}
    assert wrong(owner) == set()
    assert owner("status", "--porcelain") == ""
    assert "paused: true" in (owner.path / PATH).read_text()


@provokes(codes.FILTER_UNUSED)
def test_a_filter_that_nothing_needs(owner: Repo) -> None:
    attributes = owner.path / ".git" / "info" / "attributes"
    before = attributes.read_text()
    assert seedgit(owner, "live", "--undo", "--in-place").status == 0
    attributes.write_text(before)
    owner("config", "filter.seedgit.process", "false")
    assert codes.FILTER_UNUSED in wrong(owner)
    assert fix(owner) == {"filter": "removed"}
    assert wrong(owner) == set()
    assert "filter" not in attributes.read_text()


@provokes(codes.SPOOL_WAITING)
def test_a_spool_that_nobody_drains(owner: Repo) -> None:
    file = owner.path / PATH
    file.write_text(file.read_text().replace("paused: true", "paused: null"))
    owner("diff")
    [entry] = (owner.path / ".git" / "seedgit" / "spool").iterdir()
    assert wrong(owner) == set()
    entry.rename(entry.with_name("00" + entry.name[2:]))  # long ago
    assert PATH in of(owner, codes.SPOOL_WAITING).detail
    fix(owner)
    assert wrong(owner) == set()
    assert "null" in seedgit(owner, "status", "--overlay").out
