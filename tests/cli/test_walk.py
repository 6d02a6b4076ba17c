"""`seedgit resolve` without a number: keys on a terminal, and what to type where there is none."""

from __future__ import annotations

import sys

import pytest

from tests.cli.test_mergetool import on_a_terminal
from tests.conftest import Repo
from tests.operations.test_pending import listed, upgraded
from tests.site import PATH, Said, data, seedgit

WORDS = ("keep", "take", "value", "park", "skip", "undo", "quit")


@pytest.fixture
def site(upstream: Repo) -> Repo:
    """Three overrides wait: two whose seed changed, and one whose place is gone."""
    return upgraded(upstream)


def walk(site: Repo, typed: str, *more: str) -> Said:
    said = on_a_terminal(site, typed, sys.executable, "-m", "seedgit", "resolve", *more)
    assert "Traceback" not in said.out, said.out
    return said


def overlay(site: Repo) -> str:
    return site("for-each-ref", "refs/seedgit/overlays")


def changes(site: Repo) -> list[str]:
    return site("log", "--format=%s", "refs/seedgit/overlays/local").splitlines()


def test_every_key_is_shown_and_one_that_is_off_says_why(site: Repo) -> None:
    before = overlay(site)
    said = walk(site, "puzq")
    assert said.status == 0
    first = said.out.partition("key: ")[0]
    for word in WORDS:
        assert f"[{word[0]}] {word} " in first
    assert "off: it has its place" in first and "off: nothing was decided here yet" in first
    assert "park: it has its place" in said.out
    assert "undo: nothing was decided here yet" in said.out
    assert "keys: k t v p s u q" in said.out
    assert "decided 0; 3 left" in said.out
    assert overlay(site) == before


def test_each_is_decided_by_its_key(site: Repo) -> None:
    items = listed(site)
    order = sorted(items.values(), key=lambda item: int(item["number"]))
    keys = {"/limit": "k", "/steps/0/max_items": "v8\n", "/steps/1/mode": "p"}
    typed = "".join(keys[item["pointer"]] for item in order)
    said = walk(site, typed, "--why", "agreed")
    assert said.status == 0, said.out
    assert "decided 3; nothing waits" in said.out
    assert listed(site) == {}
    text = seedgit(site, "render", PATH).out
    assert "limit: 2" in text and "max_items: 8" in text and "rank" not in text
    done = {change.split()[1] for change in changes(site)[:3]}
    assert done == {"keep-local", "value"}
    assert "agreed" in site("log", "-1", "--format=%b", "refs/seedgit/overlays/local")


def test_what_is_skipped_waits(site: Repo) -> None:
    before = overlay(site)
    said = walk(site, "sss")
    assert (said.status, overlay(site)) == (0, before)
    assert "decided 0; 3 left" in said.out


def test_the_last_decision_is_taken_back(site: Repo) -> None:
    before = listed(site)
    said = walk(site, "ttuuq")
    assert said.out.count("takes it back") == 2, said.out
    assert "decided 0; 3 left" in said.out
    after = listed(site)
    assert after.keys() == before.keys()
    assert [item["values"] for item in after.values()] == [
        item["values"] for item in before.values()
    ]
    assert changes(site)[0].startswith("undo")


@pytest.mark.parametrize("typed", ["\x04", "\x1b[Aq", "v\nq"])
def test_what_decides_nothing(site: Repo, typed: str) -> None:
    """The end of the input, an arrow, a value that was not typed."""
    before = overlay(site)
    said = walk(site, typed)
    assert said.status == 0 and "3 left" in said.out
    assert overlay(site) == before


def test_a_value_that_does_not_fit_is_told_and_asked_again(site: Repo) -> None:
    said = walk(site, f"v{'[' * 129}{']' * 129}\nq")
    assert "error: " in said.out and "3 left" in said.out


def test_lines_where_there_are_no_single_keys(site: Repo) -> None:
    lines = "import sys; sys.modules['termios'] = None; from seedgit.start import main; main()"
    said = on_a_terminal(site, "skip\nk\nq\n", sys.executable, "-c", lines, "resolve")
    assert said.status == 0 and "decided 1; 2 left" in said.out, said.out


@pytest.mark.parametrize("words", [[], ["--keep-local"], ["1"], ["--json"]])
def test_without_a_terminal_it_says_what_to_type(site: Repo, words: list[str]) -> None:
    before = site("for-each-ref", "refs/seedgit")
    said = seedgit(site, "resolve", *words)
    assert said.status == 2
    assert "--keep-local" in said.err and "seedgit pending" in said.err
    assert site("for-each-ref", "refs/seedgit") == before


def test_in_dry_run_it_walks_nowhere(site: Repo) -> None:
    before = overlay(site)
    site("config", "seedgit.mode", "dry-run")
    said = walk(site, "k")
    assert said.status == 2 and "dry-run" in said.out
    assert overlay(site) == before


def test_nothing_waits(upstream: Repo, site: Repo) -> None:
    for _ in range(3):
        assert (
            seedgit(
                site, "resolve", str(data(site, "pending")["items"][0]["number"]), "--take-seed"
            ).status
            == 0
        )
    said = walk(site, "")
    assert said.status == 0 and "decided 0; nothing waits" in said.out
