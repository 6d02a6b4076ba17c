"""Nothing that upstream tracks is imported: files named as modules lie in the tree of every run."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.operations.install.hook_scripts import HOOKS
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, program_path, seedgit, site_of

pytestmark = pytest.mark.real_start

ROOT = Path(__file__).parent.parent


@cache
def module_names() -> list[str]:
    installed = filter(str.isidentifier, importlib.metadata.packages_distributions())
    own = ("seedgit", "sitecustomize", "usercustomize")
    return sorted({*sys.stdlib_module_names, *installed, *own})


def traps(mark: Path) -> dict[str, str]:
    """A file for each name that Python may look for, as a module and as a package."""
    code = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\n"
    files = {f"{name}.py": code for name in module_names()}
    packages = ("yaml", "pygit2", "tomlkit", "argcomplete", "seedgit", "json")
    return files | {f"{name}/__init__.py": code for name in packages}


@pytest.fixture
def mark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Is there once a trap was imported; the same place for all tests, for it is in the traps."""
    place = tmp_path_factory.getbasetemp() / "ran"
    place.unlink(missing_ok=True)
    return place


@pytest.fixture
def hostile(repo: Repo, mark: Path) -> Repo:
    """A site whose upstream tracks the traps, with everything installed."""
    return site_of(package(repo, traps(mark)), hooks=True)


@pytest.fixture
def environment(hostile: Repo, tmp_path: Path, mark: Path) -> dict[str, str]:
    """What leads Python into the working tree, or to a start-up file, where it is believed."""
    start = tmp_path / "start.py"
    start.write_text(traps(mark)["json.py"])
    user = tmp_path / "user" / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"
    user.mkdir(parents=True)
    for name in ("usercustomize", "seedgit", "pygit2"):
        (user / f"{name}.py").write_text(traps(mark)["json.py"])
    return {
        "PYTHONPATH": f":{hostile.path}:.",
        "PYTHONSTARTUP": str(start),
        "PYTHONHOME": str(hostile.path),
        "PYTHONUSERBASE": str(tmp_path / "user"),
        "PYTHONINSPECT": "",
    }


def edited(old: str, new: str) -> dict[str, str]:
    return {PATH: FLOW.replace(old, new)}


def look_alike(mark: Path, folder: str) -> dict[str, str]:
    """What makes git take a directory for a repository, and run what its configuration says."""
    config = f'[core]\n\tworktree = ..\n\tfsmonitor = touch {mark}; false\n[merge "seedgit"]\n'
    files = {"HEAD": "ref: refs/heads/main\n", "config": config, "objects/x": "", "refs/x": ""}
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_a_directory_like_a_repository_is_none(repo: Repo, tmp_path: Path, mark: Path) -> None:
    folder = PATH.rpartition("/")[0]
    left = f"{folder}/.seedgit-999999999-00"  # as of a process that is no more
    site = site_of(package(repo, {**look_alike(mark, folder), left: "x"}), hooks=True)
    site.write(edited("limit: 5", "limit: 6"))
    assert seedgit(site, "capture", PATH, "--why", "here").status == 0
    assert site("status", "--porcelain") == ""
    for words in (["status"], ["set", "wiki.yaml", "/timeout", "5", "--why", "x"], ["doctor"]):
        said = seedgit(site, "-C", str(site.path / folder), *words)
        assert said.status == 4
        assert "looks like a bare repository" in said.err
    assert not mark.exists()


def test_the_traps_are_some(mark: Path) -> None:
    assert {"json.py", "seedgit.py", "_sqlite3.py", "yaml/__init__.py"} <= traps(mark).keys()
    assert len(module_names()) > 250


def test_the_traps_work(hostile: Repo, mark: Path) -> None:
    words = [sys.executable, "-c", "import seedgit"]
    subprocess.run(words, cwd=hostile.path, capture_output=True)
    assert "seedgit" in mark.read_text()


