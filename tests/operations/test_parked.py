"""What is parked is told, wherever it might be missed; and may be kept in the file all the same."""

from __future__ import annotations

import json

import pytest

from tests.built import prepared
from tests.conftest import Repo
from tests.operations.test_plan import BUCKETS
from tests.site import FLOW, PATH, Said, data, override, seedgit, site_of, statuses

NEW = FLOW.replace("limit: 5\n", "").replace("    max_items: 50\n", "")
NEW = NEW.replace("  - id: rank\n    mode: live\n", "")
ITEM = "/steps/[id=fetch]/max_items"
GONE = "/steps/[id=rank]/mode"


@pytest.fixture(params=[False, True], ids=["without-hooks", "with-hooks"])
@prepared
def site(upstream: Repo, request: pytest.FixtureRequest) -> Repo:
    """A site that lost the place of three overrides to an upgrade."""
    site = site_of(upstream, hooks=request.param)
    override(site, "/limit", "2", "--why", "small host")
    override(site, ITEM, "1")
    override(site, GONE, "drain")
    upstream.commit({PATH: NEW}, "v2")
    site("pull", "--quiet", "--ff-only")
    return site


def ok(site: Repo, *words: str) -> Said:
    said = seedgit(site, *words)
    assert said.status == 0, said.err
    return said


def number(site: Repo, name: str) -> str:
    return next(str(i["number"]) for i in data(site, "pending")["items"] if i["name"] == name)


def resolve(site: Repo, name: str, *words: str) -> Said:
    return seedgit(site, "resolve", number(site, name), *words)


def test_render_tells_on_standard_error_alone(site: Repo) -> None:
    said = seedgit(site, "render", PATH)
    assert (said.status, said.out) == (0, NEW)
    for name in ("/limit", ITEM, GONE):
        assert f"{PATH}: {name} of overlay local is parked (orphaned): not in this file" in said.err
    assert "hint: seedgit pending" in said.err
    strict = seedgit(site, "render", "--strict", PATH)
    assert (strict.status, strict.out, strict.err) == (1, said.out, said.err)
    for name in ("/limit", ITEM, GONE):
        assert resolve(site, name, "--take-seed").status == 0
    assert seedgit(site, "render", "--strict", PATH) == Said(0, NEW, "")


def test_what_was_parked_knowingly_is_still_not_in_the_file(site: Repo) -> None:
    assert "parked: not in the effective file" in resolve(site, "/limit", "--keep-local").out
    said = seedgit(site, "render", "--strict", PATH)
    assert said.status == 1
    assert "/limit of overlay local is parked" in said.err
    (field,) = [f for f in data(site, "status", "--overlay")["fields"] if f["name"] == "/limit"]
    assert (field["parked"], field["needs-person"], "seed" in field) == (True, False, False)
    assert "orphaned  /limit" in (shown := seedgit(site, "status", "--overlay").out)
    assert "parked 2  (small host)" in shown


def test_approving_all_parks_nothing(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: NEW.replace("timeout: 30", "timeout: 40")}, "v3")
    override(site, "/timeout", "90")
    site("pull", "--quiet", "--ff-only")
    assert "seedgit resolve N --keep-local | --keep-here" in seedgit(site, "pending").out
    said = ok(site, "approve", "--all")
    assert "left 3 that this would park:" in said.out
    assert "seedgit resolve N --keep-here | --keep-local | --take-seed" in said.out
    for name in ("/limit", ITEM, GONE):
        assert f"{PATH}{name}\n" in said.out
    assert len(data(site, "pending")["items"]) == 3
    left = data(site, "approve", "--all")
    assert [one["choice"] for one in left] == [None] * 3


@pytest.mark.parametrize("name", ["/limit", ITEM])
def test_what_is_kept_here_is_in_the_file_and_stays(upstream: Repo, site: Repo, name: str) -> None:
    said = resolve(site, name, "--keep-here", "--why", "still honoured")
    assert said.status == 0, said.err
    assert "kept here: in the effective file" in said.out
    line = "limit: 2\n" if name == "/limit" else "    max_items: 1\n"
    assert line in seedgit(site, "render", PATH).out
    assert name not in [i["name"] for i in data(site, "pending")["items"]]
    assert "kept here" in seedgit(site, "status", "--overlay").out
    assert data(site, "status")["overrides"]["kept-here"] == 1
    (place,) = data(site, "why", PATH, name)
    (held,) = place["overrides"]
    assert (held["status"], held["parked"], place["layer"]) == ("kept-here", False, "overlay")
    assert "kept here: the seed has no such place" in seedgit(site, "why", PATH, name).out

    front = NEW.replace("steps:\n", "steps:\n  - id: new\n    mode: live\n") + "more: 1\n"
    upstream.commit({PATH: front}, "v3")
    site("fetch", "--quiet")
    planned = data(site, "plan", "origin/main")
    assert [d["reason"] for d in planned["no_op"] if d.get("overlay")] == ["kept-here"]
    site("merge", "--quiet", "origin/main")
    assert line in seedgit(site, "render", PATH).out
    assert "kept-here" in statuses(site).values()

    ok(site, "rebase")
    ok(site, "unset", PATH, name)
    assert line not in seedgit(site, "render", PATH).out
    ok(site, "undo")
    assert line in seedgit(site, "render", PATH).out


