"""What the pre-commit hook asks: do the staged changes alter what the package owns?

It reads the index, never the working tree. A change passes if only overlay-owned pointers differ,
or if the staged file is one that upstream itself has.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from seedgit import codes
from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.git.messages import one_line
from seedgit.git.names import to_text
from seedgit.git.repository import FILE_MODES, MODE_LINK, STAGE_MERGED, GitEntry
from seedgit.git.settings import time_limit
from seedgit.limits import NO_LIMIT, TIME_KEY, Limit
from seedgit.named_tuple import NamedTuple
from seedgit.operations.install.info_attributes import FILTER_NAME, may_give_filter
from seedgit.operations.past_merges.parents import CommitParents
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import changes
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ALLOW = "SEEDGIT_ALLOW"
TRAILER = "Seed-Change"
# As git commit does it: a line of dashes in the text does not end a message. Settings for people's
# own trailers do not count for this one.
TRAIL = (
    *("-c", "trailer.separators=:", "interpret-trailers", "--in-place", "--no-divider"),
    *("--where=end", "--if-exists=addIfDifferent", "--if-missing=add"),
)
MOST_NAMED = 1_000  # paths on one command line

REFUSED = frozenset(
    {
        codes.SEED_CHANGED,
        codes.EFFECTIVE_VALUE,
        codes.SEED_DELETED,
        codes.SEED_LINKED,
        codes.SEED_UNPARSEABLE,
        codes.SEED_UNMERGED,
        codes.SEED_CONFLICT_MARKERS,
        codes.SEED_UNCHECKED,
    }
)


class SeedChange(NamedTuple):
    """One change of a staged seed. `line` is where it is in the staged file."""

    path: str
    code: str
    pointer: str = ""
    line: int | None = None
    old: Value = None
    new: Value = None
    detail: str = ""

    @property
    def refused(self) -> bool:
        return self.code in REFUSED

    def data(self) -> dict[str, Any]:
        return {"path": self.path, "code": self.code, "refused": self.refused} | {
            name: value
            for name in ("pointer", "line", "old", "new", "detail")
            if (value := getattr(self, name)) not in ("", None)
        }


class Check(NamedTuple):
    """What a commit would do to seeds.

    allowed  the reason given for a deliberate change
    merging  whether it ends a merge
    """

    findings: tuple[SeedChange, ...]
    allowed: str = ""
    merging: bool = False

    @property
    def refused(self) -> tuple[SeedChange, ...]:
        return () if self.allowed else tuple(f for f in self.findings if f.refused)


def check_staged(workspace: Workspace, *, strict: bool = False) -> Check:
    """Compare the index with what it is based on: HEAD and, in a merge, every other parent.

    strict  refuse reformatting and comments in seeds too
    """
    repository = workspace.repository
    limit = Limit(time_limit(workspace.repository))
    commits = [parent for parent in (repository.head(), *merge_heads(workspace)) if parent]
    parents = CommitParents(repository, commits, limit.seconds or None)
    unmerged = {entry.path for entry in repository.index(unmerged=True)}
    # Only what differs is compared with the rules: a thousand patterns take some time.
    found = ((p, workspace.rules.match(p)) for p in sorted({*parents.staged, *unmerged}))
    seeds = {path: rule for path, rule in found if rule is not None and path != RULES_FILE}
    upstream = _upstream(workspace, [path for path in seeds if parents.staged.get(path)])
    findings: list[SeedChange] = []
    files: dict[str, GitEntry] = {}
    for path, rule in seeds.items():
        if path in unmerged:
            findings.append(SeedChange(path, codes.SEED_UNMERGED, detail="has unmerged stages"))
            continue
        new = parents.staged[path]
        if new is not None and _same(new, upstream.get(path)):
            findings.append(SeedChange(path, codes.FROM_UPSTREAM))
            continue
        if new is None and not files:
            files = {e.path: e for e in repository.index() if e.stage == STAGE_MERGED}
        findings += compare(
            workspace, rule, Staged(path, parents.versions(path), new), files, limit
        )
    findings = _leaks(workspace, findings)
    if strict:
        findings = [
            SeedChange(
                f.path, codes.SEED_CHANGED, detail=f.detail or "only format or comments differ"
            )
            if f.code == codes.FORMAT_ONLY
            else f
            for f in findings
        ]
    return Check(tuple(findings), os.environ.get(ALLOW, "").strip(), len(commits) > 1)


def _leaks(workspace: Workspace, findings: list[SeedChange]) -> list[SeedChange]:
    """The findings; a change of what the site owns is refused in a file that is live in place.

    The filter takes the site's values out. So it was not there, or does not work.
    """
    owned = list(dict.fromkeys(f.path for f in findings if f.code == codes.OVERLAY_OWNED))
    here = workspace.in_place if owned else None
    live = set(here.chosen(owned)) if here else set()
    others = [path for path in owned if path not in live]
    if others and may_give_filter(workspace.repository):
        found = workspace.repository.attributes(others, "filter")
        live |= {path for path in others if found[path].get("filter") == FILTER_NAME}
    return [
        f._replace(code=codes.EFFECTIVE_VALUE)
        if f.code == codes.OVERLAY_OWNED and f.path in live
        else f
        for f in findings
    ]


def trailer_of(check: Check) -> str:
    """The trailer that keeps the reason of an allowed seed change; "" where none is needed."""
    if not check.allowed or not any(finding.refused for finding in check.findings):
        return ""
    return f"{TRAILER}: {one_line(' '.join(check.allowed.split()))}"


def keep_reason(workspace: Workspace, message_file: str, trailer: str) -> None:
    """Put a trailer into the commit message."""
    workspace.repository.git(*TRAIL, "--trailer", trailer, os.path.abspath(message_file))


def merge_heads(workspace: Workspace) -> list[str]:
    """The commits that a merge in progress brings in; empty if there is none.

    In pre-merge-commit git has not written MERGE_HEAD yet; the environment names the commits.
    """
    place = workspace.repository.git_dir / "MERGE_HEAD"
    if place.is_file():
        return place.read_text().split()
    sign = "GITHEAD_"
    return [name.removeprefix(sign) for name in os.environ if name.startswith(sign)]


def _upstream(workspace: Workspace, paths: list[str]) -> dict[str, GitEntry]:
    """What upstream has at these paths."""
    name = workspace.upstream if paths else None
    commit = workspace.repository.resolve(name) if name else None
    if not commit:
        return {}
    if len(paths) > MOST_NAMED:
        return workspace.repository.tree(commit)
    return workspace.repository.entries(commit, *paths)


def _same(one: GitEntry | None, other: GitEntry | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.id, one.mode) == (other.id, other.mode)


class Staged(NamedTuple):
    """A seed's versions in the parents of a commit, and the one to be committed."""

    path: str
    before: Sequence[GitEntry | None]
    new: GitEntry | None


