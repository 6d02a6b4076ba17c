"""The pages that only show say what the commands say, and nothing that they would hide."""

from __future__ import annotations

import html
import json
import re
import time

import pytest

from seedgit import codes
from seedgit.cli.ui import pages
from seedgit.cli.ui.pages import PAGES
from seedgit.git import fleet
from seedgit.journal import Journal
from seedgit.operations.polled import by_marks
from tests.cli.ui.asked import Visitor
from tests.cli.ui.busy import HOSTILE, OTHER, busy_site
from tests.conftest import Repo
from tests.counting import Counted, running
from tests.site import FLOW, PATH, data, package, seedgit, site_of

ADDRESSES = [f"{each}?path={PATH}" if each == "/file" else each for each in PAGES]


@pytest.fixture
def busy(repo: Repo) -> Repo:
    return busy_site(repo)


@pytest.fixture
def visitor(busy: Repo) -> Visitor:
    return Visitor(busy)


def said(visitor: Visitor, address: str, status: int = 200) -> str:
    """What a page says, without its markup, its style and its scripts."""
    answer = visitor.get(address)
    assert answer.status == status, answer.body
    found = re.sub(r"(?s)<(style|script)>.*?</\1>", "", answer.body.decode())
    return html.unescape(re.sub(r"<[^>]*>", "", found.replace("<wbr>", "")))


def test_the_overview_has_what_status_has(busy: Repo, visitor: Visitor) -> None:
    text = said(visitor, "/overview")
    fields = data(busy, "status", "--overlay")["fields"]
    names = re.findall(r"^    .*?  (/\S+)  ", seedgit(busy, "status", "--overlay").out, re.M)
    assert len(names) == len(fields) and "/steps/[id=fetch]/max_items" in names
    for field, name in zip(fields, names, strict=True):
        assert f"{field['path']} {name}" in text
        assert field["status"] in text and field["why"] in text
    assert seedgit(busy, "status").out.splitlines()[-1] in text
    assert text.index("no rank today") < text.index("the mirror has it")  # who needs you is first
    assert "seedgit resolve" in text
    (busy.path / PATH).write_text(FLOW.replace("live", "drain", 1))
    assert f"seedgit capture {PATH}" in said(visitor, "/overview")


def test_the_overview_leads_to_the_pages_that_help(busy: Repo, visitor: Visitor) -> None:
    body = visitor.get("/overview").body.decode()
    (steps,) = re.findall(r'(?s)<section class="next">.*?</section>', body)
    links = dict(
        re.findall(r'seedgit</span> <span class="word">(\w+)</span>.*?href="(.*?)"', steps)
    )
    assert links == {"resolve": "/", "divergences": "/divergences", "upgrade": "/plan"}
    assert "fetches and merges origin/main;" in steps  # as people write it
    text = said(visitor, "/overview")
    assert "refs/remotes" not in text


def test_the_plan_has_what_plan_has_and_reasons_and_the_next_command(
    busy: Repo, visitor: Visitor
) -> None:
    text = said(visitor, "/plan")
    made = data(busy, "plan")
    for bucket in ("needs_approval", "warnings", "auto_apply", "no_op"):
        assert made[bucket]
        for decision in made[bucket]:
            assert decision["name"] in text and decision["reason"] in text
    assert HOSTILE in text and "the mirror is slow" in text
    assert text.index("/max_items") < text.index("/timeout")
    assert "git merge origin/main" in text
    assert text == said(visitor, "/plan?ref=origin/main")
    assert "no such commit: 'nowhere'" in said(visitor, "/plan?ref=nowhere", 422)


def test_the_history_has_what_log_has(busy: Repo, visitor: Visitor) -> None:
    text = said(visitor, "/history")
    entries = data(busy, "log")
    assert len(entries) >= 5
    for entry in entries:
        assert entry["commit"][:12] in text
        assert entry["subject"] in text and entry["author"] in text and entry["why"] in text


