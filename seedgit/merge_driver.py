"""The file that git starts: `python -I -S merge_driver.py %O %A %B %L %P`; see driver/main.py.

`merge_driver.py filter` serves files that are live in place; see operations/in_place/filter.py.

Python compiles this file at each start, but caches the modules that it imports. So there is next to
nothing here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import gc
import sys

FILTER = "filter"  # the word


def _run() -> None:
    import os

    # With -I -S the path has Python's own modules only. They stay first, since most imports are of
    # those. The package is around this file; the libraries may be elsewhere.
    sys.path += [
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.join(
            os.path.dirname(os.path.dirname(sys.executable)),
            "lib",
            f"python{sys.version_info[0]}.{sys.version_info[1]}",
            "site-packages",
        ),
    ]
    if sys.argv[1:] == [FILTER]:
        from seedgit.operations.in_place.filter import main as serve

        status = serve()
    else:
        from seedgit.driver.main import main

        status = main(sys.argv[1:])
    # Skip the interpreter's clean-up, which costs as much as the merge of a small file. It is safe:
    # all files are closed, and standard error is written line by line.
    os._exit(status)


def _without_memory() -> None:
    """Exit as the driver does when it fails, using only built-in modules, which need no memory."""
    import posix

    if len(sys.argv) == 6:
        posix.unlink(sys.argv[2])  # no shell made git's merge before: a missing file stops git
    posix.write(2, b"seedgit: out of memory: it did nothing\n")
    posix._exit(12)  # driver.FAILED


if __name__ == "__main__":
    # The process ends before there is garbage to collect, and looking for it takes a fifth longer.
    gc.disable()
    # ^C ends the driver as it ends git, without a traceback. %A is a complete file at any moment.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    try:
        _run()
    except MemoryError:
        _without_memory()
    except OSError as error:
        if error.errno != 12:  # ENOMEM; an import that reads a directory may raise it too
            raise
        _without_memory()
