"""Installs seedgit in a clone, and removes it: rules, attributes, driver, hooks.

Everything except the rules file is local to the clone, because git never takes commands from
tracked files. Attributes go into info/attributes, which git reads even where .gitattributes is
missing from disk, or comes with the very merge that needs it.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from seedgit import codes
from seedgit.driver.settings import SHADOW_KEY
from seedgit.errors import InputError, RepositoryError, UsageError
from seedgit.formats.rules import STARTING_FILE
from seedgit.git import settings
from seedgit.git.files import in_tree
from seedgit.git.names import pasted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.repository import Repository
from seedgit.git.upstream import likely, short
from seedgit.layers import DEFAULT_OVERLAY, OVERLAY_KEY
from seedgit.mode import KEY, LIVE, MODES
from seedgit.named_tuple import NamedTuple
from seedgit.operations.audit.idle import first_of, idle, where
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_install import put_hooks_in, take_hooks_out
from seedgit.operations.install.hook_scripts import PROGRAM
from seedgit.operations.install.hooks import ASKED_KEY
from seedgit.operations.install.info_attributes import attribute_lines, write_lines, written_lines
from seedgit.operations.install.schema import remove_schema, write_schema
from seedgit.operations.install.steps import Step
from seedgit.operations.install.worktree_modes import all_off, worktree_files
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.values.escapes import number_of

DRIVER_NAME = "seedgit: merge seeds by structure"
_CONFIG = ".git/config"  # where a new setting is to be found


class InitChoice(NamedTuple):
    """What a person, or `--yes`, has chosen of what `init` proposes.

    rules    the text of the rules file, if there is none; "": one that only explains itself
    mode     the mode to begin with; "": as it is
    dry_run  whether it is only to be said: `Repository.unmade` has it then
    """

    rules: str = ""
    mode: str = ""
    dry_run: bool = False


def install(
    workspace: Workspace,
    *,
    hooks: bool = False,
    overlay: str = "",
    choice: InitChoice = InitChoice(),  # noqa: B008 (it is immutable)
) -> list[Step]:
    """Set the clone up. A second run brings everything up to date and changes nothing else.

    hooks    install hooks even where the hooks directory is not this clone's alone
    overlay  the name of this clone's overlay; "": as it is or, in a new clone, this machine's name

    Raises UsageError for an overlay if the clone has others already.
    """
    from seedgit.git import libgit2  # noqa: F401 (what cannot be loaded is told before anything is done)

    repository = workspace.repository
    if choice.dry_run:
        repository.rehearse()
    new = _name_overlay(workspace, overlay)
    steps = [_write_rules(repository, choice.rules), *write_schema(repository)]
    if choice.mode:
        repository.config.set(KEY, choice.mode)
    workspace = Workspace(repository, workspace.directory)  # the rules are new
    if all_off(workspace):
        steps.append(
            Step("driver, hooks", codes.LEFT, "the mode is off: seedgit mode live puts them in")
        )
    else:
        steps += install_driver(workspace)
        steps += put_hooks_in(repository, asked=hooks)
    steps += _idle_rules(workspace)
    steps += _gone_by(workspace, new, choice)
    if any(in_tree(repository, Path(place)) for place in (sys.executable, PROGRAM)):
        note = f"{sys.executable} lies in the working tree, where a pull may replace it: "
        steps.append(Step("interpreter", codes.LEFT, f"{note}install seedgit elsewhere"))
    return steps


def _name_overlay(workspace: Workspace, wanted: str) -> str:
    """Give a new clone's overlay its name, and return it; "" if it is kept as it is.

    A clone that has an overlay under the default name keeps it.
    """
    known = [chosen.value for chosen in settings.named_overlays(workspace.repository)]
    if wanted:
        overlay_ref(wanted)
    if wanted in known or (not wanted and known):
        return ""
    if known:
        raise UsageError(
            f"the layers here are {', '.join(known)}",
            hint=f"seedgit layer add {pasted(wanted)} puts one on top",
        )
    if not wanted and workspace.store.tip(DEFAULT_OVERLAY) is not None:
        return ""
    new = wanted or machine_name()
    workspace.repository.config.add(OVERLAY_KEY, new)
    return new


def machine_name() -> str:
    """This machine's name as the name of an overlay."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", os.uname().nodename).strip("-")
    return name or DEFAULT_OVERLAY


def _gone_by(workspace: Workspace, new: str, choice: InitChoice) -> list[Step]:
    """The upstream, overlay and mode in use: why each is so, and how to change it.

    new  the name that the overlay was given; "": it had one
    """
    repository, mode = workspace.repository, settings.mode(workspace.repository)
    overlays = settings.overlays(repository)
    names, by = ", ".join(chosen.value for chosen in overlays), overlays[-1].origin
    value, of = mode.value, mode.origin
    # In a rehearsal nothing is in the configuration: what would be there counts.
    if new and by == settings.DEFAULT:
        names, by = new, _CONFIG
    if of == settings.DEFAULT:
        value, of = choice.mode or LIVE, _CONFIG if choice.mode else of
    named = codes.CREATED if new else codes.KEPT
    change, modes = "seedgit layer add NAME", "|".join(each for each in MODES if each != value)
    return [
        Step("upstream", codes.KEPT, _upstream(repository)),
        Step("overlay", named, f"{names}, {_by(by)}; to change it: {change}"),
        Step("mode", codes.KEPT, f"{value}, {_by(of)}; to change it: seedgit mode {modes}"),
    ]


