"""What is set is what was meant: a slip of the keyboard is asked about before it is stored."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of, statuses

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - path: /steps/*/queue_mode
      - path: /schedule
      - path: /paused
"""
SEED = FLOW + "replicaCount: 1\nnote:\nschedule:\n  paused: false\ntag: '1'\n"


@pytest.fixture
def owner(repo: Repo) -> Repo:
    files = {".seedgit.yaml": RULES, PATH: SEED, "flows/b.yaml": SEED, "flows/c/d.yaml": "a: 1\n"}
    return site_of(package(repo, files))


@pytest.mark.parametrize(
    ("pointer", "close"),
    [
        ("/replicas", "/replicaCount"),
        ("/steps/0/mod", "/steps/0/mode"),
        ("/steps/[id=rank]/mod", "/steps/1/mode"),
        ("/max_items", "/steps/0/max_items"),
        ("/nothing_like_it", ""),
    ],
)
def test_a_pointer_that_neither_seed_nor_rules_know(owner: Repo, pointer: str, close: str) -> None:
    said = seedgit(owner, "set", PATH, pointer, "3")
    assert said.status == 2
    assert "is not in the seed, and no rule names it" in said.err
    assert (f"did you mean {close}?" in said.err) == bool(close)
    assert statuses(owner) == {}
    said = seedgit(owner, "set", PATH, pointer, "3", "--new")
    assert said.status == 0
    assert "is not the site's by the rules" in said.err


def test_what_a_rule_names_may_be_new(owner: Repo) -> None:
    said = seedgit(owner, "set", PATH, "/steps/[id=fetch]/queue_mode", "drain")
    assert (said.status, said.err) == (0, "")
    said = seedgit(owner, "set", PATH, "/schedule/pausd", "true")
    assert said.status == 0
    assert "note: " in said.err
    assert "the seed has /schedule/paused" in said.err
    assert seedgit(owner, "set", PATH, "/schedule/window", "[1]").err == ""


def test_what_is_not_the_sites_is_told(owner: Repo) -> None:
    said = seedgit(owner, "set", PATH, "/timeout", "9")
    assert said.status == 0
    assert f"note: {PATH}/timeout is not the site's by the rules" in said.err
    assert seedgit(owner, "set", PATH, "/paused", "true").err == ""


@pytest.mark.parametrize("text", ['{"a": 1', "[1, 2", '"x', '{"a": 1}}', "[x]"])
def test_text_that_begins_like_json_is_none_unless_that_is_meant(owner: Repo, text: str) -> None:
    said = seedgit(owner, "set", PATH, "/schedule/window", text)
    assert said.status == 2
    assert "begins like JSON but is not JSON" in said.err
    assert seedgit(owner, "set", PATH, "/schedule/window", text, "--as-json").status == 2
    assert statuses(owner) == {}
    assert seedgit(owner, "set", PATH, "/schedule/window", text, "--text").status == 0
    said = seedgit(owner, "set", PATH, "/schedule/window", json.dumps(text), "--as-json")
    assert (said.status, "nothing changed" in said.out) == (0, True)


@pytest.mark.parametrize(
    ("pointer", "value", "flag", "stored"),
    [
        ("/paused", "yes", "--text", "yes"),
        ("/paused", "1", "--as-json", 1),
        ("/timeout", "soon", "--text", "soon"),
        ("/tag", "2", "--text", "2"),
        ("/tag", "2", "--as-json", 2),
        ("/schedule", "off", "--text", "off"),
        ("/steps", "{}", "--as-json", {}),
        ("/name", "null", "--as-json", None),
    ],
)
def test_a_change_of_type_has_to_be_meant(
    owner: Repo, pointer: str, value: str, flag: str, stored: object
) -> None:
    said = seedgit(owner, "set", PATH, pointer, value)
    assert said.status == 2
    assert "--text" in said.err
    assert ("--as-json" in said.err) == (value not in ("yes", "soon", "off"))  # which are no JSON
    assert statuses(owner) == {}
    assert seedgit(owner, "set", PATH, pointer, value, flag).status == 0
    (field,) = json.loads(seedgit(owner, "status", "--overlay", "--json").out)["fields"]
    assert field["value"] == stored
    # From then on it is of that type.
    assert seedgit(owner, "set", PATH, pointer, value, flag).status == 0


