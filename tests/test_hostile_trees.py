"""An overlay's tree may hold anything: what is no record is a problem, here and in a pull."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from seedgit.git.store import Store
from seedgit.git.stored_record import BASE_LIMIT, NAME_LIMIT, record_name
from tests.conftest import DIGITS, Repo
from tests.hostile import REF, entry_of, listed, put_root, put_tree
from tests.site import PATH, data, override, seedgit, site_of

BLOB, EXECUTABLE, LINK, SUBMODULE, TREE = "100644", "100755", "120000", "160000", "040000"


def entries(repo: Repo) -> dict[str, tuple[str, str]]:
    """Entries of every mode and name, beside the records there are."""
    blob, tree = repo.blob("x"), repo.tree({"x": repo.blob("x")})
    base = repo("rev-parse", f"HEAD:{PATH}")
    good = entry_of(repo, "flows/other.yaml", {}, base)
    deep = tree
    for _ in range(200):
        deep = repo.tree({"d": deep})
    parts = {"record.json": repo.blob("{}"), "base": base}
    whole = {name: (BLOB, id) for name, id in parts.items()}
    huge = repo.blob(b"9" * 5_000_000)
    return {
        "blob.yaml": (BLOB, blob),
        "exec.yaml": (EXECUTABLE, blob),
        "link.yaml": (LINK, repo.blob("../../../etc/passwd")),
        "module.yaml": (SUBMODULE, "1" * DIGITS),
        "empty.yaml": (TREE, repo.tree({})),
        "folder.yaml": (TREE, tree),
        "deep.yaml": (TREE, deep),
        "other-name.yaml": (TREE, good),
        "no-base.yaml": (TREE, repo.tree({"record.json": parts["record.json"]})),
        "linked.yaml": (TREE, listed(repo, {**whole, "record.json": (LINK, blob)})),
        "base-folder.yaml": (TREE, listed(repo, {**whole, "base": (TREE, tree)})),
        "base-module.yaml": (TREE, listed(repo, {**whole, "base": (SUBMODULE, "2" * DIGITS)})),
        "huge.yaml": (TREE, listed(repo, {**whole, "record.json": (BLOB, huge)})),
        "not-utf-8-\udcff.yaml": (TREE, good),
        "escape-\x1b[2J": (BLOB, blob),
        "line\nfeed": (TREE, good),
        "l" * (NAME_LIMIT + 100): (TREE, good),
        "%2e%2e": (TREE, good),
        "flows%2Fother.yaml%%" + "0" * 32: (TREE, good),
    }


# git refuses these on their way in, where it is asked to look: `pull` asks it.
REFUSED = ["..", ".", ".git", ".GIT", "git~1", ".git ", ".g\u200cit"]


@pytest.fixture
def here(upstream: Repo) -> Repo:
    site = site_of(upstream)
    override(site, "/timeout", "45")
    return site


def beside(repo: Repo, more: dict[str, tuple[str, str]], ref: str = REF) -> str:
    kept = repo("rev-parse", f"{ref}:records/flows%2Fwiki.yaml")
    return put_tree(repo, listed(repo, {"flows%2Fwiki.yaml": (TREE, kept), **more}), ref)


def is_well(site: Repo, value: int = 45) -> None:
    assert f"timeout: {value}" in seedgit(site, "render", PATH).out
    for words in (
        ["status"],
        ["log"],
        ["pending"],
        ["diff"],
        ["doctor"],
        ["plan", "origin/main"],
        ["fleet", "overrides"],
        ["fleet", "plan", "origin/main"],
        ["prune"],
        ["why", PATH, "/timeout"],
        ["blame", PATH],
    ):
        said = seedgit(site, *words)
        assert said.status in (0, 1, 3), (words, said.err)


def test_entries_of_every_kind(here: Repo) -> None:
    bad = entries(here)
    beside(here, bad)
    assert len(data(here, "status")["problems"]) == len(bad)
    is_well(here)
    assert seedgit(here, "rebase").status == 0
    override(here, "/limit", "6")
    kept = here("ls-tree", "-z", f"{REF}:records").split("\0")
    assert len([line for line in kept if line]) == len(bad) + 1
    assert seedgit(here, "undo").status == 0
    assert seedgit(here, "undo").status == 0
    assert data(here, "status")["problems"] == []


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_must_not_be_written_again(here: Repo, name: str) -> None:
    beside(here, {name: (TREE, here.tree({"x": here.blob("x")}))})
    assert len(data(here, "status")["problems"]) == 1
    is_well(here)
    for words in (["set", PATH, "/limit", "6"], ["rebase"]):
        assert seedgit(here, *words).status == 5
    assert seedgit(here, "undo").status == 0
    assert data(here, "status")["problems"] == []


@pytest.mark.parametrize("kind", ["blob", "link", "module", "nothing"])
def test_records_that_are_no_folder(here: Repo, kind: str) -> None:
    blob = here.blob("x")
    root = {
        "blob": {"records": (BLOB, blob)},
        "link": {"records": (LINK, blob)},
        "module": {"records": (SUBMODULE, "1" * DIGITS)},
        "nothing": {},
    }[kind]
    before = here("rev-parse", REF)
    put_root(here, listed(here, root))
    found = data(here, "status")
    assert len(found["problems"]) == (kind != "nothing")
    for words in (["doctor"], ["pending"], ["fleet", "overrides"], ["log"]):
        assert seedgit(here, *words).status in (0, 1), words
    if kind != "nothing":
        # What may lie over a seed cannot be told: it is not printed as if nothing did.
        assert seedgit(here, "render", PATH).status == 3
        assert seedgit(here, "set", PATH, "/limit", "6").status == 5
    assert seedgit(here, "undo").status == 0
    assert here("diff", before, REF) == ""
    is_well(here)


@pytest.fixture
def hub(here: Repo, upstream: Repo, make_repo: Callable[..., Repo]) -> Repo:
    """A bare repository with the site's overlay, and another one."""
    bare = make_repo("hub.git", "--bare")
    here("push", "-q", str(bare.path), "HEAD:refs/heads/main", f"{REF}:{REF}")
    here("push", "-q", str(bare.path), f"{REF}:refs/seedgit/overlays/other")
    here("remote", "add", "hub", f"file://{bare.path}")
    return bare


