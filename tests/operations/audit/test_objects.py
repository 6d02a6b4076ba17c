"""What doctor says of overlays, records and objects that cannot be read."""

from __future__ import annotations

from seedgit import codes
from tests.conftest import Repo
from tests.damage import damage, loosen
from tests.operations.audit.examined import (
    fix,
    of,
    provokes,
    wrong,
)
from tests.site import FLOW, PATH, seedgit


@provokes(codes.OVERLAY_SETTING)
def test_a_setting_that_names_no_overlay(site: Repo) -> None:
    site("config", "seedgit.overlay", "no..name")
    assert "no..name" in of(site, codes.OVERLAY_SETTING).detail
    fix(site)
    assert site("config", "seedgit.overlay") == "no..name"


@provokes(codes.OVERLAY_RECORD)
def test_a_record_that_cannot_be_read(site: Repo) -> None:
    record = site.tree({"junk": site.blob("x")})
    tree = site.tree({"records": site.tree({"flows%2Fwiki.yaml": record})})
    commit = site("commit-tree", "-m", "broken", tree)
    site("update-ref", "refs/seedgit/overlays/local", commit)
    assert wrong(site) == {codes.OVERLAY_RECORD}
    assert fix(site) == {}


@provokes(codes.BASE_MISSING)
def test_a_base_that_is_gone(site: Repo) -> None:
    site.write({PATH: FLOW.replace("30", "31")})
    site("add", "--all")
    assert seedgit(site, "set", PATH, "/limit", "9").status == 0
    loosen(site)
    damage(site, site("rev-parse", f":{PATH}"), "gone")
    assert PATH in of(site, codes.BASE_MISSING).detail


@provokes(codes.OBJECT_DAMAGED)
def test_a_damaged_commit_hides_nothing_else(site: Repo) -> None:
    id = site("rev-parse", "HEAD")
    loosen(site)
    damage(site, id, "last bytes missing")
    assert id in of(site, codes.OBJECT_DAMAGED).detail
    assert "fetch --refetch origin" in of(site, codes.OBJECT_DAMAGED).remedy
    assert of(site, codes.JOURNAL).ok


@provokes(codes.UNREADABLE)
def test_a_damaged_index_hides_nothing_else(site: Repo) -> None:
    (site.path / ".git" / "index").write_bytes(b"DIRC")
    assert "index" in of(site, codes.UNREADABLE).detail
    assert of(site, codes.JOURNAL).ok


@provokes(codes.REF_DAMAGED)
def test_a_damaged_ref(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/timeout", "60").status == 0
    ref = "refs/seedgit/overlays/local"
    before = site("rev-parse", ref)
    (site.path / ".git" / ref).write_text("")
    assert before in of(site, codes.REF_DAMAGED).remedy
    fix(site)
    assert (site.path / ".git" / ref).read_text() == ""


@provokes(codes.OVERLAY_UNUSABLE)
def test_overrides_of_a_seed_that_does_not_parse(site: Repo) -> None:
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    site.write({PATH: "a: [\n"})
    assert f"{PATH}:" in of(site, codes.OVERLAY_UNUSABLE).detail
