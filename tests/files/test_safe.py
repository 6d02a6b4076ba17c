"""Where upstream put something else than a file: nothing is read through it, nothing written."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seedgit.errors import InputError, Refused
from seedgit.files.safe import (
    TEMPORARY,
    left_behind,
    make_private,
    open_folder,
    read_regular,
    replace_regular,
)
from seedgit.git.files import remove_file, write_file
from tests.conftest import Repo
from tests.site import FLOW, PATH, override, package, seedgit, site_of

SECRET = "mine\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of the user's that no command may touch."""
    place = tmp_path / "outside"
    place.mkdir()
    (place / "mine").write_text(SECRET)
    return place


def intact(outside: Path) -> bool:
    return [p.name for p in outside.iterdir()] == ["mine"] and (
        (outside / "mine").read_text() == SECRET
    )


def dead_process() -> int:
    done = subprocess.Popen(["true"])
    done.wait()
    return done.pid


# -- one function ----------------------------------------------------------------------------------


def test_a_regular_file_and_nothing_else_is_read(tmp_path: Path, outside: Path) -> None:
    os.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"12345")
    assert read_regular("file") == b"12345" == read_regular("file", 5)
    (tmp_path / "link").symlink_to(outside / "mine")
    (tmp_path / "zero").symlink_to("/dev/zero")
    os.mkfifo("pipe")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind("socket")
    for name, kind in {
        "link": "a symbolic link",
        "zero": "a symbolic link",
        "pipe": "a pipe",
        "folder": "a directory",
        "socket": "a socket",
        "/dev/zero": "a device",
    }.items():
        with pytest.raises(InputError, match=f"{name}: {kind}, and not a regular file"):
            read_regular(name)
    with pytest.raises(InputError, match="over 4 bytes"):
        read_regular("file", 4)
    with pytest.raises(FileNotFoundError):
        read_regular("nothing")
    assert read_regular("link", follow=True) == SECRET.encode()
    with pytest.raises(InputError, match="a symbolic link, and not"):
        read_regular("zero", follow=True)


