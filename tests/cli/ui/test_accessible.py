"""Everybody can read the pages: WCAG AA by axe-core, narrow, zoomed, light and dark, by keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.cli.ui.pages import PAGES
from seedgit.journal import Journal
from tests import browser
from tests.cli.ui.busy import OTHER, busy_site
from tests.cli.ui.test_server import BROKEN, TITLE, served
from tests.conftest import Repo
from tests.site import PATH, data, seedgit

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


@cache
def axe() -> str:
    """The program of axe-core. The package that brings it is only read: it would drive a browser
    of its own."""
    spec = find_spec("axe_playwright_python")
    assert spec is not None and spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text()


def faults(window: browser.Browser) -> list[str]:
    """What of a page somebody may not be able to read or use."""
    window.run(f"{axe()}; 0")
    asked = json.dumps({"runOnly": list(RULES), "resultTypes": ["violations"]})
    found = window.run(f"axe.run({asked}).then(found => JSON.stringify(found.violations))")
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in json.loads(found)
        for node in rule["nodes"]
    ]


# Where the columns of each name begin, and how many rows the tables have.
COLUMNS = """
[...document.querySelectorAll('section table')].map((table) => ({
  names: [...table.querySelectorAll('th[scope=col]')].map((name) => name.textContent).join(),
  lefts: [...table.querySelectorAll('th[scope=col]')].map((name) => name.offsetLeft).join(),
  rows: table.tBodies[0].rows.length, shown: table.offsetParent !== null,
}))
"""


def orderly(window: browser.Browser) -> bool:
    """Whether columns stand still from table to table, and no table is empty."""
    tables = [table for table in window.run(COLUMNS) if table["shown"]]
    lefts = {(table["names"], table["lefts"]) for table in tables}
    still = len(lefts) == len({table["names"] for table in tables})
    return still and all(table["rows"] for table in tables)


@pytest.fixture
def busy(repo: Repo) -> Repo:
    return busy_site(repo)


@pytest.fixture
def written(busy: Repo, tmp_path: Path) -> Iterator[list[str]]:
    """The addresses of the same pages as files."""
    found = []
    for command in (["plan"], ["fleet", "plan"], ["divergences"]):
        place = tmp_path / f"{command[0]}.html"
        assert seedgit(busy, *command, "--html", str(place)).status == 0
        found.append(place.as_uri())
    yield found


def fits(window: browser.Browser) -> bool:
    return bool(window.run("document.documentElement.scrollWidth <= window.innerWidth"))


def test_every_page_can_be_read_by_everybody(
    busy: Repo,
    window: browser.Browser,
    written: list[str],
) -> None:
    """One browser looks at all of them: starting one takes longer than looking."""
    with served(busy) as address:
        own = address.partition("?")[0].rstrip("/")
        window.open(address)
        pages = [f"{each}?path={PATH}" if each == "/file" else each for each in PAGES]
        for page in (*(own + each for each in pages), *written):
            for dark, width in ((False, 1200), (True, 400)):
                window.open(page, dark=dark)
                window.size(width)
                if page == f"{own}/":
                    window.until(f"{TITLE} !== ''")
                if page.endswith(PATH):
                    window.run("document.getElementById('lines').focus()")
                    window.until("!!document.querySelector('#about h2, #about p')")
                assert faults(window) == [], (page, dark, width)
                assert fits(window) and orderly(window), (page, width)
                assert window.run(BROKEN) == [], (page, width)
            window.size(1200, zoom=2)
            assert fits(window), page
        assert window.complaints == []
        assert all(sent.startswith((own, "data:", "file:")) for sent in window.requests)


FAULTY = """
<html><title>x</title><body style="color: #999">text<input>
<section><table style="table-layout: fixed; width: 60px"><tr><th scope="col">x</th></tr>
<tr><td style="overflow-wrap: anywhere">unbroken_word</td></tr></table>
<table><thead><tr><th scope="col">y</th></tr></thead><tbody></tbody></table></section></body></html>
"""


def test_a_fault_is_found(window: browser.Browser, tmp_path: Path) -> None:
    """So that axe-core does look, and we do."""
    place = tmp_path / "page.html"
    place.write_text(FAULTY)
    window.open(place)
    found = {fault.partition(":")[0] for fault in faults(window)}
    assert found == {"color-contrast", "html-has-lang", "label"}
    assert window.run(BROKEN) == ["unbroken_word"]
    assert not orderly(window)


def tab_to(window: browser.Browser, wanted: str) -> None:
    for _ in range(30):
        window.key("Tab", 9)
        if window.run(wanted):
            return
    raise AssertionError(wanted)


def test_a_file_is_read_by_keys_and_what_changed_under_it_is_told(
    busy: Repo,
    window: browser.Browser,
) -> None:
    with served(busy) as address:
        own = address.partition("?")[0].rstrip("/")
        window.open(address)
        window.open(f"{own}/files")
        # Past the navigation and the filter, to the link of the file.
        tab_to(window, f"document.activeElement.textContent === {json.dumps(PATH)}")
        window.key("Enter", 13, "\r")
        window.until("!!document.getElementById('lines')")
        while window.run("document.activeElement.id") != "lines":
            window.key("Tab", 9)
        about = "document.getElementById('about').innerText"
        for line, place in ((1, ""), (2, "/name"), (3, "/timeout")):
            window.until(f"{about}.startsWith('Line {line}:') && {about}.includes('{place}')")
            if line < 3:
                window.key("ArrowDown", 40)
        told = window.run(about)
        (known,) = data(busy, "why", PATH, "/timeout")
        (held,) = known["overrides"]
        for word in ("45", "60", held["why"], held["author"], held["commit"][:12]):
            assert word in told
        at = window.run("JSON.stringify(document.getElementById('l10').getBoundingClientRect())")
        box = json.loads(at)
        window.ask("Input.dispatchMouseEvent", type="mouseMoved", x=box["x"] + 40, y=box["y"] + 4)
        window.until(f"{about}.includes('/steps/0/max_items')")
        changes = {
            "what is edited": lambda: busy.write({PATH: busy.read(PATH) + b"more: 1\n"}),
            "overlay local": lambda: seedgit(busy, "set", OTHER, "/paused", "false"),
        }
        for name, change in changes.items():
            assert window.run("document.getElementById('said').hidden")
            change()
            window.until("!document.getElementById('said').hidden")
            told = window.run("document.getElementById('said').innerText")
            assert told.startswith(f"Changed under this page: {name}. ")
            window.open(f"{own}/file?path={PATH}")
        assert window.complaints == []


def test_the_overview_says_that_there_is_a_divergence_or_a_live_file_out_of_step(
    busy: Repo, window: browser.Browser
) -> None:
    live = Repo(busy.path.parent / "live")
    assert seedgit(busy, "live", str(live.path)).status == 0
    assert seedgit(busy, "sync").status == 0
    journal = Journal(busy.path / ".git")
    changes = {
        "the divergences": lambda: journal.add("merge-driver", "merged", verdict=codes.DIVERGE),
        "the live files": lambda: live.write({PATH: live.read(PATH) + b"more: 1\n"}),
    }
    with served(busy) as address:
        own = address.partition("?")[0].rstrip("/")
        window.open(address)
        for name, change in changes.items():
            window.open(f"{own}/overview")
            change()
            window.until("!document.getElementById('said').hidden")
            told = window.run("document.getElementById('said').innerText")
            assert told.startswith(f"Changed under this page: {name}. ")
        assert window.complaints == []


FIELD = "document.querySelector('#of input').value"
HEADING = "document.querySelector('h1').innerText"


def ask_for(window: browser.Browser, ref: str) -> None:
    """Type a ref into the form, by keys, and wait for its page."""
    tab_to(window, "document.activeElement.name === 'ref'")
    window.run("document.activeElement.select()")
    if ref:
        window.type(ref)
    else:
        window.key("Delete", 46)
    window.run("window.left = true")
    window.key("Enter", 13, "\r")
    window.until("!window.left && document.readyState === 'complete'")


@pytest.mark.parametrize("address", ["/plan", "/fleet"])
def test_another_ref_is_chosen_by_keys(busy: Repo, window: browser.Browser, address: str) -> None:
    busy("branch", "next", "origin/main~1")
    with served(busy) as served_at:
        own = served_at.partition("?")[0].rstrip("/")
        window.open(served_at)
        window.open(own + address)
        assert window.run(FIELD) == "origin/main"
        offered = "[...document.querySelectorAll('#refs option')].map(each => each.value)"
        assert {"next", "origin/main", "main"} <= set(window.run(offered))
        ask_for(window, "no&such one")
        assert window.run("location.search") == "?ref=no%26such+one"
        assert window.run(FIELD) == "no&such one"
        assert "no such commit: 'no&such one'" in window.run("document.body.innerText")
        assert faults(window) == [] and fits(window)
        ask_for(window, "next")
        assert window.run("location.pathname + location.search") == f"{address}?ref=next"
        assert window.run(FIELD) == "next"
        title = "Plan" if address == "/plan" else "Fleet plan"
        assert window.run(HEADING) == f"{title} of next"
        assert window.run("document.getElementById('said').hidden")
        busy("branch", "--force", "next", "origin/main")
        window.until("!document.getElementById('said').hidden")
        told = window.run("document.getElementById('said').innerText")
        assert told.startswith("Changed under this page: ref next. ")
        ask_for(window, "")
        assert window.run("location.href") == own + address
        assert window.run("document.getElementById('said').hidden")
        busy("update-ref", "-d", "refs/seedgit/remotes/hub/north")
        if address == "/fleet":
            window.until("!document.getElementById('said').hidden")
            told = window.run("document.getElementById('said').innerText")
            assert told.startswith("Changed under this page: the sites. ")
        assert window.run(HEADING) == f"{title} of origin/main"
        failed = "Failed to load resource: the server responded with a status of 422"
        told = [each["entry"]["text"] for each in window.complaints]
        assert [text.partition(" (")[0] for text in told] == [failed]
