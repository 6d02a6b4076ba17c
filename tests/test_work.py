"""How much a command does beside its work: the modules it loads, the processes it starts."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.cli.commands import COMMANDS
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

pytestmark = pytest.mark.real_start

ROOT = str(Path(__file__).parent.parent)
LIBRARIES = str(Path(yaml.__file__).parents[1])
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv.pop(1))
started = []
import os
spawn = os.posix_spawnp
def spawned(name, words, *more, **options):
    words = [*words]
    rest = map(os.fsdecode, words[1:])
    for word in rest:
        if word in ("-C", "-c"):
            next(rest)
        elif not word.startswith("-"):
            started.append(word)
            break
    return spawn(name, words, *more, **options)
os.posix_spawnp = spawned
from seedgit.start import main
status = main()
print(json.dumps([status, started, list(sys.modules)]))
"""
MARKS = {
    place.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for place in Path(ROOT, "seedgit").rglob("__init__.py")
    if place.read_text().count("\n") == 1
}
# Each of them takes longer to load than a command runs without it.
UNNEEDED = {
    "argcomplete", "difflib", "hashlib", "pygit2", "random", "secrets", "shlex", "socket", "ssl",
    "dataclasses", "inspect", "tempfile", "tomlkit", "subprocess", "traceback", "yaml",
}  # fmt: skip
READ = ["rev-parse", "config", "cat-file", "ls-files"]
UNTOLD = ["cat-file", "ls-files"]  # the configuration and the places are known already
NEEDED = {"diff": {"difflib"}, "pending": {"hashlib"}, "mode": {"hashlib", "shlex"}}
WRITE = ["index-pack", "update-ref"]
ANSWER = ["config", "status", "for-each-ref"]  # what an answer depends on, as git says it


@pytest.fixture
def site(repo: Repo) -> Repo:
    package(repo)
    seedgit(repo, "init")
    assert seedgit(repo, "set", PATH, "/timeout", "45").status == 0
    return repo


def work(site: Repo, *words: str, before: str = "") -> tuple[list[str], set[str]]:
    """The git commands that a command starts, and the modules it loads. `before`: more to run."""
    program = PROGRAM.replace("import os\n", f"import os\n{before}")
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, ROOT, *words],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    assert found[0] == 0, done.stderr
    return found[1], set(found[2])


def own(modules: Iterable[str]) -> list[str]:
    """Which of these modules are seedgit's; not the marks of its folders, in which nothing is."""
    return [name for name in modules if name.startswith("seedgit.") and name not in MARKS]


