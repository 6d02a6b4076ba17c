"""Too little memory (ulimit -v): a result that is right, or an error that git sees as one."""

from __future__ import annotations

import os
import shlex
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from seedgit.files.safe import read_regular
from seedgit.operations.install.driver_command import driver_command
from tests.conftest import Repo
from tests.site import FLOW, PATH, override, seedgit, site_of

LINES = 60_000


def run(command: str, megabytes: int, place: Path) -> subprocess.CompletedProcess[str]:
    limited = f"ulimit -v {megabytes * 1024}; {command}"
    return subprocess.run(
        ["sh", "-c", limited], cwd=place, capture_output=True, text=True, errors="replace"
    )


def lines(value: int) -> str:
    return "".join(f"key{n}: {value if n == LINES // 2 else n}\n" for n in range(LINES))


@pytest.mark.parametrize("megabytes", [14, 24, 34, 60])
def test_the_driver_leaves_no_side_unmarked(tmp_path: Path, megabytes: int) -> None:
    """git's own merge of this file takes 36 MB, and fails below that too."""
    command = driver_command()
    for letter, value in zip("OABLP", (".m_O", ".m_A", ".m_B", "7", "f.yaml"), strict=True):
        command = command.replace(f"%{letter}", shlex.quote(value))
    for number, letter in enumerate("OAB"):
        (tmp_path / f".m_{letter}").write_text(lines(-number))
    done = run(command, megabytes, tmp_path)
    ours = tmp_path / ".m_A"
    if done.returncode == 1:
        text = ours.read_text()
        assert text.count("<<<<<<<") == text.count(">>>>>>>") == 1
    else:  # without the file git stops the merge
        assert done.returncode >= 128
        assert not ours.exists()
    assert len(list(tmp_path.glob(".m*"))) <= 3
    assert done.returncode == 1 or megabytes < 60


@pytest.mark.parametrize("megabytes", [12, 20, 30])
def test_a_guard_lets_nothing_pass(upstream: Repo, megabytes: int) -> None:
    site = site_of(upstream, hooks=True)
    site.write({PATH: FLOW.replace("30", "45")})
    site("add", "--all")
    done = run(".git/hooks/pre-commit", megabytes, site.path)
    assert done.returncode != 0
    if megabytes == 30:  # with less, Python itself may not start
        assert "Traceback" not in done.stderr
        assert f"{PATH}:3: /timeout: 30 -> 45" in done.stdout


def test_what_stores_an_overlay_needs_no_more_than_that(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    override(site, "/paused", "true")
    site.write({PATH: FLOW.replace("30", "45")})
    site("commit", "--quiet", "--no-verify", "-am", "v2")
    before = site("rev-parse", "refs/seedgit/overlays/local")
    for megabytes in (20, 40):
        done = run(".git/hooks/post-merge 0", megabytes, site.path)
        assert done.returncode == 0
        assert megabytes < 40 or "Traceback" not in done.stderr
        assert seedgit(site, "render", PATH).status == 0
    assert site("rev-parse", "refs/seedgit/overlays/local") != before


def test_a_file_takes_the_memory_of_its_size(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x" * 100)
    tracemalloc.start()
    try:
        assert read_regular(str(small)) == b"x" * 100
        assert tracemalloc.get_traced_memory()[1] < 300_000
    finally:
        tracemalloc.stop()


def test_a_file_that_has_no_size_or_grows_is_read_whole() -> None:
    """proc(5): its files have the size 0."""
    assert read_regular(f"/proc/{os.getpid()}/status").startswith(b"Name:")