def _upstream(repository: Repository) -> str:
    change = f"git config {settings.UPSTREAM_KEY} REMOTE/BRANCH"
    try:
        chosen = settings.upstream(repository)
    except RepositoryError as error:
        return str(error)
    if chosen is None:
        none = "none is known, so the package's commits are checked as if they were yours"
        return f"{none}; to name it: {change}"
    found = likely(repository) if chosen.origin == settings.DEFAULT else None
    why = found.why if found else _by(chosen.origin)
    return f"{short(chosen.value)}, {why}; to change it: {change}"


def _by(origin: str) -> str:
    return "by default" if origin == settings.DEFAULT else f"set by {origin}"


def uninstall(workspace: Workspace) -> list[Step]:
    """Remove what `install` installed, and live trees. Overlays, live files and an edited rules
    file stay. Raises Refused if the working tree is a live tree that is not in step.
    """
    repository = workspace.repository
    steps = _end_live_trees(workspace)
    steps += take_hooks_out(repository)
    steps += remove_driver(repository)
    for key in (KEY, SHADOW_KEY, ASKED_KEY):
        repository.config.unset(key)
    for place in worktree_files(repository):
        repository.config.unset(KEY, place)
    steps.append(_write_attributes(repository, []))
    if [chosen.value for chosen in settings.named_overlays(repository)] == [machine_name()]:
        if workspace.store.tip(machine_name()) is None:  # nobody chose the name, or used it
            repository.config.unset(OVERLAY_KEY)
    steps += remove_schema(repository)
    if _is_as_written(repository):
        repository.writer.remove_file(repository.worktree / RULES_FILE)
        steps.append(Step(RULES_FILE, codes.REMOVED))
    else:
        steps.append(Step(RULES_FILE, codes.KEPT, "it is yours"))
    steps.append(Step("overlays", codes.KEPT, "refs/seedgit/overlays/* are not touched"))
    return steps


def _end_live_trees(workspace: Workspace) -> list[Step]:
    if not settings.has_live_trees(workspace.repository):
        return []
    from seedgit.operations.live import end_all  # late: few clones have a live tree

    stay = "its files stay"
    return [
        Step(f"live tree {tree.directory}", codes.REMOVED, "" if tree.in_place else stay)
        for tree in end_all(workspace)
    ]


def install_driver(workspace: Workspace) -> list[Step]:
    """Install the attributes that name the driver, and the driver."""
    return [install_attributes(workspace), *install_config(workspace.repository)]


def install_attributes(workspace: Workspace) -> Step:
    """Bring the attributes up to date with the rules. Raises InputError for invalid rules."""
    return _write_attributes(workspace.repository, attribute_lines(workspace))


def remove_driver(repository: Repository) -> list[Step]:
    """Remove the driver. If attributes name a driver that git does not know, git merges itself."""
    had = repository.config.get("merge.seedgit.driver") is not None
    if had:
        repository.config.remove_section("merge.seedgit")
    return [
        Step("merge driver", codes.REMOVED if had else codes.KEPT, "" if had else "was not there")
    ]


def has_rules_file(repository: Repository) -> bool:
    """Whether something is at the place of the rules file, whatever it is."""
    return os.path.lexists(repository.worktree / RULES_FILE)


def _write_rules(repository: Repository, text: str) -> Step:
    if has_rules_file(repository):
        return Step(RULES_FILE, codes.KEPT)
    path = repository.worktree / RULES_FILE
    repository.writer.write_file(path, (text or STARTING_FILE).encode())
    note = "say in it which files are seeds, then run init again"
    return Step(RULES_FILE, codes.CREATED, "look through it, and commit it" if text else note)


def _is_as_written(repository: Repository) -> bool:
    """Whether the rules file is as `install` writes it: nobody has edited or staged it."""
    data = repository.read_file(RULES_FILE)
    if data == STARTING_FILE.encode():
        return True
    if data is None or repository.read_index(RULES_FILE) is not None:
        return False
    from seedgit.operations.proposal.proposed import proposed  # late: only this asks for it
    from seedgit.operations.proposal.text import rules_text

    return data == rules_text(proposed(repository)).encode()


def _idle_rules(workspace: Workspace) -> list[Step]:
    """The rules that never apply: they are useless, or not what was meant."""
    try:
        return [Step(where(each), codes.IDLE, each.text) for each in first_of(idle(workspace))]
    except InputError as error:  # in mode off nothing else has read the rules
        return [Step(RULES_FILE, codes.LEFT, str(error))]


def _write_attributes(repository: Repository, lines: list[str]) -> Step:
    outcome = codes.UPDATED if written_lines(repository) is not None else codes.CREATED
    if not write_lines(repository, lines):
        return Step("info/attributes", codes.KEPT)
    return Step(
        "info/attributes", outcome if lines else codes.REMOVED, number_of(len(lines), "pattern")
    )


def install_config(repository: Repository) -> list[Step]:
    """Write the driver into git's configuration."""
    steps = []
    for key, value in (
        ("merge.seedgit.name", DRIVER_NAME),
        ("merge.seedgit.driver", driver_command()),
        ("merge.seedgit.recursive", "binary"),
    ):
        old = repository.config.get(key)
        if old != value:
            repository.config.set(key, value)
        steps.append(
            Step(key, codes.KEPT if old == value else codes.UPDATED if old else codes.CREATED)
        )
    return steps
