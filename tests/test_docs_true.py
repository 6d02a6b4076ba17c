"""What README and docs/ say exists, exists; what exists is documented; what they show runs."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seedgit.cli.commands import COMMANDS
from seedgit.cli.man import manual
from seedgit.cli.parsers import build_parser
from seedgit.cli.reasons import REASONS
from seedgit.cli.reference import reference
from seedgit.errors import EXIT_CODES
from seedgit.formats.presets import PRESETS
from seedgit.formats.rules import MEMBERS, SEED_MEMBERS
from seedgit.journal import VERDICTS
from seedgit.mode import MODES
from seedgit.rules.ownership import ON_SEED_CHANGE, STRATEGIES
from tests.conftest import Repo
from tests.pages import DOCS, session, typed
from tests.site import package, program_path, site_of
from tests.test_mode import diverge

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = {page.name: page.read_text() for page in PAGES}
SOURCES = {path: path.read_text() for path in (ROOT / "seedgit").rglob("*.py")}
DOCSTRINGS = "\n".join(SOURCES.values())


def subparsers() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    return next(a for a in actions if isinstance(a, argparse._SubParsersAction)).choices


def options(name: str) -> set[str]:
    """The options of a command, those of its own subcommands among them."""
    found = set()
    parsers = [subparsers()[name]]
    while parsers:
        for action in parsers.pop()._actions:
            found |= set(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                parsers += action.choices.values()
    return found


def test_the_reference_is_what_help_says() -> None:
    assert TEXT["commands.md"] == reference(), "run: python -I -m seedgit.cli.reference"


def test_the_manual_page_is_the_help() -> None:
    text = manual()
    page = ROOT / "docs" / "man" / "git-seedgit.1"
    assert page.read_text() == text, "run: python -I -m seedgit.cli.man"
    for command in COMMANDS:
        assert f"\n.SH SEEDGIT {command.upper()}".replace("-", "\\-") in text
    assert "\n'" not in text  # it would be a command of man(7)
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    assert data == {"share/man/man1": [str(page.relative_to(ROOT))]}


def test_every_command_is_in_the_readme() -> None:
    for name in COMMANDS:
        assert f"`seedgit {name}" in TEXT["README.md"], name


@pytest.mark.parametrize("page", TEXT)
def test_every_command_and_option_shown_exists(page: str) -> None:
    general = {"--json", "--version", "--help"}
    for line in TEXT[page].splitlines():
        shown = r"(?:\$ |`|^    )(?:git )?seedgit ((?:-\S+ )*[a-z-]+)([^`|#;]*)"
        for found in re.finditer(shown, line):
            name = found[1].split()[-1]
            if name.startswith("-"):
                continue
            assert name in {*COMMANDS, "help"}, line
            if name == "help":
                continue
            known = options(name) | general
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", found[2]):
                assert option in known, (line, option)


def test_every_setting_is_documented_and_each_documented_one_exists() -> None:
    page = TEXT["configuration.md"]
    used = set(re.findall(r'"((?:merge\.)?seedgit\.[a-z]+)"', DOCSTRINGS))
    used.discard("seedgit.start")  # a module
    assert used, "no setting was found in the source"
    for key in used:
        assert key in page, key
    for key in re.findall(r"`((?:merge\.)?seedgit\.[a-z]+)`", "".join(TEXT.values())):
        assert key in used, key


def test_every_variable_is_documented_and_each_documented_one_exists() -> None:
    used = set(re.findall(r'"(SEEDGIT_[A-Z]+)"', DOCSTRINGS))
    shown = set(re.findall(r"\bSEEDGIT_[A-Z]+\b", "".join(TEXT.values())))
    assert used == shown
    assert used == set(re.findall(r"`(SEEDGIT_[A-Z]+)`", TEXT["configuration.md"]))


def test_reason_codes_that_are_shown_exist() -> None:
    for page in TEXT.values():
        for code in re.findall(r"`((?:skip|noop|git): [a-z-]+)`", page):
            assert code in REASONS, code


def sections(text: str, title: str, code: str) -> dict[str, list[str]]:
    """The codes of a text, by the titles that they stand under."""
    _, *parts = re.split(rf"^{title} (.+)$", text, flags=re.M)
    found = zip(parts[::2], parts[1::2], strict=True)
    return {title: re.findall(code, part, re.M) for title, part in found}


def test_every_code_has_its_meaning_under_its_title_and_no_other_is_there() -> None:
    row = r"^\| `([^`]+)` \| \S"
    defined = sections((ROOT / "seedgit/codes.py").read_text(), "# --", '^[A-Z0-9_]+ = "(.+)"$')
    known = {code for codes in defined.values() for code in codes}
    of_doctor = set(defined.pop("Doctor"))
    shown = sections(TEXT["reasons.md"], "##", row)
    assert shown.pop("Doctor") == []
    assert shown == defined
    assert of_doctor <= set(re.findall(row, TEXT["doctor.md"], re.M)) <= known


def test_modules_that_are_named_exist() -> None:
    for page, text in TEXT.items():
        for name in re.findall(r"\b(?:seedgit|tests|bench|docs|examples|hooks)/[\w./-]*\w", text):
            if page == "configuration.md" and name.startswith("seedgit/"):
                continue  # files in the git directory
            if name.startswith("seedgit/promote"):
                continue  # the name of a branch
            known = (ROOT / name).exists() or "<" in name or name.startswith("seedgit/overlays")
            assert known or "refs/" + name in text or "git/" + name in text, (page, name)


def test_words_of_the_rules_are_documented() -> None:
    page = TEXT["rules.md"]
    for word in (*MEMBERS, *SEED_MEMBERS, *ON_SEED_CHANGE, *STRATEGIES, *PRESETS):
        assert f"`{word}`" in page, word


def test_modes_and_verdicts_are_documented() -> None:
    for word in VERDICTS:
        assert f"`{word}`" in TEXT["adopting.md"], word
    for word in MODES:
        assert f"`{word}`" in TEXT["configuration.md"], word


def test_exit_statuses_are_documented() -> None:
    said = TEXT["README.md"].partition("Exit status:")[2].partition("\n\n")[0]
    assert [int(n) for n in re.findall(r"\b\d+\b", said)] == list(EXIT_CODES)


def test_the_ladder_runs(repo: Repo) -> None:
    site = site_of(package(repo))
    diverge(repo, site, "far")
    site("-c", "seedgit.mode=off", "merge", "--quiet", "origin/main")
    shown = session(TEXT["adopting.md"])
    assert shown
    for command, _ in shown:
        typed(site, command)


def test_the_readmes_transcript_is_the_demos() -> None:
    """Slow: it plays the whole demo, which is the README's promise."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")],
        env={**os.environ, "PATH": program_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    played = {line.strip() for line in done.stdout.splitlines()}
    shown = TEXT["README.md"].partition("## What it looks like")[2].partition("\n## ")[0]
    for line in shown.splitlines():
        if line.startswith("    ") and line.strip() != "...":
            assert line.strip() in played, line


def test_docstrings_name_no_command_that_is_not_there() -> None:
    for path, source in SOURCES.items():
        for name in re.findall(r"`seedgit ([a-z-]+)", source):
            assert name in {*COMMANDS, "help"}, (path, name)


def test_every_test_that_a_page_names_is_there() -> None:
    root = Path(__file__).parent.parent
    named = {
        found
        for page in (root / "docs").rglob("*.md")
        for found in re.findall(r"\b(tests/[\w/]+\.py)::(\w+)", page.read_text())
    }
    assert len(named) > 20
    for file, test in sorted(named):
        assert re.search(rf"def {test}\(", (root / file).read_text()), f"{file}::{test}"


def named(entries: Any) -> Iterator[str]:
    """The files that a part of the navigation leads to."""
    if isinstance(entries, str):
        yield entries
    else:
        for each in entries.values() if isinstance(entries, dict) else entries:
            yield from named(each)


def test_every_page_is_in_the_navigation_once() -> None:
    settings = tomllib.loads((ROOT / "zensical.toml").read_text())
    pages = [str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")]
    assert sorted(named(settings["project"]["nav"])) == sorted([*pages, "man/git-seedgit.1"])
