"""Objects damaged in every way that a power cut, a bad disk or a person's hand damages them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.conftest import Repo


def place(repo: Repo, id: str) -> Path:
    """The file of a loose object."""
    return repo.path / repo("rev-parse", "--git-path", f"objects/{id[:2]}/{id[2:]}")


def loosen(repo: Repo) -> None:
    """Every object in a file of its own."""
    for pack in sorted((repo.path / ".git" / "objects" / "pack").glob("*.pack")):
        data = pack.read_bytes()
        for file in pack.parent.glob(f"{pack.stem}.*"):
            file.unlink()
        repo("unpack-objects", "-q", stdin=data)


def _again(make: Callable[[bytes, bytes], bytes]) -> Callable[[bytes], bytes]:
    def damage(file: bytes) -> bytes:
        head, _, body = zlib.decompress(file).partition(b"\0")
        return zlib.compress(make(head.split(b" ")[0], body))

    return damage


OTHER: Final = {b"blob": b"tree", b"tree": b"blob", b"commit": b"blob"}

WAYS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "empty": lambda file: b"",
    "one byte": lambda file: file[:1],
    "header only": lambda file: file[:12],
    "last bytes missing": lambda file: file[:-3],
    "zeros": lambda file: b"\0" * len(file),
    "text": lambda file: b"this was an object once\n",
    "a bit": lambda file: file[:-5] + bytes([file[-5] ^ 1]) + file[-4:],
    "size too large": _again(lambda kind, body: b"%s %d\0%s" % (kind, len(body) + 9, body)),
    "size too small": _again(lambda kind, body: b"%s 1\0%s" % (kind, body)),
    "size of gigabytes": _again(lambda kind, body: b"%s 99999999999\0%s" % (kind, body)),
    "another kind": _again(lambda kind, body: b"%s %d\0%s" % (OTHER[kind], len(body), body)),
    "no kind": _again(lambda kind, body: b"frob %d\0%s" % (len(body), body)),
    "no header": _again(lambda kind, body: body),
    "other content": _again(lambda kind, body: b"%s %d\0%s" % (kind, len(body), body[::-1])),
}


def damage(repo: Repo, id: str, way: str) -> None:
    """Damage a loose object; `gone` takes it away."""
    file = place(repo, id)
    file.chmod(0o644)
    if way == "gone":
        file.unlink()
    else:
        file.write_bytes(WAYS[way](file.read_bytes()))