def test_keeping_here_is_undone_as_any_decision(site: Repo) -> None:
    assert resolve(site, "/limit", "--keep-here").status == 0
    ok(site, "undo")
    assert seedgit(site, "render", PATH).out == NEW
    assert "/limit" in [i["name"] for i in data(site, "pending")["items"]]


def test_a_decision_to_keep_here_goes_to_another_site(upstream: Repo, site: Repo) -> None:
    assert resolve(site, ITEM, "--keep-here").status == 0
    ok(site, "push", "origin")
    other = upstream.clone("other")
    ok(other, "init")
    ok(other, "pull", "origin")
    assert "    max_items: 1\n" in seedgit(other, "render", PATH).out
    assert ITEM not in [i["name"] for i in data(other, "pending")["items"]]


def test_an_item_that_is_gone_is_no_place(site: Repo) -> None:
    before = site("for-each-ref", "refs/seedgit")
    said = resolve(site, GONE, "--keep-here")
    assert said.status == 3
    assert "the seed has no place for /steps/[id=rank]/mode" in said.err
    assert "--keep-local --at POINTER" in said.err
    assert site("for-each-ref", "refs/seedgit") == before


def test_a_place_that_is_known_is_not_kept_here(upstream: Repo, site: Repo) -> None:
    override(site, "/steps/0/mode", "drain")
    override(site, "/paused", "true")
    upstream.commit({PATH: NEW.replace("mode: live", "mode: bulk")}, "v3")
    site("pull", "--quiet", "--ff-only")
    for item in data(site, "pending")["items"]:
        if item["reason"] == "moved-under":
            assert seedgit(site, "resolve", str(item["number"]), "--keep-here").status == 2
    upstream("rm", "--quiet", PATH)
    upstream("commit", "--quiet", "-m", "gone")
    site("pull", "--quiet", "--ff-only")
    said = seedgit(site, "resolve", number(site, "/paused"), "--keep-here")
    assert (said.status, "no file to keep it in" in said.err) == (2, True)


def test_an_index_that_is_anothers_now_answers_nothing(upstream: Repo, site: Repo) -> None:
    """An orphan is decided by its name: the next one of that index is another question."""
    assert resolve(site, GONE, "--keep-local").status == 0
    more = NEW + "  - id: write\n    mode: live\n"
    upstream.commit({PATH: more}, "v3")
    site("pull", "--quiet", "--ff-only")
    override(site, "/steps/[id=write]/mode", "drain")
    upstream.commit({PATH: NEW}, "v4")
    site("pull", "--quiet", "--ff-only")
    names = [item["name"] for item in data(site, "pending")["items"]]
    assert "/steps/[id=write]/mode" in names
    assert GONE not in names


def test_why_finds_what_is_parked_also_without_its_seed(upstream: Repo, site: Repo) -> None:
    for pointer in ("/limit", "/steps/1/mode", GONE):
        (place,) = data(site, "why", PATH, pointer)
        assert [(h["status"], h["parked"]) for h in place["overrides"]] == [("orphaned", True)]
    shown = ok(site, "why", PATH, "/limit").out
    assert "2 of overlay local, parked (orphaned): not in the effective file" in shown
    assert "small host" in shown
    upstream("rm", "--quiet", PATH)
    upstream("commit", "--quiet", "-m", "gone")
    site("pull", "--quiet", "--ff-only")
    (place,) = data(site, "why", PATH, "/limit")
    (held,) = place["overrides"]
    assert (held["parked"], held["why"], held["value"]) == (True, "small host", 2)
    assert seedgit(site, "why", PATH, "/nothing").status == 2


