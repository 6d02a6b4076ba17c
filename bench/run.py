"""What a merge costs: the driver beside a bare Python, git's own merge, and any peer on PATH.

usage: bench/run.py [--rounds N] [--files N]

First table: one file, one cold process each, as git calls it (by a shell), in alternating rounds.
Second table: one `git merge` of many files. Times are in milliseconds; the ratio is to git by its
median. The word beside a case is what came out: clean or conflict. "seedgit" is the command that
`seedgit init` installs; "its Python alone" is what that starts where lines alone do not show that
git's own merge is right.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import tomlkit
import yaml

from seedgit.operations.driver_command import driver_command

ROOT = Path(__file__).resolve().parent.parent
PYTHON = f"exec {shlex.quote(sys.executable)} -I -S"
DRIVER = f"{PYTHON} {shlex.quote(str(ROOT / 'seedgit' / 'merge_driver.py'))} %O %A %B %L %P"
MERGIRAF = "exec mergiraf merge --git %O %A %B -p %P -s ours -x base -y theirs"
BIG = 200_000


class Case(NamedTuple):
    """Three versions of one file."""

    name: str
    path: str
    base: str
    ours: str
    theirs: str


class Tool(NamedTuple):
    """What merges: a shell command with git's %O, %A, %B, %L, %P."""

    name: str
    command: str


class Timing(NamedTuple):
    milliseconds: list[float]
    outcome: str


def service(number: int, rng: random.Random) -> str:
    """One entry of a chart's values: nested maps, lists, comments, quoted and plain scalars."""
    port = rng.randrange(1024, 65535)
    name = f"service-{number:03d}"
    return f"""\
# -- Settings of {name}
{name}:
  enabled: {rng.choice(("true", "false"))}
  # -- How many pods run at once
  replicaCount: {rng.randrange(1, 9)}
  image:
    registry: registry.example.com
    repository: team/{name}
    tag: "{rng.randrange(1, 9)}.{rng.randrange(20)}.{rng.randrange(20)}"
    pullPolicy: IfNotPresent
  resources:
    requests: {{cpu: {rng.randrange(50, 500)}m, memory: {rng.randrange(64, 512)}Mi}}
    limits:
      cpu: "{rng.randrange(1, 4)}"
      memory: {rng.randrange(1, 8)}Gi
  ports:
    - name: http
      containerPort: {port}
      protocol: TCP
    - name: metrics
      containerPort: {port + 1}
      protocol: TCP
  env:
    - name: LOG_LEVEL
      value: {rng.choice(("info", "debug", "warn"))}
    - name: QUEUE
      value: '{name}-jobs'
  config: |
    [server]
    listen = 0.0.0.0:{port}
    workers = {rng.randrange(1, 32)}
  nodeSelector: {{}}
  tolerations: []
"""


def values_file(size: int, seed: int = 1) -> str:
    """A file like a Helm chart's values.yaml, of at least `size` characters, always the same."""
    rng = random.Random(seed)
    parts = ["# Values of the chart. Every key has a default.\n"]
    length = number = 0
    while length < size:
        parts.append(service(number, rng))
        length += len(parts[-1])
        number += 1
    return "\n".join(parts)


def changed(text: str, service_number: int, line: str, new: str) -> str:
    """`text` with one line of one service replaced, known by how it begins."""
    start = text.index(f"\nservice-{service_number:03d}:")
    at = text.index(f"\n{line}", start) + 1
    end = text.index("\n", at)
    return text[:at] + new + text[end:]


def three(name: str, base: str, *, services: tuple[int, int], adjacent: bool) -> Case:
    """Ours pins a replica count; theirs changes a line far away, or the one below it."""
    ours_in, theirs_in = services
    ours = changed(base, ours_in, "  replicaCount:", "  replicaCount: 42")
    if adjacent:
        theirs = changed(base, theirs_in, "  # -- How many", "  # -- How many pods there are")
        theirs = changed(theirs, theirs_in, "  enabled:", "  enabled: maybe")
    else:
        theirs = changed(base, theirs_in, "    pullPolicy:", "    pullPolicy: Always")
    return Case(name, "values.yaml", base, ours, theirs)


def as_json(text: str) -> str:
    """The same values, as JSON."""
    return json.dumps(yaml.safe_load(text), indent=2) + "\n"


