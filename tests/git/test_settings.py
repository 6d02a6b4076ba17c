from __future__ import annotations

import pytest

from seedgit.errors import InputError, RepositoryError
from seedgit.git import settings
from seedgit.git.settings import Chosen
from seedgit.git.upstream import likely
from seedgit.mode import MODES
from tests.conftest import Repo


class TestOverlays:
    def test_default(self, repo: Repo) -> None:
        assert settings.overlays(repo.open()) == [Chosen("local", "default")]

    def test_in_order(self, repo: Repo) -> None:
        for name in ("region", "site", "region"):
            repo("config", "--add", "seedgit.overlay", name)
        assert [c.value for c in settings.overlays(repo.open())] == ["site", "region"]

    def test_an_empty_value_forgets_the_ones_before(self, repo: Repo) -> None:
        repo("config", "--global", "seedgit.overlay", "everywhere")
        repo("config", "--add", "seedgit.overlay", "")
        assert [c.value for c in settings.overlays(repo.open())] == ["local"]
        repo("config", "--add", "seedgit.overlay", "site")
        (chosen,) = settings.overlays(repo.open())
        assert chosen.value == "site"
        assert chosen.origin.endswith("config")

    @pytest.mark.parametrize("name", ["a b", "-x", "a..b"])
    def test_no_name(self, repo: Repo, name: str) -> None:
        repo("config", "--add", "seedgit.overlay", name)
        with pytest.raises(InputError, match=r"seedgit\.overlay: not a name") as caught:
            settings.overlays(repo.open())
        assert caught.value.where.endswith("config")


class TestUpstream:
    def test_none(self, repo: Repo) -> None:
        repo.commit()
        assert settings.upstream(repo.open()) is None

    def test_the_branch_s_own(self, repo: Repo) -> None:
        repo.commit()
        found = settings.upstream(repo.clone("clone").open())
        assert found == Chosen("refs/remotes/origin/main", "default")

    def test_configured(self, repo: Repo) -> None:
        repo.commit()
        clone = repo.clone("clone")
        clone("remote", "add", "-f", "upstream", str(repo.path))
        clone("config", "seedgit.upstream", "upstream/main")
        found = settings.upstream(clone.open())
        assert found is not None
        assert found.value == "upstream/main"
        assert found.origin.endswith("config")

    def test_in_a_fork_the_remote_named_upstream_comes_first(self, repo: Repo) -> None:
        repo.commit()
        site = repo.clone("fork").clone("site")
        site("remote", "add", "upstream", str(repo.path))
        assert settings.upstream(site.open()) == Chosen("refs/remotes/origin/main", "default")
        found = likely(site.open())
        assert found and "git fetch upstream" in found.why
        site("fetch", "--quiet", "upstream")
        assert settings.upstream(site.open()) == Chosen("refs/remotes/upstream/main", "default")
        found = likely(site.open())
        assert found and "before origin/main, which the branch follows" in found.why

    def test_which_branch_of_it(self, repo: Repo) -> None:
        repo.commit()
        for name in ("v2", "develop", "other"):
            repo("branch", name)
        fork = repo.clone("fork")
        fork("branch", "v2", "origin/v2")
        site = fork.clone("site")
        site("remote", "add", "upstream", str(repo.path))
        site("fetch", "--quiet", "upstream")

        def chosen() -> str | None:
            found = settings.upstream(site.open())
            return found and found.value.removeprefix("refs/remotes/")

        site("checkout", "--quiet", "-b", "local", "origin/v2")
        assert chosen() == "upstream/v2"
        site("checkout", "--quiet", "--no-track", "-b", "other")
        assert chosen() == "upstream/other"
        site("checkout", "--quiet", "-b", "none")
        assert chosen() == "upstream/main"
        site("remote", "set-head", "upstream", "develop")
        assert chosen() == "upstream/develop"
        site("branch", "--set-upstream-to", "upstream/v2")
        assert chosen() == "upstream/v2"
        site("remote", "remove", "upstream")
        assert chosen() is None
        site("checkout", "--quiet", "--detach")
        assert chosen() is None

    def test_configured_but_not_there(self, repo: Repo) -> None:
        repo.commit()
        repo("config", "seedgit.upstream", "upstream/main")
        with pytest.raises(RepositoryError, match="does not exist") as caught:
            settings.upstream(repo.open())
        assert "fetch" in caught.value.hint


class TestMode:
    def test_the_default_is_live_where_it_is_installed(self, repo: Repo) -> None:
        found = settings.mode(repo.open())
        assert (found.value, found.origin) == ("off", "default")
        repo("config", "merge.seedgit.driver", "true")
        assert settings.mode(repo.open()).value == "live"

    @pytest.mark.parametrize("mode", MODES)
    def test_configured(self, repo: Repo, mode: str) -> None:
        repo("config", "seedgit.mode", mode)
        found = settings.mode(repo.open())
        assert found.value == mode
        assert found.origin.endswith("config")
        assert not found.warnings

    def test_environment_worktree_repository_user(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo("config", "--global", "seedgit.mode", "off")
        assert settings.mode(repo.open()).value == "off"
        repo("config", "seedgit.mode", "live")
        assert settings.mode(repo.open()).value == "live"
        repo("config", "extensions.worktreeConfig", "true")
        repo("config", "--worktree", "seedgit.mode", "dry-run")
        assert settings.mode(repo.open()).value == "dry-run"
        monkeypatch.setenv("SEEDGIT_MODE", "live")
        found = settings.mode(repo.open())
        assert (found.value, found.origin) == ("live", "SEEDGIT_MODE")
        assert len(found.warnings) == 2
        monkeypatch.setenv("SEEDGIT_MODE", "")
        assert settings.mode(repo.open()).value == "dry-run"

    def test_of_two_values_in_one_place_the_safer_counts(self, repo: Repo) -> None:
        repo("config", "seedgit.mode", "dry-run")
        repo("config", "--add", "seedgit.mode", "live")
        found = settings.mode(repo.open())
        assert found.value == "dry-run"
        assert "both dry-run and live" in found.warnings[0]

    def test_what_is_no_mode_counts_as_off(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo("config", "seedgit.mode", "on")
        found = settings.mode(repo.open())
        assert found.value == "off"
        assert "'on'" in found.warnings[0]
        monkeypatch.setenv("SEEDGIT_MODE", "LIVE")
        assert settings.mode(repo.open()).value == "off"
