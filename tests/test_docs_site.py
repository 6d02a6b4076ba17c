"""The site of docs/: it builds with every link checked, and loads nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from tests import browser
from tests.pages import DOCS

SETTINGS = DOCS.parent / "zensical.toml"
PAGES = sorted(DOCS.rglob("*.md"))
MANUAL = "man/git-seedgit.1"

needs_zensical = pytest.mark.skipif(
    importlib.util.find_spec("zensical") is None,
    reason="zensical is not installed: pip install '.[docs]'",
)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "zensical"
    return subprocess.run(
        [program, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(SETTINGS, folder)
    shutil.copytree(DOCS, folder / "docs")
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def article(site: Path, page: Path) -> str:
    name = page.relative_to(DOCS).with_suffix("")
    place = site / ("" if name.name == "index" else name) / "index.html"
    found = re.search(r"<article[^>]*>(.*)</article>", place.read_text(), re.DOTALL)
    assert found, place
    return found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_named_by_links(page: Path) -> None:
    """Else nothing checks that they are there. Help texts name files: they are read in a shell."""
    if page.name != "commands.md":
        prose = re.sub(r"^    .*|`[^`]*`", "", page.read_text(), flags=re.MULTILINE)
        assert not re.findall(r"\b[\w/.-]+\.md\b(?!\)|\]\()", prose)


@needs_zensical
@pytest.mark.parametrize("link", ["nowhere.md", "index.md#nowhere"])
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, link: str) -> None:
    (tmp_path / "zensical.toml").write_text('[project]\nsite_name = "one"\n')
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# One\n\n[a link]({link})\n")
    done = build(tmp_path)
    assert done.returncode != 0
    assert "does not exist" in done.stdout + done.stderr


@needs_zensical
def test_the_manual_page_is_on_the_site(site: Path) -> None:
    assert (site / MANUAL).read_bytes() == (DOCS / MANUAL).read_bytes()
    assert f'href="./{MANUAL}"' in (site / "index.html").read_text()


@needs_zensical
def test_pages_are_alike_on_the_site_and_on_a_forge(site: Path) -> None:
    """The two readers of Markdown differ about lists in lists, and what follows a list."""
    forge = MarkdownIt("commonmark").enable("table")
    for page in PAGES:
        text, html = page.read_text(), article(site, page)
        there, here = (counted(each) for each in (forge.render(text), html))
        assert here == there, page.name
        shown = [line[4:] for line in text.splitlines() if line.startswith("    $ ")]
        assert code(html).count("\n$ ") == code(forge.render(text)).count("\n$ ") == len(shown)


def counted(html: str) -> dict[str, int]:
    tags = ("h1", "h2", "h3", "p", "li", "tr", "pre")
    return {tag: len(re.findall(rf"<{tag}\b", html)) for tag in tags}


def code(html: str) -> str:
    """The text of the blocks of code."""
    blocks = re.findall(r"<pre.*?</pre>", html, re.DOTALL)
    return "".join("\n" + re.sub(r"<[^>]*>", "", block) for block in blocks)


@needs_zensical
def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text())
        assert len(loaded.addresses) > 3
        for address in loaded.addresses:
            assert not urlsplit(address).scheme and not urlsplit(address).netloc, (page, address)
    for sheet in site.rglob("*.css"):
        found = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]{,20})", sheet.read_text())
        assert not [each for each in found if not each.startswith("data:")], sheet


class Loaded(HTMLParser):
    """What a browser asks for when it opens a page. People follow links: they do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "data", "poster") or (name == "href" and tag != "a"):
                self.addresses.append(value or "")
            if name == "style":
                assert "url(" not in (value or "")


@needs_zensical
@pytest.mark.skipif(browser.find() is None, reason="no Chromium is installed")
@pytest.mark.parametrize("name", ["index.html", "live/index.html", "commands/index.html"])
def test_a_browser_asks_no_other_host(site: Path, name: str) -> None:
    with browser.browser(browser.find() or "") as page:
        page.open(site / name)
        assert len(page.requests) > 3
        for address in page.requests:
            assert address.startswith(("file://", "data:", "blob:")), address