def test_no_link_is_written_through(tmp_path: Path, outside: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    (top / "link").symlink_to(outside / "mine")
    (top / "way").symlink_to(outside)
    with pytest.raises(Refused, match="a symbolic link"):
        replace_regular(str(top / "link"), b"theirs")
    with pytest.raises(Refused, match="way: a symbolic link is on the way"):
        open_folder(str(top), ["way", "new"], make=True)
    assert intact(outside)
    assert sorted(os.listdir(top)) == ["link", "way"]


def test_the_name_of_what_is_not_yet_whole_is_nobodys_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    put = os.replace

    def late(*words: Any, **options: Any) -> None:
        seen.extend(os.listdir(tmp_path))
        put(*words, **options)

    monkeypatch.setattr(os, "replace", late)
    for _ in range(20):
        replace_regular(str(tmp_path / "f"), b"new")
    names = {name for name in seen if TEMPORARY in name}
    assert len(names) == 20
    assert all(name.startswith(f"{TEMPORARY}{os.getpid()}-") for name in names)
    assert not [name for name in os.listdir(tmp_path) if TEMPORARY in name]


def test_what_a_killed_process_left_is_found(tmp_path: Path) -> None:
    gone = dead_process()
    old = [f"{TEMPORARY}{gone}-0123456789abcdef", f".merge_file_a1b2c3{TEMPORARY}{gone}"]
    live = [f"{TEMPORARY}{os.getpid()}-0123456789abcdef", f"x{TEMPORARY}", "f", f"{TEMPORARY}²"]
    for name in (*old, *live, f"{TEMPORARY}{'9' * 5000}"[:200]):
        (tmp_path / name).touch()
    assert sorted(left_behind(str(tmp_path))) == sorted(old)


def test_it_goes_with_the_next_write_unless_it_is_tracked(repo: Repo) -> None:
    gone = dead_process()
    tracked, own = f"{TEMPORARY}{gone}-00", f"{TEMPORARY}{gone}-01"
    repo.commit({f"d/{tracked}": "theirs", "d/f": "1"})
    repo.write({f"d/{own}": "half"})
    write_file(repo.open(), repo.path / "d" / "f", b"2")
    assert sorted(os.listdir(repo.path / "d")) == sorted([tracked, "f"])


# -- the commands ----------------------------------------------------------------------------------


def guesses(name: str) -> list[str]:
    """What an older version called its next content, for the processes to come."""
    return [f".{name}.seedgit-{pid}" for pid in range(os.getpid(), os.getpid() + 50)]


def test_capture_does_not_write_where_tracked_links_lead(repo: Repo, outside: Path) -> None:
    upstream = package(repo)
    for name in guesses("wiki.yaml"):
        (repo.path / "flows" / name).symlink_to(outside / "mine")
    upstream.commit(message="links")
    site = site_of(upstream)
    site.write({PATH: FLOW.replace("paused: false", "paused: true")})
    said = seedgit(site, "capture", PATH)
    assert said.status == 0, said.err
    assert intact(outside)
    assert site.read(PATH).decode() == FLOW


def test_a_folder_that_became_a_link_is_not_written_into(site: Repo, outside: Path) -> None:
    (outside / "mine").rename(outside / "wiki.yaml")
    site.write({PATH: FLOW.replace("paused: false", "paused: true")})
    (site.path / "flows").rename(site.path / "elsewhere")
    (site.path / "flows").symlink_to(outside)
    said = seedgit(site, "capture", PATH)
    assert said.status == 3
    for work in (write_file, lambda r, p, _: remove_file(r, p)):
        with pytest.raises(Refused, match="flows: a symbolic link is on the way"):
            work(site.open(), site.path / PATH, b"theirs")
    assert (outside / "wiki.yaml").read_text() == SECRET


def test_report_and_pages_do_not_follow_links(repo: Repo, outside: Path) -> None:
    upstream = package(repo)
    (repo.path / "seedgit-case-1").symlink_to(outside)
    (repo.path / "page.html").symlink_to(outside / "mine")
    (repo.path / "pages").symlink_to(outside)
    upstream.commit(message="links")
    site = site_of(upstream)
    upstream.commit({PATH: FLOW.replace("limit: 5", "limit: 6")}, "v2")
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "site")
    site("fetch", "--quiet")
    site("merge", "--quiet", "origin/main", env={"SEEDGIT_TRACE": "1"})
    rows = [row for row in _rows(site) if row["entry"] == "merge-driver"]
    id = str(rows[0]["id"])
    (site.path / f"seedgit-case-{id}").unlink(missing_ok=True)
    (site.path / f"seedgit-case-{id}").symlink_to(outside)
    for words in (
        ("report", id),
        ("report", id, "--output", "pages/deep/er"),
        ("plan", "origin/main", "--html", "page.html"),
        ("plan", "origin/main", "--html", "pages/page.html"),
        ("divergences", "--html", "pages/../pages/page.html"),
        ("fleet", "plan", "origin/main", "--html", "page.html"),
    ):
        said = seedgit(site, *words)
        assert said.status == 5, (words, said)
        assert "a symbolic link" in said.err and "ls -ld /" in said.err
    assert intact(outside)
    # Elsewhere the names are the user's own.
    (outside.parent / "short").symlink_to(outside)
    page = outside.parent / "short" / "page.html"
    assert seedgit(site, "plan", "origin/main", "--html", str(page)).status == 0
    assert (outside / "page.html").exists()


