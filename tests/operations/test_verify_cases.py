"""Whatever sides are chosen in a conflict, it is no lost change, in any of tests/cases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest

from seedgit import codes
from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.resolve import Draft, TakeSide
from seedgit.formats.rules import parse_rules
from seedgit.git.line_merge import line_merge
from seedgit.git.preview import Inputs, Preview
from seedgit.merge.tree import Node
from seedgit.merge.write_markers import Markers
from seedgit.operations.verify.committed_merge import CommittedMerge as _Done
from seedgit.operations.verify.committed_merge import _merged
from seedgit.rules.ownership import SeedRule
from tests.test_cases import CASES, read

CONFLICTS = [c for c in CASES if b"<<<<<<<" in (read(c, "expected") or b"")]
AT_MOST = 27


def check(path: str, rule: SeedRule, versions: list[bytes], place: Path) -> int:
    """How many resolutions were checked."""
    for name, data in zip(("base", "ours", "theirs"), versions, strict=True):
        (place / name).write_bytes(data)
    inputs = Inputs(place / "base", place / "ours", place / "theirs", 7)
    by_lines = line_merge(*versions)
    result = _merged(path, rule, versions, by_lines, Markers())
    if result is None or result.clean:
        return 0
    done = _Done("c" * 40, cast(Any, None), Preview({}, {}, {path: inputs}, (), ""), {})

    def merges(markers: Markers) -> Any:
        return [_merged(path, rule, versions, by_lines, markers)]

    draft = Draft(path, result.text, None, merges)
    count = 0
    for sides in list(product(("ours", "theirs", "base"), repeat=len(draft.numbers)))[:AT_MOST]:
        choices = {n: TakeSide(side) for n, side in zip(draft.numbers, sides, strict=True)}
        try:
            text = draft.resolve(choices).data
        except SeedgitError:
            continue
        if b"*" in text and len(set(sides)) > 1 and rebinds(path, text, versions):
            continue
        outcome, found = done.by_hand(path, rule, result, inputs, text)
        assert (outcome, [f.data() for f in found]) == (codes.RESOLVED_BY_HAND, []), (
            sides,
            text.decode(),
        )
        count += 1
    return count


def rebinds(path: str, text: bytes, versions: list[bytes]) -> bool:
    """Whether a mix of sides put an anchor before an alias that no version has there: then it
    stands for another value, and verify says so."""
    known = [dict(aliases(Document.parse(data, path).root)) for data in versions if data]
    return any(
        value not in said
        for at, value in aliases(Document.parse(text, path).root)
        if (said := [each[at] for each in known if at in each])
    )


def aliases(node: Node, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What each alias stands for, by its pointer."""
    if node.anchor[:1] == "*":
        yield at, node.value
    for n, entry in enumerate(node.entries):
        yield from aliases(entry.node, (*at, *(entry.path or (str(n),))))


@pytest.mark.parametrize("case", CONFLICTS, ids=lambda case: case.name)
def test_choices_of_sides_are_fair(case: Path, tmp_path: Path) -> None:
    name = next(case.glob("expected.*")).name
    rule: SeedRule | None = SeedRule((name,))
    if (case / "rules.yaml").exists():
        data = b"version: 1\nseeds:\n" + (case / "rules.yaml").read_bytes()
        rule = parse_rules(data, "rules.yaml").match(name)
    assert rule is not None
    check(name, rule, [read(case, v) or b"" for v in ("base", "ours", "theirs")], tmp_path)
