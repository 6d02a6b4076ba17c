"""Puts a program in Python's place: see started.py. seedgit keeps its path once it is imported."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MARK = ".starter"
PLACE = "START_SERVER"  # the variable that names the folder with the servers' sockets
LIBRARY = "forked_git.so"


def set_up() -> None:
    """Put the program in the interpreter's place. Before anything of seedgit is imported."""
    if not (Path(sys.executable).parents[1] / MARK).exists():
        made = _environment() if "REAL_START" not in os.environ else None
        if made is not None:
            sys.executable = str(made)


def _environment() -> Path | None:
    """An environment whose interpreter is the program; None where it cannot be compiled."""
    compiler, real = shutil.which("cc"), Path(sys.executable)
    config = real.parents[1] / "pyvenv.cfg"
    if sys.platform != "linux" or compiler is None or not config.exists():
        return None
    place = Path(tempfile.mkdtemp(prefix="seedgit-start-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    bin, starter = place / "bin", place / "bin" / "starter"
    bin.mkdir()
    base = os.path.realpath(real)
    words = [compiler, "-O1", f'-DPYTHON="{base}"', "-o", str(starter), str(HERE / "starter.c")]
    done = subprocess.run(words, capture_output=True, check=False)
    probe = [str(starter), "-c", ""]
    if done.returncode or subprocess.run(probe, capture_output=True, check=False).returncode:
        return None
    words = [compiler, "-O1", "-shared", "-fPIC", "-o", str(place / LIBRARY)]
    subprocess.run([*words, str(HERE / "forked_git.c")], capture_output=True, check=False)
    for entry in real.parent.iterdir():
        link = bin / entry.name
        if entry.name.startswith("python"):
            link.symlink_to("starter")
        elif entry.name in ("seedgit", "git-seedgit"):
            text = entry.read_text()
            link.write_text(text.replace(str(real), str(bin / real.name)))
            link.chmod(0o755)
        else:
            link.symlink_to(entry)
    (place / "lib").symlink_to(real.parents[1] / "lib")
    (place / "pyvenv.cfg").write_text(config.read_text())
    (place / MARK).write_text(str(real))
    return bin / real.name


def real_interpreter() -> str:
    """The interpreter itself."""
    mark = Path(sys.executable).parents[1] / MARK
    return mark.read_text() if mark.exists() else sys.executable


def forking_library() -> Path | None:
    """What has git fork: see forked_git.py. None where there is none."""
    library = Path(sys.executable).parents[1] / LIBRARY
    return library if library.exists() else None
