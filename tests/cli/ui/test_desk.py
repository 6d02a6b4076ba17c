"""What the page shows and does is what the commands show and do."""

from __future__ import annotations

import pytest

from seedgit.cli.terminal import Terminal
from seedgit.cli.ui.desk import Desk
from seedgit.errors import Refused, UsageError
from tests.conftest import Repo
from tests.counting import Counted, running
from tests.site import FLOW, PATH, data, override, package, seedgit, site_of


@pytest.fixture
def waiting(upstream: Repo, site: Repo) -> Repo:
    """A site with two overrides that wait: one moved under, one without a place."""
    override(site, "/timeout", "45", "--why", "slow")
    override(site, "/steps/[id=rank]/mode", "drain", "--why", "no rank today")
    text = FLOW.replace("timeout: 30", "timeout: 60")
    text = text.replace("id: rank", "id: score")
    assert text != FLOW.replace("timeout: 30", "timeout: 60")
    upstream.commit({PATH: text}, "v2")
    site("pull", "--quiet", "--no-rebase")
    return site


@pytest.fixture
def desk(waiting: Repo) -> Desk:
    return Desk(str(waiting.path))


def ids(desk: Desk) -> dict[str, str]:
    return {item["name"]: item["id"] for item in desk.waiting()["items"]}


def test_it_lists_what_pending_lists_the_most_urgent_first(waiting: Repo, desk: Desk) -> None:
    found = desk.waiting()
    listed = {item["id"] for item in data(waiting, "pending")["items"]}
    assert {item["id"] for item in found["items"]} == listed
    assert [item["reason"] for item in found["items"]] == ["orphaned", "moved-under"]
    assert (found["clone"], found["done"]) == ("site", [])


def test_one_item_has_its_values_who_set_it_why_and_the_lines_around(desk: Desk) -> None:
    found = desk.about(ids(desk)["/timeout"])
    values = {value["name"]: value["text"] for value in found["values"]}
    assert values == {"base": "30", "upstream": "60", "local": "45"}
    assert found["result"] == "45"
    assert (found["local_by"]["by"], found["why"]) == ("Sam Site", "slow")
    (here,) = [line for line in found["lines"] if line["here"]]
    assert here["text"].startswith("timeout: 45")
    off = {key["letter"]: key["off"] for key in found["keys"]}
    assert (off["k"], off["t"], off["v"]) == ("", "", "")
    assert "it has its place" in off["p"]


def test_what_has_no_place_is_shown_nowhere(desk: Desk) -> None:
    found = desk.about(ids(desk)["/steps/[id=rank]/mode"])
    assert not any(line["here"] for line in found["lines"])
    assert found["result"] == "not in the file"
    off = {key["letter"]: key["off"] for key in found["keys"]}
    assert off["p"] == "" and "there is no place for it" in off["v"]


@pytest.mark.parametrize(
    ("choice", "value", "holds"),
    [
        ("keep-local", "", "45"),
        ("take-seed", "", "60"),
        ("value", "50", "50"),
        ("value", "1.0", "1.0"),
        ("value", "12345678901234567890", "12345678901234567890"),
    ],
)
def test_a_decision_is_what_resolve_does_and_undo_takes_it_back(
    waiting: Repo, desk: Desk, choice: str, value: str, holds: str
) -> None:
    before = data(waiting, "status", "--overlay")["fields"]
    desk.decide([ids(desk)["/timeout"]], choice, value, "agreed")
    assert "/timeout" not in ids(desk)
    assert f"timeout: {holds}" in seedgit(waiting, "render", PATH).out
    assert "agreed" in waiting("log", "-1", "--format=%B", "refs/seedgit/overlays/local")
    (done,) = desk.waiting()["done"]
    assert (done["place"], done["choice"], done["refusal"]) == (f"{PATH}/timeout", choice, "")
    desk.undo()
    assert "/timeout" in ids(desk)
    assert data(waiting, "status", "--overlay")["fields"] == before
    with pytest.raises(UsageError, match="nothing was decided here"):
        desk.undo()


def test_what_changed_meanwhile_is_refused(waiting: Repo, desk: Desk) -> None:
    known = ids(desk)["/timeout"]
    stamp = desk.stamp()
    assert desk.stamp() == stamp
    assert seedgit(waiting, "set", PATH, "/timeout", "99").status == 0
    assert desk.stamp() != stamp
    tip = waiting("rev-parse", "refs/seedgit/overlays/local")
    with pytest.raises(Refused):
        desk.decide([known], "take-seed")
    with pytest.raises(Refused, match="waits no longer"):
        desk.about(known)
    assert waiting("rev-parse", "refs/seedgit/overlays/local") == tip


