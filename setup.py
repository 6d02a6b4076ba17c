"""What makes a source distribution the same each time; all else is in pyproject.toml.

setuptools packs the times, modes and owners of the files as they are on the machine at hand, in the
order in which they were found. With SOURCE_DATE_EPOCH set (reproducible-builds.org) the archive
depends on names and contents alone, as a wheel does already.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.sdist import sdist


class Sdist(sdist):
    """`sdist`, packed again."""

    def make_archive(self, *words: Any, **options: Any) -> str:
        made: str = super().make_archive(*words, **options)
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if epoch and made.endswith(".tar.gz"):
            pack_again(Path(made), int(epoch))
        return made


def pack_again(archive: Path, time: int) -> None:
    """Replaces an archive by one whose members all have one time, in seconds, and no owner."""
    packed = io.BytesIO()
    with (
        tarfile.open(archive) as old,
        gzip.GzipFile("", "wb", fileobj=packed, mtime=time) as out,
        tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda one: one.name):
            member.mtime, member.uid, member.gid, member.uname, member.gname = time, 0, 0, "", ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            member.pax_headers = {}
            new.addfile(member, old.extractfile(member) if member.isfile() else None)
    archive.write_bytes(packed.getvalue())


setup(cmdclass={"sdist": Sdist})
