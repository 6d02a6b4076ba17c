"""Install seedgit in a clone, and take it out again: rules, attributes, driver, hooks.

Everything but the rules file is local to the clone: git never takes a command from a tracked file.
Attributes go to info/attributes, which git reads even where .gitattributes is missing from disk or
arrives in the very merge that needs it.
"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from seedgit import merge_driver
from seedgit.driver import CLEAN, CONFLICTS, SHADOW_KEY
from seedgit.errors import InputError
from seedgit.formats.rules import STARTING_FILE
from seedgit.git.files import in_tree, remove_file, write_file
from seedgit.git.repository import Repository
from seedgit.limits import MARKER_LENGTH
from seedgit.mode import KEY
from seedgit.operations.hooks import (
    ASKED_KEY,
    HOOK_SIGN,
    HOOKS,
    OWN,
    HookPlace,
    hook_place,
    hook_text,
    is_ours,
)
from seedgit.operations.idle import idle, where
from seedgit.operations.info_attributes import attribute_lines, write_lines, written_lines
from seedgit.operations.support import require_support
from seedgit.operations.workspace import Workspace
from seedgit.rules_file import RULES_FILE
from seedgit.safe_files import TEMPORARY

DRIVER_NAME = "seedgit: merge seeds by structure"

# Of processor time and address space; a shell that knows no such limit goes on without it.
AWK_SECONDS, AWK_KILOBYTES = 3, 1 << 20

PROGRAM = str(Path(merge_driver.__file__).with_name("__main__.py"))  # what a hook starts

CREATED, UPDATED, KEPT, LEFT, REMOVED = "created", "updated", "kept", "left", "removed"
IDLE = "idle"  # a line of the rules that never counts


@dataclass(frozen=True)
class Step:
    """One thing that was done, or left, and why."""

    what: str
    outcome: str
    note: str = ""


def install(workspace: Workspace, *, hooks: bool = False) -> list[Step]:
    """Set the clone up; a second run brings everything up to date and changes nothing else.

    hooks  put hooks also where they are not this clone's alone

    Raises Unsupported, and writes nothing, where seedgit cannot work.
    """
    repository = workspace.repository
    require_support(repository)
    steps = [_write_rules(repository)]
    workspace.__dict__.pop("rules", None)
    if workspace.mode.switched_off:
        steps.append(Step("merge driver", LEFT, "the mode is off: seedgit mode live puts it in"))
    else:
        steps += install_driver(workspace)
    steps += _install_hooks(repository, asked=hooks)
    steps += _idle_rules(workspace)
    if any(in_tree(repository, Path(place)) for place in (sys.executable, PROGRAM)):
        note = f"{sys.executable} lies in the working tree, where a pull may replace it: "
        steps.append(Step("interpreter", LEFT, f"{note}install seedgit elsewhere"))
    return steps


def uninstall(workspace: Workspace) -> list[Step]:
    """Take out what `install` put in. Overlays stay, and so does a rules file that was edited."""
    repository = workspace.repository
    steps = _remove_hooks(repository)
    steps += remove_driver(repository)
    for key in (KEY, SHADOW_KEY, ASKED_KEY):
        repository.config.unset(key)
    steps.append(_write_attributes(repository, []))
    if repository.read_file(RULES_FILE) == STARTING_FILE.encode():
        remove_file(repository, repository.worktree / RULES_FILE)
        steps.append(Step(RULES_FILE, REMOVED))
    else:
        steps.append(Step(RULES_FILE, KEPT, "it is yours"))
    steps.append(Step("overlays", KEPT, "refs/seedgit/overlays/* are not touched"))
    return steps


def install_driver(workspace: Workspace) -> list[Step]:
    """The attributes that name the driver, and the driver."""
    return [install_attributes(workspace), *install_config(workspace.repository)]


def install_attributes(workspace: Workspace) -> Step:
    """Bring the attributes up to date with the rules. Raises InputError where those are invalid."""
    return _write_attributes(workspace.repository, attribute_lines(workspace))


def remove_driver(repository: Repository) -> list[Step]:
    """Take the driver out. git merges a file that names a driver it does not know by itself."""
    had = repository.config.get("merge.seedgit.driver") is not None
    if had:
        repository.config.remove_section("merge.seedgit")
    return [Step("merge driver", REMOVED if had else KEPT, "" if had else "was not there")]


def driver_command(
    interpreter: str = sys.executable, program: str = str(Path(merge_driver.__file__))
) -> str:
    """The driver as git is to call it, by absolute path: this one, or another one of seedgit's.

    trivial_merge.awk does what it can, and nothing else is started. Else the shell puts git's own
    merge into %A first, by rename: where the interpreter is gone, broken or killed, that is the
    result, and never *ours* without markers.
    """
    python, driver = shlex.quote(interpreter), shlex.quote(program)
    trivial = shlex.quote(str(Path(program).parent / "trivial_merge.awk"))
    merge = "git merge-file -p -q --marker-size=$l -L HEAD -L base -L theirs %A %O %B"
    # Without the -- a file's name could be awk's options.
    awk = f"LC_ALL=C exec awk -f {trivial} -- %P %O %A %B $t"
    # Whatever upstream's text does to it: what takes longer is parsed, with limits of its own.
    limits = f"ulimit -t {AWK_SECONDS}; ulimit -v {AWK_KILOBYTES}"
    awk = f"({limits}; {awk}) 2>/dev/null"
    call = f"{python} -I -S {driver} %O - %B $l %P %A $s"
    return (
        f"{MARKER_LENGTH}"
        # No other process writes there, and whoever finds it knows whether this one still does.
        f"t=%A{TEMPORARY}$$; "
        # What a variable asks for, the driver has to see.
        'case "$SEEDGIT_MODE$SEEDGIT_TRACE$SEEDGIT_JOURNAL$GIT_COMMON_DIR" in "") '
        # awk would read what a link leads to, without an end where that is a device.
        f"if {{ test -f {RULES_FILE} || test ! -e {RULES_FILE}; }} && test ! -h {RULES_FILE}; "
        f"then {awk} && mv -f $t %A && exit 0; fi;; esac; {merge} >$t; s=$?; "
        # Opened before it is replaced, %A is ours to the driver.
        "{ if test $s -lt 128 && mv -f $t %A; then :; else rm -f $t; test $s -gt 127 || s=128; fi; "
        f"test -x {python} && test -f {driver} && {call}; }} <%A; "
        # Where git's own merge failed, %A is ours without a mark. Without %A git stops the merge.
        f"case $? in {CLEAN}) exit 0;; {CONFLICTS}) exit 1;; "
        "*) test $s -lt 128 || rm -f %A; exit $s;; esac"
    )


def _write_rules(repository: Repository) -> Step:
    path = repository.worktree / RULES_FILE
    if os.path.lexists(path):
        return Step(RULES_FILE, KEPT)
    write_file(repository, path, STARTING_FILE.encode())
    return Step(RULES_FILE, CREATED, "say in it which files are seeds, then run init again")


def _idle_rules(workspace: Workspace) -> list[Step]:
    """What in the rules never counts: of no use, or not what was meant."""
    try:
        return [Step(where(each), IDLE, each.text) for each in idle(workspace)]
    except InputError as error:  # in mode off nothing else has read them
        return [Step(RULES_FILE, LEFT, str(error))]


def _write_attributes(repository: Repository, lines: list[str]) -> Step:
    outcome = UPDATED if written_lines(repository) is not None else CREATED
    if not write_lines(repository, lines):
        return Step("info/attributes", KEPT)
    return Step("info/attributes", outcome if lines else REMOVED, f"{len(lines)} patterns")


def install_config(repository: Repository) -> list[Step]:
    """The driver in git's configuration."""
    steps = []
    for key, value in (
        ("merge.seedgit.name", DRIVER_NAME),
        ("merge.seedgit.driver", driver_command()),
        ("merge.seedgit.recursive", "binary"),
    ):
        old = repository.config.get(key)
        if old != value:
            repository.config.set(key, value)
        steps.append(Step(key, KEPT if old == value else UPDATED if old else CREATED))
    return steps


