"""The page of a fleet's plan has an end, however many sites there are, and says what it lacks."""

from __future__ import annotations

import re

import pytest

from seedgit.cli import fleet_page
from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup, SiteGroups, Values
from tests.cli.test_pages import hostile_plan

SITES, SEEDS = 10, 4
TABLE = re.compile(r"<h2>(?P<name>[^<]*)</h2>.*?</section>", re.DOTALL)


def fleet() -> FleetPlan:
    """Ten sites, each with its own value in four seeds; the last one waits for a person."""
    found: dict[FleetFinding, Values] = {}
    groups = []
    for site in range(SITES):
        bucket = "needs_approval" if site == SITES - 1 else "warnings"
        own = [FleetFinding(bucket, f"{n}.yaml", f"/{site}", "reason") for n in range(SEEDS)]
        for finding in own:
            found[finding] = values = Values(1, 1, {"1": 1}, {str(n): n for n in range(9)})
            values.counts.update(values.local.keys())
        groups.append(SiteGroup((f"site-{site}",), tuple(own)))
    made = SiteGroups([((n,), ()) for n in range(SITES)], lambda key, _: groups[key[0]])
    names = tuple(f"site-{site}" for site in range(SITES))
    return FleetPlan(hostile_plan()._replace(ref="new"), ("0.yaml",), (), names, made, found)


def tables(page: str) -> dict[str, str]:
    return {found["name"]: found[0] for found in TABLE.finditer(page) if "<tr " in found[0]}


def rows(table: str) -> int:
    return table.count("<tr class=")


def test_what_fits_is_all_there() -> None:
    page = fleet_page.html(fleet())
    assert "Not shown" not in page
    assert [rows(table) for table in tables(page).values()] == [SITES, SITES * SEEDS, SITES]


def test_each_table_has_an_end_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_page, "LINES", 3 * (1 + SEEDS))
    monkeypatch.setattr(fleet_page, "CELLS", 5 * SEEDS + 1)
    alike, findings, matrix = tables(fleet_page.html(fleet())).values()
    assert [rows(table) for table in (alike, findings, matrix)] == [3, 15, 5]
    assert "site-9" in alike  # what waits for a person comes first
    assert "site-9" in matrix
    for table, text in (
        (alike, "Not shown: 7 more groups, of 7 sites."),
        (findings, "Not shown: 25 more findings."),
        (matrix, "Not shown: more sites."),
    ):
        assert text in table
        words = re.sub("<[^>]*>", "", table)
        assert "seedgit fleet plan new --json" in words


def test_one_group_is_shown_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_page, "LINES", 1)
    alike, findings, _ = tables(fleet_page.html(fleet())).values()
    assert (rows(alike), rows(findings)) == (1, 1)


def test_of_many_values_some_are_shown_and_the_others_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "more value" not in fleet_page.html(fleet())
    monkeypatch.setattr(fleet_page, "VALUES", 8)
    assert fleet_page.html(fleet()).count("<div>1 more value</div>") == SITES * SEEDS
