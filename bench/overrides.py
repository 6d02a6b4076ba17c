"""Many overrides: made at once from a file, one after the other, and as many of one seed as a
record holds. That beside a twentieth of them shows whether anything grows faster than they do."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from bench import repositories as made
from bench import seeds
from bench.table import LONG, Row, Way, compare
from seedgit.digest import blob_id

REF = "refs/seedgit/overlays/local"
ONE_BY_ONE = """
import sys
from seedgit.operations.set import set_override
from seedgit.operations.workspace import Workspace
workspace = Workspace.open(".")
for path in sys.argv[1:]:
    set_override(workspace, path, "/paused", True, "again")
"""


def changes(name: str, wanted: Iterator[tuple[str, str, object]]) -> Path:
    """A file of changes, in JSON Lines."""
    path = made.scratch() / name
    with path.open("w") as out:
        for file, pointer, value in wanted:
            entry = {"file": file, "pointer": pointer, "value": value, "why": "burn-in"}
            out.write(json.dumps(entry) + "\n")
    return path


def restored(folder: Path) -> Callable[[], object]:
    """Puts the overlay back to what it is now."""
    found = made.git(folder, "for-each-ref", "--format=%(objectname)", REF).strip()
    words = ("update-ref", REF, found) if found else ("update-ref", "-d", REF)
    return functools.partial(made.git, folder, *words)


def from_file(folder: Path, path: Path) -> Way:
    command = (*made.SEEDGIT, "set", "--from", path, "--new")
    return Way("set --from", command, folder, made.sealed(), restored(folder))


def one_by_one(folder: Path, count: int) -> Way:
    paths = [seeds.path_of(10 * number + 3) for number in range(count)]
    command = (sys.executable, "-I", "-c", ONE_BY_ONE, *paths)
    return Way(f"{count} of them", command, folder, made.sealed(), restored(folder))


@functools.cache
def large(overrides: int, op: str = "replace") -> Path:
    """A seed with a line for each of as many overrides, and a test for each of these."""
    folder = made.scratch() / f"large-{overrides}-{op}"
    folder.mkdir()
    keys = [f"key{number:06}" for number in range(overrides)]
    text = "m:\n" + "".join(f"  {key}: value number {key[3:]}\n" for key in keys) + "  z: 1\n"
    patch = []
    for key in keys:
        place = {"path": f"/m/{key}"}
        patch.append({"op": "test", **place, "value": f"value number {key[3:]}"})
        value = {"value": f"other {key[3:]}"} if op == "replace" else {}
        patch.append({"op": op, **place, **value})
    base = blob_id(text.encode())
    record = {"version": 1, "path": "flows/a.yaml", "base": base, "patch": patch}
    files = {
        b"refs/heads/main": {b".seedgit.yaml": made.RULES, b"flows/a.yaml": text},
        REF.encode(): {
            b"records/flows%2Fa.yaml/record.json": json.dumps(record, indent=2),
            b"records/flows%2Fa.yaml/base": text,
        },
    }
    made.git(folder, "init", "-q", "-b", "main", ".")

    def write(out: IO[bytes]) -> None:
        for ref, contents in files.items():
            out.write(b"commit %s\n" % ref + made.PERSON + made.data(b"made"))
            for path, content in contents.items():
                out.write(b"M 100644 inline %s\n" % path + made.data(content.encode()))

    made.imported(folder, write)
    made.git(folder, "reset", "-q", "--hard")
    return folder


def status(folder: Path) -> Way:
    """`status` with nothing remembered."""
    before = functools.partial(seeds.forgotten, folder)
    return Way("status", (*made.SEEDGIT, "status"), folder, made.sealed(), before)


def rows(rounds: int) -> Iterator[Row]:
    folder = made.copy(seeds.repository(seeds.COUNT, seeds.OVERRIDDEN))
    many = changes("many", ((seeds.path_of(10 * n + 3), "/paused", True) for n in range(1000)))
    one = made.copy(large(2500))
    made.git(one, "update-ref", "-d", REF)
    single = changes("single", (("flows/a.yaml", f"/m/key{n:06}", "x") for n in range(1000)))
    ways = [from_file(folder, many), from_file(one, single)]
    costs = compare(ways, rounds)
    yield Row("set --from, 1,000 of 1,000 seeds", costs[0].cpu, most=2)
    yield Row("set --from, 1,000 of one seed", costs[1].cpu, most=2)
    most, few = compare([one_by_one(folder, 250), one_by_one(folder, 50)], 1, warm=False)
    yield Row("set_override, 250 in one process", most.cpu, "50 of them", few.cpu, most_ratio=5)
    ways = [status(large(2500)), status(large(50_000))]
    some, all_of_them = compare(ways, min(rounds, LONG))
    yield Row("status, 5,000 operations on a seed", some.cpu)
    yield Row("..., 100,000", all_of_them.cpu, "5,000", some.cpu, 20, 2)
    ways = [status(large(2500, "remove")), status(large(50_000, "remove"))]
    some, all_of_them = compare(ways, min(rounds, LONG))
    yield Row("..., 100,000 that remove neighbours", all_of_them.cpu, "5,000", some.cpu, 20)
