"""The command line as a program: what `seedgit`, `git seedgit` and git's hooks start.

All else is imported here, for it takes a while and may fail: by ^C, as another program is ended, or
where a part of seedgit or of what it needs is gone.
"""

from __future__ import annotations

import signal
import sys

from seedgit.errors import INSTALL_ANEW, UNSTARTABLE


def main() -> int:
    """Run the command line; returns the exit status."""
    ordinary = signal.signal(signal.SIGINT, signal.SIG_DFL)
    loaded = False

    def ready() -> None:
        nonlocal loaded
        loaded = True
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
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing is left to be told
