"""What `status` says of the overrides of a seed, remembered by content.

It follows from the seed's bytes, the records that lie over it, the rules and the version of
seedgit alone. So for what did not change since it was worked out, no record is read and no
document is parsed. Only a seed of which everything was understood is remembered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from seedgit import codes
from seedgit.digest import sha1
from seedgit.errors import SeedgitError
from seedgit.git.file_ids import FileIds
from seedgit.git.names import to_bytes
from seedgit.git.table import Table
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Override, Parked, Rival, Until
from seedgit.rules.ownership import names_secret, plain_names
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_pointer
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.formats.document import Document
    from seedgit.overlay.record import Record
    from seedgit.rules.ownership import SeedRule

    Seen = list[tuple[str, str, list[Any]]]  # a path, the id of its file, and its facts as rows

Entry = tuple[str, str, str]  # an overlay, the name of an entry in its tree, and its id


class Fact(NamedTuple):
    """What became of one override, whatever the time is.

    seed    the seed's value; ABSENT where it has none, or where it does not matter
    ground  the seed's value that the end of the override is compared with
    needs   whether somebody has to decide
    """

    overlay: str
    pointer: str
    name: str
    status: str
    seed: Value
    ground: Value
    local: Value
    over: Value
    why: str
    until: Until | None
    needs: bool
    parked: bool


def fact(overlay: str, override: Override, status: str, *, needs: bool) -> Fact:
    """The fact of an override that is in the effective file, or cannot be understood."""
    pointer = override.pointer
    return Fact(
        overlay,
        pointer,
        pointer,
        status,
        override.seed,
        override.seed,
        override.local,
        override.over,
        override.why,
        override.until,
        needs,
        False,
    )


def told(found: Fact, rule: SeedRule | None, seed: Value) -> Fact:
    """The fact with masks for what is a secret in the seed's versions."""
    if rule is None:
        return found
    at = parse_pointer(found.pointer)
    sides = (found.seed, found.local, found.over)
    if not rule.has_secrets and not any(names_secret(value, at) for value in sides):
        return found
    plain = set(plain_names(at, found.local)) if found.overlay else ()
    now, local, over = (rule.told(value, at, seed, plain) for value in sides)
    return found._replace(seed=now, local=local, over=over)


def parked_fact(overlay: str, record: Record, parked: Parked) -> Fact:
    """The fact of a parked override. It waits unless somebody decided that it may stay parked."""
    from seedgit.overlay.decisions import question_of_parked, stays

    waits = not stays(record.decisions, parked.reason, question_of_parked(parked))
    found = fact(overlay, parked.override, parked.reason, needs=waits)
    seed = found.seed if parked.reason == codes.YIELDED else ABSENT
    return found._replace(name=parked.label, seed=seed, parked=True)


def rival_fact(overlay: str, rival: Rival, own: tuple[Override, ...]) -> Fact:
    """The fact of what somebody else wants at a place of the overlay's: `over` what it has."""
    found = fact(overlay, rival.override, codes.CLASH, needs=True)
    holds = own[0].local if own else rival.override.seed
    return found._replace(name=rival.label, local=rival.value, over=holds, parked=True)


