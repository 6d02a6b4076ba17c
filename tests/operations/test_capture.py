"""Capture: a file as somebody wrote it, against the effective document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import yaml

from seedgit.files import contested
from tests.conftest import Repo
from tests.intruder import Intruder, without_leases
from tests.site import FLOW, PATH, data, override, package, seedgit, site_of, statuses

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - path: /steps/*/mode
      - path: /steps/*/max_items
      - path: /paused
      - path: /queue
      - path: /interval
"""
SEED = """\
# A flow.
name: wiki
timeout: 1m      # how long
interval: 1m
paused: false
queue: []
steps:
  - id: fetch
    mode: live   # the mode
    max_items: 50
  - id: rank
    mode: 'live'
"""


@pytest.fixture
def owner(repo: Repo) -> Repo:
    return site_of(package(repo, {".seedgit.yaml": RULES, PATH: SEED, "flows/b.yaml": SEED}))


def rendered(site: Repo) -> str:
    said = seedgit(site, "render", PATH)
    assert said.status == 0, said.err
    return said.out


def value(site: Repo) -> Any:
    """The effective one."""
    return yaml.safe_load(rendered(site))


def live(site: Repo, *changes: tuple[str, str]) -> str:
    """The effective file where the seed is, as a program has changed it."""
    text = rendered(site)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    site.write({PATH: text})
    return text


def capture(site: Repo, *words: str) -> Any:
    said = seedgit(site, "capture", *(words or (PATH,)), "--json")
    assert said.status == 0, said.err
    return json.loads(said.out)


def file(site: Repo) -> str:
    return site.read(PATH).decode()


# -- against the effective document ----------------------------------------------------------------


def test_a_seeds_value_written_back_ends_the_override(owner: Repo) -> None:
    override(owner, "/steps/[id=fetch]/mode", "drain", "--why", "burn-in")
    override(owner, "/paused", "true")
    live(owner, ("mode: drain", "mode: live"))
    said = seedgit(owner, "capture", PATH)
    assert f'{PATH}/steps/[id=fetch]/mode follows the seed again ("drain" -> "live")' in said.out
    assert file(owner) == SEED
    assert rendered(owner) == SEED.replace("paused: false", "paused: true")
    assert seedgit(owner, "undo").status == 0
    assert "mode: drain" in rendered(owner)


@pytest.mark.parametrize("how", ["one by one", "as a whole"])
def test_what_was_consumed_stays_consumed(owner: Repo, how: str) -> None:
    if how == "as a whole":
        override(owner, "/queue", '["a", "b", "c"]')
    else:
        for item in "abc":
            override(owner, "/queue/-", item)
    live(owner, ("  - a\n", ""))
    assert capture(owner)["files"][0]["holds"] == "effective"
    assert value(owner)["queue"] == ["b", "c"]
    assert file(owner) == SEED
    live(owner, ("  - b\n  - c\n", "  - c\n  - d\n"))
    capture(owner)
    assert value(owner)["queue"] == ["c", "d"]
    # The last one: that the file has an empty queue may as well be the seed's.
    live(owner, ("queue:\n  - c\n  - d\n", "queue: []\n"))
    said = seedgit(owner, "capture", PATH)
    assert said.status == 1
    assert "seedgit capture --live" in said.out
    capture(owner, "--live", PATH)
    assert rendered(owner) == SEED
    assert statuses(owner) == {}


def test_in_doubt_an_override_stays_and_that_is_told(owner: Repo) -> None:
    override(owner, "/paused", "true")
    said = seedgit(owner, "capture", PATH)
    assert (said.status, file(owner)) == (1, SEED)
    assert f"{PATH}/paused stays true: the file has the seed's false" in said.out
    assert f"  seedgit render {PATH}\n" in said.out
    advice = next(line for line in said.out.splitlines() if "--live" in line)
    owner.write({PATH: SEED.replace("mode: live", "mode: drain")})
    said = seedgit(owner, "capture", PATH)
    assert f'{PATH}/steps/[id=fetch]/mode is in the overlay now ("live" -> "drain")' in said.out
    assert f"{PATH}/paused stays true" in said.out
    assert "--live" not in said.out  # it would end what was just captured
    assert set(statuses(owner)) == {f"{PATH}/paused", f"{PATH}/steps/0/mode"}
    assert seedgit(owner, *advice.split()[1:]).status == 0
    assert statuses(owner) == {}


