"""What the hook after a merge costs: work in proportion to what the merge changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seedgit.formats.document import Document
from seedgit.git import stored_record
from tests.conftest import Repo
from tests.site import FLOW, PATH, override, package, seedgit, site_of

OTHER = "flows/b.yaml"


class Work:
    """The documents that are parsed, and the records that are read."""

    def __init__(self) -> None:
        self.documents: list[str] = []
        self.records: list[str] = []


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    counted = Work()
    parse, read = Document.parse, stored_record.record_from

    def parsing(data: bytes, path: str) -> Document:
        counted.documents.append(path)
        return parse(data, path)

    def reading(path: str, *rest: object) -> object:
        counted.records.append(path)
        return read(path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Document, "parse", staticmethod(parsing))
    monkeypatch.setattr(stored_record, "record_from", reading)
    yield counted


def sites(repo: Repo) -> Repo:
    """A site with overrides of two seeds, one of which has a new version since."""
    site = site_of(package(repo, {OTHER: FLOW}))
    override(site, "/steps/[id=fetch]/max_items", "1")
    seedgit(site, "set", OTHER, "/steps/[id=fetch]/max_items", "1")
    repo.commit({PATH: FLOW.replace("max_items: 50", "max_items: 80")}, "v2")
    site("pull", "--quiet", "--no-ff")
    return site


def test_only_what_a_merge_changed_is_parsed(repo: Repo, work: Work) -> None:
    site = sites(repo)
    work.documents.clear()
    said = seedgit(site, "hook", "post-merge", "0")
    assert "for you to decide: 1 moved under" in said.err
    assert {*work.documents} == {PATH}


def test_nothing_is_parsed_where_nothing_waits(repo: Repo, work: Work) -> None:
    site = sites(repo)
    seedgit(site, "hook", "post-merge", "0")
    seedgit(site, "unset", PATH, "/steps/[id=fetch]/max_items")
    work.documents.clear()
    assert seedgit(site, "hook", "post-merge", "0").err == ""
    assert work.documents == []


def test_what_has_an_end_is_looked_at(repo: Repo) -> None:
    site = sites(repo)
    seedgit(site, "hook", "post-merge", "0")
    seedgit(site, "unset", PATH, "/steps/[id=fetch]/max_items")
    seedgit(site, "set", OTHER, "/steps/[id=rank]/mode", "stop", "--if-seed-is", "live")
    assert seedgit(site, "hook", "post-merge", "0").err == ""
    seedgit(site, "set", OTHER, "/steps/[id=rank]/mode", "stop", "--until-version", "v1")
    site("tag", "v1")
    assert "for you to decide: 1" in seedgit(site, "hook", "post-merge", "0").err


def test_a_record_is_read_once_however_many_seeds_there_are(repo: Repo, work: Work) -> None:
    site = sites(repo)
    for command in ("status", "pending"):
        work.records.clear()
        seedgit(site, command)
        assert sorted(work.records) == [OTHER, PATH]


def test_a_change_of_one_seed_reads_no_other_record(repo: Repo, work: Work) -> None:
    site = sites(repo)
    work.records.clear()
    work.documents.clear()
    seedgit(site, "set", OTHER, "/steps/[id=rank]/mode", "stop")
    assert {*work.records} == {OTHER} == {*work.documents}
