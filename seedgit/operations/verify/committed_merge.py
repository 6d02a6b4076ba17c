"""A merge commit beside what git and seedgit make of its parents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedgit import codes
from seedgit.errors import InputError, SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.resolve import Draft, TakeSide
from seedgit.git.line_merge import line_merge
from seedgit.git.preview import Inputs, Preview
from seedgit.git.repository import FILE_MODES, GitEntry, Repository
from seedgit.merge.decision import BASE, IN_LISTS, OURS, THEIRS
from seedgit.merge.engine import Result
from seedgit.merge.resolution import strays
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.operations.certify import certify
from seedgit.operations.past_merges.merge_again import merge_again
from seedgit.operations.verify.model import Deviation, NotChecked
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, Change, changes
from seedgit.values.pointer import format_pointer, is_index
from seedgit.values.selector import selector_of
from seedgit.values.value import canonical

MOST_NAMED = 100  # changes of one seed


class CommittedMerge:
    """A merge commit beside what git and seedgit make of its parents."""

    def __init__(
        self, commit: str, repository: Repository, made: Preview, files: dict[str, GitEntry]
    ) -> None:
        self.commit = commit
        self.repository = repository
        self.made = made
        self.files = files
        self.notes: list[NotChecked] = []
        # A person decides conflicts about whole files (modify/delete and so on).
        self.whole = {
            path
            for remark in made.remarks
            if remark.conflict and not remark.kind.endswith(("(contents)", "(content)"))
            for path in remark.paths
        }
        self.whole -= made.inputs.keys()

    def seed(self, path: str, rule: SeedRule) -> tuple[str, list[Deviation]]:
        """(what became of a seed, "" if nothing is worth reporting; the deviations in it)."""
        wanted, got = self.made.files.get(path), self.files.get(path)
        inputs = self.made.inputs.get(path)
        if inputs is None and wanted == got and path not in self.made.unmerged:
            return "", []
        if path in self.made.unmerged and (inputs is None or path in self.whole):
            return codes.RESOLVED_BY_HAND, []
        if wanted is None:
            if got is None:
                return "", []
            if self.whole:
                return codes.RESOLVED_BY_HAND, []
            detail = "the merge does not have this file"
            return codes.MERGED_OTHERWISE, [Deviation(codes.MERGED_OTHERWISE, path, detail=detail)]
        conflict = path in self.made.unmerged
        result, expected = None, b""
        if inputs is not None:
            result, text = self.again(path, rule, inputs)
            conflict = text is None
            expected = text or b""
        if got is None:
            if self.whole:
                return codes.RESOLVED_BY_HAND, []
            code = codes.LOST_CHANGE if conflict else codes.MERGED_OTHERWISE
            return code, [
                Deviation(code, path, detail="the merge has this file, but it was deleted")
            ]
        if got.mode not in FILE_MODES or wanted.mode not in FILE_MODES:
            detail = "is not the plain file it should be"
            return codes.MERGED_OTHERWISE, [Deviation(codes.MERGED_OTHERWISE, path, detail=detail)]
        committed = self.repository.blob(got.id)
        if conflict:
            return self.by_hand(path, rule, result, inputs, committed)
        if inputs is None:
            expected = self.repository.blob(wanted.id)
        if committed == expected:
            return codes.AS_DECIDED if inputs is not None else "", []
        return self.compared(path, rule, expected, committed)

    def refuted(self, path: str) -> list[Deviation]:
        """What the certifier says against a seed that is as decided; noted where it cannot tell."""
        versions = [*self.made.inputs[path].data(), self.repository.blob(self.files[path].id)]
        found = certify(path, versions)
        for each in found.objections:
            if each.verdict == found.verdict == codes.UNDECIDED:
                where = f"{path} {format_pointer(each.pointer)}".rstrip()
                text = f"{short_id(self.commit)} {where}: {each.reason}"
                self.notes.append(NotChecked(codes.NOT_CERTIFIED, text))
        return [
            Deviation(codes.REFUTED, path, format_pointer(each.pointer), detail=each.reason)
            for each in found.objections
            if each.verdict == codes.REFUTED
        ]

    def again(
        self, path: str, rule: SeedRule, inputs: Inputs
    ) -> tuple[Result | None, bytes | None]:
        """(the structural merge, if there is one; the merged text, None for a conflict)."""
        data = inputs.data()
        by_lines = line_merge(*data)
        result = _merged(path, rule, data, by_lines, Markers())
        if result is None:
            return None, by_lines
        return result, result.text if result.clean else None

    def compared(
        self, path: str, rule: SeedRule, expected: bytes, committed: bytes
    ) -> tuple[str, list[Deviation]]:
        """The differences in meaning between two texts without conflicts."""
        documents = [_document(data, path) for data in (expected, committed)]
        wanted, got = documents
        if wanted is None or got is None:
            detail = "is not the text that git merges, and " + (
                "does not parse" if got is None else "what git merges does not parse"
            )
            line = _first_error(committed, path) if got is None else None
            return codes.MERGED_OTHERWISE, [
                Deviation(codes.MERGED_OTHERWISE, path, line=line, detail=detail)
            ]
        differing = changes(wanted.value, got.value, rule.key_of)
        found = findings_of(codes.MERGED_OTHERWISE, rule, got, differing)
        return (codes.MERGED_OTHERWISE if found else codes.AS_DECIDED), found

    def by_hand(
        self,
        path: str,
        rule: SeedRule,
        result: Result | None,
        inputs: Inputs | None,
        committed: bytes,
    ) -> tuple[str, list[Deviation]]:
        """Check a person's resolution: it must contain everything that the merge had decided."""
        if result is None or inputs is None:
            self.unchecked(path, "git's own conflict, without structure")
            return codes.RESOLVED_BY_HAND, []
        got = _document(committed, path)
        if got is None:
            line = _first_error(committed, path)
            return codes.LOST_CHANGE, [
                Deviation(codes.LOST_CHANGE, path, line=line, detail="does not parse")
            ]
        data = inputs.data()
        by_lines = line_merge(*data)

        def merges(markers: Markers) -> list[Result]:
            made = _merged(path, rule, data, by_lines, markers)
            return [made] if made else []

        sides = []
        try:
            draft = Draft(path, result.text, None, merges)
            for side in (OURS, THEIRS, BASE):
                taken = draft.resolve(dict.fromkeys(draft.numbers, TakeSide(side)))
                sides.append(Document.parse(taken.data, path).value)
        except SeedgitError as error:
            if len(sides) < 2:  # base is not needed
                self.unchecked(path, str(error))
                return codes.RESOLVED_BY_HAND, []
        free = {
            (canonical(decision.ours[0].node.value), canonical(decision.theirs[0].node.value))
            for decision in (shown.conflict for shown in result.conflicts)
            if decision.ours and decision.theirs and decision.reason not in IN_LISTS
        }
        lost = strays(sides, got.value, rule.key_of, free)
        found = findings_of(codes.LOST_CHANGE, rule, got, lost, "is not in conflict")
        return (codes.LOST_CHANGE if found else codes.RESOLVED_BY_HAND), found

    def unchecked(self, path: str, why: str) -> None:
        text = f"{short_id(self.commit)}: {path}: its resolution cannot be checked: {why}"
        self.notes.append(NotChecked(codes.UNCHECKED, text))


