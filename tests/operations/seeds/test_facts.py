"""What `status` remembers: it never changes an answer, and it is what makes an answer cheap."""

from __future__ import annotations

import errno
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seedgit.formats.document import Document
from seedgit.formats.yaml import Yaml
from seedgit.git import stored_record
from seedgit.operations.status import status
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from tests.conftest import Repo
from tests.counting import Counted, counted
from tests.site import FLOW, FLOW_JSON, FLOW_TOML, RULES, package, seedgit, site_of

__all__ = ["counted"]

COUNT = 12
FILES = {f"flows/{n:02}.yaml": FLOW.replace("wiki", f"unit-{n}") for n in range(COUNT)}


class Read:
    """The texts that are read, those that are made trees of, and the paths of the records."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.trees: list[str] = []
        self.records: list[str] = []

    def clear(self) -> None:
        del self.texts[:], self.trees[:], self.records[:]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    found = Read()
    make, record_from = Document.__init__, stored_record.record_from

    def making(self: Document, path: str, format: Any, text: str, bom: bool) -> None:
        found.texts.append((path, text))
        make(self, path, format, text, bom)

    def reading(path: str, *rest: Any) -> Any:
        found.records.append(path)
        return record_from(path, *rest)

    parse = Yaml.parse

    def parsing(self: Yaml, text: str, where: str, *rest: Any) -> Any:
        found.trees.append(where)
        return parse(self, text, where, *rest)

    monkeypatch.setattr(Document, "__init__", making)
    monkeypatch.setattr(Yaml, "parse", parsing)
    monkeypatch.setattr(stored_record, "record_from", reading)
    yield found


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may be taken for granted at once: a test does not wait for the clock."""
    monkeypatch.setattr("seedgit.git.file_ids.RACY", 0)


def overridden(repo: Repo) -> Repo:
    site = site_of(package(repo, FILES))
    assert seedgit(site, "set", "flows/[0-9]*.yaml", "/paused", "true").status == 0
    return site


def places(site: Repo) -> list[Path]:
    return [site.path / ".git" / "seedgit" / name for name in ("facts", "files", "overview")]


def forget(site: Repo) -> None:
    for place in places(site):
        place.unlink(missing_ok=True)


def said(site: Repo) -> Any:
    made = status(Workspace.open(str(site.path)), now=time.time())
    return json.loads(json.dumps(made.data(), default=str))


# -- what it costs -------------------------------------------------------------------------------


def test_nothing_is_read_twice_the_first_time(repo: Repo, read: Read, at_once: None) -> None:
    site = overridden(repo)
    read.clear()
    first = said(site)
    assert first["overrides"]["active"] == COUNT
    assert sorted(read.records) == sorted(FILES)
    assert len(read.texts) == len(set(read.texts)) == COUNT  # a switch: no file has to be made
    assert read.trees == [RULES_FILE]


def test_what_is_not_plain_is_parsed_once(repo: Repo, read: Read, at_once: None) -> None:
    files = {path: text.replace("name: ", "name: !!str ") for path, text in FILES.items()}
    site = site_of(package(repo, files))
    assert seedgit(site, "set", "flows/[0-9]*.yaml", "/paused", "true").status == 0
    read.clear()
    assert said(site)["overrides"]["active"] == COUNT
    assert sorted(read.trees) == [RULES_FILE, *sorted(FILES)]


@pytest.mark.parametrize("name", ["facts", "overview"])
def test_nothing_is_read_the_second_time(
    repo: Repo, read: Read, at_once: None, counted: Counted, name: str
) -> None:
    """Neither if only what is remembered of each seed is there, nor if only that of all is."""
    site = overridden(repo)
    first = said(site)
    (site.path / ".git" / "seedgit" / name).unlink()
    read.clear()
    counted.clear()
    assert said(site) == first
    assert (read.texts, read.records, counted.blobs) == ([], [], 0)
    places, settings = ["rev-parse"], ["config"]
    objects, drift, files = ["cat-file"], ["diff-index"], ["status"]
    index = ["ls-files"] if name == "overview" else []
    history = ["rev-parse", "rev-list"]
    every = [*places, *settings, *objects, *index, *drift, *files, *history]
    assert sorted(counted.git) == sorted(every)


def test_only_what_moved_is_read(repo: Repo, read: Read, at_once: None) -> None:
    site = overridden(repo)
    said(site)
    repo.commit({"flows/03.yaml": FILES["flows/03.yaml"].replace("limit: 5", "limit: 7")}, "v2")
    site("pull", "--quiet")
    for _ in range(2):
        read.clear()
        assert said(site)["overrides"]["active"] == COUNT
        assert {path for path, _ in read.texts} == ({"flows/03.yaml"} if _ == 0 else set())
        assert set(read.records) == {path for path, _ in read.texts}


