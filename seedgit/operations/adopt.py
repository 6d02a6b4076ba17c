"""Adopt and demote: what the site has committed into a seed becomes an overlay over it again.

A committed file is split in two: the seed as upstream has it, and overrides over that. What cannot
be told apart stays in the file and is listed. The overlay is written first, the files after it: at
every moment the effective file has the value that the committed one had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from seedgit.errors import InputError, PatchError, Refused, RepositoryError, UsageError
from seedgit.formats.document import Document
from seedgit.git import changes
from seedgit.git.messages import message
from seedgit.git.preview import merge_bases
from seedgit.git.repository import FILE_MODES, Entry
from seedgit.operations.check import alters
from seedgit.operations.edit import OverlayEdit, overlay_edits
from seedgit.operations.effective import Layer, layer_on, stacked, written
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.override import ADD, REMOVE, REPLACE, YIELDED, Override, Parked
from seedgit.overlay.patch import is_structural, patch_of
from seedgit.overlay.rebase import rebase
from seedgit.overlay.record import Record
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import OVERLAY, SeedRule
from seedgit.values.diff import ABSENT, diff, sayable
from seedgit.values.patch import apply
from seedgit.values.pointer import covers, exists, format_pointer, meet, parse_selector, resolve
from seedgit.values.value import Key, Value, same

# Why something stays as it is (stable codes).
SEED_OWNED = "seed-owned"
NOT_CHOSEN = "not-chosen"
NOT_PLAIN = "not-plain"
FORMAT_ONLY = "format-only"
SEED_ADDED = "seed-added"
SEED_RENAMED = "seed-renamed"
SEED_DELETED = "seed-deleted"
SEED_LINKED = "seed-linked"
NOT_PARSEABLE = "not-parseable"
NOT_SEPARABLE = "not-separable"
OVERLAID = "overlaid"
AMBIGUOUS_BASE = "ambiguous-base"
UNCHANGED = "unchanged"

DETAILS = {
    SEED_OWNED: "the package owns it",
    NOT_CHOSEN: "was not named",
    NOT_PLAIN: "an overlay holds plain values only",
    FORMAT_ONLY: "only comments or layout differ",
    SEED_ADDED: "upstream has no such file",
    SEED_DELETED: "the branch deleted it",
    SEED_LINKED: "a link, or no plain file upstream",
    OVERLAID: "the effective value would change under what lies over it already",
    AMBIGUOUS_BASE: "several merge bases have different versions of it",
    UNCHANGED: "is as upstream has it",
}


@dataclass(frozen=True)
class Left:
    """What stays in a file, and why; without a pointer, the whole file."""

    path: str
    reason: str
    pointer: str = ""
    detail: str = ""
    old: Value = ABSENT
    new: Value = ABSENT

    def data(self) -> dict[str, Any]:
        values = {"upstream": self.old, "local": self.new}
        return {
            "path": self.path,
            "pointer": self.pointer,
            "reason": self.reason,
            "detail": self.detail or DETAILS.get(self.reason, ""),
            **{name: value for name, value in values.items() if value is not ABSENT},
        }


@dataclass(frozen=True)
class Adopted:
    """A file that was split.

    pure       whether the seed is upstream's, byte for byte
    overrides  what moved, as the overlay has it now, over that seed
    reworded   the effective text differs from the committed one: comments, or layout
    allow      whether the pre-commit check would refuse the seed without SEEDGIT_ALLOW
    """

    path: str
    content: bytes = field(repr=False)
    pure: bool
    overrides: tuple[Override, ...]
    reworded: bool
    allow: bool

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "pure": self.pure,
            "reworded": self.reworded,
            "needs-allow": self.allow,
            "overrides": [_data(override) for override in self.overrides],
        }


@dataclass(frozen=True)
class Adoption:
    """What adopt or demote did, or would do. `commit` is None where the overlay did not change.

    ref, base  the upstream, and the commit whose seeds are the pure ones
    """

    ref: str
    base: str
    overlay: str
    adopted: tuple[Adopted, ...]
    left: tuple[Left, ...]
    commit: str | None = None
    written: bool = False

    @property
    def allow(self) -> bool:
        return any(item.allow for item in self.adopted)

    def data(self) -> dict[str, Any]:
        return {
            "from": self.ref,
            "base": self.base,
            "overlay": self.overlay,
            "commit": self.commit,
            "written": self.written,
            "adopted": [item.data() for item in self.adopted],
            "left": [item.data() for item in self.left],
        }


# Which differences are to move: asked of an override, over the value it is made over.
Choice = Callable[[SeedRule, Override, Value, Value], bool]


@dataclass(frozen=True)
class _Split:
    """A mixed file, taken apart. `moved` are overrides over `seed`."""

    seed: Document
    mixed: Document
    blob: str | None
    moved: tuple[Override, ...]


def adopt(
    workspace: Workspace,
    names: Iterable[str] = (),
    ref: str | None = None,
    why: str = "",
    *,
    dry_run: bool = False,
) -> Adoption:
    """Move what the site owns out of committed seeds into the overlay that is written to.

    `names` are files; without any, every seed that differs from upstream's. Raises Refused where
    one of them has uncommitted changes.
    """
    paths = [workspace.seed_path(name) for name in names]
    return _take(workspace, paths, ref, why, _owned, SEED_OWNED, "adopt", dry_run)


def demote(
    workspace: Workspace,
    name: str,
    selector: str | None,
    ref: str | None = None,
    why: str = "",
    *,
    dry_run: bool = False,
) -> Adoption:
    """Make overrides of committed edits of a seed: those a selector names, or (None) all of them.

    Raises UsageError where it names no such edit.
    """
    path = workspace.seed_path(name)
    steps = None if selector is None else parse_selector(selector)

    def chosen(rule: SeedRule, override: Override, base: Value, mixed: Value) -> bool:
        return steps is None or _named(rule, steps, override, base, mixed)

    subject = f"demote {path}{' ' + selector if selector else ''}"
    found = _take(workspace, [path], ref, why, chosen, NOT_CHOSEN, subject, dry_run)
    if not found.adopted and all(left.reason == NOT_CHOSEN for left in found.left):
        there = ", ".join(left.pointer for left in found.left[:5])
        raise UsageError(
            f"{selector} names no committed edit of this seed",
            where=path,
            hint=f"what differs from {found.ref}: {there}",
        )
    return found


def _take(
    workspace: Workspace,
    paths: list[str],
    ref: str | None,
    why: str,
    choice: Choice,
    otherwise: str,
    subject: str,
    dry_run: bool,
) -> Adoption:
    repository = workspace.repository
    name, head, bases = fork(workspace, ref)
    trees = [repository.tree(base) for base in bases]
    tip = repository.tree(name)
    committed = repository.tree(head)
    splits: dict[str, _Split] = {}
    left: list[Left] = []
    renamed = {
        c.new.path: c.old.path
        for c in changes.diff(repository, bases[0], head)
        if c.status == changes.RENAMED and c.old and c.new
    }
    for path in paths or _candidates(workspace, trees, committed):
        before = [tree.get(path) for tree in trees]
        found = _unfit(path, before, committed.get(path), renamed)
        if found is None:
            assert before[0] is not None
            split = _split(workspace, path, before[0], committed[path], choice, otherwise, left)
            if split is not None:
                splits[path] = split
        elif found.reason != UNCHANGED or paths:
            left.append(found)
    written = {path for path, split in splits.items() if _is_written(workspace, path, split)}
    _refuse_uncommitted(workspace, [path for path in {*paths, *splits} if path not in written])
    commit = None
    if dry_run:
        edit = OverlayEdit(workspace, workspace.store.read(workspace.target))
        done, problems = _laid(edit, splits, why, tip, hold=False)
    else:
        for edit in overlay_edits(workspace, workspace.target):
            done, problems = _laid(edit, splits, why, tip, hold=True)
            edit.message = _message(subject, done, why)
        commit = edit.commit
        _write(workspace, [item for item in done if item.path not in written], committed)
    return Adoption(
        name,
        bases[0],
        workspace.target,
        tuple(done),
        tuple(sorted([*left, *problems], key=lambda item: item.path)),
        commit,
        not dry_run and bool(done),
    )


def _laid(
    edit: OverlayEdit, splits: dict[str, _Split], why: str, tip: dict[str, Entry], *, hold: bool
) -> tuple[list[Adopted], list[Left]]:
    """Put a record for each file that was split; returns these, and those that have to stay.

    hold  the seeds are to be stored with the records
    """
    workspace = edit.workspace
    lower = _lower(workspace)
    items = {item.path: item for item in edit.placed}
    done: list[Adopted] = []
    problems: list[Left] = []
    for path, split in splits.items():
        item = items.get(path)
        try:
            record = _record(workspace, path, split, item, why, write=hold)
            _verify(workspace, path, split, item, record, lower.get(path, []))
        except PatchError as error:
            problems.append(Left(path, OVERLAID, detail=error.message))
            continue
        edit.put(record, item)
        done.append(_adopted(workspace, path, split, record, tip.get(path)))
    return done, problems


def fork(workspace: Workspace, ref: str | None) -> tuple[str, str, tuple[str, ...]]:
    """The upstream, HEAD, and where their histories meet. Raises UsageError, RepositoryError."""
    repository = workspace.repository
    name, commit = workspace.revision(ref)
    head = repository.head()
    if head is None:
        raise RepositoryError("nothing is committed on this branch yet")
    bases = merge_bases(repository, head, commit)
    if not bases:
        raise RepositoryError(
            f"HEAD and {name} have no common history",
            hint="in a shallow clone: git fetch --unshallow",
        )
    return name, head, bases


def _candidates(
    workspace: Workspace, trees: list[dict[str, Entry]], committed: dict[str, Entry]
) -> list[str]:
    """Every seed of either side."""
    names = {*committed, *(path for tree in trees for path in tree)}
    return sorted(p for p in names if p != RULES_FILE and workspace.rules.match(p))


def _unfit(
    path: str, before: list[Entry | None], now: Entry | None, renamed: dict[str, str]
) -> Left | None:
    """Why a file as a whole is not to be split; None where it can be tried."""
    old = before[0]
    if now is None:
        if path in renamed.values():
            return Left(path, UNCHANGED)  # it is listed by its new name
        return Left(path, SEED_DELETED if old else UNCHANGED)
    if len({entry.id if entry else None for entry in before}) > 1:
        return Left(path, AMBIGUOUS_BASE)
    if old is None:
        if path in renamed:
            return Left(path, SEED_RENAMED, detail=f"upstream has it as {renamed[path]}")
        return Left(path, SEED_ADDED)
    if old.id == now.id and old.mode == now.mode:
        return Left(path, UNCHANGED)
    if old.mode not in FILE_MODES or now.mode not in FILE_MODES:
        return Left(path, SEED_LINKED)
    if old.id == now.id:
        return Left(path, UNCHANGED)
    return None


def _refuse_uncommitted(workspace: Workspace, paths: list[str]) -> None:
    found = changes.uncommitted(workspace.repository, paths) if paths else []
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise Refused(
            f"has uncommitted changes{more}; nothing was changed",
            where=found[0],
            hint="commit or stash them first; seedgit capture takes uncommitted edits",
        )


# -- taking a file apart -------------------------------------------------------------------------


def _split(
    workspace: Workspace,
    path: str,
    old: Entry,
    new: Entry,
    choice: Choice,
    otherwise: str,
    left: list[Left],
) -> _Split | None:
    """The parts of one file; None where nothing of it can move. What stays goes into `left`."""
    repository, rule = workspace.repository, workspace.rule(path)
    try:
        upstream = Document.parse(repository.blob(old.id), path)
        mixed = Document.parse(repository.blob(new.id), path)
    except InputError as error:
        where = f"line {error.line}: " if error.line else ""
        left.append(Left(path, NOT_PARSEABLE, detail=where + error.message))
        return None
    moved, rest = [], []
    for made in differences(upstream.value, mixed.value, (), rule.key_of):
        if not choice(rule, made, upstream.value, mixed.value):
            rest.append((made, otherwise))
        elif not _plain(made):
            rest.append((made, NOT_PLAIN))
        else:
            moved.append(made)
    if not moved and not rest:
        left.append(Left(path, FORMAT_ONLY))
        return None
    if moved:
        try:
            seed = _seed(upstream, mixed, tuple(made for made, _ in rest))
            over = tuple(moved) if not rest else _over(rule, seed, mixed, choice)
            if not same(seed.apply(patch_of(over)).value, mixed.value):
                raise PatchError("the parts do not make the whole again")
        except PatchError as error:
            left.append(Left(path, NOT_SEPARABLE, detail=error.message))
            return None
    for made, reason in rest:
        left.append(Left(path, reason, made.pointer, old=made.seed, new=made.local))
    if not moved:
        return None
    return _Split(seed, mixed, old.id if not rest else None, over)


def _seed(upstream: Document, mixed: Document, rest: tuple[Override, ...]) -> Document:
    """Upstream's document with the edits that stay; its very bytes where there are none."""
    if not rest:
        return upstream
    patch = patch_of(rest)
    try:
        return upstream.apply(patch)
    except PatchError:
        # A value that cannot be written anew can be left standing in the file that has it.
        return mixed.apply(diff(mixed.value, apply(patch, upstream.value)))


