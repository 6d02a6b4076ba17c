"""Layers: overlays that lie over one another, from several hands."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest

from seedgit.cli.item_keys import keys_of
from seedgit.operations.pending import Item, find
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import PATH, data, override, package, seedgit, site_of


@pytest.fixture
def hub(make_repo: Callable[..., Repo]) -> Repo:
    return make_repo("hub", "--bare")


@pytest.fixture
def office(repo: Repo, hub: Repo) -> Repo:
    """The clone of those who look after the fleet: its overlay `fleet` is on the hub."""
    office = site_of(package(repo))
    office("remote", "add", "hub", f"file://{hub.path}")
    office("config", "seedgit.overlay", "fleet")
    override(office, "/timeout", "77")
    assert seedgit(office, "push", "hub").status == 0
    return office


@pytest.fixture
def berlin(office: Repo, repo: Repo, hub: Repo) -> Repo:
    """A site of the fleet."""
    berlin = repo.clone("berlin")
    berlin("remote", "add", "hub", f"file://{hub.path}")
    assert seedgit(berlin, "init").status == 0
    assert seedgit(berlin, "layer", "add", "fleet", "--from", "hub").status == 0
    return berlin


def names(repo: Repo) -> list[str]:
    return [layer["name"] for layer in data(repo, "layer")]


def effective(repo: Repo, pointer: str) -> object:
    (found,) = data(repo, "why", PATH, pointer)
    return found["value"]


def refused(repo: Repo, *words: str) -> str:
    said = seedgit(repo, *words)
    assert said.status != 0
    return said.err


def test_one_layer_is_there_from_the_start(site: Repo) -> None:
    assert names(site) == ["local"]
    assert seedgit(site, "layer").out == "  local  0 overrides  written to\n"


def test_a_remotes_layer_lies_lowest_and_is_read_only(berlin: Repo) -> None:
    assert names(berlin) == ["fleet", "local"]
    assert effective(berlin, "/timeout") == 77
    said = refused(berlin, "set", PATH, "/timeout", "5", "--overlay", "fleet")
    assert "the layer 'fleet' is read-only here: it is what hub has" in said
    override(berlin, "/timeout", "99")
    assert effective(berlin, "/timeout") == 99


def test_a_read_only_layer_follows_its_remote(office: Repo, berlin: Repo) -> None:
    override(office, "/limit", "9")
    seedgit(office, "push", "hub")
    said = seedgit(berlin, "pull", "hub")
    assert said.status == 0
    assert f"{PATH}/limit: no override -> 9" in said.out
    assert effective(berlin, "/limit") == 9
    assert "fleet" not in seedgit(berlin, "push", "hub").out


def test_a_read_only_layer_is_not_rebased_here(repo: Repo, berlin: Repo) -> None:
    before = berlin("rev-parse", "refs/seedgit/overlays/fleet")
    repo.commit({PATH: (repo.path / PATH).read_text() + "new: 1\n"}, "v2")
    berlin("pull", "--quiet")
    assert seedgit(berlin, "rebase").status == 0
    assert berlin("rev-parse", "refs/seedgit/overlays/fleet") == before
    assert effective(berlin, "/timeout") == 77


def test_unset_says_what_holds_then(berlin: Repo) -> None:
    override(berlin, "/timeout", "99")
    said = seedgit(berlin, "unset", PATH, "/timeout")
    assert f"{PATH}/timeout is 77 now, from the layer fleet" in said.out
    override(berlin, "/limit", "9")
    assert "follows the seed again" in seedgit(berlin, "unset", PATH, "/limit").out


def test_unset_says_which_layer_does_override_it(berlin: Repo) -> None:
    said = refused(berlin, "unset", PATH, "/timeout")
    assert "nothing is overridden at /timeout in the layer 'local'" in said
    assert "hint: fleet overrides it, read-only here: seedgit set can override that" in said
    assert seedgit(berlin, "layer", "add", "top").status == 0
    override(berlin, "/timeout", "5", "--overlay", "local")
    said = refused(berlin, "unset", PATH, "/timeout")
    assert "hint: fleet, local override it: --overlay local" in said
    assert seedgit(berlin, "unset", PATH, "/timeout", "--overlay", "local").status == 0
    assert "lists what is" in refused(berlin, "unset", PATH, "/limit")


def test_a_layer_that_could_not_be_written_beside_another_is_refused(site: Repo) -> None:
    assert seedgit(site, "layer", "add", "a/b").status == 0
    for name in ("a", "a/b/c"):
        assert "cannot be beside the overlay 'a/b'" in refused(site, "layer", "add", name)
    assert names(site) == ["local", "a/b"]


def test_status_names_the_layers_and_counts_what_is_covered_apart(berlin: Repo) -> None:
    override(berlin, "/timeout", "99")
    found = data(berlin, "status", "--overlay")
    assert found["layers"] == ["fleet", "local"]
    assert [(f["overlay"], f.get("covered-by")) for f in found["fields"]] == [
        ("fleet", "local"),
        ("local", None),
    ]
    said = seedgit(berlin, "status", "--overlay").out
    assert "(layer fleet; covered by local)" in said
    assert said.endswith("1 override active, 1 covered by a layer, nothing needs you\n")


def test_a_write_to_a_lower_layer_says_what_covers_it(site: Repo) -> None:
    seedgit(site, "layer", "add", "top")
    override(site, "/timeout", "5")
    said = seedgit(site, "set", PATH, "/timeout", "6", "--overlay", "local")
    assert f"{PATH}/timeout = 6, covered by the layer top" in said.out
    assert effective(site, "/timeout") == 5
    assert "covered" not in seedgit(site, "set", PATH, "/limit", "8", "--overlay", "local").out
    seedgit(site, "undo", "--overlay", "local")
    assert effective(site, "/limit") == 5


def test_order_and_removal(site: Repo) -> None:
    for name in ("top", "middle"):
        assert seedgit(site, "layer", "add", name).status == 0
    assert names(site) == ["local", "top", "middle"]
    seedgit(site, "layer", "order", "local", "middle", "top")
    assert names(site) == ["local", "middle", "top"]
    override(site, "/timeout", "5")
    seedgit(site, "layer", "remove", "top")
    assert names(site) == ["local", "middle"]
    assert effective(site, "/timeout") == 30
    seedgit(site, "layer", "add", "top", "--above", "local")
    assert names(site) == ["local", "top", "middle"]
    assert effective(site, "/timeout") == 5


def test_a_layer_that_git_has_in_another_file_is_moved_here_only(site: Repo) -> None:
    site("config", "--global", "seedgit.overlay", "everywhere")
    seedgit(site, "layer", "add", "here")
    assert names(site) == ["everywhere", "local", "here"]
    seedgit(site, "layer", "remove", "everywhere")
    assert names(site) == ["local", "here"]
    assert site("config", "--global", "seedgit.overlay").strip() == "everywhere"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("host=*", True),
        ("host=no-such-*", False),
        ("branch=main", True),
        ("branch=release/*", False),
        ("env=SITE", True),
        ("env=SITE=ber*", True),
        ("env=SITE=paris", False),
        ("env=NOWHERE", False),
    ],
)
def test_conditions(
    site: Repo, monkeypatch: pytest.MonkeyPatch, condition: str, holds: bool
) -> None:
    monkeypatch.setenv("SITE", "berlin")
    assert seedgit(site, "layer", "add", "other", "--when", condition).status == 0
    (layer,) = (layer for layer in data(site, "layer") if layer["name"] == "other")
    assert layer["unmet"] == (None if holds else condition)
    written = seedgit(site, "set", PATH, "/timeout", "5").out
    assert f"overlay {'other' if holds else 'local'}:" in written


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add",), "layer add takes one NAME"),
        (("add", "local"), "'local' is a layer already"),
        (("add", "a..b"), "not a name for an overlay"),
        (("add", "x", "--above", "y"), "'y' is no layer here: the layers are local"),
        (("add", "x", "--when", "day=monday"), "not a condition: 'day=monday'"),
        (("add", "x", "--from", "nowhere"), "there is no remote 'nowhere'"),
        (("add", "x", "--from", "origin"), "has no overlay 'x'; it has none"),
        (("remove", "x"), "'x' is no layer here"),
        (("remove", "local"), "'local' is the only layer"),
        (("order", "x"), "'x' is no layer here"),
        (("order",), "local is not named"),
        (("order", "local", "local"), "a layer is named twice"),
    ],
)
def test_what_is_refused(site: Repo, words: tuple[str, ...], said: str) -> None:
    before = (site.path / ".git" / "config").read_bytes()
    assert said in refused(site, "layer", *words)
    assert (site.path / ".git" / "config").read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        ("set", PATH, "/timeout", "5"),
        ("unset", PATH, "/timeout"),
        ("capture", PATH),
        ("pending",),
        ("resolve", "1", "--keep-local"),
        ("approve", "--all"),
        ("prune",),
        ("rebase",),
        ("undo",),
    ],
)
def test_an_unknown_layer_says_what_there_is(site: Repo, words: tuple[str, ...]) -> None:
    said = refused(site, *words, "--overlay", "nowhere")
    assert "'nowhere' is no layer here: the layers are local" in said


def test_log_shows_any_overlay_and_says_what_there_is(site: Repo) -> None:
    assert "there is no overlay 'nowhere': there is local" in refused(
        site, "log", "--overlay", "nowhere"
    )
    override(site, "/timeout", "5")
    seedgit(site, "layer", "add", "top")
    seedgit(site, "layer", "remove", "local")
    assert len(data(site, "log", "--overlay", "local")) == 1
    assert data(site, "log") == []


def test_an_overlay_that_has_changed_here_is_not_replaced_by_a_remotes(berlin: Repo) -> None:
    seedgit(berlin, "layer", "remove", "fleet")
    seedgit(berlin, "layer", "add", "fleet")
    seedgit(berlin, "layer", "order", "fleet", "local")
    assert seedgit(berlin, "set", PATH, "/limit", "3", "--overlay", "fleet").status == 0
    seedgit(berlin, "layer", "remove", "fleet")
    said = refused(berlin, "layer", "add", "fleet", "--from", "hub")
    assert "an overlay 'fleet' is here already, with changes that hub does not have" in said


def test_pending_and_approve_are_about_one_layer(repo: Repo, site: Repo) -> None:
    seedgit(site, "layer", "add", "top")
    override(site, "/limit", "9")
    assert seedgit(site, "set", PATH, "/model", "big", "--overlay", "local").status == 0
    text = (repo.path / PATH).read_text().replace("limit: 5", "limit: 6")
    repo.commit({PATH: text.replace("model: small", "model: tiny")}, "v2")
    site("pull", "--quiet")
    both = {item["pointer"] for item in data(site, "pending")["items"]}
    assert both == {"/limit", "/model"}
    (item,) = data(site, "pending", "--overlay", "local")["items"]
    assert item["pointer"] == "/model"
    assert seedgit(site, "approve", "--all", "--overlay", "local").status == 0
    assert [item["pointer"] for item in data(site, "pending")["items"]] == ["/limit"]


def test_capture_into_a_covered_layer_names_the_one_above(site: Repo) -> None:
    seedgit(site, "layer", "add", "top")
    override(site, "/limit", "9")
    text = seedgit(site, "render", PATH).out.replace("timeout: 30", "timeout: 31")
    site.write({PATH: text})
    said = refused(site, "capture", PATH, "--overlay", "local")
    assert "the overlay 'top' lies over 'local' in this file" in said
    assert "--overlay top" in said


def test_plan_pending_and_diff_name_the_layers(repo: Repo, office: Repo, berlin: Repo) -> None:
    override(berlin, "/timeout", "99")
    override(berlin, "/paused", "--delete")
    repo.commit({PATH: (repo.path / PATH).read_text().replace("30", "31")}, "v2")
    berlin("fetch", "--quiet")
    made = data(berlin, "plan")
    assert made["layers"] == ["fleet", "local"] and made["covered-by-a-layer"] == 1
    told = {
        (each["overlay"], each["pointer"]): each.get("covered-by")
        for bucket in ("needs_approval", "warnings", "no_op")
        for each in made[bucket]
    }
    wanted = {("fleet", "/timeout"): "local", ("local", "/timeout"): None}
    assert told == {**wanted, ("local", "/paused"): None}
    said = seedgit(berlin, "plan").out
    # The fleet's value is the one that upstream changed under; the site's lies over the fleet's.
    assert [each["overlay"] for each in made["needs_approval"]] == ["fleet"]
    assert "(layer fleet; covered by local)" in said and "(layer local)" not in said
    assert "1 of them covered by a layer" in said
    assert seedgit(berlin, "plan", "--html", "plan.html").status == 0
    page = (berlin.path / "plan.html").read_text()
    assert "<br>covered by local" in page and "Layers, lowest first: fleet, local." in page
    berlin("pull", "--quiet")
    items = data(berlin, "pending")["items"]
    assert [(i["overlay"], i.get("covered-by")) for i in items] == [("fleet", "local")]
    assert "(layer fleet; covered by local)" in seedgit(berlin, "pending").out
    assert "@@ local\n" in seedgit(berlin, "diff").out
    (found,) = data(berlin, "diff")
    assert found["overrides"] == [
        {"overlay": "fleet", "pointer": "/timeout", "covered-by": "local"},
        {"overlay": "local", "pointer": "/timeout"},
        {"overlay": "local", "pointer": "/paused"},
    ]
    berlin.write({"x.patch": seedgit(berlin, "diff").out.replace("effective/", "seed/")})
    berlin("apply", "--check", "x.patch")


def test_what_waits_in_a_remote_s_layer_is_told_and_left(repo: Repo, berlin: Repo) -> None:
    """Who writes to the fleet's layer decides it. `approve --all` takes the site's own."""
    for pointer, value in (("/model", "tiny"), ("/timeout", "99")):
        override(berlin, pointer, value)
    changed = (repo.path / PATH).read_text().replace("30", "31").replace("small", "big")
    repo.commit({PATH: changed}, "v2")
    berlin("pull", "--quiet")
    said = seedgit(berlin, "pending").out
    assert "decided where the layer is from: hub" in said
    items = {(i["overlay"], i["pointer"]): i for i in data(berlin, "pending")["items"]}
    assert items["fleet", "/timeout"]["remote"] == "hub"
    assert items["fleet", "/timeout"]["proposal"] == ""
    assert "remote" not in items["local", "/model"]
    said = seedgit(berlin, "approve", "--all")
    assert said.status == 0 and "left 1 of layers that are read-only here:" in said.out
    left = data(berlin, "pending")["items"]
    assert [(i["overlay"], i["pointer"]) for i in left] == [("fleet", "/timeout")]
    alone = seedgit(berlin, "pending").out
    assert "seedgit resolve N" not in alone
    refused = seedgit(berlin, "resolve", "1", "--keep-local")
    assert (refused.status, "read-only here" in refused.err) == (5, True)
    assert {key.off[:27] for key in keys_of(_only(berlin))} == {"the layer is read-only here"}


def _only(site: Repo) -> Item:
    with closing(Workspace.open(str(site.path))) as workspace:
        (item,) = find(workspace)[0]
        return item


def test_a_layer_that_is_missing_or_named_twice_is_told(berlin: Repo) -> None:
    berlin("update-ref", "-d", "refs/seedgit/overlays/fleet")
    missing = "the layer 'fleet' is not here, and does not count: seedgit pull hub brings it"
    assert missing in seedgit(berlin, "layer").err
    assert f"problem: {missing}" in seedgit(berlin, "status").out
    assert missing in seedgit(berlin, "doctor").out
    assert seedgit(berlin, "pull", "hub").status == 0
    assert seedgit(berlin, "layer").err == ""
    assert effective(berlin, "/timeout") == 77
    berlin("config", "--add", "seedgit.overlay", "fleet")
    said = seedgit(berlin, "layer")
    assert [line.split()[0] for line in said.out.splitlines()] == ["local", "fleet"]
    assert "seedgit.overlay names 'fleet' 2 times; the last place" in said.err
    assert "names 'fleet' 2 times; the last place" in seedgit(berlin, "status").out


def test_no_layer_lies_over_itself(site: Repo) -> None:
    assert "'x' cannot lie over itself" in refused(site, "layer", "add", "x", "--above", "x")