def test_a_hook_forgets_nothing(repo: Repo, read: Read, at_once: None) -> None:
    """It looks at what a merge brought, and leaves what is known of the rest."""
    site = overridden(repo)
    said(site)
    repo.commit({"flows/03.yaml": FILES["flows/03.yaml"].replace("limit: 5", "limit: 7")}, "v2")
    site("pull", "--quiet")
    seedgit(site, "hook", "post-merge", "0")
    read.clear()
    said(site)
    assert {path for path, _ in read.texts} <= {"flows/03.yaml"}


def test_all_that_moved_is_read_once(repo: Repo, read: Read, at_once: None) -> None:
    site = overridden(repo)
    said(site)
    repo.commit({p: t.replace("timeout: 30", "timeout: 40") for p, t in FILES.items()}, "v2")
    site("pull", "--quiet")
    read.clear()
    first = said(site)
    assert len(read.texts) == len(set(read.texts)) == 2 * COUNT
    assert sorted(read.records) == sorted(FILES) and read.trees == [RULES_FILE]
    read.clear()
    assert said(site) == first
    assert (read.texts, read.records) == ([], [])


def test_a_merge_of_something_else_opens_no_seed(
    repo: Repo, read: Read, at_once: None, counted: Counted
) -> None:
    """What merges kept under review is looked for only where a merge changed a seed."""
    site = overridden(repo)
    repo.commit({"notes": "1\n"}, "notes")
    site.commit({"own": "1\n"}, "own")
    site("pull", "--quiet", "--no-rebase")
    first = said(site)
    counted.clear()
    read.clear()
    assert said(site) == first
    assert (read.texts, counted.git.count("diff-tree")) == ([], 1)


def test_worktrees_share_what_they_know(repo: Repo, read: Read, at_once: None) -> None:
    site = overridden(repo)
    first = said(site)
    other = site.worktree("other")
    read.clear()
    assert said(other)["fields"] == first["fields"]
    assert (read.texts, read.records) == ([], [])


# -- that it changes nothing ---------------------------------------------------------------------


def both(site: Repo) -> Any:
    """What is said, which has to be what is said without anything remembered."""
    found = said(site)
    assert said(site) == found
    kept = {place: place.read_bytes() for place in places(site) if place.exists()}
    forget(site)
    assert said(site) == found
    for place, content in kept.items():
        place.write_bytes(content)
    return found


VALUES = ("true", "false", "1", "1.0", '"1"', "null", '{"a": [1]}', "[]")
POINTERS = ("/paused", "/limit", "/timeout", "/steps/[id=fetch]/mode", "/steps/[id=rank]/mode",
            "/steps/[id=fetch]/max_items", "/new", "/steps/0", "/model")  # fmt: skip
FLOWS = {
    "flows/a.yaml": FLOW,
    "flows/b.json": FLOW_JSON,
    "flows/c.toml": FLOW_TOML,
    "flows/d.yaml": FLOW + "x: !secret y\n",
}


def _set(site: Repo, rng: random.Random) -> None:
    more = rng.choice(((), ("--until", "2099-01-01"), ("--until-version", "v9"), ("--new",)))
    seedgit(site, "set", rng.choice(list(FLOWS)), rng.choice(POINTERS), rng.choice(VALUES), *more,
            "--as-json", "--new")  # fmt: skip


def _unset(site: Repo, rng: random.Random) -> None:
    seedgit(site, "unset", rng.choice(list(FLOWS)), rng.choice(POINTERS))


def _other_overlay(site: Repo, rng: random.Random) -> None:
    """Another stack of overlays from now on."""
    site("config", "--replace-all", "seedgit.overlay", rng.choice(("local", "fleet")))
    if rng.random() < 0.7:
        site("config", "--add", "seedgit.overlay", rng.choice(("local", "top")))


def _edit(site: Repo, rng: random.Random) -> None:
    path = site.path / rng.choice(list(FLOWS))
    if path.is_file():
        text = path.read_text()
        old, new = rng.choice(
            (("30", "31"), ("31", "30"), ("fetch", "get"), ("get", "fetch"), ("paused", "held"),
             ("a", "{"), ("\n", "\r\n"), ("small", "large"))
        )  # fmt: skip
        path.write_bytes(text.replace(old, new).encode())


def _restore(site: Repo, rng: random.Random) -> None:
    site("checkout", "--quiet", "--force", "HEAD", "--", ".")


def _rules(site: Repo, rng: random.Random) -> None:
    place = site.path / ".seedgit.yaml"
    choice = rng.choice(
        (RULES, RULES.replace("yield", "preserve"), RULES.replace("review", "yield"),
         RULES.replace("flows/**", "flows/*.yaml"), RULES + "x: [")
    )  # fmt: skip
    place.write_text(choice)