def test_no_git_is_left_running(desk: Desk) -> None:
    """A page may be open all day, and looks every two seconds."""
    before = running()
    for _ in range(3):
        desk.stamp()
        desk.about(ids(desk)["/timeout"])
        desk.decide([ids(desk)["/timeout"]], "keep-local")
        desk.undo()
    assert running() <= before


def test_in_dry_run_nothing_is_written(waiting: Repo, desk: Desk) -> None:
    assert seedgit(waiting, "mode", "dry-run").status == 0
    known, tip = ids(desk)["/timeout"], waiting("for-each-ref")
    assert {key["off"] for key in desk.about(known)["keys"]} == {
        "the mode is dry-run, in which nothing is written"
    }
    with pytest.raises(Refused, match="dry-run"):
        desk.decide([known], "take-seed")
    assert waiting("for-each-ref") == tip


def test_a_value_that_two_people_set_has_both(waiting: Repo, desk: Desk) -> None:
    hub = waiting.path.parent / "hub"
    waiting("init", "--quiet", "--bare", str(hub))
    waiting("remote", "add", "hub", str(hub))
    other = waiting.clone("other")
    other("remote", "add", "hub", str(hub))
    assert seedgit(other, "init").status == 0
    assert seedgit(waiting, "push", "hub").status == 0
    assert seedgit(other, "pull", "hub").status == 0
    for site, value in ((other, "7"), (waiting, "8")):
        assert seedgit(site, "set", PATH, "/limit", value, "--new").status == 0
        seedgit(site, "pull", "hub")
        seedgit(site, "push", "hub")
    known = ids(desk)["/limit"]
    assert desk.waiting()["items"][0]["id"] == known
    found = desk.about(known)
    assert {value["name"] for value in found["values"]} == {"upstream", "local", "other"}
    assert found["result"] == "8"
    does = {key["letter"]: key["does"] for key in found["keys"]}
    assert does["k"].endswith(": 8") and does["t"].endswith(": 7")
    assert found["other_by"]["by"] == "Sam Site"
    desk.decide([known], "take-other")
    assert "limit: 7" in seedgit(waiting, "render", PATH).out


def test_a_secret_is_masked(waiting: Repo, desk: Desk) -> None:
    rules = waiting.read(".seedgit.yaml").decode()
    secret = rules.replace(
        "- path: /steps/*/mode\n", "- path: /steps/*/mode\n        secret: true\n"
    )
    assert secret != rules
    waiting.commit({".seedgit.yaml": secret}, "secret")
    found = [desk.waiting(), *(desk.about(id) for id in ids(desk).values())]
    terminal = Terminal()
    terminal.hidden = lambda: desk.plain_texts
    told = terminal.json(found)
    assert "orphaned" in told and "drain" not in told


# -- several at once, and a rule ------------------------------------------------------------------


@pytest.fixture
def alike(repo: Repo) -> Repo:
    """A site with one override in three files, under which upstream changed the same."""
    paths = [f"flows/{name}.yaml" for name in ("a", "b", "c")]
    site = site_of(package(repo, {**dict.fromkeys(paths, FLOW), "flows/d.yaml": FLOW}))
    for path in [*paths, "flows/d.yaml"]:
        value = "46" if path.endswith("d.yaml") else "45"
        assert seedgit(site, "set", path, "/timeout", value).status == 0
    changed = FLOW.replace("timeout: 30", "timeout: 60")
    repo.commit(dict.fromkeys([*paths, "flows/d.yaml"], changed), "v2")
    site("pull", "--quiet", "--no-rebase")
    return site


def test_what_has_one_outcome_is_listed_together_and_decided_at_once(alike: Repo) -> None:
    desk = Desk(str(alike.path))
    items = desk.waiting()["items"]
    groups = [item["outcome"] for item in items]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [3, 1]
    tip = alike("rev-parse", "refs/seedgit/overlays/local")
    desk.decide([item["id"] for item in items[:3]], "take-seed", "", "as agreed")
    assert alike("rev-parse", "refs/seedgit/overlays/local~1") == tip
    (done,) = desk.waiting()["done"]
    assert done["place"] == "flows/a.yaml/timeout and 2 more"
    assert [item["path"] for item in desk.waiting()["items"]] == ["flows/d.yaml"]
    desk.undo()
    assert [item["outcome"] for item in desk.waiting()["items"]] == groups


