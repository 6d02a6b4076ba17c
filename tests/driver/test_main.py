"""The merge driver inside plain git, and as a process that may be killed."""

from __future__ import annotations

import itertools
import json
import resource
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from seedgit import merge_driver
from seedgit.driver import main as driver
from tests.conftest import Repo
from tests.site import FLOW, PATH, seedgit

pytestmark = pytest.mark.real_start

DRIVER = [sys.executable, "-I", "-S", merge_driver.__file__]


def diverge(upstream: Repo, site: Repo, ours: str, theirs: str, path: str = PATH) -> None:
    site.commit({path: ours}, "ours")
    upstream.commit({path: theirs}, "theirs")
    site("fetch", "--quiet")


def test_adjacent_changes_merge(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, FLOW.replace("30", "45"), FLOW.replace("small", "large"))
    site("merge", "origin/main")
    assert site.read(PATH).decode() == FLOW.replace("30", "45").replace("small", "large")


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_a_conflict_is_marked_round_its_entry_alone(upstream: Repo, site: Repo, style: str) -> None:
    diverge(
        upstream, site, FLOW.replace("30", "45"), FLOW.replace("30", "60").replace("l: s", "l: S")
    )
    site("-c", f"merge.conflictStyle={style}", "merge", "origin/main", ok=False)
    base = "||||||| base\ntimeout: 30\n" if style != "merge" else ""
    marked = f"<<<<<<< HEAD\ntimeout: 45\n{base}=======\ntimeout: 60\n>>>>>>> origin/main\n"
    wanted = FLOW.replace("timeout: 30\n", marked).replace("model: small", "model: Small")
    assert site.read(PATH).decode() == wanted


def test_an_overlay_owned_conflict_keeps_the_sites_value(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, FLOW.replace("50", "1"), FLOW.replace("50", "80"))
    site("merge", "origin/main")
    assert "max_items: 1\n" in site.read(PATH).decode()


def test_both_added_one_file(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, "a: 1\nb: 2\n", "a: 1\nc: 3\n", "flows/new.yaml")
    site("merge", "origin/main")
    assert site.read("flows/new.yaml").decode() == "a: 1\nb: 2\nc: 3\n"


def test_what_does_not_parse_is_gits_own_merge(upstream: Repo, site: Repo) -> None:
    base = "{{ if x }}\na: 1\nb: 2\nc: 3\nd: 4\n{{ end }}\n"
    upstream.commit({"flows/t.yaml": base}, "template")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, base.replace("1", "7"), base.replace("4", "8"), "flows/t.yaml")
    said = site("merge", "origin/main", ok=True)
    assert site.read("flows/t.yaml").decode() == base.replace("1", "7").replace("4", "8")
    assert "Merge made" in said


def test_without_its_interpreter_git_merges_by_lines(upstream: Repo, site: Repo) -> None:
    command = site("config", "merge.seedgit.driver").replace(sys.executable, "/nowhere/python")
    site("config", "merge.seedgit.driver", command)
    diverge(upstream, site, FLOW.replace("30", "45"), FLOW.replace("30", "60"))
    site("merge", "origin/main", ok=False)
    assert "<<<<<<< HEAD\ntimeout: 45\n" in site.read(PATH).decode()


def test_a_broken_installation_is_gits_own_merge(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    command = site("config", "merge.seedgit.driver").replace(merge_driver.__file__, str(broken))
    site("config", "merge.seedgit.driver", command)
    diverge(upstream, site, FLOW.replace("30", "45"), FLOW.replace("30", "60"))
    site("merge", "origin/main", ok=False)
    assert "<<<<<<< HEAD\ntimeout: 45\n" in site.read(PATH).decode()
    assert site("ls-files", "--others") == ""


def test_a_criss_cross_merge_has_a_real_base(upstream: Repo, site: Repo) -> None:
    site("checkout", "--quiet", "-b", "one")
    site.commit({PATH: FLOW.replace("30", "45")}, "one")
    site("checkout", "--quiet", "-b", "two", "main")
    site.commit({PATH: FLOW.replace("small", "large")}, "two")
    first, second = site("rev-parse", "one"), site("rev-parse", "two")
    site("merge", "--quiet", "--no-edit", first)
    site("checkout", "--quiet", "one")
    site("merge", "--quiet", "--no-edit", second)
    site.commit({PATH: site.read(PATH).decode().replace("name: wiki", "name: x")}, "three")
    site("checkout", "--quiet", "two")
    site.commit({PATH: site.read(PATH).decode().replace("limit: 5", "limit: 6")}, "four")
    site("merge", "--quiet", "--no-edit", "one")
    wanted = FLOW.replace("30", "45").replace("small", "large")
    assert site.read(PATH).decode() == wanted.replace("name: wiki", "name: x").replace(
        "limit: 5", "limit: 6"
    )


@pytest.mark.parametrize(
    "name", ["$(touch x).yaml", "a b'c\".yaml", "-n.yaml", "\udcff.yaml", "n\nl.yaml"]
)
def test_hostile_names(upstream: Repo, site: Repo, name: str) -> None:
    path = f"flows/{name}"
    upstream.commit({path: FLOW}, "hostile")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, FLOW.replace("30", "45"), FLOW.replace("small", "large"), path)
    site("merge", "origin/main")
    assert site.read(path).decode() == FLOW.replace("30", "45").replace("small", "large")
    assert not (site.path / "x").exists()


