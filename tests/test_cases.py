"""Every folder of tests/cases is a merge: base, ours, theirs, and the bytes expected of it.

To report a merge bug is to add a folder. `expected` with conflict markers expects a conflict. A
`rules.yaml` is the entry of `seeds:` under which the merge is made. A missing base is an add/add.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.formats.document import difference
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.formats.rules import parse_rules
from seedgit.merge.policy import NO_RULES, MergeRules
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.write_markers import Markers

CASES = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/expected.*"))


def read(case: Path, version: str) -> bytes | None:
    found = sorted(case.glob(f"{version}.*"))
    return found[0].read_bytes() if found else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Path) -> None:
    base, ours, theirs, expected = (read(case, v) for v in ("base", "ours", "theirs", "expected"))
    assert ours is not None
    assert theirs is not None
    name = next(case.glob("expected.*")).name
    format = format_of(name)
    assert format is not None
    rules: MergeRules = NO_RULES
    if (case / "rules.yaml").exists():
        data = b"version: 1\nseeds:\n" + (case / "rules.yaml").read_bytes()
        rule = parse_rules(data, str(case / "rules.yaml")).match(name)
        assert rule is not None
        rules = PolicyOfRules(rule, local=True)
    result = merge_texts(format, name, (base, ours, theirs), markers=Markers(), rules=rules)
    assert result.text.decode() == (expected or b"").decode()
    assert result.clean == (b"<<<<<<<" not in (expected or b""))


WITHOUT_RULES = [case for case in CASES if not (case / "rules.yaml").exists()]


@pytest.mark.parametrize("case", WITHOUT_RULES, ids=lambda case: case.name)
def test_swapped_sides_conflict_alike(case: Path) -> None:
    base, ours, theirs, expected = (read(case, v) for v in ("base", "ours", "theirs", "expected"))
    assert ours is not None
    assert theirs is not None
    name = next(case.glob("expected.*")).name
    format = format_of(name)
    assert format is not None
    result = merge_texts(format, name, (base, theirs, ours))
    assert result.clean == (b"<<<<<<<" not in (expected or b""))
    if result.clean:
        assert difference(result.text, expected or b"", name) == []