def test_a_file_that_was_not_named_is_not_in_doubt(owner: Repo) -> None:
    """Only who names a file expects something of it."""
    override(owner, "/paused", "true")
    owner.write({"flows/b.yaml": SEED.replace("mode: live", "mode: drain")})
    assert seedgit(owner, "capture", "flows/*.yaml", "--dry-run").status == 0
    assert seedgit(owner, "capture", "flows/*.yaml", PATH, "--dry-run").status == 1
    assert seedgit(owner, "capture", "flows/b.yaml").status == 0
    (owner.path / "flows/deep").mkdir()
    from_below = owner.path / "flows/deep"
    assert seedgit(owner, "-C", str(from_below), "capture", "../wiki.yaml").status == 1
    assert seedgit(owner, "unset", PATH, "/paused").status == 0
    assert seedgit(owner, "capture", PATH).status == 0


def test_a_live_file_is_the_effective_document_whatever_it_holds(owner: Repo) -> None:
    override(owner, "/paused", "true")
    override(owner, "/interval", "5m")
    text = live(owner, ("5m", "1m"), ("true", "false"), ("mode: live", "mode: x"))
    (found,) = capture(owner, "--live", PATH)["files"]
    assert {item["pointer"] for item in found["ended"]} == {"/paused", "/interval"}
    assert [item["pointer"] for item in found["captured"]] == ["/steps/0/mode"]
    assert (found["written"], file(owner)) == (False, text)
    before = owner("rev-parse", "refs/seedgit/overlays/local")
    assert capture(owner, "--live", PATH)["commit"] is None
    assert owner("rev-parse", "refs/seedgit/overlays/local") == before


def test_untouched_overrides_stay_as_they_are(owner: Repo) -> None:
    """Also those that give an item another identity."""
    override(owner, "/steps/[id=rank]/id", "order", "--why", "renamed here")
    override(owner, "/paused", "true", "--until", "2999-01-01", "--why", "migration")
    override(owner, "/steps/[id=order]/mode", "drain")
    fields = data(owner, "status", "--overlay")["fields"]
    live(owner, ("mode: live", "mode: x"))
    capture(owner, PATH, "--why", "of the program")
    found = {f["pointer"]: f for f in data(owner, "status", "--overlay")["fields"]}
    assert found.pop("/steps/0/mode")["why"] == "of the program"
    assert list(found.values()) == fields
    live(owner, ("drain", "off"))
    capture(owner)
    assert value(owner)["steps"][1] == {"id": "order", "mode": "off"}


def test_what_is_overridden_is_the_sites(owner: Repo) -> None:
    """A pointer that the rules leave to the package, and a person has set."""
    override(owner, "/timeout", "5m")
    override(owner, "/paused", "true")
    live(owner, ("5m", "9m"))
    capture(owner)
    assert file(owner) == SEED
    assert value(owner)["timeout"] == "9m"


def test_the_packages_changes_stay_and_are_told(owner: Repo) -> None:
    override(owner, "/paused", "true")
    live(owner, ("name: wiki", "name: mine"), ("mode: live", "mode: x"))
    said = seedgit(owner, "capture", PATH)
    assert f'{PATH}/name stays in the file: the package owns it ("wiki" -> "mine")' in said.out
    assert file(owner) == SEED.replace("name: wiki", "name: mine")
    assert "name: mine" in rendered(owner)
    assert "mode: x" in rendered(owner)


