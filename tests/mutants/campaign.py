"""Changes one place of a module, in a clone, and asks whether a test notices: `make mutants`.

cosmic-ray makes the mutants. chosen.py says which of them count, and draws a sample; noting.py
notes which tests reach what; play.py runs them. `--coverage` reports the branches alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests import mirror
from tests.mutants.chosen import add_arguments, work_items

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.md")
LIVE_TREE = ("live_file", "ledger", "in_step", "written_file", "late_writes", "sync_run")
LIVE_TREE += ("made_of", "contents")
# The engine first.
MODULES = (
    "merge/*",
    "values/*",
    *(f"overlay/{name}" for name in ("rebase", "edit", "patch", "record_merge", "sources")),
    *(f"operations/live_tree/{name}" for name in LIVE_TREE),
    "operations/sync",
    *(f"operations/in_place/{name}" for name in ("content", "run", "notes", "filtered", "lying")),
)
# What else says what a folder's modules do, or one module, beside their own tests and those of
# mirror.py.
MORE = {
    "merge": ("test_cases.py", "merge"),
    "values": (
        "values",
        "test_cases.py",
        "merge/test_decide_list.py",
        "overlay",
        "merge/test_moved.py",
    ),
    "overlay": ("overlay", "operations/test_pull.py", "operations/test_why.py", "test_laws.py"),
    "operations/in_place": ("operations/in_place", "operations/test_busy.py"),
    "operations/sync": ("operations/test_sync_steps.py", "operations/test_busy.py"),
    "operations/live_tree": (
        "operations/live_tree",
        "operations/test_busy.py",
        "operations/test_live.py",
        "operations/test_set.py",
        "operations/test_withheld.py",
        "operations/audit/test_live.py",
    ),
}

# What has no behaviour to test: a method that each format has to give.
ABSTRACT = "raise NotImplementedError$"


def modules(patterns: Iterable[str], root: Path) -> list[Path]:
    """The files of `merge/decide`, `merge/*`, in order."""
    found = []
    for pattern in patterns:
        files = sorted((root / "seedgit").glob(f"{pattern}.py"))
        if not files:
            raise SystemExit(f"mutants: there is no module {pattern}")
        found += [path for path in files if path.name != "__init__.py"]
    return list(dict.fromkeys(found))


def tests_of(names: Iterable[str]) -> list[str]:
    """The tests of modules: their own, of their whole, and of their folder."""
    found: dict[str, None] = {}
    for name in names:
        folder, _, last = name.rpartition("/")
        own = (f"{folder}/test_{last}.py",) if folder else ()
        whole = mirror.MODULES.get(name, mirror.FOLDERS.get(folder, ()))
        for test in (*own, *whole, *MORE.get(folder, ()), *MORE.get(name, ())):
            if (ROOT / "tests" / test).exists():
                found[f"tests/{test}"] = None
    folders = [Path(test) for test in found if not test.endswith(".py")]
    return [test for test in found if not any(each in folders for each in Path(test).parents)]


def copy_of_the_checkout(place: Path) -> Path:
    """A clone with what is not committed yet: nothing is ever mutated but there."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(place)], check=True)
    for option in ("--modified", "--others"):
        words = ["git", "ls-files", "-z", option, "--exclude-standard"]
        listed = subprocess.run(words, cwd=ROOT, check=True, capture_output=True).stdout
        for name in map(os.fsdecode, listed.split(b"\0")[:-1]):
            (place / name).unlink(missing_ok=True)
            if (ROOT / name).is_file():
                (place / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, place / name)
    return place


def run_pytest(clone: Path, plugin: str, words: list[str], env: dict[str, str]) -> int:
    """Run pytest in the clone; all that is started there imports the clone's package."""
    pure = not any("operations" in word for word in words)
    env = {**os.environ, **env, "PYTHONPATH": str(clone)}
    if pure:  # no server for programs that are never started
        env["REAL_START"] = "1"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--capture=sys"]
    again = [sys.executable, "-m", "pytest", "-p", plugin, *options, *words]
    return subprocess.run(again, cwd=clone, env=env, check=False).returncode


def check_what_is_imported(clone: Path) -> None:
    """The tests have to see the clone's package, not the checkout's."""
    words = [sys.executable, "-c", "import seedgit; print(seedgit.__file__)"]
    env = {**os.environ, "PYTHONPATH": str(clone)}
    said = subprocess.run(words, cwd=clone, env=env, check=True, capture_output=True, text=True)
    if Path(said.stdout.strip()) != clone / "seedgit/__init__.py":
        raise SystemExit(f"mutants: the tests would import {said.stdout.strip()}")


