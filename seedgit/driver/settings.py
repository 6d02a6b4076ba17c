"""The driver's settings in git config: mode, shadow, markers and limits."""

from __future__ import annotations

import os

from seedgit.driver.git import ask
from seedgit.layers import DEFAULT_OVERLAY, OVERLAY_KEY, SECTION, in_order, unmet
from seedgit.limits import MEMORY_KEY, MEMORY_LIMIT, TIME_KEY, TIME_LIMIT, Limit, number
from seedgit.mode import KEY, VARIABLE, resolve_mode

SHADOW_KEY = "seedgit.shadow"
SETTINGS = (
    "^(seedgit[.](mode|shadow|timelimit|memorylimit|overlay)|merge[.]conflictstyle"
    "|branch[.].*[.]mergeoptions|seedgit-layer[.].*[.]when)$"
)
LISTED = ("config", "-z", "--show-scope", "--show-origin", "--get-regexp", SETTINGS)


class Settings:
    """What git config says; `listed` is what git prints for LISTED."""

    def __init__(self, listed: str) -> None:
        modes: list[tuple[str, str, str | None]] = []
        found: dict[str, str] = {}
        self._listed: list[tuple[str, str]] = []
        fields = iter(listed.split("\0"))
        for scope, origin, item in zip(fields, fields, fields, strict=False):
            key, equals, value = item.partition("\n")
            found[key] = value if equals else "true"
            self._listed.append((key, found[key]))
            if key == KEY:
                modes.append((scope, origin.removeprefix("file:"), found[key]))
        self.mode = resolve_mode(os.environ.get(VARIABLE), modes, installed=True)
        self.shadow = found.get(SHADOW_KEY, "").lower() in ("true", "yes", "on", "1")
        self._found = found
        style = found.get("merge.conflictstyle", "")
        self.style = style if style in ("diff3", "zdiff3") else "merge"
        self.warnings = list(self.mode.odd)
        self.seconds: float = self._number(found, TIME_KEY, TIME_LIMIT)
        self.bytes = self._number(found, MEMORY_KEY, MEMORY_LIMIT)

    def limit(self) -> Limit:
        return Limit(self.seconds, self.bytes)

    def layers(self) -> list[str]:
        """The active overlays, lowest first."""
        names = in_order(value for key, value in self._listed if key == OVERLAY_KEY)
        active = []
        for name in names:
            key = f"{SECTION}.{name}.when"
            if not unmet([value for each, value in self._listed if each == key], _branch):
                active.append(name)
        return active or [DEFAULT_OVERLAY]

    @property
    def merge_options(self) -> str:
        """branch.<name>.mergeOptions of the current branch."""
        if not any(key.startswith("branch.") for key in self._found):
            return ""
        branch = _branch()
        return self._found.get(f"branch.{branch}.mergeoptions", "")

    def _number(self, found: dict[str, str], key: str, default: int) -> int:
        text = found.get(key.lower(), str(default))
        value = number(text)
        if value is None:
            self.warnings.append(f"{key} is {text!r}, not a number: {default} counts")
            return default
        return value


def _branch() -> str:
    return ask("symbolic-ref", "--quiet", "--short", "HEAD").strip()
