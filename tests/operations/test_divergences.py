"""Where the engines differ: what each has there, what people committed, what is known already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedgit import codes, journal
from seedgit.digest import blob_id
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.journal import Journal
from seedgit.shadow import compared
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, seedgit, site_of

LINES = "".join(f"k{n}: {n}\n" for n in range(12))
STEPS = "steps:\n" + "".join(f"  - id: s{n}\n    mode: live\n" for n in range(6))
TOP, END = ("k0: 0\n", "k0: 0\nx: {}\n"), ("k11: 11\n", "k11: 11\nx: {}\n")
NEW = "  - id: new\n    mode: {}\n"

# (base, ours, theirs): git merges each cleanly but the last, and seedgit otherwise.
ADDED_ALIKE = (LINES, LINES.replace(*TOP).format(1), LINES.replace(*END).format(1))
ADDED_DIFFERENTLY = (LINES, LINES.replace(*TOP).format(1), LINES.replace(*END).format(2))
ONE_ITEM = (
    STEPS,
    STEPS.replace("steps:\n", "steps:\n" + NEW.format("a")),
    STEPS + NEW.format("b"),
)
NEIGHBOURS = (LINES, LINES.replace("k3: 3", "k3: 33"), LINES.replace("k4: 4", "k4: 44"))
FAR_APART = (LINES, LINES.replace("k1: 1\n", "k1: 9\n"), LINES.replace("k9: 9", "k9: 99"))
FLOWS = {
    "alike": ADDED_ALIKE,
    "differently": ADDED_DIFFERENTLY,
    "item": ONE_ITEM,
    "neighbours": NEIGHBOURS,
    "apart": FAR_APART,
}
SOLVED = NEIGHBOURS[1].replace("k4: 4", "k4: 44")


def of(flows: dict[str, tuple[str, str, str]], side: int) -> dict[str, str]:
    return {f"flows/{name}.yaml": texts[side] for name, texts in flows.items()}


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    repo.commit({".seedgit.yaml": RULES, PATH: FLOW, **of(FLOWS, 0)}, "v1")
    return repo


RULES = 'version: 1\nseeds:\n  - files: "flows/**"\n    keys: {/steps: id}\n'


@pytest.fixture
def site(upstream: Repo) -> Repo:
    site = site_of(upstream)
    seedgit(site, "mode", "dry-run")
    return site


def merge(upstream: Repo, site: Repo, committed: dict[str, str] | None = None) -> None:
    """Both sides change the flows, git merges, and a person commits that with some edits."""
    site.commit(of(FLOWS, 1), "ours")
    upstream.commit(of(FLOWS, 2), "theirs")
    site("fetch", "--quiet")
    site("merge", "--quiet", "origin/main", ok=False)
    site.commit({"flows/neighbours.yaml": SOLVED, **(committed or {})}, "merged")


def by_file(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["path"].removeprefix("flows/").removesuffix(".yaml"): row for row in rows}


# -- what each engine has there --------------------------------------------------------------------


def test_each_difference_says_what_both_have(upstream: Repo, site: Repo) -> None:
    merge(upstream, site)
    rows = by_file(data(site, "divergences"))
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "alike": "diverge",
        "differently": "git-only",
        "item": "git-only",
        "neighbours": "seedgit-only",
    }
    assert rows["alike"]["difference"] == [
        {"line": 14, "git": "x: 1\n", "seedgit": "", "unparsed": ["git"]}
    ]
    assert rows["differently"]["difference"] == [
        {"pointer": "/x", "conflict": "both-added", "unclear": "git's result cannot be parsed"}
    ]
    (stop,) = rows["item"]["difference"]
    assert (stop["pointer"], stop["conflict"]) == ("/steps", "list-duplicate")
    assert [item["id"] for item in stop["git"]] == ["new", *(f"s{n}" for n in range(6)), "new"]
    said = seedgit(site, "divergences").out
    assert 'line 14: git "x: 1\\n" (cannot be parsed), seedgit ""' in said
    assert "/x: git (git's result cannot be parsed), seedgit conflict: both-added" in said
    assert '/steps: git [{"id": "new"' in said
    assert seedgit(site, "divergences", "--html", "page.html").status == 0
    page = site.read("page.html").decode()
    assert "(cannot be parsed)" in page
    assert "conflict: list-duplicate" in page


def test_a_conflict_in_an_item_has_the_value_of_that_item() -> None:
    """The index of an item in ours is not the one that it has in git's result."""
    from seedgit.formats.merge import merge_texts

    base = STEPS.encode()
    ours = STEPS.replace("s3\n    mode: live", "s3\n    mode: a").encode()
    theirs = STEPS.replace("s3\n    mode: live", "s3\n    mode: b").encode()
    result = merge_texts(YAML, PATH, (base, ours, theirs))
    git = STEPS.replace("steps:\n", f"steps:\n{NEW}").replace(
        "s3\n    mode: live", "s3\n    mode: c"
    )
    row = compared(git.encode(), result, PATH, (base, ours, theirs), blob_id)
    assert row["verdict"] == codes.GIT_ONLY
    assert row["difference"] == [
        {"pointer": "/steps/3/mode", "conflict": "both-changed", "git": "c"}
    ]


