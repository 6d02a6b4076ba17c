"""A disk that is full, a small one: nothing is lost, and nothing half-written counts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.operations.test_sync import FILES
from tests.site import PATH, package, seedgit, site_of

pytestmark = pytest.mark.real_start

SIZE = 4 << 20  # bytes
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk of a few MB can be mounted: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def site(repo: Repo, disk: Path) -> Repo:
    made = site_of(package(repo, FILES))
    shutil.copytree(made.path, disk / "site", symlinks=True)
    return Repo(disk / "site")


def fill(disk: Path, pages: int) -> Path:
    """Leave so many pages free."""
    filler = disk / "filler"
    room = os.statvfs(disk)
    filler.write_bytes(bytes((room.f_bavail - pages) * room.f_frsize))
    return filler


@pytest.mark.parametrize("in_place", [False, True], ids=["in a folder", "in place"])
def test_a_full_disk_loses_nothing(site: Repo, disk: Path, in_place: bool) -> None:
    app = site.path if in_place else disk / "app"
    assert seedgit(site, "set", PATH, "/queue", "[1]").status == 0
    assert seedgit(site, "live", "--in-place" if in_place else str(app)).status == 0
    full = 0
    for pages in (0, 2, 6, 13):
        text = re.sub("paused: .*", f"paused: {100 + pages}", (app / PATH).read_text())
        (app / PATH).write_text(text)
        written = text.encode()
        filler = fill(disk, pages)
        said = seedgit(site, "sync")
        assert said.status in (0, 1, 4), said.err
        if in_place:
            subprocess.run(["git", "add", "-A"], cwd=site.path, capture_output=True, check=False)
        filler.unlink()
        full += said.status != 0
        kept = f"paused: {100 + pages}"
        live = (app / PATH).read_bytes()
        assert kept in live.decode()
        assert said.status == 0 or live == written, said.err
        assert seedgit(site, "sync").status == 0, pages
        assert kept in seedgit(site, "render", PATH).out
        assert seedgit(site, "sync", "--check").status == 0
        assert str(100 + pages) not in site("show", f":{PATH}")
        assert site("status", "--porcelain") == ""
    assert full