def test_by_another_name_the_tree_is_the_same(repo: Repo, outside: Path, tmp_path: Path) -> None:
    upstream = package(repo)
    (repo.path / "pages").symlink_to(outside)
    upstream.commit(message="links")
    site = site_of(upstream)
    (tmp_path / "alias").symlink_to(site.path)
    for words in (
        ("-C", str(tmp_path / "alias"), "plan", "origin/main", "--html", "pages/page.html"),
        ("plan", "origin/main", "--html", str(tmp_path / "alias" / "pages" / "page.html")),
    ):
        said = seedgit(site, *words)
        assert said.status == 5, said
    assert intact(outside)


def _rows(repo: Repo) -> list[dict[str, object]]:
    from seedgit.journal import Journal

    return Journal(repo.path / ".git").rows()


# -- the rules file --------------------------------------------------------------------------------

COMMANDS = [
    ("status",),
    ("render", PATH),
    ("set", PATH, "/limit", "9"),
    ("plan", "origin/main"),
    ("pending",),
    ("init",),
    ("hook", "pre-commit"),
    ("hook", "post-merge"),
    ("verify", "HEAD^!"),
]


def odd_rules(site: Repo, kind: str, outside: Path) -> None:
    rules = site.path / ".seedgit.yaml"
    rules.unlink()
    if kind == "pipe":
        os.mkfifo(rules)
    elif kind == "folder":
        rules.mkdir()
    elif kind == "large":
        rules.write_text("version: 1\nseeds: []\n" + "#" * 1_000_000)
    else:
        rules.symlink_to(outside / "mine" if kind == "link" else kind)


@pytest.mark.parametrize(
    "kind",
    ["link", "/dev/zero", "/dev/random", "/dev/stdin", "/nowhere", "pipe", "folder", "large"],
)
def test_a_rules_file_that_is_none(site: Repo, upstream: Repo, outside: Path, kind: str) -> None:
    override(site, "/paused", "true")
    upstream.commit({PATH: FLOW.replace("model: small", "model: large")}, "v2")
    site("fetch", "--quiet")
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "site")
    odd_rules(site, kind, outside)
    for words in COMMANDS:
        said = seedgit(site, *words)
        assert said.status in (0, 1, 3), (words, said)
        if said.status != 0 or words[0] in ("status", "render", "set", "plan", "init"):
            assert ".seedgit.yaml" in said.err + said.out, (words, said)
    finding = seedgit(site, "doctor")
    assert "rules-invalid" in finding.out, finding
    if kind == "pipe":
        assert "unsupported file type" in site("merge", "origin/main", ok=False)  # git's own word
        return
    # The driver and the pass by lines alone come to the same: git's own merge, and why.
    said = site("merge", "origin/main", ok=False)
    assert "<<<<<<<" in site.read(PATH).decode()
    site("merge", "--abort")
    done = subprocess.run(
        ["git", "merge", "origin/main"], cwd=site.path, capture_output=True, text=True, check=False
    )
    assert "git's own merge is used" in done.stderr and ".seedgit.yaml" in done.stderr
    assert "CONFLICT" in said
    assert intact(outside)


def test_a_rules_file_that_is_a_link_where_changes_are_far_apart(
    site: Repo, upstream: Repo, outside: Path
) -> None:
    upstream.commit({PATH: FLOW.replace("- id: rank\n    mode: live", "- id: rank\n    mode: x")})
    site("fetch", "--quiet")
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "site")
    odd_rules(site, "/dev/zero", outside)
    done = subprocess.run(
        ["git", "merge", "origin/main"], cwd=site.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "git's own merge is used" in done.stderr
    assert _rows(site)[0]["reason"] == "git: failed"


def test_a_tree_whose_rules_are_a_link_says_so(repo: Repo, outside: Path) -> None:
    site = site_of(package(repo))
    (repo.path / ".seedgit.yaml").unlink()
    (repo.path / ".seedgit.yaml").symlink_to(outside / "mine")
    repo.commit({PATH: FLOW.replace("limit: 5", "limit: 6")}, "v2")
    site("fetch", "--quiet")
    said = seedgit(site, "plan", "origin/main")
    assert "for you to decide" in said.out
    assert ".seedgit.yaml" in said.out and "it is not read" in said.out


# -- the journal -----------------------------------------------------------------------------------

UNTRUSTED = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}  # git's own way to try safe.directory


