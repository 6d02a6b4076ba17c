"""A few of the faults that `make faults` tries all of; and the shim itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import campaign
from tests.faults.control import compiler, environment
from tests.faults.scenarios import SCENARIOS

pytestmark = pytest.mark.real_start

SAMPLE = ("set", "pull", "sync", "commit in place", "init", "driver", "pre-commit", "post-merge")
EACH = 3
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def needs_a_compiler() -> None:
    if compiler() is None:
        pytest.skip("no C compiler (cc): the shim of the system calls cannot be made")


def test_a_sample_of_all_faults_breaks_nothing() -> None:
    words = [word for name in SAMPLE for word in ("--only", name)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.campaign", "--sample", str(EACH), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"faults: {EACH * len(SAMPLE)} tried, 0 with something wrong" in done.stdout


PROGRAM = """
import os, sys
from pathlib import Path
from tests.faults.control import FAULTS, Control
top = Path(sys.argv[1])
control = Control(top / "in")
def step():
    for name in ("apart/free", "in/one", "in/two"):
        with open(top / name, "wb", buffering=0) as file:
            file.write(b"12345678")
    os.rename(top / "in/one", top / "in/three")
    os.unlink(top / "in/two")
    return 0
for name, at in (("ENOSPC", 0), ("ENOSPC", 2), ("full", 2), ("EIO", 6), ("kill", 4), ("crash", 5)):
    for place in (top / "in").iterdir():
        place.unlink()
    found = control.run(step, at, FAULTS[name], top)
    files = {place.name: place.read_bytes().decode() for place in sorted((top / "in").iterdir())}
    print(name, found.status, found.calls, found.hit.replace(str(top), ""), files)
"""


def test_a_call_fails_where_it_should(tmp_path: Path) -> None:
    for name in ("in", "apart", "shim"):
        (tmp_path / name).mkdir()
    env = {**os.environ, **environment(tmp_path / "shim")}
    words = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "ENOSPC 0 6  {'three': '12345678'}",
        "ENOSPC 99 2 write /in/one {'one': '1234'}",
        "full 99 2 write /in/one {'one': '1234'}",
        "EIO 99 6 unlink /in/two {'three': '12345678', 'two': '12345678'}",
        "kill -9 4 write /in/two {'one': '12345678', 'two': '1234'}",
        "crash -9 5 rename /in/three {'one': '12345678', 'two': '12345678'}",
    ]


def test_every_command_that_writes_is_tried() -> None:
    hooks = {"pre-commit", "pre-merge-commit", "commit-msg", "post-merge", "post-rewrite"}
    wanted = {"set", "pull", "resolve", "rebase", "sync", "init", "mode", "prune", "driver"}
    upgrades = {"upgrade", "upgrade, live", "upgrade --continue", "upgrade --abort"}
    live = {"live", "live, anew", "live --undo", "live in place", "live in place, undo"}
    undone = {"init --undo", "init --undo, live", "init --undo, in place"}
    assert live | undone <= SCENARIOS.keys()
    assert wanted | hooks | {"post-checkout"} | upgrades <= SCENARIOS.keys()


def test_without_a_compiler_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(campaign, "compiler", lambda: None)
    assert campaign.main([]) == 0
    assert "there is no C compiler" in capsys.readouterr().out
