"""A value that is committed in the file and that a merge kept under review: told until decided."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from seedgit.operations.past_merges import merges
from seedgit.operations.past_merges.merges import MERGES
from seedgit.operations.waiting.undecided import undecided
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import Counted
from tests.histories import History
from tests.site import FLOW, Said, data, package, seedgit, site_of

PATH = "flows/wiki.yaml"
ITEM = "/steps/[id=fetch]/max_items"
RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - {path: "/steps/*/max_items", on-seed-change: review}
      - {path: /section, on-seed-change: review}
      - {path: /paused}
"""
BASE = FLOW + "section: {}\nlast: 1\n"
UP = BASE.replace("max_items: 50", "max_items: 60").replace("name: wiki", "name: wiki2")
LINES = "section:\n  # what it is for\n  a: 1\n  b:\n    - 2\n"


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo, {".seedgit.yaml": RULES, PATH: BASE})


@pytest.fixture
def site(upstream: Repo) -> Repo:
    """A site that committed 45 where the package has 50."""
    site = site_of(upstream)
    site("config", "seedgit.upstream", "origin/main")
    site.commit({PATH: BASE.replace("max_items: 50", "max_items: 45")}, "ours")
    return site


def upgrade(upstream: Repo, site: Repo, text: str = UP) -> None:
    upstream.commit({PATH: text}, "upstream")
    site("fetch", "--quiet")
    site("merge", "--quiet", "-m", "upgrade", "origin/main")


def items(site: Repo) -> list[dict[str, Any]]:
    return list(data(site, "pending")["items"])


def names(site: Repo) -> list[str]:
    return [item["name"] for item in items(site)]


def ok(site: Repo, *words: str) -> Said:
    said = seedgit(site, *words)
    assert said.status == 0, said.err
    return said


def text(site: Repo) -> str:
    return site.read(PATH).decode()


def test_plan_before_and_pending_after_name_it_alike(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: UP}, "upstream")
    site("fetch", "--quiet")
    (planned,) = data(site, "plan", "origin/main")["needs_approval"]
    site("merge", "--quiet", "-m", "upgrade", "origin/main")
    (item,) = items(site)
    assert (item["path"], item["pointer"], item["reason"]) == (
        planned["path"],
        planned["pointer"],
        planned["reason"],
    )
    assert item["values"] == {"base": 50, "local": 45, "seed": 60}
    assert planned["values"] == {"base": 50, "local": 45, "remote": 60}
    assert (item["overlay"], item["name"], item["merge"]) == ("", ITEM, site("rev-parse", "HEAD"))
    shown = seedgit(site, "pending").out
    assert f"moved under  {ITEM}  seed 50 => 60, local 45" in shown
    assert "(committed in the file)" in shown
    assert seedgit(site, "pending", "--exit-code").status == 1


