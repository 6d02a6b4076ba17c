"""A fleet's plan as a page: groups of sites, findings with their values, sites by seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, takewhile

from seedgit.cli.page import NextCommand, page
from seedgit.cli.plan_page import TITLES
from seedgit.git.names import pasted
from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup
from seedgit.operations.plan.model import BUCKETS, NEEDS_APPROVAL, NO_OP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CELLS = 60_000  # of the matrix; above that it has one row for each group
VALUES = 200  # of one finding
LINES = 20_000  # of a table; a browser takes a second for as many


def html(made: FleetPlan) -> str:
    """The whole page."""
    return page("fleet.html.j2", **data(made))


def data(made: FleetPlan) -> dict[str, Any]:
    """What the page's template shows."""
    groups = sorted(made.groups, key=lambda group: BUCKETS.index(group.bucket))
    numbers = Counter[str]()
    for group in groups:
        numbers[group.bucket] += len(group.sites)
    shown = _first(groups)
    busy = [group for group in groups if group.findings]
    paths = sorted({finding.path for group in busy for finding in group.findings})
    rows = CELLS // max(len(paths), 1)
    matrix = list(islice(_matrix(busy, paths), rows + 1))
    return {
        "made": made,
        "groups": shown,
        "more_groups": groups[len(shown) :],
        "findings": dict(islice(made.findings.items(), LINES)),
        "alike": alike,
        "names": _names(busy),
        "changing": changing(made),
        "next": list(_next(made)),
        "ref": pasted(made.upgrade.ref),
        "numbers": numbers,
        "titles": {bucket: title.lower() for bucket, title in TITLES.items()},
        "buttons": TITLES,
        "columns": [path or "(overlay)" for path in paths],
        "matrix": matrix[:rows],
        "more_rows": len(matrix) > rows,
        "most_values": VALUES,
        "needs_approval": NEEDS_APPROVAL,
        "no_op": NO_OP,
    }


def _first(groups: list[SiteGroup]) -> list[SiteGroup]:
    """As many groups as a page has lines for; at least one."""
    lines = accumulate(1 + len(group.findings) for group in groups)
    return groups[: max(1, sum(1 for _ in takewhile(LINES.__ge__, lines)))]


def alike(findings: Sequence[FleetFinding]) -> list[list[FleetFinding]]:
    """Findings with what has one reason together, the most serious first: it is said once."""
    found: dict[tuple[str, ...], list[FleetFinding]] = {}
    for finding in findings:
        found.setdefault((finding.bucket, finding.reason, finding.detail), []).append(finding)
    return list(found.values())


def _next(made: FleetPlan) -> Iterator[NextCommand]:
    """What a person may do now, in this order."""
    ref = pasted(made.upgrade.ref)
    if made.conflicts:
        yield NextCommand(
            f"seedgit plan {ref}", "shows the conflicts of the merge itself, by pointer"
        )
    if any(finding.waits for finding in made.findings):
        decides = f"seedgit fleet resolve GROUP {ref} --take-seed"
        yield NextCommand(
            decides, "decides for all sites of a group; seedgit fleet approve keeps theirs"
        )
        yield NextCommand("seedgit fleet undo", "takes the last decision back, at all sites")


def changing(made: FleetPlan) -> str:
    """How many seeds the upgrade changes."""
    few = {0: "no seed changes", 1: "1 seed changes"}
    return few.get(len(made.seeds), f"{len(made.seeds)} seeds change")


def _names(groups: list[SiteGroup]) -> dict[FleetFinding, str]:
    """The sites of each finding, to filter by; none of a fleet with too many of them."""
    if sum(len(group.sites) * len(group.findings) for group in groups) > CELLS:
        return {}
    found: dict[FleetFinding, list[str]] = {}
    for group in groups:
        for finding in group.findings:
            found.setdefault(finding, []).extend(group.sites)
    return {finding: " ".join(sorted(names)) for finding, names in found.items()}


def _matrix(groups: list[SiteGroup], paths: list[str]) -> Iterator[dict[str, Any]]:
    """Sites by seeds: how many findings, in the colour of the most serious one."""
    single = sum(len(group.sites) for group in groups) * len(paths) <= CELLS
    for group in groups:
        number = Counter(finding.path for finding in group.findings)
        # The most serious finding is the first.
        worst = {finding.path: finding.bucket for finding in reversed(group.findings)}
        cells = [{"number": number[path], "bucket": worst.get(path)} for path in paths]
        files = " ".join(dict.fromkeys(finding.path for finding in group.findings))
        for name in group.sites if single else (_several(group.sites),):
            found = f"{files} {name}"
            yield {"bucket": group.bucket, "files": found, "name": name, "cells": cells}


def _several(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
