"""Plain values where the rules say that a secret is: found in an overlay's history, and taken out.

A push sends all of an overlay's history, so it is not enough that the last state has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from seedgit.errors import Refused, SeedgitError
from seedgit.git.names import pasted, to_bytes
from seedgit.git.object_text import TreeItem
from seedgit.git.objects import COMMIT
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.record_tree import held_records, read_record, write_records
from seedgit.git.remotes import Remotes
from seedgit.git.stored_record import to_store
from seedgit.named_tuple import NamedTuple
from seedgit.operations.secrets.sealing import Sealer
from seedgit.operations.workspace import Workspace
from seedgit.overlay.concealed import Concealing, new_secrets
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import format_pointer
from seedgit.values.secrets import secrets_in
from seedgit.values.value import Value

TOLD = 5  # places that an error names


class Forgotten(NamedTuple):
    """An overlay whose history was written anew.

    places   what was plain in it
    commits  how many commits are other ones now
    sent     the remotes that have commits with plain values, which stay as they are
    """

    overlay: str
    places: tuple[str, ...]
    commits: int
    commit: str | None
    sent: tuple[str, ...] = ()

    def data(self) -> dict[str, object]:
        return self._asdict() | {"places": list(self.places), "sent": list(self.sent)}


class PlainValues:
    """Finds the plain values of one overlay. What was found of a record is remembered."""

    def __init__(self, workspace: Workspace, overlay: str) -> None:
        self.workspace = workspace
        self.overlay = overlay
        self._found: dict[tuple[str, str], Record | None] = {}

    @property
    def possible(self) -> bool:
        """Whether the rules make anything a secret."""
        return self.workspace.has_secrets

    def concealed(self, name: str, id: str) -> Record | None:
        """An entry's record with its plain values as new secrets; None where it has none."""
        if (name, id) not in self._found:
            self._found[name, id] = self._concealed(name, id)
        return self._found[name, id]

    def _concealed(self, name: str, id: str) -> Record | None:
        try:
            record = read_record(self.workspace.repository, name, id).record
        except SeedgitError:
            return None  # it is nobody's record; push sends it as it came
        rule = self.workspace.rules.match(record.path)
        if rule is None or not rule.has_secrets:
            return None
        base: Value = ABSENT
        with suppress(SeedgitError):
            base = self.workspace.base(record).value
        made = Concealing(rule, base, every=True).record(record, [])
        return made if new_secrets(made) else None

    def commits(self, tip: str, known: Iterable[str | None]) -> Iterator[tuple[str, str]]:
        """(commit, tree) of a history, the oldest first; without what the commits `known` have."""
        words = ["rev-list", "--reverse", "--topo-order", "--no-commit-header", "--format=%H %T"]
        out = self.workspace.repository.git(*words, tip, *(f"^{id}" for id in known if id))
        for line in out.decode("ascii").splitlines():
            commit, _, tree = line.partition(" ")
            yield commit, tree

    def in_trees(self, trees: Iterator[str]) -> tuple[str, ...]:
        """The places of plain values in some trees of the overlay."""
        found: dict[str, None] = {}
        for tree in trees:
            for name, item in held_records(self.workspace.repository, tree).items():
                made = self.concealed(name, item.id)
                found |= dict.fromkeys(_places(made) if made else ())
        return tuple(found)


def _places(record: Record) -> Iterator[str]:
    for override in record.held:
        for at, secret in secrets_in(override.value):
            if secret.new:
                yield record.path + format_pointer((*override.tokens, *at))


