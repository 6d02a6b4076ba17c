"""A program that reads and writes live files, and what it has written that is nowhere else yet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.history import Step
from tests.simulator.model import Intent, Place

OWNED = ("limit", "paused", "mode", "max_items")  # by the rules, whatever they are in


class Program:
    """written  what it wrote last to each place of the site's, until an overlay has it
    drift    what it wrote to places of the package's: an overlay may have it, if it has the place
    """

    def __init__(self, app: Path) -> None:
        self.app = app
        self.written: dict[Place, str] = {}
        self.drift: dict[Place, str] = {}

    def write(self, step: Step, path: str) -> bool:
        """Write a value; whether the program's file has such a place."""
        file = self.app / path
        if not file.is_file():
            return False
        document: Any = yaml.safe_load(file.read_text())
        if not put(document, step.place, int(step.value)):
            return False
        file.write_bytes(dumped(document, path, step.chance))
        place = (step.file, *step.place)
        (self.written if step.place[-1] in OWNED else self.drift)[place] = step.value
        return True

    @property
    def intent(self) -> Intent:
        """What a sync may put into an overlay."""
        wrote = {**self.written, **self.drift}
        return Intent(frozenset(wrote.values()), tuple(wrote))

    def captured(self, held: set[str]) -> None:
        self.written = {place: v for place, v in self.written.items() if v not in held}

    def missing(self) -> set[str]:
        """What is in no file any more."""
        text = "\n".join(file.read_text() for file in self.app.rglob("*") if file.is_file())
        return {value for value in self.written.values() if value not in text}


def put(document: Any, place: tuple[str, ...], value: int) -> bool:
    holder = document
    if len(place) > 1:
        steps = document.get("steps")
        items = steps if isinstance(steps, list) else []
        named = (item for item in items if isinstance(item, dict) and item.get("id") == place[1])
        holder = next(named, None)
    if not isinstance(holder, dict) or place[-1] not in holder:
        return False
    holder[place[-1]] = value
    return True


def dumped(document: Any, path: str, chance: float) -> bytes:
    """As programs do: in one line, in several, with other quotes or none."""
    if chance < 0.4 and path.endswith((".yaml", ".yml")):
        return yaml.safe_dump(document, sort_keys=chance < 0.2).encode()
    return (json.dumps(document, indent=2 if chance < 0.7 else None) + "\n").encode()