def test_overlays_below_are_not_taken_over(owner: Repo) -> None:
    override(owner, "/paused", "true")
    owner("config", "seedgit.overlay", "local")
    owner("config", "--add", "seedgit.overlay", "night")
    live(owner, ("mode: live", "mode: x"))
    capture(owner)
    fields = data(owner, "status", "--overlay")["fields"]
    assert {(f["overlay"], f["pointer"]) for f in fields} == {
        ("local", "/paused"),
        ("night", "/steps/0/mode"),
    }
    # Back at the seed's value: over what lies below.
    live(owner, ("paused: true", "paused: false"))
    capture(owner)
    assert "paused: false" in rendered(owner)
    assert file(owner) == SEED


# -- the text --------------------------------------------------------------------------------------


def test_comments_beside_what_is_captured_are_kept(owner: Repo) -> None:
    edited = SEED.replace("paused: false", "# for the migration\npaused: true  # till May")
    owner.write({PATH: edited})
    said = seedgit(owner, "capture", PATH)
    assert "keeps comments or layout" in said.out
    assert file(owner) == edited.replace("paused: true", "paused: false")
    assert "# for the migration\npaused: true  # till May" in rendered(owner)


def test_what_was_not_captured_keeps_its_bytes(owner: Repo) -> None:
    edits = {"interval: 1m": "interval: 5m", "timeout: 1m ": "timeout: 9m ", "'live'": "drain"}
    text = SEED
    for old, new in edits.items():
        text = text.replace(old, new)
    owner.write({PATH: text})
    capture(owner)
    assert file(owner) == SEED.replace("timeout: 1m ", "timeout: 9m ")


def test_a_comment_within_what_goes_is_told_and_can_be_had_again(owner: Repo) -> None:
    text = SEED.replace("queue: []", "# mine\nqueue:\n  - a  # the first\n  - b")
    owner.write({PATH: text})
    said = seedgit(owner, "capture", PATH)
    assert "# mine\nqueue: []" in file(owner)
    assert "loses a comment within what went into the overlay: # the first" in said.out
    blob = said.out.partition("git cat-file -p ")[2].split()[0]
    assert owner("cat-file", "-p", blob) + "\n" == text


def test_a_file_that_a_program_wrote_anew_is_the_seed_again(owner: Repo) -> None:
    override(owner, "/paused", "true")
    written = {**value(owner), "interval": "7m"}
    owner.write({PATH: yaml.safe_dump(written, sort_keys=True)})
    said = seedgit(owner, "capture", PATH)
    assert f"{PATH} is the seed again, byte for byte" in said.out
    assert file(owner) == SEED
    assert value(owner) == written


def test_line_ends_are_those_that_git_checks_out(owner: Repo) -> None:
    owner("config", "core.autocrlf", "true")
    crlf = SEED.replace("\n", "\r\n")
    (owner.path / PATH).unlink()
    owner("checkout", "--quiet", "--", PATH)
    assert owner.read(PATH).decode() == crlf
    owner.write({PATH: crlf.replace("paused: false", "paused: true")})
    capture(owner)
    assert owner.read(PATH).decode() == crlf
    assert owner("status", "--porcelain") == ""


# -- several files, and trying it ---------------------------------------------------------


def test_several_files_are_one_change(owner: Repo) -> None:
    edited = SEED.replace("paused: false", "paused: true")
    owner.write({PATH: edited, "flows/b.yaml": edited})
    found = capture(owner, "flows/*.yaml", "--dry-run")
    assert [f["path"] for f in found["files"]] == ["flows/b.yaml", PATH]
    assert (found["commit"], file(owner)) == (None, edited)
    assert statuses(owner) == {}
    capture(owner, "flows/*.yaml")
    assert set(statuses(owner)) == {f"{PATH}/paused", "flows/b.yaml/paused"}
    assert owner("status", "--porcelain") == ""
    assert seedgit(owner, "undo").status == 0
    assert statuses(owner) == {}


def test_a_file_that_cannot_be_read_is_told_and_the_others_are_captured(owner: Repo) -> None:
    owner.write({PATH: SEED.replace("paused: false", "paused: true"), "flows/b.yaml": "a: ["})
    said = seedgit(owner, "capture", "flows/b.yaml", PATH)
    assert said.status == 1
    assert "flows/b.yaml" in said.err
    assert set(statuses(owner)) == {f"{PATH}/paused"}
    assert owner.read("flows/b.yaml") == b"a: ["
    assert seedgit(owner, "capture", "flows/b.yaml").status == 3
    assert seedgit(owner, "capture", "nothing/*.yaml").status == 2