def _over(rule: SeedRule, seed: Document, mixed: Document, choice: Choice) -> tuple[Override, ...]:
    found = tuple(differences(seed.value, mixed.value, (), rule.key_of))
    if not found or not all(
        _plain(made) and choice(rule, made, seed.value, mixed.value) for made in found
    ):
        raise PatchError("what stays and what moves cannot be told apart here")
    return found


def _plain(made: Override) -> bool:
    """Whether a record can hold it."""
    if made.op == ADD and isinstance(made.tokens[-1], Key):
        return False
    try:
        for value in (made.value, made.seed):
            if value is not ABSENT:
                sayable(value, made.tokens)
    except PatchError:
        return False
    return True


def _owned(rule: SeedRule, made: Override, base: Value, mixed: Value) -> bool:
    return rule.owner(made.tokens, _with(made, base)) == OVERLAY


def _with(made: Override, base: Value) -> Value:
    """The document in which the override's pointer names what it is about."""
    if made.op != ADD:
        return base
    return apply([{"op": ADD, "path": made.pointer, "value": made.value}], base)


def _named(
    rule: SeedRule, steps: tuple[str, ...], made: Override, base: Value, mixed: Value
) -> bool:
    """Whether a selector names the difference, as the file has it, or as upstream had it."""
    place = _place(rule, made, base, mixed)
    if place is not None:
        return covers(steps, place, mixed)
    return covers(steps, made.tokens, base)


