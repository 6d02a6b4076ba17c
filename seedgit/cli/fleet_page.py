"""A fleet's plan as a page: groups of sites, findings with their values, sites by seeds."""

from __future__ import annotations

from collections import Counter

from seedgit.cli.page import change, counts, filter_bar, page, row, rows, text, value
from seedgit.cli.plan_page import BUTTONS, TITLES, alike
from seedgit.operations.fleet.model import Finding, FleetPlan, Group, Values
from seedgit.operations.plan.model import BUCKETS, NO_OP
from seedgit.values.escapes import number_of

CELLS = 60_000  # of the matrix; beyond that it has a row a group
NAMES = 12  # of sites, before the rest is folded
VALUES = 8
FINDINGS = 12


def html(made: FleetPlan) -> str:
    """The whole page."""
    sites = Counter[str]()
    for group in made.groups:
        sites[group.bucket] += len(group.sites)
    upgrade = made.upgrade
    parts = [
        f"<p>{text(upgrade.ref)} ({text(upgrade.commit[:12])}) into {text(upgrade.head[:12])}: "
        f"<strong>{text(upgrade.kind)}</strong>, {number_of(len(made.sites), 'site')}, "
        f"{changing(made)}. Nothing has been changed.</p>",
        counts([(name, sites[name], f"sites: {TITLES[name].lower()}") for name in BUCKETS]),
    ]
    if made.conflicts:
        names = ", ".join(made.conflicts)
        parts.append(f"<p><strong>Conflicts in the merge itself:</strong> {text(names)}</p>")
    parts.append(filter_bar(BUTTONS, "File or site"))
    parts.append("<section data-section><h2>Sites with the same outcome</h2>")
    parts.append(
        rows(("sites", "which", "outcome"), [_group(group, made) for group in made.groups])
    )
    parts.append("</section>")
    if made.findings:
        parts.append("<section data-section><h2>Findings</h2>")
        lines = [_finding(found, made) for found in made.findings.items()]
        head = ("sites", "seed file", "pointer", "seed", "local", "what")
        parts += [rows(head, lines), "</section>", _matrix(made)]
    return page(f"seedgit: fleet plan of {upgrade.ref}", "\n".join(parts), filtered=True)


def changing(made: FleetPlan) -> str:
    """How many seeds the upgrade changes."""
    few = {0: "no seed changes", 1: "1 seed changes"}
    return few.get(len(made.seeds), f"{len(made.seeds)} seeds change")


def _group(group: Group, made: FleetPlan) -> str:
    files = " ".join([*dict.fromkeys(f.path for f in group.findings), *group.sites])
    if not group.findings:
        outcome = '<span class="tag">no change</span>'
    else:
        lines = [f"<div>{_told(f)}</div>" for f in group.findings]
        outcome = _folded(lines, FINDINGS, "")
    number = f"{len(group.sites)} of {len(made.sites)}"
    return row(group.bucket, files, (number, _names(group.sites), outcome))


def _told(finding: Finding) -> str:
    where = f"{text(finding.path)} {text(finding.pointer)}".strip()
    said = f'{where} <span class="tag {finding.bucket}">{text(finding.reason)}</span>'
    return f"{said} {text(finding.detail)}" if finding.detail else said


def _finding(item: tuple[Finding, Values], made: FleetPlan) -> str:
    finding, values = item
    overs = list(values.over.values())
    new = values.seed
    if len(overs) == 1 and alike(overs[0], new):
        seed = value(new)
    elif len(overs) == 1:
        seed = change(overs[0], new)
    else:
        seed = value(new) if overs else ""
    local = [
        f"<div>{value(values.local[known])} × {number}</div>"
        for known, number in values.counts.most_common()
    ]
    what = f'<span class="tag">{text(finding.reason)}</span> {text(finding.detail)}'
    number = f"{len(values.sites)} of {len(made.sites)}"
    path, pointer = text(finding.path), text(finding.pointer or "(file)")
    cells = (number, path, pointer, seed, _folded(local, VALUES, ""), what)
    return row(finding.bucket, f"{finding.path} {' '.join(values.sites)}", cells)


def _names(names: tuple[str, ...]) -> str:
    return _folded([text(name) for name in names], NAMES, ", ")


def _folded(parts: list[str], limit: int, glue: str) -> str:
    """The first of many, and the others behind them."""
    if len(parts) <= limit:
        return glue.join(parts)
    rest = len(parts) - limit
    return (
        f"{glue.join(parts[:limit])}<details><summary>{rest} more</summary>"
        f"{glue.join(parts[limit:])}</details>"
    )


def _matrix(made: FleetPlan) -> str:
    """Sites by seeds: how many findings, in the colour of the one that weighs most."""
    busy = [group for group in made.groups if group.findings]
    paths = sorted({f.path for group in busy for f in group.findings})
    count = sum(len(group.sites) for group in busy)
    single = count * len(paths) <= CELLS
    head = "".join(f'<th scope="col">{text(path or "(overlay)")}</th>' for path in paths)
    lines = []
    for group in busy:
        cells = _cells(group, paths)
        files = " ".join(dict.fromkeys(f.path for f in group.findings))
        names = group.sites if single else (_several(group.sites),)
        for name in names:
            about = f'data-bucket="{group.bucket}" data-file="{text(f"{files} {name}")}"'
            lines.append(
                f'<tr class="{group.bucket}" {about}><th scope="row">{text(name)}</th>{cells}</tr>'
            )
    if made.unchanged:
        blank = f'<td colspan="{len(paths)}">no change</td>'
        about = f'class="{NO_OP}" data-bucket="{NO_OP}" data-file=""'
        said = number_of(made.unchanged, "site")
        lines.append(f'<tr {about}><th scope="row">{said}</th>{blank}</tr>')
    body = "\n".join(lines)
    return (
        '<section data-section><h2>Sites by seeds</h2>\n<div class="wide"><table>\n'
        f'<thead><tr><th scope="col">site</th>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div></section>"
    )


def _several(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _cells(group: Group, paths: list[str]) -> str:
    worst: dict[str, str] = {}
    number = Counter(finding.path for finding in group.findings)
    for finding in group.findings:  # the weightiest first
        worst.setdefault(finding.path, finding.bucket)
    return "".join(
        f'<td class="{worst[path]}" title="{worst[path]}">{number[path]}</td>'
        if path in worst
        else "<td></td>"
        for path in paths
    )
