"""Splits a committed file into the seed as upstream has it, and overrides of that seed."""

from __future__ import annotations

from collections.abc import Callable

from seedgit import codes
from seedgit.errors import InputError, PatchError
from seedgit.formats.document import Document
from seedgit.git.repository import GitEntry
from seedgit.named_tuple import NamedTuple
from seedgit.operations.adoption.model import NotAdopted
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.patch import is_structural, patch_of
from seedgit.overlay.rebase import rebase
from seedgit.rules.ownership import OVERLAY, SeedRule, names_secret
from seedgit.values.diff import ABSENT, diff, sayable
from seedgit.values.patch import apply
from seedgit.values.pointer import covers, exists, resolve
from seedgit.values.value import Key, Value, same

# Whether a difference moves into the overlay. It is given as an override, with its base.
Choice = Callable[[SeedRule, Override, Value, Value], bool]


class Asked(NamedTuple):
    """What a person asked for.

    moves      tells which differences become overrides
    otherwise  the reason why the others do not
    subject    the subject of the overlay's commit
    ref        the upstream, if not the usual one
    """

    moves: Choice
    otherwise: str
    subject: str
    ref: str | None = None
    why: str = ""
    dry_run: bool = False
    progress: Progress = quiet


class Split(NamedTuple):
    """A mixed file, split in two: the seed, and in `moved` overrides of it."""

    seed: Document
    mixed: Document
    blob: str | None
    moved: tuple[Override, ...]


def split_file(
    workspace: Workspace,
    path: str,
    old: GitEntry,
    new: GitEntry,
    asked: Asked,
    left: list[NotAdopted],
) -> Split | None:
    """The two parts of a file; None where nothing can move. Adds what stays to `left`."""
    repository, rule = workspace.repository, workspace.rule(path)
    try:
        upstream = Document.parse(repository.blob(old.id), path)
        mixed = Document.parse(repository.blob(new.id), path)
    except InputError as error:
        where = f"line {error.line}: " if error.line else ""
        left.append(NotAdopted(path, codes.NOT_PARSEABLE, detail=where + error.message))
        return None
    moved, rest = [], []
    for made in differences(upstream.value, mixed.value, (), rule.key_of):
        if not asked.moves(rule, made, upstream.value, mixed.value):
            rest.append((made, asked.otherwise))
        elif not _plain(made):
            rest.append((made, codes.NOT_PLAIN))
        else:
            moved.append(made)
    if not moved and not rest:
        left.append(NotAdopted(path, codes.FORMAT_ONLY))
        return None
    if moved:
        try:
            seed = _seed(upstream, mixed, tuple(made for made, _ in rest))
            over = tuple(moved) if not rest else _over(rule, seed, mixed, asked.moves)
            if not same(seed.apply(patch_of(over)).value, mixed.value):
                raise PatchError("the seed and the overrides do not give the committed file again")
        except PatchError as error:
            left.append(NotAdopted(path, codes.NOT_SEPARABLE, detail=error.message))
            return None
    for made, reason in rest:
        shown = told(rule, made, mixed.value)
        left.append(NotAdopted(path, reason, made.pointer, old=shown.seed, new=shown.local))
    if not moved:
        return None
    return Split(seed, mixed, old.id if not rest else None, over)


def _seed(upstream: Document, mixed: Document, rest: tuple[Override, ...]) -> Document:
    """Upstream's document with the edits that stay; without any, upstream's exact bytes."""
    if not rest:
        return upstream
    patch = patch_of(rest)
    try:
        return upstream.apply(patch)
    except PatchError:
        # A value that cannot be written into upstream's file can stay in the file that has it.
        return mixed.apply(diff(mixed.value, apply(patch, upstream.value)))


def _over(rule: SeedRule, seed: Document, mixed: Document, choice: Choice) -> tuple[Override, ...]:
    found = tuple(differences(seed.value, mixed.value, (), rule.key_of))
    if not found or not all(
        _plain(made) and choice(rule, made, seed.value, mixed.value) for made in found
    ):
        raise PatchError("what stays and what moves cannot be told apart here")
    return found


def _plain(made: Override) -> bool:
    """Whether a record can hold the override."""
    if made.op == ADD and isinstance(made.tokens[-1], Key):
        return False
    try:
        for value in (made.value, made.seed):
            if value is not ABSENT:
                sayable(value, made.tokens)
    except PatchError:
        return False
    return True


def told(rule: SeedRule, made: Override, mixed: Value) -> Override:
    """An override of what a file has, as it is told: with masks for its secrets."""
    made = made._replace(seed=rule.told(made.seed, made.tokens, mixed))
    if made.op == REMOVE or not (rule.has_secrets or names_secret(made.value, made.tokens)):
        return made
    from seedgit.overlay.concealed import Concealing  # late: few values are secrets

    value = Concealing(rule, mixed, usual=True).value(made.value, made.tokens)
    return made._replace(value=rule.told(value, made.tokens, mixed))  # what no overlay can hold


def is_owned(rule: SeedRule, made: Override, base: Value, mixed: Value) -> bool:
    return rule.owner(made.tokens, _with(made, base)) == OVERLAY


def _with(made: Override, base: Value) -> Value:
    """The document in which the override's pointer fits."""
    if made.op != ADD:
        return base
    return apply([{"op": ADD, "path": made.pointer, "value": made.value}], base)


def names_edit(
    rule: SeedRule, steps: tuple[str, ...], made: Override, base: Value, mixed: Value
) -> bool:
    """Whether a selector names the difference, either in the file or in upstream's version."""
    place = _place(rule, made, base, mixed)
    if place is not None:
        return covers(steps, place, mixed)
    return covers(steps, made.tokens, base)


def _place(rule: SeedRule, made: Override, base: Value, mixed: Value) -> tuple[str, ...] | None:
    """The pointer of a difference in the file that has it; None where its value is gone."""
    if made.op == REMOVE and is_structural(made):
        return None
    probe = made._replace(tokens=made.tokens[:-1], op=REPLACE, seed=None, over=None)
    if not probe.tokens:
        holder: tuple[str, ...] = ()
    else:
        holder = rebase((probe,), base, mixed, rule).outcomes[0].override.tokens
    if not exists(mixed, holder):
        return None
    inner = resolve(mixed, holder)
    if isinstance(inner, dict):
        return (*holder, made.tokens[-1])
    if isinstance(inner, list) and made.op == ADD:
        at = [n for n, item in enumerate(inner) if same(item, made.value)]
        return (*holder, str(at[0])) if at else None
    found = rebase((made,), base, mixed, rule).outcomes[0].override.tokens
    return found if exists(mixed, found) else None
