"""Git's digest, without what is not needed for it."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from seedgit.digest import sha1


def test_it_is_sha1() -> None:
    for data in (b"", b"seed", b"\0" * 100_000):
        assert sha1(data) == hashlib.sha1(data).digest()


def test_it_loads_no_openssl() -> None:
    program = "import sys, seedgit.digest as d; d.sha1(b''); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert "seedgit.digest" in done.stdout.split()
    if "_sha1" in done.stdout.split():
        assert not {"hashlib", "_hashlib", "ssl"} & set(done.stdout.split())
