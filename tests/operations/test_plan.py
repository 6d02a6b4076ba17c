"""`seedgit plan`: what it says is what `git merge` then does, and it changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Repo
from tests.documents import DOCUMENTS, FORMATS, edited, text_of
from tests.site import FLOW, PATH, RULES, data, package, seedgit, site_of

REF = "origin/main"
BUCKETS = ("needs_approval", "warnings", "auto_apply", "no_op")


def everything(site: Repo) -> dict[str, str]:
    """Every file of the clone, git's own among them, with its content and its time."""
    found = {}
    for folder, _, files in os.walk(site.path):
        for name in files:
            place = os.path.join(folder, name)
            with open(place, "rb") as file:
                digest = hashlib.sha1(file.read()).hexdigest()
            # git renews the time of an object that it would have written again: no other change.
            time = 0 if "/objects/" in place else os.stat(place).st_mtime_ns
            found[place] = f"{digest} {time} {os.stat(folder).st_mtime_ns}"
    return found


def planned(site: Repo, *words: str) -> Any:
    """The plan; nothing may have changed for it."""
    before = everything(site)
    made = data(site, "plan", *(words or (REF,)))
    assert everything(site) == before
    return made


def reasons(made: Any, bucket: str) -> dict[str, str]:
    return {d["pointer"]: d["reason"] for d in made[bucket]}


def check(site: Repo, made: Any) -> None:
    """Merge, and compare."""
    conflicts = {seed["path"] or seed["was"] for seed in made["seeds"] if seed["conflict"]}
    conflicts |= set(made["conflicts-elsewhere"])
    conflicts |= {d["path"] for d in made["needs_approval"]} & {".seedgit.yaml"}
    site("merge", "--quiet", "-m", "merge", made["ref"], ok=not conflicts)
    unmerged = site("diff", "--name-only", "--diff-filter=U").split("\n")
    assert {path for path in unmerged if path} == conflicts
    for seed in made["seeds"]:
        if seed["path"] is None:
            assert not (site.path / seed["was"]).exists()
            continue
        assert site("hash-object", "--no-filters", seed["path"]) == seed["blob"]
        if seed["effective"]:
            rendered = seedgit(site, "render", seed["path"])
            assert rendered.status == 0, rendered.err
            id = site("hash-object", "--stdin", stdin=rendered.out.encode())
            assert id == seed["effective"]


def ship(upstream: Repo, old: str, new: str, text: str = FLOW) -> str:
    changed = text.replace(old, new)
    assert changed != text
    upstream.commit({PATH: changed}, "v2")
    return changed


def fetched(upstream: Repo, site: Repo, old: str, new: str) -> None:
    ship(upstream, old, new)
    site("fetch", "--quiet")


# -- the buckets -----------------------------------------------------------------------------------


def test_a_change_of_upstreams_alone_is_applied(upstream: Repo, site: Repo) -> None:
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    made = planned(site)
    assert made["merge"] == "fast-forward"
    assert [made[b] for b in BUCKETS] == [
        [],
        [],
        [
            {
                "path": PATH,
                "pointer": "/timeout",
                "name": "/timeout",
                "source": "remote",
                "reason": "only-theirs-changed",
                "values": {"base": 30, "remote": 60},
            }
        ],
        [],
    ]
    check(site, made)


