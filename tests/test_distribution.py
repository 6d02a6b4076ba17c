"""What is published: the same bytes from the same sources, and as those who check it want it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.conftest import DATE
from tests.site import RULES

ROOT = Path(__file__).parent.parent
SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
FOLDERS = ("seedgit", "hooks", "docs/man")
SCHEMA = ROOT / "seedgit/schema/seedgit-rules.schema.json"
BUILD = "import sys; from setuptools import build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"
MAN = "share/man/man1/git-seedgit.1"


def sources(place: Path, *, mode: int, time: int) -> Path:
    """A copy of what is packed, with these modes and times of its files."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SOURCES:
        shutil.copyfile(ROOT / name, place / name)
    for path in place.rglob("*"):
        if path.is_file():
            path.chmod(mode)
            os.utime(path, (time, time))
    return place


def built(kind: str, place: Path, out: Path) -> Path:
    """What a front end has setuptools build, which takes nothing from a network."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": DATE.split()[0]}
    words = [sys.executable, "-c", BUILD, f"build_{kind}", str(out)]
    done = subprocess.run(words, cwd=place, check=True, capture_output=True, text=True, env=env)
    assert "deprecated" not in done.stdout + done.stderr  # a newer setuptools would refuse it
    (found,) = out.iterdir()
    return found


def checked(*words: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_builds_have_the_same_bytes(tmp_path: Path) -> None:
    one = sources(tmp_path / "one", mode=0o664, time=1_500_000_000)
    two = sources(tmp_path / "two", mode=0o644, time=1_600_000_000)
    sdist = built("sdist", one, tmp_path / "sdist")
    assert sdist.read_bytes() == built("sdist", two, tmp_path / "sdist again").read_bytes()
    wheel = built("wheel", two, tmp_path / "wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    assert not (unpacked / "tests").exists()
    # So the source distribution lacks nothing either.
    assert wheel.read_bytes() == built("wheel", unpacked, tmp_path / "wheel again").read_bytes()
    with zipfile.ZipFile(wheel) as packed:
        (page,) = (name for name in packed.namelist() if name.endswith(MAN))
        assert packed.read(page) == (ROOT / "docs/man/git-seedgit.1").read_bytes()
    checked("twine", "check", "--strict", sdist, wheel)
    checked("check_wheel_contents", wheel)


def test_the_schema_is_one_and_rules_fit_it(tmp_path: Path) -> None:
    checked("check_jsonschema", "--check-metaschema", SCHEMA)
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.json"
    good.write_text(RULES)
    bad.write_text(json.dumps({"version": 1, "seeds": [{"file": "a.yaml"}]}))
    checked("check_jsonschema", "--schemafile", SCHEMA, good)
    words = ["-m", "check_jsonschema", "--schemafile", str(SCHEMA), str(bad)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "file" in done.stdout
