"""The entry point of the command line, for `seedgit`, `git seedgit` and git's hooks.

It imports the rest of seedgit inside `main`. That takes a while, so ^C must end it as it ends any
program; and it may fail, where a part of seedgit or a library is missing.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in, so it is there at once

# Before anything else is loaded: from here on ^C prints nothing.
ORDINARY = _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import gc  # noqa: E402
import sys  # noqa: E402

from seedgit.errors import INSTALL_ANEW, MORE_MEMORY, REPOSITORY, UNSTARTABLE  # noqa: E402

GARBAGE = 50_000  # new objects after which cycles are looked for: few values are in one


def main() -> int:
    """Run the command line. Returns the exit status."""
    gc.disable()  # what is loaded stays
    loaded = False

    def ready() -> None:
        nonlocal loaded
        loaded = True
        gc.freeze()
        gc.set_threshold(GARBAGE)
        gc.enable()
        _signal.signal(_signal.SIGINT, ORDINARY)

    try:
        invocation = None
        if sys.argv[1:2] in (["status"], ["sync"]):  # late: it asks the clone
            if sys.argv[1] == "status":
                from seedgit.answer import Invocation
            else:
                from seedgit.answer_sync import SyncInvocation as Invocation

            invocation = Invocation.of(sys.argv[1:])
            status = invocation.answered() if invocation else None
            if status is not None:
                return status
        from seedgit.cli.main import main as run

        return run(ready=ready, invocation=invocation)
    except Exception as error:
        if isinstance(error, MemoryError):  # also of what reports another failure
            print(f"seedgit: out of memory\nhint: {MORE_MEMORY}", file=sys.stderr)
            return REPOSITORY
        if loaded:
            raise
        print(f"seedgit: cannot start: {error}\nhint: {INSTALL_ANEW}", file=sys.stderr)
        return UNSTARTABLE
    finally:
        gc.freeze()  # the interpreter looks once more for what it could free, before it ends
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)  # nothing is left to report