def test_a_file_has_the_lines_that_blame_has(busy: Repo, visitor: Visitor) -> None:
    assert PATH in said(visitor, "/files") and OTHER in said(visitor, "/files")
    text = said(visitor, f"/file?path={PATH}")
    lines = seedgit(busy, "blame", PATH).out.splitlines()
    assert len(lines) == FLOW.count("\n")
    for number, (line, told) in enumerate(zip(lines, data(busy, "blame", PATH), strict=True), 1):
        assert f"{number}{told['text']}{line.removesuffix(told['text']).strip()}" in text
    assert "flows/nothing.yaml" in said(visitor, "/file?path=flows/nothing.yaml", 422)
    assert "outside" in said(visitor, "/file?path=../../etc/passwd", 422)


@pytest.mark.parametrize(("line", "pointer"), [(3, "/timeout"), (10, "/steps/0/max_items")])
def test_of_a_line_is_said_what_why_says_of_its_place(
    busy: Repo, visitor: Visitor, line: int, pointer: str
) -> None:
    (place,) = visitor.get(f"/why?path={PATH}&line={line}").data
    assert place["name"] == pointer
    title, *shown = seedgit(busy, "why", PATH, pointer).out.splitlines()
    assert title == f"{PATH} {pointer}"
    assert [" ".join(row).split() for row in place["rows"]] == [row.split() for row in shown]


def test_of_a_line_of_no_place_nothing_is_said(visitor: Visitor) -> None:
    assert visitor.get(f"/why?path={PATH}&line=1").data == []  # a comment
    assert visitor.get(f"/why?path={PATH}&line=999").data == []
    for line in ("", "-1", "x", "²"):
        assert visitor.get(f"/why?path={PATH}&line={line}").status == 422


def test_a_name_that_is_not_utf_8_has_its_page(repo: Repo) -> None:
    path = "flows/w\udcff&=#?.yaml"
    visitor = Visitor(site_of(package(repo, {path: FLOW})))
    listed = visitor.get("/files").body.decode()
    (address,) = re.findall(r'href="(/file\?path=[^"]*FF[^"]*)"', listed)
    assert "timeout: 30" in said(visitor, address)


def test_divergences_are_told_with_the_command_that_accepts_them(
    busy: Repo, visitor: Visitor
) -> None:
    text = said(visitor, "/divergences")
    (row,) = data(busy, "divergences")
    assert f"seedgit divergences --accept {row['id']} --why REASON" in text
    assert "both sides changed it, in different ways" in text  # what the code says
    assert seedgit(busy, "divergences", "--accept", str(row["id"]), "--why", "fine").status == 0
    text = said(visitor, "/divergences")
    assert "--why REASON" not in text and "1 accepted, not shown" in text