def outcomes(site: Repo) -> dict[str, str]:
    return {item["overlay"]: item["outcome"] for item in data(site, "pull", "hub")}


def test_a_pull_leaves_out_what_is_no_record(here: Repo, hub: Repo) -> None:
    """What git lets through: the good record beside it comes, and the other overlays too."""
    bad = entries(hub)
    base = hub("rev-parse", f"main:{PATH}")
    more = entry_of(hub, "flows/new.yaml", {"patch": []}, base)
    beside(hub, {**bad, "flows%2Fnew.yaml": (TREE, more)})
    beside(hub, {"flows%2Fnew.yaml": (TREE, more)}, "refs/seedgit/overlays/other")
    (item, other) = data(here, "pull", "hub")
    assert (item["overlay"], item["outcome"]) == ("local", "merged")
    assert len(item["left"]) == len(bad)
    assert (other["overlay"], other["outcome"], other["left"]) == ("other", "apart", [])
    assert data(here, "status")["problems"] == []
    names = here("ls-tree", "--name-only", f"{REF}:records").splitlines()
    assert names == ["flows%2Fnew.yaml", "flows%2Fwiki.yaml"]
    is_well(here)
    assert outcomes(here) == {"local": "up-to-date", "other": "apart"}
    assert seedgit(here, "push", "hub").status == 0


def test_a_pull_keeps_the_record_that_can_be_read(here: Repo, hub: Repo) -> None:
    base = hub("rev-parse", f"main:{PATH}")
    broken = entry_of(hub, PATH, {"patch": "x"}, base)
    put_tree(hub, hub.tree({"flows%2Fwiki.yaml": broken}))
    (item, _) = data(here, "pull", "hub")
    assert item["left"] == [f"{PATH}: unusable overlay record: a patch is a list of operations"]
    is_well(here)


@pytest.mark.parametrize("name", REFUSED)
def test_a_pull_goes_on_after_a_name_that_is_refused(here: Repo, hub: Repo, name: str) -> None:
    more = entry_of(hub, "flows/new.yaml", {"patch": []}, hub("rev-parse", f"main:{PATH}"))
    beside(hub, {name: (TREE, more)})
    beside(hub, {"flows%2Fnew.yaml": (TREE, more)}, "refs/seedgit/overlays/other")
    found = outcomes(here)
    assert any(key.startswith("other") and value == "apart" for key, value in found.items())
    assert data(here, "status")["problems"] == []
    is_well(here)


@pytest.mark.parametrize("mode", [BLOB, LINK, SUBMODULE])
def test_a_pull_of_records_that_are_no_folder_takes_nothing_away(
    here: Repo, hub: Repo, mode: str
) -> None:
    id = "1" * DIGITS if mode == SUBMODULE else hub.blob("x")
    put_root(hub, listed(hub, {"records": (mode, id)}))
    before = here("rev-parse", REF)
    (item, _) = data(here, "pull", "hub")
    assert item["outcome"] == "refused"
    assert "not a folder" in item["reason"]
    assert here("rev-parse", REF) == before
    is_well(here)


def test_a_base_is_measured_before_it_is_read(here: Repo) -> None:
    huge = here.blob(b"0" * (BASE_LIMIT + 1))
    put_tree(here, here.tree({record_name(PATH): entry_of(here, PATH, {}, huge)}))
    store = Store(here.open())
    tracemalloc.start()
    try:
        (problem,) = store.read("local").problems
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert f"over {BASE_LIMIT} bytes" in problem.error.message
    assert peak < BASE_LIMIT / 10