def test_layout_alone_is_told_by_its_lines(site: Repo) -> None:
    from seedgit.formats.merge import merge_texts

    same = FLOW.encode()
    result = merge_texts(YAML, PATH, (same, same, same))
    git = FLOW.replace("limit: 5", "limit:  5").encode()
    (found,) = compared(git, result, PATH, (same, same, same), blob_id)["difference"]
    line = FLOW.splitlines().index("limit: 5") + 1
    assert found == {"line": line, "git": "limit:  5\n", "seedgit": "limit: 5\n", "unparsed": []}


def test_long_values_are_told_apart(site: Repo, tmp_path: Path) -> None:
    long = "registry.example.com/a-team/wiki-fetcher-with-a-long-name"
    unclear = {"pointer": "/b", "git": f"{long}:3", "seedgit": f"{long}:4", "unparsed": ["git"]}
    rows = [{"pointer": "/a", "git": f"{long}:1", "seedgit": f"{long}:2"}, unclear]
    kept = Journal(site.path / ".git")
    kept.add("merge-driver", "merged", verdict=codes.DIVERGE, path=PATH, difference=rows)
    said = seedgit(site, "divergences").out
    assert '/a: git …long-name:1", seedgit …long-name:2"' in said
    assert '/b: git …long-name:3" (cannot be parsed), seedgit …long-name:4"' in said
    place = tmp_path / "page.html"
    assert seedgit(site, "divergences", "--html", str(place)).status == 0
    assert "long-name:1" in place.read_text() and "long-name:2" in place.read_text()


def test_an_older_row_without_a_difference_says_what_is_known(site: Repo) -> None:
    kept = Journal(site.path / ".git")
    decisions = [{"pointer": "/a", "source": "conflict", "reason": "both-added"}]
    kept.add("merge-driver", "done", path=PATH, verdict="git-only", decisions=decisions)
    assert "/a: git clean, seedgit conflict: both-added" in seedgit(site, "divergences").out
    kept.add("merge-driver", "done", path=PATH, verdict="neither", decisions=decisions)
    said = seedgit(site, "divergences", "--verdict", "neither").out
    assert "/a: git a conflict, seedgit conflict: both-added" in said


# -- what people committed -------------------------------------------------------------------------


def test_whose_result_was_committed(upstream: Repo, site: Repo) -> None:
    item = STEPS + NEW.format("by hand")
    alike = ADDED_ALIKE[1]  # as seedgit has it
    merge(upstream, site, {"flows/item.yaml": item, "flows/alike.yaml": alike})
    rows = by_file(data(site, "divergences"))
    assert {name: row["people"] for name, row in rows.items()} == {
        "alike": "seedgit",
        "differently": "git",
        "item": "neither",
        "neighbours": "seedgit",
    }
    assert {row["commit"] for row in rows.values()} == {site("rev-parse", "HEAD")}
    assert "flows/alike.yaml  (committed: as seedgit)" in seedgit(site, "divergences").out
    said = seedgit(site, "divergences", "--summary").out
    assert "people committed: 1 as git, 2 as seedgit, 1 as neither." in said
    # A replay of the same merge finds the same.
    data(site, "replay")
    again = [row for row in data(site, "divergences") if row["entry"] == "remerge"]
    assert {name: row["people"] for name, row in by_file(again).items()} == {
        name: row["people"] for name, row in rows.items()
    }


