"""`seedgit fleet`: many sites' overlays in one repository, planned together, changing nothing."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable
from typing import Any

import pytest

from seedgit.git import stored_record
from seedgit.operations.fleet import census, plan, shared
from seedgit.operations.fleet.job import ToldFinding
from seedgit.operations.fleet.model import FleetFinding
from seedgit.operations.fleet.overrides import fleet_overrides
from seedgit.operations.fleet.plan import fleet_plan
from seedgit.operations.fleet.remembered import (
    SILENT,
    KnownSite,
    Remembered,
    answer_from,
    keep,
    read,
    text_of_answer,
)
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import Question
from seedgit.values.diff import ABSENT
from seedgit.values.value import Key, Opaque, Secret
from tests.conftest import DIGITS, Repo
from tests.operations.test_plan import everything
from tests.site import FLOW, PATH, data, seedgit

REF = "origin/main"
OVERLAYS = "refs/seedgit/overlays/"


def override(site: Repo, name: str, *settings: tuple[str, str], path: str = PATH) -> str:
    """An overlay with these values; returns its commit."""
    site("config", "--replace-all", "seedgit.overlay", name)
    for pointer, value in settings:
        said = seedgit(site, "set", path, pointer, value)
        assert said.status == 0, said.err
    site("config", "--unset-all", "seedgit.overlay")
    return site("rev-parse", OVERLAYS + name)


def ship(upstream: Repo, site: Repo, change: Callable[[str], str] = lambda text: text) -> None:
    """Version 2: another default, and a step that is gone."""
    text = FLOW.replace("max_items: 50", "max_items: 80")
    text = text.replace("  - id: rank\n    mode: live\n", "")
    upstream.commit({PATH: change(text)}, "v2")
    site("fetch", "--quiet")


def planned(site: Repo, *words: str) -> Any:
    """The plan; nothing may have changed for it."""
    before = everything(site)
    made = data(site, "fleet", "plan", *(words or (REF,)))
    assert everything(site) == before
    return made


def groups(made: Any) -> dict[tuple[str, ...], list[tuple[str, str, str]]]:
    findings = made["findings"]
    return {
        tuple(group["sites"]): [
            (findings[n]["bucket"], findings[n]["pointer"], findings[n]["reason"])
            for n in group["findings"]
        ]
        for group in made["groups"]
    }


MOVED = ("needs_approval", "/steps/[id=fetch]/max_items", "moved-under")
ORPHAN = ("needs_approval", "/steps/[id=rank]/mode", "orphaned")


# -- grouping ------------------------------------------------------------------------------------


def test_sites_are_grouped_by_outcome(upstream: Repo, site: Repo) -> None:
    for number in range(3):
        override(site, f"calm-{number}", ("/model", f"m{number}"))
    override(site, "few", ("/steps/[id=fetch]/max_items", "1"))
    override(site, "many", ("/steps/[id=fetch]/max_items", "9"))
    override(site, "rank", ("/steps/[id=rank]/mode", "drain"))
    ship(upstream, site)
    made = planned(site)
    assert groups(made) == {
        ("calm-0", "calm-1", "calm-2"): [],
        ("few", "many"): [MOVED],
        ("rank",): [ORPHAN],
    }
    assert (made["sites"], made["no-change"], made["seeds"]) == (6, 3, [PATH])
    moved = made["findings"][0]
    assert (moved["seed"], moved["over"], moved["share"]) == (80, [50], round(2 / 6, 4))
    assert sorted((v["value"], v["sites"]) for v in moved["local"]) == [(1, 1), (9, 1)]
    said = seedgit(site, "fleet", "plan", REF)
    assert "3 of 6 sites: no change" in said.out
    assert f"2 of 6 sites: {PATH} /steps/[id=fetch]/max_items moved-under" in said.out
    assert "\r" not in said.err  # progress is for terminals
    assert seedgit(site, "fleet", "plan", REF, "--exit-code").status == 1
    assert seedgit(site, "fleet", "plan", "HEAD", "--exit-code").status == 0


def test_the_fleet_says_of_a_site_what_its_own_plan_says(upstream: Repo, site: Repo) -> None:
    pointers = ("/steps/[id=fetch]/max_items", "/steps/[id=rank]/mode", "/paused", "/limit")
    override(site, "local", *zip(pointers, ("1", "drain", "true", "2"), strict=True))
    ship(upstream, site, lambda text: text.replace("limit: 5", "limit: 7"))
    own = data(site, "plan", REF)
    here = {
        (bucket, d["pointer"], d["reason"])
        for bucket in ("needs_approval", "warnings", "auto_apply")
        for d in own[bucket]
        if "overlay" in d
    }
    found = groups(planned(site))[("local",)]
    plain = {"/steps/[id=fetch]": "/steps/0", "/steps/[id=rank]": "/steps/1"}
    for name, index in plain.items():
        found = [(bucket, p.replace(name, index), reason) for bucket, p, reason in found]
    assert set(found) == here
    assert ("auto_apply", "/limit", "yielded") in here


def test_sites_with_different_bases_have_one_pointer(upstream: Repo, site: Repo) -> None:
    override(site, "old", ("/steps/[id=fetch]/max_items", "1"))
    first = "steps:\n  - id: first\n    mode: live\n"
    upstream.commit({PATH: FLOW.replace("steps:\n", first)}, "v1.1")
    site("pull", "--quiet")
    override(site, "new", ("/steps/[id=fetch]/max_items", "1"))
    ship(upstream, site, lambda text: text.replace("steps:\n", first))
    assert groups(planned(site)) == {("new", "old"): [MOVED]}


def test_a_seed_that_is_renamed_or_gone(upstream: Repo, site: Repo) -> None:
    override(site, "one", ("/steps/[id=fetch]/max_items", "1"))
    upstream("mv", PATH, "flows/new.yaml")
    upstream.commit({"flows/new.yaml": FLOW.replace("max_items: 50", "max_items: 80")}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert groups(made) == {("one",): [MOVED]}
    assert made["findings"][0]["path"] == "flows/new.yaml"
    upstream("rm", "-q", "flows/new.yaml")
    upstream("commit", "-qm", "v3")
    site("fetch", "--quiet")
    gone = planned(site)
    assert groups(gone) == {("one",): [("needs_approval", MOVED[1], "orphaned")]}
    assert gone["findings"][0]["detail"] == "the seed is gone"


def test_a_seed_in_conflict(upstream: Repo, site: Repo) -> None:
    override(site, "one", ("/steps/[id=fetch]/max_items", "1"))
    override(site, "two", ("/paused", "true"))
    ship(upstream, site, lambda text: text.replace("model: small", "model: big"))
    site.commit({PATH: FLOW.replace("model: small", "model: tiny")}, "local")
    made = planned(site)
    assert made["conflicts"] == [PATH]
    assert groups(made) == {
        ("one",): [MOVED],
        ("two",): [("warnings", "/paused", "seed-in-conflict")],
    }


def test_up_to_date(site: Repo) -> None:
    override(site, "one", ("/paused", "true"))
    made = planned(site, "HEAD")
    assert groups(made) == {("one",): []}
    assert made["merge"] == "already-up-to-date"


def test_no_overlays_and_an_unknown_ref(site: Repo) -> None:
    assert planned(site)["groups"] == []
    said = seedgit(site, "fleet", "plan", "nowhere")
    assert said.status == 2
    assert "no such commit: 'nowhere'" in said.err
    assert seedgit(site, "fleet", "plan", "--exit-code", "--", "-x").status == 2
    assert data(site, "fleet", "overrides") == {"sites": 0, "overrides": [], "problems": []}


@pytest.mark.parametrize("damage", ["garbage\n", ""])
def test_a_site_whose_ref_is_damaged_is_told_and_the_others_go_on(site: Repo, damage: str) -> None:
    override(site, "good", ("/paused", "true"))
    override(site, "bad", ("/paused", "true"))
    (site.path / ".git" / OVERLAYS / "bad").write_text(damage)
    (site.path / ".git" / OVERLAYS / "other.lock").write_text("")
    found = seedgit(site, "fleet", "overrides")
    assert found.out.startswith("2 sites\n") and "/paused" in found.out
    assert "warning: bad: cannot be read: corrupted" in found.err
    said = seedgit(site, "fleet", "plan", "HEAD").out
    assert "1 of 2 sites: no change" in said
    assert "1 of 2 sites: unusable-overlay (cannot be read: corrupted" in said


# -- which sites there are -----------------------------------------------------------------------


def test_fetched_overlays_are_sites(upstream: Repo, site: Repo) -> None:
    first = override(site, "here", ("/paused", "true"))
    there = override(site, "gone", ("/steps/[id=rank]/mode", "drain"))
    site("update-ref", "refs/seedgit/remotes/origin/there", there)
    site("update-ref", "-d", OVERLAYS + "gone")
    # What was pushed of an overlay is the same site as the overlay.
    override(site, "here", ("/model", "big"))
    site("update-ref", "refs/seedgit/remotes/origin/here", first)
    ship(upstream, site)
    assert groups(planned(site)) == {("here",): [], ("origin/there",): [ORPHAN]}


@pytest.mark.parametrize("name", ["a/b/c", "<script>x", "é\u202e", "x'\"&amp;", "100%25", "-n"])
def test_hostile_names(upstream: Repo, site: Repo, name: str) -> None:
    commit = override(site, "plain", ("/steps/[id=rank]/mode", "drain"))
    site("update-ref", OVERLAYS + name, commit)
    ship(upstream, site)
    assert groups(planned(site)) == {tuple(sorted((name, "plain"))): [ORPHAN]}
    said = seedgit(site, "fleet", "plan", REF, "--html", "../page.html")
    assert said.status == 0
    assert "\u202e" not in said.out
    page = (site.path.parent / "page.html").read_text()
    assert "<script>x" not in page
    assert "\u202e" not in page


# -- sharing -------------------------------------------------------------------------------------


def counting(monkeypatch: pytest.MonkeyPatch, name: str, module: Any = shared) -> list[Any]:
    calls: list[Any] = []
    real = getattr(module, name)

    def counted(*args: Any, **words: Any) -> Any:
        calls.append(args)
        return real(*args, **words)

    monkeypatch.setattr(module, name, counted)
    return calls


def test_what_is_the_same_is_done_once(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = override(site, "one", ("/steps/[id=fetch]/max_items", "1"))
    two = override(site, "two", ("/steps/[id=rank]/mode", "drain"))
    for number in range(20):
        site("update-ref", f"{OVERLAYS}more-{number}", one if number % 2 else two)
    ship(upstream, site)
    rebases = counting(monkeypatch, "rebase")
    records = counting(monkeypatch, "record_from", stored_record)
    made = fleet_plan(Workspace.open(str(site.path)), REF)
    assert [len(group.sites) for group in made.groups] == [11, 11]
    # Two records, each on today's seed and on the one to come.
    assert len(rebases) == 4
    assert len(records) == 2
    del records[:]
    assert len(fleet_overrides(Workspace.open(str(site.path))).sites) == 22
    assert len(records) == 2


def test_records_are_shared_across_commits(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.commit({"flows/b.yaml": FLOW, "flows/c.yaml": FLOW}, "more")
    site("pull", "--quiet")
    for number in range(3):
        override(site, f"s{number}", ("/steps/[id=rank]/mode", "drain"))
        override(site, f"s{number}", ("/model", f"own-{number}"), path="flows/b.yaml")
    ship(upstream, site)
    rebases = counting(monkeypatch, "rebase")
    made = fleet_plan(Workspace.open(str(site.path)), REF)
    assert [group.sites for group in made.groups] == [("s0", "s1", "s2")]
    assert len(rebases) == 2  # b does not change with the upgrade: nothing is asked of it


def test_progress(site: Repo) -> None:
    for number in range(3):
        override(site, f"s{number}", ("/paused", "true"))
    seen: list[tuple[int, int]] = []
    fleet_overrides(Workspace.open(str(site.path)), lambda done, of: seen.append((done, of)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


# -- what is broken ------------------------------------------------------------------------------


def broken(site: Repo, name: str, content: str, base: str | None = None) -> None:
    """An overlay whose record for the seed has this content."""
    record = site("hash-object", "-w", "--stdin", stdin=content.encode())
    base = base or site("rev-parse", f"HEAD:{PATH}")
    inner = f"100644 blob {base}\tbase\n100644 blob {record}\trecord.json\n"
    entry = site("mktree", "--missing", stdin=inner.encode())
    records = site("mktree", stdin=f"040000 tree {entry}\tflows%2Fwiki.yaml\n".encode())
    tree = site("mktree", stdin=f"040000 tree {records}\trecords\n".encode())
    site("update-ref", OVERLAYS + name, site("commit-tree", "-m", "broken", tree))


def record(site: Repo, patch: Any, base: str | None = None) -> str:
    base = base or site("rev-parse", f"HEAD:{PATH}")
    return json.dumps({"version": 1, "path": PATH, "base": base, "patch": patch})


@pytest.mark.parametrize("kind", ["json", "patch", "base", "no-seed", "tree"])
def test_a_broken_record_is_one_sites_own(upstream: Repo, site: Repo, kind: str) -> None:
    override(site, "fine", ("/steps/[id=fetch]/max_items", "1"))
    move = [
        {"op": "test", "path": "/paused", "value": False},
        {"op": "replace", "path": "/paused", "value": True},
    ]
    if kind == "json":
        broken(site, "bad", '{"a": 1')
    elif kind == "patch":
        broken(site, "bad", record(site, [{"op": "move", "from": "/a", "path": "/b"}]))
    elif kind == "base":
        id = "1" * DIGITS
        broken(site, "bad", record(site, move, id), id)
    elif kind == "no-seed":
        id = site.blob("a: [")
        broken(site, "bad", record(site, move, id), id)
    else:
        tree = site("mktree", "--missing", stdin=f"040000 tree {'1' * DIGITS}\trecords\n".encode())
        site("update-ref", OVERLAYS + "bad", site("commit-tree", "-m", "x", tree))
    ship(upstream, site)
    found = groups(planned(site))
    assert found[("fine",)] == [MOVED]
    ((bucket, pointer, reason),) = found[("bad",)]
    assert (bucket, pointer) == ("needs_approval", "")
    assert reason in ("unusable-record", "unusable-overlay", "not-parseable")
    overrides = data(site, "fleet", "overrides")
    assert overrides["sites"] == 2
    assert MOVED[1] in [o["pointer"] for o in overrides["overrides"]]


# -- what sites override -------------------------------------------------------------------------


def test_overrides_are_counted_by_identity(upstream: Repo, site: Repo) -> None:
    override(site, "a", ("/steps/[id=fetch]/max_items", "1"), ("/model", "big"))
    override(site, "b", ("/steps/[id=fetch]/max_items", "1"))
    first = "steps:\n  - id: first\n    mode: live\n"
    upstream.commit({PATH: FLOW.replace("steps:\n", first)}, "v1.1")
    site("pull", "--quiet")
    override(site, "c", ("/steps/[id=fetch]/max_items", "7"))
    override(site, "d", ("/paused", "true"))
    before = everything(site)
    found = data(site, "fleet", "overrides")
    assert everything(site) == before
    assert found["sites"] == 4
    assert found["overrides"][0] == {
        "path": PATH,
        "pointer": "/steps/[id=fetch]/max_items",
        "sites": 3,
        "share": 0.75,
        "distinct": 2,
        "values": [{"value": 1, "sites": 2}, {"value": 7, "sites": 1}],
        "seed": 50,
    }
    assert [o["pointer"] for o in found["overrides"][1:]] == ["/model", "/paused"]
    said = seedgit(site, "fleet", "overrides")
    assert "75%" in said.out
    assert f"{PATH} /steps/[id=fetch]/max_items" in said.out


def test_removed_and_inserted_items_have_a_name(site: Repo) -> None:
    seedgit(site, "set", PATH, "/steps/-", '{"id": "mine", "mode": "live"}')
    seedgit(site, "set", PATH, "/model", "--delete")
    found = {o["pointer"]: o["values"] for o in data(site, "fleet", "overrides")["overrides"]}
    assert found == {
        "/steps/[id=mine]": [{"value": {"id": "mine", "mode": "live"}, "sites": 1}],
        "/model": [{"absent": True, "sites": 1}],
    }


def test_the_matrix_has_sites_by_seeds(upstream: Repo, site: Repo) -> None:
    override(site, "one", ("/steps/[id=fetch]/max_items", "1"))
    override(site, "two", ("/paused", "true"))
    ship(upstream, site)
    before = everything(site)
    said = seedgit(site, "fleet", "plan", REF, "--html", "../page.html")
    assert said.status == 0
    assert everything(site) == before
    page = (site.path.parent / "page.html").read_text()
    cell = '<th scope="row">one</th><td class="needs_approval">1: needs you</td>'
    assert cell in page
    assert '<th scope="row">1 site</th><td colspan="1">no change</td>' in page


# -- the rules of sites --------------------------------------------------------------------------


def ruled(site: Repo, name: str, *settings: tuple[str, str], rules: str, path: str = PATH) -> str:
    """As `override`, of an overlay that has rules of its own; their text begins in an entry."""
    site("config", "--replace-all", "seedgit.overlay", name)
    text = f"version: 1\nseeds:\n{rules}"
    script = site.path.parent / "editor.sh"
    script.write_text(f"cat > \"$1\" <<'END'\n{text}END\n")
    said = seedgit(site, "rules", "--edit", env={"GIT_EDITOR": f"sh {script}"})
    assert said.status == 0, said.err
    for pointer, value in settings:
        said = seedgit(site, "set", path, pointer, value)
        assert said.status == 0, said.err
    site("config", "--unset-all", "seedgit.overlay")
    return site("rev-parse", OVERLAYS + name)


OWN = "  - files: 'flows/**'\n    overlay: [{path: /timeout, on-seed-change: preserve}]\n"


def test_each_site_is_planned_under_its_own_rules(upstream: Repo, site: Repo) -> None:
    override(site, "plain", ("/timeout", "9"))
    one = ruled(site, "owns", ("/timeout", "9"), rules=OWN)
    ruled(site, "yields", ("/timeout", "9"), rules=OWN.replace("preserve", "yield"))
    site("update-ref", "refs/seedgit/remotes/hub/far", one)
    ship(upstream, site, lambda text: text.replace("timeout: 30", "timeout: 60"))
    made = groups(planned(site))
    assert made == {
        # What the package owns is reviewed.
        ("plain",): [("needs_approval", "/timeout", "moved-under")],
        ("hub/far", "owns"): [("warnings", "/timeout", "moved-under")],
        ("yields",): [("auto_apply", "/timeout", "yielded")],
    }
    # It is what the sites' own plans say.
    for names, found in made.items():
        site("config", "--replace-all", "seedgit.overlay", names[-1])
        own = data(site, "plan", REF)
        for bucket, pointer, reason in found:
            assert (pointer, reason) in [(d["pointer"], d["reason"]) for d in own[bucket]], names
        assert groups(planned(site)) == made
        site("config", "--unset-all", "seedgit.overlay")


def test_a_seed_that_only_one_site_has(upstream: Repo, site: Repo) -> None:
    upstream.commit({"conf/app.yaml": "limit: 1\n"}, "more")
    site("pull", "--quiet")
    rules = "  - files: conf/app.yaml\n    overlay: [{path: /limit, on-seed-change: review}]\n"
    ruled(site, "local-conf", ("/limit", "2"), rules=rules, path="conf/app.yaml")
    override(site, "other", ("/limit", "6"))
    upstream.commit({"conf/app.yaml": "limit: 7\n"}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert groups(made) == {
        ("local-conf",): [("needs_approval", "/limit", "moved-under")],
        ("other",): [],
    }
    assert made["seeds"] == ["conf/app.yaml"]


def test_rules_that_do_not_parse_are_one_sites_own(upstream: Repo, site: Repo) -> None:
    override(site, "good", ("/limit", "6"))
    override(site, "bad", ("/limit", "6"))
    bad = OVERLAYS + "bad"
    entries = {
        line.split("\t")[1]: line.split()[2] for line in site("ls-tree", bad).splitlines()
    } | {"rules.yaml": site.blob("version: [\n")}
    site("update-ref", bad, site("commit-tree", site.tree(entries), "-p", bad, "-m", "x"))
    ship(upstream, site)
    made = planned(site)
    found = groups(made)
    assert found[("good",)] == []
    assert found[("bad",)] == [("needs_approval", "", "unusable-rules")]
    assert [each["path"] for each in made["findings"]] == ["rules.yaml"]


def test_sites_with_the_same_rules_share_the_work(
    upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ruled(site, "one", ("/timeout", "9"), rules=OWN)
    for number in range(20):
        site("update-ref", f"{OVERLAYS}more-{number}", one)
    ship(upstream, site)
    rebases = counting(monkeypatch, "rebase")
    made = fleet_plan(Workspace.open(str(site.path)), REF)
    assert [len(group.sites) for group in made.groups] == [21]
    assert len(rebases) == 2


def test_overrides_of_a_part_of_the_sites(site: Repo) -> None:
    for name, value in (("rome", "1"), ("riga", "2"), ("oslo", "3"), ("fleet", "4")):
        override(site, name, ("/limit", value))
    override(site, "oslo", ("/paused", "true"))
    for name in ("fleet", "local"):  # a layer below every site is none
        site("config", "--add", "seedgit.overlay", name)
    whole = data(site, "fleet", "overrides")
    assert (whole["sites"], len(whole["overrides"])) == (3, 2)
    part = data(site, "fleet", "overrides", "--sites", "r*")
    (limit,) = part["overrides"]
    assert (part["sites"], limit["pointer"], limit["share"]) == (2, "/limit", 1.0)
    assert sorted(each["value"] for each in limit["values"]) == [1, 2]
    assert data(site, "fleet", "overrides", "--sites", "*") == whole


def test_values_that_look_alike_are_counted_apart(site: Repo) -> None:
    values = ["1", "1.0", "true", '"1"', '"true"', "null", '""']
    for number, value in enumerate(values):
        site("config", "seedgit.overlay", f"site-{number}")
        assert seedgit(site, "set", PATH, "/limit", "--as-json", value).status == 0
    (limit,) = data(site, "fleet", "overrides")["overrides"]
    assert limit["distinct"] == len(values)
    assert sorted(json.dumps(each["value"]) for each in limit["values"]) == sorted(values)


def test_overrides_are_named_by_the_keys_of_their_site(upstream: Repo, site: Repo) -> None:
    listed = "parts:\n  - id: a\n    port: 1\n    n: 1\n  - id: b\n    port: 2\n    n: 1\n"
    upstream.commit({PATH: FLOW + listed}, "parts")
    site("pull", "--quiet")
    rules = "  - files: 'flows/**'\n    keys: {/parts: port}\n    overlay: [{path: /parts}]\n"
    override(site, "plain", ("/parts/[id=b]/n", "3"))
    one = ruled(site, "own", ("/parts/[port=2]/n", "3"), rules=rules)
    site("update-ref", "refs/seedgit/remotes/hub/far", one)
    found = data(site, "fleet", "overrides")["overrides"]
    assert {each["pointer"]: each["sites"] for each in found} == {
        "/parts/[port=2]/n": 2,
        "/parts/[id=b]/n": 1,
    }


def test_overrides_tell_rules_that_do_not_parse(upstream: Repo, site: Repo) -> None:
    override(site, "bad", ("/limit", "6"))
    bad = OVERLAYS + "bad"
    entries = {
        line.split("\t")[1]: line.split()[2] for line in site("ls-tree", bad).splitlines()
    } | {"rules.yaml": site.blob("version: [\n")}
    site("update-ref", bad, site("commit-tree", site.tree(entries), "-p", bad, "-m", "x"))
    found = data(site, "fleet", "overrides")
    assert [each["pointer"] for each in found["overrides"]] == ["/limit"]
    assert [each["site"] for each in found["problems"]] == ["bad"]
    assert "bad:rules.yaml" in found["problems"][0]["problem"]


def test_a_secret_by_the_rules_of_a_site_is_masked(upstream: Repo, site: Repo) -> None:
    """What was plain before its own rules made it a secret, and at another site is none."""
    rules = "  - files: 'flows/**'\n    overlay: [{path: /limit}]\n"
    ruled(site, "own", ("/limit", "731"), rules=rules)
    secret = rules.replace("/limit", "/limit, secret: true")
    ruled(site, "own", rules=secret)
    override(site, "plain", ("/limit", "842"))
    ship(upstream, site, lambda text: text.replace("limit: 5", "limit: 6"))
    for words in (["overrides"], ["plan", REF], ["plan", REF, "--html", "page.html"]):
        for more in ([], ["--json"]):
            said = seedgit(site, "fleet", *words, *more)
            assert "731" not in said.out, said
            assert "842" in said.out or [words[0], *more] != ["overrides", "--json"]
    assert "731" not in (site.path / "page.html").read_text()


# -- what is remembered ---------------------------------------------------------------------------


@pytest.fixture
def many(upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """A fleet that is large enough for what was found to be remembered."""
    monkeypatch.setattr(plan, "KEPT", 1)
    for number in range(4):
        override(site, f"s{number}", ("/steps/[id=fetch]/max_items", str(number % 3)))
    ruled(site, "owns", ("/timeout", "9"), rules=OWN)
    broken(site, "broken", "{")
    ship(upstream, site, lambda text: text.replace("timeout: 30", "timeout: 60"))
    return site


def said_of(site: Repo) -> Any:
    return fleet_plan(Workspace.open(str(site.path)), REF).data()


def read_in(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The records that are decoded from now on."""
    return counting(monkeypatch, "record_from", stored_record)


