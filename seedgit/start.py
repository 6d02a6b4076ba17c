"""The entry point of the command line, for `seedgit`, `git seedgit` and git's hooks.

It imports the rest of seedgit inside `main`. That takes a while, so ^C must end it as it ends any
program; and it may fail, where a part of seedgit or a library is missing.
"""

from __future__ import annotations

import gc
import signal
import sys

from seedgit.errors import INSTALL_ANEW, UNSTARTABLE

GARBAGE = 50_000  # new objects after which cycles are looked for: few values are in one


def main() -> int:
    """Run the command line. Returns the exit status."""
    ordinary = signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # what is loaded stays
    loaded = False

    def ready() -> None:
        nonlocal loaded
        loaded = True
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()
        signal.signal(signal.SIGINT, ordinary)

    try:
        from seedgit.cli.main import main as run

        return run(ready=ready)
    except Exception as error:
        if loaded:
            raise
        print(f"seedgit: cannot start: {error}\nhint: {INSTALL_ANEW}", file=sys.stderr)
        return UNSTARTABLE
    finally:
        gc.freeze()  # the interpreter looks once more for what it could free, before it ends
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is left to report