def test_what_means_the_same_is_as_the_engine_had_it(site: Repo) -> None:
    difference = [{"pointer": "/limit", "git": 5, "seedgit": 6}, {"pointer": "/gone", "seedgit": 1}]
    head = site("rev-parse", "HEAD")
    site.commit({PATH: "# by hand\n" + FLOW.replace("limit: 5", "limit:   5")}, "a commit")
    row = {"path": PATH, "verdict": "diverge", "difference": difference}
    arguments = {
        "commit": site("rev-parse", "HEAD"),
        "committed": site("rev-parse", f"HEAD:{PATH}"),
    }
    kept = Journal(site.path / ".git")
    kept.add("remerge", "done", arguments=arguments, merge=f"{head} {head}", **row)
    assert data(site, "divergences")[0]["people"] == "git"


def test_a_merge_that_was_not_committed_has_no_people(upstream: Repo, site: Repo) -> None:
    site.commit(of(FLOWS, 1), "ours")
    upstream.commit(of(FLOWS, 2), "theirs")
    site("fetch", "--quiet")
    site("merge", "--quiet", "origin/main", ok=False)
    assert {row["people"] for row in data(site, "divergences")} == {None}
    site("merge", "--abort")
    site.commit({"flows/item.yaml": STEPS + "more: 1\n"}, "something else")
    assert {row["people"] for row in data(site, "divergences")} == {None}


def test_a_picked_commit_counts_where_it_has_what_an_engine_made(
    upstream: Repo, site: Repo
) -> None:
    flows = {name: FLOWS[name] for name in ("neighbours", "alike")}
    site.commit(of(flows, 1), "ours")
    upstream.commit(of(flows, 2), "theirs")
    site("fetch", "--quiet")
    site("cherry-pick", "origin/main", ok=False)
    site.commit({"flows/neighbours.yaml": SOLVED}, "picked")
    rows = by_file(data(site, "divergences"))
    assert {name: row["people"] for name, row in rows.items()} == {
        "neighbours": "seedgit",
        "alike": "git",
    }


# -- counting --------------------------------------------------------------------------------------


def test_each_merge_is_counted_however_fast_they_come(upstream: Repo, site: Repo) -> None:
    merge(upstream, site)
    for number in ("100", "200"):
        for repo, key in ((site, "k1"), (upstream, "k9")):
            lines = repo.read("flows/apart.yaml").decode().splitlines(keepends=True)
            changed = [
                f"{key}: {number}\n" if line.startswith(key + ":") else line for line in lines
            ]
            repo.commit({"flows/apart.yaml": "".join(changed)}, number)
        site("fetch", "--quiet")
        site("merge", "--quiet", "--no-edit", "origin/main")
    found = data(site, "divergences", "--summary")
    (day,) = found["days"]
    assert (day["merges"], day["files"], day["agree"]) == (3, 7, 3)
    # What a replay merges again are the same merges.
    data(site, "replay")
    found = data(site, "divergences", "--summary")
    assert (found["total"]["merges"], found["total"]["files"]) == (3, 14)


