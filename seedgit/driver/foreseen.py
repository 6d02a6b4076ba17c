"""Which files git will call the driver for in this merge or rebase, and what is in them."""

from __future__ import annotations

import os

from seedgit import merge_folder
from seedgit.driver.git import input_file
from seedgit.limits import marker_size
from seedgit.spawn import output_bytes, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO

    # What a step of history does to a file: (former id, new id), "" for no file. None: to what is
    # no regular file.
    Change = tuple[str, str] | None

MOST = 1 << 18  # bytes of one version: beside a larger file, a start of Python is little
FILES_MOST = 20_000
STEPS_MOST = 50  # of a rebase; the call that comes behind them foresees the next ones

_CHANGES = ("diff", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
_STEPS = ("diff-tree", "--stdin", "-r", "-z", "--raw", "--no-abbrev", "--no-renames")
_REGULAR = (b"100644", b"100755")
_ABSENT = b"000000"
_ATTRIBUTES = ("check-attr", "-z", "--stdin", "merge", "conflict-marker-size")
_MARKERS = {"unspecified": 7, "set": 7, "unset": 7}
# The id of an empty text, by the length of ids: git gives one to the driver for a missing base.
_EMPTY = {
    40: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    64: "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
}
_PICKS = ("pick", "reword", "edit", "squash", "fixup", "p", "r", "e", "s", "f")


class Chain:
    """A file that both sides changed, in the steps that follow.

    ours   the blob of the side that all steps are merged into, "" for none
    size   its marker size
    steps  the name of each step (merge_folder.step), and the blobs of base and theirs
    """

    __slots__ = ("ours", "path", "size", "steps")

    def __init__(self, path: str, ours: str, steps: list[tuple[str, str, str]]) -> None:
        self.path = path
        self.ours = ours
        self.size = 0
        self.steps = steps

    @property
    def ids(self) -> set[str]:
        return {id for _, base, theirs in self.steps for id in (base, theirs, self.ours)} - {""}

    def is_merged(self) -> bool:
        """Whether some step is a true merge."""
        ours = self.ours
        for _, base, theirs in self.steps:
            if ours not in (base, theirs):
                return True
            ours = theirs
        return False


class Foreseen:
    """One merge of a chain: its blobs, and what is in them. A missing base is an empty text."""

    __slots__ = ("base", "data", "ours", "path", "size", "step", "theirs")

    def __init__(self, chain: Chain, step: str, ids: Sequence[str], data: list[bytes]) -> None:
        self.path = chain.path
        self.size = chain.size
        self.step = step
        self.base, self.ours, self.theirs = ids
        self.base = self.base or _EMPTY[len(self.ours)]
        self.data = data

    def id_of(self, data: bytes) -> str:
        return id_like(self.ours, data)


def id_like(id: str, data: bytes) -> str:
    """The id that a text has as a blob, in a repository with ids like this one."""
    from seedgit.digest import blob_id

    return blob_id(data, len(id) // 2)


def foreseen(git_dir: str, theirs: str, path: str, place: str) -> list[Chain]:
    """The files that git will call this driver for, without what it is called for now.

    theirs  the commit that is merged into HEAD, as git merge and git pull name it; "" for a rebase,
            which writes down what it picks
    path    the file of this call
    place   a folder for a temporary file

    It is no harm if one is missing, or git never asks for one: a result has its versions' ids. So
    it is no harm either that git takes one of several merge bases.
    """
    chains = _of_merge(theirs, path) if theirs else _of_rebase(git_dir, place)
    if not chains or len(chains) > FILES_MOST:
        return []
    names = [path, *(chain.path for chain in chains)]
    found = _attributes(names, place)
    driver = found.get(path, ("", None))[0]
    kept = []
    for chain in chains:
        merge, size = found.get(chain.path, ("", None))
        if merge == driver and size is not None:
            chain.size = size
            kept.append(chain)
    return kept if any(chain.path != path or len(chain.steps) > 1 for chain in kept) else []


def _of_merge(theirs: str, path: str) -> list[Chain]:
    others = _changed(output_bytes(start_git(*_CHANGES, f"HEAD...{theirs}", "--")))
    if not others.keys() - {path}:
        return []
    chains = []
    ours = _changed(output_bytes(start_git(*_CHANGES, f"{theirs}...HEAD", "--")))
    for name, change in ours.items():
        other = others.get(name)
        if name != path and is_plain(name) and change and other and change[0] == other[0]:
            chain = Chain(name, change[1], [("", *other)])
            if chain.is_merged() and change[1] and other[1]:
                chains.append(chain)
    return chains


def _of_rebase(git_dir: str, place: str) -> list[Chain]:
    steps = picks(git_dir)
    if not steps:
        return []
    with input_file(place, "".join(f"{commit}\n" for commit in steps.values()).encode()) as stdin:
        listed = output_bytes(start_git(*_STEPS, stdin=stdin.fileno()))
    names = {commit: name for name, commit in steps.items()}
    chains: dict[str, Chain] = {}
    ended: set[str] = set()
    for commit, path, change in _each_step(listed):
        if commit not in names or path in ended or not is_plain(path):
            continue
        if change is None:
            ended.add(path)
        else:
            chain = chains.setdefault(path, Chain(path, "", []))
            chain.steps.append((names[commit], *change))
    for chain, ours in zip(chains.values(), _at_head(list(chains), place), strict=True):
        chain.ours = ours
    return [chain for chain in chains.values() if chain.is_merged()]


def picks(git_dir: str) -> dict[str, str]:
    """The steps of a rebase from this one on: the name of each, and the commit it picks."""
    try:
        number = int(merge_folder.step(git_dir))
        with open(os.path.join(git_dir, merge_folder.DONE), encoding="utf-8") as file:
            lines = file.read().splitlines()[-1:]
        with open(os.path.join(git_dir, merge_folder.TODO), encoding="utf-8") as file:
            lines += file.read().splitlines()
    except (OSError, ValueError):
        return {}
    found: dict[str, str] = {}
    for line in lines:
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in _PICKS or not words[1].isalnum() or len(found) == STEPS_MOST:
            break
        found[str(number + len(found))] = words[1]
    return found


def _changed(listed: bytes) -> dict[str, Change]:
    """The files in a raw diff."""
    fields = iter(listed.split(b"\0"))
    return {os.fsdecode(name): _change(about) for about, name in zip(fields, fields, strict=False)}


def _each_step(listed: bytes) -> Iterable[tuple[str, str, Change]]:
    """(commit, path, change) of what git-diff-tree(1) prints for commits."""
    commit = ""
    fields = iter(listed.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):
            yield commit, os.fsdecode(next(fields)), _change(field)
        else:
            commit = field.decode()


def _change(about: bytes) -> Change:
    before, after, old, new, _ = about.removeprefix(b":").split(b" ")
    if not {before, after} <= {*_REGULAR, _ABSENT}:
        return None
    return "" if before == _ABSENT else old.decode(), "" if after == _ABSENT else new.decode()


def _at_head(paths: Sequence[str], place: str) -> list[str]:
    """The blob that HEAD has at each path, "" for none."""
    given = b"".join(b"HEAD:%b\n" % os.fsencode(path) for path in paths)
    with input_file(place, given) as stdin:
        asked = start_git("cat-file", "--batch-check", stdin=stdin.fileno())
    lines = [line.split() for line in output_bytes(asked).splitlines()]
    found = [words[0].decode() if words[1:2] == [b"blob"] else "" for words in lines]
    return found if len(found) == len(paths) else [""] * len(paths)


def is_plain(name: str) -> bool:
    """Whether a path names a place below a folder, and can be one line of a file."""
    return "\n" not in name and not {"", ".", ".."} & set(name.split("/"))


def _attributes(names: Sequence[str], place: str) -> dict[str, tuple[str, int | None]]:
    """path -> (the merge driver of its attributes, its marker size: None where it is no number)."""
    given = b"".join(os.fsencode(name) + b"\0" for name in names)
    with input_file(place, given) as stdin:
        asked = start_git(*_ATTRIBUTES, stdin=stdin.fileno())
    fields = [os.fsdecode(field) for field in output_bytes(asked).split(b"\0")]
    found: dict[str, tuple[str, int | None]] = {}
    for at in range(0, len(fields) - 5, 6):
        name, _, driver, _, _, size = fields[at : at + 6]
        found[name] = (driver, _MARKERS.get(size, _size(size)))
    return found


def _size(text: str) -> int | None:
    return marker_size(text) if text.isascii() and text.isdigit() and int(text[:9]) else None


def contents(ids: Iterable[str], place: str) -> dict[str, bytes]:
    """What is in blobs; without those that are missing or large.

    place  a folder for a temporary file
    """
    names = list(ids)
    with input_file(place, "".join(f"{id}\n" for id in names).encode()) as stdin:
        process, read = start_git("cat-file", "--batch", "--buffer", stdin=stdin.fileno())
    with open(read, "rb") as pipe:
        found = [(id, _blob(pipe)) for id in names]
    if process:
        os.waitpid(process, 0)
    return {id: data for id, data in found if data is not None}


def _blob(pipe: BinaryIO) -> bytes | None:
    """The next blob that `git cat-file --batch` prints; None where it is missing or large."""
    words = pipe.readline().split()
    if len(words) != 3:
        return None
    left = int(words[2]) + 1
    if left - 1 > MOST:
        while left > 0:
            left -= len(pipe.read(min(left, MOST))) or left
        return None
    return pipe.read(left)[:-1]
