"""Installs and removes seedgit's hooks in git. A person's own hooks are never touched."""

from __future__ import annotations

import os
from pathlib import Path

from seedgit import codes
from seedgit.git.repository import Repository
from seedgit.operations.install.framework import (
    FRAMEWORK_FILE,
    beside,
    by_framework,
    configured_or_none,
)
from seedgit.operations.install.hook_scripts import HOOK_SIGN, HOOKS, hook_script, is_ours
from seedgit.operations.install.hooks import (
    ASKED_KEY,
    OWN,
    SHARED,
    HookPlace,
    hook_place,
    hook_text,
)
from seedgit.operations.install.steps import Step


def put_hooks_in(repository: Repository, *, asked: bool = False) -> list[Step]:
    """Install the hooks, or bring them up to date.

    asked  install them even where the hooks directory is not this clone's alone
    """
    place = hook_place(repository)
    if place.kind == OWN or (place.writable and not asked):
        return _put_in(repository, place)
    if place.obstacle or not asked:
        return [_left_to_a_person(place)]
    repository.config.set(ASKED_KEY, str(place.directory))
    return [Step("hooks", codes.KEPT, place.about), *_put_in(repository, place)]


def _put_in(repository: Repository, place: HookPlace) -> list[Step]:
    covered = configured_or_none(repository)
    steps = []
    for name in HOOKS:
        file = hook_file(place, name)
        if file.name == name or name not in covered:
            steps.append(install_hook(repository, file, name))
            continue
        if is_ours(hook_text(file) or ""):
            repository.writer.remove_file(file)  # otherwise the hook would run twice
        steps.append(
            Step(f"hook {name}", codes.KEPT, f"by the pre-commit framework ({FRAMEWORK_FILE})")
        )
    return steps


def hook_file(place: HookPlace, name: str) -> Path:
    """The path of seedgit's script for a hook. It goes beside the pre-commit framework's script."""
    file = place.directory / name
    return beside(file) if by_framework(hook_text(file)) else file


def _left_to_a_person(place: HookPlace) -> Step:
    texts = [hook_text(place.directory / name) for name in HOOKS]
    if all(text is not None and HOOK_SIGN in text for text in texts):
        return Step("hooks", codes.KEPT, place.about)
    obstacle = f"; {place.obstacle}" if place.obstacle else ""
    return Step("hooks", codes.LEFT, f"{place.about}{obstacle}; {place.advice}")


def install_hook(repository: Repository, path: Path, name: str) -> Step:
    """Install a hook, or bring it up to date. A link or a hook that is not seedgit's is left alone.

    path  the path of the script for git's hook `name`
    """
    what = f"hook {name}"
    old = hook_text(path)
    if path.is_symlink() or (os.path.lexists(path) and (old is None or not is_ours(old))):
        if old is not None and HOOK_SIGN in old:
            return Step(what, codes.KEPT, "a person's own, and it calls seedgit")
        is_link = f"it is a link to {os.readlink(path)}" if path.is_symlink() else "there is one"
        return Step(what, codes.LEFT, f"{is_link} already; let it call: seedgit hook {name}")
    script = hook_script(name)
    note = "" if path.name == name else f"{path.name}: the pre-commit framework runs it"
    if old == script and os.access(path, os.X_OK):
        return Step(what, codes.KEPT, note)
    repository.writer.write_file(path, script.encode(), 0o755)
    return Step(what, codes.UPDATED if old else codes.CREATED, note)


def take_hooks_out(repository: Repository, *, shared: bool = True) -> list[Step]:
    """Remove the hooks from this clone's own directory, and from one that a person asked for.

    shared  remove them even where other repositories run them too
    """
    place = hook_place(repository)
    directory = place.directory if place.writable else repository.common_dir / "hooks"
    others = [repository.common_dir / "hooks", Path(repository.config.get(ASKED_KEY) or directory)]
    if place.kind == SHARED and place.writable and not shared:
        return [Step("hooks", codes.LEFT, f"{place.about}; they do nothing here")]
    steps = [_remove_hook(repository, directory / name) for name in HOOKS]
    beside_framework = [_remove_hook(repository, beside(directory / name)) for name in HOOKS]
    steps += [step for step in beside_framework if step.outcome == codes.REMOVED]
    for other in dict.fromkeys(others):
        if other != directory:
            found = [_remove_hook(repository, other / name) for name in HOOKS]
            steps += [step for step in found if step.outcome == codes.REMOVED]
    left = [name for name in HOOKS if is_ours(hook_text(place.directory / name) or "")]
    if left and not place.writable:
        steps.append(
            Step("hooks", codes.LEFT, f"{place.about}: {', '.join(left)} of seedgit's are there")
        )
    return steps


def _remove_hook(repository: Repository, path: Path) -> Step:
    what = f"hook {path.name}"
    text = hook_text(path)
    if path.is_symlink() or text is None or not is_ours(text):
        there = os.path.lexists(path)
        return Step(what, codes.KEPT, "not seedgit's alone" if there else "was not there")
    repository.writer.remove_file(path)
    return Step(what, codes.REMOVED)