def test_a_day_has_totals_and_so_have_all(site: Repo) -> None:
    kept = Journal(site.path / ".git")
    day = 24 * 3600.0
    for number, verdict in enumerate(journal.VERDICTS):
        for _ in range(2):
            time = (20_000 + number % 2) * day + 3600
            kept.add("merge-driver", "done", time=time, path=PATH, verdict=verdict, merge=verdict)
    found = data(site, "divergences", "--summary")
    assert [(d["day"], d["merges"], d["files"]) for d in found["days"]] == [
        ("2024-10-05", 2, 4),
        ("2024-10-04", 3, 6),
    ]
    total = found["total"]
    assert (total["merges"], total["files"], total["agreement"]) == (5, 10, 1 / 3)
    for name in ("merges", "files", "accepted", *journal.VERDICTS):
        assert total[name] == sum(d[name] for d in found["days"])
    lines = seedgit(site, "divergences", "--summary").out.splitlines()
    assert [line.split()[:3] for line in lines[:4]] == [
        ["day", "merges", "files"],
        ["2024-10-05", "2", "4"],
        ["2024-10-04", "3", "6"],
        ["total", "5", "10"],
    ]


# -- what is known ---------------------------------------------------------------------------------


def test_an_accepted_divergence_is_not_counted_again(upstream: Repo, site: Repo) -> None:
    merge(upstream, site)
    rows = by_file(data(site, "divergences"))
    refused = seedgit(site, "mode", "live")
    assert refused.status == 5
    ids = [str(rows[name]["id"]) for name in ("alike", "differently", "item")]
    said = seedgit(site, "divergences", "--accept", *ids, "--why", "twice is what \x1b[2J is meant")
    assert said.status == 0
    assert said.out.count(": accepted") == 3
    assert by_file(data(site, "divergences")).keys() == {"neighbours"}
    assert "3 accepted, not shown" in seedgit(site, "divergences").out
    total = data(site, "divergences", "--summary")["total"]
    assert (total["files"], total["accepted"], total["agreement"]) == (5, 3, 1.0)
    known = by_file(data(site, "divergences", "--accepted"))
    assert known.keys() == {"alike", "differently", "item"}
    assert known["item"]["accepted"]["who"] == "Sam Site"
    said = seedgit(site, "divergences", "--accepted")
    assert "by Sam Site: twice is what" in said.out
    assert "\x1b" not in said.out
    # Merged again, the same versions come to the same.
    data(site, "replay")
    assert "1 new divergence;" in seedgit(site, "status").out
    assert by_file(data(site, "divergences")).keys() == {"neighbours"}
    assert data(site, "divergences", "--summary")["total"]["accepted"] == 6
    assert "6 accepted" in seedgit(site, "mode").out
    assert seedgit(site, "mode", "live").status == 0


def test_another_result_is_not_what_was_accepted(site: Repo) -> None:
    kept = Journal(site.path / ".git")
    row = {"path": PATH, "verdict": "diverge", "git_result": "1", "seedgit_result": "2"}
    for more in ({}, {}, {"seedgit_result": "3"}, {"ours": "4"}, {"path": "flows/other.yaml"}):
        kept.add("merge-driver", "done", **{**row, **more})
    first = min(row["id"] for row in data(site, "divergences"))
    assert seedgit(site, "divergences", "--accept", str(first), "--why", "known").status == 0
    assert len(data(site, "divergences")) == 3
    assert len(data(site, "divergences", "--accepted")) == 2
    # A row that went with time takes nothing with it.
    assert seedgit(site, "journal", "prune", "--keep", "3").status == 0
    kept.add("merge-driver", "done", **row)
    assert row["path"] not in [found["path"] for found in data(site, "divergences")]
    (again,) = data(site, "divergences", "--accepted")
    assert again["accepted"]["why"] == "known"
    assert seedgit(site, "divergences", "--withdraw", str(again["id"])).status == 0
    assert [found["id"] for found in data(site, "divergences")] == [again["id"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--accept", "1"), "no reason is given"),
        (("--accept", "1", "--why", " "), "no reason is given"),
        (("--accept", "999", "--why", "x"), "no row '999'"),
        (("--accept", "1", "--why", "x"), "row 1 is not a divergence"),
        (("--withdraw", "1"), "row 1 is not accepted"),
    ],
)
def test_what_cannot_be_accepted(site: Repo, words: tuple[str, ...], message: str) -> None:
    said = seedgit(site, "divergences", *words)
    assert said.status == 2
    assert message in said.err
    assert Journal(site.path / ".git").accepted() == {}
