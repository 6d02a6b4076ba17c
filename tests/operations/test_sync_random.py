"""Laws 14 and 15: random runs of programs, people, git and kills round a live file."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit.overlay.decisions import KEEP_LOCAL, TAKE_OTHER
from tests.conftest import Repo
from tests.documents import EVERY
from tests.live_world import OWN, PACKAGES, STORM, World

SEQUENCES = int(os.environ.get("SEQUENCES", "67"))  # of each format; `make storm` runs more

PLACES = st.sampled_from([*OWN, *PACKAGES])
OWNED = st.sampled_from(OWN)
VALUES = st.sampled_from([1, 2, "drain", "stop", True])
STYLES = st.sampled_from(["edited", "dumped", "sorted", "flow"])
KILLED = st.sampled_from([False, False, True])
PROGRAM = st.tuples(st.just("program"), PLACES, VALUES, STYLES)
CHECK = st.tuples(st.just("check"))
STEPS = st.one_of(
    PROGRAM,
    PROGRAM,
    PROGRAM,
    st.tuples(st.just("set"), OWNED, VALUES),
    st.tuples(st.just("unset"), OWNED),
    st.tuples(st.just("undo")),
    st.tuples(st.just("pull"), OWNED, VALUES, st.sampled_from([KEEP_LOCAL, TAKE_OTHER, ""])),
    st.tuples(st.just("upgrade"), PLACES, VALUES, st.sampled_from(["merge", "rebase"]), KILLED),
    st.tuples(st.just("upgrade"), PLACES, VALUES, st.sampled_from(["merge", "cherry-pick"])),
    st.tuples(st.just("edit"), VALUES),
    st.tuples(st.just("switch"), KILLED),
    st.tuples(st.just("stash"), PLACES, VALUES),
    st.tuples(st.just("reset"), KILLED),
    st.tuples(st.just("killed"), st.just("sync"), st.integers(1, 16)),
    st.tuples(st.just("killed"), st.just("sync"), st.integers(1, 16)),
    st.tuples(st.just("killed"), st.just("set"), st.integers(1, 5), OWNED, VALUES),
    st.tuples(st.just("killed"), st.just("undo"), st.integers(1, 5)),
    CHECK,
    CHECK,
    CHECK,
)


@pytest.fixture(params=EVERY)
def world(repo: Repo, request: pytest.FixtureRequest) -> World:
    return World(repo, f"f.{request.param}")


@given(run=st.lists(STEPS, min_size=2, max_size=9))
@settings(
    max_examples=SEQUENCES,
    derandomize=not STORM,
    print_blob=True,
)
def test_laws_14_and_15(world: World, run: list[tuple[Any, ...]]) -> None:
    world.begin()
    for name, *words in run:
        getattr(world, name)(*words)
    world.check()