# -- hooks ---------------------------------------------------------------------------------------


def hook_script(name: str, interpreter: str = sys.executable, program: str = PROGRAM) -> str:
    """The script of one git hook, with the interpreter and the program it is installed for."""
    package = Path(PROGRAM).parent
    beside = package / "hooks" if (package / "hooks").is_dir() else package.parent / "hooks"
    text = (beside / name).read_text()
    text = text.replace("@PYTHON@", shlex.quote(interpreter))
    return text.replace("@PROGRAM@", shlex.quote(program))


def _install_hooks(repository: Repository, *, asked: bool) -> list[Step]:
    place = hook_place(repository)
    if place.kind == OWN or (place.writable and not asked):
        return [install_hook(repository, place.directory / name) for name in HOOKS]
    if place.obstacle or not asked:
        return [_left_to_a_person(place)]
    repository.config.set(ASKED_KEY, str(place.directory))
    steps = [install_hook(repository, place.directory / name) for name in HOOKS]
    return [Step("hooks", KEPT, place.about), *steps]


def _left_to_a_person(place: HookPlace) -> Step:
    texts = [hook_text(place.directory / name) for name in HOOKS]
    if all(text is not None and HOOK_SIGN in text for text in texts):
        return Step("hooks", KEPT, place.about)
    obstacle = f"; {place.obstacle}" if place.obstacle else ""
    return Step("hooks", LEFT, f"{place.about}{obstacle}; {place.advice}")


