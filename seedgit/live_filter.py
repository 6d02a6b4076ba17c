"""The file that git starts as `filter.seedgit.process`; see operations/in_place/filter.py.

Python compiles this file at each start, but caches the modules that it imports.
"""

from __future__ import annotations

import gc
import os
import signal
import sys


def _run() -> None:
    # As in merge_driver.py: with -I -S the path has Python's own modules only.
    sys.path += [
        os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
        os.path.join(
            os.path.dirname(os.path.dirname(sys.executable)),
            "lib",
            f"python{sys.version_info[0]}.{sys.version_info[1]}",
            "site-packages",
        ),
    ]
    from seedgit.operations.in_place.filter import main

    status = main()
    sys.stderr.flush()
    os._exit(status)  # every file is closed, or only read


if __name__ == "__main__":
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # ^C ends it as it ends git
    _run()
