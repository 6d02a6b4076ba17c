"""The command line as a program: `python -m seedgit`, and the file that git's hooks start.

A hook runs at the top of a working tree, where upstream may have put a `json.py`. So it starts
`python -I .../seedgit/__main__.py`: with -I neither that directory, nor what the environment says
of Python, nor a user's site is looked at (docs.python.org, "Command line and environment").
"""

import os
import sys

if not __package__:
    # Started as a file: its own package runs, and not another one that is installed. Python's own
    # modules come first, for what stands beside the package may bear the same names.
    places = (n for n, place in enumerate(sys.path) if place.endswith("-packages"))
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(next(places, len(sys.path)), root)

from seedgit.start import main

sys.exit(main())
