"""Which files in place have the filter, and which get it."""

from __future__ import annotations

import pytest

from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.filtered import (
    FEW,
    Filtered,
    filter_lines,
    line_of,
    missing_lines,
    narrow,
    widen,
)
from seedgit.operations.install.info_attributes import FILTER, write_lines, written_lines
from tests.conftest import Repo
from tests.operations.in_place.here import parts
from tests.operations.test_busy import COUNTING
from tests.operations.test_sync import JSON
from tests.site import PATH, TOML

LIVE_RULE = COUNTING[".seedgit.yaml"] + "    live: true\n"
ALL = "flows/** filter=seedgit"


def test_those_with_overrides_and_those_unlike_their_seeds_need_it(site: Repo) -> None:
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, []) == [line_of(PATH)]
    unlike = [TOML, "README.md", JSON]
    assert filter_lines(workspace, tree, unlike) == [line_of(JSON), line_of(TOML), line_of(PATH)]


def test_those_of_which_something_waits_need_it(site: Repo, content: LiveContent) -> None:
    content.spool.put(JSON, "0" * 40, b"{}", b"{}")
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, []) == [line_of(JSON), line_of(PATH)]


def test_a_rule_gives_it_to_what_is_still_to_come(site: Repo) -> None:
    site.write({".seedgit.yaml": LIVE_RULE})
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, [JSON]) == [ALL]
    one = tree._replace(patterns=("flows/*.json",))  # only some files of the rule are live
    assert filter_lines(workspace, one, []) == [line_of(JSON)]
    assert filter_lines(workspace, one, [TOML]) == [line_of(JSON)]


def many(site: Repo, count: int = FEW) -> list[str]:
    """Seeds of one folder, with others beside and below it."""
    names = [f"flows/[many]/{number}.json" for number in range(count)]
    others = ["flows/[many]/x.toml", "flows/[many]/deep/0.json", "flows/a/0.json"]
    site.commit(dict.fromkeys(names + others, "{}\n"), "more seeds")
    return names


FOLDER = '"/flows/\\\\[many]/*.json" filter=seedgit'


def test_one_line_is_enough_for_all_seeds_of_a_folder(site: Repo) -> None:
    """git tries each line for each file that it checks out."""
    names = many(site)
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, names) == [FOLDER, line_of(PATH)]
    assert filter_lines(workspace, tree, names[1:]) == [*map(line_of, names[1:]), line_of(PATH)]
    write_lines(workspace.repository, [FOLDER], FILTER)
    assert all(name in Filtered(workspace) for name in names)
    asked = [*names, "flows/[many]/x.toml", "flows/[many]/deep/0.json", "flows/a/0.json"]
    found = site("check-attr", "filter", *asked).splitlines()
    assert [line.endswith("seedgit") for line in found] == [True] * FEW + [False] * 3
    assert missing_lines(workspace, tree, names[1:]) == [line_of(PATH)]
    widen(workspace, tree, names[1:])
    assert written_lines(workspace.repository, FILTER) == [FOLDER, line_of(PATH)]


def test_an_override_whose_seed_is_gone_does_not_make_it_many_lines(site: Repo) -> None:
    names = many(site, FEW + 1)
    site("rm", "--quiet", names[3])
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, names) == [FOLDER, line_of(PATH)]


def test_of_few_seeds_each_has_a_line(site: Repo) -> None:
    names = many(site, FEW - 1)
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, names) == [*map(line_of, names), line_of(PATH)]


def test_seeds_whose_names_have_no_ending_have_a_line_each(site: Repo) -> None:
    """A pattern for all of them would be one for all files."""
    names = [f"flows/many/{number}" for number in range(FEW)]
    site.commit(dict.fromkeys(names, "{}\n"), "more seeds")
    workspace, tree, _ = parts(site)
    assert filter_lines(workspace, tree, names) == [*map(line_of, names), line_of(PATH)]


def test_a_name_with_signs_is_taken_as_it_is() -> None:
    assert line_of("flows/a[1]*?.json") == ('"/flows/a\\\\[1]\\\\*\\\\?.json" filter=seedgit')
    assert line_of("a.json") == "/a.json filter=seedgit"


@pytest.mark.parametrize("rules", [COUNTING[".seedgit.yaml"], LIVE_RULE])
def test_who_has_it_is_what_is_written(site: Repo, rules: str) -> None:
    """Whatever the rules say by now: git goes by what is written."""
    site.write({".seedgit.yaml": rules})
    workspace, _, _ = parts(site)
    filtered = Filtered(workspace)
    assert [path in filtered for path in (PATH, JSON)] == [True, False]
    write_lines(workspace.repository, [ALL], FILTER)
    assert [path in Filtered(workspace) for path in (PATH, JSON)] == [True, True]
    write_lines(workspace.repository, [], FILTER)
    assert [path in Filtered(workspace) for path in (PATH, JSON)] == [False, False]


def test_wider_takes_it_from_nobody(site: Repo) -> None:
    workspace, tree, _ = parts(site)
    write_lines(workspace.repository, [line_of(TOML)], FILTER)
    widen(workspace, tree, [JSON])
    wanted = [line_of(JSON), line_of(PATH)]
    assert written_lines(workspace.repository, FILTER) == [line_of(TOML), *wanted]
    widen(workspace, tree)
    assert written_lines(workspace.repository, FILTER) == [line_of(TOML), *wanted]
    narrow(workspace, tree, [JSON])
    assert written_lines(workspace.repository, FILTER) == wanted


def test_another_worktree_may_need_what_this_one_does_not(site: Repo) -> None:
    (site.path / ".git" / "worktrees" / "other").mkdir(parents=True)
    workspace, tree, _ = parts(site)
    write_lines(workspace.repository, [line_of(TOML)], FILTER)
    narrow(workspace, tree, [JSON])
    lines = [line_of(TOML), line_of(JSON), line_of(PATH)]
    assert written_lines(workspace.repository, FILTER) == lines
