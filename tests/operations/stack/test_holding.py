from __future__ import annotations

import pytest

from seedgit.operations.stack.holding import HeldValue, Holding
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT
from tests.conftest import Repo
from tests.site import PATH, override, seedgit


@pytest.fixture
def layered(site: Repo) -> Holding:
    override(site, "/timeout", "77")
    override(site, "/limit", "9")
    seedgit(site, "layer", "add", "top")
    override(site, "/timeout", "99")
    said = seedgit(site, "set", PATH, "/paused", "--delete")
    assert said.out.startswith(f"{PATH}/paused removed\n")
    return Holding(Workspace.open(str(site.path)))


@pytest.mark.parametrize(
    ("selector", "held"),
    [
        ("/timeout", HeldValue(99, "top")),
        ("/limit", HeldValue(9, "local")),
        ("/model", HeldValue("small")),
        ("/steps/[id=fetch]/max_items", HeldValue(50)),
        ("/paused", HeldValue(ABSENT)),
    ],
)
def test_where_a_value_comes_from(layered: Holding, selector: str, held: HeldValue) -> None:
    assert layered.at(PATH, selector) == held


def test_only_a_higher_layer_covers(site: Repo, layered: Holding) -> None:
    assert layered.above(PATH, "/timeout") == ""
    workspace = Workspace.open(str(site.path))
    workspace.only = "local"
    below = Holding(workspace)
    assert below.above(PATH, "/timeout") == "top"
    assert below.above(PATH, "/limit") == ""