def install_hook(repository: Repository, path: Path) -> Step:
    """Put a hook in, or bring it up to date; one that is not seedgit's is left alone, as is a link.

    The name of the hook is the file's.
    """
    what = f"hook {path.name}"
    old = hook_text(path)
    if path.is_symlink() or (os.path.lexists(path) and (old is None or not is_ours(old))):
        if old is not None and HOOK_SIGN in old:
            return Step(what, KEPT, "a person's own, and it calls seedgit")
        is_link = f"it is a link to {os.readlink(path)}" if path.is_symlink() else "there is one"
        return Step(what, LEFT, f"{is_link} already; let it call: seedgit hook {path.name}")
    script = hook_script(path.name)
    if old == script and os.access(path, os.X_OK):
        return Step(what, KEPT)
    write_file(repository, path, script.encode(), 0o755)
    return Step(what, UPDATED if old else CREATED)


def _remove_hooks(repository: Repository) -> list[Step]:
    """Take out what was put into this clone's own directory, and where a person asked for it."""
    place = hook_place(repository)
    directory = place.directory if place.writable else repository.common_dir / "hooks"
    steps = [_remove_hook(repository, directory / name) for name in HOOKS]
    asked = repository.config.get(ASKED_KEY)
    for other in (repository.common_dir / "hooks", *([Path(asked)] if asked else [])):
        if other != directory:
            found = [_remove_hook(repository, other / name) for name in HOOKS]
            steps += [step for step in found if step.outcome == REMOVED]
    left = [name for name in HOOKS if is_ours(hook_text(place.directory / name) or "")]
    if left and not place.writable:
        steps.append(
            Step("hooks", LEFT, f"{place.about}: {', '.join(left)} of seedgit's are there")
        )
    return steps


def _remove_hook(repository: Repository, path: Path) -> Step:
    what = f"hook {path.name}"
    text = hook_text(path)
    if path.is_symlink() or text is None or not is_ours(text):
        there = os.path.lexists(path)
        return Step(what, KEPT, "not seedgit's alone" if there else "was not there")
    remove_file(repository, path)
    return Step(what, REMOVED)
