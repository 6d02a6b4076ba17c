"""The page in a real browser, by its keys."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import browser
from tests.cli.ui.asked import Visitor
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

FLOWS, FEW = 25, 3
ROWS = "document.querySelectorAll('#list li').length"
SAID = "document.getElementById('said').textContent"
TITLE = "((document.querySelector('#item h2') || {}).textContent || '')"
IDLE = "!document.body.hasAttribute('aria-busy')"


SHORT_IDS = """
import sys
from seedgit.operations import pending
from seedgit.start import main
pending.ID_LENGTH = 1
sys.exit(main())
"""


@contextmanager
def served(site: Repo, *program: str) -> Iterator[str]:
    """The address of the page, while the command runs. It ends with 0 by ^C.

    program  in place of seedgit
    """
    command = [sys.executable, *(program or ("-m", "seedgit")), "ui", "--no-browser"]
    process = subprocess.Popen(
        command,
        cwd=site.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (0, "")


def upgraded(repo: Repo, flows: int) -> Repo:
    """A site with overrides that wait, three in each of so many files."""
    paths = [f"flows/{n:02}.yaml" for n in range(flows)]
    upstream = package(repo, dict.fromkeys(paths, FLOW))
    site = site_of(upstream)
    lines = [
        json.dumps({"file": path, "pointer": pointer, "value": value, "why": "burn-in"})
        for path in paths
        for pointer, value in (("/timeout", 45), ("/steps/0/mode", "drain"), ("/model", "tiny"))
    ]
    (site.path / ".git" / "lines").write_text("\n".join(lines))
    assert seedgit(site, "set", "--from", ".git/lines").status == 0
    changed = FLOW.replace("timeout: 30", "timeout: 60").replace("id: fetch", "id: get")
    upstream.commit(dict.fromkeys(paths, changed.replace("model: small", "model: big")), "v2")
    site("pull", "--quiet", "--no-rebase")
    return site


@pytest.fixture
def many(repo: Repo) -> Repo:
    return upgraded(repo, FLOWS)


@pytest.fixture
def few(repo: Repo) -> Repo:
    return upgraded(repo, FEW)


def opened(window: browser.Browser, address: str, **how: Any) -> None:
    window.open(address, **how)
    window.until(f"{ROWS} > 0 && {TITLE} !== ''")


def decide(window: browser.Browser, key: str) -> None:
    """Press a key, and wait until the decision is made and the next item is shown."""
    before = window.run(ROWS)
    window.until(f"{TITLE} !== ''")
    window.key(key, ord(key.upper()), key)
    window.until(f"{ROWS} === {before - 1} && ({ROWS} === 0 || {TITLE} !== '') && {IDLE}")


def skip_to(window: browser.Browser, name: str) -> None:
    """Skip until a place of this name is shown."""
    while name not in window.run(TITLE):
        before = window.run(TITLE)
        window.key("s", 83, "s")
        window.until(f"{TITLE} !== '' && {TITLE} !== {json.dumps(before)}")


def test_a_hundred_decisions_by_the_keyboard(many: Repo, window: browser.Browser) -> None:
    """Of each file: one that has lost its place is parked, others are kept, taken, or given."""
    with served(many) as address:
        opened(window, address)
        assert window.run(ROWS) == 3 * FLOWS
        for _ in range(FLOWS):
            decide(window, "p")
        for _ in range(FLOWS):
            decide(window, "t")
        for _ in range(FLOWS):
            decide(window, "k")
        assert "nothing waits" in window.run("document.body.innerText")
        for n in range(1, 26):
            window.key("u", 85, "u")
            window.until(f"{ROWS} === {n} && {TITLE} !== '' && {IDLE}")
        assert window.complaints == []
        own = address.partition("?")[0]
        assert all(sent.startswith((own, "data:")) for sent in window.requests)
    assert len(json.loads(seedgit(many, "pending", "--json").out)["items"]) == 25


def test_every_key_is_shown_and_one_that_does_not_fit_says_why(
    few: Repo, window: browser.Browser
) -> None:
    with served(few) as address:
        opened(window, address)
        framed = "getComputedStyle(document.querySelector('#list [aria-selected=true]'))"
        assert window.run(f"{framed}.outlineStyle") == "solid"  # they act on it
        keys = window.run("[...document.querySelectorAll('#actions kbd')].map(k => k.textContent)")
        assert keys == ["k", "t", "v", "p", "a", "r", "w", "s", "u"]
        rows = window.run(ROWS)
        window.key("v", 86, "v")
        assert window.run(SAID).startswith("value: there is no place for it")
        window.key("u", 85, "u")
        assert window.run(SAID) == "undo: nothing was decided here"
        assert window.run(ROWS) == rows
        first = window.run(TITLE)
        window.key("s", 83, "s")
        window.until(f"{TITLE} !== '' && {TITLE} !== {json.dumps(first)}")
        window.key("ArrowUp", 38)
        window.until(f"{TITLE} === {json.dumps(first)}")


def test_the_key_that_does_what_is_proposed_is_marked(few: Repo, window: browser.Browser) -> None:
    """By its own word: to keep the value of what has no place is to park it."""
    marked = """[...document.querySelectorAll('#actions .tag')]
        .map(tag => tag.closest('button').dataset.key + ' ' + tag.textContent)"""
    proposed = """[...document.querySelectorAll('#item dt')]
        .find(each => each.textContent === 'proposed').nextSibling.textContent"""
    with served(few) as address:
        opened(window, address)
        assert (window.run(marked), window.run(proposed)) == (["p proposed"], "park")
        skip_to(window, "/timeout")
        assert (window.run(marked), window.run(proposed)) == (["k proposed"], "keep")
        assert window.complaints == []


# Whether something can be seen without scrolling.
SEEN = """((box) => box.top >= 0 && box.top < innerHeight - 40)(
    document.querySelector('{}').getBoundingClientRect())"""


def test_in_a_narrow_window_what_a_button_does_is_seen(few: Repo, window: browser.Browser) -> None:
    press = "document.querySelector('[data-key={}]').click()"
    with served(few) as address:
        opened(window, address)
        window.size(400)
        assert window.run("scrollY") == 0
        window.run("scrollTo(0, document.documentElement.scrollHeight)")
        assert not window.run(SEEN.format("#item h2"))
        window.run(press.format("u"))
        assert window.run(SAID).startswith("undo: nothing")
        assert window.run(SEEN.format("#said"))
        before = window.run(TITLE)
        window.run(press.format("p"))
        window.until(f"{ROWS} === {3 * FEW - 1} && {TITLE} !== '' && {IDLE}")
        assert window.run(TITLE) != before
        assert window.run(SEEN.format("#item h2"))
        window.run("document.querySelectorAll('#list li')[4].click()")
        window.until(f"{TITLE}.startsWith('flows/02') && {TITLE}.endsWith('/timeout')")
        assert window.run(SEEN.format("#item h2"))
        assert window.complaints == []


def test_where_nothing_waits_it_says_so_and_leads_on(
    upstream: Repo, window: browser.Browser
) -> None:
    off = """[...document.querySelectorAll('#actions button')]
        .map(one => one.dataset.key + ' ' + one.querySelector('small').textContent)"""
    with served(site_of(upstream)) as address:
        window.open(address)
        window.until("document.getElementById('item').innerText !== ''")
        assert window.run("document.getElementById('item').innerText").splitlines() == [
            "Nothing waits for a decision.",
            "",
            "The page Overview says what this site changes, Plan what the next upgrade would do.",
        ]
        links = window.run("[...document.querySelectorAll('#item a')].map(one => one.pathname)")
        assert links == ["/overview", "/plan"]
        none = [f"{key} nothing waits" for key in "arws"]
        window.until("document.title.startsWith('seedgit: 0')")
        assert window.run(off) == [*none, "u nothing was decided here"]
        assert window.complaints == []


def test_the_keys_pass_items_that_share_an_id(many: Repo, window: browser.Browser) -> None:
    at = (
        "[...document.querySelectorAll('#list li')]"
        ".findIndex(row => row.getAttribute('aria-selected') === 'true')"
    )
    with served(many, "-c", SHORT_IDS) as address:
        opened(window, address)
        rows = window.run(ROWS)
        assert rows == 3 * FLOWS > 16
        for number in range(1, rows):
            window.key("j", 74, "j")
            window.until(f"{at} === {number}")
        window.key("ArrowUp", 38)
        window.until(f"{at} === {rows - 2}")
        assert window.complaints == []


# The words that stand on two lines, of all in tables and in the list: of a value one cannot tell
# what it is then.
BROKEN = """
[...document.querySelectorAll('td, .outcome, #list li')].flatMap((cell) => {
  const found = [], nodes = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    for (const word of nodes.currentNode.data.matchAll(/\\w+/g)) {
      const range = document.createRange();
      range.setStart(nodes.currentNode, word.index);
      range.setEnd(nodes.currentNode, word.index + word[0].length);
      const tops = [...range.getClientRects()].map((box) => Math.round(box.top));
      if (new Set(tops).size > 1) found.push(word[0]);
    }
  }
  return found;
})
"""
# The words above each group, and what stands in it.
GROUPS = """
[...document.querySelectorAll('#list [role=group]')].map((group) => [
  document.getElementById(group.getAttribute('aria-labelledby')).innerText.split('\\n'),
  [...group.children].map((row) => row.textContent),
])
"""


def test_what_waits_has_a_heading_for_each_outcome_the_riskiest_first(
    few: Repo, window: browser.Browser
) -> None:
    paths = [f"flows/{n:02}.yaml" for n in range(FEW)]
    assert seedgit(few, "set", paths[1], "/timeout", "46").status == 0
    gone, moved = "its place is gone upstream", "upstream changed the value under it"
    groups = [
        [['/steps/[id=fetch]/mode: "drain"', f"{gone}; 3 to decide"], paths],
        [["/timeout: 45", f"{moved}; 2 to decide"], [paths[0], paths[2]]],
        [['/model: "tiny"', f"{moved}; 3 to decide"], paths],
    ]
    with served(few) as address:
        opened(window, address)
        assert window.run(GROUPS) == groups
        places = [path + words[0].partition(":")[0] for words, items in groups for path in items]
        for place in places:  # the keys go on from group to group
            window.until(f"{TITLE} === {json.dumps(place)}")
            window.key("j", 74, "j")
        window.key("PageUp", 33)
        window.until(f"{TITLE} === {json.dumps(places[0])}")
        decide(window, "p")
        groups[0] = [['/steps/[id=fetch]/mode: "drain"', f"{gone}; 2 to decide"], paths[1:]]
        assert window.run(GROUPS) == groups
        for _ in paths[1:]:
            decide(window, "p")
        assert window.run(GROUPS) == groups[1:]
        assert window.complaints == []


def test_two_groups_never_have_the_same_heading(
    few: Repo, repo: Repo, window: browser.Browser
) -> None:
    text = FLOW.replace("timeout: 30", "timeout: 60").replace("id: fetch", "id: get")
    image = "registry.example.com/a-team/wiki-fetcher-with-a-long-name:2026"
    repo.commit({"flows/01.yaml": text.replace("model: small", f"model: {image}.11")}, "v3")
    repo.commit({"flows/02.yaml": text.replace("model: small", f"model: {image}.12")}, "v4")
    few("pull", "--quiet", "--no-rebase")
    with served(few) as address:
        for width in (1200, 400):
            opened(window, address)
            window.size(width)
            told = [words for words, _ in window.run(GROUPS)]
            assert [words[0] for words in told] == [
                '/steps/[id=fetch]/mode: "drain"',
                "/timeout: 45",
                '/model: "tiny", upstream "big"',
                '/model: "tiny", upstream …name:2026.11"',
                '/model: "tiny", upstream …name:2026.12"',
            ]
            assert window.run(BROKEN) == []
            address = address.partition("?")[0]
        assert window.complaints == []


def test_a_value_and_a_reason_are_asked_for(few: Repo, window: browser.Browser) -> None:
    with served(few) as address:
        opened(window, address)
        skip_to(window, "/timeout")
        path = window.run(TITLE).removesuffix("/timeout")
        for key, text in (("w", "agreed with ops"), ("v", "77")):
            window.key(key, ord(key.upper()), key)
            window.until("document.activeElement.id === 'answer'")
            window.type(text)
            window.key("Enter", 13, "\r")
        window.until(f"{ROWS} === {3 * FEW - 1}")
    assert "timeout: 77" in seedgit(few, "render", path).out
    assert "agreed with ops" in seedgit(few, "log", "-n", "1").out


def test_all_that_have_one_outcome_are_decided_by_two_keys(
    few: Repo, window: browser.Browser
) -> None:
    with served(few) as address:
        opened(window, address)
        window.key("a", 65, "a")
        window.until("document.querySelector('[data-key=a]').ariaPressed === 'true'")
        window.key("p", 80, "p")
        window.until(f"{ROWS} === {2 * FEW} && {TITLE} !== '' && {IDLE}")
        assert "and " in window.run("document.querySelector('[data-key=u] small').textContent")
        window.key("u", 85, "u")
        window.until(f"{ROWS} === {3 * FEW} && {TITLE} !== '' && {IDLE}")
        assert window.complaints == []


def test_a_rule_is_shown_before_it_is_added(few: Repo, window: browser.Browser) -> None:
    with served(few) as address:
        opened(window, address)
        skip_to(window, "/timeout")
        rows = window.run(ROWS)
        for answer, left in (("no", rows), ("yes", rows - 1)):
            window.key("r", 82, "r")
            window.until("document.activeElement.id === 'answer'")
            assert "on-seed-change: preserve" in window.run("document.body.innerText")
            window.type(answer)
            window.key("Enter", 13, "\r")
            window.until(f"{ROWS} === {left} && {IDLE}")
        assert window.complaints == []
    assert "preserve" in few("show", "refs/seedgit/overlays/local:rules.yaml")


def test_what_the_command_line_decides_meanwhile_is_told(
    few: Repo, window: browser.Browser
) -> None:
    with served(few) as address:
        opened(window, address)
        title = window.run(TITLE)
        (item,) = [
            item
            for item in json.loads(seedgit(few, "pending", "--json").out)["items"]
            if item["path"] + item["name"] == title
        ]
        assert seedgit(few, "resolve", item["id"], "--keep-local").status == 0
        window.until(f"{ROWS} === {3 * FEW - 1}")
        assert "changed meanwhile: 0 new, 1 gone" in window.run(SAID)
        assert window.complaints == []


# Seconds around each limit at which git takes another word, or rounds up.
MINUTE, HOUR, DAY = 60, 3600, 86400
AGES = (
    *(-1, 0, 1, 89, 90, 89 * MINUTE + 29, 89 * MINUTE + 30, 35 * HOUR, 36 * HOUR - 1900),
    *(days * DAY for days in (2, 13, 14, 17, 18, 69, 70, 74, 75, 364, 365, 380, 381, 740)),
    *(days * DAY for days in (1800, 1824, 1825, 2006, 2007, 2008, 3000)),
)


def test_it_says_how_old_a_value_is_as_git_does(
    few: Repo, window: browser.Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = "refs/seedgit/overlays/local"
    stored, date = few("log", "-1", "--format=%at %ai", overlay).split(" ", 1)
    with served(few) as address:
        opened(window, address)
        told = "document.querySelector('#item time')"
        day, clock, _ = date.split()
        for name in ("title", "dateTime"):
            assert window.run(f"{told}.{name}") == f"{day} {clock}+00:00"
        for age in AGES:
            now = int(stored) + age
            window.run(f"Date.now = () => {now}999")
            window.key("a", 65, "a")  # which draws the item again, at once
            monkeypatch.setenv("GIT_TEST_DATE_NOW", str(now))
            words = few("log", "-1", "--format=%ar", overlay)
            assert window.run(f"{told}.parentNode.textContent") == f"Sam Site, {words}", age
        assert window.complaints == []


HOSTILE = "<img src=x onerror=document.title=1>"


def test_what_it_shows_is_text(repo: Repo, window: browser.Browser) -> None:
    path = f"flows/{HOSTILE.replace('/', '')}.yaml"
    upstream = package(repo, {path: FLOW})
    site = site_of(upstream)
    more = ("--as-json", json.dumps(HOSTILE), "--why", HOSTILE)
    assert seedgit(site, "set", path, "/model", *more).status == 0
    upstream.commit({path: FLOW.replace("small", json.dumps(HOSTILE + "!"))}, "v2")
    site("pull", "--quiet", "--no-rebase")
    with served(site) as address:
        opened(window, address)
        assert HOSTILE in window.run("document.body.innerText")
        assert window.run("document.images.length") == 0
        assert window.complaints == []


def test_without_a_browser_the_whole_of_it_works(few: Repo) -> None:
    visitor = Visitor(few)
    first = visitor.get("/waiting").data["items"][0]["id"]
    assert visitor.get(f"/about/{first}").data["id"] == first
    after = visitor.post("/decide", {"ids": [first], "choice": "take-seed"}).data
    assert len(after["items"]) == 3 * FEW - 1
    assert len(visitor.post("/undo", {}).data["items"]) == 3 * FEW
    assert visitor.post("/undo", {}).status == 422
    assert visitor.post("/decide", {"ids": ["123abc"], "choice": "take-seed"}).status == 409
    for wrong in ({}, {"ids": "123abc"}, {"ids": []}, {"ids": [1]}, {"ids": ["123abc"], "why": 1}):
        assert visitor.post("/decide", {"choice": "take-seed", **wrong}).status == 422, wrong
    assert visitor.post("/rule", {"id": 1}).status == 422
    assert visitor.post("/rule", {"id": "123abc"}).status == 409
    assert PATH not in visitor.get("/").body.decode()