def test_upstreams_changes_in_a_merge_are_not_the_sites(repo: Repo) -> None:
    site = site_of(package(repo, {".seedgit.yaml": RULES, PATH: SEED}))
    repo.commit({PATH: SEED.replace("max_items: 50", "max_items: 80")}, "v2")
    site("pull", "--quiet", "--no-commit", "--no-ff")
    site.write({PATH: file(site).replace("paused: false", "paused: true")})
    capture(site)
    assert set(statuses(site)) == {f"{PATH}/paused"}


def test_what_is_staged_is_told(owner: Repo) -> None:
    owner.write({PATH: SEED.replace("paused: false", "paused: true")})
    owner("add", PATH)
    said = seedgit(owner, "capture", PATH)
    assert f"git add {PATH}" in said.out
    assert owner("diff", "--cached", "--name-only") == PATH
    owner("add", PATH)
    assert owner("status", "--porcelain") == ""


# -- while a program writes ---------------------------------------------------------


@pytest.mark.parametrize("system", ["exchange", "link", "no leases"])
@pytest.mark.parametrize("how", ["by rename", "in place"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_write_that_comes_between_is_captured_too(
    owner: Repo, monkeypatch: pytest.MonkeyPatch, how: str, times: int, system: str
) -> None:
    if system == "link":
        monkeypatch.setattr(contested, "_exchanged", lambda *_: False)
    if system == "no leases":
        without_leases(monkeypatch)
    override(owner, "/paused", "true")
    text = live(owner, ("max_items: 50", "max_items: 51"))
    later = [text.replace("max_items: 51", f"max_items: {60 + n}") for n in range(times)]
    intruder = Intruder(monkeypatch, owner.path / PATH, list(later), how)
    (found,) = capture(owner)["files"]
    intruder.end()
    assert not intruder.texts
    assert file(owner) == SEED
    assert f"max_items: {59 + times}" in rendered(owner)
    assert found["captured"][-1]["new"] == 59 + times
    assert sorted(os.listdir(owner.path / "flows")) == ["b.yaml", "wiki.yaml"]


def test_who_never_stops_writing_keeps_the_file(
    owner: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [SEED.replace("max_items: 50", f"max_items: {n}") for n in range(60, 90)]
    owner.write({PATH: texts[0]})
    intruder = Intruder(monkeypatch, owner.path / PATH, texts[1:], "once")
    said = seedgit(owner, "capture", PATH)
    assert said.status == 5
    assert "keeps writing to it" in said.err
    assert file(owner) == texts[29 - len(intruder.texts)]


@pytest.mark.parametrize("times", [1, 2])
def test_a_run_that_was_cut_short_ends_nothing(
    owner: Repo, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """The overlay has the edits already, and the file still holds them: the seed, all the same."""
    override(owner, "/interval", "9m")
    edited = SEED.replace("max_items: 50", "max_items: 51")
    owner.write({PATH: edited})

    def cut(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(contested, "exchange", cut)
        for _ in range(times):
            assert seedgit(owner, "capture", PATH).status == 130
    assert file(owner) == edited
    assert value(owner)["steps"][0]["max_items"] == 51
    capture(owner)
    assert file(owner) == SEED
    assert set(statuses(owner)) == {f"{PATH}/interval", f"{PATH}/steps/0/max_items"}
    live(owner, ("max_items: 51", "max_items: 50"))
    capture(owner)
    assert set(statuses(owner)) == {f"{PATH}/interval"}


def test_a_value_written_back_between_ends_what_was_just_captured(
    owner: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    override(owner, "/interval", "9m")
    owner.write({PATH: SEED.replace("max_items: 50", "max_items: 51")})
    Intruder(monkeypatch, owner.path / PATH, [SEED])
    capture(owner)
    assert set(statuses(owner)) == {f"{PATH}/interval"}


WRITER = """
import sys
with open(sys.argv[1], "r+") as file:
    print("open", flush=True)
    sys.stdin.readline()
    file.seek(0)
    file.truncate()
    file.write(sys.argv[2])
"""


def test_who_has_the_file_open_is_waited_for(owner: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written to the file that was replaced would be lost."""
    pytest.importorskip("fcntl")
    owner.write({PATH: SEED.replace("max_items: 50", "max_items: 51")})
    late = SEED.replace("max_items: 50", "max_items: 52")
    words = [sys.executable, "-c", WRITER, str(owner.path / PATH), late]
    with subprocess.Popen(words, stdin=-1, stdout=-1, text=True) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        writer.stdout.readline()

        def go_on(_: float) -> None:
            assert writer.stdin is not None
            if not writer.stdin.closed:
                writer.stdin.close()
            writer.wait()

        monkeypatch.setattr(contested.time, "sleep", go_on)
        capture(owner)
    assert "max_items: 52" in rendered(owner)
    assert file(owner) == SEED


def test_who_keeps_it_open_keeps_the_file(owner: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(contested, "PATIENCE", 0)
    edited = SEED.replace("max_items: 50", "max_items: 51")
    owner.write({PATH: edited})
    with (owner.path / PATH).open("a") as program:
        for words in ((PATH,), ("--live", PATH)):
            assert seedgit(owner, "capture", *words).status == 5
        program.write("# more\n")
    assert statuses(owner) == {}
    assert file(owner) == edited + "# more\n"


def test_what_is_set_meanwhile_holds(owner: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    from seedgit.operations import capture as module

    override(owner, "/paused", "true")
    override(owner, "/interval", "5m")
    live(owner, ("max_items: 50", "max_items: 51"), ("5m", "6m"))
    store, calls = module.edit_records, []

    def late(*words: Any) -> Any:
        if not calls:
            calls.append(1)
            override(owner, "/interval", "7m")
            override(owner, "/steps/[id=rank]/mode", "x")
        return store(*words)

    monkeypatch.setattr(module, "edit_records", late)
    capture(owner)
    found = value(owner)
    assert (found["interval"], found["paused"]) == ("7m", True)
    assert [found["steps"][0]["max_items"], found["steps"][1]["mode"]] == [51, "x"]


def test_a_flow_that_nobody_owns_anything_of_stays(repo: Repo) -> None:
    site = site_of(package(repo))
    edited = FLOW.replace("timeout: 30", "timeout: 45")
    site.write({PATH: edited})
    said = seedgit(site, "capture", PATH)
    assert (said.status, site.read(PATH).decode()) == (0, edited)
    assert "/timeout stays in the file" in said.out


def test_what_a_live_file_has_put_into_a_list_stands_once(repo: Repo) -> None:
    site = site_of(package(repo))
    item = "  - id: mine\n    mode: live\n"
    site.write({PATH: FLOW + item})
    seedgit(site, "set", PATH, "/steps/-", '{"id": "mine", "mode": "live"}')
    assert seedgit(site, "render", PATH).out == FLOW + item
    assert "1 redundant" in seedgit(site, "status").out
    site("restore", PATH)
    assert seedgit(site, "render", PATH).out == FLOW + item
    repo.commit({PATH: FLOW + item}, "v2: upstream puts in the same")
    site("pull", "--quiet")
    assert seedgit(site, "rebase").status == 0
    assert seedgit(site, "render", PATH).out == FLOW + item
    assert seedgit(site, "prune", "--redundant").status == 0
    assert seedgit(site, "render", PATH).out == FLOW + item


# -- what cannot be captured -----------------------------------------------------------------


def refused(site: Repo, *words: str) -> str:
    """What is said where nothing is captured, neither into the overlay nor into the file."""
    before = site("for-each-ref"), (site.path / PATH).exists() and file(site)
    said = seedgit(site, "capture", PATH, *words)
    assert said.status in (3, 5), said
    assert (site("for-each-ref"), (site.path / PATH).exists() and file(site)) == before
    assert PATH in said.err
    return said.err


@pytest.mark.parametrize("text", ["", "- a\n", "text\n"])
def test_what_is_no_version_of_the_seed_is_not_captured(owner: Repo, text: str) -> None:
    owner.write({PATH: text})
    assert "is not a version of its seed" in refused(owner)
    assert f"git restore {PATH}" in refused(owner)


def test_what_is_not_there_is_not_captured(owner: Repo) -> None:
    (owner.path / PATH).unlink()
    assert "is not in the working tree" in refused(owner)


def test_an_older_seed_is_not_the_sites(repo: Repo, owner: Repo) -> None:
    override(owner, "/paused", "true")
    repo.commit({PATH: SEED.replace("timeout: 1m", "timeout: 2m")}, "v2")
    owner("pull", "--quiet")
    owner.write({PATH: SEED})
    assert "the version that its overrides were made over" in refused(owner)


def test_a_seed_that_is_committed_as_a_link_is_compared_with_nothing(owner: Repo) -> None:
    (owner.path / PATH).unlink()
    (owner.path / PATH).symlink_to("b.yaml")
    owner("commit", "--quiet", "--all", "--no-verify", "-m", "a link")
    (owner.path / PATH).unlink()
    owner.write({PATH: SEED})
    owner("add", PATH)
    assert "is committed as a link" in refused(owner)


def test_only_the_topmost_overlay_takes_what_is_written(owner: Repo) -> None:
    for name in ("local", "night", "top"):
        owner("config", "--add", "seedgit.overlay", name)
    override(owner, "/paused", "true", "--overlay", "night")
    override(owner, "/interval", "2m", "--overlay", "top")
    live(owner, ("mode: live", "mode: x"))
    for name in ("local", "night"):
        said = refused(owner, "--overlay", name)
        assert f"the overlay 'top' lies over '{name}' in this file" in said
        assert "--overlay top" in said
    capture(owner, PATH, "--overlay", "top")
    assert value(owner)["steps"][0]["mode"] == "x"


def test_what_is_inside_an_item_of_a_lower_overlay_is_set_there(owner: Repo) -> None:
    """The overlay above is about the seed, which has no such item."""
    for name in ("local", "night"):
        owner("config", "--add", "seedgit.overlay", name)
    item = '{"id": "mine", "mode": "x"}'
    override(owner, "/steps/-", item, "--overlay", "local", "--new")
    live(owner, ("mode: x", "mode: y"))
    said = refused(owner)
    assert "cannot be told apart" in said and "--overlay NAME" in said
    override(owner, "/steps/[id=mine]/mode", "y", "--overlay", "local")
    assert value(owner)["steps"][2] == {"id": "mine", "mode": "y"}


def test_what_is_set_meanwhile_holds_where_nothing_was_set_before(
    owner: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedgit.operations import capture as module

    text = SEED.replace("max_items: 50", "max_items: 51").replace("interval: 1m", "interval: 6m")
    owner.write({PATH: text})
    store, calls = module.edit_records, []

    def late(*words: Any) -> Any:
        if not calls:
            calls.append(1)
            override(owner, "/interval", "7m")
        return store(*words)

    monkeypatch.setattr(module, "edit_records", late)
    capture(owner)
    found = value(owner)
    assert (found["interval"], found["steps"][0]["max_items"]) == ("7m", 51)


@pytest.mark.parametrize("later", ["{id: mine, mode: y}", "{id: mine, mode: x}", "{id: more}"])
def test_an_item_that_is_written_again_between_is_there_once(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, later: str
) -> None:
    rules = RULES.replace("      - path: /paused", "      - path: /steps\n      - path: /paused")
    site = site_of(package(repo, {".seedgit.yaml": rules, PATH: SEED}))
    override(site, "/interval", "9m", "--why", "slow")
    first = "  - {id: mine, mode: x}\n"
    site.write({PATH: SEED + first})
    Intruder(monkeypatch, site.path / PATH, [SEED + f"  - {later}\n"])
    capture(site, PATH)
    assert file(site) == SEED
    assert value(site)["steps"][2:] == [yaml.safe_load(later)]
    assert value(site)["interval"] == "9m"
