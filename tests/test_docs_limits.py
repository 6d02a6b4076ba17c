"""docs/limits.md has the numbers that the code has."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "limits.md"
ROW = re.compile(r"^\| ([^|]+) \| (\d+) \|(?: [^|]+ \|){3}$", re.MULTILINE)
ROWS = dict(ROW.findall(PAGE.read_text()))

CODE = {
    "`seedgit.timeLimit`": "limits.TIME_LIMIT",
    "the end of a process that hears no alarm": "limits.GRACE",
    "`seedgit.memoryLimit`": "limits.MEMORY_LIMIT",
    "a writer's wait for a ref": "git.refs.PATIENCE",
    "a program that keeps a live file open for writing": "files.contested.PATIENCE",
    "the journal's wait for other writers": "journal.PATIENCE",
    "the same, in the driver": "journal.DRIVER_PATIENCE",
    "a version that is merged": "merge.version.SIZE_LIMIT",
    "a live file": "git.live_files.LIMIT",
    "any file that is read": "files.safe.READ_LIMIT",
    "nesting": "values.value.DEPTH_LIMIT",
    "values in a document": "values.value.NODE_LIMIT",
    "what YAML's aliases stand for": "formats.yaml.read.EXPANSION_LIMIT",
    "edits of one file in one command": "formats.document.WORK_LIMIT",
    "values that a patch copies": "values.patch.SIZE_LIMIT",
    "a pointer": "values.pointer.LENGTH_LIMIT",
    "conflict markers": "limits.MARKER_MOST",
    "a rules file": "rules.RULES_LIMIT",
    "file patterns": "formats.rules.MOST_PATTERNS",
    "wildcards in a pattern": "rules.wildmatch.MOST_WILDCARDS",
    "a pattern": "rules.wildmatch.MOST_BYTES",
    "entries of one `overlay`, `keys` or `merge`": "formats.rules.MOST_ENTRIES",
    "policies": "formats.rules.MOST_POLICIES",
    "renames of one rule": "formats.rules.MOST_RENAMES",
    "a selector": "formats.rules.LONGEST_SELECTOR",
    "`**` in a selector": "formats.rules.MOST_DEEP",
    "members that make one identity key": "formats.rules.MOST_IN_KEY",
    "a record": "git.stored_record.LIMIT",
    "values in a record": "git.stored_record.VALUES_LIMIT",
    "the base of a record": "git.stored_record.BASE_LIMIT",
    "operations in a record": "overlay.record_json.OPERATIONS_LIMIT",
    "parked overrides and decisions, each": "overlay.record_json.ENTRIES_LIMIT",
    "a reason": "overlay.record_json.TEXT_LIMIT",
    "a path": "overlay.record_json.PATH_LIMIT",
    "secrets in a record": "overlay.sealed_json.SECRETS_LIMIT",
    "a secret": "operations.secrets.payload.VALUE_LIMIT",
    "recipients of a secret": "overlay.recipients.MOST",
    "a file of changes (`set --from`)": "operations.edits.set_from.LIMIT",
    "a value from a file or standard input": "operations.edits.given.LIMIT",
    "rows of the journal": "journal_file.KEEP",
}


def test_every_row_is_compared() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    titles = [line for line in lines if line.startswith("| limit |")]
    assert ROWS.keys() == CODE.keys()
    assert len(lines) == len(ROWS) + len(titles)


@pytest.mark.parametrize("name", CODE)
def test_the_number_is_the_one_of_the_code(name: str) -> None:
    module, _, constant = CODE[name].rpartition(".")
    assert int(ROWS[name]) == getattr(importlib.import_module(f"seedgit.{module}"), constant)


def test_the_limits_of_reading_stand_on_the_page() -> None:
    """What upstream or a colleague writes is read by these; each of their limits has its row."""
    for module in (
        "formats.rules",
        "overlay.record_json",
        "git.stored_record",
        "overlay.sealed_json",
    ):
        found = importlib.import_module(f"seedgit.{module}")
        own = Path(found.__file__ or "").read_text()
        named = set(re.findall(r"^((?:MOST_|LONGEST_)\w+|(?:\w+_)?LIMIT)\b", own, re.M))
        rows = {place.rpartition(".")[2] for place in CODE.values() if place.startswith(module)}
        assert named - rows <= UNSAID, module


# Of what is only shown, or has no meaning to a user.
UNSAID = {
    "LONGEST_SAID",
    "WORD_LIMIT",
    "TAG_LIMIT",
    "MESSAGE_LIMIT",
    "NAME_LIMIT",
    "AGE_LIMIT",
    "TO_LIMIT",
}
