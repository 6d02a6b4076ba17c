"""The merge of one file: its result, and what the journal and standard error have of it."""

from __future__ import annotations

import os

from seedgit import codes
from seedgit.driver.git import merge_ids, their_name
from seedgit.limits import MEMORY_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.driver.rules import RulesOfMerge
    from seedgit.driver.settings import Settings
    from seedgit.merge.by_entries import Merged
    from seedgit.merge.decision import Decision
    from seedgit.merge.engine import Result
    from seedgit.merge.policy import MergeRules
    from seedgit.merge.syntax import Syntax
    from seedgit.mode import Mode

BINARY_WITHIN = 8000  # bytes in which git looks for a NUL (gitattributes(5), "text")


class Run:
    """One merge: its result, and what it reports in the journal and on standard error.

    data      base, ours, theirs
    by_lines  git's own result where that is clean
    result    the structural merge, where there is one
    remark    a code for the journal: something was wrong, but the merge was made all the same
    """

    def __init__(
        self, path: str, data: list[bytes], by_lines: bytes | None, size: int, settings: Settings
    ) -> None:
        self.path = path
        self.data = data
        self.by_lines = by_lines
        self.size = size
        self.settings = settings
        self.mode: Mode = settings.mode
        self.result: Result | Merged | None = None
        self.reason = ""
        self.error = ""
        self.remark = ""
        self.remarks: list[str] = list(settings.warnings)
        self.by_git = True

    def merge(self, rules: RulesOfMerge) -> None:
        """Set the structural result, or the reason why there is none."""
        if self.mode.off:
            self.reason = codes.SKIP_MODE_OFF
            return
        rules.read(self.settings)
        with self.settings.limit():
            self._merge(rules)

    def _merge(self, rules_of_merge: RulesOfMerge) -> None:
        from seedgit.formats.registry import format_of, titles

        format = format_of(self.path)
        if format is None:
            self._pass(codes.SKIP_UNKNOWN_FORMAT, f"no {titles()} by its name")
            return
        rules, odd = rules_of_merge.of(self.path)
        for code, why in odd:
            self.remark = self.remark or code
            self.remarks.append(f"{code}: {why}")
        if rules is None:
            self._pass(codes.SKIP_NOT_A_SEED, "no rule matches it")
            return
        from seedgit.formats.merge import merge_texts
        from seedgit.merge.version import NotMergeable
        from seedgit.merge.write_markers import Markers

        self.result = self._by_entries(format, rules)
        if self.result is not None:
            return
        base, ours, theirs = self.data
        markers = Markers(self.size, self.settings.style, ours="HEAD", theirs=their_name())
        try:
            self.result = merge_texts(
                format, self.path, (base or None, ours, theirs), self.by_lines, markers, rules
            )
        except NotMergeable as problem:
            self._pass(problem.reason, problem.detail)
            return
        if os.environ.get("SEEDGIT_TRACE"):
            self.remarks += _traced(self.result.decisions)

    def settle(self, rules: RulesOfMerge) -> None:
        """Set the structural result if the lines of the versions settle it without git's merge.

        Only where that has a conflict it matters whether the result parses: else it is the same.
        """
        from seedgit.formats.registry import format_of

        format = format_of(self.path)
        of_file, odd = rules.of(self.path)
        if format is None or of_file is None or odd:
            return
        with self.settings.limit():
            merged = self._entries(format, of_file)
            if merged is None or not merged.replaced:
                return
            if merged.apart or self._parses(merged.text, format):
                self.result = merged

    def _by_entries(self, format: Syntax, rules: MergeRules) -> Merged | None:
        """The merge without parsing all versions, where it is the same; None where that is unclear.

        To load what it needs takes longer than to parse one small file.
        """
        merged = self._entries(format, rules)
        if merged is None or merged.text == self.by_lines:
            return merged
        # If it does not parse, git's own merge counts.
        alone = self.by_lines is None and merged.replaced
        return merged if alone and self._parses(merged.text, format) else None

    def _entries(self, format: Syntax, rules: MergeRules) -> Merged | None:
        from seedgit.merge import engine

        looked_at = self.settings.shadow or os.environ.get("SEEDGIT_TRACE")
        small = max(map(len, self.data)) < engine.SHORTEN_FROM
        if small or not self.mode.live or looked_at or rules.renames or rules.as_one:
            return None
        cutter = format.cutter()
        if cutter is None:
            return None
        from seedgit.merge.by_entries import merged_by_entries

        return merged_by_entries(cutter, self.data)

    def _parses(self, text: bytes, format: Syntax) -> bool:
        from seedgit.merge.version import NotMergeable, Version

        try:
            Version.parsed(text, self.path, format)
        except NotMergeable:
            return False
        return True

    def failed(self, error: Exception) -> None:
        """Something broke: keep git's own merge, and put the traceback into the journal."""
        import traceback

        self.result = None
        over = isinstance(error, (TimeoutError, MemoryError))
        self.reason = codes.GIT_OVER_LIMIT if over else codes.GIT_FAILED
        self.error = traceback.format_exc()
        detail = str(error) or f"over {MEMORY_KEY}, {self.settings.bytes} bytes"
        self.remarks.append(f"{self._instead()}: {type(error).__name__}: {detail}")

    def _instead(self) -> str:
        return "git's own merge is used" if self.by_git else "git's own merge failed as well"

    def all_marked(self) -> bytes | None:
        """The file as one conflict, for where neither engine merged it; None where it is binary.

        git leaves a binary file as ours, and so does this.
        """
        base, ours, theirs = self.data
        if any(b"\0" in version[:BINARY_WITHIN] for version in self.data):
            return None
        blocks = ((b"<", b"HEAD", ours), (b"|", b"base", base), (b"=", b"", theirs))
        parts = []
        for mark, label, text in blocks:
            if mark == b"|" and self.settings.style == "merge":
                continue
            parts += [mark * self.size, b" " + label if label else b"", b"\n", text]
            if text and not text.endswith(b"\n"):
                parts.append(b"\n")
        self.remarks.append("all of it is marked as one conflict")
        return b"".join([*parts, b">" * self.size, b" ", os.fsencode(their_name()), b"\n"])

    def _pass(self, reason: str, detail: str) -> None:
        self.reason = reason
        marker = b"\n" + b"<" * self.size + b"\n"
        if any(marker in b"\n" + version for version in self.data):
            return  # git-rerere(1) replays a resolution: its versions hold markers like these
        words = "" if reason.startswith("skip") and self.by_git else f"{self._instead()}: "
        self.remarks.append(f"{words}{reason}: {detail}")

    # -- the journal -------------------------------------------------------------------------------

    def record(self, status: int, ms: float) -> None:
        """Add a row to the journal. Where that fails, the merge goes on without it."""
        try:
            from seedgit import journal
            from seedgit.files.git_dir import find_common_dir, id_size
            from seedgit.journal_file import MERGE_DRIVER

            common = find_common_dir()
            if common is None or os.environ.get("SEEDGIT_JOURNAL") == "off":
                return
            row = self.row(status, ms, id_size(common))
            journal.Journal(common, journal.DRIVER_PATIENCE).add(MERGE_DRIVER, **row)
        except Exception as error:
            self.remarks.append(f"journal: {error}")

    def row(self, status: int, ms: float, size: int) -> dict[str, Any]:
        """The columns of its row.

        `status`: what the driver exits with; `ms`: how long it took; `size`: of an id, in bytes.
        """
        from seedgit.digest import blob_id
        from seedgit.shadow import compared, listed

        outcome = codes.FAILED if self.error else codes.CONFLICT if status else codes.DONE
        if not self.error and self.reason:
            outcome = codes.NOTHING
        row: dict[str, Any] = {
            "outcome": outcome,
            "mode": self.mode.value,
            "path": self.path,
            "reason": self.reason or self.remark or None,
            "status": status,
            "ms": round(ms, 3),
            "error": self.error or None,
        }

        def id_of(data: bytes) -> str:
            return blob_id(data, size)

        row |= zip(("base", "ours", "theirs"), map(id_of, self.data), strict=True)
        if self.result is not None:
            row["decisions"] = listed(self.result.decisions)
        skipped = self.reason.startswith("skip")
        if (self.mode.dry_run or self.settings.shadow) and not skipped:
            with self.settings.limit():
                row |= compared(self.by_lines, self.result, self.path, self.data, id_of)
            row["merge"] = merge_ids() or None
        return row


def _traced(decisions: Decision | Merged) -> list[str]:
    from seedgit.values.pointer import format_pointer

    return [
        f"{format_pointer(pointer) or '/'}: {source}: {reason}"
        for pointer, source, reason in decisions.explained()
    ]
