"""The pages of `plan --html` and `fleet plan --html`: nothing in them runs, loads or hides."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from seedgit.cli import fleet_page, plan_page
from seedgit.cli.page import environment
from seedgit.operations.fleet.model import FleetFinding, FleetPlan, SiteGroup, SiteGroups, Values
from seedgit.operations.plan.model import BUCKETS, Plan, PlanDecision, SeedPlan
from seedgit.values.diff import ABSENT
from tests import browser
from tests.conftest import Repo
from tests.operations.test_plan import everything
from tests.site import FLOW, PATH, package, seedgit, site_of

EVIL = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)' x=\"",
    "' autofocus onfocus=alert(1) '",
    "</title></style></details><iframe src=//evil.example>",
    "<!-- ",
    "]]>&lt;b&gt;&#60;",
    "\x1b[2J\x00\u202egpj.exe",
    "\udcff",
    "javascript:alert(1)",
)
ALLOWED = {
    "html", "head", "meta", "link", "title", "style", "body", "main", "h1", "h2", "h3", "p",
    "strong", "ul", "li", "b", "div", "button", "label", "input", "output", "section", "table",
    "thead",
    "tbody", "tr", "th", "td", "details", "summary", "span", "br", "wbr", "del", "ins", "pre",
    "code", "q", "script",
}  # fmt: skip
ATTRIBUTES = {
    "class", "data-bucket", "data-file", "data-section", "data-fold", "data-shows", "data-name",
    "hidden", "role", "aria-label", "aria-pressed", "type", "autocomplete", "spellcheck", "scope",
    "tabindex", "colspan", "lang", "charset", "name", "content", "http-equiv", "rel", "href",
}  # fmt: skip


class Markup(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self.inside: dict[str, list[str]] = {}
        self._open = ""
        self._goes_on = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._goes_on = tag == "wbr"
        self._open = self._open if self._goes_on else tag

    def handle_endtag(self, tag: str) -> None:
        self._open, self._goes_on = "", False

    def handle_data(self, data: str) -> None:
        self.inside.setdefault(self._open, []).append(data)
        if self._goes_on:
            data = self.texts.pop() + data
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def decisions() -> list[PlanDecision]:
    made = []
    for number, evil in enumerate(EVIL):
        values = {
            "base": evil,
            "local": {evil: [evil, evil * 40]},
            "remote": ABSENT if number % 2 else evil,
        }
        for bucket in BUCKETS:
            about = PlanDecision(bucket, f"{evil}.yaml", f"/{evil}", "local", evil, values)
            texts = {"overlay": evil, "detail": evil, "covered_by": evil, "why": evil}
            made.append(about._replace(candidates=(evil,), **texts))
    return made


def hostile_plan() -> Plan:
    seeds = tuple(SeedPlan(f"{evil}.yaml", f"{evil}.yaml", True) for evil in EVIL)
    return Plan(EVIL[0], "a" * 40, "b" * 40, (), "merge", tuple(decisions()), seeds, EVIL, EVIL)


def hostile_fleet() -> FleetPlan:
    found = {}
    groups = []
    for evil in EVIL:
        finding = FleetFinding("warnings", f"{evil}.yaml", f"/{evil}", evil, evil)
        values = Values(1, evil, {"x": {evil: evil}}, {"y": evil})
        values.counts["y"] = 1
        found[finding] = values
        groups.append(SiteGroup((evil, evil), (finding,)))
    made = SiteGroups([((n,), ()) for n in range(len(groups))], lambda key, _: groups[key[0]])
    return FleetPlan(hostile_plan(), EVIL, EVIL, EVIL, made, found)


PAGES = {
    "plan": lambda: plan_page.html(hostile_plan()),
    "fleet": lambda: fleet_page.html(hostile_fleet()),
}


@pytest.mark.parametrize("name", PAGES)
def test_hostile_text_is_text(name: str) -> None:
    made = PAGES[name]()
    made.encode()  # a name that is not UTF-8 is no reason to fail
    found = Markup(made)
    assert {tag for tag, _ in found.tags} <= ALLOWED
    for tag, attributes in found.tags:
        assert attributes.keys() <= ATTRIBUTES, (tag, attributes)
        assert "href" not in attributes or attributes["href"] == "data:,"
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert found.comments == []
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", made)
    said = "".join(found.texts)
    for evil in EVIL[:4]:
        assert evil in said  # whole, and as it was written


@pytest.mark.parametrize("name", PAGES)
def test_the_policy_allows_the_pages_own_script_and_style_alone(name: str) -> None:
    found = Markup(PAGES[name]())
    (policy,) = (a["content"] for _, a in found.tags if "http-equiv" in a)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert "unsafe" not in policy
    for kind in ("script", "style"):
        digest = hashlib.sha256("".join(found.inside[kind]).encode()).digest()
        assert rules[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"


def page_of(body: str, *, filtered: bool) -> str:
    """A page with this HTML in it, as if it had got past the escaping."""
    return (
        environment()
        .from_string(
            '{% extends "page.html.j2" %}{% set title = "mine" %}'
            f"{{% set filtered = {filtered} %}}{{% block body %}}{body}{{% endblock %}}"
        )
        .render()
    )


def test_a_page_without_a_filter_has_no_script() -> None:
    made = page_of("<p>body</p>", filtered=False)
    assert "<script" not in made
    assert "script-src 'none'" in made


def upgraded(repo: Repo) -> Repo:
    upstream = package(repo)
    other = FLOW.replace("wiki", "other")
    upstream.commit({"flows/other.yaml": other}, "two flows")
    site = site_of(upstream)
    for pointer, value in (
        ("/steps/[id=fetch]/max_items", "1"),
        ("/steps/[id=fetch]/mode", "drain"),
        ("/model", "<script>document.title = 'taken'</script>"),
    ):
        assert seedgit(site, "set", PATH, pointer, value).status == 0
    text = FLOW.replace("max_items: 50", "max_items: 80").replace(
        "    mode: live", "    mode: fast"
    )
    upstream.commit({PATH: text, "flows/other.yaml": other.replace("30", "60")}, "v2")
    site("fetch", "--quiet")
    return site


def test_plan_writes_a_page_and_nothing_else(repo: Repo, tmp_path: Path) -> None:
    site = upgraded(repo)
    before = everything(site)
    place = str(tmp_path / "page.html")
    said = seedgit(site, "plan", "origin/main", "--html", place)
    assert said.status == 0
    assert said.out.startswith(f"wrote {place}\n")
    assert seedgit(site, "plan", "origin/main", "--html", place, "--exit-code").status == 1
    said = seedgit(site, "plan", "origin/main", "--html", place, "--json")
    assert json.loads(said.out)["needs_approval"]
    assert everything(site) == before
    found = Markup((tmp_path / "page.html").read_text())
    assert "/steps/[id=fetch]/max_items" in found.texts
    seedgit(site, "mode", "dry-run")
    (tmp_path / "page.html").unlink()
    assert seedgit(site, "plan", "origin/main", "--html", place).status == 0
    assert (tmp_path / "page.html").exists()


# -- in a browser --------------------------------------------------------------------------------


VISIBLE = "[...document.querySelectorAll('[data-bucket]')].filter(r => r.offsetParent).length"


def check_clean(window: browser.Browser, place: Path) -> None:
    assert window.complaints == []
    assert set(window.requests) <= {place.as_uri(), "data:,"}


def test_the_filter_works_by_keyboard(repo: Repo, tmp_path: Path, window: Any) -> None:
    site = upgraded(repo)
    place = tmp_path / "page.html"
    assert seedgit(site, "plan", "origin/main", "--html", str(place)).status == 0
    window.open(place)
    assert window.run("document.title") == "seedgit: plan of origin/main"
    count = window.run("document.querySelectorAll('[data-bucket]').length")
    said = "document.querySelector('output').textContent"
    assert window.run(said) == f"{count} of {count} shown"
    assert window.run("document.querySelector('details[data-fold]').open") is False

    window.key("Tab", 9)  # to the first button
    focus = "document.activeElement"
    assert window.run(f"{focus}.dataset.shows") == "needs_approval"
    assert window.run(f"getComputedStyle({focus}).outlineStyle") == "solid"
    needs = window.run("document.querySelectorAll('tr.needs_approval').length")
    assert needs
    window.key(" ", 32, " ")
    assert window.run(f"{focus}.getAttribute('aria-pressed')") == "false"
    assert window.run(said) == f"{count - needs} of {count} shown"
    assert window.run(VISIBLE) == count - needs
    window.key("Enter", 13, "\r")
    assert window.run(said) == f"{count} of {count} shown"

    for _ in range(4):
        window.key("Tab", 9)
    assert window.run(f"{focus}.tagName") == "INPUT"
    window.type("OTHER")
    others = window.run("document.querySelectorAll('[data-file=\"flows/other.yaml\"]').length")
    assert 0 < others < count
    assert window.run(VISIBLE) == others
    headings = "[...document.querySelectorAll('h3')].filter(h => h.offsetParent)"
    assert set(window.run(f"{headings}.map(h => h.textContent)")) == {"flows/other.yaml"}
    check_clean(window, place)


@pytest.mark.parametrize("name", PAGES)
def test_hostile_pages_stay_quiet(name: str, tmp_path: Path, window: Any) -> None:
    place = tmp_path / "page.html"
    place.write_text(PAGES[name]())
    window.open(place)
    assert window.run("document.scripts.length") == 1
    assert window.run("document.images.length + document.querySelectorAll('iframe').length") == 0
    window.run("document.querySelectorAll('details').forEach(d => { d.open = true })")
    window.run("document.querySelectorAll('button').forEach(b => b.click())")
    assert window.run(VISIBLE) == 0
    check_clean(window, place)


def test_dark_mode(tmp_path: Path, window: Any) -> None:
    place = tmp_path / "page.html"
    place.write_text(PAGES["plan"]())
    window.open(place, dark=True)
    colour = window.run("getComputedStyle(document.querySelector('.tag')).color")
    assert colour == "rgb(255, 138, 128)"
    check_clean(window, place)


def test_a_script_that_got_in_would_not_run(tmp_path: Path, window: Any) -> None:
    place = tmp_path / "page.html"
    bad = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
    place.write_text(page_of(bad, filtered=True))
    window.open(place)
    assert window.run("document.title") == "mine"
    assert window.complaints  # the browser says what it refused
