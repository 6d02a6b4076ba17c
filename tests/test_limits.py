"""What a merge may cost, and what is left where git's own merge fails too."""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seedgit import codes, merge_driver
from seedgit.errors import InvalidDocument
from seedgit.files.safe import TEMPORARY
from seedgit.formats.document import Document
from seedgit.git.stored_record import record_name
from seedgit.journal import Journal
from seedgit.limits import Limit
from seedgit.merge.version import SIZE_LIMIT
from seedgit.operations import rebase as persist
from seedgit.operations.workspace import Stored, Workspace
from seedgit.rules.ownership import Rules
from seedgit.values.align import align
from seedgit.values.diff import diff
from seedgit.values.patch import apply
from tests.built import prepared
from tests.conftest import Repo
from tests.hostile import REF, entry_of, put_tree
from tests.site import FLOW, PATH, seedgit

pytestmark = pytest.mark.real_start

DRIVER = "merge.seedgit.driver"
# Edits beside each other: git by itself finds a conflict, a structural merge none.
OURS, THEIRS = FLOW.replace("30", "45"), FLOW.replace("model: small", "model: large")
MERGED = OURS.replace("model: small", "model: large")
CLASH = FLOW.replace("30", "60")


def diverge(upstream: Repo, site: Repo, ours: bytes, theirs: bytes, path: str = PATH) -> None:
    upstream.commit({path: theirs}, "theirs")
    site.write({path: ours})
    site("add", "--all")
    site("commit", "--quiet", "--no-verify", "-m", "ours")
    site("fetch", "--quiet")


def merge(site: Repo) -> tuple[int, str]:
    done = subprocess.run(
        ["git", "merge", "origin/main"], cwd=site.path, capture_output=True, check=False
    )
    return done.returncode, done.stderr.decode()


def last_row(site: Repo) -> dict[str, Any]:
    return Journal(site.path / ".git").rows(entry="merge-driver", limit=1)[0]


# -- time, memory, nodes ---------------------------------------------------------------------------


def flat(changed: dict[int, int]) -> bytes:
    """Just under the size limit, on one line: git's merge by lines is a conflict."""
    count = 430_000
    members = (f'"k{n:06}":{changed.get(n, n)}' for n in range(count))
    return ("{" + ",".join(members) + "}\n").encode()


@pytest.fixture
@prepared
def large(upstream: Repo, site: Repo) -> Repo:
    path = "flows/large.json"
    upstream.commit({path: flat({})}, "base")
    site("pull", "--quiet", "--no-rebase")
    # Changes far apart on one line: nothing can be cut out, so all of it is merged.
    diverge(upstream, site, flat({1: 0, 429_998: 0}), flat({3: 0}), path)
    return site


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("seedgit.timeLimit", "1", "TimeoutError: over seedgit.timeLimit, 1 s"),
        ("seedgit.memoryLimit", "100m", "MemoryError: over seedgit.memoryLimit, 104857600 bytes"),
    ],
)
def test_over_a_limit_gits_own_merge_is_the_result(
    large: Repo, key: str, value: str, said: str
) -> None:
    large("config", key, value)
    status, errors = merge(large)
    assert status == 1
    assert f"git's own merge is used: {said}" in errors
    assert large.read("flows/large.json").startswith(b"<<<<<<< HEAD\n{")
    row = last_row(large)
    assert (row["reason"], row["outcome"]) == (codes.GIT_OVER_LIMIT, "failed")
    assert said.partition(":")[0] in row["error"]
    assert large("ls-files", "--others") == ""


def test_a_limit_that_is_no_number_is_told(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, OURS.encode(), THEIRS.encode())
    site("config", "seedgit.timeLimit", "soon")
    site("config", "seedgit.memoryLimit", "1²")
    status, errors = merge(site)
    assert status == 0
    assert "seedgit.timeLimit is 'soon', not a number: 10 counts" in errors
    assert "seedgit.memoryLimit is '1\\xb2', not a number: 2147483648 counts" in errors


