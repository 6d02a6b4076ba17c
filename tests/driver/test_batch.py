"""A whole merge at once gives what each file's own call gives, in a few processes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from seedgit import journal_file, merge_folder
from seedgit.driver import batch, foreseen, line_merges
from seedgit.driver.rules import RulesOfMerge
from seedgit.driver.run import Run
from seedgit.driver.settings import Settings
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.formats.rules import parse_rules
from seedgit.git.line_merge import line_merge
from seedgit.journal import Journal
from seedgit.limits import NO_LIMIT
from seedgit.merge import engine
from seedgit.merge.policy import NO_RULES, MergeRules
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.operations.driver_command import driver_command
from tests.conftest import Repo
from tests.site import FLOW, seedgit
from tests.test_cases import CASES, read

MANY = 8


def counted(site: Repo, tmp_path: Path, then: str = "") -> Callable[[], int]:
    """Counts how often the driver starts Python. `then`: what a shell does after each time."""
    log, program = tmp_path / "starts", tmp_path / "python"
    run = f'echo >>{log}\n{sys.executable} "$@"\nstatus=$?\n{then}\nexit $status\n'
    program.write_text(f"#!/bin/sh\n{run}")
    program.chmod(0o755)
    site("config", "merge.seedgit.driver", driver_command(str(program)))
    return lambda: len(log.read_text().splitlines()) if log.exists() else 0


def many(upstream: Repo, site: Repo, ours: str, theirs: str, count: int = MANY) -> list[str]:
    """Files that both sides changed, each with a text of its own."""
    paths = [f"flows/{n}.yaml" for n in range(count)]

    def each(text: str) -> dict[str, str]:
        return {path: f"# {path}\n{text}" for path in paths}

    upstream.commit(each(FLOW), "base")
    site("pull", "--quiet", "--no-rebase")
    site.commit(each(ours), "ours")
    upstream.commit(each(theirs), "theirs")
    site("fetch", "--quiet")
    return paths


ADJACENT = (FLOW.replace("30", "45"), FLOW.replace("small", "large"))
CONFLICT = (FLOW.replace("30", "45"), FLOW.replace("30", "60"))
MERGED = ADJACENT[0].replace("small", "large")


def folders(site: Repo) -> list[Path]:
    return [*(site.path / ".git" / merge_folder.MERGES).glob("*")]


def texts(site: Repo, paths: list[str]) -> set[str]:
    """What the files hold below their first lines."""
    return {site.read(path).decode().partition("\n")[2] for path in paths}


def rows(site: Repo) -> list[tuple[str, int]]:
    found = Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER)
    return sorted((row["path"], row["status"]) for row in found)


# -- the same results ------------------------------------------------------------------------------


def suffix(case: Path) -> str:
    return next(case.glob("ours.*")).suffix


def in_one_merge(repo: Repo, cases: list[Path]) -> None:
    """A repository with all cases in it: `theirs` is to be merged into `main`."""
    rules = []
    for case in cases:
        entry: list[dict[str, object]] = [{"files": "**"}]
        if (case / "rules.yaml").exists():
            entry = yaml.safe_load((case / "rules.yaml").read_text())
        rules += [{**each, "files": f"{case.name}/**"} for each in entry]
    repo.write({".seedgit.yaml": yaml.safe_dump({"version": 1, "seeds": rules})})
    for branch, version in (("main", "base"), ("theirs", "theirs"), ("main", "ours")):
        repo("checkout", "--quiet", *(["-B"] if version != "ours" else []), branch)
        for case in cases:
            data = read(case, version)
            if data is not None:
                repo.write({f"{case.name}/f{suffix(case)}": data})
        repo.commit(message=version)
    (repo.path / ".git/info").mkdir(exist_ok=True)
    (repo.path / ".git/info/attributes").write_text("*/f.* merge=seedgit\n")


def by_its_own_call(case: Path) -> tuple[bytes, bool] | None:
    """(the result, whether it is clean); None where the structure does not say."""
    base, ours, theirs = (read(case, version) for version in ("base", "ours", "theirs"))
    assert ours is not None
    assert theirs is not None
    path = f"{case.name}/f{suffix(case)}"
    format = format_of(path)
    assert format is not None
    rules: MergeRules = NO_RULES
    if (case / "rules.yaml").exists():
        data = b"version: 1\nseeds:\n" + (case / "rules.yaml").read_bytes()
        rule = parse_rules(data, "rules").match(f"expected{suffix(case)}")
        assert rule is not None
        rules = PolicyOfRules(rule, local=True)
    lines = line_merge(base or b"", ours, theirs)
    markers = Markers(ours="HEAD", theirs="theirs")
    try:
        made = merge_texts(format, path, (base or None, ours, theirs), lines, markers, rules)
    except NotMergeable:
        return None
    return made.text, made.clean


def test_every_case_as_by_its_own_call(repo: Repo, tmp_path: Path) -> None:
    in_one_merge(repo, CASES)
    starts = counted(repo, tmp_path)
    repo("merge", "--quiet", "--no-edit", "theirs", ok=False)
    conflicts = set(repo("diff", "--name-only", "--diff-filter=U").splitlines())
    kept = {row["path"]: row for row in Journal(repo.path / ".git").rows()}
    found = 0
    for case in CASES:
        path, wanted = f"{case.name}/f{suffix(case)}", by_its_own_call(case)
        if wanted is None or path not in kept:
            continue
        assert (repo.read(path).decode(), path not in conflicts) == (wanted[0].decode(), wanted[1])
        assert (path, kept[path]["status"]) == (path, int(not wanted[1]))
        found += 1
    assert found > len(CASES) * 0.9
    assert starts() < len(CASES) * 0.1


# -- a few processes -------------------------------------------------------------------------------


def test_one_python_merges_all(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *ADJACENT)
    starts = counted(site, tmp_path)
    site("merge", "--quiet", "origin/main")
    assert starts() == 1
    assert texts(site, paths) == {MERGED}
    assert site("status", "--porcelain", "--ignored") == ""
    assert rows(site) == [(path, 0) for path in paths]
    assert folders(site) == []


def test_conflicts_are_told_once(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *CONFLICT)
    starts = counted(site, tmp_path)
    said = site("merge", "origin/main", ok=False)
    assert starts() == 1
    assert said.count("seedgit conflicts") == 1
    marked = "<<<<<<< HEAD\ntimeout: 45\n=======\ntimeout: 60\n>>>>>>> origin/main\n"
    assert texts(site, paths) == {FLOW.replace("timeout: 30\n", marked)}
    assert rows(site) == [(path, 1) for path in paths]


def test_the_marker_size_of_each_file_counts(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    many(upstream, site, *CONFLICT)
    attributes = site.path / ".git/info/attributes"
    attributes.write_text(attributes.read_text() + "flows/3.yaml conflict-marker-size=9\n")
    starts = counted(site, tmp_path)
    site("merge", "origin/main", ok=False)
    assert starts() == 1
    assert "\n<<<<<<<<< HEAD\n" in site.read("flows/3.yaml").decode()
    assert "\n<<<<<<< HEAD\n" in site.read("flows/4.yaml").decode()


def test_a_rename_is_left_to_its_own_call(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, FLOW, FLOW)
    site("mv", paths[0], "flows/+.yaml")
    site.commit({path: f"# {path}\n{ADJACENT[0]}" for path in ["flows/+.yaml", *paths[1:]]})
    upstream.commit({path: f"# {path}\n{ADJACENT[1]}" for path in paths})
    site("fetch", "--quiet")
    starts = counted(site, tmp_path)
    site("merge", "--quiet", "origin/main")
    assert starts() == 2
    assert texts(site, ["flows/+.yaml", *paths[1:]]) == {MERGED}


def test_each_pick_of_a_rebase_is_one_merge(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *ADJACENT)
    more = ADJACENT[0].replace("paused: false", "paused: true")
    site.commit({path: f"# {path}\n{more}" for path in paths})
    upstream.commit({path: f"# {path}\n{ADJACENT[1]}# end\n" for path in paths})
    site("fetch", "--quiet")
    starts = counted(site, tmp_path)
    site("rebase", "--quiet", "origin/main")
    assert starts() == 2
    assert texts(site, paths) == {MERGED.replace("paused: false", "paused: true") + "# end\n"}
    assert len(rows(site)) == 2 * len(paths)


def test_where_git_names_no_merge_each_file_has_its_call(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    paths = many(upstream, site, *ADJACENT)
    starts = counted(site, tmp_path)
    site("cherry-pick", "origin/main")
    assert starts() == len(paths)
    assert texts(site, paths) == {MERGED}


@pytest.mark.parametrize("mode", ["off", "dry-run"])
def test_other_modes_have_gits_own_merge(upstream: Repo, site: Repo, mode: str) -> None:
    paths = many(upstream, site, *ADJACENT)
    seedgit(site, "mode", mode)
    site("merge", "origin/main", ok=False)
    assert all(b"<<<<<<< HEAD\n" in site.read(path) for path in paths)
    assert not (site.path / ".git" / merge_folder.MERGES).exists()


# -- what is not whole, or of something else, is not used ------------------------------------------

FILES = f".git/{merge_folder.MERGES}/*/{merge_folder.FILES}/flows"
SPOILT = {
    "a longer result": f"for f in {FILES}/*+; do echo x >>$f; done",
    "a shorter result": f"for f in {FILES}/*+; do echo >$f; done",
    "no result": f"rm {FILES}/*+",
    "a key of other texts": f"for f in {FILES}/*=; do sed -i s/[0-3]/4/g $f; done",
    "a key that is not whole": f"for f in {FILES}/*=; do head -c 100 $f >x; cat x >$f; done; rm x",
    "a key of another path": f"cp {FILES}/7.yaml= x; for f in {FILES}/*=; do cat x >$f; done; rm x",
    "a result of another path": f"cp {FILES}/6.yaml+ x; for f in {FILES}/*+; do cat x >$f; done; "
    "rm x",
    "an older merge": f"touch -d @1 .git/{merge_folder.MERGES}/*",
    "nothing": f"rm -r .git/{merge_folder.MERGES}",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_result_is_not_used(upstream: Repo, site: Repo, tmp_path: Path, how: str) -> None:
    paths = many(upstream, site, *ADJACENT)
    once = f"test -e {tmp_path}/spoilt || {{ touch {tmp_path}/spoilt; {SPOILT[how]}; }}"
    starts = counted(site, tmp_path, once)
    site("merge", "--quiet", "origin/main")
    assert (tmp_path / "spoilt").exists()
    assert starts() >= 2
    assert texts(site, paths) == {MERGED}
    assert {path for path, _ in rows(site)} == set(paths)


def test_a_killed_first_call_leaves_gits_own_merge(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    """Of its own file; the others are merged by what it left, or by a call of their own."""
    paths = many(upstream, site, *ADJACENT)
    program = tmp_path / "python"
    program.write_text(
        f'#!/bin/sh\ntest -e {tmp_path}/killed && exec {sys.executable} "$@"\n'
        f'touch {tmp_path}/killed\nexec 3<&0\n{sys.executable} "$@" <&3 &\n'
        f"until ls {FILES}/*= >/dev/null 2>&1; do :; done\nkill -9 $!\nwait $!\n"
    )
    program.chmod(0o755)
    site("config", "merge.seedgit.driver", driver_command(str(program)))
    said = site("merge", "origin/main", ok=False)
    (first,) = site("diff", "--name-only", "--diff-filter=U").splitlines()
    assert f"seedgit: {first}: merged by git alone" in said
    assert b"<<<<<<< HEAD\n" in site.read(first)
    assert texts(site, [path for path in paths if path != first]) == {MERGED}


def test_two_worktrees_at_once(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *ADJACENT, count=20)
    other = site.worktree("other", "-b", "other")
    other.commit({path: f"# {path}\n" + ADJACENT[0].replace("wiki", "site") for path in paths})
    words = ("merge", "--quiet", "--no-edit", "origin/main")
    merges = [subprocess.Popen(["git", "-C", str(each.path), *words]) for each in (site, other)]
    assert [merge.wait() for merge in merges] == [0, 0]
    assert texts(site, paths) == {MERGED}
    assert texts(other, paths) == {MERGED.replace("wiki", "site")}
    assert len(rows(site)) == 2 * len(paths)


def test_what_an_aborted_merge_left_goes(upstream: Repo, site: Repo) -> None:
    """git calls the driver, finds a file in its way, and does not merge."""
    paths = many(upstream, site, *ADJACENT)
    site.write({paths[-1]: "mine: 1\n"})
    site("merge", "origin/main", ok=False)
    assert site.read(paths[-1]) == b"mine: 1\n"
    assert len(folders(site)) == 1
    assert seedgit(site, "journal").status == 0
    assert folders(site) == []


def test_without_a_journal_it_goes_after_a_day(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(upstream, site, *ADJACENT)
    monkeypatch.setenv("SEEDGIT_JOURNAL", "off")
    for _ in range(2):
        site("merge", "--quiet", "origin/main")
        (left,) = folders(site)
        os.utime(left, (1, 1))
        site("reset", "--quiet", "--hard", "HEAD~1")


# -- a slow file -----------------------------------------------------------------------------------


def worker(
    site: Repo, monkeypatch: pytest.MonkeyPatch, count: int
) -> tuple[batch.Worker, list[foreseen.Foreseen], Path]:
    """A process of a batch, in this process, with the files that it would merge."""
    many(Repo(site.path.parent / "repo"), site, *ADJACENT, count=count)
    monkeypatch.chdir(site.path)
    place = site.path / ".git" / merge_folder.MERGES / "1"
    (place / merge_folder.FILES).mkdir(parents=True)
    ranges = foreseen.ranges_of("none", site("rev-parse", "origin/main"))
    assert ranges is not None
    files = foreseen.foreseen(ranges, "flows/0.yaml", str(place))
    rules = RulesOfMerge("none")
    rules.read(NO_LIMIT)
    return batch.Worker(str(place), 0, rules, Settings("")), files, place


def test_slow_files_are_left_to_their_own_calls(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some of them a process leaves all the rest, too."""
    merging, files, place = worker(site, monkeypatch, 10)
    tried: list[str] = []

    def slow(run: Run, rules: RulesOfMerge) -> None:
        tried.append(run.path)
        assert 0 < run.settings.seconds <= batch.SECONDS
        if len(tried) > 2:
            raise TimeoutError
        merge(run, rules)

    merge = Run.merge
    monkeypatch.setattr(Run, "merge", slow)
    monkeypatch.setattr(engine, "SHORTEN_FROM", engine.SHORTEN_FROM)
    for name in ("freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *_: None)
    merging.merge(files)
    assert len(files) == 9
    assert len(tried) == 2 + batch.SLOW_MOST
    found = sorted(path.name for path in (place / merge_folder.FILES / "flows").iterdir())
    assert found == sorted(f"{Path(name).name}{end}" for name in tried[:2] for end in "+=")
    assert {path.stat().st_mode & 0o777 for path in place.rglob("*=")} == {0o600}


def test_what_is_large_binary_or_missing_is_left_out(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, files, place = worker(site, monkeypatch, 4)
    monkeypatch.setattr(foreseen, "MOST", len(FLOW))
    assert list(foreseen.contents(files, str(place))) == []
    monkeypatch.undo()
    monkeypatch.chdir(site.path)
    files[1].theirs = "1" * 40
    assert [file for file, _ in foreseen.contents(files, str(place))] == [files[0], files[2]]
    lines = line_merges.LineMerges(str(place / "lines"), files[0].ours)
    assert not lines.can_merge([b"a: 1\n", b"a: \0\n", b"a: 1\n"])
    assert not lines.can_merge([b"a: 1\n", b"<" * 200, b"a: 1\n"])


def test_the_results_of_a_process_have_a_bound(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    merging, files, place = worker(site, monkeypatch, 10)
    monkeypatch.setattr(engine, "SHORTEN_FROM", engine.SHORTEN_FROM)
    for name in ("freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *_: None)
    monkeypatch.setattr(batch, "BYTES_MOST", 2 * len(FLOW))
    batch.Worker(str(place), 1, merging.rules, Settings("")).merge(files)
    assert len([*place.rglob("*+")]) == 2


@pytest.mark.parametrize("name", ["../a.yaml", "/a.yaml", "a//b.yaml", "./a.yaml", "a\nb.yaml"])
def test_a_name_that_leads_elsewhere_is_not_foreseen(name: str) -> None:
    assert not foreseen.is_plain(name)
    assert foreseen.is_plain(name.replace("\n", "").replace(".", "").replace("/", "") + ".yaml")


def test_an_older_command_line_goes_on_working(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    """It has no look-up, and gives the program no folder."""
    paths = many(upstream, site, *ADJACENT)
    starts = counted(site, tmp_path)
    command = site("config", "merge.seedgit.driver")
    before, _, rest = command.partition("g=${GIT_DIR:-.git}; ")
    after = rest.partition("t=%A")
    older = (before + after[1] + after[2]).replace(' "$d"', "")
    assert "$d" not in older
    site("config", "merge.seedgit.driver", older)
    assert "driver-outdated" in seedgit(site, "doctor").out
    site("merge", "--quiet", "origin/main")
    assert starts() >= len(paths)
    assert texts(site, paths) == {MERGED}
    assert not (site.path / ".git" / merge_folder.MERGES).exists()
    assert seedgit(site, "doctor", "--fix").status in (0, 1)
    assert '"$d"' in site("config", "merge.seedgit.driver")
