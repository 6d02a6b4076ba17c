"""Repositories that are built once a session, and written again where they are needed again.

Names, dates and settings are given here, so what is built of the same things is the same. These
things are the key to it, and the environment; the place is another one in each copy.
"""

from __future__ import annotations

import functools
import inspect
import os
import struct
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import index_file

# Variables that name a place of the test alone, or the test.
PLACES = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CEILING_DIRECTORIES")
PLACES += ("PYTEST_CURRENT_TEST",)


class Kept(NamedTuple):
    """What is at a path below a directory: a file, a link (`data` is its target), a directory."""

    kind: str
    data: bytes = b""
    mode: int = 0
    time: int = 0  # git compares it with what the index has


World = dict[str, Kept]

# The place it was built at, and what is there.
_kept: dict[Hashable, tuple[bytes, World]] = {}
# As `_kept`; what was there before, where it was built; and what the fixture made of it.
_prepared: dict[Hashable, tuple[bytes, World, World, Any]] = {}


def built(target: Path, key: Hashable, build: Callable[[], object]) -> None:
    """Puts at `target` what `build` makes there, as a copy where it was made before.

    `key` holds all that `build` depends on, but for the environment and where `target` is.
    """
    key = (key, environment())
    if key not in _kept:
        build()
        _kept[key] = os.fsencode(target.parent), _world(target)
        return
    place, world = _kept[key]
    target.mkdir(exist_ok=True)
    _write(target, world, place, os.fsencode(target.parent))


def prepared(fixture: Callable[..., Any]) -> Any:
    """What a fixture does to the repositories in tmp_path: once a session, then it is copied.

    It returns a repository, or several. All that it depends on is in its arguments, its parameter
    and the repositories in tmp_path.
    """
    own = inspect.signature(fixture)

    @functools.wraps(fixture)
    def once(request: pytest.FixtureRequest, tmp_path: Path, **values: Any) -> Any:
        given = {**values, "request": request, "tmp_path": tmp_path}
        arguments = {name: given[name] for name in own.parameters}
        values["param"] = getattr(request, "param", None)
        key = (fixture.__module__, fixture.__qualname__, _key(tmp_path, values), environment())
        if key not in _prepared:
            before = _world(tmp_path)
            result = fixture(**arguments)
            after = _world(tmp_path)
            changed = {name: kept for name, kept in after.items() if before.get(name) != kept}
            gone = {name: kept for name, kept in before.items() if name not in after}
            _prepared[key] = os.fsencode(tmp_path), changed, gone, result
            return result
        place, changed, gone, result = _prepared[key]
        for name in sorted(gone, reverse=True):
            path = tmp_path / os.fsdecode(name)
            path.rmdir() if gone[name].kind == "d" else path.unlink()
        _write(tmp_path, changed, place, os.fsencode(tmp_path))
        return _moved(result, Path(os.fsdecode(place)), tmp_path)

    names = dict.fromkeys([*own.parameters, "request", "tmp_path"])
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    once.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind) for name in names]
    )
    return once


def _moved(result: Any, old: Path, new: Path) -> Any:
    if isinstance(result, tuple):
        return tuple(_moved(each, old, new) for each in result)
    return type(result)(new / result.path.relative_to(old))


def _key(tmp_path: Path, values: dict[str, Any]) -> Hashable:
    repositories = [path for path in sorted(tmp_path.iterdir()) if path.name != "home"]
    said = [
        (name, str(value.path.relative_to(tmp_path)) if hasattr(value, "path") else value)
        for name, value in values.items()
        if not callable(value) or hasattr(value, "path")
    ]
    return tuple(said), tuple((path.name, state(path)) for path in repositories if path.is_dir())


def state(repository: Path) -> Hashable:
    """What a clone depends on: refs and settings. The refs say which objects there are."""
    git = str(_git(repository))
    place, names = os.fsencode(repository.parent), []
    for name in ("HEAD", "config", "packed-refs", "shallow"):
        names.append(f"{git}/{name}")
    for top, directories, files in os.walk(f"{git}/refs"):
        directories.sort()
        names += [f"{top}/{name}" for name in sorted(files)]
    found = []
    for name in names:
        try:
            with open(name, "rb") as file:
                found.append((name[len(git) :], file.read().replace(place, b"")))
        except FileNotFoundError:
            pass
    return tuple(found)


def environment() -> Hashable:
    """The environment and git's settings of a test, but for its own places."""
    config = Path(os.environ.get("GIT_CONFIG_GLOBAL", os.devnull))
    variables = {name: value for name, value in os.environ.items() if name not in PLACES}
    return frozenset(variables.items()), config.read_bytes() if config.exists() else b""


def _git(repository: Path) -> Path:
    inside = repository / ".git"
    return inside if inside.is_dir() else repository


def _world(top: Path) -> World:
    """Everything below a directory, directories before what is in them."""
    world: World = {}
    places = [""]
    while places:
        place = places.pop()
        for entry in os.scandir(top / place):
            name, about = place + entry.name, entry.stat(follow_symlinks=False)
            if entry.is_symlink():
                world[name] = Kept("l", os.fsencode(os.readlink(entry.path)))
            elif entry.is_dir():
                world[name] = Kept("d", mode=about.st_mode & 0o7777)
                places.append(f"{name}/")
            else:
                data = Path(entry.path).read_bytes()
                world[name] = Kept("f", data, about.st_mode & 0o7777, about.st_mtime_ns)
    return world


def _write(top: Path, world: World, place: bytes, new: bytes) -> None:
    """Writes what was kept, where its absolute paths are below `new` and were below `place`."""
    indexes = []
    for name, (kind, data, mode, time) in world.items():
        path = f"{top}/{name}"
        if kind == "d":
            if not os.path.isdir(path):
                os.mkdir(path, mode)
            continue
        if os.path.lexists(path):
            os.unlink(path)
        if kind == "l":
            os.symlink(os.fsdecode(data.replace(place, new)), path)
            continue
        if place in data:
            data = data.replace(place, new)
        if data.startswith(b"DIRC") and name.endswith("index"):
            indexes.append((path, data, mode, time))
            continue
        _file(path, data, mode, time)
    for path, data, mode, time in indexes:
        tree = Path(path).parent.parent
        _file(path, _refreshed(data, tree), mode, time)


def _file(path: str, data: bytes, mode: int, time: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        os.write(file, data)
        if mode != 0o644:
            os.fchmod(file, mode)
        os.utime(file, ns=(time, time))
    finally:
        os.close(file)


def _refreshed(data: bytes, tree: Path) -> bytes:
    """An index with the inodes and change times of files that are the same."""
    index = index_file.read(data)
    if index is None:
        return data
    result = bytearray(data)
    for at, name, end, _ in index.entries():
        about = _lstat(tree / os.fsdecode(data[name:end]))
        mtime = struct.unpack(">LL", data[at + 8 : at + 16])
        if about and divmod(about.st_mtime_ns, 10**9) == mtime:
            result[at : at + 8] = struct.pack(">LL", *divmod(about.st_ctime_ns, 10**9))
            result[at + 20 : at + 24] = struct.pack(">L", about.st_ino & 0xFFFFFFFF)
    return index_file.sealed(bytes(result), index)


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
