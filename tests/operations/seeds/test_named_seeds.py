from __future__ import annotations

import pytest

from seedgit.errors import Refused, SeedgitError
from seedgit.operations.seeds.named_seeds import seed_paths
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, PATH, SEEDS, package, site_of


@pytest.fixture
def site(repo: Repo) -> Repo:
    return site_of(package(repo, {**SEEDS, "flows/[odd].yaml": FLOW}))


def named(site: Repo, *names: str, below: str = "") -> list[str]:
    return seed_paths(Workspace.open(str(site.path / below)), names)


def test_files_and_patterns_each_once(site: Repo) -> None:
    assert named(site, PATH, "flows/*.yaml") == [PATH, "flows/[odd].yaml"]
    assert named(site, "*.toml", below="flows") == ["flows/one.toml"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(site: Repo) -> None:
    assert named(site, "flows/[odd].yaml") == ["flows/[odd].yaml"]


@pytest.mark.parametrize("name", ["flows/*.ini", "other/**", "*.md"])
def test_a_pattern_that_matches_no_seed(site: Repo, name: str) -> None:
    with pytest.raises(SeedgitError, match="matches no seed that git tracks"):
        named(site, name)


def test_a_pattern_names_the_first_file_in_conflict(repo: Repo, site: Repo) -> None:
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 31")})
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 32")})
    site("pull", "--quiet", "--no-rebase", ok=False)
    with pytest.raises(Refused, match="is in conflict"):
        named(site, "flows/*.yaml")
