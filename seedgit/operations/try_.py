"""Tries seedgit on a clone that may know nothing of it, with its own last merges. Reads only."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from difflib import SequenceMatcher

from seedgit import codes, journal
from seedgit.errors import InvalidDocument
from seedgit.formats.document import Document
from seedgit.git.line_merge import marked_merge
from seedgit.git.past import Listed
from seedgit.named_tuple import NamedTuple
from seedgit.operations.blame import hidden_lines
from seedgit.operations.past_merges.both_changed import BothChanged, both_changed, two_sided
from seedgit.operations.past_merges.merge_again import BothMerged, both_engines
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.proposal.proposed import Proposal, proposed
from seedgit.operations.proposal.text import rules_text
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import SeedRule
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MERGES = 300
SECONDS = 90.0  # after so long no further merge is begun
EXAMPLES = 3
LONGEST_SHOWN = 5_000  # lines of a file that may be an example: they are compared
LARGEST_SHOWN = 400  # characters of a line


class Spared(NamedTuple):
    """A conflict of git's that seedgit does not have.

    git      the first conflict in git's result, with its markers
    seedgit  the lines that seedgit has in its place
    people   whether people committed the same values
    """

    commit: str
    path: str
    git: tuple[str, ...]
    seedgit: tuple[str, ...]
    people: bool

    def data(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "path": self.path,
            "git": list(self.git),
            "seedgit": list(self.seedgit),
            "as-committed": self.people,
        }


class Tried(NamedTuple):
    """What merging again has shown.

    merges     how many merges there are to look at; `again` of them were looked at in time
    verdicts   of the files that both sides changed
    people     how many of the files whose conflict is spared people committed with these values
    """

    merges: int
    again: int
    verdicts: dict[str, int]
    people: int
    examples: tuple[Spared, ...]
    proposal: Proposal
    has_rules: bool

    @property
    def conflicts(self) -> int:
        """Files in conflict in git's merge."""
        return self.verdicts[codes.SEEDGIT_ONLY] + self.verdicts[codes.NEITHER]

    @property
    def rules(self) -> str:
        """The rules file that `init` would write; "" if it has one, or nothing to say in one."""
        return "" if self.has_rules or not self.proposal.entries else rules_text(self.proposal)

    def data(self) -> dict[str, Any]:
        return {
            "merges": self.merges,
            "merged-again": self.again,
            **self.verdicts,
            "git-conflicts": self.conflicts,
            "spared": self.verdicts[codes.SEEDGIT_ONLY],
            "spared-as-committed": self.people,
            "examples": [each.data() for each in self.examples],
            **self.proposal.data(),
            "rules": self.rules,
        }


def try_here(
    workspace: Workspace,
    last: int = MERGES,
    seconds: float = SECONDS,
    progress: Progress = quiet,
) -> Tried:
    """Merge the last merges of HEAD again with git and with seedgit, in memory."""
    until = time.monotonic() + seconds
    repository = workspace.repository
    has_head = repository.head() is not None
    merges = two_sided(repository, f"--max-count={last}", "HEAD") if has_head else []
    verdicts = Counter[str]()
    seen = _Examples(workspace)
    again = 0
    for merge, files in both_changed(workspace, merges):
        if time.monotonic() >= until:
            break
        progress(again, len(merges))
        again += 1
        for file in files:
            data = [
                repository.blob(id) if id else b"" for id in (file.base, file.ours, file.theirs)
            ]
            merged = both_engines(file.path, workspace.rules.match(file.path), data)
            verdict = journal.verdict(merged.by_lines, merged.text)
            verdicts[verdict] += 1
            if verdict == codes.SEEDGIT_ONLY:
                seen.add((merge, file), data, merged)
    progress(len(merges), len(merges))
    return Tried(
        len(merges),
        again,
        {name: verdicts[name] for name in journal.VERDICTS},
        seen.as_people,
        tuple(seen.best()),
        proposed(repository),
        bool(workspace.rules.seeds),
    )


class _Examples:
    """The spared conflicts that are worth showing: those that people solved alike come first."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._found: list[Spared] = []
        self.as_people = 0

    def add(self, where: tuple[Listed, BothChanged], data: list[bytes], merged: BothMerged) -> None:
        merge, file = where
        text = merged.text or b""
        people = self._people(file, text)
        self.as_people += people
        good = [each for each in self._found if each.people]
        new = file.path not in {each.path for each in good}
        if len(good) < EXAMPLES and new and (people or len(self._found) < EXAMPLES):
            shown = _first_conflict(marked_merge(data[0], data[1], data[2]) or b"", text)
            if shown:
                hidden = self._hidden(file.path, [*data, text])
                git, ours = (tuple(hidden.get(line, line) for line in each) for each in shown)
                self._found.append(Spared(merge.id, file.path, git, ours, people))

    def _hidden(self, path: str, versions: list[bytes]) -> dict[str, str]:
        """Lines with secrets, each with what is told instead."""
        rule = self._workspace.rules.match(path) or SeedRule(())
        found: dict[str, str] = {}
        for data in versions:
            with suppress(InvalidDocument):
                found |= hidden_lines(Document.parse(data, path), rule)
        return {line[:LARGEST_SHOWN]: told for line, told in found.items()}

    def best(self) -> list[Spared]:
        return sorted(self._found, key=lambda each: not each.people)[:EXAMPLES]

    def _people(self, file: BothChanged, text: bytes) -> bool:
        """Whether people committed this text, or other text with the same values."""
        repository = self._workspace.repository
        if file.committed is None or repository.blob_id(text) == file.committed:
            return file.committed is not None
        try:
            theirs = Document.parse(repository.blob(file.committed), file.path)
            return same(theirs.value, Document.parse(text, file.path).value)
        except InvalidDocument:
            return False


def _first_conflict(git: bytes, seedgit: bytes) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The lines of git's first conflict, and those that seedgit has between the lines round it."""
    marked, clean = (_lines(text) for text in (git, seedgit))
    ends = [n for n, line in enumerate(marked) if line == ">>>>>>> theirs"]
    starts = [n for n, line in enumerate(marked) if line == "<<<<<<< ours"]
    if not starts or not ends or max(len(marked), len(clean)) > LONGEST_SHOWN:
        return None
    start, end = starts[0], ends[0] + 1
    low, high = 0, len(clean)
    for block in SequenceMatcher(None, marked, clean, autojunk=False).get_matching_blocks():
        if block.a < start:
            low = block.b + min(block.size, start - block.a)
        if block.size and block.a + block.size > end:
            high = block.b + max(0, end - block.a)
            break
    return tuple(marked[start:end]), tuple(clean[low:high])


def _lines(text: bytes) -> list[str]:
    return [line[:LARGEST_SHOWN] for line in text.decode("utf-8", "replace").splitlines()]
