"""What git has said of the same repository before: it is not started to say it again.

The tests give thousands of commands, and nearly each asks git where the clone is, how it is set up,
what is staged and which refs there are. That was four of ten processes that the tests start. An
answer is kept under all that git reads for it, and only where git reads nothing else. EXPLORE=1
always asks.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
import struct
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from seedgit.git import clone, places
from seedgit.git.process import LITERAL, run_git
from seedgit.spawn import not_bare
from tests import forked_git, index_file

ALWAYS_ASKS = "EXPLORE" in os.environ

CONFIG = ("config", "--list", "-z", "--show-scope", "--show-origin")
PLACES = ("rev-parse", "--path-format=absolute")
STAGED = ((LITERAL, "ls-files", "--stage"), (LITERAL, "ls-files", "--unmerged"))
REFS = (
    ("for-each-ref", "--format=%(objectname) %(refname)", "--"),
    ("rev-parse", "--verify", "--quiet", "--symbolic-full-name", "@{upstream}"),
)

# Variables of git that these questions do not depend on, or that are in the key.
KNOWN = {"GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_EDITOR", "GIT_TERMINAL_PROMPT"}
KNOWN |= {"GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"}
KNOWN |= {"GIT_OPTIONAL_LOCKS", "GIT_DEFAULT_HASH"}

STAT = 24  # bytes of an entry of the index before its mode: times, device, inode
LARGE = 20_000  # bytes of an index that is faster listed than looked through
IDS = b"[extensions]\n\tobjectformat = sha256\n"  # as git init writes it; the key has all of it
OWN_DATA = (b"link", b"sdir", b"FSMN")  # extensions by which an index is not in one file

_answers: dict[bytes, bytes] = {}
_programs = {name: getattr(subprocess, name) for name in ("run", "Popen")}
_start = os.posix_spawnp
_path = os.environ.get("PATH")


def _answered(
    arguments: Iterable[str],
    *,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    **how: Any,
) -> tuple[int, bytes]:
    """As `run_git`."""
    words = tuple(arguments)
    try:
        kept = None if stdin else _key(words, str(cwd), env or {})
    except OSError:
        kept = None
    if kept is None:
        return run_git(words, cwd=cwd, stdin=stdin, env=env, **how)
    key, place = kept
    if key not in _answers:
        status, out = run_git(words, cwd=cwd, env=env, **how)
        if status == 0:
            _answers[key] = out.replace(place, b"\1")
        return status, out
    return 0, _answers[key].replace(b"\1", place)


def _key(words: tuple[str, ...], cwd: str, env: Mapping[str, str]) -> tuple[bytes, bytes] | None:
    """All that the answer depends on, but for the place of the test; None: git has to be asked."""
    staged, refs = words[:3] in STAGED, words[:3] == REFS[0] or words == REFS[1]
    if not (staged or refs or words == CONFIG or words[:2] == PLACES) or not usual(env):
        return None
    own = os.environ["GIT_CONFIG_GLOBAL"]
    place = os.path.dirname(os.path.dirname(own))  # HOME is in it: see `sealed_world`
    git = f"{cwd}/.git"
    inside = [f"{git}/{word}" for word in words[2:] if words[:2] == PLACES]
    if not cwd.startswith(f"{place}/") or not all(is_plain(each, place) for each in (git, *inside)):
        return None  # the answer is where a link leads
    if not ones_own(git):
        return None
    names = [own, f"{git}/config", f"{git}/config.worktree", f"{git}/HEAD"]
    parts = [read(name) for name in names]
    if None in (parts[0], parts[1], parts[3]) or any(map(elsewhere, parts)):
        return None
    if staged:
        index = read(f"{git}/index") or b""
        if any(name in index for name in OWN_DATA):
            return None
        parts.append(_without_times(index))
    if refs:
        parts += _refs(git)
    parts += [os.fsencode(word) for word in (*words, cwd, os.environ["HOME"], *env.values())]
    whole, bytes_of_place = hashlib.sha1(), os.fsencode(place)
    for part in parts:
        data = b"-" if part is None else b"+" + part.replace(bytes_of_place, b"\1")
        whole.update(struct.pack(">L", len(data)) + data)
    return whole.digest(), bytes_of_place


def usual(env: Mapping[str, str]) -> bool:
    """Whether it is the git of this machine, in the sealed environment, and nobody counts."""
    return (
        (env == {} or env == not_bare())
        and os.environ.get("GIT_CONFIG_NOSYSTEM") == "1"
        and "HOME" in os.environ
        and "GIT_CONFIG_GLOBAL" in os.environ
        and not any(name.startswith("GIT_") and name not in KNOWN for name in os.environ)
        and os.environ.get("PATH") == _path
        and os.posix_spawnp in (_start, forked_git.spawn)
        and all(getattr(subprocess, name) is program for name, program in _programs.items())
    )


def is_plain(path: str, place: str) -> bool:
    """Whether os.path.realpath leaves a path below `place` as it is."""
    if not _is_real(place) or os.path.normpath(path) != path:
        return False
    while len(path) > len(place):
        if os.path.islink(path):
            return False
        path = os.path.dirname(path)
    return True


@functools.cache
def _is_real(place: str) -> bool:
    return os.path.realpath(place) == place  # the folder of a test, which stays where it is


def ones_own(git: str) -> bool:
    """Whether git takes it for a repository that it may trust: see its safe.directory."""
    owners = {os.lstat(each).st_uid for each in (git, os.path.dirname(git))}
    whole = os.path.isdir(f"{git}/objects") and os.path.isdir(f"{git}/refs")
    return owners == {os.geteuid()} and whole and not os.path.lexists(f"{git}/commondir")


def elsewhere(config: bytes | None) -> bool:
    """Whether a configuration names another one, or another form of the repository."""
    text = (config or b"").lower().replace(IDS, b"")
    return any(word in text for word in (b"include", b"extensions"))


def read(name: str) -> bytes | None:
    """None if there is nothing. Raises OSError for what is no plain file."""
    try:
        if not stat.S_ISREG(os.lstat(name).st_mode):
            raise OSError(name)
        with open(name, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _refs(git: str) -> Iterator[bytes | None]:
    yield read(f"{git}/packed-refs")
    for top, folders, names in os.walk(f"{git}/refs"):
        folders.sort()
        for name in sorted(names):
            yield os.fsencode(f"{top}/{name}")
            yield read(f"{top}/{name}")


def _without_times(data: bytes) -> bytes:
    """An index without what differs in a copy of the repository."""
    index = index_file.read(data) if len(data) <= LARGE else None
    if index is None:
        return data
    parts, end = [data[: index_file.HEADER]], index_file.HEADER
    for entry in index.entries():
        parts.append(data[entry.at + STAT : entry.end])
        end = entry.next
    return b"\0".join([*parts, data[end : -index.size]])


@pytest.fixture(scope="session", autouse=True)
def asked_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if not ALWAYS_ASKS:
            for module in (clone, places):
                patch.setattr(module, "run_git", _answered)
        yield