def _place(rule: SeedRule, made: Override, base: Value, mixed: Value) -> tuple[str, ...] | None:
    """Where a difference is in the file that has it; None for what is not there any more."""
    if made.op == REMOVE and is_structural(made):
        return None
    probe = replace(made, tokens=made.tokens[:-1], op=REPLACE, seed=None, over=None)
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


# -- the record, and the files -------------------------------------------------------------------


def _record(
    workspace: Workspace,
    path: str,
    split: _Split,
    item: Stored | None,
    why: str,
    *,
    write: bool,
) -> Record:
    """What the overlay has to say of the seed, so that its effective value stays what it is."""
    repository, rule = workspace.repository, workspace.rule(path)
    store = repository.hold_blob if write else repository.blob_id
    blob = split.blob or store(split.seed.data)
    fresh = tuple(replace(made, why=why) for made in split.moved)
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
    for made in differences(seed, wanted, (), rule.key_of):
        old = known.get(made.tokens)
        if old is None:
            overrides.append(replace(made, why=why))
        elif made.tokens not in moved and (old.op, True) == (made.op, same(old.value, made.value)):
            overrides.append(old)
        else:
            overrides.append(replace(made, why=old.why or why, until=old.until))
    there = [made.tokens for made in overrides]
    overrides += [o for o in then.overrides if not any(meet(o.tokens, t) for t in there)]
    parked = tuple(_followed(p, mixed, seed, rule) for p in now.parked)
    return replace(item.record, path=path, base=blob, overrides=tuple(overrides), parked=parked)


