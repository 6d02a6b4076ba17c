"""Documents as people have them: those in this directory, and more where they are at hand.

The data for measurements is in a folder beside the project. No test needs it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from seedgit.formats.registry import format_name

from tests.fuzz import Mutation

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"
# Of each document here, and the edits of each side.
MERGES, EDITS = 12, 3


class Merge(NamedTuple):
    """Three versions of one file. name: what they were made from."""

    name: str
    path: str
    base: bytes
    ours: bytes
    theirs: bytes


def documents(suffix: str, data: str = "merges") -> list[Path]:
    """Every file with this suffix: those here, and those in a folder of the data."""
    found = [*HERE.rglob(f"*{suffix}"), *(DATA / data).rglob(f"*{suffix}")]
    return sorted(path for path in found if path.name != "edits.json")


def charts() -> dict[str, list[Path]]:
    """By name, the versions of a chart's values, the oldest one first."""
    folders = [HERE / "tracker", *(DATA / "upgrades").glob("*")]
    return {folder.name: sorted(folder.glob("*.yaml")) for folder in folders}


@functools.cache
def merges() -> tuple[Merge, ...]:
    """Merges made of the documents here, and real ones where they are at hand."""
    return tuple(_merges())


def _merges() -> Iterator[Merge]:
    for path in sorted(HERE.rglob("*.*")):
        format = format_name(path.name)
        for number in range(MERGES if format else 0):
            text = path.read_text()
            sides = [Mutation(format or "", text, Random(f"{number}{s}"), s) for s in "ot"]
            for side in sides:
                side.edit(EDITS)
            ours, theirs = (side.text.encode() for side in sides)
            yield Merge(f"{path.stem}-{number}", path.name, text.encode(), ours, theirs)
    for meta in sorted((DATA / "merges").glob("*/*/meta.json")):
        files = [next(meta.parent.glob(f"{name}.*")) for name in ("base", "left", "right")]
        yield Merge(meta.parent.name, files[0].name, *(file.read_bytes() for file in files))
