"""What the tests start as Python: a program that has a server start it; see start_server.py.

`sys.executable` is `starter.c`, compiled once for all workers, in a virtual environment of its own
that has the libraries of the real one. seedgit installs it as any interpreter. It serves hooks, the
driver, the filter and commands. For all else it becomes the real interpreter, as it does in a test
with the marker `real_start`, with REAL_START=1, and where there is no C compiler or no Linux.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.starting import HERE, PLACE, real_interpreter

KINDS = {"driver": ["-I", "-S"], "command": ["-I"]}


@pytest.fixture(scope="session")
def start_servers(sealed_environment: None) -> Iterator[Path | None]:
    """The folder with the sockets of the servers; None where there are none."""
    if real_interpreter() == sys.executable:
        yield None
        return
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seedgit-start-")))
        for kind in KINDS:
            stack.enter_context(server(place, kind))
        yield place


@contextmanager
def server(place: Path, kind: str, *programs: str) -> Iterator[None]:
    """A server of a kind, or of these programs alone, at a place."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / kind))
        listener.listen(100)
        process = subprocess.Popen(
            [sys.executable, *KINDS[kind], str(HERE / "start_server.py"), kind, *programs],
            executable=os.path.realpath(real_interpreter()),
            stdin=listener,
            stdout=subprocess.PIPE,
        )
    yield
    assert process.stdout is not None
    process.stdout.close()  # this is how it learns of the end
    assert process.wait() == 0


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "real_start: it starts Python itself, as a user does")


@pytest.fixture(autouse=True)
def started(request: pytest.FixtureRequest, start_servers: Path | None) -> None:
    if start_servers is None or request.node.get_closest_marker("real_start"):
        os.environ.pop(PLACE, None)
    else:
        os.environ[PLACE] = str(start_servers)