def test_groups_of_one_heading_say_what_is_different(alike: Repo, repo: Repo) -> None:
    assert Desk(str(alike.path)).waiting()["apart"] == {}  # one has another value
    assert seedgit(alike, "set", "flows/d.yaml", "/timeout", "45").status == 0
    desk = Desk(str(alike.path))
    found = desk.waiting()
    by_path = {item["path"]: found["apart"].get(item["outcome"]) for item in found["items"]}
    assert by_path == dict.fromkeys(("flows/a.yaml", "flows/b.yaml", "flows/c.yaml"))
    repo.commit({"flows/a.yaml": FLOW.replace("timeout: 30", "timeout: 90")}, "v3")
    alike("pull", "--quiet", "--no-rebase")
    found = desk.waiting()
    by_path = {item["path"]: found["apart"][item["outcome"]] for item in found["items"]}
    ninety, sixty = ([("upstream", value)] for value in ("90", "60"))
    assert by_path == {"flows/a.yaml": ninety, "flows/b.yaml": sixty, "flows/c.yaml": sixty}


def test_of_several_none_is_decided_if_one_has_changed(alike: Repo) -> None:
    desk = Desk(str(alike.path))
    known = [item["id"] for item in desk.waiting()["items"][:3]]
    assert seedgit(alike, "set", "flows/b.yaml", "/timeout", "7").status == 0
    with pytest.raises(Refused):
        desk.decide(known, "take-seed")
    assert "timeout: 45" in seedgit(alike, "render", "flows/a.yaml").out


def test_it_says_what_was_decided_elsewhere(alike: Repo) -> None:
    desk = Desk(str(alike.path))
    first = desk.waiting()["items"][0]["id"]
    assert desk.about(first)["decided"] == {}
    hub = alike.path.parent / "hub"
    alike("init", "--quiet", "--bare", str(hub))
    other = alike.clone("other")
    alike("remote", "add", "hub", str(hub))
    other("remote", "add", "hub", str(hub))
    alike("push", "--quiet", "hub", "refs/seedgit/overlays/local:refs/seedgit/overlays/theirs")
    desk.decide([first], "keep-local")
    alike("push", "--quiet", "hub", "refs/seedgit/overlays/local:refs/seedgit/overlays/theirs")
    desk.undo()
    assert seedgit(alike, "pull", "hub").status == 0
    again = next(i["id"] for i in desk.waiting()["items"] if i["path"] == "flows/a.yaml")
    assert desk.about(again)["decided"] == {"keep-local": 1}


def test_a_rule_ends_it_for_good_and_undo_takes_it_back(waiting: Repo, repo: Repo) -> None:
    desk = Desk(str(waiting.path))
    known = ids(desk)["/timeout"]
    draft = desk.about(known)["rule"]
    assert "path: /timeout" in draft and "on-seed-change: preserve" in draft
    desk.rule(known)
    assert draft == waiting("show", "refs/seedgit/overlays/local:rules.yaml") + "\n"
    assert "/timeout" not in ids(desk)
    assert "timeout: 45" in seedgit(waiting, "render", PATH).out
    (done,) = desk.waiting()["done"]
    assert (done["choice"], done["refusal"]) == ("rule", "")
    desk.undo()
    assert "/timeout" in ids(desk)
    lost = next(i["id"] for i in desk.waiting()["items"] if i["reason"] == "orphaned")
    assert desk.about(lost)["rule"] == ""
    with pytest.raises(Refused, match="a rule ends nothing"):
        desk.rule(lost)


# -- what it costs --------------------------------------------------------------------------------


def test_what_waits_comes_with_all_about_the_item_that_is_shown(desk: Desk) -> None:
    first, second = (item["id"] for item in desk.waiting()["items"])
    assert desk.waiting()["shown"] == desk.about(first)
    assert desk.waiting(at=1)["shown"] == desk.about(second)
    assert desk.waiting(at=7)["shown"]["id"] == second
    assert desk.waiting(id=second)["shown"]["id"] == second
    assert desk.waiting(at=1, id="gone")["shown"]["id"] == second
    after = desk.decide([second], "take-seed", at=1)
    (left,) = after["items"]
    assert after["shown"] == desk.about(left["id"])
    assert left["id"] != first  # of a file that a decision has changed
    assert desk.decide([left["id"]], "keep-local")["shown"] is None


def test_a_decision_opens_the_clone_once(counted: Counted, desk: Desk) -> None:
    """A person makes a hundred of them, and waits for each."""
    second = desk.waiting()["items"][1]["id"]
    counted.clear()
    (left,) = desk.decide([second], "take-seed")["items"]
    assert counted.git.count("config") == counted.git.count("index-pack") == 1
    assert len(counted.git) <= 20
    counted.clear()
    desk.about(left["id"])  # what waits is known
    assert len(counted.git) <= 6 and not {"rev-list", "blame"} & set(counted.git)
