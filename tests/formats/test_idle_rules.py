"""What stands in the rules and never counts, each with its line; and nothing that counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit import codes
from seedgit.formats import idle_rules as idle
from seedgit.formats.idle_rules import idle_rules
from seedgit.formats.rules import parse_rules

PATHS = ["flows/a.yaml", "flows/x/b.yaml", "charts/web/values.json", "pyproject.toml"]
HEAD = "version: 1\nseeds:\n"


def found(text: str, head: str = HEAD) -> list[tuple[str, int | None]]:
    data = (head + text).encode()
    parse_rules(data, "rules")
    return [(each.kind, each.line) for each in idle_rules(data, PATHS)]


def test_a_pattern_that_no_file_matches() -> None:
    assert found('  - files: ["flows/**", flow/*]\n  - files: "*.yaml"\n') == [
        (codes.PATTERN_UNMATCHED, 3),
        (codes.PATTERN_UNMATCHED, 4),
    ]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("values.json", "**/values.json"),
        ("flows/", "flows/**"),
        ("./pyproject.toml", "pyproject.toml"),
        ("charts/web", "charts/web/**"),
        ("flows/*.yml", "flows/*.yaml"),
        ("nowhere", ""),
    ],
)
def test_a_pattern_of_another_tool_is_told_as_this_one_says_it(pattern: str, meant: str) -> None:
    (only,) = idle_rules(f"{HEAD}  - files: {pattern}\n".encode(), PATHS)
    assert only.text.endswith(f"; {meant!r} does" if meant else "TOML or INI file")


def test_what_is_a_seed_by_another_entry_is_not_what_was_meant() -> None:
    text = f'{HEAD}  - files: "flows/**"\n  - files: a.yaml\n'
    (only,) = idle_rules(text.encode(), PATHS)
    assert "does" not in only.text


def test_an_entry_whose_files_are_taken_before_it() -> None:
    assert found('  - files: "**/*.yaml"\n  - files: "flows/**"\n') == [(codes.RULE_SHADOWED, 4)]
    # The first one that matches a file is the one that counts: here each has its own.
    assert found('  - files: "flows/*"\n  - files: "flows/**"\n') == []
    assert found('  - files: ["flows/*", "flows/**"]\n') == []


def test_an_entry_of_a_list_behind_a_wider_one() -> None:
    text = (
        '  - files: "flows/**"\n'
        "    overlay:\n"
        "      - /steps/*/queue_mode\n"
        "      - /steps/*\n"
        "      - path: /steps/[id=a]/max_items\n"
        "        on-seed-change: review\n"
        "      - /paused\n"
        "    merge:\n"
        "      - {path: /**/version, strategy: newer-version}\n"
        "      - {path: /image/version, strategy: theirs}\n"
        "    keys: {/**/steps: id, /jobs/*/steps: name, /steps/*: key}\n"
    )
    assert found(text) == [
        (codes.RULE_CONTRADICTED, 7),
        (codes.RULE_CONTRADICTED, 12),
        (codes.RULE_CONTRADICTED, 13),
    ]
    for old, new in (
        ("review", "preserve"),
        ("theirs", "newer-version"),
        ("steps: name", "steps: id"),
    ):
        text = text.replace(old, new)
    assert found(text) == [(codes.RULE_SHADOWED, line) for line in (7, 12, 13)]


def test_no_secret_within_what_is_one() -> None:
    text = (
        '  - files: "flows/**"\n'
        "    overlay:\n"
        "      - {path: /steps/*/key, secret: false}\n"
        "      - {path: /steps, secret: true}\n"
        "      - {path: /other, secret: false}\n"
        '  - files: "*.toml"\n'
        "    overlay: [{path: /other, secret: true}]\n"
    )
    assert found(text) == [(codes.RULE_CONTRADICTED, 5)]


def test_a_secret_entry_counts_behind_a_wider_one() -> None:
    entry = "overlay: [/db, {path: /db/key, secret: true}, {path: /db/*, secret: false}, /db/a]"
    assert found(f'  - files: "flows/**"\n    {entry}\n') == [(codes.RULE_SHADOWED, 4)]


def test_what_the_policy_says_otherwise_may_be_said_by_an_entry() -> None:
    entry = '  - files: "flows/**"\n    overlay: [/**/queue_mode]\n'
    assert found(entry, "version: 1\npolicy: burn-in-safe\nseeds:\n") == []
    own = "policies: {ours: {overlay: [/a, /a/b]}}\n"
    assert found(entry, f"version: 1\npolicy: ours\n{own}seeds:\n") == [(codes.RULE_SHADOWED, 3)]


def test_a_place_that_is_not_followed() -> None:
    text = (
        '  - files: "flows/**"\n'
        "    keys:\n"
        '      "/steps/[id=a]/parts": id\n'
        '      "/steps/*/parts": id\n'
        "    renames:\n"
        "      /**/old: /**/new\n"
    )
    assert found(text) == [(codes.RULE_NOT_FOLLOWED, 5), (codes.RULE_NOT_FOLLOWED, 8)]


def test_very_many_entries_take_no_time_out_of_proportion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[int] = []
    wider = idle.is_wider

    def counted(pattern: tuple[str, ...], other: tuple[str, ...], *, below: bool) -> bool:
        compared.append(len(pattern) * len(other))
        return wider(pattern, other, below=below)

    monkeypatch.setattr(idle, "is_wider", counted)
    entries = "".join(f"      - {'/*' * 120}/a{number}\n" for number in range(500))
    text = f'{HEAD}  - files: "flows/**"\n    overlay:\n{entries}'
    (only,) = idle_rules(text.encode(), PATHS)
    assert "too many" in only.text
    assert sum(compared) <= idle.MOST_COMPARED


NAMES = st.sampled_from(["flows/**", "**/*.yaml", "flows/*", "*.toml", "charts/**", "x"])


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=4))
def test_a_pattern_is_told_where_leaving_it_out_changes_nothing(entries: list[list[str]]) -> None:
    def said(rows: list[list[str]]) -> list[int | None]:
        """For each file the entry that makes it a seed."""
        data = "version: 1\nseeds:\n" + "".join(f"  - files: {row or ['-']}\n" for row in rows)
        rules = parse_rules(data.encode(), "rules")
        matches = [rules.match(path) for path in PATHS]
        return [rules.seeds.index(match) if match else None for match in matches]

    data = "version: 1\nseeds: []\n"
    if entries:
        data = HEAD + "".join(f"  - files: {row}\n" for row in entries)
    for each in idle_rules(data.encode(), PATHS):
        at = (each.line or 0) - 3
        gone = [name for name in entries[at] if not each.text.startswith(repr(name))]
        assert said(entries) == said([*entries[:at], gone, *entries[at + 1 :]])
