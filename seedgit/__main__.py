"""What `python -m seedgit` runs, and the file that git's hooks start.

A hook runs at the top of a working tree, where upstream may have put a `json.py`. So it starts
`python -I .../seedgit/__main__.py`. With -I Python ignores that directory, its environment
variables and the user's own packages (docs.python.org, "Command line and environment").
"""

import os
import sys

if not __package__:
    # Started as a file: run the package around this file, not another installed one. Python's own
    # modules come first, because files beside the package may have the same names.
    places = (n for n, place in enumerate(sys.path) if place.endswith("-packages"))
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(next(places, len(sys.path)), root)

from seedgit.start import main

sys.exit(main())