def refuse_plain(workspace: Workspace, remote: str, names: list[str]) -> None:
    """Raises Refused if an overlay that is to be pushed has, or had, plain values that the rules
    call secrets."""
    remotes = Remotes(workspace.repository, workspace.store)
    for name in names:
        plain, tip = PlainValues(workspace, name), workspace.store.tip(name)
        if tip is None or not plain.possible:
            continue
        commits = list(plain.commits(tip, [remotes.copy(name, remote)]))
        now = plain.in_trees(iter([workspace.repository.commit(tip).tree]))
        found = now or plain.in_trees(tree for _, tree in commits)
        if not found:
            continue
        where = ", ".join(found[:TOLD]) + (
            f", and {len(found) - TOLD} more" if found[TOLD:] else ""
        )
        overlay = f"--overlay {pasted(name)}"
        forget = f"seedgit secret forget {overlay}"
        raise Refused(
            f"the overlay {name!r} {'has' if now else 'had'} plain values where the rules say that "
            f"a secret is: {where}; nothing was pushed",
            where=remote,
            hint=f"seedgit secret rotate {overlay} encrypts them, then {forget} takes the plain "
            "ones out of its history"
            if now
            else f"{forget} takes them out of its history",
        )


def forget(workspace: Workspace) -> Forgotten:
    """Write what no remote has of the target overlay's history anew, its plain values encrypted.

    Every commit from the first one that has any becomes another one. What a remote has is known to
    others, and a push of another history would be refused. Raises Refused without recipients.
    """
    name, repository = workspace.target, workspace.repository
    plain = PlainValues(workspace, name)
    remotes = Remotes(repository, workspace.store)
    copies = {remote: remotes.copy(name, remote) for remote in remotes.names()}
    for attempt in repository.writer.attempts(overlay_ref(name)):
        tip = attempt.new = attempt.old
        if tip is None or not plain.possible:
            return Forgotten(name, (), 0, tip)
        commits = list(plain.commits(tip, copies.values()))
        places = plain.in_trees(tree for _, tree in commits)
        rewriting = _Rewriting(workspace, plain)
        for commit, tree in commits:
            rewriting.take(commit, tree)
        attempt.new = rewriting.made.get(tip, tip)
        attempt.why = "forget plain values"
    workspace.store.moved = True
    sent = tuple(
        remote
        for remote, copy in copies.items()
        if copy and plain.in_trees(tree for _, tree in plain.commits(copy, ()))
    )
    if rewriting.made:
        repository.git("reflog", "expire", "--expire=now", overlay_ref(name))
    return Forgotten(name, places, len(rewriting.made), attempt.new, sent)


class _Rewriting:
    """Commits, written again without plain values; `made`: the new ones, by the old ones."""

    def __init__(self, workspace: Workspace, plain: PlainValues) -> None:
        self.workspace = workspace
        self.plain = plain
        self.made: dict[str, str] = {}
        self.sealer = Sealer(workspace, workspace.store.read(plain.overlay))
        self._sealed: dict[tuple[str, str], Record] = {}

    def take(self, id: str, tree: str) -> None:
        repository = self.workspace.repository
        commit = repository.commit(id)
        parents = [self.made.get(parent, parent) for parent in commit.parents]
        new_tree = self._tree(tree)
        if new_tree == tree and parents == list(commit.parents):
            return
        head, _, message = repository.objects.load(id)[1].partition(b"\n\n")
        kept = [line for line in head.split(b"\n") if not line.startswith((b"tree ", b"parent "))]
        # A signature is of the old commit.
        kept = [line for line in kept if line.startswith((b"author ", b"committer ", b"encoding "))]
        lines = [f"tree {new_tree}", *(f"parent {parent}" for parent in parents)]
        data = b"\n".join([*map(to_bytes, lines), *kept]) + b"\n\n" + message
        self.made[id] = repository.objects.write(COMMIT, data)

    def _tree(self, tree: str) -> str:
        repository = self.workspace.repository
        records = []
        held: Mapping[str, TreeItem] = held_records(repository, tree)
        for name, item in held.items():
            made = self.plain.concealed(name, item.id)
            if made is None:
                continue
            key = name, item.id
            if key not in self._sealed:
                self._sealed[key] = self.sealer.record(made, [])
            records.append(to_store(self._sealed[key]))
        return write_records(repository, tree, records, {}, {}) if records else tree