def state(place: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("words", [("status",), ("set", PATH, "/limit", "9"), ("journal",)])
def test_a_repository_that_git_does_not_trust_stays_as_it_is(
    site: Repo, outside: Path, words: tuple[str, ...]
) -> None:
    shutil.rmtree(site.path / ".git" / "seedgit")
    before = state(site.path)
    said = seedgit(site, *words, env=UNTRUSTED)
    assert said.status == 4 and "dubious ownership" in said.err
    assert state(site.path) == before
    (site.path / ".git" / "seedgit").mkdir()
    (site.path / ".git" / "seedgit" / "journal.sqlite").symlink_to(outside / "mine")
    assert seedgit(site, *words, env=UNTRUSTED).status == 4
    assert intact(outside)


def test_the_journal_follows_no_link(site: Repo, upstream: Repo, outside: Path) -> None:
    foreign = outside.parent / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE mine (a)")
    before = foreign.read_bytes()
    place = site.path / ".git" / "seedgit" / "journal.sqlite"
    for target in (foreign, outside / "new"):
        place.unlink(missing_ok=True)
        place.symlink_to(target)
        said = seedgit(site, "set", PATH, "/limit", str(len(target.name)))
        assert said.status == 0
        assert "journal: " in said.err and "a symbolic link" in said.err
        upstream.commit({PATH: FLOW.replace("model: small", f"model: {target.name}")}, "theirs")
        site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "ours")
        site("fetch", "--quiet")
        site("merge", "--quiet", "-X", "theirs", "origin/main")
        site("reset", "--quiet", "--hard", "HEAD^")
        assert seedgit(site, "journal").status == 3
        assert "journal-unusable" in seedgit(site, "doctor").out
    assert foreign.read_bytes() == before and intact(outside)


@pytest.mark.parametrize("beside", ["-wal", "-shm"])
def test_nor_do_the_files_beside_it(site: Repo, outside: Path, beside: str) -> None:
    place = site.path / ".git" / "seedgit" / "journal.sqlite"
    place.with_name(place.name + beside).unlink(missing_ok=True)
    place.with_name(place.name + beside).symlink_to(outside / "mine")
    said = seedgit(site, "set", PATH, "/limit", "9")
    assert said.status == 0 and "a symbolic link" in said.err
    assert intact(outside)


def test_the_journal_is_its_owners(site: Repo) -> None:
    place = site.path / ".git" / "seedgit" / "journal.sqlite"
    place.chmod(0o644)  # as it was made before
    kept = [sqlite3.connect(place)]  # so that its log stays
    kept[0].execute("SELECT count(*) FROM runs").fetchall()
    seedgit(site, "set", PATH, "/limit", "9")
    for name in ("", "-wal", "-shm"):
        assert os.stat(f"{place}{name}").st_mode & 0o777 == 0o600, name
    kept[0].close()


def test_in_a_repository_of_a_group_it_is_the_groups(make_repo: Callable[..., Repo]) -> None:
    repo = make_repo("shared", "--shared=group")
    repo.commit({"a": "1"})
    seedgit(repo, "init")
    place = repo.path / ".git" / "seedgit" / "journal.sqlite"
    assert place.stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize("step", ["lstat", "chmod"])
def test_a_file_beside_the_journal_may_go_at_any_time(
    site: Repo, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Another process closes the journal, and with it goes its log."""
    log = site.path / ".git" / "seedgit" / "journal.sqlite-wal"
    log.write_bytes(b"")
    log.chmod(0o644)
    real = getattr(os, step)

    def gone(name: str, *rest: int) -> object:
        log.unlink(missing_ok=True)
        return real(name, *rest)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, step, gone)
        make_private(str(log), make=False)
    assert not log.exists()
