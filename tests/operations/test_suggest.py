"""Suggest: a draft of ownership rules, from what the branch's history shows."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit.formats.rules import parse_rules
from seedgit.operations.suggest import drift
from seedgit.operations.suggest.places import suggest
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.counting import Counted
from tests.operations.test_adopt import drain, slow
from tests.operations.test_rules import give_rules
from tests.site import FLOW, PATH, RULES, SEEDS, data, package, seedgit, site_of

EMPTY = "version: 1\nseeds: []\n"
FLOWS = 'version: 1\nseeds:\n  - files: "flows/**"\n'


@pytest.fixture
@prepared
def upstream(repo: Repo) -> Repo:
    repo.commit({".seedgit.yaml": EMPTY, **SEEDS}, "v1")
    return repo


def paths(found: dict[str, object], *, suggested: bool = True) -> list[list[object]]:
    seeds = found["seeds"]
    assert isinstance(seeds, list)
    return [
        [item["path"], item["changes"], len(item["files"])]
        for group in seeds
        for item in group["overlay"]
        if item["suggested"] == suggested
    ]


def toggle(site: Repo, path: str, times: int) -> None:
    for n in range(times):
        site.commit({path: drain(SEEDS[path]) if n % 2 == 0 else SEEDS[path]}, f"state {n}")


@pytest.mark.parametrize("path", SEEDS)
def test_what_keeps_changing_is_suggested_with_its_evidence(upstream: Repo, path: str) -> None:
    site = upstream.clone("site")
    toggle(site, path, 3)
    site.commit({path: slow(drain(SEEDS[path]))}, "an edit")
    found = data(site, "suggest")
    assert paths(found) == [["/paused", 3, 1], ["/steps/*/mode", 3, 1]]
    assert paths(found, suggested=False) == [["/timeout", 1, 1]]
    before = site("status", "--porcelain"), site("for-each-ref"), site("count-objects", "-v")
    said = seedgit(site, "suggest")
    assert (said.status, said.err) == (0, "")
    assert before == (
        site("status", "--porcelain"),
        site("for-each-ref"),
        site("count-objects", "-v"),
    )
    last = site("rev-parse", "HEAD~1")[:12]
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert f"- path: /steps/*/mode # 3 changes in 1 file, last {last} 2024-05-06" in lines
    assert "# - path: /timeout" in said.out
    rules = parse_rules(said.out.encode(), "draft")
    rule = rules.match(path)
    assert rule is not None
    assert [entry.path for entry in rule.overlay] == ["/paused", "/steps/*/mode"]
    assert rule.key_of(("steps",)) == "id"


def test_the_draft_makes_the_next_adopt_work(upstream: Repo) -> None:
    site = upstream.clone("site")
    toggle(site, PATH, 3)
    draft = seedgit(site, "suggest").out
    site.write({".seedgit.yaml": draft})
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "adopt").status == 0
    assert site.read(PATH).decode() == FLOW
    assert seedgit(site, "render", PATH).out == drain(FLOW)


def test_files_of_a_directory_share_an_entry_and_rank_first(upstream: Repo) -> None:
    upstream.commit({"flows/two.yaml": FLOW, "top.yaml": "a: 1\nb[0]: {x y: 1}\n"}, "more")
    site = upstream.clone("site")
    toggle(site, PATH, 2)
    site.commit({"flows/two.yaml": FLOW.replace("paused: false", "paused: true")}, "two")
    site.commit({"top.yaml": "a: 2\nb[0]: {x y: 2}\n"}, "top")
    site.commit({"top.yaml": "a: 3\nb[0]: {x y: 3}\n"}, "top")
    found = data(site, "suggest")
    assert [group["files"] for group in found["seeds"]] == [["flows/*.yaml"], ["top.yaml"]]
    assert paths(found)[:2] == [["/paused", 3, 2], ["/steps/*/mode", 2, 1]]
    rules = parse_rules(found["snippet"].encode(), "draft")
    assert [o.path for o in rules.seeds[1].overlay] == ["/a", "/b[0]/x y"]


def test_what_the_rules_cover_is_not_suggested_again(repo: Repo) -> None:
    package(repo)
    site = repo.clone("site")
    toggle(site, PATH, 2)
    assert data(site, "suggest")["seeds"] == []
    said = seedgit(site, "-v", "suggest")
    assert all(line.startswith("# ") for line in said.out.splitlines())
    assert "nothing-to-suggest" in said.err
    site.commit({PATH: slow(FLOW)}, "one")
    site.commit({PATH: FLOW}, "back")
    site.commit({"other.yaml": "a: 1\n"}, "no seed")
    found = data(site, "suggest")
    assert paths(found) == [["/timeout", 2, 1]]
    assert found["seeds"][0]["files"] == ["flows/**"]
    assert found["seeds"][0]["keys"] == {"/steps": "id"}


def test_merges_count_where_upstream_was_overruled(upstream: Repo) -> None:
    site = upstream.clone("site")
    site.commit({PATH: drain(FLOW).replace("limit: 5", "limit: 6")}, "state")
    for limit in ("7", "8"):
        changed = FLOW.replace("limit: 5", f"limit: {limit}").replace("wiki", f"wiki{limit}")
        upstream.commit({PATH: changed}, f"limit {limit}")
        site("fetch", "--quiet")
        site("merge", "--quiet", "-X", "ours", "-m", "merge", "origin/main")
    assert "limit: 6" in site.read(PATH).decode()
    assert paths(data(site, "suggest")) == [["/limit", 3, 1]]


def test_upstreams_own_file_brought_in_by_hand_is_no_drift(upstream: Repo) -> None:
    site = upstream.clone("site")
    for name in ("w2", "w3"):
        upstream.commit({PATH: FLOW.replace("wiki", name)}, name)
        site.commit({PATH: FLOW.replace("wiki", name)}, f"vendor {name}")
    site("fetch", "--quiet")
    assert data(site, "suggest")["seeds"] == []


def test_items_that_come_and_go_are_only_told(upstream: Repo) -> None:
    upstream.commit({"flows/list.yaml": "tags: [a]\nsteps:\n  - id: a\n"}, "list")
    site = upstream.clone("site")
    for n in range(2):
        steps = "".join(f"  - id: n{i}\n" for i in range(n + 1))
        tags = ", ".join(f"t{i}" for i in range(n + 1))
        site.commit({"flows/list.yaml": f"tags: [a, {tags}]\nsteps:\n  - id: a\n{steps}"}, "more")
    found = data(site, "suggest")
    assert paths(found) == [["/tags", 2, 1]]
    assert [i["reason"] for i in found["seeds"][0]["overlay"]] == ["", "items-come-and-go"]


def test_names_that_no_plain_yaml_says(upstream: Repo) -> None:
    awkward = '"*": 1\n"a b#: c": 1\n"~": 1\n"\\u202e\\u0007": 1\n"on": 1\n'
    upstream.commit({"flows/[x].yaml": awkward}, "awkward")
    site = upstream.clone("site")
    for n in "23":
        site.commit({"flows/[x].yaml": awkward.replace(": 1", f": {n}")}, n)
    found = data(site, "suggest")
    assert paths(found, suggested=False) == [["/*", 2, 1]]
    for text in (found["snippet"], seedgit(site, "suggest").out):
        rules = parse_rules(text.encode(), "draft")
        assert rules.seeds[0].matches("flows/[x].yaml")
        assert len(rules.seeds[0].overlay) == 4
        rule = rules.seeds[0]
        assert all(rule.entry((key,), None) for key in ("a b#: c", "~", "\u202e\u0007", "on"))


@pytest.mark.parametrize("name", ["!a.yaml", "#a.yaml", "[attr]a/!b.yaml", '"a b\\".yaml'])
def test_names_that_are_no_pattern_as_they_are(name: str, upstream: Repo) -> None:
    upstream.commit({name: "limit: 1\n"}, "awkward")
    site = upstream.clone("site")
    for n in "23":
        site.commit({name: f"limit: {n}\n"}, n)
    snippet = data(site, "suggest")["snippet"]
    assert parse_rules(snippet.encode(), "draft").seeds[0].matches(name)


def test_a_name_too_long_for_a_pattern_is_left_out(upstream: Repo) -> None:
    long = "/".join(["d" * 250] * 5) + ".yaml"
    upstream.commit({long: "limit: 1\n"}, "long")
    site = upstream.clone("site")
    for n in "23":
        site.commit({long: f"limit: {n}\n"}, n)
    assert data(site, "suggest")["seeds"] == []


def test_shallow_histories_and_missing_upstreams(upstream: Repo) -> None:
    site = upstream.clone("site")
    toggle(site, PATH, 3)
    site("push", "--quiet", "origin", "HEAD:refs/heads/site")
    shallow = upstream.clone("shallow", "--depth=2", "--branch", "site", "--no-single-branch")
    assert seedgit(shallow, "suggest", "--from", "origin/main").status == 4
    assert seedgit(site, "suggest", "--from", "nowhere").status == 2
    site("branch", "--unset-upstream")
    assert seedgit(site, "suggest").status == 2


def put_in(rules: str, found: dict[str, Any]) -> str:
    """The rules with each addition where it is said to go."""
    lines = rules.split("\n")
    added = [addition for group in found["seeds"] for addition in group["additions"]]
    for addition in sorted(added, key=lambda each: each["line"], reverse=True):
        line, column, new = addition["line"], addition["column"], addition["lines"]
        if column is None:
            lines[line:line] = new
        else:
            text = lines[line - 1]
            lines[line - 1 : line] = [text[:column], *new, text[column:]]
    return "\n".join(lines)


IN_PLACE = {
    "block": '  - files: "flows/**"\n    overlay:\n      - /limit\n      - path: /x\n    # end\n',
    "nothing yet": '  - files: "flows/**"\n    policy: conservative\n',
    "nothing yet, a comment": '  # ours\n  - files:  # all\n      - "flows/**"\n  # end\n',
    "flow list": '  - files: "flows/**"\n    keys: {/steps: id}\n    overlay: [/limit, /x]\n',
    "empty list": '  - files: "flows/**"\n    overlay: []\n',
    "flow map": '  - {files: "flows/**", keys: {/steps: id}}\n',
    "behind another": '  - files: x.yaml\n  - overlay:\n    - /x\n    files: "flows/**"\n',
}


@pytest.mark.parametrize("entry", IN_PLACE.values(), ids=IN_PLACE)
def test_lines_for_rules_that_are_there_fit_where_they_are_said_to_go(
    repo: Repo, entry: str
) -> None:
    rules = f"version: 1\nseeds:\n{entry}"
    repo.commit({".seedgit.yaml": rules, **SEEDS}, "v1")
    site = repo.clone("site")
    toggle(site, PATH, 3)
    site.commit({PATH: slow(drain(FLOW))}, "an edit")
    found = data(site, "suggest")
    made = put_in(rules, found)
    rule = parse_rules(made.encode(), "made").match(PATH)
    assert rule is not None, made
    assert {"/paused", "/steps/*/mode"} <= {owned.path for owned in rule.overlay}, made
    assert rule.key_of(("steps",)) == "id", made
    (group,) = found["seeds"]
    entries = [n for n, text in enumerate(rules.split("\n"), 1) if text.startswith("  - ")]
    assert group["line"] == entries[-1]
    said = seedgit(site, "suggest").out
    assert f"# .seedgit.yaml:{group['line']}, the entry of " in said
    for addition in group["additions"]:
        assert f"line {addition['line']}" in said
        for text in addition["lines"]:
            assert text in said


def test_it_stays_under_a_screen_unless_all_is_asked_for(
    upstream: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = "".join(f"value_{number}: {{}}\n" for number in range(60))
    upstream.commit({"flows/many.yaml": many.format(*[0] * 60)}, "many")
    site = upstream.clone("site")
    for number in range(1, 4):
        # The first twenty change twice, the others three times.
        values = [number if place >= 20 * number - 20 else 0 for place in range(60)]
        site.commit({"flows/many.yaml": many.format(*values)}, "state")
    for columns, rows in (("200", "24"), ("60", "24"), ("200", "50")):
        monkeypatch.setenv("COLUMNS", columns)
        monkeypatch.setenv("LINES", rows)
        said = seedgit(site, "suggest").out.splitlines()
        height = sum(-(-len(line) // int(columns)) for line in said)
        assert int(rows) - 4 <= height < int(rows)
        shown = [line for line in said if "path: /value_" in line]
        assert said[-1] == f"# {60 - len(shown)} more places: seedgit suggest --all"
        assert "path: /value_20 " in shown[0]
        parse_rules("\n".join(said).encode(), "draft")
    everything = seedgit(site, "suggest", "--all").out
    assert everything.count("path: /value_") == 60
    assert "more place" not in everything
    assert len(data(site, "suggest")["seeds"][0]["overlay"]) == 60


def test_the_upstream_in_use_is_the_one_it_goes_by(upstream: Repo) -> None:
    fork = upstream.clone("fork")
    toggle(fork, PATH, 3)
    site = fork.clone("site")
    site("remote", "add", "package", str(upstream.path))
    site("fetch", "--quiet", "package")
    said = seedgit(site, "suggest").out
    assert "Drafted from 0 commits that origin/main does not have" in said
    assert "--from REF, or git config seedgit.upstream REF" in said
    site("config", "seedgit.upstream", "package/main")
    found = data(site, "suggest")
    assert (found["from"], found["commits"]) == ("package/main", 3)
    assert "gitconfig" not in found["from-origin"]
    assert found["from-origin"].endswith("config")
    assert data(site, "suggest", "--from", "package/main")["from-origin"] == "named"


def test_commits_beside_the_seeds_cost_no_process(upstream: Repo, counted: Counted) -> None:
    site = upstream.clone("site")
    toggle(site, PATH, 3)
    costs = []
    for _ in range(2):
        counted.clear()
        found = suggest(Workspace.open(str(site.path)))
        assert [item.changes for group in found.groups for item in group.found] == [3, 3]
        costs.append((sorted(counted.git), counted.blobs, counted.parsed))
        for n in range(12):
            site.commit({"code": str(n)})
    assert costs[0] == costs[1]
    assert costs[0][0].count("diff-tree") == 1
    assert costs[0][0].count("log") == 1


def test_many_changed_seeds_are_asked_for_at_once(upstream: Repo, counted: Counted) -> None:
    names = {f"flows/{n:03}.yaml": FLOW for n in range(drift.MOST_NAMES + 5)}
    upstream.commit(names)
    site = upstream.clone("site")
    site.commit({name: drain(FLOW) for name in names}, "once")
    site.commit(names, "and back")
    counted.clear()
    found = suggest(Workspace.open(str(site.path)))
    assert {len(item.files) for group in found.groups for item in group.found} == {len(names)}
    assert counted.git.count("log") == 1 and counted.git.count("diff-tree") == 1


def written(site: Repo, *words: str) -> Any:
    said = seedgit(site, "suggest", "--write", *words)
    assert (said.status, said.err) == (0, "")
    return said.out


def rules_of_site(site: Repo) -> str:
    return site("show", "refs/seedgit/overlays/local:rules.yaml")


def test_suggestions_are_written_where_they_count(repo: Repo) -> None:
    """In the site's overlay: first what nothing else says, then before what is wider."""
    site = site_of(package(repo))
    for text in (slow(FLOW), FLOW):
        site.commit({PATH: text}, "drift")
    out = written(site)
    assert "/timeout is the site's" in out and "overlay local: " in out
    assert "path: /timeout" in rules_of_site(site)
    assert data(site, "suggest")["seeds"] == []
    wide = "version: 1\nseeds:\n  - files: '**'  # all\n    overlay:\n      - /none\n"
    give_rules(site, wide)
    written(site)
    assert rules_of_site(site) == wide.replace("- /none", "- /timeout\n      - /none").strip()
    give_rules(site, "version: 1\nseeds:\n  - files: other/*\n")
    written(site)
    assert data(site, "suggest")["seeds"] == []
    give_rules(site, "version: 1\nseeds:\n  - files: flows/*\n")
    written(site)
    assert data(site, "suggest")["seeds"] == []


def test_what_is_final_is_not_written(repo: Repo) -> None:
    final = RULES + "      - path: /timeout\n        final: true\n"
    site = site_of(package(repo, {".seedgit.yaml": final}))
    for text in (slow(FLOW), FLOW):
        site.commit({PATH: text}, "drift")
    out = written(site)
    assert "stays the package's: it is final" in out and "nothing changed" in out
    assert site("for-each-ref", "refs/seedgit") == ""
