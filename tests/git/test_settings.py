from __future__ import annotations

import pytest

from seedgit.errors import InputError, RepositoryError
from seedgit.git import settings
from seedgit.git.settings import Chosen
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

    def test_configured_but_not_there(self, repo: Repo) -> None:
        repo.commit()
        repo("config", "seedgit.upstream", "upstream/main")
        with pytest.raises(RepositoryError, match="does not exist") as caught:
            settings.upstream(repo.open())
        assert "fetch" in caught.value.hint


class TestMode:
    def test_default(self, repo: Repo) -> None:
        assert settings.mode(repo.open()) == Chosen("live", "default")

    @pytest.mark.parametrize("mode", settings.MODES)
    def test_configured(self, repo: Repo, mode: str) -> None:
        repo("config", "seedgit.mode", mode)
        found = settings.mode(repo.open())
        assert found.value == mode
        assert found.origin.endswith("config")

    def test_the_environment_counts_more(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo("config", "seedgit.mode", "live")
        monkeypatch.setenv("SEEDGIT_MODE", "off")
        assert settings.mode(repo.open()) == Chosen("off", "SEEDGIT_MODE")
        monkeypatch.setenv("SEEDGIT_MODE", "")
        assert settings.mode(repo.open()).value == "live"

    def test_what_is_no_mode(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        repo("config", "seedgit.mode", "on")
        with pytest.raises(InputError, match="'on', not off or dry-run or live"):
            settings.mode(repo.open())
        monkeypatch.setenv("SEEDGIT_MODE", "LIVE")
        with pytest.raises(InputError, match="SEEDGIT_MODE is 'LIVE', not off, dry-run or live"):
            settings.mode(repo.open())
