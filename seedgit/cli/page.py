"""Pages that need no network: one file, light and dark, made from `templates`.

Whatever a template prints is escaped, control characters too, unless one of our macros wrote it. A
page's policy allows only its own style and its own script, each by hash. So no text from a seed and
no site's name can run or load anything, even if it got past the escaping.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

from seedgit.cli.terminal import WHOLE, plain, shown
from seedgit.cli.words import words
from seedgit.git.names import to_bytes
from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.escapes import number_of
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"
FILES = {
    "style": "page.css",
    "script": "page.js",
    "site_script": "site.js",
    "desk_script": "ui.js",
}
LONG = re.compile(r"\S{16,}")  # a word that may not fit into a column
# Where such a word may be broken: not in a name, nor in a number.
ENDS = re.compile(r"(?<=[/,:;=&?@\])}])(?=\w|[\[({])|(?<=\.)(?=[^\W\d])")


class NextCommand(NamedTuple):
    """A command that a person may give next, and what it does.

    page  the address of a page of `seedgit ui` that helps with it; `also` says how
    """

    command: str
    does: str
    page: str = ""
    also: str = ""


def page(template: str, **data: Any) -> str:
    """A whole page, made from a template's name and what it shows."""
    return environment().get_template(template).render(data)


@cache
def environment() -> Environment:
    """Where templates are, and what they may use. Only a run that writes a page needs this."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup, escape

    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        finalize=_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for name, file in FILES.items():
        made.globals[name] = Markup((FOLDER / file).read_text("utf-8"))
    made.globals |= {"site": None, "shape": "", "zip": zip, "number_of": number_of}

    def breakable(text: object) -> Markup:
        """A text that may be broken where a word of it ends, and nowhere else if it fits."""
        found = LONG.sub(lambda word: ENDS.sub("\0", word[0]), plain(str(text)))
        return Markup("<wbr>").join(map(escape, found.split("\0")))

    made.filters |= {
        "breakable": breakable,
        "digest": digest,
        "file_address": lambda path: f"/file?path={quote(to_bytes(path))}",
        "shown": lambda value: shown(value, WHOLE),
        "words": words,
    }
    made.tests |= {"absent": lambda value: value is ABSENT, "alike": alike}
    return made


def alike(one: object, other: object) -> bool:
    """Whether two sides have the same value there, or both none."""
    return one is other or (ABSENT not in (one, other) and same(one, other))


def _text(value: object) -> object:
    """A value as text that hides nothing. What a macro wrote is HTML already."""
    return value if hasattr(value, "__html__") else plain(str(value))


def digest(source: str) -> str:
    """The hash by which a policy allows a style or a script (CSP, hash-source)."""
    import base64  # late: most commands that can write a page write none
    import hashlib

    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