def test_a_site_that_did_not_change_is_not_read_again(
    many: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = said_of(many)
    records = read_in(monkeypatch)
    trees = counting(monkeypatch, "site_trees", census)
    assert said_of(many) == first
    assert len(records) == 0
    assert [site.name for _, some in trees for site in some] == ["broken"]  # it may be mended
    del trees[:]
    override(many, "s1", ("/limit", "6"))
    del records[:]
    again = said_of(many)
    assert [site.name for _, some in trees for site in some] == ["broken", "s1"]
    (many.path / ".git" / "seedgit" / "fleet").unlink()
    assert said_of(many) == again != first


def test_a_record_that_some_site_had_is_not_read_again(
    many: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_of(many)
    override(many, "twin", ("/steps/[id=fetch]/max_items", "1"))
    ruled(many, "owns-too", ("/timeout", "9"), rules=OWN)
    records = read_in(monkeypatch)
    again = said_of(many)
    assert len(records) == 0
    (many.path / ".git" / "seedgit" / "fleet").unlink()
    assert said_of(many) == again
    override(many, "s2", ("/steps/[id=fetch]/max_items", "77"))
    del records[:]
    found = said_of(many)
    assert len(records) == 1
    (many.path / ".git" / "seedgit" / "fleet").unlink()
    assert said_of(many) == found != again


@pytest.mark.parametrize("used", [[1, 4], [0, 1, 2, 4], [0, 1, 2, 3, 4]])
def test_answers_that_nobody_has_any_more_are_forgotten(repo: Repo, used: list[int]) -> None:
    repository = Workspace.open(str(repo.path)).repository
    texts = [f"[{number}]" for number in range(5)]
    size = repository.object_format.size
    entries = {f"40000 x{n}\0".encode() + bytes([n]) * size: n for n in used[1:]}
    made = Remembered("context")
    made.answers = list(texts)
    made.sites = {bytes([n] * size).hex(): KnownSite(array("i", [n]), ("seed",)) for n in used}
    made.take("rules", {**entries, b"40000 quiet\0" + b"a" * size: SILENT}, size)
    keep(repository, made)
    found = read(repository, "context")
    assert len(found.answers) == (len(used) if len(used) < 3 else 5)
    for commit, site in found.sites.items():
        (number,) = site.row
        assert found.answers[number] == f"[{commit[:2].lstrip('0') or '0'}]"
        assert site.seeds == ("seed",)
    records = found.records("rules")
    assert records.pop(b"40000 quiet\0" + b"a" * size) == SILENT
    assert {e: found.answers[n] for e, n in records.items()} == {
        e: texts[entries[e]] for e in entries
    }
    assert read(repository, "another").sites == {}


@pytest.mark.parametrize("shared", ["/limit", "/steps/[id=fetch]/max_items"])
def test_what_is_remembered_over_a_layer(many: Repo, shared: str) -> None:
    place = many.path / ".git" / "seedgit" / "fleet"

    def layered() -> Any:
        """What is told with what is remembered, and without."""
        many("config", "--add", "seedgit.overlay", "region")
        many("config", "--add", "seedgit.overlay", "site")
        found = said_of(many)
        kept = place.read_bytes()
        place.unlink()
        assert said_of(many) == found
        place.write_bytes(kept)
        many("config", "--unset-all", "seedgit.overlay")
        return found

    override(many, "region", (shared, "7"))
    found = [layered()]
    override(many, "twin", ("/steps/[id=fetch]/max_items", "1"))
    override(many, "s2", ("/limit", "8"))
    found.append(layered())
    override(many, "region", (shared, "5"))
    found.append(layered())
    assert found[0] != found[1] != found[2]


def test_what_is_remembered_holds_for_one_upgrade_under_the_same_rules(
    many: Repo, upstream: Repo
) -> None:
    first = said_of(many)
    upstream.commit({PATH: FLOW.replace("max_items: 50", "max_items: 81")}, "v3")
    many("fetch", "--quiet")
    second = said_of(many)
    (many.path / ".git" / "seedgit" / "fleet").unlink()
    assert said_of(many) == second != first
    rules = many.path / ".seedgit.yaml"
    rules.write_text(rules.read_text().replace("on-seed-change: review", "on-seed-change: yield"))
    many("commit", "-qam", "other rules")
    third = said_of(many)
    (many.path / ".git" / "seedgit" / "fleet").unlink()
    assert said_of(many) == third


@pytest.mark.parametrize("damage", [b"", b"seedgit 0 0 00000000\n", None])
def test_what_is_remembered_may_be_damaged_or_gone(many: Repo, damage: bytes | None) -> None:
    first = said_of(many)
    place = many.path / ".git" / "seedgit" / "fleet"
    whole = place.read_bytes()
    parts = [whole[:at] for at in range(0, len(whole), 97)] if damage is None else [damage]
    for part in parts:
        place.write_bytes(part)
        assert said_of(many) == first


def test_no_secret_is_remembered(many: Repo) -> None:
    rules = "  - files: 'flows/**'\n    overlay: [{path: /limit}]\n"
    ruled(many, "own", ("/limit", "73173173"), rules=rules)
    ruled(many, "own", rules=rules.replace("/limit", "/limit, secret: true"))
    place = many.path / ".git" / "seedgit" / "fleet"
    place.unlink(missing_ok=True)
    said_of(many)
    assert not place.exists()


def test_a_small_fleet_leaves_nothing(upstream: Repo, site: Repo) -> None:
    override(site, "one", ("/limit", "6"))
    ship(upstream, site)
    said_of(site)
    assert not (site.path / ".git" / "seedgit" / "fleet").exists()


VALUES = [1, 1.0, True, None, "x\n\u2028", [1, 2.5], {"a": 1e3}, 10**30, ABSENT]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_what_is_remembered_is_the_very_value(value: Any) -> None:
    finding = FleetFinding("warnings", "a.yaml", "/a", "moved-under", "", "fleet", "other")
    told = ToldFinding(finding, (value, ABSENT, value), Question("/a", value, ABSENT, 1), "b.yaml")
    text = text_of_answer((told, told._replace(values=None, asked=None)))
    assert "\n" not in text and text.isascii()
    one, two = answer_from(text)
    assert one == told and repr(one) == repr(told)
    assert two == told._replace(values=None, asked=None)


@pytest.mark.parametrize("value", [float("nan"), Opaque("!x", "y"), Secret(plain=1), {Key("1"): 1}])
def test_what_json_cannot_say_is_not_remembered(value: Any) -> None:
    finding = FleetFinding("warnings", "a.yaml", "/a", "moved-under")
    assert text_of_answer((ToldFinding(finding, (ABSENT, ABSENT, value)),)) == ""
    asked = Question("/a", ABSENT, ABSENT, value)
    assert text_of_answer((ToldFinding(finding, None, asked),)) == ""
    assert text_of_answer((ToldFinding(finding._replace(reason="not-parseable")),)) == ""
