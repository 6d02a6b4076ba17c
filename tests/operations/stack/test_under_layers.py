"""A change of a lower layer under a site's override is told like one of the package's."""

from __future__ import annotations

import pytest

from seedgit import codes
from tests.conftest import Repo
from tests.site import PATH, data, override, seedgit

ITEMS = "/steps/[id=fetch]/max_items"  # the site's, to be reviewed when it changes
MODE = "/steps/[id=fetch]/mode"  # the site's, whatever changes


def below(site: Repo, pointer: str, value: str) -> None:
    assert seedgit(site, "set", PATH, pointer, value, "--overlay", "local").status == 0


def field(site: Repo, pointer: str) -> dict[str, object]:
    fields = data(site, "status", "--overlay")["fields"]
    (found,) = (f for f in fields if f["overlay"] == "top" and f["pointer"] == pointer)
    return dict(found)


def waits(site: Repo) -> list[tuple[object, ...]]:
    return [
        (item["pointer"], item["reason"], *(item["values"][n] for n in ("base", "seed", "local")))
        for item in data(site, "pending")["items"]
    ]


@pytest.fixture
def site(site: Repo) -> Repo:
    """A site with a layer of its own over one that others change."""
    below(site, ITEMS, "60")
    assert seedgit(site, "layer", "add", "top").status == 0
    override(site, ITEMS, "5")
    override(site, MODE, "drain")
    override(site, "/timeout", "9")
    return site


MOVED = ("/steps/0/max_items", codes.MOVED_UNDER_LAYER, 60, 80, 5)


def test_what_was_there_when_it_was_made_is_no_change(site: Repo) -> None:
    assert waits(site) == []
    assert field(site, "/steps/0/max_items")["status"] == codes.UNCHANGED
    override(site, ITEMS, "6")
    assert waits(site) == []


def test_one_that_yields_does_so_to_what_changes_later(site: Repo) -> None:
    """Not to what its maker saw there: /limit yields by the rules."""
    below(site, "/limit", "9")
    override(site, "/limit", "4")

    def effective() -> object:
        return data(site, "why", PATH, "/limit")[0]["value"]

    assert (effective(), waits(site)) == (4, [])
    below(site, "/limit", "10")
    assert effective() == 10
    assert [item[:2] for item in waits(site)] == [("/limit", codes.COVERED)]
    override(site, "/limit", "4", "--why", "it holds here")
    assert effective() == 4


def test_a_change_below_waits_with_both_values(site: Repo) -> None:
    below(site, ITEMS, "80")
    assert waits(site) == [MOVED]
    found = field(site, "/steps/0/max_items")
    assert (found["status"], found["needs-person"]) == (codes.MOVED_UNDER_LAYER, True)
    said = seedgit(site, "status").out
    at = "/steps/[id=fetch]/max_items"
    assert f"moved under layer  {at}  80 -> 5  (layer top; made over 60)" in said
    assert "(layer top)" in seedgit(site, "pending").out
    assert seedgit(site, "render", PATH).out.count("max_items: 5\n") == 1


def test_a_new_override_below_waits_too_and_so_does_its_end(site: Repo) -> None:
    below(site, "/timeout", "7")
    assert waits(site) == [("/timeout", codes.MOVED_UNDER_LAYER, 30, 7, 9)]
    assert seedgit(site, "resolve", "1", "--keep-local").status == 0
    assert waits(site) == []
    assert seedgit(site, "unset", PATH, "/timeout", "--overlay", "local").status == 0
    assert waits(site) == [("/timeout", codes.MOVED_UNDER_LAYER, 7, 30, 9)]


def test_what_is_preserved_is_told_and_waits_for_nobody(site: Repo) -> None:
    below(site, MODE, "paused")
    assert waits(site) == []
    found = field(site, "/steps/0/mode")
    assert (found["status"], found["needs-person"]) == (codes.MOVED_UNDER_LAYER, False)