def files(place: Path, base: bytes, ours: bytes, theirs: bytes) -> list[str]:
    names = []
    for name, content in ((".m_O", base), (".m_A", ours), (".m_B", theirs)):
        (place / name).write_bytes(content)
        names.append(str(place / name))
    return names


def spent() -> float:
    """Seconds of processor time of the programs that have ended: other work does not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def limited() -> None:
    limit = 2 * 1024**3
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


NONSENSE = {
    "deep.yaml": b"[" * 100_000,
    "deep.json": b"[" * 100_000,
    "deep.toml": b"a = " + b"[" * 100_000,
    "blocks.yaml": b"".join(b" " * n + b"a:\n" for n in range(400)),
    "laughs.yaml": b"a: &a [x,x]\n"
    + b"".join(
        b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(20)
    ),
    "keys.yaml": b"a: 1\na: 2\n",
    "keys.json": b'{"a": 1, "a": 2}',
    "digits.yaml": b"a: " + b"9" * 100_000,
    "digits.json": b"9" * 100_000,
    "python.yaml": b"a: !!python/object/apply:os.system ['true']\n",
    "nul.yaml": b"a: \0\n",
    "bytes.yaml": b"a: \xff\xfe\n",
    "escape.yaml": b"a: \x1b[2J\n",
    "nan.json": b'{"a": NaN}',
    "large.yaml": b"".join(b"key%d: value\n" % n for n in range(60_000)),
    "empty.json": b"",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_ends_as_a_whole_file_in_time(name: str, tmp_path: Path) -> None:
    base = NONSENSE[name]
    paths = files(tmp_path, base, base + b"\n# ours\n", b"# theirs\n" + base)
    before = spent()
    done = subprocess.run(
        [*DRIVER, *paths, "7", name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=limited,
        check=False,
        timeout=20,
    )
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stderr
    assert "Error:" not in done.stderr, done.stderr
    assert spent() - before < 10
    result = Path(paths[1]).read_bytes()
    assert b"# ours" in result or b"# theirs" in result
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".m")) == [
        ".m_A",
        ".m_B",
        ".m_O",
    ]


def test_gits_conflict_is_marked_once(tmp_path: Path) -> None:
    base, ours, theirs = b"{{ x }}: 1\n", b"{{ x }}: 2\n", b"{{ x }}: 3\n"
    paths = files(tmp_path, base, ours, theirs)
    done = subprocess.run([*DRIVER, *paths, "7", "a.yaml"], cwd=tmp_path, check=False)
    assert done.returncode == 1
    marked = b"<<<<<<< HEAD\n" + ours + b"=======\n" + theirs + b">>>>>>> theirs\n"
    assert Path(paths[1]).read_bytes() == marked
    assert len(list(tmp_path.glob(".m*"))) == 3


# Runs a program, and kills it before it does something to a file of a directory for the nth time.
KILLED = """
import os, runpy, signal, sys

number, folder, program, *arguments = sys.argv[1:]
left = int(number)

def look(event, args):
    global left
    names = [os.fsdecode(arg) for arg in args if isinstance(arg, (str, bytes))]
    if any(name.startswith(folder) for name in names):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(look)
sys.argv = [program, *arguments]
runpy.run_path(program, run_name="__main__")
"""


def test_killed_at_any_time_it_leaves_a_whole_file(tmp_path: Path) -> None:
    rows = [f"key{n}: {n}\n" for n in range(3000)]
    base, ours, theirs = list(rows), list(rows), list(rows)
    ours[10], theirs[11], ours[20], theirs[20] = (
        "key10: o\n",
        "key11: t\n",
        "key20: o\n",
        "key20: t\n",
    )
    texts = ["".join(x).encode() for x in (base, ours, theirs)]
    seen = []
    for number in itertools.count(1):
        paths = files(tmp_path, *texts)
        words = [sys.executable, "-I", "-S", "-c", KILLED, str(number), str(tmp_path)]
        done = subprocess.run(
            [*words, merge_driver.__file__, *paths, "7", "f.yaml"], cwd=tmp_path, check=False
        )
        seen.append(Path(paths[1]).read_bytes())
        assert Path(paths[0]).read_bytes() == texts[0]
        if done.returncode != -signal.SIGKILL:
            break
    assert len(seen) > 3
    untouched, by_lines, by_structure = dict.fromkeys(seen)
    assert untouched == texts[1]
    for merged in (by_lines, by_structure):
        assert b"<<<<<<< HEAD" in merged and merged.endswith(b"key2999: 2999\n")


# What a user may run over seeds that cannot be read; {} is one of them.
COMMANDS = (
    ("render", "{}"),
    ("set", "{}", "/a", "1"),
    ("capture", "{}"),
    ("why", "{}", "/a"),
    ("blame", "{}"),
    ("diff", "{}"),
)
WHOLE = (
    ("status",),
    ("status", "--overlay"),
    ("diff",),
    ("rebase",),
    ("pending",),
    ("doctor",),
    ("hook", "pre-commit"),
    ("hook", "post-merge"),
    ("conflicts",),
    ("prune",),
)


# Runs commands, each in a process of its own: a fork, for Python takes longer to start. What one
# has loaded, the next ones find loaded.
COMMAND_LINES = """
import gc, importlib, json, os, sys
from contextlib import suppress
from seedgit.cli.main import main

