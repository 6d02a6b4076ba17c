"""The command line: prints what operations return, and chooses the exit status."""

import sys
from types import ModuleType

# argparse asks gettext for each of its texts, which looks for a translation each time. seedgit
# speaks English, and gettext and what it loads take a tenth of the time of its help.
_gettext = ModuleType("gettext")
vars(_gettext).update(
    gettext=lambda text: text, ngettext=lambda one, more, n: more if n != 1 else one
)

if sys.modules.setdefault("gettext", _gettext) is _gettext:
    import argparse  # noqa: F401

    del sys.modules["gettext"]
