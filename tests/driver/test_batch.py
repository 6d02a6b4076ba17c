"""A whole merge at once gives what each file's own call gives, in a few processes."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
import yaml

from seedgit import codes, journal_file, merge_folder
from seedgit.driver import batch, foreseen, line_merges
from seedgit.driver.rules import RulesOfMerge
from seedgit.driver.run import Run
from seedgit.driver.settings import Settings
from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.formats.rules import parse_rules
from seedgit.journal import Journal
from seedgit.merge import engine
from seedgit.merge.policy import NO_RULES, MergeRules
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.operations.install.driver_command import driver_command
from tests.by_lines import merges_by_lines
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


def by_its_own_call(case: Path, lines: bytes | None) -> tuple[bytes, bool] | None:
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
    versions = ("base", "ours", "theirs")
    by_git = merges_by_lines(tmp_path, [[read(case, v) or b"" for v in versions] for case in CASES])
    found = 0
    for case, lines in zip(CASES, by_git, strict=True):
        path, wanted = f"{case.name}/f{suffix(case)}", by_its_own_call(case, lines)
        if wanted is None or path not in kept:
            continue
        assert (repo.read(path).decode(), path not in conflicts) == (wanted[0].decode(), wanted[1])
        assert (path, kept[path]["status"]) == (path, int(not wanted[1]))
        found += 1
    assert found > len(CASES) * 0.9
    assert starts() < len(CASES) * 0.1


# -- a few processes -------------------------------------------------------------------------------


@pytest.mark.usefixtures("both_hashes")
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


@pytest.mark.usefixtures("both_hashes")
def test_one_python_merges_all_of_a_rebase(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *ADJACENT)
    more = ADJACENT[0].replace("paused: false", "paused: true")
    site.commit({path: f"# {path}\n{more}" for path in paths})
    upstream.commit({path: f"# {path}\n{ADJACENT[1]}# end\n" for path in paths})
    site("fetch", "--quiet")
    starts = counted(site, tmp_path)
    site("rebase", "--quiet", "origin/main")
    assert starts() == 1
    assert texts(site, paths) == {MERGED.replace("paused: false", "paused: true") + "# end\n"}
    assert len(rows(site)) == 2 * len(paths)


def edited(rng: Random, text: str) -> str:
    """A text with another value in one line, a line more, or one less."""
    lines = text.splitlines(keepends=True)
    at = rng.randrange(1, len(lines))
    key, colon, value = lines[at].partition(": ")
    if colon and value.strip() and rng.random() < 0.7:
        lines[at] = f"{key}: {rng.randrange(100)}\n"
    elif rng.random() < 0.5:
        lines.insert(at, f"new-{rng.randrange(1000)}: 1\n")
    else:
        del lines[at]
    return "".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_a_rebase_of_many_steps_is_as_with_a_call_for_each(
    upstream: Repo, site: Repo, tmp_path: Path, seed: int
) -> None:
    rng = Random(seed)
    long = FLOW + "".join(f"service-{n}:\n  image: app-{n}\n  port: 80{n:02}\n" for n in range(30))
    kept = {f"flows/{n}.yaml": f"# {n}\n{long}" for n in range(6)}
    theirs = dict(kept)
    upstream.commit(kept, "base")
    site("pull", "--quiet", "--no-rebase")
    for path in rng.sample(sorted(kept), 5):
        theirs[path] = edited(rng, edited(rng, theirs[path]))
    upstream.commit(theirs, "theirs")
    for number in range(8):
        for path in rng.sample(sorted(kept), rng.randrange(1, 4)):
            kept[path] = edited(rng, kept[path])
        site.commit(kept, str(number))
    site("fetch", "--quiet")
    start = site("rev-parse", "HEAD")
    found = []
    starts = counted(site, tmp_path)
    for command in (site("config", "merge.seedgit.driver"), without_folder(site)):
        site("config", "merge.seedgit.driver", command)
        subprocess.run(["git", "rebase", "--quiet", "origin/main"], cwd=site.path, check=False)
        found.append((site("log", "--format=%s %T"), {path: site.read(path) for path in kept}))
        if (site.path / ".git/rebase-merge").exists():
            site("rebase", "--abort")
        site("reset", "--quiet", "--hard", start)
        found[-1] = (*found[-1], starts())
    (*one, few), (*other, all_calls) = found
    assert one == other
    assert few < all_calls - few


def test_a_rebase_goes_on_behind_a_conflict_and_a_command(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    paths = many(upstream, site, *ADJACENT)
    for text in (CONFLICT[0].replace("small", "tiny"), ADJACENT[0].replace("wiki", "site")):
        site.commit({path: f"# {path}\n{text}" for path in paths})
    starts = counted(site, tmp_path)
    words = ("rebase", "--quiet", "--exec", "true", "origin/main")
    site(*words, ok=False)
    assert starts() == 2  # a command may do anything: what follows it is foreseen again
    site("checkout", "--ours", ".")
    site("add", "--all")
    site("-c", "core.editor=true", "rebase", "--continue", ok=False)
    assert starts() == 3
    assert all(b"<<<<<<<" in site.read(path) for path in paths)


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


@pytest.mark.usefixtures("both_hashes")
def test_a_killed_first_call_leaves_gits_own_merge(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    """Of its own file; the others are merged by what it left, or by a call of their own."""
    paths = many(upstream, site, *ADJACENT)
    program, head = tmp_path / "python", site("rev-parse", "HEAD")
    look = f'set -- {FILES}/*=; test -e "$1" || ! kill -0 $! 2>/dev/null'
    program.write_text(
        f'#!/bin/sh\ntest -e {tmp_path}/killed && exec {sys.executable} "$@"\n'
        f'touch {tmp_path}/killed\nexec 3<&0\n{sys.executable} "$@" <&3 &\n'
        f"until {look}; do :; done\nkill -9 $!\nwait $!\n"
    )
    program.chmod(0o755)
    site("config", "merge.seedgit.driver", driver_command(str(program)))
    for _ in range(50):  # until it is killed before it is done
        done = subprocess.run(
            ["git", "merge", "origin/main"], cwd=site.path, capture_output=True, check=False
        )
        if done.returncode:
            break
        site("reset", "--quiet", "--hard", head)
        (tmp_path / "killed").unlink()
    assert done.returncode == 1
    said = done.stderr.decode()
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


EDITED = {
    "the rules": "echo '# more' >>.seedgit.yaml",
    "the settings": "git config --local seedgit.timelimit 60",
    "the settings of all repositories": "git config --global seedgit.timelimit 60",
}


@pytest.mark.parametrize("what", EDITED)
def test_what_is_edited_in_the_middle_of_a_merge_counts(
    upstream: Repo, site: Repo, tmp_path: Path, what: str
) -> None:
    site("config", "--global", "seedgit.shadow", "false")
    paths = many(upstream, site, *ADJACENT)
    once = f"test -e {tmp_path}/edited || {{ touch {tmp_path}/edited; {EDITED[what]}; }}"
    starts = counted(site, tmp_path, once)
    site("merge", "--quiet", "origin/main")
    assert starts() == len(paths)
    assert texts(site, paths) == {MERGED}


def test_a_mode_that_is_set_in_the_middle_of_a_merge_counts(
    upstream: Repo, site: Repo, tmp_path: Path
) -> None:
    paths = many(upstream, site, *ADJACENT)
    counted(site, tmp_path, "git config seedgit.mode off")
    site("merge", "origin/main", ok=False)
    assert sum(b"<<<<<<< HEAD\n" in site.read(path) for path in paths) == len(paths) - 1


# -- a slow file -----------------------------------------------------------------------------------


def worker(
    site: Repo, monkeypatch: pytest.MonkeyPatch, count: int
) -> tuple[batch.Worker, list[foreseen.Chain], Path]:
    """A process of a batch, in this process, with the files that it would merge."""
    many(Repo(site.path.parent / "repo"), site, *ADJACENT, count=count)
    monkeypatch.chdir(site.path)
    place = site.path / ".git" / merge_folder.MERGES / "1"
    (place / merge_folder.FILES).mkdir(parents=True)
    theirs = site("rev-parse", "origin/main")
    chains = foreseen.foreseen(".git", theirs, "flows/0.yaml", str(place))
    rules = RulesOfMerge("none")
    rules.read(Settings(""))
    return batch.Worker(str(place), rules, Settings(""), ()), chains, place


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
    monkeypatch.setattr(Run, "settle", lambda *_: None)
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
    _, chains, place = worker(site, monkeypatch, 4)
    ids = [chain.ours for chain in chains]
    monkeypatch.setattr(foreseen, "MOST", len(FLOW))
    assert foreseen.contents(ids, str(place)) == {}
    monkeypatch.undo()
    monkeypatch.chdir(site.path)
    assert [*foreseen.contents([ids[0], "1" * 40, ids[2]], str(place))] == [ids[0], ids[2]]
    lines = line_merges.LineMerges(str(place / "lines"), ids[0])
    assert not lines.can_merge([b"a: 1\n", b"a: \0\n", b"a: 1\n"])
    assert not lines.can_merge([b"a: 1\n", b"<" * 200, b"a: 1\n"])


def test_the_results_of_a_process_have_a_bound(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BYTES_MOST", 2 * len(FLOW))
    merging, files, place = worker(site, monkeypatch, 10)
    monkeypatch.setattr(engine, "SHORTEN_FROM", engine.SHORTEN_FROM)
    for name in ("freeze", "set_threshold"):
        monkeypatch.setattr(gc, name, lambda *_: None)
    merging.merge(files)
    # One more than fits is what tells that no more do.
    assert len([*place.rglob("*+")]) == 2


@pytest.mark.parametrize("name", ["../a.yaml", "/a.yaml", "a//b.yaml", "./a.yaml", "a\nb.yaml"])
def test_a_name_that_leads_elsewhere_is_not_foreseen(name: str) -> None:
    assert not foreseen.is_plain(name)
    assert foreseen.is_plain(name.replace("\n", "").replace(".", "").replace("/", "") + ".yaml")


def without_folder(site: Repo) -> str:
    """An older command line: it has no look-up, and gives the program no folder."""
    command = site("config", "merge.seedgit.driver")
    before, _, rest = command.partition("g=${GIT_DIR:-.git}; ")
    after = rest.partition("t=%A")
    older = (before + after[1] + after[2]).replace(' "$d"', "")
    assert "$d" not in older
    return older


def test_an_older_command_line_goes_on_working(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *ADJACENT)
    starts = counted(site, tmp_path)
    site("config", "merge.seedgit.driver", without_folder(site))
    assert "driver-outdated" in seedgit(site, "doctor").out
    site("merge", "--quiet", "origin/main")
    assert starts() >= len(paths)
    assert texts(site, paths) == {MERGED}
    assert not (site.path / ".git" / merge_folder.MERGES).exists()
    assert seedgit(site, "doctor", "--fix").status in (0, 1)
    assert '"$d"' in site("config", "merge.seedgit.driver")


# -- changes that are far apart --------------------------------------------------------------------

FAR = (FLOW.replace("30", "45"), FLOW.replace("limit: 5", "limit: 6"))
BOTH = FAR[0].replace("limit: 5", "limit: 6")


def test_what_the_lines_settle_has_its_row(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *FAR)
    starts = counted(site, tmp_path)
    site("merge", "--quiet", "origin/main")
    assert (starts(), texts(site, paths)) == (1, {BOTH})
    for row in Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER):
        assert (row["mode"], row["outcome"], row["reason"]) == ("live", codes.DONE, None)
        said = [(each["pointer"], each["source"]) for each in row["decisions"]]
        assert said == [("", "merge"), ("/timeout", "ours"), ("/limit", "theirs")]
        assert row["base"] and row["ours"] and row["theirs"]


@pytest.mark.parametrize("name", ["-fx.yaml", "-vx=1.yaml", "-l./x.yaml", "--version.yaml"])
def test_a_name_is_no_option(upstream: Repo, site: Repo, tmp_path: Path, name: str) -> None:
    names = [name, f"b{name}"]
    (site.path / ".git" / "info" / "attributes").write_text("*.yaml merge=seedgit\n")
    rules = {".seedgit.yaml": "version: 1\nseeds:\n  - files: '**'\n"}
    upstream.commit(dict.fromkeys(names, FLOW) | rules)
    site("pull", "--quiet", "--no-rebase")
    site.commit(dict.fromkeys(names, FAR[0]))
    upstream.commit(dict.fromkeys(names, FAR[1]))
    site("fetch", "--quiet")
    starts = counted(site, tmp_path)
    site("merge", "--quiet", "origin/main")
    assert (starts(), {site.read(each).decode() for each in names}) == (1, {BOTH})
    assert rows(site) == [(each, 0) for each in sorted(names)]


def test_a_worktree_has_the_same_journal(upstream: Repo, site: Repo, tmp_path: Path) -> None:
    paths = many(upstream, site, *FAR)
    site("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD")
    site("-C", str(tmp_path / "linked"), "merge", "--quiet", "origin/main")
    assert rows(site) == [(path, 0) for path in paths]


@pytest.mark.parametrize("setting", ["seedgit.mode=dry-run", "seedgit.shadow=true"])
@pytest.mark.parametrize("scope", ["--local", "--global", "-c"])
def test_who_compares_the_engines_has_both_results(
    upstream: Repo, site: Repo, setting: str, scope: str
) -> None:
    many(upstream, site, *FAR)
    if scope != "-c":
        site("config", scope, *setting.split("="))
    site(*(["-c", setting] if scope == "-c" else []), "merge", "--quiet", "origin/main")
    for row in Journal(site.path / ".git").rows(entry=journal_file.MERGE_DRIVER):
        assert row["verdict"] == codes.AGREE
        assert row["seedgit_result"]


def test_who_traces_has_each_decision_said(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = many(upstream, site, *FAR)
    monkeypatch.setenv("SEEDGIT_TRACE", "1")
    done = subprocess.run(
        ["git", "merge", "--no-edit", "origin/main"],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=True,
    )
    for path in paths:
        assert f"seedgit: {path}: /timeout: ours: only-ours-changed" in done.stderr


def test_a_declared_rename_is_followed(upstream: Repo, site: Repo) -> None:
    """The lines show the entry elsewhere."""
    rules = site.read(".seedgit.yaml").decode()
    site.commit({".seedgit.yaml": rules.rstrip("\n") + "\n    renames: {/limit: /most}\n"}, "rules")
    paths = many(
        upstream, site, FLOW.replace("limit: 5", "limit: 6"), FLOW.replace("limit", "most")
    )
    site("merge", "--quiet", "origin/main")
    assert texts(site, paths) == {FLOW.replace("limit: 5", "most: 6")}


def test_a_result_that_cannot_be_put_in_place_stops_the_merge(
    upstream: Repo, site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = site("config", "merge.seedgit.driver").replace(sys.executable, "/nowhere/python")
    site("config", "merge.seedgit.driver", command)
    many(upstream, site, *FAR)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mv").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "mv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    before = site("rev-parse", "HEAD")
    assert "Failed to execute internal merge" in site("merge", "origin/main", ok=False)
    assert (site("rev-parse", "HEAD"), site("status", "--porcelain")) == (before, "")


def test_where_a_disk_takes_no_links_a_result_is_moved(
    upstream: Repo, site: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = many(upstream, site, *FAR)
    starts = counted(site, tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ln").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "ln").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    site("merge", "--quiet", "origin/main")
    assert (starts(), texts(site, paths)) == (1, {BOTH})
    assert rows(site) == [(path, 0) for path in paths]