def as_toml(text: str) -> str:
    return tomlkit.dumps(yaml.safe_load(text))


def adjacent(name: str, path: str, base: str) -> Case:
    """Ours changes a value of the last service, theirs the one on the line before it."""
    at = base.rindex('"pullPolicy"' if path.endswith("json") else "pullPolicy")
    ours = base[:at] + base[at:].replace("IfNotPresent", "Always", 1)
    before = base.rindex("\n", 0, at) - (2 if path.endswith("json") else 1)
    return Case(name, path, base, ours, base[:before] + "9" + base[before:])


def adjacent_json() -> Case:
    base = '{\n  "name": "triage",\n  "timeout_s": 30,\n  "model": "small",\n  "retries": 2\n}\n'
    ours = base.replace("30", "45")
    return Case("adjacent edits, JSON", "triage.json", base, ours, base.replace("small", "medium"))


def cases() -> list[Case]:
    small = values_file(2_500)
    big = values_file(BIG)
    last = big.count("\n# -- Settings of ") - 2
    return [
        three("far apart, YAML", small, services=(0, 2), adjacent=False),
        three("adjacent edits, YAML", small, services=(1, 1), adjacent=True),
        adjacent_json(),
        three(f"far apart, {len(big) // 1000} kB", big, services=(2, last), adjacent=False),
        three(f"adjacent, {len(big) // 1000} kB", big, services=(last, last), adjacent=True),
        *(
            adjacent(f"adjacent, {len(text) // 1000} kB of {name}", f"values.{name.lower()}", text)
            for name, text in (("JSON", as_json(big)), ("TOML", as_toml(big)))
        ),
    ]


def sealed(home: Path) -> dict[str, str]:
    """An environment in which git reads no configuration but ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON"))}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "bench",
        "GIT_AUTHOR_EMAIL": "bench@example.com",
        "GIT_COMMITTER_NAME": "bench",
        "GIT_COMMITTER_EMAIL": "bench@example.com",
        "LC_ALL": "C",
    }


def tools() -> list[Tool]:
    """git's own merge first: the ratios are to it."""
    found = [
        Tool("git merge-file", "exec git merge-file -q %A %O %B"),
        Tool("python -I -S -c pass", f"{PYTHON} -c pass"),
        Tool("seedgit", driver_command()),
        Tool("its Python alone", DRIVER),
    ]
    if shutil.which("mergiraf"):
        found.append(Tool("mergiraf", MERGIRAF))
    return found


def merge_once(tool: Tool, case: Case, folder: Path, env: dict[str, str]) -> tuple[float, str]:
    """One cold process over fresh files: (milliseconds, what came out)."""
    # git's temporary files carry no suffix, so neither do these.
    files = {"%O": folder / "O", "%A": folder / "A", "%B": folder / "B"}
    for file, text in zip(files.values(), (case.base, case.ours, case.theirs), strict=True):
        file.write_text(text, encoding="utf-8", newline="")
    places = {place: str(file) for place, file in files.items()} | {"%L": "7", "%P": case.path}
    command = tool.command
    for place, name in places.items():
        command = command.replace(place, shlex.quote(name))

    start = time.perf_counter()
    result = subprocess.run(command, cwd=folder, env=env, capture_output=True, shell=True)
    milliseconds = (time.perf_counter() - start) * 1000
    status = result.returncode
    if "%A" not in tool.command:
        return milliseconds, "-"
    if status < 0 or status > 127:
        return milliseconds, f"failed ({status})"
    return milliseconds, outcome(status, result.stderr.decode(errors="replace"))


def outcome(status: int, messages: str) -> str:
    """What came out, and how often the driver left it to git and why."""
    word = "conflict" if status else "clean"
    _, given_up, why = messages.partition("git's own merge is used: ")
    if given_up:
        word += f" (left to git {messages.count(given_up)} x: {why.splitlines()[0][:60]})"
    return word


def one_file(rounds: int, folder: Path, env: dict[str, str]) -> None:
    contenders = tools()
    for case in cases():
        times: dict[str, list[float]] = {tool.name: [] for tool in contenders}
        outcomes: dict[str, str] = {}
        for number in range(rounds + 1):
            for tool in contenders if number % 2 else contenders[::-1]:
                milliseconds, outcomes[tool.name] = merge_once(tool, case, folder, env)
                if number:  # the first round only warms the disk's cache
                    times[tool.name].append(milliseconds)
        table(case.name, {name: Timing(ms, outcomes[name]) for name, ms in times.items()})


