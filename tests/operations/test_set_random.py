"""Law 2 of what people write: random runs of set, remove, unset and capture."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from seedgit.errors import InputError, Refused, UsageError
from seedgit.formats.document import Document
from seedgit.operations.capture import capture
from seedgit.operations.set import (
    Written,
    remove_override,
    set_override,
    unset_override,
)
from seedgit.operations.stack.effective import Effective, effective
from seedgit.operations.workspace import Workspace
from seedgit.overlay.patch import patch_of
from seedgit.overlay.sources import Origin
from seedgit.values.diff import ABSENT
from seedgit.values.patch import apply
from seedgit.values.pointer import exists, format_pointer, identity, parse_selector, resolve, select
from seedgit.values.value import same
from tests.conftest import Repo
from tests.documents import FORMATS, examples, text_of
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
@examples(40)
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
    done = capture(workspace, [path])
    [said] = done.files
    pointers = tuple(item.pointer for item in (*said.captured, *said.ended))
    return Written(done.overlay, path, pointers, done.commit)


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


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """What a program does to the effective document."""
    kinds = ["set", "put", "drop", "swap"]
    return [
        (draw(st.sampled_from(kinds)), draw(st.tuples(st.integers(0, 9), VALUES)))
        for _ in range(draw(st.integers(0, 3)))
    ]


def _changed(document: Any, run: list[tuple[str, Any]]) -> Any:
    for what, (n, value) in run:
        places = [t for t, v in _containers(document)]
        at = places[n % len(places)]
        here = resolve(document, at)
        if isinstance(here, dict) and at:
            key = (*here, "new")[n % (len(here) + 1)]
            if what == "drop" and key in here:
                document = apply([_operation("remove", (*at, key))], document)
            else:
                document = apply([_operation("add", (*at, key), value)], document)
        elif isinstance(here, list):
            index = str(n % (len(here) + 1))
            if what == "put" or not here:
                document = apply([_operation("add", (*at, index), value)], document)
            elif what == "drop":
                document = apply([_operation("remove", (*at, "0"))], document)
            elif what == "swap":
                document = apply([_operation("replace", at, here[::-1])], document)
            else:
                document = apply([_operation("replace", (*at, "0"), value)], document)
    return document


def _operation(op: str, tokens: tuple[str, ...], value: Any = None) -> dict[str, Any]:
    return {"op": op, "path": format_pointer(tokens), "value": value}


def _containers(value: Any, at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if not isinstance(value, (dict, list)):
        return []
    children = value.items() if isinstance(value, dict) else enumerate(value)
    return [(at, value), *(c for k, v in children for c in _containers(v, (*at, str(k))))]


@given(run=st.lists(STEPS, min_size=1, max_size=5), made=programs(), live=st.booleans())
@settings(examples(15), phases=[Phase.generate])
def test_law_14_what_a_program_wrote_is_effective(
    owner: tuple[Repo, str],
    run: list[tuple[str, str, Any]],
    made: list[tuple[str, Any]],
    live: bool,
) -> None:
    """The site owns all of it. What did not change keeps its override."""
    site, path = owner
    format = path.removeprefix("f.")
    site("update-ref", "-d", "refs/seedgit/overlays/local")
    seed = text_of(SEED, format)
    (site.path / path).write_bytes(seed)
    for what, place, value in run:
        with contextlib.suppress(UsageError, InputError, Refused):
            _do(Workspace.open(str(site.path)), path, what, place, value)
        (site.path / path).write_bytes(seed)
    before = effective(Workspace.open(str(site.path)), path)
    local = _changed(before.value, made)
    try:
        text = text_of(local, format)
    except (TypeError, ValueError):
        return  # TOML has no null
    if not same(Document.parse(text, path).value, local):
        return
    (site.path / path).write_bytes(text)
    tip = Workspace.open(str(site.path)).store.tip("local")
    try:
        [said] = capture(Workspace.open(str(site.path)), [path], live=live).files
    except (InputError, Refused) as error:
        assert format == "toml", error  # an array of tables takes only tables
        assert Workspace.open(str(site.path)).store.tip("local") == tip
        assert (site.path / path).read_bytes() == text
        return
    after = effective(Workspace.open(str(site.path)), path, Document.parse(seed, path))
    if live or said.holds == "effective":
        assert same(after.value, local)
    left = (site.path / path).read_bytes()
    kept = live or not said.written
    assert left == text if kept else same(Document.parse(left, path).value, SEED)
    if live:
        assert capture(Workspace.open(str(site.path)), [path], live=True).commit is None
    if same(before.value, local) and said.holds == "effective":
        assert not said.captured and not said.ended