def test_status_counts_it_and_verify_reports_it(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    found = data(site, "status")
    assert (found["overrides"]["pending"], found["overrides"]["active"]) == (1, 0)
    assert "60 -> 45  (made over 50; committed in the file)" in seedgit(site, "status").out
    assert seedgit(site, "status", "--exit-code").status == 1
    said = seedgit(site, "verify")
    assert said.status == 1
    assert f"{PATH}: {ITEM}: upstream has 60, committed 45" in said.out
    (finding,) = data(site, "verify")["findings"]
    assert (finding["code"], finding["commit"]) == ("undecided", site("rev-parse", "HEAD"))
    site("commit", "--quiet", "--amend", "-m", "upgrade\n\nSeed-Change: agreed with ops")
    assert seedgit(site, "verify").status == 0


@pytest.mark.parametrize("command", [("resolve", "1", "--keep-local"), ("approve", "--all")])
def test_keeping_it_is_remembered_undone_and_asked_anew(
    upstream: Repo, site: Repo, command: tuple[str, ...]
) -> None:
    upgrade(upstream, site)
    before = text(site)
    assert names(site) == [ITEM]
    ok(site, *command, "--why", "agreed")
    assert (names(site), text(site)) == ([], before)
    assert seedgit(site, "status", "--exit-code").status == 0
    assert seedgit(site, "verify").status == 0
    ok(site, "rebase")
    site.commit({"notes": "x"}, "later")
    assert names(site) == []
    ok(site, "undo")
    assert names(site) == [ITEM]
    ok(site, *command)
    upgrade(upstream, site, UP.replace("60", "70"))
    (item,) = items(site)
    assert item["values"] == {"base": 60, "local": 45, "seed": 70}


def test_a_decision_goes_to_another_clone(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    site("push", "--quiet", "origin", "HEAD:refs/heads/site")
    names(site)
    ok(site, "resolve", "1", "--keep-local")
    ok(site, "push", "origin")
    other = upstream.clone("other", "--branch", "site")
    other("config", "seedgit.upstream", "origin/main")
    ok(other, "init")
    assert names(other) == [ITEM]
    ok(other, "pull", "origin")
    assert names(other) == []


def test_taking_the_seeds_edits_the_file_and_says_what_to_commit(
    upstream: Repo, site: Repo
) -> None:
    upgrade(upstream, site)
    kept = text(site)
    names(site)
    said = ok(site, "resolve", "1", "--take-seed")
    assert text(site) == kept.replace("max_items: 45", "max_items: 60")
    assert (names(site), seedgit(site, "status", "--exit-code").status) == ([], 0)
    advice = re.findall(r"^  (git .*)$", said.out, re.M)
    for line in advice:
        subprocess.run(["bash", "-c", line], cwd=site.path, check=True, capture_output=True)
    assert len(advice) == 2
    assert site("status", "--porcelain") == ""
    assert (names(site), seedgit(site, "verify").status) == ([], 0)


def test_what_was_taken_and_thrown_away_waits_again(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    names(site)
    ok(site, "resolve", "1", "--value", "55")
    assert "max_items: 55\n" in text(site)
    assert names(site) == []
    site("checkout", "--", PATH)
    (item,) = items(site)
    assert item["decided-before"] == {"choice": "value", "why": ""}
    ok(site, "approve", "--known")
    assert "max_items: 55\n" in text(site)


def test_what_was_decided_is_to_be_committed_and_not_captured(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    (item,) = items(site)
    ok(site, "resolve", item["id"], "--value", "55")
    found = data(site, "status")
    assert (found["site-edits"], found["decided-edits"]) == ([], [PATH])
    said = ok(site, "status").out
    assert "seedgit capture" not in said
    commit = re.search(r"^ *(git commit .*)$", said, re.M)
    assert commit, said
    subprocess.run(["bash", "-c", commit[1]], cwd=site.path, check=True, capture_output=True)
    assert data(site, "status")["decided-edits"] == names(site) == []
    site.write({PATH: text(site).replace("55", "56")})
    assert data(site, "status")["site-edits"] == [PATH]


def test_one_kept_line_that_hides_a_section(upstream: Repo, site: Repo) -> None:
    mine = BASE.replace("section: {}", "section: {mine: 1}")
    site.commit({PATH: mine}, "section")
    upgrade(upstream, site, BASE.replace("section: {}\n", LINES))
    (item,) = items(site)
    assert (item["name"], item["values"]["local"]) == ("/section", {"mine": 1})
    # To change something else in it is no answer.
    site.commit({PATH: text(site).replace("{mine: 1}", "{mine: 2}")}, "mine")
    assert names(site) == ["/section"]
    ok(site, "resolve", "1", "--take-seed")
    assert text(site) == BASE.replace("section: {}\n", LINES)
    assert names(site) == []


def test_an_edit_since_is_an_answer(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    assert names(site) == [ITEM]
    site.commit({PATH: text(site).replace("45", "46")}, "looked at it")
    assert names(site) == []


def test_what_upstream_took_back_asks_nothing(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    upgrade(upstream, site, UP.replace("60", "45"))
    assert names(site) == []


def test_later_merges_ask_once(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    upgrade(upstream, site, UP.replace("60", "70"))
    upgrade(upstream, site, UP.replace("60", "70").replace("last: 1", "last: 2"))
    (item,) = items(site)
    assert item["values"] == {"base": 60, "local": 45, "seed": 70}


def test_an_item_is_followed_where_it_goes(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    front = UP.replace("steps:\n", "steps:\n  - id: first\n    mode: live\n")
    upgrade(upstream, site, front)
    (item,) = items(site)
    assert (item["name"], item["pointer"]) == (ITEM, "/steps/0/max_items")
    ok(site, "resolve", "1", "--take-seed")
    assert text(site) == front


def test_a_renamed_file_hides_nothing(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    upstream("mv", PATH, "flows/other.yaml")
    upstream.commit({}, "moved")
    site("fetch", "--quiet")
    site("merge", "--quiet", "-m", "moved", "origin/main")
    (item,) = items(site)
    assert (item["path"], item["name"]) == ("flows/other.yaml", ITEM)


def test_an_upgrade_that_came_by_a_side_branch_counts(upstream: Repo, site: Repo) -> None:
    site("checkout", "--quiet", "-b", "upgrade")
    upgrade(upstream, site)
    site("checkout", "--quiet", "main")
    site.commit({"notes": "x"}, "meanwhile")
    site("merge", "--quiet", "-m", "take the upgrade", "upgrade")
    assert names(site) == [ITEM]


def test_a_merge_in_which_something_else_conflicted(upstream: Repo, site: Repo) -> None:
    mine = text(site).replace("name: wiki", "name: mine")
    site.commit({PATH: mine}, "name")
    upstream.commit({PATH: UP}, "upstream")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    assert names(site) == []  # the conflict comes first
    site.commit({PATH: UP.replace("60", "45")}, "resolved")
    assert names(site) == [ITEM]


def test_what_a_person_took_in_the_merge_itself_is_decided(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: UP}, "upstream")
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-commit", "origin/main")
    site.commit({PATH: UP}, "taken")
    assert names(site) == []


@pytest.mark.parametrize("site_has", ["", "    max_items: 45\n"])
def test_a_value_that_one_side_took_away(upstream: Repo, site: Repo, site_has: str) -> None:
    line = "    max_items: 50\n"
    site.commit({PATH: BASE.replace(line, site_has)}, "ours")
    theirs = line.replace("50", "60") if not site_has else ""
    upgrade(upstream, site, BASE.replace(line, theirs))
    (item,) = items(site)
    assert item["name"] == ITEM
    assert ("local" in item["values"], "seed" in item["values"]) == (bool(site_has), bool(theirs))
    ok(site, "resolve", "1", "--take-seed")
    assert text(site) == BASE.replace(line, theirs)
    assert names(site) == []


def test_preserve_and_what_only_one_side_changed_ask_nothing(upstream: Repo, site: Repo) -> None:
    site.commit({PATH: text(site).replace("paused: false", "paused: true")}, "paused")
    upgrade(upstream, site, BASE.replace("paused: false", "paused: null"))
    assert names(site) == []
    assert seedgit(site, "status", "--exit-code").status == 0


def test_upstreams_own_merges_are_its_own_matter(upstream: Repo, site: Repo) -> None:
    upstream("checkout", "--quiet", "-b", "topic")
    upstream.commit({PATH: UP}, "topic")
    upstream("checkout", "--quiet", "main")
    upstream.commit({PATH: BASE.replace("50", "55")}, "main")
    upstream("merge", "--quiet", "-m", "topic", "-X", "ours", "topic")
    site("reset", "--hard", "--quiet", "origin/main")
    site("pull", "--quiet", "--ff-only")
    assert names(site) == []


def test_a_refused_decision_writes_nothing(upstream: Repo, site: Repo) -> None:
    upgrade(upstream, site)
    names(site)
    before = text(site)
    ok(site, "set", PATH, "/paused", "true")
    said = seedgit(site, "resolve", "1", "--take-seed")
    assert (said.status, text(site)) == (5, before)
    assert "changed since item 1 was listed" in said.err
    names(site)
    said = seedgit(site, "resolve", "1", "--keep-here")
    assert (said.status, text(site)) == (2, before)


def test_its_cost_is_bounded(upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that changes none of it costs no process, and one that does costs one."""
    upgrade(upstream, site)
    for n in range(3):
        site("checkout", "--quiet", "-b", f"topic{n}", "HEAD^")
        site.commit({f"notes{n}": "x"}, "topic")
        site("checkout", "--quiet", "main")
        site("merge", "--quiet", "-m", "topic", f"topic{n}")
    for n in range(3):
        upgrade(upstream, site, UP.replace("last: 1", f"last: {n + 2}"))
    workspace = Workspace.open(str(site.path))
    assert [one.name for one in undecided(workspace)[0]] == [ITEM]
    started: list[list[bytes]] = []
    start = os.posix_spawnp

    def counted(name: str, words: Any, *more: Any, **options: Any) -> int:
        started.append(words)
        return start(name, words, *more, **options)

    monkeypatch.setattr(os, "posix_spawnp", counted)
    again = Workspace.open(str(site.path))
    _ = (again.tracked, again.upstream, again.stored(again.target), again.repository.objects)
    again.repository.object(again.repository.head() or "")
    started.clear()
    assert len(undecided(again)[0]) == 1
    merges = [words for words in started if b"merge-file" in words]
    lists = [words for words in started if b"rev-list" in words]
    assert (len(merges), len(lists)) == (1, 1)
    assert f"--max-count={MERGES}".encode() in lists[0]
    assert len(started) <= 8


@pytest.mark.parametrize("number", range(40, 44))
@pytest.mark.parametrize("most", [2, MERGES])
def test_first_parents_have_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, most: int
) -> None:
    history = History(tmp_path / "history", number, size=40)
    monkeypatch.setattr(merges, "MERGES", most)
    words = ("--topo-order", "--first-parent", "--min-parents=2", "--max-parents=2")
    listed = history.git("rev-list", *words, "HEAD").split()
    found = merges.merges(Workspace.open(str(history.place)))
    assert [merge.id for merge in found] == listed[:most]


@pytest.mark.parametrize("number", range(40, 44))
@pytest.mark.parametrize(("commits", "listed"), [((3, 12), 2), ((30, 100), 1)])
def test_so_many_commits_of_a_branch_are_gone_through(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    counted: Counted,
    number: int,
    commits: tuple[int, int],
    listed: int,
) -> None:
    """However long it is; all of them only where the first have too few merges."""
    history = History(tmp_path / "history", number, size=40)
    words = ("rev-list", "--first-parent", "HEAD")
    whole = history.git(*words, "--min-parents=2", "--max-parents=2").split()
    assert whole
    gone_through = history.git(*words, f"--max-count={commits[1]}").split()
    monkeypatch.setattr(merges, "COMMITS", commits)
    workspace = Workspace.open(str(history.place))
    counted.clear()
    found = merges.merges(workspace)
    assert [merge.id for merge in found] == [id for id in whole if id in gone_through]
    assert counted.git.count("rev-list") == listed
    again = Workspace.open(str(history.place))
    counted.clear()
    assert merges.merges(again) == found
    assert counted.git.count("rev-list") == 1
    # Where git shows other commits, it is asked.
    history.git("replace", "--graft", "HEAD~1")
    assert len(merges.merges(Workspace.open(str(history.place)))) <= 1