def test_keep_local_is_remembered_until_it_changes_again(site: Repo) -> None:
    below(site, ITEMS, "80")
    waits(site)
    assert seedgit(site, "resolve", "1", "--keep-local", "--why", "slow line").status == 0
    assert waits(site) == []
    assert data(site, "why", PATH, ITEMS)[0]["value"] == 5
    below(site, ITEMS, "90")
    assert waits(site) == [("/steps/0/max_items", codes.MOVED_UNDER_LAYER, 80, 90, 5)]


def test_take_seed_lets_the_layer_below_hold(site: Repo) -> None:
    below(site, ITEMS, "80")
    waits(site)
    assert seedgit(site, "resolve", "1", "--take-seed").status == 0
    assert waits(site) == []
    (found,) = data(site, "why", PATH, ITEMS)
    assert (found["value"], found["overlay"]) == (80, "local")


def test_another_value_is_made_over_what_is_below_now(site: Repo) -> None:
    below(site, ITEMS, "80")
    waits(site)
    assert seedgit(site, "resolve", "1", "--value", "40").status == 0
    assert waits(site) == []
    assert data(site, "why", PATH, ITEMS)[0]["value"] == 40


def test_the_value_below_that_becomes_the_same_makes_it_redundant(site: Repo) -> None:
    below(site, ITEMS, "5")
    assert waits(site) == []
    assert field(site, "/steps/0/max_items")["status"] == codes.REDUNDANT


def test_a_decision_is_bound_to_what_was_listed(site: Repo) -> None:
    below(site, ITEMS, "80")
    waits(site)
    below(site, ITEMS, "90")
    said = seedgit(site, "resolve", "1", "--keep-local")
    assert said.status == 5
    assert data(site, "why", PATH, ITEMS)[0]["value"] == 5


def test_it_follows_its_item_when_the_seed_moves_it(repo: Repo, site: Repo) -> None:
    text = (repo.path / PATH).read_text()
    new = text.replace("steps:\n", "steps:\n  - id: first\n    mode: live\n")
    assert new != text
    repo.commit({PATH: new}, "v2")
    site("pull", "--quiet")
    assert waits(site) == []
    below(site, ITEMS, "80")
    assert waits(site) == [("/steps/1/max_items", codes.MOVED_UNDER_LAYER, 60, 80, 5)]


# -- a change of the seed that a lower layer covers -----------------------------------------------


def upgraded(repo: Repo, site: Repo, old: str, new: str) -> None:
    text = (repo.path / PATH).read_text()
    assert old in text
    repo.commit({PATH: text.replace(old, new)}, "the package's next version")
    site("pull", "--quiet")


def raised(site: Repo) -> list[tuple[object, object]]:
    return [(item["overlay"], item["pointer"]) for item in data(site, "pending")["items"]]


@pytest.mark.parametrize("moved", [False, True])
def test_what_a_lower_layer_covers_is_raised_for_that_layer_alone(
    repo: Repo, site: Repo, moved: bool
) -> None:
    upgraded(repo, site, "max_items: 50", "max_items: 70")
    if moved:
        assert seedgit(site, "rebase").status == 0
    assert raised(site) == [("local", "/steps/0/max_items")]
    found = field(site, "/steps/0/max_items")
    assert (found["status"], found["needs-person"]) == (codes.UNCHANGED, False)
    assert seedgit(site, "resolve", "1", "--keep-local").status == 0
    assert waits(site) == []


def test_a_covered_change_is_raised_once_nothing_covers_it(repo: Repo, site: Repo) -> None:
    upgraded(repo, site, "max_items: 50", "max_items: 70")
    assert seedgit(site, "rebase").status == 0
    assert seedgit(site, "unset", PATH, ITEMS, "--overlay", "local").status == 0
    assert waits(site) == [("/steps/0/max_items", codes.MOVED_UNDER_LAYER, 60, 70, 5)]


def test_upstream_that_takes_a_layer_s_value_changes_nothing_above_it(
    repo: Repo, site: Repo
) -> None:
    below(site, "/timeout", "40")
    override(site, "/timeout", "9", "--why", "over 40")
    upgraded(repo, site, "timeout: 30", "timeout: 40")
    assert [item for item in raised(site) if item[0] == "top"] == []
    assert field(site, "/timeout")["status"] == codes.UNCHANGED


