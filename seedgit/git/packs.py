"""What a write has made, in a pack that no `git gc` removes before a ref keeps it.

An object is unreachable until the ref moves, and `git gc --prune=now` removes what was unreachable
when it looked, even if it removes it later. So it is no use to check for the object once the ref
has moved: a gc may still run. git's own answer, which `git fetch` uses too, is a pack with a
`.keep` beside it (git-index-pack(1)). A gc that listed the packs before does not know this one. A
gc that lists them while `.keep` is there leaves it alone. A gc that lists them later sees the ref.

Each write leaves a small pack, and many packs slow git down, so several of one size become one.
"""

from __future__ import annotations

import os
import zlib
from contextlib import contextmanager, suppress

from seedgit.errors import InputError, Refused, RepositoryError
from seedgit.files.safe import open_folder, read_regular, replace_regular
from seedgit.git.names import is_id, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Final

    from seedgit.git.object_text import ObjectFormat
    from seedgit.git.objects import Content
    from seedgit.git.repository import Repository

MARK: Final = "seedgit: kept until its ref has moved"  # what our .keep files say
LIST: Final = "packs"  # our packs, in the folder `seedgit` of the common directory: <weight> <hash>
MANY: Final = 16  # packs of one weight; with over 50 packs, git's own commands start a gc
ABANDONED: Final = 3600.0  # seconds; a ref moves in milliseconds
_FLUSHED: Final = ("-c", "core.fsync=pack,pack-metadata")
_FILES: Final = (".rev", ".idx", ".pack")  # the files of a pack, in the order of their removal


@contextmanager
def kept(repository: Repository, made: Mapping[str, Content]) -> Iterator[str]:
    """Put objects into this clone, kept from any gc until the block ends; gives the pack.

    By then a ref has to name them, or some gc will remove them. Raises GitFailed.
    """
    if not made:
        yield ""
        return
    pack = _land(repository, made)
    try:
        yield pack
    finally:
        _unlink(repository, pack, ".keep")


def _land(repository: Repository, made: Mapping[str, Content]) -> str:
    """Make a pack of objects, with its `.keep`, flushed to the disk; returns its hash."""
    for id, (kind, data) in made.items():
        repository.objects.replace_damaged(id, kind, data)
    words = (*_FLUSHED, "index-pack", "--stdin", f"--keep={MARK}")
    pack = to_text(repository.git(*words, stdin=_pack(made, repository.object_format))).split()[1]
    folder = os.open(_folder(repository), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # git flushes the files, but not their names
    finally:
        os.close(folder)
    return pack


def _pack(made: Mapping[str, Content], format: ObjectFormat) -> bytes:
    """A pack as in gitformat-pack(5), version 2, of whole objects: none is a delta."""
    parts = [b"PACK" + (2).to_bytes(4, "big") + len(made).to_bytes(4, "big")]
    for kind, data in made.values():
        rest, bits = len(data) >> 4, kind << 4 | len(data) & 15
        head = bytearray()
        while rest:
            head.append(bits | 0x80)
            rest, bits = rest >> 7, rest & 0x7F
        parts += [bytes([*head, bits]), zlib.compress(data)]
    whole = b"".join(parts)
    return whole + format.digest(whole)


# -- afterwards, by whoever has the turn -----------------------------------------------------------


def tidy(repository: Repository, pack: str) -> None:
    """Put a pack on the list, and make one of many. If that fails, each is right as it is.

    If a clone has a multi-pack-index, git looks after its packs, and needs each of them.
    """
    if not pack or os.path.exists(os.path.join(_folder(repository), "multi-pack-index")):
        return
    with suppress(OSError, InputError, Refused, RepositoryError):
        _release_left(repository)
        known = {name: weight for name, weight in _listed(repository) if _there(repository, name)}
        known[pack] = 1
        weight = 1
        while len(few := [name for name in known if known[name] == weight]) >= MANY:
            whole = _combined(repository, few)
            known = {name: known[name] for name in known if name not in few}
            weight *= MANY
            known[whole] = weight
        _write_list(repository, known)


def _release_left(repository: Repository) -> None:
    """Release what killed writers have left: the next gc may remove what no ref names."""
    folder = _folder(repository)
    for name in os.listdir(folder):
        if not (name.startswith("pack-") and name.endswith(".keep")):
            continue
        from seedgit.git.locks import age_of  # late: few are left

        keep = os.path.join(folder, name)
        old = (age_of(keep) or 0) > ABANDONED
        if old and read_regular(keep, limit=4096).startswith(MARK.encode()):
            with suppress(FileNotFoundError):
                os.unlink(keep)


def _combined(repository: Repository, packs: list[str]) -> str:
    """One pack with the objects of several, which are then removed; all are reachable by now."""
    stdin = "".join(f"pack-{pack}.pack\n" for pack in packs).encode()
    words = (*_FLUSHED, "pack-objects", "--quiet", "--stdin-packs")
    made = repository.git(*words, os.path.join(_folder(repository), "pack"), stdin=stdin)
    whole = to_text(made).strip()
    if not _there(repository, whole):
        raise RepositoryError("git made no pack", where=_folder(repository))
    for pack in packs:
        if pack != whole:
            _remove(repository, pack)
    return whole


def _listed(repository: Repository) -> list[tuple[str, int]]:
    try:
        lines = read_regular(repository.shared("seedgit", LIST)).splitlines()
    except FileNotFoundError:
        return []
    words = [to_text(line).split(" ") for line in lines]
    return [(w[1], int(w[0])) for w in words if len(w) == 2 and w[0].isdecimal() and is_id(w[1])]


def _write_list(repository: Repository, known: Mapping[str, int]) -> None:
    text = "".join(f"{weight} {pack}\n" for pack, weight in known.items())
    folder = open_folder(repository.at.common_dir, ["seedgit"], make=True)
    try:
        replace_regular(LIST, text.encode(), folder=folder)
    finally:
        os.close(folder)


def _there(repository: Repository, pack: str) -> bool:
    return all(os.path.exists(_place(repository, pack, end)) for end in (".pack", ".idx"))


def _remove(repository: Repository, pack: str) -> None:
    """As git does: a process that has the pack open goes on with it, others look for another."""
    for end in (*_FILES, ".keep"):
        _unlink(repository, pack, end)


def _unlink(repository: Repository, pack: str, end: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(_place(repository, pack, end))


def _folder(repository: Repository) -> str:
    return os.path.join(repository.at.object_dir, "pack")


def _place(repository: Repository, pack: str, end: str) -> str:
    return os.path.join(_folder(repository), f"pack-{pack}{end}")
