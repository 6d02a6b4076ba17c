"""Reads the rules file of a working tree, for the driver and the command line alike."""

from __future__ import annotations

import os

from seedgit.files.safe import read_regular
from seedgit.rules import RULES_FILE, RULES_LIMIT


def read_rules(top: str | os.PathLike[str] = "") -> bytes | None:
    """The content of the rules file in `top`; None where there is none.

    Raises InputError where it is a link, a device or too large, OSError where it cannot be read.
    """
    try:
        return read_regular(os.path.join(top, RULES_FILE), RULES_LIMIT, where=RULES_FILE)
    except FileNotFoundError:
        return None
