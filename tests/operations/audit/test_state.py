"""What doctor says of the rules, the mode, the upstream, the environment and the journal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.journal import Journal
from seedgit.journal_file import FILE
from seedgit.operations.audit.findings import NOTE, WRONG
from tests.conftest import Repo
from tests.operations.audit.examined import (
    doctor,
    fix,
    look,
    of,
    provokes,
    wrong,
)
from tests.operations.test_rules import give_rules, put_rules
from tests.site import FLOW, PATH, RULES, seedgit


@provokes(codes.RULES_MISSING)
def test_without_rules(site: Repo) -> None:
    (site.path / ".seedgit.yaml").unlink()
    assert "seedgit init" in of(site, codes.RULES_MISSING).remedy
    fix(site)
    assert not (site.path / ".seedgit.yaml").exists()


@provokes(codes.RULES_INVALID)
def test_invalid_rules_leave_the_rest_to_be_mended(site: Repo) -> None:
    site.write({".seedgit.yaml": "version: 1\nseeds: 5\n"})
    site("config", "--unset", "merge.seedgit.recursive")
    assert ".seedgit.yaml" in of(site, codes.RULES_INVALID).detail
    assert fix(site) == {"merge.seedgit.recursive": "created"}
    assert wrong(site) == {codes.RULES_INVALID}


def test_a_seed_in_conflict_is_a_seed(upstream: Repo, site: Repo) -> None:
    upstream.commit({PATH: FLOW.replace("small", "large")}, "v2")
    site.write({PATH: FLOW.replace("small", "mine")})
    site("commit", "--quiet", "--all", "--no-verify", "--message", "site")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    assert not wrong(site) & {codes.NO_SEEDS, codes.RULES_INVALID}
    assert "1 seed" in of(site, codes.RULES).detail


@provokes(codes.NO_SEEDS)
def test_rules_that_match_nothing(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES.replace("flows", "other")})
    assert wrong(site) == {codes.NO_SEEDS, codes.ATTRIBUTES_OUTDATED}
    fix(site)
    assert wrong(site) == {codes.NO_SEEDS}


FILES = (".seedgit.yaml:", "local:rules.yaml:")
IDLE = """\
    renames: {/**/old: /**/new}
  - files: flow/*.yaml
  - files: flows/*.yaml
"""


@provokes(codes.PATTERN_UNMATCHED, codes.RULE_SHADOWED, codes.RULE_NOT_FOLLOWED)
def test_rules_that_never_count(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + IDLE})
    said = seedgit(site, "init")
    lines = len(RULES.splitlines())
    for line, what in ((1, "/**/old"), (2, "flow/*.yaml"), (3, "flows/*.yaml")):
        place = f".seedgit.yaml:{lines + line}"
        assert re.search(rf"{re.escape(place)} +idle +'{re.escape(what)}'", said.out), said.out
    assert wrong(site) == set()
    for finding in look(site):
        if finding.code in (codes.PATTERN_UNMATCHED, codes.RULE_SHADOWED, codes.RULE_NOT_FOLLOWED):
            assert finding.level == NOTE
            assert ".seedgit.yaml:" in finding.detail
            assert "seedgit init" in finding.remedy


CONTRADICTING = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: name}
    overlay:
      - path: /limit
      - path: /timeout
      - path: /steps/*/mode/x
      - path: /model
  - files: "none/*.yaml"
"""


@provokes(codes.RULE_CONTRADICTED)
def test_rules_of_two_files_that_contradict(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + "      - {path: /timeout, final: true}\n"})
    give_rules(site, CONTRADICTING)
    found = {f.detail.partition(" ")[0]: f for f in look(site) if f.detail.startswith(FILES)}
    assert {place: f.code for place, f in found.items()} == {
        ".seedgit.yaml:10:": codes.RULE_CONTRADICTED,
        ".seedgit.yaml:3:": codes.RULE_CONTRADICTED,
        "local:rules.yaml:7:": codes.RULE_CONTRADICTED,
        "local:rules.yaml:8:": codes.POINTER_UNMATCHED,
        "local:rules.yaml:10:": codes.PATTERN_UNMATCHED,
    }
    assert found["local:rules.yaml:7:"].remedy == "seedgit rules --edit"
    assert "if this site means it so" in found[".seedgit.yaml:10:"].remedy
    assert "local:rules.yaml:6 says something else" in found[".seedgit.yaml:10:"].detail


def test_no_secret_by_a_layer_where_the_package_says_one(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + "      - {path: /model, secret: true}\n"})
    give_rules(
        site,
        "version: 1\nseeds:\n  - files: 'flows/**'\n    overlay: [{path: /model, secret: false}]\n",
    )
    (found,) = (f for f in look(site) if f.code == codes.RULE_CONTRADICTED)
    assert found.detail.startswith("local:rules.yaml:4: 'secret: false of /model' never counts")


NAMELESS = """\
      - /limit/*
      - /**/max_items
      - path: /nowhere
        final: true
    keys: {/steps: id, /parts: id}
    merge:
      - {path: /**/version, strategy: newer-version}
      - {path: /steps/*/mode, strategy: theirs}
  - files: none/*.yaml
    overlay: [/x]
"""


@provokes(codes.POINTER_UNMATCHED)
def test_pointers_that_name_nothing(site: Repo) -> None:
    text = RULES.replace("    keys: {/steps: id}\n", "")
    site.write({".seedgit.yaml": text + NAMELESS})
    give_rules(
        site,
        "version: 1\nseeds:\n  - files: 'flows/*.yaml'\n"
        "    overlay: [/added, /never, '/steps/[id=rank]']\n",
    )
    assert seedgit(site, "set", PATH, "/added/here", "1", "--new", "--parents").status == 0
    found = [f.detail for f in look(site) if f.code == codes.POINTER_UNMATCHED]
    lines = text.count("\n")
    files = "names nothing in 1 file"
    assert found == [
        f"local:rules.yaml:4: '/never' {files}",
        f".seedgit.yaml:{lines + 3}: '/nowhere' {files}",
        f".seedgit.yaml:{lines + 1}: '/limit/*' {files}",
        f".seedgit.yaml:3: the key of '/parts' {files}",
        f".seedgit.yaml:3: the strategy of '/**/version' {files}",
    ]
    # Who has set something there means the place, though it is gone now.
    site.write({PATH: FLOW.replace("timeout: 30\n", "")})
    assert not [f for f in look(site) if "'/timeout'" in f.detail]


