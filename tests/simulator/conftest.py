"""Where histories are played."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def place(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The same for all histories: what is copied from the first one knows where it is."""
    for name in ("GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path_factory.getbasetemp() / "simulator"
    shutil.copytree(tmp_path / "home", place / "home", dirs_exist_ok=True)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(place.parent))
    for name in ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.setenv(name, os.environ[name].replace(str(tmp_path), str(place)))
    return place