def _followed(parked: Parked, mixed: Value, seed: Value, rule: SeedRule) -> Parked:
    if parked.reason != YIELDED:
        return parked
    return next(iter(rebase((), mixed, seed, rule, parked=(parked,)).parked), parked)


def _lower(workspace: Workspace) -> dict[str, list[Stored]]:
    """The records of the overlays below the one that is written to, by seed."""
    found: dict[str, list[Stored]] = {}
    for name in workspace.names[:-1]:
        for item in workspace.stored(name):
            if item.path is not None:
                found.setdefault(item.path, []).append(item)
    return found


def _verify(
    workspace: Workspace,
    path: str,
    split: _Split,
    item: Stored | None,
    record: Record,
    lower: list[Stored],
) -> None:
    """Raises PatchError where the effective value would not stay, or could not be written."""
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
        raise PatchError(DETAILS[OVERLAID])
    written(now)


def _adopted(
    workspace: Workspace, path: str, split: _Split, record: Record, tip: Entry | None
) -> Adopted:
    blob = record.base
    moved = [made.tokens for made in split.moved]
    text = split.seed.apply(patch_of(split.moved)).data
    allow = (tip is None or tip.id != blob) and alters(
        workspace.rule(path), split.mixed, split.seed
    )
    return Adopted(
        path,
        split.seed.data,
        split.blob is not None,
        tuple(o for o in record.overrides if any(meet(o.tokens, t) for t in moved)),
        text != split.mixed.data,
        allow,
    )