def test_pointers_in_files_that_cannot_be_read_may_name_something(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + NAMELESS, PATH: "a: [\n"})
    assert not [f for f in look(site) if f.code == codes.POINTER_UNMATCHED]


@pytest.mark.parametrize(("seed", "told"), [("a: 1\n", 1), ("a: {queue_mode: x}\n", 0)])
def test_a_preset_that_names_nothing_is_told_in_one_line(site: Repo, seed: str, told: int) -> None:
    rules = "version: 1\npolicy: burn-in-safe\nseeds: [{files: a.yaml}, {files: b.yaml}]\n"
    site.commit({".seedgit.yaml": rules, "a.yaml": seed, "b.yaml": "b: 1\n"}, "two")
    found = [f.detail for f in look(site) if f.code == codes.POINTER_UNMATCHED]
    text = ".seedgit.yaml: the policy burn-in-safe names nothing in 2 files"
    assert found == [text] * told


@provokes(codes.LAYER_RULES_UNUSABLE)
def test_rules_of_a_layer_that_do_not_parse(site: Repo) -> None:
    put_rules(site, "version: 1\nseeds: 5\n")
    assert codes.LAYER_RULES_UNUSABLE in wrong(site)


def test_very_many_rules_that_never_count_are_not_all_told(site: Repo) -> None:
    files = "".join(f"  - files: none-{number}.yaml\n" for number in range(99))
    site.write({".seedgit.yaml": RULES + files})
    told = [f for f in look(site) if f.code == codes.PATTERN_UNMATCHED]
    assert len(told) == 21
    assert "79 more" in told[-1].detail


def test_init_in_mode_off_tells_of_rules_that_are_none(site: Repo) -> None:
    assert seedgit(site, "mode", "off").status == 0
    site.write({".seedgit.yaml": "version: x\n"})
    said = seedgit(site, "init")
    assert said.status == 0
    assert "`version` is not a number" in said.out


@provokes(codes.JOURNAL_DAMAGED)
@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_journal_goes_aside(site: Repo, where: str) -> None:
    journal = Journal(site.path / ".git")
    for n in range(300):
        journal.add("test", "done", reason="x" * 200 + str(n))
    place = Path(journal.path)
    text = place.read_bytes()
    middle = b"\xff" * 20_000
    place.write_bytes(b"junk" * 1000 if where == "head" else text[:8192] + middle + text[28192:])
    damaged = place.read_bytes()
    (place.parent / f"{place.name}-wal").unlink(missing_ok=True)
    assert wrong(site) == {codes.JOURNAL_DAMAGED}
    said, report = doctor(site, "--fix")
    assert said.status == 0
    aside = [
        p
        for p in place.parent.iterdir()
        if re.fullmatch(r"journal\.sqlite\.damaged-\d{8}T\d{6}Z", p.name)
    ]
    assert [p.read_bytes() for p in aside] == [damaged]
    assert report["fixed"][0]["outcome"] == "moved"
    assert [row["entry"] for row in journal.rows()] == ["doctor"]


@provokes(codes.JOURNAL_UNUSABLE)
def test_a_journal_of_a_newer_seedgit_stays(site: Repo) -> None:
    import sqlite3

    place = site.path / ".git" / FILE
    with sqlite3.connect(place) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer seedgit" in of(site, codes.JOURNAL_UNUSABLE).detail
    assert fix(site) == {}
    assert place.exists()


@provokes(codes.MODE_WARNING, codes.ENVIRONMENT)
def test_mode_and_environment(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    site("config", "seedgit.mode", "live")
    monkeypatch.setenv("SEEDGIT_MODE", "off")
    assert of(site, codes.MODE_WARNING).level == NOTE
    assert of(site, codes.MODE).detail == "off, from SEEDGIT_MODE"
    assert of(site, codes.ENVIRONMENT).detail == "SEEDGIT_MODE=off is in effect"
    monkeypatch.setenv("SEEDGIT_MODE", "lively")
    assert of(site, codes.MODE_WARNING).level == WRONG
    monkeypatch.delenv("SEEDGIT_MODE")
    assert wrong(site) == set()


@provokes(codes.UPSTREAM_MISSING)
def test_an_upstream_that_is_not_there(site: Repo) -> None:
    site("config", "seedgit.upstream", "origin/nowhere")
    finding = of(site, codes.UPSTREAM_MISSING)
    assert "origin/nowhere" in finding.detail
    assert "git fetch" in finding.remedy
    said = seedgit(site, "status", "--exit-code")
    assert (said.status, "names 'origin/nowhere'" in said.out) == (1, True)
