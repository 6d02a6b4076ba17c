"""What a terminal gets that a pipe does not: columns as wide as they are seen, and progress."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.cli import progress
from seedgit.cli.terminal import Terminal
from seedgit.errors import UsageError
from tests.built import prepared
from tests.cli.test_mergetool import on_a_terminal
from tests.conftest import Repo
from tests.site import PATH, package, seedgit, site_of

ROWS = [
    ("流れ/設定.yaml", "値", "x"),
    ("a.yaml", "plain", "y"),
    ("emoji 🎉.yaml", "é", "z"),
    ("cafe\u0301.yaml", "[red]b[/red]", "[bold]"),
]


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def seen(text: str) -> int:
    """Columns, told apart from the program: wide characters are two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def starts(lines: list[str], cells: list[str], width: Callable[[str], int]) -> set[int]:
    return {width(line[: line.rindex(cell)]) for line, cell in zip(lines, cells, strict=True)}


@pytest.mark.parametrize(("stream", "width"), [(Screen, seen), (io.StringIO, len)])
def test_columns_are_aligned_as_they_are_read(
    stream: type[io.StringIO], width: Callable[[str], int]
) -> None:
    out = stream()
    Terminal(out, io.StringIO()).table(ROWS)
    lines = out.getvalue().splitlines()
    for column in (1, 2):
        assert len(starts(lines, [row[column] for row in ROWS], width)) == 1
    assert lines[3].startswith("  cafe\u0301.yaml")
    assert "[red]b[/red]" in lines[3] and lines[3].endswith("[bold]")


def test_colour_takes_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Screen()
    terminal = Terminal(out, out)
    terminal.table([(terminal.style("設定", "bold"), "1"), ("\x1b[31m", "2")])
    first, second = out.getvalue().splitlines()
    assert "\x1b[1m設定\x1b[0m" in first
    assert second == "  \\x1b[31m  2"
    bare = re.sub("\x1b\\[[0-9]+m", "", first)
    assert starts([bare, second], ["1", "2"], seen) == {len(second) - 1}


def test_what_ends_in_blanks_that_are_escaped_keeps_them() -> None:
    out = io.StringIO()
    Terminal(out, out).table([("a", "b\t"), ("long", "c   ")])
    assert out.getvalue() == "  a     b\\t\n  long  c\n"


def test_tables_without_rows_print_nothing() -> None:
    out = io.StringIO()
    Terminal(out, out).table([])
    assert out.getvalue() == ""


# -- a run as a whole ----------------------------------------------------------------------------

LOADED = """
import sys
from seedgit.cli.main import main
status = main(sys.argv[2:])
open(sys.argv[1], "w").write(" ".join(sys.modules))
sys.exit(status)
"""
WIDE = "flows/設定.yaml"


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    site = site_of(package(repo, {WIDE: "設定: 1\nb: 2\n"}))
    assert seedgit(site, "set", PATH, "/limit", "6").status == 0
    for pointer in ("/設定", "/b"):
        assert seedgit(site, "set", WIDE, pointer, "3").status == 0
    return site


def run(site: Repo, loaded: Path, *words: str) -> list[str]:
    """What a command prints on a terminal."""
    command = [sys.executable, "-c", LOADED, str(loaded), *words]
    said = on_a_terminal(site, "", *command)
    assert said.status == 0, said.out
    return said.out.splitlines()


def test_status_aligns_what_is_wide(site: Repo, tmp_path: Path) -> None:
    lines = run(site, tmp_path / "loaded", "status", "--overlay")
    rows = [line for line in lines if "-> 3" in line]
    assert len(starts(rows, ["->", "->"], seen)) == 1
    assert "rich.cells" in (tmp_path / "loaded").read_text().split()
    piped = seedgit(site, "status", "--overlay").out.splitlines()
    rows = [line for line in piped if "-> 3" in line]
    assert len(starts(rows, ["->", "->"], len)) == 1


def test_nothing_more_is_loaded_where_all_is_ascii(site: Repo, tmp_path: Path) -> None:
    run(site, tmp_path / "loaded", "plan", "HEAD", PATH)
    assert "rich" not in (tmp_path / "loaded").read_text().split()


@pytest.mark.parametrize(
    "words",
    [["status", "--overlay"], ["status", "--json"], ["log"], ["hook", "pre-commit"]],
)
def test_a_pipe_needs_no_more(site: Repo, words: list[str], tmp_path: Path) -> None:
    command = [sys.executable, "-c", LOADED, str(tmp_path / "loaded"), *words]
    subprocess.run(command, cwd=site.path, capture_output=True, check=True)
    assert "rich" not in (tmp_path / "loaded").read_text().split()


# -- progress ------------------------------------------------------------------------------------


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "BETWEEN", 0.0)
    return Screen()


def test_progress_is_gone_once_something_else_is_said(screen: Screen) -> None:
    terminal = Terminal(io.StringIO(), screen)
    terminal.progress(3, 40)
    assert "3/40" in screen.getvalue()
    terminal.error(UsageError("no"))
    _, _, rest = screen.getvalue().partition("3/40")
    erased, _, said = rest.partition("\x1b[31merror")
    assert erased.endswith("\x1b[2K") and said
    terminal.progress(5, 40)
    terminal.progress(40, 40)
    assert "5/40" in screen.getvalue() and screen.getvalue().endswith("\x1b[2K")
    assert "\x1b[?25l" not in screen.getvalue()  # the cursor stays, whatever ends the run


def test_a_short_run_draws_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    terminal = Terminal(io.StringIO(), screen)
    for done in range(4):
        terminal.progress(done, 3)
    assert screen.getvalue() == ""


def test_a_pipe_gets_no_progress(screen: Screen) -> None:
    err = io.StringIO()
    terminal = Terminal(screen, err)
    terminal.progress(1, 3)
    assert err.getvalue() == screen.getvalue() == ""