@contextmanager
def repository(files: int, env: dict[str, str]) -> Iterator[Path]:
    """A repository whose branches `main` and `theirs` both changed every file, far apart."""
    with tempfile.TemporaryDirectory(prefix="seedgit-bench-") as name:
        folder = Path(name)
        case = three("", values_file(2_500), services=(0, 2), adjacent=False)

        def commit(text: str, message: str) -> None:
            for number in range(files):
                # Every file has its own content, so that git cannot take one for another.
                own = f"# file {number}\n{text}"
                (folder / "flows" / f"{number:04d}.yaml").write_text(own, encoding="utf-8")
            git(folder, env, "add", "-A")
            git(folder, env, "commit", "-qm", message)

        (folder / "flows").mkdir()
        git(folder, env, "init", "-q", "-b", "main")
        git(folder, env, "config", "gc.auto", "0")
        commit(case.base, "base")
        git(folder, env, "branch", "theirs")
        commit(case.ours, "ours")
        git(folder, env, "switch", "-q", "theirs")
        commit(case.theirs, "theirs")
        git(folder, env, "switch", "-q", "main")
        git(folder, env, "tag", "start")
        (folder / ".git" / "info").mkdir(exist_ok=True)
        yield folder


def git(folder: Path, env: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run git: (exit status, messages); only a merge may fail, with a conflict."""
    result = subprocess.run(
        ["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, errors="replace"
    )
    if result.returncode not in ((0, 1) if arguments[0] == "merge" else (0,)):
        raise SystemExit(f"git {shlex.join(arguments)}: {result.stderr.strip()}")
    return result.returncode, result.stderr


def many_files(rounds: int, files: int, env: dict[str, str]) -> None:
    contenders = [Tool("git, no driver", ""), *tools()[2:]]
    with repository(files, env) as folder:
        attributes = folder / ".git" / "info" / "attributes"
        for number, tool in enumerate(contenders):
            git(folder, env, "config", f"merge.tool{number}.driver", tool.command)
        times: dict[str, list[float]] = {tool.name: [] for tool in contenders}
        outcomes: dict[str, str] = {}
        for number in range(rounds):
            for tool in contenders if number % 2 else contenders[::-1]:
                rule = f"*.yaml merge=tool{contenders.index(tool)}\n" if tool.command else ""
                attributes.write_text(rule, encoding="utf-8")
                start = time.perf_counter()
                status, messages = git(folder, env, "merge", "-q", "--no-edit", "theirs")
                times[tool.name].append((time.perf_counter() - start) * 1000)
                outcomes[tool.name] = outcome(status, messages)
                git(folder, env, "reset", "-q", "--hard", "start")
        title = f"git merge, {files} files"
        table(title, {name: Timing(ms, outcomes[name]) for name, ms in times.items()}, files)


def table(title: str, rows: dict[str, Timing], files: int = 0) -> None:
    """Print the timings of one case; the first row is what the ratios are to."""
    first = statistics.median(next(iter(rows.values())).milliseconds)
    print(f"\n{title:<26}{'min':>9}{'median':>9}{'x git':>8}", end="")
    print(f"{'ms a file':>11}" if files else "")
    for name, timing in rows.items():
        low, middle = min(timing.milliseconds), statistics.median(timing.milliseconds)
        print(f"  {name:<24}{low:>9.1f}{middle:>9.1f}{middle / first:>8.1f}", end="")
        print(f"{middle / files:>11.2f}" if files else "", f" {timing.outcome}", flush=True)


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=positive, default=15, help="rounds a case (15)")
    parser.add_argument("--files", type=positive, default=300, help="files of the git merge (300)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seedgit-bench-") as name:
        home = Path(name) / "home"
        work = Path(name) / "work"
        home.mkdir()
        work.mkdir()
        env = sealed(home)
        print(f"Python {sys.version.split()[0]}, milliseconds, {options.rounds} rounds", flush=True)
        one_file(options.rounds, work, env)
        many_files(min(options.rounds, 5), options.files, env)
    return 0


if __name__ == "__main__":
    sys.exit(main())
