"""The commands of docs/upgrading.md run, in their order."""

from __future__ import annotations

from tests import pages
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of


def test_upgrading(repo: Repo) -> None:
    upstream = package(repo)
    site = site_of(upstream, hooks=True)
    for pointer, value in (("/steps/0/max_items", "1"), ("/limit", "2"), ("/steps/1/mode", "off")):
        seedgit(site, "set", PATH, pointer, value)
    text = FLOW.replace("50", "80").replace("limit: 5", "limit: 9")
    upstream.commit({PATH: text.replace("  - id: rank\n    mode: live\n", "")}, "v2")
    commands = pages.commands(pages.page("upgrading.md"))
    assert len(commands) > 10
    said = "".join(pages.typed(site, command).out for command in commands)
    assert "a person is needed" in said
    assert "limit: 8\n" in seedgit(site, "render", PATH).out


def test_the_id_of_a_decision_may_be_of_letters_alone() -> None:
    some, letters, word = "  1  3f09a1  review", "  1  bbeffa  review", "  1 is the facade  review"
    assert pages.masked(some) == pages.masked(letters) == "  1  <id>  review"
    assert pages.masked(word) == word