def _write(workspace: Workspace, done: list[Adopted], committed: dict[str, Entry]) -> None:
    """The seeds into the working tree, as git would check them out; nothing is staged."""
    repository = workspace.repository
    for item in done:
        try:
            _refuse_uncommitted(workspace, [item.path])
            content = _checked_out(workspace, item, committed[item.path])
            repository.writer.write_file(repository.file(item.path), content)
        except (RepositoryError, Refused) as error:
            error.hint = (
                "the overlay has its overrides already, and the effective file its value; "
                "run the command again for the files that are left"
            )
            raise


def _is_written(workspace: Workspace, path: str, split: _Split) -> bool:
    """Whether a run that was cut short has put the seed there already."""
    repository = workspace.repository
    data = repository.read_file(path)
    if data is None:
        return False
    wanted = repository.blob_id(split.seed.data)
    known = {wanted, repository.blob_id(split.mixed.data)}
    asked = ("hash-object", "--stdin", f"--path={path}")
    return (
        all(entry.id in known for entry in repository.index(path))
        and repository.git(*asked, stdin=data).decode().strip() == wanted
    )


def _checked_out(workspace: Workspace, item: Adopted, committed: Entry) -> bytes:
    """With line ends and filters as .gitattributes wants them in the working tree."""
    repository = workspace.repository
    if repository.read_file(item.path) == repository.blob(committed.id):
        return item.content  # no filter is at work here
    id = repository.write_blob(item.content)
    return repository.git("cat-file", "--filters", f"--path={item.path}", id)


def _message(subject: str, done: list[Adopted], why: str) -> str:
    if subject == "adopt":
        count = sum(len(item.overrides) for item in done)
        subject = f"adopt: {counted(count, 'override')} in {counted(len(done), 'seed')}"
    return message(subject, why)


def counted(count: int, what: str) -> str:
    """As in "1 file", "2 files"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _data(override: Override) -> dict[str, Any]:
    return {
        "pointer": format_pointer(override.tokens),
        "op": override.op,
        **({} if override.op == REMOVE else {"value": override.value}),
        **({} if override.seed is ABSENT else {"seed": override.seed}),
        "why": override.why,
    }
