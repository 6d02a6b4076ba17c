"""Law 2 of what people write: random runs of set, remove, unset and capture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit.core.diff import ABSENT
from seedgit.core.origin import Origin
from seedgit.core.overlay import patch_of
from seedgit.core.patch import apply
from seedgit.core.pointer import exists, identity, parse_selector, resolve, select
from seedgit.core.values import same
from seedgit.errors import InputError, Refused, UsageError
from seedgit.formats.document import Document
from seedgit.operations.effective import Effective, effective
from seedgit.operations.overrides import (
    Written,
    capture,
    remove_override,
    set_override,
    unset_override,
)
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.documents import FORMATS, text_of
from tests.site import site_of

SEED: dict[str, Any] = {
    "a": {"x": 1, "y": {"z": 2}},
    "ports": {"22": "ssh"},
    "hosts": ["a", "b"],
    "steps": [{"id": "fetch", "mode": "live"}, {"id": "rank", "mode": "live"}],
}
RULES = """\
version: 1
seeds:
  - files: "f.*"
    keys: {/steps: id}
    overlay: [{path: /a}, {path: /ports}, {path: /hosts}, {path: /steps}]
"""
PLACES = st.sampled_from(
    [
        *("/a", "/a/x", "/a/y", "/a/y/z", "/a/new", "/a/new/deep", "/ports", "/ports/22"),
        *("/ports/80", "/hosts", "/hosts/0", "/hosts/1", "/hosts/2", "/hosts/-", "/steps"),
        *("/steps/0", "/steps/1", "/steps/2", "/steps/3", "/steps/-", "/steps/0/mode"),
        *("/steps/1/mode", "/steps/2/mode", "/steps/*/mode", "/steps/*", "/steps/[id=fetch]"),
        *("/steps/[id=rank]/mode", "/steps/[id=n1]", "/steps/[id=n1]/mode", "/steps/[id=n2]/mode"),
    ]
)
ITEMS = st.sampled_from(["n1", "n2", "rank"]).map(lambda name: {"id": name, "mode": "new"})
VALUES = st.one_of(
    st.sampled_from([0, "drain", {"deep": 1}, {"z": 3, "id": "q"}, ["c"], None]),
    ITEMS,
    st.lists(ITEMS, max_size=2, unique_by=lambda item: item["id"]),
)


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """The seed as somebody edited it."""
    made = {**SEED, "steps": list(SEED["steps"]), "hosts": list(SEED["hosts"]), "a": {**SEED["a"]}}
    for _ in range(draw(st.integers(1, 2))):
        what = draw(st.sampled_from(["item", "host", "drop", "member", "mode"]))
        if what == "item" and len(made["steps"]) < 3:
            made["steps"].insert(draw(st.integers(0, 2)), {"id": "n1", "mode": "file"})
        elif what == "host":
            made["hosts"].insert(draw(st.integers(0, 2)), draw(st.sampled_from("cd")))
        elif what == "drop" and len(made["steps"]) > 1:
            del made["steps"][draw(st.integers(0, 1))]
        elif what == "member":
            made["a"]["new"] = draw(st.sampled_from([1, 2]))
        elif what == "mode":
            made["steps"][0] = {**made["steps"][0], "mode": "file"}
    return made


BEHIND = tuple(f"/{name}/{index}" for name in ("hosts", "steps") for index in (2, 3, 4))
STEPS = st.one_of(
    st.tuples(st.just("set"), PLACES, VALUES),
    st.tuples(st.just("set"), PLACES, VALUES),
    st.tuples(st.sampled_from(["remove", "unset"]), PLACES, st.none()),
    st.tuples(st.just("capture"), st.none(), edits()),
)


@pytest.fixture(params=FORMATS)
def owner(repo: Repo, request: pytest.FixtureRequest) -> tuple[Repo, str]:
    path = f"f.{request.param}"
    repo.commit({".seedgit.yaml": RULES, path: text_of(SEED, request.param)}, "v1")
    return site_of(repo), path


@given(run=st.lists(STEPS, min_size=2, max_size=7))
@settings(max_examples=40)
def test_law_2_what_was_set_last_is_what_is_effective(
    owner: tuple[Repo, str], run: list[tuple[str, str, Any]]
) -> None:
    site, path = owner
    site("update-ref", "-d", "refs/seedgit/overlays/local")
    seed = text_of(SEED, path.removeprefix("f."))
    (site.path / path).write_bytes(seed)
    wanted: dict[str, Any] = {}
    before: str | None = None
    for what, place, value in run:
        workspace = Workspace.open(str(site.path))
        try:
            done = _do(workspace, path, what, place, value)
        except (UsageError, InputError, Refused):
            assert workspace.store.tip("local") == before
            (site.path / path).write_bytes(seed)
            continue
        before = workspace.store.tip("local")
        assert (site.path / path).read_bytes() == seed
        found = effective(Workspace.open(str(site.path)), path)
        _applies(found)
        for said in done.pointers:
            _forget(wanted, said)
            if what in ("set", "remove") and _followed(said, value):
                wanted[said] = value if what == "set" else ABSENT
        for said, last in wanted.items():
            there = _at(found, said)
            if len(there) > 1:
                continue  # another item has got this identity since
            assert not there if last is ABSENT else there and same(there[0], last), said


def _do(workspace: Workspace, path: str, what: str, place: str, value: Any) -> Written:
    if what == "set":
        return set_override(workspace, path, place, value)
    if what == "remove":
        return remove_override(workspace, path, place)
    if what == "unset":
        return unset_override(workspace, path, place)
    file = Path(workspace.repository.worktree) / path
    file.write_bytes(text_of(value, path.removeprefix("f.")))
    done, content = capture(workspace, path)
    file.write_bytes(content)
    return done


def _applies(found: Effective) -> None:
    """The patch of each record is one for its seed, and makes the effective file."""
    (layer,) = found.layers or (None,)
    if layer is None:
        assert same(found.value, found.seed.value)
        return
    assert not layer.rebased.parked
    made = apply(patch_of(layer.rebased.overrides), found.seed.value)
    assert same(made, found.value)
    assert same(Document.parse(found.document.data, found.path).value, made)


def _forget(wanted: dict[str, Any], said: str) -> None:
    """What was known of a place, of what is in it and of what it is in, holds no more."""
    steps = parse_selector(said)
    for other in list(wanted):
        known = parse_selector(other)
        length = min(len(steps), len(known))
        if steps[:length] == known[:length]:
            del wanted[other]


def _followed(said: str, value: Any) -> bool:
    """Not an index behind the seed's items: which item that is, the next change may say anew.

    Nor an item that loses the identity it was named by.
    """
    named = identity(parse_selector(said)[-1])
    if named is not None:
        return isinstance(value, dict) and value.get(named[0]) == named[1]
    return not any(said.startswith(place) for place in BEHIND)


def _at(found: Effective, said: str) -> list[Any]:
    """What the effective document has at a pointer of the seed, or where a selector says."""
    steps = parse_selector(said)
    if any(identity(step) for step in steps):
        items = select(found.value, steps[:2])
        if len(items) > 1:
            return items
        there = select(found.value, steps)
        return [resolve(found.value, tokens) for tokens in there if exists(found.value, tokens)]
    tokens = _here(found.origins, steps)
    return [] if tokens is None else [resolve(found.value, tokens)]


def _here(root: Origin, steps: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where the effective document has what is at a pointer of the seed."""
    here, at, seed = root, (), ()
    for step in steps:
        seed = (*seed, step)
        children = here.children
        token = step
        if isinstance(children, list) and here.override is None:
            places = [n for n, child in enumerate(children) if child.seed == seed]
            token = str(places[0]) if places else ""
        child = here.child(token)
        if child is None:
            return None
        here, at = child, (*at, token)
    return at