class Facts:
    """The facts of the seeds under the active overlays.

    only  the seeds that matter; None: all
    """

    def __init__(self, workspace: Workspace, files: FileIds, only: Set[str] | None = None) -> None:
        self._workspace = workspace
        self._files = files
        self._table = Table(workspace.repository.common_dir / "seedgit" / "facts")
        self._known = self._table.read()
        self._used: dict[str, Any] = {}
        self._new = False
        self._ids: dict[str, str] = {}
        self.seen: Seen = []  # what was asked for and can be remembered
        self._rules = workspace.rules_id
        self._odd: set[str] = set()  # of a long name, or under a record that came from elsewhere
        self._entries = self._lying()
        self._found: dict[str, list[Any]] = {}
        # The files that were read to look for them, with their keys and ids.
        self._read: dict[str, tuple[str, str, bytes]] = {}
        for path in self._entries if only is None else only & self._entries.keys():
            self._look_up(path)
        self._trust()

    def __contains__(self, path: str) -> bool:
        """Whether the facts of a seed are remembered."""
        return path in self._found

    def __len__(self) -> int:
        """How many seeds are remembered: if any are, the rules were understood."""
        return len(self._found)

    def of(self, path: str) -> list[Fact]:
        """The facts of one seed. Raises InputError, PatchError, RepositoryError."""
        if path in self._found:
            self.seen.append((path, self._ids[path], self._found[path]))
            return [fact_from(row) for row in self._found[path]]
        workspace = self._workspace
        from seedgit.formats.document import Document  # late: mostly there is nothing to parse

        key, id, data = self._read.pop(path, ("", "", b""))
        seed = Document.parse(data, path) if id else workspace.seed(path)
        found = list(_worked_out(workspace, path, seed))
        sure = path in self._entries and path not in self._odd and not workspace.odd_rules
        if sure and all(map(_is_plain, found)):
            id = id or workspace.repository.blob_id(seed.data)
            rows = self._used[key or self._key(path, id)] = [_row(each) for each in found]
            self.seen.append((path, id, rows))
            self._new = True
        return found

    def keep(self) -> None:
        """Remember what was found."""
        if self._new:
            self._table.write(self._used, self._known)

    def _lying(self) -> Mapping[str, list[Entry]]:
        """What lies over each seed, as far as names tell, the lowest overlay first."""
        from seedgit.git.stored_record import says_all

        found: dict[str, list[Entry]] = {}
        for name in self._workspace.names:
            overlay = self._workspace.overlay(name)
            held = overlay.records.held
            for path, entries in overlay.records.named.items():
                found.setdefault(path, []).extend(
                    (name, entry, held[entry].id) for entry in entries
                )
                if not all(map(says_all, entries)):
                    self._odd.add(path)
            for home in self._workspace.moved(overlay).values():
                self._odd.add(home.path or "")
        return found

    def _look_up(self, path: str) -> None:
        if path in self._odd or not self._workspace.has_file(path):
            return
        try:
            id, data = self._files.get(path)
        except (OSError, SeedgitError):
            return  # `of` reports the problem
        key = self._key(path, id)
        if key in self._known:
            self._ids[path] = id
            self._used[key] = self._found[path] = self._known[key]
        elif data is not None:
            self._read[path] = key, id, data

    def _trust(self) -> None:
        """What was remembered of a seed came from records that could be used."""
        usable: dict[str, set[str]] = {name: set() for name in self._workspace.names}
        for path in self._found:
            for name, entry, _ in self._entries[path]:
                usable[name].add(entry)
        for name, entries in usable.items():
            self._workspace.overlay(name).records.trust(entries)

    def _key(self, path: str, seed: str) -> str:
        words = [self._rules, path, seed]
        for entry in self._entries[path]:
            words += entry
        return sha1(to_bytes("\0".join(words))).hex()


def _worked_out(workspace: Workspace, path: str, seed: Document) -> Iterator[Fact]:
    rule = workspace.rule(path)
    for found in _every(workspace, path, seed):
        yield told(found, rule, seed.value)


def _every(workspace: Workspace, path: str, seed: Document) -> Iterator[Fact]:
    from seedgit.operations.stack.effective import writable
    from seedgit.operations.stack.under_layers import standings

    stack, rule = writable(workspace, path, seed), workspace.rule(path)
    for number, layer in enumerate(stack.layers):
        name = layer.overlay
        covered = stack.covered(number)
        for outcome, _ in standings(stack, number, rule):
            yield fact(name, outcome.override, outcome.status, needs=outcome.needs_person)
        laid_over = [Parked(override, codes.COVERED) for override in covered]
        for parked in (*laid_over, *layer.rebased.parked):
            yield parked_fact(name, layer.record, parked)
        if layer.rivals:
            from seedgit.operations.sharing.rivals import undecided_in  # late: few records have any

            yield from (rival_fact(name, *pair) for pair in undecided_in(layer, seed, rule))


# -- as JSON -------------------------------------------------------------------------------------


def _row(found: Fact) -> list[Any]:
    values = [[] if value is ABSENT else [value] for value in found[4:8]]
    until = [found.until.kind, found.until.value] if found.until else None
    return [*found[:4], *values, found.why, until, *found[10:]]


def fact_from(row: list[Any]) -> Fact:
    values = [value[0] if value else ABSENT for value in row[4:8]]
    until = Until(*row[9]) if row[9] else None
    return Fact._make([*row[:4], *values, row[8], until, *row[10:]])


def _is_plain(found: Fact) -> bool:
    """Whether JSON gives back the very values."""
    until = found.until.value if found.until else None
    for value in (*found[4:8], until):
        if type(value) not in _SCALARS and value is not ABSENT and not is_json(value):
            return False
    return True


_SCALARS = frozenset((str, int, bool, type(None)))


def is_json(value: Value) -> bool:
    """Whether JSON gives back the very value."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is dict:
        return all(type(key) is str and is_json(item) for key, item in value.items())
    return all(map(is_json, value)) if kind is list else kind is float and value - value == 0
