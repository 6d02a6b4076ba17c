"""Pages that need no network: one file, light and dark, made from `templates`.

Whatever a template prints is escaped, control characters too, unless one of our macros wrote it. A
page's policy allows only its own style and its own script, each by hash. So no text from a seed and
no site's name can run or load anything, even if it got past the escaping.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedgit.cli.terminal import WHOLE, plain, shown
from seedgit.values.diff import ABSENT
from seedgit.values.value import same

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"
FILES = {
    "style": "page.css",
    "script": "page.js",
    "ui_style": "ui.css",
    "ui_script": "ui.js",
}


def page(template: str, **data: Any) -> str:
    """A whole page, made from a template's name and what it shows."""
    return environment().get_template(template).render(data)


@cache
def environment() -> Environment:
    """Where templates are, and what they may use. Only a run that writes a page needs this."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

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
    made.filters |= {"digest": digest, "shown": lambda value: shown(value, WHOLE)}
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
