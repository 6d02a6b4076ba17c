"""The rules file of a working tree, as the driver and the command line read it: in one way."""

from __future__ import annotations

import os

from seedgit.safe_files import read_regular

RULES_FILE = ".seedgit.yaml"


def read_rules(top: str | os.PathLike[str] = "") -> bytes | None:
    """What the rules file below `top` holds; None where there is none.

    Raises InputError where it is a link, a device or too large, OSError where it cannot be read.
    """
    place = os.path.join(top, RULES_FILE)
    if not os.path.lexists(place):
        return None
    # Where there are none, the driver needs nothing of what reads them.
    from seedgit.formats.rules import MOST_BYTES

    return read_regular(place, MOST_BYTES, where=RULES_FILE)
