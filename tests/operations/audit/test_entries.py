"""What doctor says of the driver and the hooks that are configured, and what --fix does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from seedgit import codes, merge_driver
from seedgit.operations.audit.findings import NOTE
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_scripts import HOOKS, hook_script, sealed
from tests.conftest import Repo
from tests.operations.audit.examined import (
    DRIVER,
    fix,
    look,
    of,
    provokes,
    wrong,
)
from tests.site import seedgit


@provokes(codes.DRIVER_RECURSIVE, codes.DRIVER_OUTDATED)
def test_the_drivers_configuration(site: Repo) -> None:
    site("config", "--unset", "merge.seedgit.recursive")
    plain = f"{sys.executable} -I -S {merge_driver.__file__} %O %A %B %L %P"
    site("config", DRIVER, plain)
    assert wrong(site) == {codes.DRIVER_RECURSIVE, codes.DRIVER_OUTDATED}
    assert plain in of(site, codes.DRIVER_OUTDATED).detail
    fix(site)
    assert wrong(site) == set()
    assert site("config", DRIVER) == driver_command()


def test_what_is_set_for_all_clones_stays(site: Repo) -> None:
    local = site("config", DRIVER)
    site("config", "--global", DRIVER, local.replace("mv -f", "mv"))
    site("config", "--local", "--unset", DRIVER)
    assert wrong(site) == {codes.DRIVER_OUTDATED}
    fix(site)
    assert wrong(site) == set()
    assert "mv -f" not in site("config", "--global", DRIVER)


@provokes(codes.DRIVER_UNTOLD)
def test_what_no_driver_is_told(site: Repo) -> None:
    assert of(site, codes.DRIVER_UNTOLD).level == "ok"
    site("config", "branch.main.mergeOptions", "--no-ff -X find-renames=50")
    assert of(site, codes.DRIVER_UNTOLD).level == "ok"
    site("config", "branch.Main.mergeOptions", "--no-ff -X ours")
    found = of(site, codes.DRIVER_UNTOLD)
    assert found.level == NOTE
    assert "branch.Main.mergeoptions is '--no-ff -X ours'; git does not tell" in found.detail
    assert all(word in found.detail for word in ("theirs", "ignore-space-change", "patience"))


@provokes(codes.DRIVER_FOREIGN)
def test_somebody_elses_driver_stays(site: Repo) -> None:
    site("config", DRIVER, "other-merge %O %A %B")
    site("config", "--unset", "merge.seedgit.recursive")
    assert "other-merge" in of(site, codes.DRIVER_FOREIGN).detail
    fix(site)
    assert site("config", DRIVER) == "other-merge %O %A %B"


def test_off_needs_no_driver(site: Repo) -> None:
    assert seedgit(site, "mode", "off").status == 0
    assert wrong(site) == set()
    assert "the mode is off" in of(site, codes.DRIVER).detail
    assert "the mode is off" in of(site, codes.HOOK).detail
    site.hook("pre-commit", hook_script("pre-commit").removeprefix("#!/bin/sh\n").rstrip("\n"))
    left = of(site, codes.HOOK)
    assert (left.level, "pre-commit: in " in left.detail) == (NOTE, True)
    assert fix(site) == {}
    assert seedgit(site, "mode", "off").status == 0
    assert not (site.path / ".git" / "hooks" / "pre-commit").exists()
    assert site("config", "--get", DRIVER, ok=False) == ""


@provokes(codes.NOT_ISOLATED)
def test_hooks_of_before_they_were_isolated(site: Repo) -> None:
    hooks = site.path / ".git" / "hooks"
    for name in HOOKS:
        about = hook_script(name).splitlines()[1]
        call = f'exec {sys.executable} -m seedgit hook {name} "$@"'
        (hooks / name).write_text(f"#!/bin/sh\n{about}\n{call}\n")
    assert {f.code for f in look(site)} >= {codes.HOOK_OUTDATED, codes.NOT_ISOLATED}
    assert set(fix(site)) == {f"hook {name}" for name in HOOKS}
    assert codes.NOT_ISOLATED not in {f.code for f in look(site)}
    assert all((hooks / name).read_text() == hook_script(name) for name in HOOKS)


@provokes(codes.HOOK_FOREIGN, codes.HOOK_OUTDATED, codes.HOOK_NOT_EXECUTABLE)
def test_hooks(site: Repo) -> None:
    hooks = site.path / ".git" / "hooks"
    site.hook("pre-commit", "exit 0")
    script = hook_script("post-merge")
    older = script.rpartition("#")[0].replace("sooner", "later")
    (hooks / "post-merge").write_text(sealed(older))
    (hooks / "commit-msg").chmod(0o644)
    (hooks / "post-rewrite").unlink()
    assert wrong(site) == {
        codes.HOOK_FOREIGN, codes.HOOK_OUTDATED, codes.HOOK_NOT_EXECUTABLE, codes.HOOK_MISSING
    }  # fmt: skip
    assert set(fix(site)) == {"hook post-merge", "hook commit-msg", "hook post-rewrite"}
    assert wrong(site) == {codes.HOOK_FOREIGN}
    assert (hooks / "post-merge").read_text() == script
    assert (hooks / "pre-commit").read_text() == "#!/bin/sh\nexit 0\n"


def test_a_persons_hook_that_calls_seedgit_is_read_and_stays(site: Repo, tmp_path: Path) -> None:
    own = f"touch {tmp_path}/ran\n{sys.executable} -m seedgit hook pre-commit"
    site.hook("pre-commit", own)
    (site.path / ".git" / "hooks" / "post-merge").unlink()
    assert list(fix(site, trial=True)) == ["hook post-merge"]
    assert wrong(site) == set()
    assert own in (site.path / ".git" / "hooks" / "pre-commit").read_text()
    assert not (tmp_path / "ran").exists()


def test_the_pre_commit_framework(site: Repo) -> None:
    site.hook("pre-commit", "exec python -m pre_commit hook-impl")
    assert wrong(site) == {codes.HOOK_FOREIGN}
    site.write(
        {".pre-commit-config.yaml": "repos:\n  - repo: x\n    hooks:\n      - id: seedgit\n"}
    )
    assert wrong(site) == set()


@provokes(codes.HOOKS_PATH)
def test_hooks_elsewhere(site: Repo, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    site("config", "core.hooksPath", str(shared))
    assert wrong(site) == {codes.HOOKS_PATH, codes.HOOK_MISSING}
    assert str(shared) in of(site, codes.HOOKS_PATH).detail
    assert fix(site) == {"hooks": "left"}
    assert list(shared.iterdir()) == []
    for name in HOOKS:
        shutil.copy(site.path / ".git" / "hooks" / name, shared)
    assert of(site, codes.HOOKS_PATH).level == NOTE
    assert wrong(site) == set()
