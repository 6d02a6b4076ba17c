from __future__ import annotations

import pytest

from seedgit.errors import InputError, Refused
from seedgit.git.layer_settings import (
    LayerSettings,
    check_condition,
    layer_settings,
    refuse_read_only,
    unmet,
)
from tests.conftest import Repo


def test_a_layer_without_settings(repo: Repo) -> None:
    assert layer_settings(repo.open(), "site") == LayerSettings()
    refuse_read_only(repo.open(), "site")


def test_settings_are_a_layers_own(repo: Repo) -> None:
    repo("config", "seedgit-layer.fleet.remote", "origin")
    repo("config", "--add", "seedgit-layer.Fleet.when", "host=a")
    repo("config", "--add", "seedgit-layer.Fleet.when", "env=SITE")
    assert layer_settings(repo.open(), "fleet") == LayerSettings("origin")
    assert layer_settings(repo.open(), "Fleet") == LayerSettings("", ("host=a", "env=SITE"))
    with pytest.raises(Refused, match="read-only here: it is what origin has"):
        refuse_read_only(repo.open(), "fleet")


def test_a_bad_condition_names_the_file(repo: Repo) -> None:
    repo("config", "seedgit-layer.fleet.when", "weekday=monday")
    with pytest.raises(InputError, match="not a condition: 'weekday=monday'") as caught:
        layer_settings(repo.open(), "fleet")
    assert caught.value.where.endswith("config")


@pytest.mark.parametrize("text", ["", "host", "host=", "=x", "Host=x"])
def test_no_condition(text: str) -> None:
    with pytest.raises(InputError):
        check_condition(text)


def test_the_first_condition_that_does_not_hold_is_told(repo: Repo) -> None:
    there = {"SITE": "berlin", "EMPTY": ""}
    for text in ("env=SITE", "env=SITE=berlin", "env=SITE=b*", "env=EMPTY", "env=EMPTY=", "host=*"):
        assert unmet(repo.open(), [text], there) == ""
    for text in ("env=NONE", "env=SITE=paris", "env=EMPTY=x", "branch=other"):
        assert unmet(repo.open(), ["host=*", text, "env=ALSO"], there) == text


def test_a_branch_is_named_as_git_shows_it(repo: Repo) -> None:
    repo.commit({"x": "y"})
    repo("checkout", "-q", "-b", "release/7")
    assert unmet(repo.open(), ["branch=release/*"]) == ""
    repo("checkout", "-q", "--detach")
    assert unmet(repo.open(), ["branch=*"]) == ""
    assert unmet(repo.open(), ["branch=?*"]) == "branch=?*"
