"""docs/tutorial.md is a session that begins with nothing, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Repo
from tests.pages import check_session


def test_the_tutorial_runs_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "tour").mkdir()
    check_session(Repo(tmp_path / "tour"), "tutorial.md", home=(tmp_path, "/home/sam"))
