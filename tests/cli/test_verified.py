"""A comment on a pull request: whatever it quotes stays text, and it is never too long."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seedgit import codes
from seedgit.cli.terminal import plain
from seedgit.cli.verified import LONGEST, MARK, comment
from seedgit.operations.verify.model import Deviation, NotChecked, SeedInMerge, Verified
from tests.conftest import Repo
from tests.operations.test_verify import ALLOWED, OURS, edit
from tests.site import PATH, package, seedgit

HOSTILE = [
    "| a | b |",
    "`code`",
    "</code></details><script>alert(1)</script>",
    "[x](https://evil.example)",
    "https://evil.example @everyone #1",
    "**bold** __x__ ~~y~~ ![i](u)",
    "&lt;b&gt; \\| \\",
    "line\nline\r\n### head",
    "$x$ :smile: <!-- -->",
]


def verified(text: str, **more: Any) -> Verified:
    found = Deviation(codes.SEED_CHANGED, text, text, "c" * 40, 3, text, text)
    return Verified(
        "a..b",
        seeds=(SeedInMerge("d" * 40, text, codes.AS_DECIDED),),
        findings=(found, found._replace(allowed=text)),
        notes=(NotChecked("shallow", text),),
        **more,
    )


def tokens(text: str) -> list[Token]:
    found = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    return [*found, *(child for each in found for child in each.children or ())]


def kinds(text: str) -> set[str]:
    return {token.type for token in tokens(text)}


def html(text: str) -> set[str]:
    return {token.content.strip() for token in tokens(text) if token.type.startswith("html")}


@given(
    st.one_of(
        st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
    )
)
def test_what_it_quotes_is_text(text: str) -> None:
    made, plainly = (comment(verified(each), str) for each in (text, "word"))
    assert kinds(made) <= kinds(plainly)
    assert html(made) <= html(plainly)
    rows = [line.count("|") for line in made.splitlines() if line.startswith("| ")]
    assert rows == [line.count("|") for line in plainly.splitlines() if line.startswith("| ")]
    quoted = [token.content for token in tokens(made) if token.type == "text"]
    assert any(plain(text)[:20] in each for each in quoted)


def test_it_says_what_was_found_first_and_folds_the_rest() -> None:
    text = comment(verified("x"), str)
    assert text.startswith(f"{MARK}\n### seedgit verify: 1 finding\n")
    first, *folded = text.split("<details>")
    assert "Seeds changed outside upstream" in first and "Seed-Change: trailer" in first
    titles = ["allowed by a Seed-Change: trailer: 1", "seeds in merges: 1", "not checked: 1"]
    assert [part.split("</summary>")[0].removeprefix("<summary>") for part in folded] == titles


def test_nothing_found_is_said() -> None:
    assert "### seedgit verify: nothing found" in comment(Verified("a..b"), str)


@pytest.mark.parametrize("count", [1_000, 5_000])
def test_it_is_never_too_long(count: int) -> None:
    found = verified("x" * 300)
    text = comment(found._replace(findings=found.findings[:1] * count), str)
    assert len(text) <= LONGEST
    assert "and " in text and " more" in text


def test_secrets_are_masked() -> None:
    text = comment(verified("hunter_2|x"), lambda said: said.replace("hunter_2", "(secret)"))
    assert "hunter" not in text


def test_the_command_prints_it(repo: Repo) -> None:
    site = package(repo).clone("site")
    site("config", "seedgit.upstream", "origin/main")
    edit(site, PATH, OURS, message=ALLOWED)
    said = seedgit(site, "verify", "--format=markdown")
    assert said.status == 0
    assert said.out.startswith(f"{MARK}\n### seedgit verify: nothing found\n")
    assert "<summary>allowed by a Seed-Change: trailer: 1</summary>" in said.out
    edit(site, PATH, ("small", "huge"))
    said = seedgit(site, "verify", "--format=markdown", "HEAD^!")
    assert said.status == 1
    assert "### seedgit verify: 1 finding\n" in said.out
