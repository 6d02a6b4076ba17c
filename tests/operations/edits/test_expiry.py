"""Overrides with an end: kept with them, told in time, and never acted on unasked."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonpatch
import pytest
import yaml

from seedgit.errors import UsageError
from seedgit.operations.edits.expiry import until_date
from seedgit.operations.status import Status, status
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import DATE, Until
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, override, package, seedgit

MODE = "/steps/[id=fetch]/mode"
LATER = "2999-12-01"
AFTER = 32_600_000_000.0  # later still


def look(site: Repo, now: float | None = None) -> Status:
    return status(Workspace.open(str(site.path)), now)


def record(site: Repo, path: str = PATH) -> Any:
    name = path.replace("/", "%2F")
    return json.loads(site("show", f"refs/seedgit/overlays/local:records/{name}/record.json"))


def test_a_date_is_shown_and_its_value_stays_when_it_has_come(site: Repo) -> None:
    override(site, MODE, "drain", "--until", LATER, "--why", "burn-in")
    said = seedgit(site, "status", "--overlay").out
    assert "expiring" in said
    assert f"(until {LATER}; burn-in)" in said
    assert seedgit(site, "status").out == "1 override active, 1 expiring, nothing needs you\n"
    (field,) = look(site, AFTER).fields
    assert (field.expired, field.needs_person, field.value) == (True, True, "drain")
    counts = look(site, AFTER).data()["overrides"]
    assert (counts["active"], counts["expiring"], counts["expired"]) == (1, 0, 1)
    assert counts["pending"] == 1


def test_a_date_that_comes_is_told_by_status(site: Repo) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat(timespec="seconds")
    override(site, "/paused", "true", "--until", soon)
    deadline = time.time() + 30
    while time.time() < deadline and not data(site, "status")["overrides"]["expired"]:
        time.sleep(0.5)
    said = seedgit(site, "status", "--exit-code")
    assert said.status == 1
    assert "Needs you:" in said.out
    assert "expired" in said.out
    assert "paused: true" in seedgit(site, "render", PATH).out


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2999-12-01", "2999-12-01"),
        ("29991201", "2999-12-01"),
        ("2999-12-01T18:00:00+02:00", "2999-12-01T16:00:00+00:00"),
        ("2999-12-01 18:00", "2999-12-01T18:00:00+00:00"),
        ("1 December 2099", "2099-12-01"),
        ("Dec 1 2099", "2099-12-01"),
        ("Dec 1 2099 18:00", "2099-12-01T18:00:00+00:00"),
    ],
)
def test_dates_are_iso_or_what_git_takes(site: Repo, text: str, stored: str) -> None:
    assert until_date(Workspace.open(str(site.path)), text) == Until(DATE, stored)


@pytest.mark.parametrize(
    "text", ["", "soon", "never", "yesterday", "2 weeks", "2020-01-01", "2099-13-45", "0001-01-01"]
)
def test_what_is_no_day_to_come_is_refused(site: Repo, text: str) -> None:
    with pytest.raises(UsageError, match="not a date in the future"):
        until_date(Workspace.open(str(site.path)), text)
    said = seedgit(site, "set", PATH, "/paused", "true", "--until", text)
    assert said.status == 2
    assert site("for-each-ref", "refs/seedgit") == ""


def test_a_version_is_reached_when_what_is_checked_out_contains_it(
    upstream: Repo, site: Repo
) -> None:
    said = seedgit(site, "set", PATH, "/paused", "true", "--until-version", "v2")
    assert said.status == 0
    assert "no tag v2 here yet" in said.err
    upstream.commit({PATH: FLOW.replace("wiki", "wiki2")}, "v2")
    upstream("tag", "-a", "-m", "two", "v2")
    site("fetch", "--quiet")
    assert site("tag") == "v2"
    assert data(site, "status")["overrides"]["expired"] == 0  # here, but not checked out
    site("merge", "--quiet", "--ff-only", "origin/main")
    assert data(site, "status")["overrides"]["expired"] == 1
    assert "(until v2)" in seedgit(site, "status").out
    site("checkout", "--quiet", "HEAD~1")
    assert data(site, "status")["overrides"]["expiring"] == 1
    site("checkout", "--quiet", "main")
    said = seedgit(site, "set", PATH, "/limit", "1", "--until-version", "v2")
    assert said.status == 2
    assert "contains v2 already" in said.err
    assert seedgit(site, "set", PATH, "/limit", "1", "--until-version", "..").status == 2


def test_a_seed_value_is_waited_for(upstream: Repo, site: Repo) -> None:
    override(site, "/steps/0/max_items", "1", "--if-seed-is", "50")
    override(site, "/paused", "true", "--if-seed-is", "false")
    assert data(site, "status")["overrides"]["expiring"] == 2
    upstream.commit({PATH: FLOW.replace("50", "80")}, "v2")
    site("pull", "--quiet", "--ff-only")
    for _ in ("derived", "stored"):
        fields = {f["pointer"]: f for f in data(site, "status", "--overlay")["fields"]}
        assert fields["/steps/0/max_items"]["expired"] is True
        assert fields["/steps/0/max_items"]["until"] == {"seed-is": 50}
        assert fields["/paused"]["expired"] is False
        assert "max_items: 1\n" in seedgit(site, "render", PATH).out
        assert seedgit(site, "rebase").status == 0
    said = seedgit(site, "status", "--overlay").out
    assert "(made over 50; while the seed is 50)" in said
    for value in ("5", "false", '"50"'):
        said_ = seedgit(site, "set", PATH, "/steps/0/max_items", "2", "--if-seed-is", value)
        assert said_.status == 2
        assert "it has 80 there" in said_.err


def test_an_end_survives_rebase_capture_push_and_pull(make_repo: Any) -> None:
    hub = make_repo("hub", "--bare")
    one = package(make_repo("one"))
    one("remote", "add", "origin", f"file://{hub.path}")
    one("push", "--quiet", "-u", "origin", "main")
    override(one, MODE, "drain", "--until", LATER, "--why", "burn-in")
    override(one, "/limit", "--delete", "--until-version", "v9")
    override(one, "/steps/[id=rank]/mode", "off", "--until", LATER)
    new = FLOW.replace("limit: 5\n", "").replace("  - id: rank\n    mode: live\n", "")
    one.commit({PATH: new}, "v2")
    assert seedgit(one, "rebase").status == 0
    expected = {
        "/steps/0/mode": {"date": LATER},
        "/limit": {"version": "v9"},  # removed by both sides
        "/steps/1/mode orphaned": {"date": LATER},
    }
    assert ends(one) == expected
    one.write({PATH: new.replace("id: fetch\n    mode: live", "id: fetch\n    mode: slow")})
    assert seedgit(one, "capture", PATH).status == 0
    assert ends(one) == expected
    (field,) = [f for f in data(one, "status", "--overlay")["fields"] if f.get("value") == "slow"]
    assert field["why"] == "burn-in"
    one("push", "--quiet")
    assert seedgit(one, "push").status == 0
    two = hub.clone("two")
    assert seedgit(two, "pull").status == 0
    assert ends(two) == expected


def ends(site: Repo) -> dict[str, Any]:
    fields = data(site, "status", "--overlay")["fields"]
    return {
        f["pointer"] + (f" {f['status']}" if f["status"] in ("orphaned", "clash") else ""): f[
            "until"
        ]
        for f in fields
    }


def test_two_sites_that_differ_on_the_end_are_told(make_repo: Any) -> None:
    hub = make_repo("hub", "--bare")
    one = package(make_repo("one"))
    one("remote", "add", "origin", f"file://{hub.path}")
    one("push", "--quiet", "-u", "origin", "main")
    two = hub.clone("two")
    override(one, "/paused", "true", "--until", LATER)
    override(two, "/paused", "true", "--until", "2999-12-02")
    assert seedgit(one, "push").status == 0
    said = seedgit(two, "pull", "--join")
    assert said.status == 1
    assert "/paused" in said.out
    assert ends(two) == {"/paused": {"date": "2999-12-02"}, "/paused clash": {"date": LATER}}
    counts = [look(two, now).data()["overrides"] for now in (None, time.time() + 10**12)]
    assert [(c["expiring"], c["expired"]) for c in counts] == [(1, 0), (0, 1)]


def test_the_patch_is_the_same_for_any_other_implementation(site: Repo) -> None:
    override(site, MODE, "drain", "--until", LATER)
    override(site, "/limit", "--delete", "--until-version", "v9")
    override(site, "/steps/-", '{"id": "mine"}', "--until", LATER)
    override(site, "/steps/0/max_items", "1", "--if-seed-is", "50")
    patch = record(site)["patch"]
    assert [o["until"] for o in patch if "until" in o] == [
        {"date": LATER},
        {"version": "v9"},
        {"seed-is": 50},
        {"date": LATER},
    ]
    effective = yaml.safe_load(seedgit(site, "render", PATH).out)
    assert jsonpatch.apply_patch(yaml.safe_load(FLOW), patch) == effective


def test_setting_it_again_without_an_end_keeps_it_for_good(site: Repo) -> None:
    override(site, "/paused", "true", "--until", LATER)
    override(site, "/paused", "true")
    assert data(site, "status")["overrides"]["expiring"] == 0
    assert "until" not in json.dumps(record(site))


def test_only_one_end_can_be_given(site: Repo) -> None:
    words = ("--until", LATER, "--until-version", "v2")
    assert seedgit(site, "set", PATH, "/paused", "true", *words).status == 2


@pytest.mark.parametrize(
    ("until", "usable"),
    [
        ({"date": "2999-12-01"}, True),
        ({"moon": "full"}, True),  # of a newer seedgit: kept, never reached
        ({"date": "some day"}, False),
        ({"date": 5}, False),
        ({"version": 5}, False),
        ({}, False),
        ({"date": "2999-12-01", "version": "v2"}, False),
        ("2999-12-01", False),
    ],
)
def test_what_a_record_says_is_checked(site: Repo, until: Any, usable: bool) -> None:
    override(site, "/paused", "true", "--until", LATER)
    found = record(site)
    found["patch"][1]["until"] = until
    ref = "refs/seedgit/overlays/local"
    base = site("rev-parse", f"{ref}:records/flows%2Fwiki.yaml/base")
    entry = site.tree({"record.json": site.blob(json.dumps(found)), "base": base})
    tree = site.tree({"records": site.tree({"flows%2Fwiki.yaml": entry})})
    site("update-ref", ref, site("commit-tree", "-m", "x", "-p", ref, tree))
    said = seedgit(site, "status", "--overlay")
    assert ("(until" in said.out) is usable
    assert said.status == 0
    assert ("problem: flows/wiki.yaml" in said.out) is not usable
    if usable:
        assert seedgit(site, "set", PATH, "/limit", "1").status == 0
        assert record(site)["patch"][1]["until"] == until
