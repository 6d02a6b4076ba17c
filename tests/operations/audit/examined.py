"""How the tests of doctor examine a clone, and which codes they have provoked."""

from __future__ import annotations

import functools
import json
import re
import shutil
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any
from venv import EnvBuilder

from seedgit import merge_driver
from seedgit.operations.audit.findings import WRONG, Finding
from seedgit.operations.doctor import examine, mend
from seedgit.operations.install.driver_command import driver_command
from seedgit.operations.install.hook_scripts import HOOKS, hook_script
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import Said, seedgit

DOC = Path(__file__).parents[3] / "docs" / "doctor.md"
PACKAGE = Path(merge_driver.__file__).parent
DRIVER = "merge.seedgit.driver"
PROVOKED: set[str] = set()
SEEN: set[str] = set()


def provokes(*named: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The test sees findings of all these codes, or fails."""

    def mark(test: Callable[..., None]) -> Callable[..., None]:
        PROVOKED.update(named)

        @functools.wraps(test)
        def run(*args: Any, **named_args: Any) -> None:
            SEEN.clear()
            test(*args, **named_args)
            assert set(named) <= SEEN

        return run

    return mark


def look(repo: Repo, *, trial: bool = False) -> list[Finding]:
    found = examine(Workspace.open(str(repo.path)), trial=trial)
    SEEN.update(finding.code for finding in found)
    return found


def fix(repo: Repo, *, trial: bool = False) -> dict[str, str]:
    """What --fix does: each thing and its outcome."""
    workspace = Workspace.open(str(repo.path))
    return {step.what: step.outcome for step in mend(workspace, look(repo, trial=trial))}


def wrong(repo: Repo, *, trial: bool = False) -> set[str]:
    return {finding.code for finding in look(repo, trial=trial) if not finding.ok}


def of(repo: Repo, code: str, *, trial: bool = False) -> Finding:
    """The first finding of a code."""
    found = [finding for finding in look(repo, trial=trial) if finding.code == code]
    assert found, f"no {code}"
    assert found[0].detail and (found[0].level != WRONG or found[0].remedy)
    return found[0]


def doctor(repo: Repo, *words: str, env: dict[str, str] | None = None) -> tuple[Said, Any]:
    said = seedgit(repo, "doctor", "--json", *words, env=env)
    report = json.loads(said.out)
    SEEN.update(finding["code"] for finding in report["findings"])
    return said, report


def venv(place: Path, *roots: Path | str) -> Path:
    """The interpreter of a new virtual environment in which these directories are importable."""
    EnvBuilder(symlinks=True).create(place)
    library = next((place / "lib").glob("python*/site-packages"))
    (library / "roots.pth").write_text("".join(f"{root}\n" for root in roots))
    return place / "bin" / "python"


def copied(place: Path, version: str | None = None) -> Path:
    """Another copy of seedgit, of another version perhaps; returns what to import it from."""
    for folder in (PACKAGE, PACKAGE.parent / "hooks"):  # with what is compiled: it takes a second
        shutil.copytree(folder, place / folder.name)
    if version is not None:
        init = place / "seedgit" / "__init__.py"
        init.write_text(re.sub(r'"\d+[^"]*"', f'"{version}"', init.read_text()))
    return place


def install(site: Repo, interpreter: Path, root: Path = PACKAGE.parent) -> None:
    """The driver and the hooks as a seedgit in another environment would install them."""
    site("config", DRIVER, driver_command(str(interpreter), str(root / "seedgit/merge_driver.py")))
    for name in HOOKS:
        script = hook_script(name, str(interpreter), str(root / "seedgit/__main__.py"))
        (site.path / ".git" / "hooks" / name).write_text(script)


LIBRARIES = sysconfig.get_paths()["purelib"]
