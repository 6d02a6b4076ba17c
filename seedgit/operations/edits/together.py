"""Changes of overrides: one or many, in one commit or not at all.

If one of many changes cannot be made, every problem is found, not only the first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial

from seedgit.errors import InputError, SeedgitError, UsageError
from seedgit.formats.document import Document
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import Edit, OverlayEdit, edit_records
from seedgit.operations.edits.meant import Meant, Remark
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import Until
from seedgit.overlay.record import Record
from seedgit.rules.ownership import SeedRule
from seedgit.values.pointer import ANY, END, parse_selector
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from seedgit.values.pointer import Tokens

MOST = 50  # problems that are looked for

ALL_MEANT = Meant(new=True, any_type=True)


class Assignment(NamedTuple):
    """What is wanted at the places that a selector names, and why, and until when.

    remove  the absence of a value is wanted there
    secret  whether it is one; None: the rules and the key's name tell
    line    where it stands, if it is one of many in a file
    """

    selector: str
    value: Value = None
    why: str = ""
    until: Until | None = None
    meant: Meant = ALL_MEANT
    remove: bool = False
    line: int | None = None
    secret: bool | None = None


class Told(NamedTuple):
    """What a change did to a record: the names of the places, and what is to be known of them.

    value  what was set, with its secrets as such
    """

    pointers: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    value: Value = None


class Written(NamedTuple):
    """What a command wrote for one change. `commit` is None if nothing had to change.

    value  what was set, with its secrets as such
    names  of the places, for a person: as it was asked for, if that names one place
    """

    overlay: str
    path: str
    pointers: tuple[str, ...]
    commit: str | None
    remarks: tuple[Remark, ...] = ()
    value: Value = None
    names: tuple[str, ...] = ()


Wanted: TypeAlias = tuple[str, Assignment]  # the path of a seed, and what is wanted there

# What becomes of a record over its seed, by what was asked and the rule of that seed.
Change: TypeAlias = Callable[[Assignment, SeedRule, Record, Document], tuple[Record, Told]]

Problem: TypeAlias = tuple[Assignment, SeedgitError]


class Unmade(InputError):
    """Some of several changes cannot be made, and so none was.

    problems  what is wrong, each with the change that it is about; at most MOST
    """

    def __init__(self, problems: Sequence[Problem], files: int) -> None:
        first, *others = (error for _, error in problems)
        more = f"; nor in {', '.join(each.where for each in others[:3])}" if others else ""
        message = f"{first.message}; nothing was changed in any of {files} files{more}"
        super().__init__(message, hint=first.hint, where=first.where, line=first.line)
        self.exit_code = first.exit_code
        self.problems = problems


def make(
    workspace: Workspace,
    wanted: Sequence[Wanted],
    message: str,
    change: Change,
    *,
    mends: bool = False,
) -> list[Written]:
    """Make changes in one commit; returns what was written for each.

    mends  they only remove overrides: as `Edit.mends`

    Raises UsageError for what is not a seed, and what `change` raises. Where there are several,
    Unmade has it.
    """
    by_path = _by_path(wanted)
    for path in by_path:
        workspace.rule(path)
    making = _Making(workspace, change, mends)
    try:
        edits = [making.edit(path, asked) for path, asked in by_path.items()]
        commit, told = edit_records(workspace, edits, message)
    except (InputError, UsageError):
        several = len(wanted) > 1 or wanted[0][1].line
        problems = making.problems(by_path) if several else []
        if not problems:
            raise
        raise Unmade(problems, len(by_path)) from None
    said = dict(zip(by_path, map(iter, told), strict=True))
    target = workspace.target
    return [
        Written(target, path, e.pointers, commit, e.remarks, e.value, _names(asked, e))
        for path, asked in wanted
        for e in [next(said[path])]
    ]


def _names(asked: Assignment, said: Told) -> tuple[str, ...]:
    alone = len(said.pointers) == 1 and ANY not in asked.selector
    if alone and not asked.selector.endswith(f"/{END}"):
        return (asked.selector,)
    return said.pointers


def problems(workspace: Workspace, wanted: Sequence[Wanted], change: Change) -> list[Problem]:
    """What is wrong with some changes, of which none is made; at most MOST."""
    return _Making(workspace, change, False).problems(_by_path(wanted))


def _by_path(wanted: Sequence[Wanted]) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for path, asked in wanted:
        found.setdefault(path, []).append(asked)
    return found


class _Making(NamedTuple):
    workspace: Workspace
    change: Change
    mends: bool

    def edit(
        self, path: str, asked: Sequence[Assignment], problems: list[Problem] | None = None
    ) -> Edit[list[Told]]:
        """The edit of one seed's record. With `problems`, what cannot be made is put there, and the
        rest is made."""
        rule = self.workspace.rule(path)
        change = partial(self.changed, asked, rule, problems)
        return Edit(path, *self.workspace.staged(path), change, self.mends)

    def changed(
        self,
        asked: Sequence[Assignment],
        rule: SeedRule,
        problems: list[Problem] | None,
        record: Record,
        seed: Document,
        _: Record | None,
    ) -> tuple[Record, list[Told]]:
        taken = _Taken()
        told = []
        for each in asked:
            if problems is not None and len(problems) >= MOST:
                break  # to say what came close takes a while
            try:
                after, said = self.change(each, rule, record, seed)
                if len(asked) > 1:
                    taken.take(each, said)
            except (InputError, UsageError) as error:
                error.where = error.where or record.path
                if problems is None:
                    raise
                problems.append((each, error))
            else:
                record = after
                told.append(said)
        return record, told

    def problems(self, by_path: dict[str, list[Assignment]]) -> list[Problem]:
        """What is wrong with some changes, whatever their order in the file."""
        store = self.workspace.store
        attempt = OverlayEdit(self.workspace, store.read(self.workspace.target))
        found: list[Problem] = []
        for path, asked in by_path.items():
            if len(found) < MOST:
                found += self.problems_of(attempt, path, asked)
        return sorted(found, key=lambda problem: problem[0].line or 0)[:MOST]

    def problems_of(
        self, attempt: OverlayEdit, path: str, asked: list[Assignment]
    ) -> list[Problem]:
        """What is wrong with the changes of one seed."""
        found: list[Problem] = []
        error = self.error(attempt, path, asked, found)
        wrong = {id(each) for each, _ in found}
        left = [each for each in asked if id(each) not in wrong]
        if error and self.error(attempt, path, []):
            return [(asked[0], error)]  # of the seed itself
        while error and len(found) < MOST:
            # Each can be made, but the effective file cannot be written.
            counts = range(len(left))
            first = bisect_left(
                counts, True, key=lambda n: bool(self.error(attempt, path, left[: n + 1]))
            )
            error = self.error(attempt, path, left[: first + 1])
            if error:
                found.append((left.pop(first), error))
                error = self.error(attempt, path, left)
        return found

    def error(
        self,
        attempt: OverlayEdit,
        path: str,
        asked: Sequence[Assignment],
        problems: list[Problem] | None = None,
    ) -> SeedgitError | None:
        """Why an edit cannot be made; None if it can."""
        try:
            attempt.make(self.edit(path, asked, problems))
        except (InputError, UsageError) as error:
            error.where = error.where or path
            return error
        return None


class _Taken:
    """The places that the changes of one seed are about. No two may be about one value."""

    def __init__(self) -> None:
        self.at: dict[Tokens, Assignment] = {}
        self.above: dict[Tokens, Assignment] = {}

    def take(self, asked: Assignment, told: Told) -> None:
        """Raises UsageError if an earlier change is about one of the places of this one."""
        if parse_selector(asked.selector)[-1:] == (END,):
            return  # each puts in an item of its own
        for pointer in told.pointers:
            tokens = parse_selector(pointer)
            above = [tokens[:depth] for depth in range(len(tokens))]
            other = next((self.at[each] for each in (*above, tokens) if each in self.at), None)
            other = other or self.above.get(tokens)
            if other is not None and other is not asked:
                line = f" (line {other.line})" if other.line else ""
                raise UsageError(
                    f"{asked.selector} and {other.selector}{line} change one value",
                    hint="one of them may stay",
                )
            self.at[tokens] = asked
            self.above |= dict.fromkeys(above, asked)