def test_a_fleet_is_shown_where_there_is_one(busy: Repo, visitor: Visitor, repo: Repo) -> None:
    text = said(visitor, "/fleet")
    made = data(busy, "fleet", "plan")
    assert made["sites"] == 3 and made["findings"]
    for group in made["groups"]:
        assert all(site in text for site in group["sites"])
        assert group["bucket"] != "needs_approval" or group["id"] in text
    assert 'href="/fleet"' in visitor.get("/").body.decode()
    groups = visitor.get("/fleet").body.decode().partition("<h2>Findings")[0].split("<tr")[2:]
    assert len(groups) == len(made["groups"])
    for group in groups:  # each reason is said once, however many places have it
        reasons = re.findall(r'class="tag">([\w-]+)</span> <span class="words">', group)
        assert reasons and len(set(reasons)) == len(reasons)
    for name in ("north", "south"):
        busy("update-ref", "-d", f"refs/seedgit/remotes/hub/{name}")
    assert 'href="/fleet"' not in visitor.get("/").body.decode()


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_says_of_which_clone_it_is(busy: Repo, visitor: Visitor, address: str) -> None:
    assert "site (main)" in said(visitor, address)
    busy("config", "seedgit.mode", "dry-run")
    assert "site (main), mode dry-run" in said(visitor, address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_page_says_which_one_it_is(visitor: Visitor, address: str) -> None:
    page = address.partition("?")[0]
    body = visitor.get(address).body.decode()
    here = re.findall(r'href="([^"]*)" aria-current="(\w+)"', body)
    assert here == [("/files", "true") if page == "/file" else (page, "page")]


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_a_page_shows_is_text(visitor: Visitor, address: str) -> None:
    body = visitor.get(address).body.decode()
    assert HOSTILE not in body and "<img" not in body


def test_a_page_that_cannot_be_made_says_why_and_has_the_others(repo: Repo) -> None:
    site = site_of(package(repo))
    site("remote", "remove", "origin")
    visitor = Visitor(site)
    answer = visitor.get("/plan")
    assert answer.status == 422
    assert "no upstream is known" in answer.body.decode()
    assert 'href="/overview"' in answer.body.decode()


def test_what_is_not_there_has_no_table(repo: Repo) -> None:
    visitor = Visitor(site_of(package(repo)))
    for address in set(PAGES) - {"/files", "/file"}:
        body = visitor.get(address).body.decode()
        assert "<table" not in body, address


def test_a_secret_that_is_stored_plain_is_masked(busy: Repo, visitor: Visitor) -> None:
    rules = busy.read(".seedgit.yaml").decode()
    secret = rules.replace(
        "- path: /steps/*/mode\n", "- path: /steps/*/mode\n        secret: true\n"
    )
    assert secret != rules
    busy.commit({".seedgit.yaml": secret}, "secret")
    for address in ADDRESSES:
        body = visitor.get(address).body.decode()
        assert "drain" not in body, address
    assert b"drain" not in visitor.get(f"/why?path={PATH}&line=11").body


def test_the_stamp_of_a_page_is_that_of_the_clone(busy: Repo, visitor: Visitor) -> None:
    """So a page that nothing changed under says nothing, and one of before says so."""
    stamp = visitor.get("/stamp?page=/overview").data
    body = visitor.get("/overview").body.decode()
    (kept,) = re.findall('data-stamp="([^"]*)"', body)
    assert json.loads(html.unescape(kept)) == stamp
    changes = {
        "overlay local": lambda: seedgit(busy, "set", OTHER, "/limit", "9"),
        "the mode": lambda: busy("config", "seedgit.mode", "dry-run"),
        "upstream": lambda: busy("update-ref", "refs/remotes/origin/main", "HEAD"),
        "the rules": lambda: busy.write({".seedgit.yaml": "version: 1\n"}),
        "what is staged": lambda: busy("rm", "--quiet", "--cached", PATH),
    }
    for name, change in changes.items():
        change()
        now = visitor.get("/stamp?page=/overview").data
        assert {each for each in stamp if stamp[each] != now[each]} == {name}
        stamp = now


def test_a_divergence_and_a_live_file_out_of_step_are_told_where_they_are_shown(
    busy: Repo, visitor: Visitor
) -> None:
    live = Repo(busy.path.parent / "live")
    assert seedgit(busy, "live", str(live.path)).status == 0
    assert seedgit(busy, "sync").status == 0
    both, asked = {"the divergences", "the live files"}, {}
    for page in PAGES:
        asked[page] = visitor.get(f"/stamp?page={page}").data
        shown = {"/overview": both, "/divergences": {"the divergences"}}.get(page, set())
        assert both & asked[page].keys() == shown
    said(visitor, "/divergences")  # which marks them as seen
    said(visitor, "/overview")
    assert visitor.get("/stamp?page=/overview").data == asked["/overview"]
    Journal(busy.path / ".git").add("merge-driver", "merged", verdict=codes.DIVERGE, path=PATH)
    live.write({PATH: live.read(PATH) + b"more: 1\n"})
    for page, names in (("/overview", both), ("/divergences", {"the divergences"}), ("/", set())):
        now = visitor.get(f"/stamp?page={page}").data
        assert {name for name in now if now[name] != asked[page][name]} == names


@pytest.mark.parametrize("page", ["/", "/overview", "/divergences", "/fleet"])
def test_a_poll_starts_no_process_and_reads_nothing_while_nothing_changes(
    busy: Repo, visitor: Visitor, counted: Counted, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """A page is open all day, and asks every two seconds."""
    live = busy.path.parent / "live"
    live.mkdir()
    assert seedgit(busy, "live", str(live)).status == 0
    assert seedgit(busy, "sync").status == 0
    monkeypatch.setattr(by_marks, "RACY", -(10**18))  # as if all of it was written long ago
    for _ in range(4):
        told = visitor.get(f"/stamp?page={page}").body
    counted.clear()
    assert visitor.get(f"/stamp?page={page}").body == told
    assert (counted.git, counted.trees) == ([], [])
    assert counted.blobs == counted.parsed == counted.rows == 0


def test_a_page_asks_for_all_sites_only_once_one_has_moved(
    visitor: Visitor, busy: Repo, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page has a link to the fleet if there is one: of many sites that is much to ask."""
    monkeypatch.setattr(by_marks, "RACY", -(10**18))
    listed = []
    monkeypatch.setattr(pages, "sites", lambda r: listed.append(r) or fleet.sites(r))  # type: ignore[func-returns-value]
    for _ in range(2):
        said(visitor, "/history")
    listed.clear()
    counted.clear()
    assert "Fleet" in said(visitor, "/history")
    assert not listed and "for-each-ref" not in counted.git
    time.sleep(0.02)  # longer than the clock of files stands still
    for name in ("north", "south"):
        busy("update-ref", "-d", f"refs/seedgit/remotes/hub/{name}")
    assert "Fleet" not in said(visitor, "/history")


def test_an_edit_that_is_not_staged_is_told(busy: Repo, visitor: Visitor) -> None:
    stamp = visitor.get("/stamp").data
    before = busy.read(PATH)
    busy.write({PATH: before + b"paused: true\n"})
    body = visitor.get("/overview").body.decode()
    now = visitor.get("/stamp").data
    assert {each for each in stamp if stamp[each] != now[each]} == {"what is edited"}
    assert now["what is edited"] in body
    busy.write({PATH: before})
    assert visitor.get("/stamp").data == stamp


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_stamp_of_each_page_is_what_its_script_asks_for(
    busy: Repo, visitor: Visitor, address: str
) -> None:
    """With what stands behind its address, and which page it is."""
    for query in ("ref=origin/main", "ref=nowhere", ""):
        page, _, own = address.partition("?")
        query = "&".join(filter(None, (own, query)))
        body = visitor.get(f"{page}?{query}").body.decode()
        if page != "/":  # which asks for its own
            (kept,) = re.findall('data-stamp="([^"]*)"', body)
            asked = visitor.get(f"/stamp?{query}&page={page}").data
            assert json.loads(html.unescape(kept)) == asked
            assert ("ref origin/main" in asked) == ("origin/main" in query)


def test_the_fleet_is_told_that_another_site_has_moved(busy: Repo, visitor: Visitor) -> None:
    others = visitor.get("/stamp").data
    stamp = visitor.get("/stamp?page=/fleet").data
    (kept,) = re.findall('data-stamp="([^"]*)"', visitor.get("/fleet").body.decode())
    assert json.loads(html.unescape(kept)) == stamp
    busy("update-ref", "refs/seedgit/remotes/hub/north", "refs/seedgit/remotes/hub/south")
    now = visitor.get("/stamp?page=/fleet").data
    assert {each for each in stamp if stamp[each] != now[each]} == {"the sites"}
    assert visitor.get("/stamp").data == others  # the pages of this site alone say nothing


def test_of_an_index_without_a_checksum_is_told_too(busy: Repo, visitor: Visitor) -> None:
    busy("config", "index.skipHash", "true")
    busy("update-index", "--force-write-index")
    stamp = visitor.get("/stamp").data
    busy("rm", "--quiet", "--cached", PATH)
    assert visitor.get("/stamp").data["what is staged"] != stamp["what is staged"]


def test_no_git_is_left_running(visitor: Visitor) -> None:
    before = running()
    for address in ADDRESSES:
        visitor.get(address)
    assert running() <= before
