"""Whose place hooks are put into: this clone's own, and no other unless a person asks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seedgit.operations.install.hook_scripts import HOOKS, hook_script
from tests.conftest import Repo
from tests.site import data, seedgit

OWN_SCRIPT = "#!/bin/sh\nnpx lint-staged\nseedgit hook pre-commit\n"


def steps(repo: Repo, *words: str) -> dict[str, str]:
    return {step["what"]: step["outcome"] for step in data(repo, "init", *words)}


def note(repo: Repo, *words: str) -> str:
    return next(step["note"] for step in data(repo, "init", *words) if step["what"] == "hooks")


def wrong(repo: Repo) -> set[str]:
    return {f["code"] for f in data(repo, "doctor")["findings"] if f["level"] == "wrong"}


def names(directory: Path) -> list[str]:
    if not directory.is_dir():
        return []
    return sorted(file.name for file in directory.iterdir() if not file.name.endswith(".sample"))


def nothing_is_written(repo: Repo, directory: Path) -> str:
    """Without being asked; returns what init says of it."""
    before = names(directory)
    assert steps(repo)["hooks"] == "left"
    assert names(directory) == before
    assert names(repo.path / ".git/hooks") == [] or directory == repo.path / ".git/hooks"
    return note(repo)


def asked_and_taken_out(repo: Repo, directory: Path) -> None:
    assert set(steps(repo, "--hooks").values()) <= {"created", "kept"}
    assert names(directory) == sorted(HOOKS)
    assert all(os.access(directory / name, os.X_OK) for name in HOOKS)
    assert not wrong(repo) & {"hooks-path", "hook-missing", "probe-hook"}
    # From then on it is brought up to date without being asked again.
    (directory / "pre-commit").write_text(hook_script("pre-commit", "/old/python"))
    assert steps(repo)["hook pre-commit"] == "updated"
    assert steps(repo, "--undo")["hook pre-commit"] == "removed"
    assert names(directory) == []
    assert steps(repo)["hooks"] == "left"


def test_a_directory_of_the_working_tree(repo: Repo) -> None:
    repo("config", "core.hooksPath", ".husky/_")
    said = nothing_is_written(repo, repo.path / ".husky/_")
    assert "core.hooksPath is '.husky/_' (set in .git/config), in the working tree" in said
    assert 'seedgit hook NAME "$@"' in said
    assert "seedgit init --hooks" in said
    assert repo("status", "--short") == "?? .seedgit.yaml"
    asked_and_taken_out(repo, repo.path / ".husky/_")


def test_a_directory_that_is_shared(repo: Repo, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    repo("config", "--global", "core.hooksPath", str(shared))
    said = nothing_is_written(repo, shared)
    assert f"{tmp_path}/home/gitconfig), outside of this clone" in said
    asked_and_taken_out(repo, shared)


def test_one_path_for_all_repositories_that_leads_into_this_one(repo: Repo) -> None:
    repo("config", "--global", "core.hooksPath", str(repo.path / ".git/hooks"))
    assert "outside of this clone" in nothing_is_written(repo, repo.path / ".git/hooks")


@pytest.mark.parametrize("value", [".git/hooks", ".git/others", "ABSOLUTE"])
def test_a_directory_of_the_clone_itself(value: str, repo: Repo) -> None:
    place = repo.path / (".git/hooks" if value == "ABSOLUTE" else value)
    repo("config", "core.hooksPath", str(place) if value == "ABSOLUTE" else value)
    assert "hooks" not in steps(repo)
    assert names(place) == sorted(HOOKS)
    assert steps(repo, "--undo")["hook commit-msg"] == "removed"


def test_the_hooks_of_git_are_a_link_into_the_working_tree(repo: Repo) -> None:
    place = repo.path / ".git/hooks"
    for file in place.iterdir():
        file.unlink()
    place.rmdir()
    (repo.path / "hooks").mkdir()
    place.symlink_to("../hooks")
    assert "in the working tree" in nothing_is_written(repo, place)
    assert "hooks-path" in wrong(repo)
    asked_and_taken_out(repo, repo.path / "hooks")


def test_a_tracked_link_leads_nowhere(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (repo.path / ".husky").symlink_to(outside)
    repo("config", "core.hooksPath", ".husky/_")
    for words in ((), ("--hooks",)):
        said = note(repo, *words)
        assert f"{repo.path}/.husky is a link in the working tree" in said
        assert "--hooks" not in said
    assert names(outside) == []


@pytest.mark.parametrize("value", [os.devnull, ".seedgit.yaml", "", "/nonexistent/x", "~/hooks"])
def test_what_is_no_directory(value: str, repo: Repo) -> None:
    repo("config", "core.hooksPath", value)
    assert steps(repo)["hooks"] == "left"
    assert "hooks-path" in wrong(repo)
    if value in (os.devnull, ".seedgit.yaml"):
        assert "is no directory" in note(repo, "--hooks")
    assert steps(repo, "--undo")["hook pre-commit"] == "kept"


def test_a_hook_that_is_a_link_is_never_written_through(repo: Repo, tmp_path: Path) -> None:
    hooks = repo.path / ".git/hooks"
    target = tmp_path / "target"
    target.write_text(hook_script("pre-commit", "/old/python"))
    (hooks / "pre-commit").symlink_to(target)
    (hooks / "commit-msg").symlink_to("/dev/zero")
    (hooks / "post-merge").symlink_to(tmp_path / "gone")
    os.mkfifo(hooks / "post-rewrite")
    found = steps(repo)
    states = ["kept", "created", "left", "left", "left", "created"]
    assert [found[f"hook {name}"] for name in HOOKS] == states
    assert target.read_text() == hook_script("pre-commit", "/old/python")
    assert not (tmp_path / "gone").exists()
    assert "hook pre-commit" not in {f["what"] for f in data(repo, "doctor", "--fix")["fixed"]}
    assert target.read_text() == hook_script("pre-commit", "/old/python")
    assert steps(repo, "--undo")["hook pre-commit"] == "kept"
    assert target.exists()
    assert (hooks / "pre-commit").is_symlink()


def test_a_persons_hook_that_calls_seedgit_is_neither_replaced_nor_removed(repo: Repo) -> None:
    repo.hook("pre-commit", OWN_SCRIPT.removeprefix("#!/bin/sh\n"))
    before = repo.read(".git/hooks/pre-commit")
    assert steps(repo)["hook pre-commit"] == "kept"
    assert steps(repo, "--undo")["hook pre-commit"] == "kept"
    assert repo.read(".git/hooks/pre-commit") == before


def test_hooks_that_call_seedgit_are_enough(repo: Repo) -> None:
    repo("config", "core.hooksPath", ".husky")
    for name in HOOKS:
        repo.hook(name, f"seedgit hook {name}")
    assert steps(repo)["hooks"] == "kept"
    assert "hooks-path" not in wrong(repo)


def test_the_doctor_runs_no_hook_that_upstream_may_have_written(repo: Repo) -> None:
    repo("config", "core.hooksPath", "tracked")
    repo.write({"evil": '#!/bin/sh\ntouch "$0.was-run"\n'})
    (repo.path / "evil").chmod(0o755)
    for name in HOOKS:
        repo.hook(name, f"# seedgit hook: x\n{repo.path}/evil -m seedgit hook {name} #")
    repo.write({".seedgit.yaml": "version: 1\n"})
    wrong(repo)
    data(repo, "doctor", "--fix")
    assert not (repo.path / "evil.was-run").exists()


def test_in_dry_run_it_is_only_said(repo: Repo) -> None:
    assert seedgit(repo, "init").status == 0
    assert seedgit(repo, "mode", "dry-run").status == 0
    repo("config", "core.hooksPath", ".husky")
    assert seedgit(repo, "init", "--hooks").status == 0
    assert not (repo.path / ".husky").exists()
    assert repo("config", "seedgit.hooks", ok=False) == ""


def test_the_top_of_the_working_tree_as_the_place_of_hooks(repo: Repo) -> None:
    """`git rev-parse --git-path hooks` has no answer to it."""
    repo("config", "core.hooksPath", "./")
    said = seedgit(repo, "init")
    assert said.status == 0, said.err
    assert "in the working tree: upstream may write there too" in said.out
    assert not (repo.path / "pre-commit").exists()
    assert "hooks-path" in seedgit(repo, "doctor").out