def _merged(
    path: str, rule: SeedRule, data: list[bytes], by_lines: bytes | None, markers: Markers
) -> Result | None:
    """The merge that the driver makes in `git merge`; None where it leaves the file to git."""
    try:
        return merge_again(path, rule, data, by_lines, markers)
    except NotMergeable:
        return None


def _document(data: bytes, path: str) -> Document | None:
    try:
        return Document.parse(data, path)
    except InputError:
        return None


def _first_error(data: bytes, path: str) -> int | None:
    try:
        Document.parse(data, path)
    except InputError as error:
        return error.line
    return None


def findings_of(
    code: str, rule: SeedRule, got: Document, differing: Sequence[Change], detail: str = ""
) -> list[Deviation]:
    """The findings for changes from the decided values to the committed ones, in `got`."""
    return [
        Deviation(
            code,
            got.path,
            format_pointer(change.tokens),
            line=_line(got, change.tokens),
            expected=rule.told(change.old, change.tokens, got.value),
            found=rule.told(change.new, change.tokens, got.value),
            detail=detail,
            name=name,
        )
        for change, name in zip(differing, names(rule, got, differing), strict=True)
    ]


def names(rule: SeedRule, got: Document, differing: Sequence[Change]) -> list[str]:
    """The places of changes for people, with items of lists by identity; "" keeps the pointer.

    If there are more than MOST_NAMED in lists, all keep theirs: each name takes a look at all
    items of its list.
    """
    in_lists = [any(map(is_index, change.tokens)) for change in differing]
    if not 0 < sum(in_lists) <= MOST_NAMED:
        return [""] * len(in_lists)
    told = rule.told(got.value, (), got.value)  # a secret names no item

    def name(change: Change) -> str:
        gone = ABSENT
        if change.new is ABSENT:  # it is in no list any more: its own identity names it
            gone = rule.told(change.old, change.tokens, got.value)
        return selector_of(told, change.tokens, rule.key_of, gone)

    return [name(change) if its else "" for change, its in zip(differing, in_lists, strict=True)]


def _line(document: Document, tokens: tuple[str, ...]) -> int | None:
    """The line of a value; where it is missing, the line of its container."""
    return next((n for n in _lines(document, tokens) if n), None)


def _lines(document: Document, tokens: tuple[str, ...]) -> Iterator[int | None]:
    for count in range(len(tokens), -1, -1):
        yield document.line(tokens[:count])


def short_id(commit: str) -> str:
    return commit[:10]
