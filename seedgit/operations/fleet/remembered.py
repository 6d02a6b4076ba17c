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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

FILE: Final = "fleet"  # in the folder `seedgit` of the common directory
WIDTH: Final = array("i").itemsize
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

    answers  by number, as texts; "" if it may not be remembered
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
        first, *answers = texts.decompress(body).decode("ascii").split("\n")
        head = json.loads(first)
        if head["context"] != context:
            return made
        made.answers = answers
        rest = _Rest(texts.unused_data)
        seeds = [tuple(each) for each in head["seeds"]]
        size, count = repository.object_format.size, head["sites"]
        commits = rest.bytes(size * count).hex()
        of_sites = zip(rest.numbers(count), rest.numbers(count), strict=True)
        rows, start = rest.numbers(head["rows"]), 0
        for at, (number, length) in enumerate(of_sites):
            commit = commits[2 * size * at : 2 * size * (at + 1)]
            made.sites[commit] = KnownSite(rows[start : start + length], seeds[number])
            start += length
        for rules, name, length in head["records"]:
            found = SameSeed(rest.bytes(size * length), rest.numbers(length))
            made.packed.setdefault(rules, {})[bytes.fromhex(name)] = found
    except (zlib.error, ValueError, KeyError, IndexError, RecursionError):
        return Remembered(context)
    return made


def keep(repository: Repository, found: Remembered) -> None:
    """Remember some sites and records, and the answers that they have."""
    _tidy(found)
    sites = found.sites.values()
    seeds = {each: n for n, each in enumerate(dict.fromkeys(site.seeds for site in sites))}
    rows = b"".join(site.row.tobytes() for site in sites)
    records = [(rules, *item) for rules, all in found.packed.items() for item in all.items()]
    head = {
        "context": found.context,
        "seeds": list(seeds),
        "sites": len(sites),
        "rows": len(rows) // WIDTH,
        "records": [(rules, name.hex(), len(same.answers)) for rules, name, same in records],
    }
    # Only the texts are worth compressing: ids are as good as random.
    parts = [
        zlib.compress("\n".join([json.dumps(head), *found.answers]).encode("ascii"), 1),
        bytes.fromhex("".join(found.sites)),
        array("i", (seeds[site.seeds] for site in sites)).tobytes(),
        array("i", (len(site.row) for site in sites)).tobytes(),
        rows,
        *(part for *_, same in records for part in (same.ids, same.answers.tobytes())),
    ]
    repository.writer.remember(repository.common_dir / "seedgit" / FILE, b"".join(parts))


def _tidy(found: Remembered) -> None:
    """Leave out the answers that nobody has any more, if they are half of all, and number anew."""
    used = {SILENT}.union(*(site.row for site in found.sites.values()))
    used.update(*(same.answers for all in found.packed.values() for same in all.values()))
    if 2 * (len(used) - 1) > len(found.answers):
        return
    old = sorted(used - {SILENT})
    new = {SILENT: SILENT} | {number: at for at, number in enumerate(old)}
    found.answers = [found.answers[number] for number in old]

    def renumbered(numbers: array[int]) -> array[int]:
        return array("i", map(new.__getitem__, numbers))

    for commit, site in found.sites.items():
        found.sites[commit] = KnownSite(renumbered(site.row), site.seeds)
    for rules, all in found.packed.items():
        each = ((name, same.ids, renumbered(same.answers)) for name, same in all.items())
        found.packed[rules] = {name: SameSeed(ids, answers) for name, ids, answers in each}


class _Rest:
    """What is left to read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def numbers(self, count: int) -> array[int]:
        found = array("i")
        found.frombytes(self.bytes(count * WIDTH))
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
    """What `text_of_answer` was made of, but for what it has no text of."""
    found = []
    for finding, values, asked, path in json.loads(text) if text else ():
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