def compare(
    workspace: Workspace,
    rule: SeedRule,
    seed: Staged,
    files: dict[str, GitEntry],
    limit: Limit = NO_LIMIT,
) -> list[SeedChange]:
    """What a commit does to a seed. `files` are those to be committed with it."""
    path, before, new = seed
    old = next((entry for entry in before if entry), None)
    if new is None:
        moved = next((p for p, e in files.items() if old and e.id == old.id and p != path), "")
        detail = f"renamed to {moved}" if moved else "only the package may delete a seed"
        return [SeedChange(path, codes.SEED_DELETED, detail=detail)]
    if new.mode == MODE_LINK or new.mode not in FILE_MODES:
        return [SeedChange(path, codes.SEED_LINKED, detail="a seed is a plain file, not a link")]
    data = workspace.repository.blob(new.id)
    versions = [workspace.repository.blob(e.id) for e in before if e and e.mode in FILE_MODES]
    try:
        with limit:
            if len(before) > 1:  # what one side renamed as the rules say, the other side has too
                from seedgit.formats.renames import renamed  # late: few commits are merges

                versions = [
                    renamed((version, version, data), path, rule.renames)[0] for version in versions
                ]
            return _compared(rule, path, data, versions if old else None)
    except (TimeoutError, MemoryError) as error:
        detail = f"the check is {error or 'out of memory'}; git -c {TIME_KEY}=60 allows it more"
        return [SeedChange(path, codes.SEED_UNCHECKED, detail=detail)]


def _compared(
    rule: SeedRule, path: str, data: bytes, before: list[bytes] | None
) -> list[SeedChange]:
    """A staged seed with its versions in the parents; None if no parent has one."""
    try:
        document = Document.parse(data, path)
    except InvalidDocument as error:
        from seedgit.formats.read_markers import read_markers  # late: few seeds are broken

        marked = read_markers(to_text(data)).blocks
        if marked:
            detail = "has conflict markers"
            return [
                SeedChange(
                    path, codes.SEED_CONFLICT_MARKERS, line=marked[0].start + 1, detail=detail
                )
            ]
        return [SeedChange(path, codes.SEED_UNPARSEABLE, line=error.line, detail=error.message)]
    if before is None:
        return [SeedChange(path, codes.SEED_ADDED, detail="a new seed: nothing to compare it with")]
    versions = []
    for version in before:
        with suppress(InvalidDocument):  # a broken seed may be mended
            versions.append(Document.parse(version, path))
    if not versions:
        return [SeedChange(path, codes.FORMAT_ONLY, detail="did not parse before")]
    first, *others = (_differences(rule, version, document) for version in versions)
    return [f for f in first if all(_has(found, f) for found in others)]


def _has(findings: list[SeedChange], finding: SeedChange) -> bool:
    """Whether a parent of a merge has a change already: then this commit did not make it."""
    return any(
        (f.code, f.pointer) == (finding.code, finding.pointer) and same(f.new, finding.new)
        for f in findings
    )


def _differences(rule: SeedRule, old: Document, new: Document) -> list[SeedChange]:
    found = [
        SeedChange(
            new.path,
            codes.OVERLAY_OWNED if _owned(rule, change.tokens, old, new) else codes.SEED_CHANGED,
            format_pointer(change.tokens),
            new.line(change.tokens),
            rule.told(change.old, change.tokens, new.value),
            rule.told(change.new, change.tokens, new.value),
        )
        for change in changes(old.value, new.value, rule.key_of)
    ]
    if not found and old.data != new.data:
        return [SeedChange(new.path, codes.FORMAT_ONLY)]
    return found


def alters(rule: SeedRule, old: Document, new: Document) -> bool:
    """Whether one version of a seed changes what the package owns in another."""
    return any(finding.refused for finding in _differences(rule, old, new))


def _owned(rule: SeedRule, tokens: tuple[str, ...], old: Document, new: Document) -> bool:
    return "overlay" in (rule.owner(tokens, new.value), rule.owner(tokens, old.value))