def _gone(site: Repo, rng: random.Random) -> None:
    path = rng.choice(list(FLOWS))
    what = rng.choice(("remove", "rename", "link", "commit"))
    if not (site.path / path).is_file():
        return
    if what == "remove":
        (site.path / path).unlink()
    elif what == "rename":
        site("mv", "-f", path, path.replace("flows/", "flows/moved-"))
    elif what == "link":
        (site.path / path).unlink()
        (site.path / path).symlink_to("../elsewhere.yaml")
    else:
        site("commit", "--quiet", "--all", "--allow-empty", "-m", "all")


def _upgrade(site: Repo, rng: random.Random) -> None:
    upstream = Repo(site.path.parent / "repo")
    path = upstream.path / rng.choice(list(FLOWS))
    old, new = rng.choice(
        (("5", "7"), ("7", "5"), ("live", "hold"), ("30", "40"), ("rank", "sort"))
    )
    path.write_text(path.read_text().replace(old, new))
    upstream("commit", "--quiet", "--all", "--allow-empty", "-m", "next")
    site("fetch", "--quiet")
    try:
        site("-c", "core.editor=true", "merge", "--quiet", "@{upstream}")
    except AssertionError:  # a conflict, or a dirty file in the way
        if rng.random() < 0.5 and (site.path / ".git" / "MERGE_HEAD").exists():
            site("merge", "--abort")


STEPS: tuple[Callable[[Repo, random.Random], None], ...] = (
    _set, _set, _set, _unset, _other_overlay, _edit, _restore, _rules, _gone, _upgrade, _upgrade,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_it_would_be_without(repo: Repo, at_once: None, seed: int) -> None:
    rng = random.Random(seed)
    site = site_of(package(repo, FLOWS))
    for _ in range(12):
        rng.choice(STEPS)(site, rng)
        try:
            both(site)
        except Exception:
            assert "x: [" in (site.path / ".seedgit.yaml").read_text()  # rules that do not parse
            _restore(site, rng)


@pytest.mark.parametrize("name", ["facts", "files", "overview"])
def test_what_is_damaged_is_not_used(repo: Repo, at_once: None, name: str) -> None:
    site = overridden(repo)
    first = said(site)
    place = site.path / ".git" / "seedgit" / name
    whole = place.read_bytes()
    head, _, body = whole.partition(b"\n")
    rng = random.Random(1)
    damaged = [b"", head, whole[:-1], whole + b" ", body, head + b"\n{}", b"\0" * len(whole)]
    damaged += [whole.replace(b"true", b"fals", 1), head.replace(b"seedgit 0", b"seedgit 9") + body]
    for _ in range(12):
        at = rng.randrange(len(whole))
        damaged.append(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
    for content in damaged:
        if name == "facts":  # it is not asked while the answer to everything is there
            (place.parent / "overview").unlink()
        place.write_bytes(content)
        assert said(site) == first
        assert place.read_bytes() != content or content == whole


def test_what_lies_in_its_place_is_left_alone(repo: Repo, at_once: None, tmp_path: Path) -> None:
    site = overridden(repo)
    first = said(site)
    for place in places(site):
        place.unlink()
        place.mkdir()
    assert said(site) == first
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"not a table")
    for place in places(site):
        place.rmdir()
        place.symlink_to(elsewhere)
    assert said(site) == first
    assert elsewhere.read_bytes() == b"not a table"


def test_where_nothing_can_be_written_it_is_the_same(
    repo: Repo, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(name: str, *_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), name)

    site = overridden(repo)
    first = said(site)
    forget(site)
    monkeypatch.setattr("seedgit.git.whole.make_private", refused)
    assert said(site) == said(site) == first
    assert not any(place.exists() for place in places(site))


def test_a_file_that_changed_just_now_is_read_again(repo: Repo) -> None:
    """The times of a file may not tell a second change in the same moment."""
    site = overridden(repo)
    said(site)
    place = site.path / "flows" / "03.yaml"
    before = place.stat()
    place.write_bytes(place.read_bytes().replace(b"paused: false", b"paused: maybe"))
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    fields = {field["path"]: field for field in both(site)["fields"]}
    assert fields["flows/03.yaml"]["status"] == "moved-under"


def test_a_folder_that_became_a_link_holds_nothing(repo: Repo, at_once: None) -> None:
    site = overridden(repo)
    said(site)
    (site.path / "flows").rename(site.path / "elsewhere")
    (site.path / "flows").symlink_to("elsewhere")
    assert both(site)["overrides"]["unreadable"] == COUNT


def test_only_its_owner_can_read_it(repo: Repo, at_once: None) -> None:
    site = overridden(repo)
    said(site)
    assert [place.stat().st_mode & 0o777 for place in places(site)] == [0o600] * 3


def test_it_does_not_grow_for_ever(
    repo: Repo, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedgit.git.table.ROWS", 30)
    site = overridden(repo)
    sizes = []
    for number in range(12):
        seedgit(site, "set", "flows/[0-9]*.yaml", "/limit", str(number + 10))
        said(site)
        sizes.append(places(site)[0].stat().st_size)
    assert sizes[-1] < 1.2 * sizes[5]
