"""The pages of `seedgit ui` that only show: each is what a command prints, from its operation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from seedgit.cli.commands.blame import column
from seedgit.cli.commands.divergences import page_data
from seedgit.cli.commands.log import entry_data
from seedgit.cli.commands.status import summary
from seedgit.cli.commands.why import rows
from seedgit.cli.fleet_page import data as fleet_data
from seedgit.cli.page import NextCommand, page
from seedgit.cli.plan_page import data as plan_data
from seedgit.cli.ui.desk import DIVERGENCES, LIVE_FILES, SITES, Desk
from seedgit.errors import SeedgitError, UsageError
from seedgit.git.fleet import sites
from seedgit.git.names import pasted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.upstream import short
from seedgit.named_tuple import NamedTuple
from seedgit.operations.blame import blame
from seedgit.operations.completing import references
from seedgit.operations.divergences import by_day, divergences
from seedgit.operations.edits.expiry import until_text
from seedgit.operations.fleet.plan import fleet_plan
from seedgit.operations.plan.preview import plan
from seedgit.operations.sharing.apart import apart
from seedgit.operations.status import Status, named, overlaid, status
from seedgit.operations.why import why_line
from seedgit.operations.workspace import Workspace
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Shown = tuple[str, dict[str, Any]]  # a template, and what it shows

Asked = Mapping[str, str]
FIELDS = 1_000  # overrides on one page
CHANGES = 200  # of each overlay
REFS = 500  # that are offered
# No page links to the first without a file.
FILE, PLAN, FLEET = "/file", "/plan", "/fleet"
OVERVIEW, FILES, APART = "/overview", "/files", "/divergences"
MORE = {FLEET: (SITES,), OVERVIEW: (LIVE_FILES, DIVERGENCES), APART: (DIVERGENCES,)}


class PageLink(NamedTuple):
    """A link to another page.

    here  "page" where it is the one that is shown, "true" where that is a part of it, or ""
    """

    address: str
    title: str
    here: str


class RefChoice(NamedTuple):
    """Of which ref a page is, and of which others it could be."""

    ref: str
    others: list[str]


class SiteFrame(NamedTuple):
    """What stands round each page: which others there are, and what it was made of.

    stamp  as of `Desk.stamp_of`
    mode   "" where it is live
    of     None where a page is of no ref
    """

    links: tuple[PageLink, ...]
    clone: str
    branch: str
    mode: str
    stamp: dict[str, str]
    of: RefChoice | None


class Pages:
    """Makes the pages of a desk's clone.

    masked  hides in a text what may not be shown
    """

    def __init__(self, desk: Desk, masked: Callable[[str], str]) -> None:
        self._desk = desk
        self._masked = masked
        self._fleet: tuple[object, bool] = None, False  # at which state of all sites; there is one

    def html(self, address: str, asked: Asked) -> tuple[str, SeedgitError | None]:
        """A page, and the error that it shows instead of what was asked for.

        Raises SeedgitError where there is no clone any more.
        """
        with self._desk.open() as workspace:
            # Before the rest: what changes meanwhile is told.
            stamp = self._desk.stamp_of(workspace, asked.get("ref", ""), shown_by(address))
            failed = None
            try:
                template, shown = PAGES[address][1](workspace, asked)
            except SeedgitError as error:
                failed = error
                template, shown = "error.html.j2", {"name": PAGES[address][0], "error": error}
            of = _choice(workspace, asked) if address in (PLAN, FLEET) else None
            site = _frame(workspace, address, stamp, of, fleet=self._is_fleet(workspace))
            return self._masked(page(template, site=site, **shown)), failed

    def _is_fleet(self, workspace: Workspace) -> bool:
        """Whether there are overlays of other sites here."""
        state = self._desk.polled(workspace, SITES), list(workspace.names)
        if self._fleet[0] != state:
            own = {overlay_ref(name) for name in workspace.names}
            found = any(site.ref not in own for site in sites(workspace.repository))
            self._fleet = state, found
        return self._fleet[1]


def shown_by(address: str) -> Collection[str]:
    """What a page shows that others do not, as of `Desk.stamp_of`."""
    return MORE.get(address, ())


def _choice(workspace: Workspace, asked: Asked) -> RefChoice:
    ref = asked.get("ref") or short(workspace.upstream or "")
    return RefChoice(ref, references(workspace)[:REFS])


def _frame(
    workspace: Workspace, here: str, stamp: dict[str, str], of: RefChoice | None, *, fleet: bool
) -> SiteFrame:
    at = {here: "page", **({FILES: "true"} if here == FILE else {})}
    links = [PageLink(address, title, at.get(address, "")) for address, (title, _) in PAGES.items()]
    hidden = (FILE,) if fleet else (FILE, FLEET)
    links = [link for link in links if link.address not in hidden]
    return SiteFrame(
        tuple(links),
        workspace.repository.worktree.name,
        (workspace.repository.branch() or "").removeprefix("refs/heads/"),
        "" if workspace.mode.live else workspace.mode.value,
        stamp,
        of,
    )


def about_line(workspace: Workspace, asked: Asked) -> list[dict[str, Any]]:
    """What `why` says of the place that a line of a file belongs to. Raises SeedgitError."""
    path = workspace.seed_path(str(workspace.repository.worktree / asked.get("path", "")))
    line = asked.get("line", "")
    if not (line.isascii() and line.isdigit()):
        raise UsageError("line is a number")
    return [
        {"name": place.pointer, "rows": [list(row) for row in rows(workspace, place)]}
        for place in why_line(workspace, path, int(line))
    ]


# -- each of them ----------------------------------------------------------------------------------


def _decide(workspace: Workspace, asked: Asked) -> Shown:
    return "ui.html.j2", {}


def _overview(workspace: Workspace, asked: Asked) -> Shown:
    found = status(workspace)
    found = found._replace(fields=tuple(named(workspace, found.fields)))
    problems = [*found.problems, *apart(workspace)]
    settled = [field for field in found.fields if not field.needs_person]
    return "overview.html.j2", {
        "found": found,
        "summary": summary(found, waits=bool(problems)),
        "problems": problems,
        "seeds": number_of(len(workspace.tracked), "seed"),
        "next": list(_next(found)),
        "fields": settled[:FIELDS],
        "more": len(settled[FIELDS:]),
        "until": until_text,
        "upstream": short(found.upstream or ""),
    }


def _next(found: Status) -> list[NextCommand]:
    """The next commands, for all that waits for a person."""
    steps = []
    if found.attention:
        also = "so does the page Decide"
        steps.append(NextCommand("seedgit resolve", "decides on what waits", "/", also))
    if found.edits.site:
        moves = "moves what the site owns and is edited in the file into the overlay"
        steps.append(NextCommand(f"seedgit capture {pasted(*found.edits.site)}", moves))
    if found.edits.decided:
        names = pasted(*found.edits.decided).removeprefix("-- ")
        does = "commits what was edited as decided"
        steps.append(NextCommand(f"git commit -m 'decided after the merge' -- {names}", does))
    if any(not tree.in_step for tree in found.live):
        steps.append(
            NextCommand("seedgit sync", "brings live files into step, or says what they wait for")
        )
    if found.divergences:
        what = number_of(found.divergences, "new divergence")
        also = "so does the page Divergences"
        steps.append(NextCommand("seedgit divergences", f"shows {what}", APART, also))
    if found.upstream:
        does = f"fetches and merges {short(found.upstream)}"
        also = "the page Plan says what that would do"
        steps.append(NextCommand("seedgit upgrade", does, PLAN, also))
    return steps


def _plan(workspace: Workspace, asked: Asked) -> Shown:
    return "plan.html.j2", plan_data(plan(workspace, asked.get("ref") or None))


def _files(workspace: Workspace, asked: Asked) -> Shown:
    fields, _ = overlaid(workspace)
    overrides = Counter(field.path for field in fields)
    waiting = Counter(field.path for field in fields if field.needs_person)
    return "files.html.j2", {
        "paths": sorted(workspace.tracked, key=lambda path: (not overrides[path], path)),
        "overrides": overrides,
        "waiting": waiting,
        "gone": sorted(path for path in overrides if path not in workspace.tracked),
    }


def _file(workspace: Workspace, asked: Asked) -> Shown:
    path = workspace.seed_path(str(workspace.repository.worktree / asked.get("path", "")))
    return "file.html.j2", {"path": path, "lines": blame(workspace, path), "column": column}


def _history(workspace: Workspace, asked: Asked) -> Shown:
    overlays = []
    for name in reversed(workspace.names):
        entries = [entry_data(entry) for entry in workspace.store.log(name, CHANGES)]
        if entries:
            overlays.append({"name": name, "own": name == workspace.target, "entries": entries})
    return "history.html.j2", {"overlays": overlays, "most": CHANGES}


def _divergences(workspace: Workspace, asked: Asked) -> Shown:
    return "divergences.html.j2", page_data(divergences(workspace), by_day(workspace))


def _fleet(workspace: Workspace, asked: Asked) -> Shown:
    return "fleet.html.j2", fleet_data(fleet_plan(workspace, asked.get("ref") or None))


PAGES: dict[str, tuple[str, Callable[[Workspace, Asked], Shown]]] = {
    "/": ("Decide", _decide),
    OVERVIEW: ("Overview", _overview),
    PLAN: ("Plan", _plan),
    FILES: ("Files", _files),
    FILE: ("File", _file),
    "/history": ("History", _history),
    APART: ("Divergences", _divergences),
    FLEET: ("Fleet", _fleet),
}
