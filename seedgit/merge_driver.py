"""The file that git starts: `python -I -S merge_driver.py %O %A %B %L %P`; see driver/main.py.

Python compiles the file it starts anew each time, and keeps compiled what that imports: so there is
next to nothing here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import gc
import sys


def _run() -> None:
    import os

    # -I -S leave the path bare: the package stands beside this file, libraries may stand elsewhere.
    # Python's own come first: there are more of them to find.
    sys.path += [
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.join(
            os.path.dirname(os.path.dirname(sys.executable)),
            "lib",
            f"python{sys.version_info[0]}.{sys.version_info[1]}",
            "site-packages",
        ),
    ]
    from seedgit.driver.main import main

    status = main(sys.argv[1:])
    # All files are closed, and standard error holds no whole line back: to take the interpreter
    # apart, object by object, costs as much as the merge of a small file.
    os._exit(status)


def _without_memory() -> None:
    """Ends as the driver does that cannot go on, with what needs no memory: built in, and said."""
    import posix

    if len(sys.argv) == 6:
        posix.unlink(sys.argv[2])  # no shell has made git's merge before: by that git stops its own
    posix.write(2, b"seedgit: out of memory: it merged nothing\n")
    posix._exit(12)  # driver.FAILED


if __name__ == "__main__":
    # The process ends before there is anything to collect, and looking for it costs a fifth.
    gc.disable()
    # ^C ends it as it ends git, and prints no traceback; %A is a whole file at every moment.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    try:
        _run()
    except MemoryError:
        _without_memory()
    except OSError as error:
        if error.errno != 12:  # ENOMEM, also of a directory that an import looks into
            raise
        _without_memory()
