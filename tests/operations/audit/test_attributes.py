"""What doctor says of attributes that do not match the rules, and of what shadows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit import codes
from seedgit.operations.audit.findings import NOTE, WRONG
from tests.conftest import Repo
from tests.operations.audit.examined import (
    fix,
    look,
    of,
    provokes,
    wrong,
)
from tests.site import RULES


def test_attributes_that_do_not_match_the_rules(site: Repo) -> None:
    site.commit({".seedgit.yaml": RULES.replace("flows/**", "conf/*"), "conf/a.yaml": "a: 1\n"})
    detail = of(site, codes.ATTRIBUTES_OUTDATED).detail
    assert "missing: conf/* merge=seedgit" in detail
    assert "left over: flows/** merge=seedgit" in detail
    assert fix(site) == {"info/attributes": "updated"}
    assert wrong(site) == set()


def test_attributes_that_are_a_link_to_a_device(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    info.write_text(info.read_text() + "*.yaml merge=union\n")
    (site.path / ".gitattributes").symlink_to("/dev/zero")
    assert codes.ATTRIBUTE_SHADOWED in wrong(site)


@provokes(codes.ATTRIBUTE_SHADOWED)
def test_a_line_that_takes_the_driver_away(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    text = info.read_text() + "# mine\n*.yaml -text\n*.yaml   merge=union\n*.md merge=ours\n"
    info.write_text(text)
    number = text.splitlines().index("*.yaml   merge=union") + 1
    assert f"{info}:{number}: *.yaml   merge=union" in of(site, codes.ATTRIBUTE_SHADOWED).detail
    assert fix(site) == {}
    assert info.read_text() == text


@pytest.mark.parametrize(
    ("file", "line", "relative"),
    [
        (".gitattributes", "flows/*.yaml merge=union", True),
        (".gitattributes", '"flows/wiki.yaml" binary', True),
        ("flows/.gitattributes", "wiki.yaml -merge", True),
        ("flows/.gitattributes", "/wiki.yaml merge", True),
        ("personal", "*.yaml merge=ours", False),
    ],
)
def test_a_shadow_in_any_file_is_named(
    site: Repo, tmp_path: Path, file: str, line: str, relative: bool
) -> None:
    (site.path / ".git" / "info" / "attributes").unlink()
    place = (site.path if relative else tmp_path) / file
    place.write_text(f"# first\n\n*.txt merge=seedgit\n{line}\nflows/other.yaml merge=seedgit\n")
    if not relative:
        site("config", "core.attributesFile", str(place))
    assert f"{place}:4: {line}: takes" in of(site, codes.ATTRIBUTE_SHADOWED).detail
    fix(site)  # what init writes counts more than any of them
    assert codes.ATTRIBUTE_SHADOWED not in wrong(site)


def test_many_shadowed_seeds_are_one_finding_a_line(site: Repo) -> None:
    files = {f"flows/{d}/{n}.yaml": "a: 1\n" for d in "ab" for n in range(50)}
    site.write(files)
    site("add", "--all")
    (site.path / "flows/a/.gitattributes").write_text("*.yaml -merge\n")
    (site.path / ".gitattributes").write_text("*.yaml merge=union\n")
    (site.path / ".git" / "info" / "attributes").unlink()
    found = [f.detail for f in look(site) if f.code == codes.ATTRIBUTE_SHADOWED]
    nested, top = f"{site.path}/flows/a/.gitattributes:1", f"{site.path}/.gitattributes:1"
    assert [detail.partition(": ")[0] for detail in found] == [nested, top]
    assert [detail.rpartition(" and ")[2] for detail in found] == ["49 more", "50 more"]


def test_a_linked_worktree(site: Repo) -> None:
    linked = site.worktree("linked")
    assert wrong(linked, trial=True) == set()


def test_a_shadow_by_a_macro(site: Repo) -> None:
    info = site.path / ".git" / "info" / "attributes"
    info.write_text(info.read_text() + "[attr]opaque -diff merge=ours\n*.yaml opaque\n")
    assert "*.yaml opaque" in of(site, codes.ATTRIBUTE_SHADOWED).detail


@provokes(codes.ATTRIBUTES_ABSENT)
@pytest.mark.parametrize("how", ["deleted", "sparse"])
def test_tracked_attributes_that_are_not_on_the_disk(site: Repo, how: str) -> None:
    site.commit({".gitattributes": "flows/** merge=seedgit\n", "other/.gitattributes": "* text\n"})
    if how == "deleted":
        (site.path / ".gitattributes").unlink()
        name = ".gitattributes"
    else:
        site("sparse-checkout", "set", "flows")
        name = "other/.gitattributes"
    found = of(site, codes.ATTRIBUTES_ABSENT)
    assert found.level == NOTE and found.detail.startswith(name) and how in found.detail
    (site.path / ".git" / "info" / "attributes").unlink()
    assert of(site, codes.ATTRIBUTES_ABSENT).level == WRONG
    fix(site)
    assert wrong(site) == set()
    assert not (site.path / name).exists()


@provokes(codes.FILTER_UNKNOWN)
def test_a_filter_that_is_not_configured(site: Repo) -> None:
    site.commit({".gitattributes": "*.bin filter=lfs\n", "x.bin": "x"})
    assert (
        f"{site.path}/.gitattributes:1: *.bin filter=lfs" in of(site, codes.FILTER_UNKNOWN).detail
    )
    assert of(site, codes.FILTER_UNKNOWN).level == NOTE
    site.write({".gitattributes": "* filter=lfs\n"})
    assert of(site, codes.FILTER_UNKNOWN).level == WRONG
    fix(site)
    site("config", "filter.lfs.clean", "cat")
    assert wrong(site) == set()
