"""The preset burn-in-safe on a flow: state of run time is the site's, source shape is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from seedgit.formats.document import Document
from seedgit.formats.rules import parse_rules
from seedgit.values.pointer import exists, parse_pointer, resolve
from tests.built import prepared
from tests.conftest import Repo
from tests.site import data, seedgit, site_of, statuses

pytestmark = pytest.mark.usefixtures("both_hashes")

RULES = """\
version: 1
policy: burn-in-safe
seeds:
  - files: "flows/*"
    keys: {/**/steps: id}
"""
PATH = "flows/triage.yaml"
FLOW = """\
# Sorts what comes in.
name: triage
revision: 41
_queue_consume_revision: 7
schedule:
  mode: live  # live, or shadow
  cron: "*/15 * * * *"
  paused: false
output:
  max_items: 500
handlers:
  ticket_search:
    prompt: Find the tickets of a week.
    max_items: 50
    limits:
      max_items: 20
      throttle: 60/h
    prompt_patch_queue: []
  throttle:
    prompt: Wait.
steps:
  - id: fetch
    handler: ticket_search
    queue_mode: live
    throttle: 10
    _queue_consume_revision: 0
    inputs: [tickets]
  - id: rank
    mode: strict
    steps:
      - id: group
        handler: cluster
        prompt: Group them.
        schedule: {mode: live, cron: "0 6 * * *"}
        handler_configs:
          cluster:
            max_items: 30
            model: small
            config_patch_queue: []
            queue_mode: live
"""
GROUP = "/steps/[id=rank]/steps/[id=group]"
STATE = {
    "/_queue_consume_revision": 9,
    "/schedule/mode": "shadow",
    "/schedule/paused": True,
    "/handlers/ticket_search/prompt_patch_queue": [{"op": "retry", "item": 17}],
    "/steps/[id=fetch]/queue_mode": "drain",
    "/steps/[id=fetch]/_queue_consume_revision": 3,
    f"{GROUP}/schedule/mode": "shadow",
    f"{GROUP}/handler_configs/cluster/config_patch_queue": [{"model": "large"}],
    f"{GROUP}/handler_configs/cluster/queue_mode": "drain",
}
THROTTLES = {
    "/handlers/ticket_search/max_items": 1,
    "/handlers/ticket_search/limits/max_items": 2,
    "/handlers/ticket_search/limits/throttle": "1/h",
    "/steps/[id=fetch]/throttle": 1,
    f"{GROUP}/handler_configs/cluster/max_items": 3,
}
SOURCE = {
    "/name": "sort",
    "/revision": 42,
    "/schedule/cron": "0 * * * *",
    "/output/max_items": 100,
    "/handlers/ticket_search/prompt": "Find all tickets.",
    "/handlers/throttle/prompt": "Wait a minute.",
    "/steps/1/mode": "lax",
    "/steps/0/handler": "ticket_find",
    "/steps/0/inputs/0": "issues",
    "/steps/1/steps/0/prompt": "Group them by team.",
    "/steps/1/steps/0/schedule/cron": "0 7 * * *",
    "/steps/1/steps/0/handler_configs/cluster/model": "large",
}


@pytest.fixture
@prepared
def upstream(repo: Repo) -> Repo:
    repo.commit({".seedgit.yaml": RULES, PATH: FLOW}, "v1")
    return repo


def edited(text: str, edits: dict[str, Any]) -> str:
    """A version of the flow with other values, its text left as it is."""
    patch = [
        {"op": "replace", "path": plain(selector), "value": value}
        for selector, value in edits.items()
    ]
    return Document.parse(text.encode(), PATH).apply(patch).text


def leaves(value: Any, at: str = "") -> Iterator[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for token, item in inner:
        place = f"{at}/{token}"
        if isinstance(item, (dict, list)) and item:
            yield from leaves(item, place)
        else:
            yield place


def plain(selector: str) -> str:
    return selector.replace(GROUP, "/steps/1/steps/0").replace("[id=fetch]", "0")


def test_each_place_of_the_flow_has_its_owner() -> None:
    rule = parse_rules(RULES.encode(), "r").seeds[0]
    flow = Document.parse(FLOW.encode(), PATH).value
    owned = {p for p in leaves(flow) if rule.owner(parse_pointer(p), flow) == "overlay"}
    assert owned == {plain(selector) for selector in (*STATE, *THROTTLES)}
    reviewed = {p for p in owned if rule.on_seed_change(parse_pointer(p), flow) == "review"}
    assert reviewed == {plain(selector) for selector in THROTTLES}
    assert all(exists(flow, parse_pointer(pointer)) for pointer in SOURCE)
    # What holds state is the package's: that it is there, and what stands beside the state.
    for holder in ("/schedule", "/handlers", "/handlers/ticket_search", "/steps", "/steps/0"):
        assert rule.owner(parse_pointer(holder), flow) == "seed"


def values(site: Repo, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the effective file has at each of the places."""
    effective = Document.parse(seedgit(site, "render", PATH).out.encode(), PATH).value
    return {selector: resolve(effective, parse_pointer(plain(selector))) for selector in wanted}