def test_both_at_once_is_told_as_what_holds_below(repo: Repo, site: Repo) -> None:
    upgraded(repo, site, "max_items: 50", "max_items: 70")
    below(site, ITEMS, "80")
    assert waits(site) == [MOVED]


@pytest.mark.parametrize("moved", [False, True])
def test_one_does_not_yield_to_what_a_lower_layer_covers(
    repo: Repo, site: Repo, moved: bool
) -> None:
    below(site, "/limit", "9")
    override(site, "/limit", "4")
    upgraded(repo, site, "limit: 5", "limit: 6")
    below(site, "/limit", "9")
    if moved:
        assert seedgit(site, "rebase").status == 0
    assert data(site, "why", PATH, "/limit")[0]["value"] == 4
    assert waits(site) == []


def test_one_yields_with_the_layer_below_it(repo: Repo, site: Repo) -> None:
    below(site, "/limit", "9")
    override(site, "/limit", "4")
    upgraded(repo, site, "limit: 5", "limit: 6")
    assert data(site, "why", PATH, "/limit")[0]["value"] == 6
    assert sorted(raised(site)) == [("local", "/limit"), ("top", "/limit")]


@pytest.mark.parametrize("value", ["4", "7"])
def test_what_is_set_again_holds_over_what_has_changed_below(site: Repo, value: str) -> None:
    """Also if it is the value that the layer has, but that is not in the effective file."""
    override(site, "/limit", "4")
    below(site, "/limit", "9")
    assert data(site, "why", PATH, "/limit")[0]["value"] == 9
    override(site, "/limit", value)
    assert data(site, "why", PATH, "/limit")[0]["value"] == int(value)
    assert waits(site) == []


def test_what_is_set_again_under_review_waits_no_longer(site: Repo) -> None:
    below(site, ITEMS, "80")
    assert waits(site) == [MOVED]
    override(site, "/timeout", "9")
    assert waits(site) == [MOVED]
    override(site, ITEMS, "5")
    assert waits(site) == []


@pytest.mark.parametrize(
    ("choice", "value"), [(["--keep-local"], 4), (["--value", "8"], 8), (["--take-seed"], 7)]
)
def test_what_yielded_holds_over_a_lower_layer_once_a_person_says_so(
    repo: Repo, site: Repo, choice: list[str], value: int
) -> None:
    """Before, it was covered at once by the value that the lower layer has got meanwhile."""
    below(site, "/limit", "9")
    override(site, "/limit", "4")
    upgraded(repo, site, "limit: 5", "limit: 6")
    assert seedgit(site, "rebase").status == 0
    below(site, "/limit", "7")
    (number,) = (i["number"] for i in data(site, "pending")["items"] if i["overlay"] == "top")
    assert seedgit(site, "resolve", str(number), *choice).status == 0
    assert data(site, "why", PATH, "/limit")[0]["value"] == value
    assert raised(site) == []


def planned(site: Repo) -> list[tuple[object, ...]]:
    """What the plan says of the layer on top at one place, with what it says is below."""
    made = data(site, "plan")
    return [
        (bucket, each["reason"], each["values"].get("remote"))
        for bucket in ("needs_approval", "warnings", "auto_apply", "no_op")
        for each in made[bucket]
        if each.get("overlay") == "top" and each["pointer"] == "/steps/0/max_items"
    ]


def test_the_plan_of_an_upgrade_goes_by_what_is_below_too(repo: Repo, site: Repo) -> None:
    text = (repo.path / PATH).read_text().replace("max_items: 50", "max_items: 70")
    repo.commit({PATH: text}, "v2")
    site("fetch", "--quiet")
    assert planned(site) == [("no_op", codes.UNCHANGED, 70)]
    below(site, ITEMS, "80")
    assert waits(site) == [MOVED]
    assert planned(site) == [("warnings", codes.ALREADY_PENDING, 80)]