@pytest.mark.parametrize(
    ("words", "processes", "most"),
    [
        (["set", PATH, "/timeout", "60"], [*READ, *WRITE], 93),
        (["unset", PATH, "/timeout"], [*READ, *WRITE], 94),
        (["undo"], ["rev-parse", "config", "cat-file", *WRITE], 87),
        (["status"], [*UNTOLD, "rev-list", *ANSWER], 104),
        (["pending"], [*READ, "for-each-ref", "rev-list"], 96),
        (["log"], ["rev-parse", "config", "cat-file", "rev-list"], 83),
        (["why", PATH, "/timeout"], [*READ, "blame", "ls-tree"], 88),
        (["render", PATH], READ, 85),
        (["diff"], READ, 93),
        (["mode"], ["rev-parse", "config"], 94),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_command_loads_and_starts_little(
    site: Repo, words: list[str], processes: list[str], most: int
) -> None:
    # However slow the machine is: the seed has just been written, so no answer is kept.
    just_now = "import seedgit.answer; seedgit.answer.RACY = 10 ** 18\n"
    started, modules = work(site, *words, before=just_now if words == ["status"] else "")
    assert sorted(started) == sorted(processes)
    assert modules & UNNEEDED <= NEEDED.get(words[0], set()), sorted(modules & UNNEEDED)
    assert len(own(modules)) <= most


def test_an_answer_is_printed_again_without_loading_anything(site: Repo) -> None:
    at_once = "import seedgit.answer; seedgit.answer.RACY = -(10 ** 18)\n"
    work(site, "status", before=at_once)
    started, modules = work(site, "status", before=at_once)
    assert started == ANSWER
    assert len(own(modules)) <= 13
    assert not modules & {*UNNEEDED, "argparse", "pathlib"}


def test_a_sync_with_nothing_to_do_loads_next_to_nothing(site: Repo) -> None:
    app = site.path.parent / "app"
    assert seedgit(site, "live", str(app)).status == 0
    for file in app.rglob("*.*"):
        os.utime(file, (1, 1))
    at_once = "import seedgit.answer; seedgit.answer.RACY = -(10 ** 18)\n"
    also = "from seedgit.git import file_ids; file_ids.RACY = -(10 ** 18)\n"
    for _ in range(2):
        work(site, "sync", before=at_once + also)
    started, modules = work(site, "sync", before=at_once)
    assert started == ["config", "for-each-ref"]
    assert len(own(modules)) <= 14
    assert not modules & {*UNNEEDED, "argparse", "pathlib"}
    (app / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    started, modules = work(site, "sync", before=at_once)
    assert sorted(started) == sorted(["config", "for-each-ref", *UNTOLD, *WRITE])
    assert not modules & (UNNEEDED - {"yaml"} | {"datetime", "pathlib", "urllib.parse"})
    assert len(own(modules)) <= 113


def test_a_plan_without_a_merge_loads_and_starts_little(repo: Repo) -> None:
    """It has no quarantine, and so nothing that makes or removes one, and reads in one process."""
    site = site_of(package(repo))
    repo.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("fetch", "--quiet")
    started, modules = work(site, "plan")
    assert started.count("cat-file") == 1
    assert not modules & (UNNEEDED - {"yaml"} | {"base64", "shutil"})


@pytest.mark.parametrize("name", ["status", "plan"])
def test_what_upstream_has_is_asked_once(repo: Repo, name: str) -> None:
    upstream = package(repo)
    site = site_of(upstream)
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("fetch", "--quiet")
    started, modules = work(site, name)
    asked = ["rev-parse", "config", "cat-file", "rev-parse", "merge-base"]
    if name == "status":
        asked += ["rev-list", "diff-index", "ls-files", *ANSWER, "config", "for-each-ref"]
    else:
        asked += ["ls-files", "ls-tree", "ls-tree", "diff-tree", "status"]
    assert len(started) <= len(asked) and not set(started) - set(asked), started
    assert "pygit2" not in modules


@pytest.mark.parametrize("upstream", ["origin/main", "main", None])
def test_the_hook_of_a_commit_asks_git_once_for_each_thing(
    repo: Repo, upstream: str | None
) -> None:
    site = site_of(package(repo))
    if upstream:
        site("config", "seedgit.upstream", upstream)
    (site.path / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    site("add", PATH)
    started, modules = work(site, "hook", "pre-commit")
    found = [] if upstream else ["rev-parse"]
    asked = ["rev-parse", "config", "cat-file", "diff-index", "ls-files", "ls-tree"]
    assert sorted(started) == sorted([*asked, *found])
    assert not modules & (UNNEEDED - {"yaml"} | {"base64", "shutil"})
    assert len(own(modules)) <= 71


# -- the filter of files in place ------------------------------------------------------------------

FILTER = PROGRAM.replace("seedgit.start", "seedgit.operations.in_place.filter").replace(
    "status = main()",
    """from seedgit.formats.document import Document
parsed = 0
parse = Document.parse.__func__
def counting(*words):
    global parsed
    parsed += 1
    return parse(*words)
Document.parse = classmethod(counting)
told = sys.argv.pop(1)
status = main()
sys.stdout = open(told, "w")
started.append(parsed)""",
)


@pytest.mark.parametrize(
    ("command", "parsed", "most"),
    [("add", 0, 89), ("checkout", 0, 89), ("written", 5, 90), ("upgrade", 2, 94)],
)
def test_the_filter_takes_one_process_and_little_work(
    repo: Repo, tmp_path: Path, command: str, parsed: int, most: int
) -> None:
    """Of each file; what is known by its content is not parsed."""
    paths = [f"flows/{name}.yaml" for name in "abcd"]
    site = site_of(package(repo, dict.fromkeys(paths, FLOW)))
    for path in paths:
        assert seedgit(site, "set", path, "/timeout", "45").status == 0
    assert seedgit(site, "live", "--in-place").status == 0
    for path in paths:
        if command == "written":
            file = site.path / path
            file.write_text(file.read_text().replace("limit: 5", "limit: 6"))
        os.utime(site.path / path)
    words = ["add", "."]
    if command == "checkout":
        words = ["checkout", "--force", "HEAD", "--", "."]
        for path in paths:
            (site.path / path).unlink()
    elif command == "upgrade":
        repo.commit({path: FLOW.replace("model: small", "model: large") for path in paths}, "v2")
        site("fetch", "--quiet")
        words = ["checkout", "--quiet", "--force", "origin/main", "--", "flows"]
    told = tmp_path / "told"
    started = shlex.join([sys.executable, "-I", "-c", FILTER, ROOT, str(told)])
    site("-c", f"filter.seedgit.process={started}", *words)
    status, (*processes, documents), modules = json.loads(told.read_text())
    assert status == 0
    assert documents == parsed * len(paths)
    assert set(processes) <= set(READ)
    assert len(processes) == len(set(processes))
    assert len(own(modules)) <= most
    assert {*modules} & UNNEEDED <= {"yaml"}


# -- what is answered without a repository ---------------------------------------------------------

TAB = {"_ARGCOMPLETE": "1", "COMP_TYPE": "9"}
ANSWERED = [["--version"], ["--help"], ["help"], *(["help", name] for name in COMMANDS)]
# `python -c pass` takes as long as loading three or four of them.
HEAVY = {
    "dataclasses", "datetime", "difflib", "hashlib", "importlib.metadata", "inspect", "pathlib",
    "pygit2", "subprocess", "sqlite3", "yaml",
}  # fmt: skip


def loaded(words: list[str], env: dict[str, str]) -> tuple[str, set[str]]:
    """What `seedgit` prints, on the descriptor 8 too, and the modules that it loads."""
    program = (
        "import os, sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]\n"
        "from seedgit.start import main\n"
        "end = os._exit\n"
        "def ended(status):\n"
        "    print(file=sys.stderr)\n"
        "    print(*sys.modules, file=sys.stderr, flush=True)\n"
        "    end(status)\n"
        "os._exit = ended\n"
        "try: main()\n"
        "finally: sys.stdout.flush(), ended(0)\n"
    )
    # Without what the `site` of this very interpreter loads.
    words = [sys.executable, "-I", "-S", "-c", program, ROOT, LIBRARIES, *words]
    shell = ["sh", "-c", 'exec "$@" 8>&1', "sh", *words]
    done = subprocess.run(
        shell, env={**os.environ, **env}, capture_output=True, text=True, check=True
    )
    return done.stdout, set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("words", ANSWERED, ids=" ".join)
def test_help_loads_no_more_than_it_shows(words: list[str]) -> None:
    out, modules = loaded(words, {})
    assert out
    assert not modules & HEAVY
    own = {name for name in modules if name.startswith("seedgit.")}
    assert not {name for name in own if name.startswith("seedgit.operations")}
    assert len(own) <= (7 if len(words) == 1 else 30)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("seedgit stat", "status "),
        ("seedgit help stat", "status "),
        ("seedgit set --wh", "--why "),
        ("seedgit -C. plan --ht", "--html "),
        ("seedgit fleet pl", "plan "),
    ],
)
def test_the_tab_key_loads_no_more_than_it_needs(line: str, answer: str) -> None:
    out, modules = loaded([], {**TAB, "COMP_LINE": line, "COMP_POINT": str(len(line))})
    assert out == answer
    assert not modules & HEAVY
    assert len([name for name in modules if name.startswith("seedgit.cli.commands.")]) <= 1


def test_the_tab_key_finds_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "wiki.yaml").touch()
    monkeypatch.chdir(tmp_path)
    for line, answer in (("seedgit set fl", "flows/"), ("seedgit set flows/", "flows/wiki.yaml ")):
        out, modules = loaded([], {**TAB, "COMP_LINE": line, "COMP_POINT": str(len(line))})
        assert (out, modules & HEAVY) == (answer, set())


def test_the_list_of_commands_says_what_their_modules_say() -> None:
    said = {name: str(COMMANDS[name].__doc__).splitlines()[0] for name in COMMANDS}
    assert said == COMMANDS.summaries


def test_a_second_status_loads_no_parser(site: Repo) -> None:
    """What it worked out before is remembered, and nothing was merged, fetched or edited."""
    work(site, "status")
    _, modules = work(site, "status")
    parsers = {"yaml", "tomllib", "seedgit.formats.yaml", "seedgit.formats.json"}
    engine = {
        "seedgit.merge.engine",
        "seedgit.operations.stack.effective",
        "seedgit.overlay.rebase",
    }
    others = {"seedgit.operations.pull", "seedgit.operations.waiting.kept_by_merges", "pygit2"}
    assert not modules & (parsers | engine | others)