def test_why_names_the_layer_that_covers(upstream: Repo) -> None:
    site = site_of(upstream)
    override(site, "/timeout", "2")
    site("config", "seedgit.overlay", "local")
    site("config", "--add", "seedgit.overlay", "night")
    override(site, "/timeout", "3")
    assert "2 of overlay local, covered by overlay night" in ok(site, "why", PATH, "/timeout").out
    (place,) = data(site, "why", PATH, "/timeout")
    assert [(h["status"], h.get("by")) for h in place["overrides"]] == [
        ("covered", "night"),
        ("in-effect", None),
    ]


def test_what_a_lower_layer_took_away_is_told_too(upstream: Repo) -> None:
    site = site_of(upstream)
    site("config", "--add", "seedgit.overlay", "fleet")
    ok(site, "set", PATH, "/steps/[id=fetch]", "--delete")
    site("config", "--add", "seedgit.overlay", "night")
    override(site, ITEM, "1")
    said = seedgit(site, "render", "--strict", PATH)
    assert said.status == 1
    assert "of overlay night is parked (covered): not in this file" in said.err


def test_a_record_as_older_versions_wrote_it_works(site: Repo) -> None:
    """Without names: orphans in maps are kept all the same."""
    ok(site, "rebase")
    place = "records/flows%2Fwiki.yaml/record.json"
    record = json.loads(site("show", f"refs/seedgit/overlays/local:{place}"))
    assert [p.pop("name", None) for p in record["parked"]] == [None, ITEM, GONE]
    ref = "refs/seedgit/overlays/local"
    blob = site.blob(json.dumps(record))
    env = {"GIT_INDEX_FILE": ".git/other"}
    site("read-tree", ref, env=env)
    site("update-index", "--cacheinfo", f"100644,{blob},{place}", env=env)
    tree = site("write-tree", env=env)
    site("update-ref", ref, site("commit-tree", tree, "-p", ref, "-m", "older"))
    assert [i["name"] for i in data(site, "pending")["items"]] == [
        "/limit",
        "/steps/0/max_items",
        "/steps/1/mode",
    ]
    assert resolve(site, "/steps/0/max_items", "--keep-here").status == 3
    assert resolve(site, "/limit", "--keep-here").status == 0
    assert "limit: 2\n" in seedgit(site, "render", PATH).out


def test_what_comes_back_is_planned_as_it_will_be(upstream: Repo, site: Repo) -> None:
    ok(site, "rebase")
    upstream.commit({PATH: FLOW.replace("max_items: 50", "max_items: 60")}, "v3")
    site("fetch", "--quiet")
    made = data(site, "plan", "origin/main")
    told = {b: {d["name"]: d["reason"] for d in made[b] if d.get("overlay")} for b in BUCKETS}
    assert told["needs_approval"] == {ITEM: "moved-under"}
    assert {n for n, r in told["auto_apply"].items() if r == "restored"} == {"/limit", GONE}
    site("merge", "--quiet", "--ff-only", "origin/main")
    assert {i["name"]: i["reason"] for i in data(site, "pending")["items"]} == {ITEM: "moved-under"}
    found = data(site, "status", "--overlay")["fields"]
    assert not any(field["parked"] for field in found)


def test_what_a_lower_overlay_takes_the_place_of_waits(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    site("config", "seedgit.overlay", "fleet")
    site("config", "--add", "seedgit.overlay", "site")
    override(site, GONE, "drain", "--until", "2999-01-01")
    site("config", "--unset", "seedgit.overlay", "site")
    site.write({PATH: FLOW.replace("  - id: rank\n    mode: live\n", "  - id: rank\n")})
    ok(site, "capture", PATH)
    site("config", "--add", "seedgit.overlay", "site")
    (item,) = data(site, "pending")["items"]
    assert (item["overlay"], item["name"], item["reason"]) == ("site", GONE, "covered")
    (field,) = [f for f in data(site, "status")["fields"] if f["overlay"] == "site"]
    assert (field["status"], field["parked"], field["value"]) == ("covered", True, "drain")
    assert seedgit(site, "verify").status == 1
    assert "parked: not in the effective file" in seedgit(site, "pending").out
    assert resolve(site, GONE, "--value", "x").status == 2
    assert resolve(site, GONE, "--keep-here").status == 2
    ok(site, "resolve", number(site, GONE), "--keep-local")
    assert data(site, "pending")["items"] == []
    assert "nothing needs you" in seedgit(site, "status").out
    (field,) = [f for f in data(site, "status")["fields"] if f["overlay"] == "site"]
    assert field["until"] == {"date": "2999-01-01"}
    assert "covered  " in seedgit(site, "status", "--overlay").out
    site("config", "--unset", "seedgit.overlay", "fleet")
    assert "mode: drain" in seedgit(site, "render", PATH).out
