"""What hooks and driver do once seedgit no longer starts: in the shell, with git alone.

After an environment was moved, or a Python upgraded, git's own work goes on, and a line says so.
All this runs only then: as long as seedgit starts, it costs no process.
"""

from __future__ import annotations

from seedgit.git.settings import DRIVER_KEY
from seedgit.mode import DRY_RUN, KEY, LIVE, OFF, VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

# Each line that is read is SCOPE, tab, VALUE, those that count most last, as git lists them. $mode
# is what seedgit/mode.py decides of them: the last scope counts, and in it the safest value. The
# patterns have two parentheses for older shells, and there is no percent sign: a driver's command
# has %O, %A.
_MODE: Final = (
    f"mode=$({{ git config {DRIVER_KEY} >/dev/null && echo 'default\t{LIVE}' ||",
    f"    echo 'default\t{OFF}'; git config --show-scope --get-all {KEY};",
    f'    test -z "${VARIABLE}" || echo "variable\t${VARIABLE}"; }} | {{ at=;',
    "    while IFS='\t' read -r scope value; do",
    f'        test "$scope" = "$at" || mode={LIVE}; at=$scope;',
    f"        case $value in ({LIVE}) ;; ({DRY_RUN}) test $mode = {OFF} || mode={DRY_RUN};;",
    f"            (*) mode={OFF};; esac;",
    "    done; echo $mode; })",
)
MODE: Final = "\n".join(_MODE)  # for a script
MODE_ON_A_LINE: Final = " ".join(map(str.strip, _MODE))  # for a command in git's configuration

MEND: Final = "Once seedgit is installed again: seedgit doctor --fix"


def gone(interpreter: str, program: str) -> str:
    """Shell code that puts into $gone what is wrong with two quoted paths, after $status."""
    return (
        f"if test ! -x {interpreter}; then gone={interpreter}' is gone';"
        f" elif test ! -f {program}; then gone={program}' is gone';"
        f' else gone={interpreter}" does not run seedgit (status $status)"; fi'
    )