def set_all(site: Repo, wanted: dict[str, Any]) -> None:
    for selector, value in wanted.items():
        assert seedgit(site, "set", PATH, selector, json.dumps(value)).status == 0


def merge(upstream: Repo, site: Repo, text: str) -> None:
    upstream.commit({PATH: text}, "v2")
    site("fetch", "--quiet")
    site("merge", "--quiet", "--no-edit", "origin/main")


def test_state_is_kept_through_an_upgrade_and_source_follows_it(upstream: Repo) -> None:
    site = site_of(upstream)
    set_all(site, STATE | THROTTLES)
    site.commit({"notes.md": "ours\n"}, "so that it is a merge")
    newer = {"/schedule/mode": "batch", "/steps/0/queue_mode": "batch"}
    moved = {"/handlers/ticket_search/max_items": 80, "/steps/0/throttle": 20}
    upstream.commit({PATH: edited(FLOW, SOURCE | newer | moved)}, "v2")
    site("fetch", "--quiet")
    planned = data(site, "plan", "origin/main")
    asked = [entry["pointer"] for entry in planned["needs_approval"]]
    assert sorted(asked) == sorted(moved)
    site("merge", "--quiet", "--no-edit", "origin/main")
    assert site.read(PATH).decode() == edited(FLOW, SOURCE | newer | moved)
    assert values(site, STATE | THROTTLES) == STATE | THROTTLES
    assert values(site, SOURCE) == SOURCE
    assert statuses(site).keys() == {PATH + plain(selector) for selector in STATE | THROTTLES}


def test_what_a_program_wrote_is_captured_and_source_edits_are_not(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    site.write({PATH: edited(FLOW, STATE | SOURCE)})
    site("add", PATH)
    refused = site("commit", "-m", "all of it", ok=False)
    for pointer in SOURCE:
        assert pointer in refused, pointer
    assert seedgit(site, "capture", PATH, "--why", "it ran").status == 0
    assert site.read(PATH).decode() == edited(FLOW, SOURCE)
    site("checkout", "--quiet", "HEAD", "--", PATH)
    assert values(site, STATE) == STATE
    assert values(site, SOURCE) == {
        selector: resolve(Document.parse(FLOW.encode(), PATH).value, parse_pointer(selector))
        for selector in SOURCE
    }


def test_committed_state_never_conflicts_and_committed_source_does(upstream: Repo) -> None:
    site = site_of(upstream)
    theirs = {"/schedule/mode": "batch", f"{GROUP}/handler_configs/cluster/queue_mode": "batch"}
    site.commit({PATH: edited(FLOW, STATE)}, "state")
    merge(upstream, site, edited(FLOW, SOURCE | theirs))
    assert site.read(PATH).decode() == edited(FLOW, SOURCE | STATE)
    site.commit({PATH: edited(site.read(PATH).decode(), {"/schedule/cron": "1 1 * * *"})}, "ours")
    upstream.commit({PATH: edited(FLOW, SOURCE | {"/schedule/cron": "2 2 * * *"})}, "v3")
    site("fetch", "--quiet")
    site("merge", "--quiet", "origin/main", ok=False)
    assert site.read(PATH).decode().count("<<<<<<<") == 1
    assert "/schedule/cron" in seedgit(site, "conflicts").out


@pytest.mark.parametrize("name", ["flow.json", "flow.toml"])
def test_it_is_the_same_in_every_format(upstream: Repo, name: str) -> None:
    rule = parse_rules(RULES.encode(), "r").match(f"flows/{name}")
    text = {
        "flow.json": '{"steps": [{"id": "a", "x": {"y": [{"max_items": 1, "queue_mode": 2}]}}]}',
        "flow.toml": '[[steps]]\nid = "a"\nx.y = [{max_items = 1, queue_mode = 2}]\n',
    }[name]
    value = Document.parse(text.encode(), name).value
    assert rule is not None
    assert [p for p in leaves(value) if rule.owner(parse_pointer(p), value) == "overlay"] == [
        "/steps/0/x/y/0/max_items",
        "/steps/0/x/y/0/queue_mode",
    ]