class Arguments(argparse.Namespace):
    modules: list[str]
    coverage: bool
    limit: float
    minutes: float
    reached: str
    tests: list[str]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=list(MODULES), help="such as merge/decide")
    parser.add_argument("--coverage", action="store_true", help="only which branches tests reach")
    parser.add_argument("--limit", type=float, default=60, help="seconds of tests for a mutant")
    parser.add_argument("--minutes", type=float, default=600, help="after these, no more is begun")
    parser.add_argument("--tests", nargs="+", default=[], help="only these files or folders")
    parser.add_argument("--reached", default="", help="keep here what tests reach, or take it")
    add_arguments(parser)
    options = parser.parse_args(argv, namespace=Arguments())
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        clone = copy_of_the_checkout(Path(name) / "clone")
        check_what_is_imported(clone)
        files = modules(options.modules, clone)
        names = [str(path.relative_to(clone / "seedgit").with_suffix("")) for path in files]
        folder = Path(options.reached or Path(name) / "reached").absolute()
        env = {
            "MUTANTS_REACHED": str(folder),
            "MUTANTS_MODULES": " ".join(map(str, files)),
            "MUTANTS_SESSION": str(Path(name) / "session.sqlite"),
            "MUTANTS_LIMIT": str(options.limit),
            "MUTANTS_MINUTES": str(options.minutes),
        }
        tests = options.tests or tests_of(names)
        if not (folder / "coverage").exists():
            folder.mkdir(exist_ok=True)
            if run_pytest(clone, "tests.mutants.noting", tests, env):
                print("mutants: tests fail without any mutant; they are left out")
        if options.coverage:
            return report_coverage(folder, files, clone)
        session = Path(env["MUTANTS_SESSION"])
        fill(session, files, options)
        run_pytest(clone, "tests.mutants.play", tests, env)
        return report(session, clone)


def report_coverage(folder: Path, files: list[Path], clone: Path) -> int:
    import coverage

    os.chdir(clone)
    found = coverage.Coverage(data_file=str(folder / "coverage"), branch=True, config_file=False)
    found.set_option("run:relative_files", True)
    found.exclude(ABSTRACT)
    found.load()
    found.report(morfs=[os.path.relpath(path) for path in files], show_missing=True)
    return 0


def fill(session: Path, files: list[Path], options: argparse.Namespace) -> None:
    """A session of cosmic-ray with the chosen mutants of the files."""
    from cosmic_ray.work_db import use_db

    with use_db(str(session)) as work:
        for path in files:
            work.add_work_items(work_items(path, options))


def report(session: Path, clone: Path) -> int:
    """The table, and each survivor that is not explained. 1 if there is one."""
    from cosmic_ray.work_db import use_db
    from cosmic_ray.work_item import WorkerOutcome

    known = explained()
    counts: dict[str, Counter[str]] = {}
    alive: list[str] = []
    with use_db(str(session)) as work:
        for item, result in work.completed_work_items:
            if result.worker_outcome is not WorkerOutcome.NORMAL:
                continue
            spec = item.mutations[0]
            became, _, word = (result.output or "").partition("\n")
            name = str(spec.module_path.relative_to(clone / "seedgit").with_suffix(""))
            if became in ("survived", "not reached"):
                told = (name, spec.definition_name or "", result.diff or "")
                if told in known:
                    became = "explained"
                else:
                    at = f"seedgit/{name}.py:{spec.start_pos[0]}"
                    alive.append(f"{at} ({became}: {word})\n    | {' | '.join(told)} | |")
            counts.setdefault(name, Counter())[became] += 1
    print("\n".join(table(counts)))
    print("\n".join(sorted(alive)))
    return 1 if alive else 0


def explained() -> set[tuple[str, str, str]]:
    """The rows of survivors.md: module, function, mutation."""
    rows = (line.split(" | ") for line in SURVIVORS.read_text().splitlines() if line[:2] == "| ")
    return {(row[0][2:], row[1], " | ".join(row[2:-1])) for row in rows}


def table(counts: dict[str, Counter[str]]) -> Iterator[str]:
    kinds = ("killed", "timed out", "explained", "survived", "not reached")
    yield f"{'module':34}{'mutants':>9}" + "".join(f"{kind:>13}" for kind in kinds) + f"{'%':>7}"
    whole = sum(counts.values(), Counter())
    for name, row in [*sorted(counts.items()), ("all", whole)]:
        total = sum(row.values())
        share = 100 * (row["killed"] + row["timed out"]) / max(total, 1)
        cells = "".join(f"{row[kind]:13}" for kind in kinds)
        yield f"{name:34}{total:9}{cells}{share:7.1f}"


if __name__ == "__main__":
    sys.exit(main())
