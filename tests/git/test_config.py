from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.errors import InputError, RepositoryError
from seedgit.git.config import WORKTREE
from tests.conftest import Repo


def test_every_value_in_order_with_its_origin(repo: Repo, tmp_path: Path) -> None:
    repo("config", "--global", "seedgit.overlay", "site")
    repo("config", "--add", "seedgit.overlay", "local")
    found = repo.open().config.all("seedgit.overlay")
    assert [(s.value, s.scope) for s in found] == [("site", "global"), ("local", "local")]
    assert found[0].origin == f"file:{tmp_path / 'home' / 'gitconfig'}"
    assert repo.open().config.get("seedgit.overlay") == "local"
    assert repo.open().config.get("seedgit.nothing") is None


def test_includes_and_the_environment(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more").write_text("[seedgit]\n\tmode = off\n\tupstream = x/y\n")
    repo("config", f"includeIf.gitdir:{repo.path}/.path", str(tmp_path / "more"))
    assert repo.open().config.get("seedgit.mode") == "off"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "seedgit.mode")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "live")
    assert repo.open().config.get("seedgit.mode") == "live"
    assert repo.open().config.get("seedgit.upstream") == "x/y"


def test_case_counts_in_the_subsection_only(repo: Repo) -> None:
    repo("config", "Merge.SeedGit.Driver", "x\ny")
    config = repo.open().config
    assert config.get("merge.SeedGit.driver") == "x\ny"
    assert config.get("MERGE.SeedGit.DRIVER") == "x\ny"
    assert config.get("merge.seedgit.driver") is None


def test_booleans(repo: Repo) -> None:
    place = repo.path / ".git" / "config"
    spelled = "\tt1\n\tt2 = yes\n\tt3 = ON\n\tt4 = 1\n\tf1 =\n\tf2 = no\n\tf3 = Off\n\tf4 = 0\n"
    place.write_text(place.read_text() + f"[x]\n{spelled}\tbad = perhaps\n")
    config = repo.open().config
    assert all(config.boolean(f"x.t{n}", default=False) for n in range(1, 5))
    assert not any(config.boolean(f"x.f{n}", default=True) for n in range(1, 5))
    assert config.boolean("x.nothing", default=True)
    with pytest.raises(InputError, match="'perhaps', not true or false") as caught:
        config.boolean("x.bad", default=True)
    assert caught.value.where.endswith("config")


def test_changes(repo: Repo) -> None:
    config = repo.open().config
    config.set("seedgit.overlay", "a")
    config.add("seedgit.overlay", "b")
    assert [s.value for s in config.all("seedgit.overlay")] == ["a", "b"]
    config.set("seedgit.overlay", "c\n-d")
    assert repo("config", "--get-all", "seedgit.overlay") == "c\n-d"
    config.unset("seedgit.overlay")
    config.unset("seedgit.overlay")
    assert config.get("seedgit.overlay") is None
    config.set("merge.seedgit.driver", "x")
    config.remove_section("merge.seedgit")
    config.remove_section("merge.seedgit")
    assert config.get("merge.seedgit.driver") is None
    with pytest.raises(RepositoryError):
        config.set("no-section", "x")


def test_a_section_elsewhere_is_not_removed_here(repo: Repo) -> None:
    repo("config", "--global", "merge.seedgit.driver", "x")
    repo.open().config.remove_section("merge.seedgit")
    assert repo.open().config.get("merge.seedgit.driver") == "x"


def test_a_section_is_not_one_whose_name_goes_on(repo: Repo) -> None:
    """`[live "/srv/app.d"]`: its keys begin as those of `[live "/srv/app"]` would."""
    config = repo.open().config
    config.add("live./srv/app.d.pattern", "*")
    config.remove_section("live./srv/app")
    config.add("live./srv/app.pattern", "*")
    config.remove_section("live./srv/app")
    assert repo("config", "--get-regexp", "^live") == "live./srv/app.d.pattern *"


def test_a_worktree_of_its_own(repo: Repo) -> None:
    repo.commit()
    side = repo.worktree("side", "-b", "side")
    repo.open().config.set("seedgit.overlay", "local")
    with pytest.raises(RepositoryError) as caught:
        side.open().config.set("seedgit.overlay", "side", WORKTREE)
    assert "extensions.worktreeConfig" in caught.value.hint
    repo("config", "extensions.worktreeConfig", "true")
    side.open().config.set("seedgit.overlay", "side", WORKTREE)
    assert side.open().config.get("seedgit.overlay") == "side"
    assert repo.open().config.get("seedgit.overlay") == "local"


def test_what_is_changed_together_is_of_one_scope(repo: Repo) -> None:
    repo("config", "extensions.worktreeConfig", "true")
    config = repo.open().config
    with config.together(WORKTREE):
        config.add("x.y", "own", WORKTREE)
        config.add("x.y", "all")
        assert repo("config", "--get-all", "x.y") == "all"
    assert repo("config", "--local", "--get-all", "x.y") == "all"
    assert repo("config", "--worktree", "--get-all", "x.y") == "own"


def test_a_broken_file(repo: Repo) -> None:
    found = repo.open()
    (repo.path / ".git" / "config").write_text("[broken\n")
    with pytest.raises(RepositoryError, match="config"):
        found.config.get("seedgit.mode")


def test_a_rehearsal_changes_no_configuration(repo: Repo) -> None:
    """It knows what the clone knows, and writes nothing of it."""
    real = repo.open()
    assert real.config.get("seedgit.overlay") is None
    other = real.rehearsing()
    other.config.set("seedgit.overlay", "site")
    assert repo("config", "seedgit.overlay", ok=False) == ""
    assert [change["key"] for change in other.unmade.configuration] == ["seedgit.overlay"]
