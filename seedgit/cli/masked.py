"""Masks texts in whatever is printed: values that are secrets, but are still stored plain."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MASK = "(secret)"
SHORTEST = 4  # characters of a text that is looked for: a shorter one is part of many others
KNOWN = 16  # characters by which a text is known: tables show long ones cut


class Masked:
    """Replaces some texts, each also where it is only begun, or written as JSON or HTML."""

    def __init__(self, texts: Iterable[str]) -> None:
        forms = {form for text in texts for line in text.splitlines() for form in _forms(line)}
        # A text that another one begins with comes after it: it would leave the other's end.
        self._forms = sorted((f for f in forms if len(f) >= SHORTEST), key=len, reverse=True)
        begun = map(re.escape, dict.fromkeys(form[:KNOWN] for form in self._forms))
        self._begun = re.compile("|".join(begun)) if self._forms else None

    def __call__(self, text: str) -> str:
        """The text with a mask for each of them."""
        if self._begun is None:
            return text
        made, at = [], 0
        while found := self._begun.search(text, at):
            start = found.start()
            made += [text[at:start], MASK]
            at = start + max(_alike(form, text, start) for form in self._forms)
        return "".join([*made, text[at:]])

    def data(self, value: Any) -> Any:
        """The same of what is printed as JSON: a number of them becomes a mask, too."""
        if isinstance(value, dict):
            return {self(key): self.data(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item) for item in value]
        if isinstance(value, str):
            return self(value)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return MASK if number and str(value) in self._forms else value


def _forms(text: str) -> Iterable[str]:
    yield text
    yield html.escape(text)
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def _alike(form: str, text: str, start: int) -> int:
    """How much of a text stands there; 0 if its beginning does not."""
    if not text.startswith(form[:KNOWN], start):
        return 0
    end = min(len(form), len(text) - start)
    return next((n for n in range(KNOWN, end) if form[n] != text[start + n]), end)
