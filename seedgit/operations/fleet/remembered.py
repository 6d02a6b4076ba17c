"""What was found of the sites of a fleet, and of their records, remembered by content.

What an upgrade does to a site follows from the site's commit and from what all sites share: the
upgrade, the rules, the layers below, the version of seedgit. So a site that has not changed since
is not read again; of one that has, only the records are asked about that no site had. Only what is
plain JSON is remembered, and no problem: that may be mended without any commit. So no secret is in
it, whatever the rules call one.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Iterable, Mapping
from itertools import islice
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
SILENT: Final = -1  # in place of an answer's number: there is nothing to tell
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


class SameSeed(NamedTuple):
    """Records over one seed: their ids one after the other, and the numbers of their answers."""

    ids: bytes
    answers: array[int]


class Remembered:
    """What an earlier plan found.

    answers  by number, as texts
    sites    by commit
    packed   records, by what names the rules that count there, and their entry in a tree but for
             the id
    """

    def __init__(self, context: str = "") -> None:
        self.context = context
        self.answers: list[str] = []
        self.sites: dict[str, KnownSite] = {}
        self.packed: dict[str, dict[bytes, SameSeed]] = {}

    def records(self, rules: str) -> dict[bytes, int]:
        """The numbers of the answers about records, by their entries in trees; SILENT: none."""
        found: dict[bytes, int] = {}
        for start, (ids, answers) in self.packed.get(rules, {}).items():
            size = len(ids) // len(answers)
            each = (start + ids[at : at + size] for at in range(0, len(ids), size))
            found.update(zip(each, answers, strict=True))
        return found

    def take(self, rules: str, records: Mapping[bytes, int], size: int) -> None:
        """Remember records, as `records` names them.

        size  of an id, in bytes
        """
        made: dict[bytes, tuple[list[bytes], array[int]]] = {}
        for entry, answer in records.items():
            ids, answers = made.setdefault(entry[:-size], ([], array("i")))
            ids.append(entry[-size:])
            answers.append(answer)
        self.packed[rules] = {start: SameSeed(b"".join(ids), a) for start, (ids, a) in made.items()}


def read(repository: Repository, context: str) -> Remembered:
    """What was found in a context; nothing if that was another one.

    context  all that the answers depend on beside the sites
    """
    made = Remembered(context)
    body = read_whole(repository.common_dir / "seedgit" / FILE)
    try:
        texts = zlib.decompressobj()
        lines = iter(texts.decompress(body).decode("ascii").split("\n"))
        head = json.loads(next(lines))
        if head["context"] != context:
            return made
        seeds = [tuple(each) for each in head["seeds"]]
        made.answers = list(islice(lines, head["answers"]))
        for line in islice(lines, head["sites"]):
            commit, number, row = line.split(" ")
            made.sites[commit] = KnownSite(_numbers(bytes.fromhex(row)), seeds[int(number)])
        rest = memoryview(texts.unused_data)
        for line in lines:
            rules, start, ids, answers = line.split(" ")
            end = int(ids) + int(answers)
            found = SameSeed(bytes(rest[: int(ids)]), _numbers(rest[int(ids) : end]))
            made.packed.setdefault(rules, {})[bytes.fromhex(start)] = found
            rest = rest[end:]
    except (zlib.error, ValueError, KeyError, IndexError, RecursionError, StopIteration):
        return Remembered(context)
    return made


def keep(repository: Repository, found: Remembered) -> None:
    """Remember some sites and records, and the answers that they have."""
    used = {number for site in found.sites.values() for number in site.row}
    packed = [(rules, *item) for rules, all in found.packed.items() for item in all.items()]
    used.update(*(same.answers for _, _, same in packed))
    told = sorted(used - {SILENT})
    numbers = {SILENT: SILENT} | {old: new for new, old in enumerate(told)}
    seeds = {each: n for n, each in enumerate(dict.fromkeys(s.seeds for s in found.sites.values()))}
    counts = {"answers": len(told), "sites": len(found.sites)}
    head = {"context": found.context, "seeds": list(seeds), **counts}
    lines = [json.dumps(head), *(found.answers[number] for number in told)]
    for commit, site in found.sites.items():
        row = array("i", (numbers[number] for number in site.row))
        lines.append(f"{commit} {seeds[site.seeds]} {row.tobytes().hex()}")
    rest = []
    for rules, start, (ids, answers) in packed:
        data = array("i", (numbers[number] for number in answers)).tobytes()
        lines.append(f"{rules} {start.hex()} {len(ids)} {len(data)}")
        rest += [ids, data]
    # Ids are as good as random: they are not made smaller by being compressed.
    body = b"".join([zlib.compress("\n".join(lines).encode("ascii"), 1), *rest])
    repository.writer.remember(repository.common_dir / "seedgit" / FILE, body)


def _numbers(data: bytes | memoryview) -> array[int]:
    found = array("i")
    found.frombytes(data)
    return found


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
