"""A case folder to send: a recorded merge with its values masked and its shape kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from seedgit.formats.redact import Redactor
from seedgit.operations.replay import remerge, versions_of
from seedgit.operations.workspace import Workspace

_FRAME = re.compile(r'File "(?:[^"\n]*[/\\])?([^"/\\\n]+)", line (\d+), in (\S+)')
KEPT = ("entry", "mode", "outcome", "reason", "status", "verdict", "seedgit", "python")


class Report(NamedTuple):
    """alike: whether the masked versions merge to the same verdict and reason as the real ones.
    whole: whether every version parsed, so that its keys could stay."""

    directory: Path
    files: tuple[str, ...]
    alike: bool
    whole: bool


def bug_report(workspace: Workspace, row: dict[str, Any], directory: Path) -> Report:
    """Write the folder for a row of the journal. Raises UsageError if it is not a merge."""
    data = versions_of(workspace, row)
    path = "file" + Path(row["path"]).suffix
    redactor = Redactor()
    masked = [redactor.text(version, path) for version in data]
    before = remerge(workspace, row["path"], data)
    after = remerge(workspace, path, [text for text, _ in masked])
    names = ("verdict", "reason")
    alike = all(before.get(name) == after.get(name) for name in names)
    whole = all(shape for _, shape in masked)
    about = {
        **{name: row[name] for name in KEPT if row[name] is not None},
        "frames": [f"{file}:{line} {name}" for file, line, name in _FRAME.findall(_error(row))],
        "error": _error(row).strip().rpartition("\n")[2].partition(":")[0],
        "masked-merge-is-alike": alike,
    }
    suffix = Path(path).suffix
    files = {
        **{
            name + suffix: text
            for name, (text, _) in zip(("base", "ours", "theirs"), masked, strict=True)
        },
        "about.json": (json.dumps(about, indent=2) + "\n").encode(),
    }
    for name, content in files.items():
        workspace.repository.writer.write_file(directory / name, content)
    return Report(directory, tuple(files), alike, whole)


def _error(row: dict[str, Any]) -> str:
    return str(row["error"] or "")
