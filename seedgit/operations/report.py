"""A case folder to send: a recorded merge with its values masked and its shape kept."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.redact import Redactor
from seedgit.formats.rules import parse_rules
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.named_tuple import NamedTuple
from seedgit.operations.past_merges.merge_again import merge_again
from seedgit.operations.replay import remerge, versions_of
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FRAME = re.compile(r'File "(?:[^"\n]*[/\\])?([^"/\\\n]+)", line (\d+), in (\S+)')
_IDENTITY = re.compile(r"\[([^=\]]+)=([^\]]*)\]")  # of an item, in a selector
KEPT = ("entry", "mode", "outcome", "reason", "status", "verdict", "seedgit", "python")
CASE = "rules.yaml"  # the entry of `seeds:` under which the merge is made


class Report(NamedTuple):
    """What was written. The folder is a case of tests/cases if it has an `expected` file.

    alike  whether the masked versions merge to the same verdict and reason as the real ones
    whole  whether every version parsed, so that its keys could stay
    """

    directory: Path
    files: tuple[str, ...]
    alike: bool
    whole: bool


def report(workspace: Workspace, row: dict[str, Any], directory: Path) -> Report:
    """Write the folder for a row of the journal. Raises UsageError if it is not a merge.

    `expected` has what this version makes of the merge, for somebody to put right.
    """
    data = versions_of(workspace, row)
    name = PurePosixPath(row["path"])
    suffix = name.suffix or (name.name if name.name.startswith(".") else "")
    path, redactor = f"expected{suffix}", Redactor()
    pairs = [redactor.text(version, path) for version in data]
    masked = [text for text, _ in pairs]
    entry = _entry(workspace, row["path"], redactor)
    rule = _rule(entry, path)
    before = remerge(workspace, row["path"], workspace.rules.match(row["path"]), data)
    after = remerge(workspace, path, rule, masked)
    alike = all(before.get(name) == after.get(name) for name in ("verdict", "reason"))
    about = {
        **{name: row[name] for name in KEPT if row[name] is not None},
        "frames": [f"{file}:{line} {name}" for file, line, name in _FRAME.findall(_error(row))],
        "error": _error(row).strip().rpartition("\n")[2].partition(":")[0],
        "masked-merge-is-alike": alike,
    }
    versions = zip(("base", "ours", "theirs"), masked, strict=True)
    expected = _merged(path, rule, masked)
    files = {
        # A missing base is an add/add.
        **{each + suffix: text for each, text in versions if text or each != "base"},
        **({} if expected is None else {path: expected}),
        **({CASE: entry} if entry else {}),
        "about.json": (json.dumps(about, indent=2) + "\n").encode(),
    }
    for file, content in files.items():
        workspace.repository.writer.write_file(directory / file, content)
    return Report(directory, tuple(files), alike, all(whole for _, whole in pairs))


def _entry(workspace: Workspace, path: str, redactor: Redactor) -> bytes:
    """The package's entry for a file, as JSON for any file; b"" without one."""
    seeds = workspace.package_rules.seeds
    number = next((n for n, rule in enumerate(seeds) if rule.matches(path)), None)
    if number is None:
        return b""
    whole: Any = Document.parse(workspace.rules_text or b"", RULES_FILE).value
    entry = whole["seeds"][number] | {"files": "*"}
    text = _IDENTITY.sub(
        lambda item: f"[{item[1]}={redactor.word(item[2])}]", json.dumps(entry, ensure_ascii=False)
    )
    return f"- {text}\n".encode()


def _rule(entry: bytes, path: str) -> SeedRule | None:
    return parse_rules(b"version: 1\nseeds:\n" + entry, CASE).match(path) if entry else None


def _merged(path: str, rule: SeedRule | None, data: Sequence[bytes]) -> bytes | None:
    """What the masked versions merge to, conflicts marked; None if there is no such text."""
    try:
        result = merge_again(path, rule, data, None, Markers())
    except (NotMergeable, SeedgitError):
        return None
    return None if result is None else result.text


def _error(row: dict[str, Any]) -> str:
    return str(row["error"] or "")