def test_hooks_and_driver(
    hostile: Repo, repo: Repo, mark: Path, environment: dict[str, str]
) -> None:
    repo.commit(edited("limit: 5", "limit: 6"), "v2")
    hostile.commit({"README": "x\n"}, "no seed")
    hostile.write(edited("timeout: 30", "timeout: 45"))
    hostile("add", "--all")
    assert "/timeout: 30 -> 45" in hostile("commit", "-m", "edit", ok=False, env=environment)
    allowed = {**environment, "SEEDGIT_ALLOW": "trial"}
    # In a commit it ends in the shell: pre-commit has noted the trailer.
    keeper, env = hostile.path / ".git/hooks/commit-msg", {**os.environ, **allowed}
    (hostile.path / ".git/message").write_text("x\n")
    subprocess.run([keeper, ".git/message"], cwd=hostile.path, env=env, check=True)
    assert "Seed-Change: trial" in (hostile.path / ".git/message").read_text()
    hostile("commit", "-m", "edit", env=allowed)
    assert "Seed-Change: trial" in hostile("log", "-1", "--format=%B")
    said = seedgit(hostile, "set", PATH, "/paused", "true")
    assert said.status == 0, said.err
    hostile("fetch", "--quiet")
    hostile("merge", "--quiet", "origin/main", env=environment)
    assert b"limit: 6" in hostile.read(PATH) and b"timeout: 45" in hostile.read(PATH)
    # The far edits were merged without Python; these meet.
    repo.commit(edited("model: small", "model: large"), "v3")
    hostile("pull", "--quiet", "--no-rebase", env=environment)
    (hostile.path / ".git/seedgit/settled").unlink()  # by which the next hook ends in the shell
    hostile("commit", "--quiet", "--amend", "--no-edit", env=environment)
    (hostile.path / ".git/seedgit/live").mkdir()  # by which post-checkout knows of a live tree
    hostile("checkout", "--quiet", "-b", "other", env=environment)
    runs = [row["entry"] for row in _journal(hostile)]
    assert {f"hook {name}" for name in HOOKS} | {"merge-driver"} <= set(runs)
    assert not mark.exists(), mark.read_text()


def _journal(repo: Repo) -> list[dict[str, Any]]:
    from seedgit.journal import Journal

    return Journal(repo.path / ".git").rows()


def test_the_doctor_probes_without_them(
    hostile: Repo, mark: Path, environment: dict[str, str]
) -> None:
    seedgit(hostile, "set", PATH, "/paused", "true")
    words = [sys.executable, "-I", "-m", "seedgit", "doctor"]
    # The shell's own seedgit is a person's to start; there is none here.
    env = {**os.environ, **environment, "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, cwd=hostile.path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "post-merge: common directory .git" in done.stdout
    assert not mark.exists(), mark.read_text()


COMMANDS = (
    ("status", "--overlay"),
    ("plan", "origin/main", "--html", "page.html"),
    ("render", PATH),
    ("fleet", "plan", "origin/main"),
    ("doctor",),
    ("doctor", "--fix"),
    ("verify", "HEAD^!"),
    ("replay",),
    ("divergences", "--html", "other.html"),
    ("completion", "bash"),
    ("help", "set"),
    ("init",),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_commands_of_a_person(hostile: Repo, mark: Path, words: tuple[str, ...]) -> None:
    seedgit(hostile, "set", PATH, "/paused", "true")
    program = Path(sys.executable).with_name("seedgit")
    done = subprocess.run([program, *words], cwd=hostile.path, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    assert not mark.exists(), mark.read_text()


def test_gits_own_spelling_and_completion(hostile: Repo, mark: Path) -> None:
    env = {"PATH": program_path()}
    hostile("seedgit", "status", env=env)
    script = (
        'eval "$(seedgit completion bash)"; COMP_LINE="seedgit sta"; COMP_POINT=11; COMP_TYPE=9; '
        "COMP_WORDS=(seedgit sta); COMP_CWORD=1; _python_argcomplete seedgit; "
        'echo "${COMPREPLY[@]}"'
    )
    words = ["bash", "--noprofile", "--norc", "-c", script]
    env = {**os.environ, **env}
    done = subprocess.run(words, cwd=hostile.path, env=env, capture_output=True, text=True)
    assert done.stdout.strip() == "status", done.stderr
    assert not mark.exists(), mark.read_text()


def test_every_python_that_is_written_down_is_isolated() -> None:
    """In what is run where somebody else's files may lie: hooks, the action, the docs."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    scripts = [step["run"] for step in action["runs"]["steps"] if "run" in step]
    texts = [place.read_text() for place in (ROOT / "hooks").iterdir() if place.is_file()]
    calls = [
        line
        for text in (*scripts, *texts)
        for line in text.splitlines()
        if re.search(r"python\"? |\"\$PYTHON\" |@PYTHON@", line, re.I) and "#" not in line
        if not line.startswith("test ")
    ]
    assert len(calls) == 4 + 4  # each of the two scripts runs it, and asks whether it runs at all
    assert all(re.search(r"(PYTHON@|python\"|PYTHON\") -I ", line) for line in calls), calls
