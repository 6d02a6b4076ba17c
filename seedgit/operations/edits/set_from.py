"""Reads many overrides from a file: JSON Lines, or a list in YAML."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from seedgit.errors import InputError, InvalidDocument, SeedgitError, UsageError, quoted
from seedgit.formats.document import BOM, Document
from seedgit.operations.edits.expiry import until_date, until_version
from seedgit.operations.edits.meant import Meant
from seedgit.operations.edits.together import MOST, Assignment, Unmade, Wanted, Written
from seedgit.operations.seeds.named_seeds import seed_paths
from seedgit.operations.set import problems, set_overrides
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import DATE, SEED_IS, VERSION, Until
from seedgit.overlay.record_json import TEXT_LIMIT
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LIMIT = 16 * 1024 * 1024  # bytes
STDIN = "-"

FILE, POINTER, VALUE, DELETE, WHY, UNTIL = "file", "pointer", "value", "delete", "why", "until"
SECRET = "secret"
MEMBERS = (FILE, POINTER, VALUE, DELETE, WHY, UNTIL, SECRET)
HINT = "each change has file, pointer, value (or delete: true), and perhaps why, until and secret"
# What each member is.
EACH = {
    FILE: "it is text: a seed, or a pattern of seeds",
    POINTER: "it is text: a pointer or a selector",
    DELETE: "it is true or false",
    SECRET: "it is true, or false for a plain value whatever its name",
    WHY: "it is text",
    UNTIL: "it is a date in quotes, or a map with one of date, version and seed-is",
}


class Unusable(InputError):
    """A file of changes has something wrong in it; nothing was changed.

    errors  what is wrong, each with its line; not all, if there are very many
    """

    def __init__(self, errors: list[SeedgitError], where: str, count: int) -> None:
        much = f"{len(errors)} or more" if len(errors) >= MOST else str(len(errors))
        message = f"nothing was changed: {much} of {count} changes cannot be made"
        super().__init__(message, where=where, hint="correct them in the file, then run it again")
        self.errors = errors


def set_from(
    workspace: Workspace, name: str, meant: Meant, why: str = ""
) -> tuple[list[Wanted], list[Written]]:
    """Make the changes of a file in one commit, or none; returns what was wanted and written.

    name  the file; `-` for standard input
    why   the reason of those that give none

    Raises Unusable, and InputError for a file that cannot be read at all.
    """
    where = "standard input" if name == STDIN else name
    reading = _Reading(workspace, meant, why)
    wanted: list[Wanted] = []
    errors: list[SeedgitError] = []
    count = 0
    for line, found in _changes(_text(workspace, name, where), where):
        count += 1
        try:
            if isinstance(found, SeedgitError):
                raise found
            wanted += reading.wanted(line, found)
        except (InputError, UsageError) as error:
            errors.append(_at(error, where, line))
    if not count:
        raise InputError("holds no changes", where=where, hint=HINT)
    if not errors:
        try:
            return wanted, set_overrides(workspace, wanted)
        except Unmade as error:
            found = error.problems
    else:
        found = problems(workspace, wanted)
    errors += [_at(each, where, asked.line) for asked, each in found]
    raise Unusable(sorted(errors, key=lambda each: each.line or 0)[:MOST], where, count)


def _at(error: SeedgitError, where: str, line: int | None) -> SeedgitError:
    """An error about one change, with its place in the file of changes."""
    return InputError(str(error), where=where, line=line, hint=error.hint)


# -- reading ---------------------------------------------------------------------------------------


def _text(workspace: Workspace, name: str, where: str) -> str:
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(LIMIT + 1)
        else:
            with (workspace.directory / name).open("rb") as file:
                data = file.read(LIMIT + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where, hint=HINT) from None
    if len(data) > LIMIT:
        raise InputError(f"is over {LIMIT} bytes", where=where, hint="split it into several files")
    if b"\0" in data:
        raise InputError("is not text: it holds NUL", where=where, hint=HINT)
    try:
        return data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"not UTF-8 ({error.reason})", where=where, line=line, hint="save it as UTF-8"
        ) from None


def _changes(text: str, where: str) -> Iterator[tuple[int, Value | SeedgitError]]:
    """Each change as it was read, with its line; or, for a line that is not JSON, the error.

    A file whose first line begins with a brace is JSON Lines.
    """
    if text.lstrip()[:1] == "{":
        for line, each in enumerate(text.split("\n"), 1):
            if each.strip():
                try:
                    yield line, Document.parse(each.encode(), "change.json").value
                except InvalidDocument as error:
                    yield line, InputError(error.message, hint="one JSON object on each line")
        return
    try:
        root = Document.parse(text.encode(), "changes.yaml").root
    except InvalidDocument as error:
        error.where, error.hint = where, error.hint or "it is JSON Lines, or a list in YAML"
        raise
    if root.kind != "list" and root.value is not None:
        raise InputError("is not a list of changes", where=where, hint=HINT)
    line = at = 0
    for entry in root.entries:
        line += text.count("\n", at, entry.start)
        at = entry.start
        yield line + 1, entry.node.value


class _Reading:
    """Reads changes. What many of them share, a file or a date, is looked up once."""

    def __init__(self, workspace: Workspace, meant: Meant, why: str) -> None:
        self.workspace = workspace
        self.meant = meant
        self.why = why
        self.paths: dict[str, list[str]] = {}
        self.ends: dict[tuple[str, str], Until] = {}

    def wanted(self, line: int, found: Value) -> list[Wanted]:
        """The changes that one entry asks for, of each seed that it names."""
        members = _members(found)
        name = members[FILE]
        if name not in self.paths:
            self.paths[name] = seed_paths(self.workspace, [name])
        asked = Assignment(
            members[POINTER],
            members.get(VALUE),
            members.get(WHY) or self.why,
            self.until(members[UNTIL]) if UNTIL in members else None,
            self.meant,
            remove=members.get(DELETE, False),
            line=line,
            secret=members.get(SECRET),
        )
        return [(path, asked) for path in self.paths[name]]

    def until(self, found: Any) -> Until:
        ((kind, value),) = ({DATE: found} if isinstance(found, str) else found).items()
        if kind == SEED_IS:
            return Until(SEED_IS, value)
        if (kind, value) not in self.ends:
            read = until_date if kind == DATE else until_version
            self.ends[kind, value] = read(self.workspace, value)
        return self.ends[kind, value]


def _members(found: Value) -> dict[str, Any]:
    """The members of an entry. Raises InputError if they are not what a change has."""
    if not isinstance(found, dict):
        raise InputError("is not a change", hint=HINT)
    unknown = [name for name in found if name not in MEMBERS]
    if unknown:
        raise InputError(f"has the unknown member {quoted(unknown[0])}", hint=HINT)
    kinds: dict[str, type | tuple[type, ...]] = {
        FILE: str,
        POINTER: str,
        DELETE: bool,
        SECRET: bool,
        WHY: str,
        UNTIL: (str, dict),
    }
    for name, kind in kinds.items():
        if name not in found and name in (FILE, POINTER):
            raise InputError(f"has no {name}", hint=HINT)
        if name in found and not isinstance(found[name], kind):
            raise InputError(f"has {name} {quoted(found[name])}", hint=EACH[name])
    if (VALUE in found) == found.get(DELETE, False):
        both = "both value and delete: true" if VALUE in found else "neither value nor delete: true"
        raise InputError(f"has {both}", hint=HINT)
    if len(found.get(WHY, "")) > TEXT_LIMIT:
        raise InputError(f"its why has over {TEXT_LIMIT} characters")
    until = found.get(UNTIL)
    if isinstance(until, dict) and not (
        len(until) == 1
        and (SEED_IS in until or any(isinstance(until.get(kind), str) for kind in (DATE, VERSION)))
    ):
        raise InputError(f"has until {quoted(until)}", hint=EACH[UNTIL])
    return found
