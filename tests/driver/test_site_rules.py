"""The merge driver goes by the rules of layers too, and notices that they change."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from seedgit import codes
from seedgit.driver.rules import rules_of_layers
from seedgit.files.rules_file import NOTE, TEXT, note, noted
from seedgit.git.overlay_names import overlay_ref
from tests.conftest import Repo
from tests.driver.test_batch import counted, many, texts
from tests.operations.test_rules import OWN, give_rules, put_rules
from tests.site import FLOW, PATH, seedgit

OURS, THEIRS = FLOW.replace("30", "45"), FLOW.replace("30", "60")


def diverge(upstream: Repo, site: Repo) -> None:
    """Both sides change a place that is the package's by its own rules."""
    upstream.commit({PATH: THEIRS}, "theirs")
    site.commit({PATH: OURS}, "ours")
    site("fetch", "--quiet")


def merge(site: Repo, *words: str, ok: bool = True) -> str:
    done = subprocess.run(
        ["git", *(words or ("merge", "--no-edit", "origin/main"))],
        cwd=site.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == ok, done.stderr
    return done.stdout + done.stderr


def test_what_is_the_sites_by_its_own_rules_never_conflicts(site: Repo, upstream: Repo) -> None:
    diverge(upstream, site)
    merge(site, ok=False)
    site("merge", "--abort")
    give_rules(site, OWN)
    merge(site)
    assert site.read(PATH).decode() == OURS


def test_rules_that_came_without_seedgit_count_at_once(site: Repo, upstream: Repo) -> None:
    """And so do those of an overlay that git has packed, or that nobody has noted."""
    diverge(upstream, site)
    put_rules(site, OWN)
    merge(site)
    site("reset", "--quiet", "--hard", "HEAD~")
    seedgit(site, "status")
    site("pack-refs", "--all")
    merge(site)
    site("reset", "--quiet", "--hard", "HEAD~")
    (site.path / ".git" / NOTE).unlink()
    merge(site)


@pytest.mark.parametrize("held", [True, False])
def test_a_layer_counts_where_its_conditions_hold(
    site: Repo, upstream: Repo, monkeypatch: pytest.MonkeyPatch, held: bool
) -> None:
    diverge(upstream, site)
    seedgit(site, "layer", "add", "night", "--when", "env=SHIFT=night")
    monkeypatch.setenv("SHIFT", "night")
    give_rules(site, OWN, "--overlay", "night")
    monkeypatch.setenv("SHIFT", "night" if held else "day")
    merge(site, ok=held)


@pytest.mark.parametrize("mode", ["", "120000"])
def test_without_broken_rules_the_others_count_and_each_file_says_so(
    site: Repo, upstream: Repo, mode: str
) -> None:
    diverge(upstream, site)
    put_rules(site, "version: 9\n", mode=mode)
    said = merge(site, ok=False)
    assert f"{PATH}: {codes.RULES_WITHOUT_LAYER}: local:rules.yaml" in said
    journal = seedgit(site, "journal", "--json").out
    assert codes.RULES_WITHOUT_LAYER in journal


def test_rules_that_are_edited_in_a_merge_are_noticed(
    site: Repo, upstream: Repo, tmp_path: Path
) -> None:
    """The results that are left over are of other rules."""
    give_rules(site, OWN)
    theirs = THEIRS.replace("model: small", "model: large")
    paths = many(upstream, site, OURS.replace("limit: 5", "limit: 6"), theirs, count=4)
    place = f"{site.path}/.git/{TEXT}"
    edit = f"test -e {tmp_path}/once || {{ touch {tmp_path}/once; printf '#\\n' >>{place}; }}"
    starts = counted(site, tmp_path, edit)
    merge(site)
    assert starts() == 4
    assert len(texts(site, paths)) == 1


def test_results_of_one_call_hold_while_the_overlay_only_gets_other_values(
    site: Repo, upstream: Repo, tmp_path: Path
) -> None:
    give_rules(site, OWN)
    theirs = THEIRS.replace("model: small", "model: large")
    many(upstream, site, OURS, theirs, count=4)
    ref, tip = overlay_ref("local"), site("rev-parse", overlay_ref("local"))
    other = site("commit-tree", "-p", tip, "-m", "x", f"{tip}^{{tree}}")
    starts = counted(site, tmp_path, f"git -C {site.path} update-ref {ref} {other}")
    merge(site)
    assert starts() == 1


def test_a_note_that_is_damaged_is_none(tmp_path: Path) -> None:
    (tmp_path / "seedgit").mkdir()
    known = {"a": ("1" * 40, b"version: 1\n"), "b/c": ("2" * 40, None), "d": ("3" * 40, b"")}
    note(str(tmp_path), known)
    assert noted(str(tmp_path)) == known
    assert (tmp_path / TEXT).read_bytes() == b"11 a\nversion: 1\n\n0 d\n\n"
    whole = (tmp_path / NOTE).read_bytes()
    for end in range(len(whole)):
        (tmp_path / NOTE).write_bytes(whole[:end])
        assert noted(str(tmp_path)) == {}
    (tmp_path / NOTE).write_bytes(whole.replace(b" 11 ", b" 99999999 "))
    assert noted(str(tmp_path)) == {}


def test_nothing_is_read_outside_of_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(rules_of_layers(["local"])) == []
