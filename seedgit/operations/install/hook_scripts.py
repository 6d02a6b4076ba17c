"""The scripts of git's hooks: what `seedgit init` writes, and whether a script is one of those."""

from __future__ import annotations

import hashlib
import shlex
import sys
from pathlib import Path

from seedgit import merge_driver
from seedgit.files.safe import TEMPORARY
from seedgit.git.overlay_names import OVERLAYS
from seedgit.named_tuple import NamedTuple
from seedgit.operations.check import TRAIL
from seedgit.operations.install import unstarted
from seedgit.operations.install.hook_notes import NOTED, RUN_BY
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PROGRAM: Final = str(Path(merge_driver.__file__).with_name("__main__.py"))  # what a hook starts

HOOK_SIGN: Final = "seedgit hook"
_SEAL: Final = f"# {HOOK_SIGN}, sha256 "


class _Hook(NamedTuple):
    """What one of git's hooks is for.

    idle   a shell's command that succeeds where there is surely nothing to do (hooks/idle.sh)
    guard  it refuses; else git goes on whatever it does
    first  a shell's line before all others
    """

    about: str
    idle: str
    guard: bool = False
    first: str = ""


_REFUSES = "refuses staged changes to what the package owns (seedgit help hook)."
_STORES = "stores the rebased overlays sooner; without it they are rebased when they are read."
_SYNCS = "brings live trees into step sooner; without it seedgit sync does."
_KEEPS = "keeps the reason of an allowed seed change in the commit, as a trailer."

_HOOKS: Final = {
    "pre-commit": _Hook(_REFUSES, "staged_as_in HEAD", guard=True),
    "pre-merge-commit": _Hook(_REFUSES, "staged_as_in HEAD || staged_as_in_theirs", guard=True),
    "commit-msg": _Hook(
        _KEEPS,
        'staged_as_in HEAD || kept "$1"',
        guard=True,
        first='test "$SEEDGIT_ALLOW" || test "$1" = --probe || exit 0\n',
    ),
    "post-merge": _Hook(_STORES, "settled"),
    "post-rewrite": _Hook(_STORES, "settled"),
    "post-checkout": _Hook(_SYNCS, "no_live_tree"),
}
HOOKS: Final = tuple(_HOOKS)


def hook_script(name: str, interpreter: str = sys.executable, program: str = PROGRAM) -> str:
    """The script of one git hook, with the interpreter and the program it is installed for."""
    package = Path(PROGRAM).parent
    beside = package / "hooks" if (package / "hooks").is_dir() else package.parent / "hooks"
    hook = _HOOKS[name]
    text = (beside / ("guard.sh" if hook.guard else "accelerator.sh")).read_text()
    functions = (beside / "idle.sh").read_text()
    python, file = shlex.quote(interpreter), shlex.quote(program)
    for word, value in (
        ("@FIRST@\n", hook.first),
        ("@FUNCTIONS@\n", functions),
        ("@IDLE@", hook.idle),
        ("@NOTED@", NOTED),
        ("@TRAIL@", shlex.join(TRAIL)),
        ("@BY@", RUN_BY),
        ("@RULES@", RULES_FILE),
        ("@LEFT@", TEMPORARY),
        ("@OVERLAYS@", OVERLAYS),
        ("@ABOUT@", hook.about),
        ("@NAMES@", " ".join(HOOKS)),
        ("@NAME@", name),
        ("@MODE@", unstarted.MODE),
        ("@GONE@", unstarted.gone(python, file)),
        ("@MEND@", unstarted.MEND),
        ("@PYTHON@", python),
        ("@PROGRAM@", file),
    ):
        text = text.replace(word, value)
    return sealed(text)


def sealed(script: str) -> str:
    """The script with a last line by which `is_ours` knows that nobody edited it."""
    return f"{script}{_SEAL}{hashlib.sha256(script.encode()).hexdigest()}\n"


def is_ours(text: str) -> bool:
    """Whether the script is one that seedgit wrote, of this version or another, and nothing else.

    A hook of a person's that also calls seedgit is not, and neither is an edited one.
    """
    script, seal, _ = text.rpartition(_SEAL)
    if seal:
        return sealed(script) == text
    lines = text.splitlines()  # the first ones had no seal
    return len(lines) == 3 and lines[1].startswith(f"# {HOOK_SIGN}:") and " hook " in lines[2]