@pytest.mark.parametrize("value", ["0", "1k", "3"])
def test_the_limits_are_as_git_has_numbers(upstream: Repo, site: Repo, value: str) -> None:
    diverge(upstream, site, OURS.encode(), THEIRS.encode())
    site("config", "seedgit.timeLimit", value)
    site("config", "seedgit.memoryLimit", "0" if value == "0" else "1g")
    assert merge(site) == (0, "")
    assert site.read(PATH).decode() == MERGED


def test_who_does_not_hear_the_alarm_ends(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    diverge(upstream, site, FLOW.replace("30", "45").encode(), CLASH.encode())
    deaf = tmp_path / "deaf.py"
    deaf.write_text("import os, signal; os.kill(os.getpid(), signal.SIGALRM)")
    command = site("config", DRIVER).replace(merge_driver.__file__, str(deaf))
    site("config", DRIVER, command)
    assert merge(site)[0] == 1
    assert "<<<<<<< HEAD\ntimeout: 45\n" in site.read(PATH).decode()


def some(value: int) -> str:
    return "{" + ",".join(f'"k{n:06}":{n}' for n in range(60_000)) + f',"z":{value}}}\n'


def test_an_alarm_that_is_lost_comes_again() -> None:
    with pytest.raises(TimeoutError), Limit(0.05):
        with suppress(OSError):
            _count_for_ever()
        _count_for_ever()


def _count_for_ever() -> None:
    for _ in count():
        pass


def test_a_hook_refuses_what_it_cannot_check_in_time(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.commit({"flows/some.json": some(1), PATH: FLOW}, "base")
    site.write({"flows/some.json": some(2), PATH: FLOW.replace("timeout: 30", "timeout: 45")})
    site("add", "--all")
    monkeypatch.setattr("seedgit.operations.check.time_limit", lambda _: 0.005)
    said = seedgit(site, "hook", "pre-commit")
    assert said.status == 1
    assert (
        "flows/some.json: seed-unchecked: the check is over seedgit.timeLimit, 0.005 s" in said.out
    )
    assert "git -c seedgit.timeLimit=60 allows it more" in said.out
    assert f"{PATH}:3: /timeout: 30 -> 45" in said.out
    monkeypatch.undo()
    assert "flows/some.json:1: /z: 1 -> 2" in seedgit(site, "hook", "pre-commit").out


def test_a_hook_leaves_a_record_that_takes_too_long(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.commit({"flows/some.json": '{"z": 1}\n', "flows/one.json": '{"z": 1}\n'}, "base")
    for path in ("flows/some.json", "flows/one.json"):
        assert seedgit(site, "set", path, "/z", "9").status == 0
    site.commit({"flows/some.json": '{"z": 2}\n', "flows/one.json": '{"z": 2}\n'}, "larger")
    before = site("rev-parse", "refs/seedgit/overlays/local")
    work = persist.layer_over

    def endless(workspace: Workspace, item: Stored, *rest: Any) -> Any:
        if item.path == "flows/some.json":
            _count_for_ever()
        return work(workspace, item, *rest)

    monkeypatch.setattr(persist, "layer_over", endless)
    monkeypatch.setattr("seedgit.git.settings.time_limit", lambda _: 1)
    assert seedgit(site, "hook", "post-merge").status == 0
    shown = site("diff", "--name-only", before, "refs/seedgit/overlays/local").split()
    assert {name.split("/")[1] for name in shown} == {"flows%2Fone.json"}
    assert seedgit(site, "status").status == 0


def test_a_hook_looks_for_moved_seeds_no_longer_than_its_time(site: Repo) -> None:
    """git compares each seed that is gone with each that has no record: here 40,000 pairs."""
    here, gone = ("".join(f"{n}\n" for n in range(k, k + 90_000)) for k in (0, 100_000))
    base, seeds = site.blob(gone), site.tree({f"s{n}.yaml": site.blob(here) for n in range(200)})
    flows = site.tree({"flows": seeds}, "040000")
    site("read-tree", "--empty")
    site("read-tree", flows)
    entries = {
        record_name(f"flows/x{n}.yaml"): entry_of(site, f"flows/x{n}.yaml", {"patch": []}, base)
        for n in range(200)
    }
    put_tree(site, site.tree(entries, "040000"))
    before = site("rev-parse", REF)
    site("config", "seedgit.timeLimit", "1")
    started = time.monotonic()
    assert seedgit(site, "hook", "post-merge").status == 0
    assert time.monotonic() - started < 10
    assert site("rev-parse", REF) == before


def test_a_hook_asks_of_changed_files_only_whether_they_are_seeds(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    match = Rules.match
    monkeypatch.setattr(
        Rules, "match", lambda rules, path: asked.append(path) or match(rules, path)
    )
    site.commit({f"other/{n}.yaml": f"a: {n}\n" for n in range(20)}, "others")
    site.write({"other/1.yaml": "a: 5\n"})
    site("add", "--all")
    assert seedgit(site, "hook", "pre-commit").status == 0
    assert asked == ["other/1.yaml"]


def test_a_hook_compares_files_with_the_rules_no_longer_than_that(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    files = "".join(f"      - '*a*b*c*d{n}*.yaml'\n" for n in range(300))
    rules = f"version: 1\nseeds:\n  - files:\n      - {PATH}\n{files}"
    many = {f"x/{'abcd' * 8}{n}.txt": "" for n in range(300)}
    site.commit({".seedgit.yaml": rules, PATH: FLOW.replace("30", "45"), **many}, "rules")
    before = site("rev-parse", "refs/seedgit/overlays/local")
    monkeypatch.setattr("seedgit.git.settings.time_limit", lambda _: 0.005)
    gc.collect()  # an alarm in the finalizer of an earlier command's clone would be lost
    assert seedgit(site, "hook", "post-merge").status == 0
    assert site("rev-parse", "refs/seedgit/overlays/local") == before
    monkeypatch.undo()
    assert seedgit(site, "hook", "post-merge").status == 0
    assert site("rev-parse", "refs/seedgit/overlays/local") != before


@pytest.mark.parametrize("item", ["1", "[1]", '{"a": 1}', '{"a": 1, "b": [[]]}'])
def test_items_that_are_all_alike_are_soon_in_doubt(item: str) -> None:
    """Each was compared with each: 20,000 took ten minutes and more."""
    body = ", ".join([item] * 4_000)
    one, other = (json.loads(f"[{end}, {body}, {end}]") for end in ("2", "3"))
    one.insert(0, 0)
    assert align(one, other).unsafe
    assert apply(diff(one, other), one) == other


@pytest.mark.parametrize(
    ("asked", "size"), [("20", 20), ("2000000000", 9999), ("99999999999", None), ("-5", 7)]
)
def test_a_tracked_attribute_asks_for_markers(
    upstream: Repo, site: Repo, asked: str, size: int | None
) -> None:
    upstream.commit({".gitattributes": f"* conflict-marker-size={asked}\n"}, "attributes")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, FLOW.replace("30", "45").encode(), CLASH.encode())
    assert merge(site)[0] == 1
    marked = site.read(PATH).decode()
    assert len(marked) < 50_000
    if size is not None:  # else git itself makes some other number of it
        assert f"\n{'<' * size} HEAD\ntimeout: 45\n" in marked
    assert seedgit(site, "conflicts", PATH, "--take", "1=theirs").status == 0
    assert site.read(PATH).decode() == CLASH
    site("merge", "--abort")
    assert seedgit(site, "plan", "origin/main").status in (0, 1)


HUGE = {
    "x.json": lambda n: "[" + "[]," * n + "[]]",
    "x.yaml": lambda n: "[" + "[]," * n + "[]]",
    "y.yaml": lambda n: "- a\n" * n,
    "x.toml": lambda n: "a = [" + "[]," * n + "[]]",
    "y.toml": lambda n: "".join(f"a{i} = 1\n" for i in range(n)),
    "x.ini": lambda n: "".join(f"a{i} = 1\n" for i in range(n)),
}


@pytest.mark.parametrize("path", HUGE)
def test_a_document_has_a_bound_of_values(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    Document.parse(HUGE[path](1).encode(), path)  # the modules of its format are loaded
    for module in [m for name, m in sys.modules.items() if name.startswith("seedgit.formats.")]:
        if hasattr(module, "NODE_LIMIT"):
            monkeypatch.setattr(module, "NODE_LIMIT", 1000)
    assert Document.parse(HUGE[path](990).encode(), path).value
    with pytest.raises(InvalidDocument, match=f"{path}:[0-9]+: .*more than 1000 (values|settings)"):
        Document.parse(HUGE[path](1001).encode(), path)


def test_a_long_file_without_aliases_is_no_expansion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        importlib.import_module("seedgit.formats.yaml.read"), "EXPANSION_LIMIT", 100
    )
    text = "".join(f"k{n}: {n}\n" for n in range(1000))
    assert len(Document.parse(text.encode(), "x.yaml").root.entries) == 1000
    with pytest.raises(InvalidDocument, match="its aliases stand for too much"):
        Document.parse(b"a: &a [1, 2, 3]\nb: [" + b"*a, " * 40 + b"]\n", "x.yaml")


@pytest.mark.parametrize(("item", "seconds"), [("[]", None), ("1", "2")])
def test_eight_megabytes_of_brackets_are_soon_gits(
    upstream: Repo, site: Repo, item: str, seconds: str | None
) -> None:
    """As it is: what only a real size shows is that nothing of it costs out of proportion.

    One has the time that everybody has; the other shows the same in less.
    """
    count = (SIZE_LIMIT - 30) // (len(item) + 1)
    body = f"{item}," * count
    upstream.commit({"flows/x.json": f"[{body}2]\n"}, "base")
    site("pull", "--quiet", "--no-rebase")
    theirs, ours = f"[{body}3]\n".encode(), f"[0,{body}2]\n".encode()
    diverge(upstream, site, ours, theirs, "flows/x.json")
    if seconds:
        site("config", "seedgit.timeLimit", seconds)
    started = time.monotonic()
    status, errors = merge(site)
    assert time.monotonic() - started < 60  # it was 83 s and over 200 s
    assert status == 1
    assert "git's own merge is used" in errors
    assert site.read("flows/x.json").startswith(b"<<<<<<< HEAD\n")


# -- where git's own merge fails -------------------------------------------------------------------

DIED = 'echo "fatal: Out of memory, malloc failed" >&2; exit 128'
KILLED = "kill -9 $$"
BINARY = 'echo "error: Cannot merge binary files" >&2; exit 255'


def fail(site: Repo, tmp_path: Path, script: str) -> None:
    """git merge-file as it ends without memory, or without a disk to write to."""
    program = tmp_path / "git-that-fails"
    program.write_text(f"#!/bin/sh\nprintf half\n{script}\n")
    program.chmod(0o755)
    site(
        "config", DRIVER, site("config", DRIVER).replace("git merge-file", f"{program} merge-file")
    )


def without_python(site: Repo) -> None:
    site("config", DRIVER, site("config", DRIVER).replace(sys.executable, "/nowhere/python"))


def unmerged(site: Repo) -> str:
    return site("diff", "--name-only", "--diff-filter=U")


@pytest.mark.parametrize("script", [DIED, KILLED, BINARY])
def test_what_structure_merges_needs_no_lines(
    upstream: Repo, site: Repo, tmp_path: Path, script: str
) -> None:
    diverge(upstream, site, OURS.encode(), THEIRS.encode())
    fail(site, tmp_path, script)
    assert merge(site)[0] == 0
    assert site.read(PATH).decode() == MERGED
    assert site("ls-files", "--others") == ""


@pytest.mark.parametrize("script", [DIED, KILLED, BINARY])
def test_a_conflict_by_structure_is_marked(
    upstream: Repo, site: Repo, tmp_path: Path, script: str
) -> None:
    diverge(upstream, site, FLOW.replace("30", "45").encode(), CLASH.encode())
    fail(site, tmp_path, script)
    assert merge(site)[0] == 1
    assert "<<<<<<< HEAD\ntimeout: 45\n=======\ntimeout: 60\n" in site.read(PATH).decode()
    assert unmerged(site) == PATH


@pytest.mark.parametrize("style", ["merge", "diff3"])
@pytest.mark.parametrize("script", [DIED, KILLED])
def test_what_neither_merges_is_one_conflict(
    upstream: Repo, site: Repo, tmp_path: Path, script: str, style: str
) -> None:
    base = b"{{ a }}: :\nb: 2"
    upstream.commit({PATH: base}, "template")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, base + b"2\n", base + b"3")
    fail(site, tmp_path, script)
    site("config", "merge.conflictStyle", style)
    status, errors = merge(site)
    assert status == 1
    assert "git's own merge failed as well: git: not-parseable" in errors
    assert "all of it is marked as one conflict" in errors
    middle = b"||||||| base\n" + base + b"\n" if style == "diff3" else b""
    assert site.read(PATH) == (
        b"<<<<<<< HEAD\n" + base + b"2\n" + middle + b"=======\n" + base
        + b"3\n>>>>>>> origin/main\n"
    )  # fmt: skip
    assert unmerged(site) == PATH
    assert site("ls-files", "--others") == ""


def test_binary_files_stay_as_git_leaves_them(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    upstream.commit({PATH: b"a: \0\n"}, "binary")
    site("pull", "--quiet", "--no-rebase")
    diverge(upstream, site, b"a: \0 1\n", b"a: \0 2\n")
    assert merge(site)[0] == 1
    assert site.read(PATH) == b"a: \0 1\n"
    assert unmerged(site) == PATH


@pytest.mark.parametrize("script", [DIED, KILLED])
def test_without_python_either_git_stops_the_merge(
    upstream: Repo, site: Repo, tmp_path: Path, script: str
) -> None:
    diverge(upstream, site, OURS.encode(), THEIRS.encode())
    fail(site, tmp_path, script)
    without_python(site)
    before = site("rev-parse", "HEAD")
    status, errors = merge(site)
    assert status == 2
    assert "Failed to execute internal merge" in errors
    assert (site("rev-parse", "HEAD"), site("status", "--porcelain")) == (before, "")
    assert not (site.path / ".git" / "MERGE_HEAD").exists()


@pytest.mark.parametrize("target", ["read-only", "gone"])
def test_the_program_alone_leaves_nothing_unmarked(tmp_path: Path, target: str) -> None:
    """As git would call it without a shell; its own git is the one on PATH, and fails."""
    names = [".m_O", ".m_A", ".m_B"]
    for name, text in zip(names, ("{{ a }}: :\n", "{{ b }}: :\n", "{{ c }}: :\n"), strict=True):
        (tmp_path / name).write_text(text)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text(f"#!/bin/sh\n{DIED}\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    if target == "gone":
        (tmp_path / ".m_B").unlink()
    done = subprocess.run(
        [sys.executable, "-I", "-S", merge_driver.__file__, *names, "7", "f.yaml"],
        cwd=tmp_path,
        env={**os.environ, "PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    if target == "gone":
        assert "the merge is stopped: " in done.stderr
        assert not (tmp_path / ".m_A").exists()
    else:
        assert (tmp_path / ".m_A").read_text().startswith("<<<<<<< HEAD\n{{ b }}")


# -- what a killed driver leaves -------------------------------------------------------------------


def leftovers(site: Repo) -> list[str]:
    return sorted(name for name in os.listdir(site.path) if TEMPORARY in name)


def test_what_a_killed_driver_left_goes_with_the_next_run(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    diverge(upstream, site, OURS.encode(), THEIRS.encode())
    command = site("config", DRIVER)
    fail(site, tmp_path, f"touch {tmp_path}/begun; sleep 60")
    # Without the pass by lines: both would have a file of their own.
    running = subprocess.Popen(
        ["git", "merge", "origin/main"],
        cwd=site.path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SEEDGIT_TRACE": "1"},
    )
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
        assert running.poll() is None
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert len(leftovers(site)) == 1
    (site.path / ".git" / "index.lock").unlink()
    site("config", DRIVER, command)
    assert merge(site)[0] == 0
    assert site.read(PATH).decode() == MERGED
    assert leftovers(site) == []


def test_a_merge_without_python_leaves_it_to_the_hook(upstream: Repo, site: Repo) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    left = site.path / f".merge_file_a1b2c3{TEMPORARY}{gone.pid}"
    left.write_text("half")
    assert seedgit(site, "hook", "post-merge").status == 0
    assert leftovers(site) == []
