"""What was found of the sites of a fleet, remembered by content.

What an upgrade does to a site follows from the site's commit and from what all sites share: the
upgrade, the rules, the layers below, the version of seedgit. So a site that has not changed since
is not read again. Only what is plain JSON is remembered, and no problem: that may be mended without
any commit. So no secret is in it, whatever the rules call one.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable
from typing import Any, Final

from seedgit import codes
from seedgit.git.repository import Repository
from seedgit.git.whole import read_whole
from seedgit.named_tuple import NamedTuple
from seedgit.operations.fleet.job import Answer, ToldFinding
from seedgit.operations.fleet.model import FleetFinding
from seedgit.operations.seeds.facts import is_json
from seedgit.overlay.decisions import Question
from seedgit.values.diff import ABSENT
from seedgit.values.value import Value

FILE: Final = "fleet"  # in the folder `seedgit` of the common directory
_PROBLEMS: Final = (
    codes.UNUSABLE_RECORD,
    codes.UNUSABLE_OVERLAY,
    codes.UNUSABLE_RULES,
    codes.NOT_PARSEABLE,
)


class KnownSite(NamedTuple):
    """A site's row of answers, and the seeds that the upgrade changes under its rules."""

    row: array[int]
    seeds: tuple[str, ...]


class Remembered:
    """What an earlier plan found.

    answers  by number, as texts
    sites    by commit
    """

    def __init__(self, context: str = "") -> None:
        self.context = context
        self.answers: list[str] = []
        self.sites: dict[str, KnownSite] = {}


def read(repository: Repository, context: str) -> Remembered:
    """What was found in a context; nothing if that was another one.

    context  all that the answers depend on beside the sites
    """
    made = Remembered(context)
    body = read_whole(repository.common_dir / "seedgit" / FILE)
    if not body:
        return made
    try:
        lines = zlib.decompress(body).decode("ascii").split("\n")
        head = json.loads(lines[0])
        if head["context"] != context:
            return made
        seeds = [tuple(each) for each in head["seeds"]]
        count = head["answers"]
        for line in lines[1 + count :]:
            commit, number, row = line.split(" ")
            found = array("i")
            found.frombytes(bytes.fromhex(row))
            made.sites[commit] = KnownSite(found, seeds[int(number)])
        made.answers = lines[1 : 1 + count]
    except (zlib.error, ValueError, KeyError, IndexError, RecursionError):
        return Remembered(context)
    return made


def keep(repository: Repository, found: Remembered) -> None:
    """Remember some sites, and the answers that they have."""
    used = sorted({number for site in found.sites.values() for number in site.row})
    numbers = {old: new for new, old in enumerate(used)}
    seeds = {each: n for n, each in enumerate(dict.fromkeys(s.seeds for s in found.sites.values()))}
    head = {"context": found.context, "seeds": list(seeds), "answers": len(used)}
    lines = [json.dumps(head), *(found.answers[number] for number in used)]
    for commit, site in found.sites.items():
        row = array("i", (numbers[number] for number in site.row))
        lines.append(f"{commit} {seeds[site.seeds]} {row.tobytes().hex()}")
    body = zlib.compress("\n".join(lines).encode("ascii"), 1)
    repository.writer.remember(repository.common_dir / "seedgit" / FILE, body)


def text_of_answer(answer: Answer) -> str:
    """An answer as a line of JSON; "" if it is not to be remembered."""
    rows = []
    for each in answer:
        if not isinstance(each, ToldFinding) or each.finding.reason in _PROBLEMS:
            return ""
        values = (*(each.values or ()), *(each.asked[1:] if each.asked else ()))
        if not all(value is ABSENT or is_json(value) for value in values):
            return ""
        asked = [each.asked.pointer, *_boxed(each.asked[1:])] if each.asked else None
        made = _boxed(each.values) if each.values else None
        rows.append([list(each.finding), made, asked, each.path])
    return json.dumps(rows, separators=(",", ":"))


def answer_from(text: str) -> Answer:
    """What `text_of_answer` was made of."""
    found = []
    for finding, values, asked, path in json.loads(text):
        found.append(
            ToldFinding(
                FleetFinding(*finding),
                _unboxed(values) if values else None,
                Question(asked[0], *_unboxed(asked[1:])) if asked else None,
                path,
            )
        )
    return tuple(found)


def _boxed(values: Iterable[Value]) -> list[list[Value]]:
    return [[] if value is ABSENT else [value] for value in values]


def _unboxed(boxes: list[list[Value]]) -> tuple[Any, Any, Any]:
    one, two, three = (box[0] if box else ABSENT for box in boxes)
    return one, two, three