def test_an_orphan_is_named_and_told_once(upstream: Repo, site: Repo) -> None:
    for pointer, value in (("/steps/[id=fetch]/max_items", "1"), ("/steps/[id=rank]/mode", "x")):
        assert seedgit(site, "set", PATH, pointer, value, "--why", f"for {value}").status == 0
    new = FLOW.replace("    max_items: 50\n", "").replace("  - id: rank\n    mode: live\n", "")
    upstream.commit({PATH: new.replace("steps:\n", "steps:\n  - id: first\n")}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert [(d["name"], d["values"]) for d in made["needs_approval"]] == [
        ("/steps/[id=fetch]/max_items", {"base": 50, "local": 1}),
        ("/steps/[id=rank]/mode", {"base": "live", "local": "x"}),
    ]
    assert [d["why"] for d in made["needs_approval"]] == ["for 1", "for x"]
    assert sorted(d["name"] for d in made["auto_apply"]) == [
        "/steps/[id=first]",
        "/steps/[id=rank]",
    ]
    site("merge", "--quiet", "--ff-only", "origin/main")
    waiting = data(site, "pending")["items"]
    assert [item["name"] for item in waiting] == [d["name"] for d in made["needs_approval"]]
    assert [item["values"] for item in waiting] == [d["values"] for d in made["needs_approval"]]


def test_values_are_whole_with_v(upstream: Repo, site: Repo) -> None:
    long = "m" * 200
    said = seedgit(site, "set", PATH, "/steps/[id=fetch]/max_items", "--text", long)
    assert said.status == 0, said.err
    fetched(upstream, site, "max_items: 50", "max_items: 60")
    for command in (("plan", "origin/main"), ("pending",)):
        short, whole = (seedgit(site, *flag, *command).out for flag in ((), ("-v",)))
        assert (long in short, long in whole) == (False, True)
        site("merge", "--quiet", "--ff-only", "origin/main")


def test_overrides_follow_on_seed_change(upstream: Repo, site: Repo) -> None:
    for pointer, value in (
        ("/paused", "true"),
        ("/steps/[id=fetch]/mode", "drain"),
        ("/steps/[id=fetch]/max_items", "1"),
        ("/steps/[id=rank]/mode", "drain"),
        ("/limit", "2"),
        ("/model", "big"),
    ):
        assert seedgit(site, "set", PATH, pointer, value).status == 0
    text = FLOW.replace("id: fetch\n    mode: live", "id: fetch\n    mode: fast")
    text = text.replace("paused: false", "paused: true").replace("limit: 5", "limit: 9")
    text = text.replace("50", "80").replace("  - id: rank\n    mode: live\n", "")
    upstream.commit({PATH: text.replace("timeout: 30", "timeout: 31")}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert reasons(made, "needs_approval") == {
        "/steps/0/max_items": "moved-under",
        "/steps/1/mode": "orphaned",
    }
    assert reasons(made, "warnings") == {"/steps/0/mode": "moved-under"}
    assert reasons(made, "auto_apply") == {
        "/timeout": "only-theirs-changed",
        "/limit": "yielded",
        "/steps/1": "only-theirs-changed",
    }
    assert reasons(made, "no_op") == {"/paused": "redundant", "/model": "unchanged"}
    moved = made["warnings"][0]
    assert moved["values"] == {"base": "live", "local": "drain", "remote": "fast"}
    assert (moved["source"], moved["overlay"]) == ("local", "local")
    assert seedgit(site, "plan", REF).status == 0
    assert seedgit(site, "plan", REF, "--exit-code").status == 1
    check(site, made)


def test_runtime_state_alone_needs_nobody(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/steps/[id=fetch]/mode", "drain")
    site.commit({PATH: FLOW.replace("paused: false", "paused: true")}, "local")
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    made = planned(site)
    assert made["needs_approval"] == made["warnings"] == []
    assert reasons(made, "no_op") == {
        "/paused": "only-ours-changed",
        "/steps/0/mode": "unchanged",
    }
    assert seedgit(site, "plan", REF, "--exit-code").status == 0
    check(site, made)


def test_local_edits_of_what_the_site_owns(upstream: Repo, site: Repo) -> None:
    local = FLOW.replace("false", "1").replace("50", "1").replace("limit: 5", "limit: 1")
    site.commit({PATH: local}, "local")
    remote = FLOW.replace("false", "2").replace("50", "2").replace("limit: 5", "limit: 2")
    upstream.commit({PATH: remote}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert reasons(made, "warnings") == {"/paused": "moved-under"}
    assert reasons(made, "needs_approval") == {"/steps/0/max_items": "moved-under"}
    assert reasons(made, "auto_apply") == {"/limit": "yielded"}
    check(site, made)


def test_a_conflict_needs_approval_and_the_override_waits(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    seedgit(site, "set", PATH, "/steps/0/mode", "drain")
    site.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    text = FLOW.replace("model: small", "model: large").replace("mode: live", "mode: fast", 1)
    upstream.commit({PATH: text}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    (conflict,) = made["needs_approval"]
    assert (conflict["pointer"], conflict["source"]) == ("/model", "ambiguous")
    assert conflict["reason"] == "both-changed"
    assert conflict["values"] == {"base": "small", "local": "mine", "remote": "large"}
    assert reasons(made, "warnings") == {
        "/paused": "seed-in-conflict",
        "/steps/0/mode": "moved-under",
    }
    assert made["auto_apply"] == []
    check(site, made)


# -- files ---------------------------------------------------------------------------------------


def test_renames_adds_deletes_and_modes(upstream: Repo, site: Repo) -> None:
    upstream.commit({"flows/gone.yaml": "paused: false\n", "flows/x.yaml": "run: 1\nstop: 2\n"})
    site("pull", "--quiet")
    seedgit(site, "set", PATH, "/paused", "true")
    seedgit(site, "set", "flows/gone.yaml", "/paused", "true")
    site.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    upstream("mv", PATH, "flows/renamed.yaml")
    upstream("rm", "--quiet", "flows/gone.yaml")
    (upstream.path / "flows/x.yaml").chmod(0o755)
    upstream.commit(
        {
            "flows/renamed.yaml": FLOW.replace("timeout: 30", "timeout: 60"),
            "flows/new.json": '{"a": 1}\n',
        },
        "v2",
    )
    site("fetch", "--quiet")
    made = planned(site)
    assert {(d["path"], d["pointer"], d["reason"]) for d in made["auto_apply"]} == {
        ("flows/gone.yaml", "", "seed-deleted"),
        ("flows/new.json", "", "seed-added"),
        ("flows/renamed.yaml", "", "seed-renamed"),
        ("flows/renamed.yaml", "/timeout", "only-theirs-changed"),
        ("flows/x.yaml", "", "mode-changed"),
    }
    assert {(d["path"], d["pointer"], d["reason"]) for d in made["needs_approval"]} == {
        ("flows/gone.yaml", "/paused", "orphaned"),
    }
    assert {(d["path"], d["pointer"], d["reason"]) for d in made["no_op"]} == {
        ("flows/renamed.yaml", "/model", "only-ours-changed"),
        ("flows/renamed.yaml", "/paused", "unchanged"),
    }
    check(site, made)
    assert "paused: true" in seedgit(site, "render", "flows/renamed.yaml").out


def test_deleted_here_and_changed_there(upstream: Repo, site: Repo) -> None:
    site("rm", "--quiet", PATH)
    site.commit(message="local")
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    made = planned(site)
    assert [(d["path"], d["reason"]) for d in made["needs_approval"]] == [(PATH, "modify-delete")]
    check(site, made)


def test_renamed_there_and_in_conflict(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    site.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    upstream("mv", PATH, "flows/renamed.yaml")
    upstream.commit({"flows/renamed.yaml": FLOW.replace("model: small", "model: large")}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert reasons(made, "needs_approval") == {"/model": "both-changed"}
    assert reasons(made, "warnings") == {"/paused": "seed-in-conflict"}
    check(site, made)
    assert data(site, "pending")["items"] == []
    site.commit({"flows/renamed.yaml": FLOW}, "resolved")
    assert "paused: true" in seedgit(site, "render", "flows/renamed.yaml").out


def test_renamed_by_both(upstream: Repo, site: Repo) -> None:
    site("mv", PATH, "flows/mine.yaml")
    site.commit(message="local")
    upstream("mv", PATH, "flows/theirs.yaml")
    upstream.commit(message="v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert {d["reason"] for d in made["needs_approval"]} == {"rename-rename"}
    check(site, made)


def test_renamed_to_what_is_no_seed_or_made_a_link(upstream: Repo, site: Repo) -> None:
    upstream.commit({"flows/x.yaml": "run: 1\nstop: 2\n"})
    site("pull", "--quiet")
    upstream("mv", PATH, "wiki.yaml")
    (upstream.path / "flows/x.yaml").unlink()
    (upstream.path / "flows/x.yaml").symlink_to("../wiki.yaml")
    upstream.commit(message="v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert {(d["path"], d["reason"]) for d in made["auto_apply"]} == {
        (PATH, "seed-renamed"),
        ("flows/x.yaml", "seed-linked"),
    }
    check(site, made)


def test_conflicts_in_the_rules_and_elsewhere(upstream: Repo, site: Repo) -> None:
    files = {".seedgit.yaml": RULES.replace("review", "yield"), "readme": "ours\n"}
    site.commit({**files, PATH: FLOW.replace("timeout: 30", "timeout: 31")}, "local")
    files = {".seedgit.yaml": RULES.replace("review", "preserve"), "readme": "theirs\n"}
    upstream.commit({**files, PATH: FLOW.replace("model: small", "model: big")}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert [(d["path"], d["reason"]) for d in made["needs_approval"]] == [
        (".seedgit.yaml", "conflict")
    ]
    assert made["conflicts-elsewhere"] == ["readme"]
    assert [seed["effective"] for seed in made["seeds"]] == [""]
    check(site, made)


def test_added_by_both(upstream: Repo, site: Repo) -> None:
    site.commit({"flows/n.yaml": "a: 1\nb: 2\n"}, "local")
    upstream.commit({"flows/n.yaml": "a: 1\nb: 3\nc: 4\n"}, "v2")
    site("fetch", "--quiet")
    made = planned(site)
    assert reasons(made, "needs_approval") == {"/b": "both-added"}
    check(site, made)


def test_what_does_not_parse_is_gits(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    fetched(upstream, site, "timeout: 30", "timeout: [")
    made = planned(site)
    assert [(d["path"], d["reason"]) for d in made["needs_approval"]] == [(PATH, "not-parseable")]
    check(site, made)


def test_only_the_files_that_were_asked_for(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: FLOW.replace("30", "60"), "flows/new.yaml": "a: 1\n"}, "v2")
    site("fetch", "--quiet")
    made = planned(site, REF, PATH)
    assert [seed["path"] for seed in made["seeds"]] == [PATH]
    assert [seed["path"] for seed in planned(site, REF, "flows/new.yaml")["seeds"]] == [
        "flows/new.yaml"
    ]
    assert seedgit(site, "plan", REF, "nope.yaml").status == 2


# -- histories -----------------------------------------------------------------------------------


def test_criss_cross(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    site.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    ours, theirs = site("rev-parse", "HEAD"), site("rev-parse", REF)
    site("merge", "--quiet", "-m", "m", REF)
    site("branch", "other", theirs)
    site("checkout", "--quiet", "other")
    site("merge", "--quiet", "-m", "m2", ours)
    text = site.read(PATH).decode()
    site.commit({PATH: text.replace("limit: 5", "limit: 7")}, "there")
    site("checkout", "--quiet", "main")
    site.commit({PATH: text.replace("name: wiki", "name: wiki2")}, "here")
    made = planned(site, "other")
    assert len(made["merge-bases"]) == 2
    assert reasons(made, "auto_apply")["/limit"] == "only-theirs-changed"
    check(site, made)


def test_already_up_to_date(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    made = planned(site)
    assert made["merge"] == "already-up-to-date"
    assert not any(made[bucket] for bucket in BUCKETS)
    assert "already up to date" in seedgit(site, "plan", REF).out


def test_a_ref_without_the_seeds(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    upstream("rm", "--quiet", PATH, ".seedgit.yaml")
    upstream.commit(message="gone")
    site("fetch", "--quiet")
    made = planned(site)
    assert [(d["path"], d["reason"]) for d in made["needs_approval"]] == [(PATH, "orphaned")]
    check(site, made)


def test_uncommitted_changes_are_told(upstream: Repo, site: Repo) -> None:
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    site.write({PATH: FLOW + "more: 1\n"})
    made = planned(site)
    assert made["blocked"] == [PATH]
    assert "commit or stash" in seedgit(site, "plan", REF).out
    assert PATH in site("merge", REF, ok=False)
    site.commit(message="local")
    assert planned(site)["blocked"] == []


def test_an_untracked_file_in_the_way_is_told(upstream: Repo, site: Repo) -> None:
    upstream.commit({"flows/new.yaml": "a: 1\n"}, "v2")
    site("fetch", "--quiet")
    site.write({"flows/new.yaml": "b: 1\n"})
    assert planned(site)["blocked"] == ["flows/new.yaml"]
    site("merge", REF, ok=False)


@pytest.mark.parametrize(
    "words",
    [
        ("plan",),
        ("fleet", "plan"),
        ("adopt",),
        ("suggest",),
        ("demote", PATH, "/limit"),
        ("promote", PATH, "/limit"),
    ],
)
def test_without_an_upstream_every_command_says_the_same(
    repo: Repo, words: tuple[str, ...]
) -> None:
    package(repo)
    said = seedgit(repo, *words)
    assert (said.status, said.err) == (
        2,
        "error: no ref was named, and no upstream is known\n"
        "hint: name one, or git config seedgit.upstream <remote>/<branch>\n",
    )


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("plan", "nope"), 2, "git fetch"),
        (("plan", "--json", "--", "--output=x"), 2, "no such commit"),
        (("plan", "other"), 4, "unrelated"),
    ],
)
def test_what_cannot_be_planned_says_what_to_do(
    site: Repo, words: tuple[str, ...], status: int, message: str
) -> None:
    empty = site("mktree", stdin=b"")
    site("update-ref", "refs/heads/other", site("commit-tree", "-m", "x", empty))
    said = seedgit(site, *words)
    assert said.status == status
    assert message in said.err
    assert "hint:" in said.err


def test_repositories_that_cannot_merge(upstream: Repo, site: Repo, make_repo: Any) -> None:
    bare = make_repo("bare", "--bare")
    said = seedgit(bare, "plan", "main")
    assert (said.status, "hint:" in said.err) == (4, True)
    fresh = make_repo("fresh")
    said = seedgit(fresh, "plan")
    assert said.status == 2
    assert "no upstream" in said.err
    fresh("fetch", "--quiet", str(upstream.path), "main:other")
    said = seedgit(fresh, "plan", "other")
    assert (said.status, "no commits" in said.err) == (4, True)
    site.commit({PATH: FLOW.replace("small", "mine")}, "local")
    fetched(upstream, site, "small", "large")
    site("merge", REF, ok=False)
    said = seedgit(site, "plan", REF)
    assert (said.status, "in progress" in said.err) == (4, True)


def test_without_the_driver_git_merges_by_lines(upstream: Repo, site: Repo) -> None:
    assert seedgit(site, "init", "--undo").status == 0
    site.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    made = planned(site)
    assert "driver-not-installed" in reasons(made, "warnings").values()
    assert reasons(made, "needs_approval") == {"": "contents"}
    check(site, made)


def test_rules_that_come_with_the_merge_count_after_it(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    rules = RULES.replace("path: /paused", "path: /paused\n        on-seed-change: yield")
    upstream.commit({PATH: FLOW.replace("paused: false", "paused: 3"), ".seedgit.yaml": rules})
    site("fetch", "--quiet")
    made = planned(site)
    assert reasons(made, "auto_apply") == {"/paused": "yielded"}
    assert "rules-changed" in reasons(made, "warnings").values()
    check(site, made)


def test_from_a_linked_worktree_and_a_directory(upstream: Repo, site: Repo) -> None:
    fetched(upstream, site, "timeout: 30", "timeout: 60")
    linked = site.worktree("linked", "-b", "side")
    linked.commit({PATH: FLOW.replace("model: small", "model: mine")}, "local")
    made = data(Repo(linked.path / "flows"), "plan", REF, "wiki.yaml")
    assert reasons(made, "auto_apply") == {"/timeout": "only-theirs-changed"}
    check(linked, made)


# -- the property ----------------------------------------------------------------------------------

SITES = """\
version: 1
seeds:
  - files: "**/*.*"
    overlay:
      - path: /**/queue
      - path: /**/max_items
        on-seed-change: review
      - path: /a
        on-seed-change: yield
"""


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, dict[str, Any], list[Any], list[Any], Any]:
    base = draw(DOCUMENTS)
    ours = [draw(edited(base))]
    ours.append(draw(edited(ours[0])))
    theirs = [draw(edited(base))]
    theirs.append(draw(edited(theirs[0])))
    return draw(st.sampled_from(FORMATS)), base, ours, theirs, draw(edited(base))


@settings(max_examples=int(os.environ.get("SEEDGIT_PLANS", "8")))
@given(history=histories(), rename=st.booleans())
def test_the_merge_is_what_the_plan_said(
    tmp_path_factory: pytest.TempPathFactory, history: Any, rename: bool
) -> None:
    format, base, ours, theirs, overlaid = history
    path = f"seed.{format}"
    place = tmp_path_factory.mktemp("plan")
    (place / "package").mkdir()
    upstream = Repo(place / "package")
    upstream("init", "--quiet")
    upstream.commit({".seedgit.yaml": SITES, path: text_of(base, format)}, "v1")
    site = site_of(upstream)
    for key, value in overlaid.items():
        if key not in base or base[key] != value:
            seedgit(site, "set", path, "/" + key, json.dumps(value))
    for value in ours:
        site.commit({path: text_of(value, format)}, "local")
    for value in theirs:
        upstream.commit({path: text_of(value, format)}, "upstream")
    if rename:
        upstream("mv", path, f"moved.{format}")
        upstream.commit(message="rename")
    site("fetch", "--quiet")
    made = planned(site)
    check(site, made)