def test_numbers_are_of_one_type_and_null_may_become_anything(owner: Repo) -> None:
    for words in (("/timeout", "1.5"), ("/note", "text"), ("/note", "5"), ("/paused", "true")):
        assert seedgit(owner, "set", PATH, *words).status in (0, 2)
    assert set(statuses(owner)) == {f"{PATH}/timeout", f"{PATH}/note", f"{PATH}/paused"}


def test_parents_are_made_where_that_is_asked(owner: Repo) -> None:
    for pointer in ("/schedule/at/day", "/resources/limits/cpu"):
        assert seedgit(owner, "set", PATH, pointer, "2").status == 2
        said = seedgit(owner, "set", PATH, pointer, "2", "--parents")
        assert said.status == 0, said.err
        assert f"{PATH}{pointer} = 2" in said.out
    text = seedgit(owner, "render", PATH).out
    assert "resources:\n  limits:\n    cpu: 2\n" in text
    assert "  at:\n    day: 2\n" in text
    assert seedgit(owner, "set", PATH, "/resources/limits/memory", "5", "--parents").status == 0
    assert "    memory: 5\n" in seedgit(owner, "render", PATH).out
    for pointer in ("/name/first", "/new/[id=x]/mode", "/new/*/mode", "/new/-/mode"):
        assert seedgit(owner, "set", PATH, pointer, "5", "--parents").status in (2, 3)


def test_an_identity_that_matches_nothing_says_so(owner: Repo) -> None:
    said = seedgit(owner, "set", PATH, "/steps/[name=one]/mode", "x")
    assert said.status == 2
    assert "[name=one] matches no item; there is [id=fetch], [id=rank]" in said.err
    said = seedgit(owner, "set", PATH, "/schedule/[name=one]", "x")
    assert "/schedule is not a list" in said.err


def test_a_pattern_is_one_change_or_none(owner: Repo) -> None:
    said = seedgit(owner, "set", "flows/*.yaml", "/paused", "true")
    assert said.status == 0
    assert set(statuses(owner)) == {f"{PATH}/paused", "flows/b.yaml/paused"}
    assert seedgit(owner, "undo").status == 0
    assert statuses(owner) == {}
    said = seedgit(owner, "set", "flows/**", "/timeout", "9")
    assert said.status == 2
    assert "flows/c/d.yaml" in said.err
    assert "nothing was changed in any of 3 files" in said.err
    assert statuses(owner) == {}
    assert seedgit(owner, "set", "flows/x*.yaml", "/paused", "true").status == 2
    said = seedgit(owner, "set", "flows/*.yaml", "/paused", "true", "--json")
    assert [item["path"] for item in json.loads(said.out)["files"]] == ["flows/b.yaml", PATH]
    assert seedgit(owner, "unset", "flows/**", "/paused").status == 0
    assert statuses(owner) == {}
    assert seedgit(owner, "unset", "flows/**", "/paused").status == 2


def test_what_is_missing_above_is_hinted_at(repo: Repo) -> None:
    site = site_of(package(repo))
    said = seedgit(site, "set", PATH, "/a/b/c", "3")
    assert "--parents makes the maps that are missing above it" in said.err
    assert seedgit(site, "set", PATH, "/a/b/c", "3", "--parents").status == 0
    for pointer in ("/steps/[id=fech]/mode", "/name/x"):
        assert "--parents" not in seedgit(site, "set", PATH, pointer, "3").err


@pytest.mark.parametrize(
    ("value", "ways"),
    [("soon", {"--text"}), ('"9"', {"--as-json"}), ("[9]", {"--text", "--as-json"})],
)
def test_only_what_works_is_offered_for_another_type(
    site: Repo, value: str, ways: set[str]
) -> None:
    said = seedgit(site, "set", PATH, "/timeout", value)
    assert (said.status, {way for way in ("--text", "--as-json") if way in said.err}) == (2, ways)
    for way in ways:
        assert seedgit(site, "set", PATH, "/timeout", value, way).status == 0
