"""Makes the record for a split file, so that its effective value stays the same."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.git.repository import GitEntry
from seedgit.operations.adoption.model import DETAILS, Adopted
from seedgit.operations.adoption.split import Split, told
from seedgit.operations.check import alters
from seedgit.operations.stack.effective import Layer, layer_on, stacked, written
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.override import Override, Parked
from seedgit.overlay.patch import patch_of
from seedgit.overlay.rebase import followed_rivals, rebase
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.patch import apply
from seedgit.values.pointer import meet
from seedgit.values.value import Value, same


def record_of(
    workspace: Workspace,
    path: str,
    split: Split,
    item: Stored | None,
    why: str,
    *,
    write: bool,
) -> Record:
    """The overlay's record for a split file that keeps the effective value as it is."""
    repository, rule = workspace.repository, workspace.rule(path)
    store = repository.hold_blob if write else repository.blob_id
    blob = split.blob or store(split.seed.data)
    fresh = tuple(made._replace(why=why) for made in split.moved)
    if item is None:
        return Record(path, blob, fresh)
    seed, mixed = split.seed.value, split.mixed.value
    base = workspace.base(item.record).value
    now = rebase(item.record.overrides, base, mixed, rule, parked=item.record.parked)
    wanted = apply(patch_of(now.overrides), mixed)
    then = rebase(now.overrides, mixed, seed, rule)
    known = {o.tokens: o for o in (*then.overrides, *(p.override for p in then.parked))}
    moved = {made.tokens for made in fresh}
    overrides: list[Override] = []
    for each in differences(seed, wanted, (), rule.key_of):
        old = known.get(each.tokens)
        if old is None:
            overrides.append(each._replace(why=why))
        elif each.tokens not in moved and (old.op, True) == (each.op, same(old.value, each.value)):
            overrides.append(old)
        else:
            overrides.append(each._replace(why=old.why or why, until=old.until))
    there = [made.tokens for made in overrides]
    overrides += [o for o in then.overrides if not any(meet(o.tokens, t) for t in there)]
    parked = tuple(_followed(p, mixed, seed, rule) for p in now.parked)
    rivals = followed_rivals(item.record.rivals, base, seed, rule)
    made = item.record._replace(path=path, base=blob, overrides=tuple(overrides), parked=parked)
    return made._replace(rivals=rivals)


def _followed(parked: Parked, mixed: Value, seed: Value, rule: SeedRule) -> Parked:
    if parked.reason != codes.YIELDED:
        return parked
    return next(iter(rebase((), mixed, seed, rule, parked=(parked,)).parked), parked)


def lower_records(workspace: Workspace) -> dict[str, list[Stored]]:
    """The records of the overlays below the target overlay, by seed."""
    found: dict[str, list[Stored]] = {}
    for name in workspace.names[:-1]:
        for item in workspace.stored(name):
            if item.path is not None:
                found.setdefault(item.path, []).append(item)
    return found


def check_effective(
    workspace: Workspace,
    path: str,
    split: Split,
    item: Stored | None,
    record: Record,
    lower: list[Stored],
) -> None:
    """Raise PatchError if the effective value would change, or could not be written."""
    rule = workspace.rule(path)
    before = [layer_on(workspace, i, split.mixed) for i in (*lower, *([item] if item else []))]
    value = split.seed.value
    made = Layer(
        workspace.target,
        record,
        rebase(record.overrides, value, value, rule, parked=record.parked),
    )
    after = [*(layer_on(workspace, i, split.seed) for i in lower), made]
    was = stacked(path, split.mixed, tuple(before), rule)
    now = stacked(path, split.seed, tuple(after), rule)
    if not same(was.value, now.value):
        raise PatchError(DETAILS[codes.OVERLAID])
    written(now)


def adopted_file(
    workspace: Workspace, path: str, split: Split, record: Record, tip: GitEntry | None
) -> Adopted:
    blob = record.base
    moved = [made.tokens for made in split.moved]
    text = split.seed.apply(patch_of(split.moved)).data
    allow = (tip is None or tip.id != blob) and alters(
        workspace.rule(path), split.mixed, split.seed
    )
    rule, mixed = workspace.rule(path), split.mixed.value
    taken = (o for o in record.overrides if any(meet(o.tokens, t) for t in moved))
    return Adopted(
        path,
        split.seed.data,
        split.blob is not None,
        tuple(told(rule, override, mixed) for override in taken),
        text != split.mixed.data,
        allow,
    )
