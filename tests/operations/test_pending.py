"""`seedgit pending`, `resolve` and `approve`: bound to what was looked at, and remembered."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from seedgit.operations import pending
from seedgit.operations.pending import Item
from tests.built import prepared
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, PATH, data, seedgit, site_of, statuses

NEW = (
    FLOW.replace("50", "80")
    .replace("limit: 5", "limit: 9")
    .replace("  - id: rank\n    mode: live\n", "")
)


@pytest.fixture
@prepared
def site(upstream: Repo) -> Repo:
    """A site in which an upgrade left three overrides waiting."""
    return upgraded(upstream)


def upgraded(upstream: Repo, *, hooks: bool = False) -> Repo:
    site = site_of(upstream, hooks=hooks)
    override(site, "/steps/[id=fetch]/max_items", "1")
    override(site, "/limit", "2")
    override(site, "/steps/[id=rank]/mode", "drain")
    upstream.commit({PATH: NEW}, "v2")
    site("pull", "--quiet", "--ff-only")
    return site


def override(site: Repo, pointer: str, value: str) -> None:
    assert seedgit(site, "set", PATH, pointer, value, "--why", "burn-in").status == 0


def listed(site: Repo) -> dict[str, Any]:
    return {item["pointer"]: item for item in data(site, "pending")["items"]}


def number(site: Repo, pointer: str) -> str:
    return str(listed(site)[pointer]["number"])


def done(site: Repo, *words: str) -> None:
    said = seedgit(site, *words)
    assert said.status == 0, said.err


def refused(site: Repo, *words: str) -> str:
    before = site("for-each-ref", "refs/seedgit")
    said = seedgit(site, *words)
    assert said.status == 5, said
    assert "hint:" in said.err
    assert site("for-each-ref", "refs/seedgit") == before
    return said.err


@pytest.mark.parametrize("hooks", [False, True])
def test_what_waits_is_listed_with_what_it_is_bound_to(upstream: Repo, hooks: bool) -> None:
    site = upgraded(upstream, hooks=hooks)
    found = listed(site)
    assert {p: (i["number"], i["reason"], i["proposal"]) for p, i in found.items()} == {
        "/steps/0/max_items": (1, "moved-under", "keep-local"),
        "/limit": (2, "yielded", "take-seed"),
        "/steps/1/mode": (3, "orphaned", "keep-local"),
    }
    item = found["/steps/0/max_items"]
    assert item["values"] == {"base": 50, "seed": 80, "local": 1}
    assert item["ids"]["seed"] == site("rev-parse", f"HEAD:{PATH}")
    assert item["ids"]["record"] == site(
        "rev-parse", "refs/seedgit/overlays/local:records/flows%2Fwiki.yaml/record.json"
    )
    assert f"1  {item['id']}" in seedgit(site, "pending").out
    assert seedgit(site, "pending", "--exit-code").status == 1
    assert site("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        (("--keep-local",), "max_items: 1\n"),
        (("--take-seed",), "max_items: 80\n"),
        (("--value", "10"), "max_items: 10\n"),
    ],
)
def test_an_override_under_review(site: Repo, choice: tuple[str, ...], line: str) -> None:
    item = number(site, "/steps/0/max_items")
    done(site, "resolve", item, *choice, "--why", "agreed")
    assert line in seedgit(site, "render", PATH).out
    assert "/steps/0/max_items" not in listed(site)
    entry = data(site, "log")[0]
    assert entry["why"] == "agreed"
    record = json.loads(
        site("show", "refs/seedgit/overlays/local:records/flows%2Fwiki.yaml/record.json")
    )
    (decision,) = record["decisions"]
    assert decision["path"] == "/steps/0/max_items"
    assert (decision["base"], decision["seed"], decision["local"]) == (50, 80, 1)
    assert (decision["choice"], decision["why"]) == (choice[0].removeprefix("--"), "agreed")


@pytest.mark.parametrize(
    ("choice", "line"),
    [
        (("--keep-local",), "limit: 2\n"),
        (("--take-seed",), "limit: 9\n"),
        (("--value", "3"), "limit: 3\n"),
    ],
)
@pytest.mark.parametrize("stored", [False, True])
def test_an_override_that_yielded(
    upstream: Repo, site: Repo, choice: tuple[str, ...], line: str, stored: bool
) -> None:
    if stored:
        done(site, "rebase")
        upstream.commit({PATH: NEW.replace("paused", "# more\npaused").replace("small", "big")})
        site("pull", "--quiet", "--ff-only")
    item = number(site, "/limit")
    assert seedgit(site, "resolve", item, "--value", "[" * 128 + "]" * 128).status == 3
    done(site, "resolve", item, *choice)
    assert line in seedgit(site, "render", PATH).out
    assert "/limit" not in listed(site)


def test_an_orphan_stays_goes_or_gets_a_place(site: Repo) -> None:
    item = number(site, "/steps/1/mode")
    said = seedgit(site, "resolve", item, "--value", "off")
    assert (said.status, "--at" in said.err) == (2, True)
    done(site, "resolve", item, "--keep-local")
    assert "/steps/1/mode" not in listed(site)
    assert statuses(site)[f"{PATH}/steps/1/mode"] == "orphaned"
    fields = data(site, "status", "--overlay")["fields"]
    assert [f["pointer"] for f in fields if f["needs-person"]] == ["/steps/0/max_items", "/limit"]
    done(site, "undo")
    done(site, "resolve", number(site, "/steps/1/mode"), "--take-seed")
    assert f"{PATH}/steps/1/mode" not in statuses(site)
    done(site, "undo")
    item = number(site, "/steps/1/mode")
    done(site, "resolve", item, "--keep-local", "--at", "/steps/[id=fetch]/mode")
    assert "mode: drain\n" in seedgit(site, "render", PATH).out
    assert "/steps/1/mode" not in listed(site)


def test_overrides_of_a_seed_that_is_gone(upstream: Repo, site: Repo) -> None:
    done(site, "approve", number(site, "/limit"))
    upstream("rm", "--quiet", PATH)
    upstream.commit(message="gone")
    site("pull", "--quiet", "--ff-only")
    found = listed(site)
    assert {item["reason"] for item in found.values()} == {"seed-gone"}
    assert seedgit(site, "resolve", "1", "--value", "3").status == 2
    done(site, "resolve", "1", "--keep-local")
    done(site, "resolve", "2", "--take-seed")
    assert listed(site) == {}
    upstream.commit({PATH: NEW}, "back")
    site("pull", "--quiet", "--ff-only")
    assert "max_items: 1\n" in seedgit(site, "render", PATH).out


# -- bound to what was looked at -----------------------------------------------------------------


def test_refused_once_the_seed_moved(upstream: Repo, site: Repo) -> None:
    listed(site)
    upstream.commit({PATH: NEW.replace("80", "90")}, "v3")
    site("pull", "--quiet", "--ff-only")
    assert "the seed changed since item 1" in refused(site, "resolve", "1", "--keep-local")
    done(site, "resolve", number(site, "/steps/0/max_items"), "--keep-local")


def test_refused_once_the_record_moved(site: Repo) -> None:
    item = listed(site)["/steps/0/max_items"]
    override(site, "/paused", "true")
    for name in (str(item["number"]), item["id"]):
        err = refused(site, "resolve", name, "--keep-local")
        assert "changed since item 1 was listed" in err
    refused(site, "approve", "--all")


def test_refused_once_the_base_moved(site: Repo) -> None:
    listed(site)
    done(site, "rebase")
    assert "the base changed since item 1" in refused(site, "resolve", "1", "--keep-local")


def test_a_number_is_only_what_was_listed(site: Repo) -> None:
    said = seedgit(site, "resolve", "1", "--keep-local")
    assert (said.status, "seedgit pending" in said.err) == (2, True)
    found = listed(site)
    id = found["/steps/0/max_items"]["id"]
    refused(site, "resolve", "2", id, "--keep-local")
    refused(site, "resolve", "abcdef", "--keep-local")
    assert seedgit(site, "resolve", "7", "--keep-local").status == 2
    done(site, "resolve", "1", id, "--keep-local")
    assert seedgit(site, "resolve", "1", "--keep-local").status == 2


def test_a_decision_leaves_its_neighbours_numbers_as_they_were(site: Repo) -> None:
    found = listed(site)
    done(site, "resolve", "1", found["/steps/0/max_items"]["id"], "--keep-local")
    done(site, "resolve", "3", found["/steps/1/mode"]["id"], "--take-seed")
    done(site, "resolve", found["/limit"]["id"], "--keep-local")
    assert listed(site) == {}
    rendered = seedgit(site, "render", PATH).out
    assert "max_items: 1\n" in rendered
    assert "limit: 2\n" in rendered


def test_all_or_nothing(site: Repo) -> None:
    listed(site)
    before = site("rev-parse", "refs/seedgit/overlays/local")
    assert seedgit(site, "approve", "1", "9").status == 2
    assert seedgit(site, "approve").status == 2
    assert site("rev-parse", "refs/seedgit/overlays/local") == before
    done(site, "approve", "--all", "--why", "looked at")
    assert site("rev-parse", "refs/seedgit/overlays/local^") == before
    assert list(listed(site)) == ["/steps/1/mode"]
    done(site, "approve", "1")
    rendered = seedgit(site, "render", PATH).out
    assert "max_items: 1\n" in rendered
    assert "limit: 9\n" in rendered
    assert seedgit(site, "status", "--exit-code").status == 0


def test_approving_all_is_refused_for_what_was_not_listed(site: Repo) -> None:
    assert "not in the last listing" in refused(site, "approve", "--all")


def test_another_worktree_has_another_seed(site: Repo) -> None:
    listed(site)
    site("branch", "older", "HEAD^")
    older = site.worktree("older")
    assert "the seed changed since item 1" in refused(older, "resolve", "1", "--keep-local")


def test_a_conflict_comes_first(upstream: Repo, site: Repo) -> None:
    listed(site)
    before = site("for-each-ref", "refs/seedgit")
    site.commit({PATH: NEW.replace("small", "mine")}, "local")
    upstream.commit({PATH: NEW.replace("small", "large")}, "v3")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    found = data(site, "pending")
    assert (found["items"], found["conflicts"]) == ([], [PATH])
    assert seedgit(site, "status").status == 0
    said = seedgit(site, "why", PATH, "/limit")  # the seed is not gone
    assert (said.status, said.out) == (5, "")
    assert f"{PATH}: is in conflict" in said.err
    site.commit({PATH: NEW.replace("small", "both")}, "merged")
    assert len(listed(site)) == 3
    assert site("for-each-ref", "refs/seedgit") == before


def test_a_broken_listing_is_no_listing(site: Repo) -> None:
    listed(site)
    (site.path / ".git" / "seedgit" / "pending.json").write_text("{")
    assert seedgit(site, "resolve", "1", "--keep-local").status == 2
    assert len(listed(site)) == 3


# -- remembered ----------------------------------------------------------------------------------


def test_a_decision_is_shared_and_used_again(upstream: Repo, site: Repo) -> None:
    listed(site)
    done(site, "resolve", "1", "--value", "10", "--why", "agreed with ops")
    done(site, "push", "origin")
    other = upstream.clone("other")
    assert seedgit(other, "init").status == 0
    other("reset", "--quiet", "--hard", "HEAD^")
    other("config", "seedgit.overlay", "theirs")
    override(other, "/steps/[id=fetch]/max_items", "1")
    override(other, "/limit", "4")
    done(other, "pull", "origin")
    made = data(other, "plan", "origin/main")
    (decision,) = made["needs_approval"]
    assert decision["detail"] == "decided before: value"
    other("merge", "--quiet", "origin/main")
    item = listed(other)["/steps/0/max_items"]
    assert (item["overlay"], item["proposal"]) == ("theirs", "value")
    assert item["decided-before"] == {"choice": "value", "why": "agreed with ops"}
    done(other, "approve", "--known")
    assert "max_items: 10\n" in seedgit(other, "render", PATH).out
    assert list(listed(other)) == ["/limit"]


def test_another_value_is_another_question(upstream: Repo, site: Repo) -> None:
    listed(site)
    done(site, "resolve", "1", "--keep-local")
    upstream.commit({PATH: NEW.replace("80", "90")}, "v3")
    site("pull", "--quiet", "--ff-only")
    item = listed(site)["/steps/0/max_items"]
    assert item["values"] == {"base": 80, "seed": 90, "local": 1}
    assert "decided-before" not in item
    assert seedgit(site, "approve", "--known").out == "nothing waits\n"


def test_a_pull_does_not_bring_back_what_was_decided(upstream: Repo, site: Repo) -> None:
    done(site, "rebase")
    done(site, "push", "origin")
    other = upstream.clone("other")
    assert seedgit(other, "init").status == 0
    done(other, "pull", "origin")
    assert len(listed(other)) == 3
    done(other, "approve", "1", "2", "3")
    done(other, "push", "origin")
    override(site, "/paused", "true")
    done(site, "pull", "origin")
    assert listed(site) == {}


# -- many -----------------------------------------------------------------------------------------

MANY = "flows/many.yaml"
MANY_RULES = """\
version: 1
seeds:
  - files: "flows/**"
    overlay:
      - path: /**
        on-seed-change: review
"""


def many_of(upstream: Repo, count: int) -> Repo:
    """A site in which as many items wait, all of one file: `kN` has N there."""
    text = "".join(f"k{n}: -1\n" for n in range(count))
    upstream.commit({MANY: text, ".seedgit.yaml": MANY_RULES}, "many")
    site = site_of(upstream)
    lines = [json.dumps({"file": MANY, "pointer": f"/k{n}", "value": n}) for n in range(count)]
    (site.path / ".git" / "lines").write_text("\n".join(lines))
    done(site, "set", "--from", ".git/lines")
    upstream.commit({MANY: text.replace("-1", "-2")}, "v2")
    site("pull", "--quiet", "--ff-only")
    assert len(listed(site)) == count
    return site


def test_many_items_are_decided_by_work_that_grows_as_they_do(
    upstream: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was looked for among all: 3,000 took 48 seconds."""
    site = many_of(upstream, 200)
    made = []
    id = Item.id.fget
    monkeypatch.setattr(Item, "id", property(lambda item: made.append(0) or id(item)))
    done(site, "approve", "--all")
    assert 0 < len(made) <= 10 * 200
    assert listed(site) == {}


def test_of_items_with_one_id_the_number_says_which(
    upstream: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 10,000, two often have one: the decision was about the first of them, whichever was
    named."""
    monkeypatch.setattr(pending, "ID_LENGTH", 1)
    site = many_of(upstream, 60)
    items = list(listed(site).values())
    ids = [item["id"] for item in items]
    id = next(id for id in ids if id.isalpha() and ids.count(id) > 1)
    first, second = [item for item in items if item["id"] == id][:2]
    said = seedgit(site, "resolve", id, "--take-seed")
    assert (said.status, f"items have the id {id}: which one?" in said.err) == (2, True)
    done(site, "resolve", str(second["number"]), "--take-seed")
    left = listed(site)
    assert second["pointer"] not in left and first["pointer"] in left
    rendered = seedgit(site, "render", MANY).out
    assert f"{second['pointer'][1:]}: -2\n" in rendered
    assert f"{first['pointer'][1:]}: {first['pointer'][2:]}\n" in rendered


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["resolve", "--take-seed", "--why", "it's $HOME"], "-2"),
        (["resolve", "--value", "-7", "--overlay", "local"], "-7"),
        (["resolve", "--value", "it's `x`"], '"it\'s `x`"'),
        (["approve", "--why", "-"], "own"),
    ],
)
def test_of_items_with_one_id_each_has_a_line_to_paste(
    upstream: Repo, monkeypatch: pytest.MonkeyPatch, words: list[str], value: str
) -> None:
    """Below the top, too, and with all that was asked for."""
    monkeypatch.setattr(pending, "ID_LENGTH", 1)
    site = many_of(upstream, 60)
    below = Repo(site.path / "deep" / "down")
    below.path.mkdir(parents=True)
    known = listed(site)
    ids = [item["id"] for item in known.values()]
    id = next(id for id in ids if id.isalpha() and ids.count(id) > 1)
    said = seedgit(below, words[0], id, *words[1:])
    assert said.status == 2
    (hint,) = [line for line in said.err.splitlines() if line.startswith("hint: ")]
    lines = re.findall(rf"(seedgit .*?) \({MANY}(/k\d+)\)", hint)
    wanted = [pointer for pointer, item in known.items() if item["id"] == id]
    assert sorted(pointer for _, pointer in lines) == sorted(wanted[:5])
    command, pointer = lines[-1]
    program, *rest = shlex.split(command)
    made = seedgit(below, *rest)
    assert (program, made.status, made.err) == ("seedgit", 0, "")
    assert known.keys() - listed(site).keys() == {pointer}
    expected = pointer[2:] if value == "own" else value
    assert f"{pointer[1:]}: {expected}\n" in seedgit(site, "render", MANY).out
    if "--why" in words:
        assert words[-1] in seedgit(site, "log", "-n", "1").out


def test_a_decision_about_one_file_reads_no_other_file_that_waits(
    upstream: Repo, counted: Counted
) -> None:
    paths = [f"flows/{number}.yaml" for number in range(12)]
    upstream.commit(dict.fromkeys(paths, FLOW), "many")
    site = site_of(upstream)
    for path in paths:
        done(site, "set", path, "/steps/[id=fetch]/max_items", "1")
    upstream.commit(dict.fromkeys(paths, NEW), "v2")
    site("pull", "--quiet", "--ff-only")
    counted.clear()
    items = data(site, "pending")["items"]
    assert len(items) == len(paths) < counted.parsed
    counted.clear()
    done(site, "resolve", str(items[5]["number"]), "--take-seed")
    assert counted.parsed < len(paths)
    assert [item["path"] for item in data(site, "pending")["items"]] == sorted(
        {*paths} - {items[5]["path"]}
    )