place = sys.argv[1]
for number, words in enumerate(json.load(sys.stdin)):
    child = os.fork()
    if not child:
        for stream in (1, 2):
            os.dup2(os.open(f"{place}/{number}.{stream}", os.O_WRONLY | os.O_CREAT), stream)
        try:
            sys.exit(main(words))
        finally:
            with open(f"{place}/loaded", "w") as loaded:
                loaded.write(" ".join(sys.modules))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    with suppress(FileNotFoundError), open(f"{place}/loaded") as loaded:
        for name in loaded.read().split():
            if name not in sys.modules and name.startswith(("seedgit.", "ruamel.", "json.")):
                importlib.import_module(name)
    gc.freeze()
"""


def limited_runs(place: Path, *commands: tuple[str, ...]) -> list[tuple[int, bytes, str]]:
    """Exit status, output and errors of each command."""
    with TemporaryDirectory() as said:
        done = subprocess.run(
            [sys.executable, "-c", COMMAND_LINES, said],
            input=json.dumps(commands).encode(),
            cwd=place,
            stdout=subprocess.PIPE,
            preexec_fn=limited,
            check=True,
            timeout=240,
        )
        return [
            (
                int(status),
                Path(said, f"{number}.1").read_bytes(),
                Path(said, f"{number}.2").read_text(),
            )
            for number, status in enumerate(done.stdout.split())
        ]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_command_meets_nonsense_with_a_clear_error(repo: Repo, words: tuple[str, ...]) -> None:
    rules = b'version: 1\nseeds: [{files: "**"}]\n'
    repo.commit({".seedgit.yaml": rules, **NONSENSE})
    names = NONSENSE if words[0] == "render" else [n for n in NONSENSE if n != "large.yaml"]
    commands = [tuple(word.format(name) for word in words) for name in names]
    runs = limited_runs(repo.path, *commands)
    for name, (status, out, error) in zip(names, runs, strict=True):
        assert status in (0, 2, 3), (name, error)
        assert "Traceback" not in error
        assert "internal error" not in error
        if status:
            assert name in error
        elif words[0] == "render":
            assert out == NONSENSE[name]


@pytest.mark.parametrize("words", WHOLE, ids=" ".join)
def test_a_command_over_all_seeds_meets_nonsense(repo: Repo, words: tuple[str, ...]) -> None:
    """Seeds that cannot be read are named; the readable one beside them is still served."""
    repo.commit({".seedgit.yaml": b'version: 1\nseeds: [{files: "**"}]\n', "good.yaml": "a: 1\n"})
    assert seedgit(repo, "set", "good.yaml", "/a", "2").status == 0
    repo.write(NONSENSE)
    repo("add", "--all")
    (status, _, error), good = limited_runs(repo.path, words, ("render", "good.yaml"))
    assert status in (0, 1), error
    assert "Traceback" not in error
    assert "internal error" not in error
    assert good[1] == b"a: 2\n"


def test_an_invalid_string_is_named_as_such(tmp_path: Path) -> None:
    base = b'{"a": 1, "b": "x"}\n'
    paths = files(tmp_path, base, b'{"a": 2, "b": "x"}\n', b'{"a": 1, "b": "x\t"}\n')
    done = subprocess.run(
        [*DRIVER, *paths, "7", "x.json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "not valid JSON: invalid control character" in done.stderr


@pytest.mark.parametrize("shell", [True, False])
@pytest.mark.parametrize("error", ["MemoryError", "OSError(12, 'Cannot allocate memory')"])
def test_no_memory_to_start_with(error: str, shell: bool, tmp_path: Path) -> None:
    """Neither to read the files, nor to say so as usual; git's merge may stand there already."""
    package = tmp_path / "seedgit"
    package.mkdir()
    start = Path(merge_driver.__file__)
    (package / start.name).write_bytes(start.read_bytes())
    (package / "__init__.py").write_text("")
    (package / "driver").mkdir()
    (package / "driver/__init__.py").write_text("")
    (package / "driver/main.py").write_text(f"def main(argv):\n    raise {error}\n")
    paths = files(tmp_path, b"a: 1\n", b"a: 2\n", b"a: 3\n")
    words = [sys.executable, "-I", "-S", str(package / start.name), *paths, "7", "a.yaml"]
    words += ["r", "1"] if shell else []
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == driver.FAILED
    assert done.stderr == "seedgit: out of memory: it did nothing\n"
    assert Path(paths[1]).exists() == shell
