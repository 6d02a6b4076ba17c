"""The merge driver's command line, as git's configuration has it: one line of shell."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from seedgit import merge_driver
from seedgit.driver.main import CLEAN, CONFLICTS, FAILED
from seedgit.files.safe import TEMPORARY
from seedgit.limits import MARKER_LENGTH
from seedgit.merge_folder import (
    FILES,
    HANGS_ON,
    KEY,
    LOCK,
    MERGES,
    RESULT,
    STARTED,
    STEP,
    TELL,
    TELLING,
    USED,
)
from seedgit.mode import OFF
from seedgit.operations.install import unstarted
from seedgit.rules import RULES_FILE

_MERGE_FILE = "git merge-file -p -q --marker-size=$l"

# git's merge once more, with git's own labels: `git merge` says in a variable what it calls theirs,
# and the base is named by its id. Ours is open as 3.
_LABELLED = (
    r"i=$(env | sed -n 's/^GITHEAD_\([0-9a-f]*\)=.*/\1/p'); "
    "n=$(env | sed -n 's/^GITHEAD_[0-9a-f]*=//p'); set -- $i; if test $# = 1; then "
    "set -- $(git merge-base --all HEAD $i); b='merged common ancestors'; "
    "test $# != 1 || b=$(git rev-parse --short $1); "
    f'cat <&3 >$t-o; {_MERGE_FILE} -L HEAD -L "$b" -L "$n" $t-o %O %B >$t; '
    "test $? -lt 128 && mv -f $t %A; rm -f $t $t-o; fi"
)


# What the first call of a merge has left (seedgit/merge_folder.py): used only if git hashes the
# three files, the result, and what that hangs on to the ids that it is kept under. $d: the folder;
# "" without a lock.
_LOOKED_UP = (
    'g=${GIT_DIR:-.git}; test -d "$g" || { test -f "$g" && read -r i g <"$g"; }; '
    f'd=; if test -f "$g/{LOCK}"; then d=$g/{MERGES}/$PPID; n=; i=$g/{LOCK}; '
    f'test ! -f "$g/{STEP}" || {{ read -r n <"$g/{STEP}"; i=$g/{STARTED}; }}; '
    f"f=$d/{FILES}$n/%P; r={RULES_FILE}; test -f $r || r=/dev/null; "
    f'if test -f "$f{KEY}" && test ! "$d" -ot "$i" && '
    f"{{ test -f {RULES_FILE} || test ! -e {RULES_FILE}; }} && "
    f'{{ IFS= read -r p && read -r s k; }} <"$f{KEY}" && test "$p" = %P && '
    f'set -- $(git hash-object --no-filters -- %O %A %B "$f{RESULT}" $r "$d"/{HANGS_ON}*) && '
    f'test "$k" = "$l $*" && {{ ln -f "$f{RESULT}" %A 2>/dev/null || mv -f "$f{RESULT}" %A; }} && '
    f': >"$f{USED}"; then test "$s" != 0 || exit 0; '
    f'mv "$d/{TELL}" "$d/{TELLING}" 2>/dev/null && cat "$d/{TELLING}" >&2; exit 1; fi; fi; '
)


def driver_command(
    interpreter: str = sys.executable, program: str = str(Path(merge_driver.__file__))
) -> str:
    """The driver as git is to call it, by absolute path: this one, or another one of seedgit's.

    What an earlier call of this merge has left is linked to %A, and nothing else is started. Else
    the shell puts git's own merge into %A first, by rename: where the interpreter is gone, broken
    or killed, that is the result, and never *ours* without markers; unless the mode is off, a line
    says so.
    """
    python, driver = shlex.quote(interpreter), shlex.quote(program)
    call = f'{python} -I -S {driver} %O - %B $l %P %A $s "$d" 3<&-'
    return (
        f"{MARKER_LENGTH}{_LOOKED_UP}"
        # No other process writes there, and whoever finds it knows whether this one still does.
        f"t=%A{TEMPORARY}$$; "
        f"{_MERGE_FILE} -L HEAD -L base -L theirs %A %O %B >$t; s=$?; "
        # Opened before it is replaced, %A is ours to the driver.
        "{ if test $s -lt 128 && mv -f $t %A; then :; else rm -f $t; test $s -gt 127 || s=128; fi; "
        f"test -x {python} && test -f {driver} && {call}; status=$?; "
        f"case $status in {CLEAN}) exit 0;; {CONFLICTS}) exit 1;; {FAILED}) ;; "
        f"*) test $s = 0 || test $s -gt 127 || {{ {_LABELLED}; }};; esac; }} <%A 3<%A; "
        f"test $status = {FAILED} || {{ {_said(python, driver)}; }}; "
        # If git's own merge failed, %A is ours without a mark. Without %A git stops the merge.
        "test $s -lt 128 || rm -f %A; exit $s"
    )


def _said(python: str, driver: str) -> str:
    """Shell code that says why the driver did nothing, unless the mode is off."""
    # A file's name may hold terminal codes, or what means something to a reader of the line.
    name = "$(printf %s %P | LC_ALL=C tr -c ' -~' '?')"
    line = f'"seedgit: {name}: merged by git alone, by lines: $gone. {unstarted.MEND}"'
    return (
        f"{unstarted.gone(python, driver)}; {unstarted.MODE_ON_A_LINE}; "
        f"test $mode = {OFF} || echo {line} >&2"
    )
