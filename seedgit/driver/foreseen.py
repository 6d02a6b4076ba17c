"""Which files git will call the driver for in this merge, and what is in them."""

from __future__ import annotations

import os

from seedgit.driver.git import input_file, output_bytes, start_git
from seedgit.limits import marker_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

MOST = 1 << 18  # bytes of one version: beside a larger file, a start of Python is little
FILES_MOST = 20_000

_CHANGES = ("diff", "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")
_REGULAR = (b"100644", b"100755")
_ABSENT = b"000000"
_ATTRIBUTES = ("check-attr", "-z", "--stdin", "merge", "conflict-marker-size")
_MARKERS = {"unspecified": 7, "set": 7, "unset": 7}
# The id of an empty text, by the length of ids: git gives one to the driver for a missing base.
_EMPTY = {
    40: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    64: "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
}


class Foreseen:
    """A file that both sides changed: its path, the blobs of its versions, its marker size."""

    __slots__ = ("base", "ours", "path", "size", "theirs")

    def __init__(self, path: str, base: str, ours: str, theirs: str, size: int) -> None:
        self.path = path
        self.base = base
        self.ours = ours
        self.theirs = theirs
        self.size = size

    def id_of(self, data: bytes) -> str:
        """The id that a text has in this repository, as a blob."""
        from seedgit.shadow import blob_id

        if len(self.ours) == 40:
            return blob_id(data)
        from hashlib import sha256

        return sha256(b"blob %d\0" % len(data) + data).hexdigest()


def ranges_of(git_dir: str, theirs: str) -> tuple[str, str] | None:
    """What theirs changed, and what ours did, as git-diff(1) has it; None where git does not say.

    theirs  the commit that is merged into HEAD, as git merge and git pull name it, or "". A rebase
            writes down what it picks.
    """
    if theirs:
        return f"HEAD...{theirs}", f"{theirs}...HEAD"
    try:
        with open(os.path.join(git_dir, "rebase-merge", "done"), "rb") as file:
            words = file.read().splitlines()[-1].split()
    except (OSError, IndexError):
        return None
    picked = os.fsdecode(words[1]) if len(words) > 1 else ""
    return (f"{picked}^..{picked}", f"{picked}^..HEAD") if picked.isalnum() else None


def foreseen(ranges: tuple[str, str], path: str, place: str) -> list[Foreseen]:
    """The files that git will call this driver for, without that of this call, `path`.

    ranges  what theirs changed, and what ours did
    place   a folder for a temporary file

    It is no harm if one is missing, or git never asks for one: a result has its versions' ids. So
    it is no harm either that git takes one of several merge bases.
    """
    others = _changed(output_bytes(start_git(*_CHANGES, ranges[0], "--")))
    if not others.keys() - {path}:
        return []
    ours = _changed(output_bytes(start_git(*_CHANGES, ranges[1], "--")))
    both = {
        name: (base, id, others[name][1])
        for name, (base, id) in ours.items()
        if name in others and others[name][0] == base and others[name][1] != id
    }
    both = {name: ids for name, ids in both.items() if name != path and is_plain(name)}
    if not both or len(both) > FILES_MOST:
        return []
    found = _attributes([path, *both], place)
    driver = found.get(path, ("", None))[0]
    files = []
    for name, ids in both.items():
        merge, size = found.get(name, ("", None))
        if merge == driver and size is not None:
            files.append(Foreseen(name, *ids, size))
    return files


def _changed(listed: bytes) -> dict[str, tuple[str, str]]:
    """The regular files in a raw diff: path -> (former id, new id). Added ones were empty."""
    fields = iter(listed.split(b"\0"))
    found: dict[str, tuple[str, str]] = {}
    for about, name in zip(fields, fields, strict=False):
        before, after, old, new, _ = about.removeprefix(b":").split(b" ")
        if after in _REGULAR and (before in _REGULAR or before == _ABSENT):
            base = _EMPTY[len(old)] if before == _ABSENT else old.decode()
            found[os.fsdecode(name)] = (base, new.decode())
    return found


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


def contents(files: Sequence[Foreseen], place: str) -> Iterator[tuple[Foreseen, list[bytes]]]:
    """Each file with its three versions; without those that are missing or large.

    place  a folder for a temporary file
    """
    ids = "".join(f"{id}\n" for file in files for id in (file.base, file.ours, file.theirs))
    with input_file(place, ids.encode()) as stdin:
        process, read = start_git("cat-file", "--batch", "--buffer", stdin=stdin.fileno())
    with open(read, "rb") as pipe:
        for file in files:
            versions = [_blob(pipe) for _ in range(3)]
            data = [version for version in versions if version is not None]
            if len(data) == 3:
                yield file, data
    if process:
        os.waitpid(process, 0)


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
