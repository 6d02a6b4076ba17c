"""What a source has: from a file, from standard input, from a server on this machine."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from seedgit.errors import InputError, Refused, UsageError
from seedgit.operations import download as module
from seedgit.operations.download import download


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://example.invalid/values.yaml")
            self.end_headers()
        elif self.path == "/file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/1.0":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a: 1\n")
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_address[1]}"
        made.shutdown()


def test_a_file_and_its_version(tmp_path: Path) -> None:
    (tmp_path / "v-1.0").write_bytes(b"x")
    assert download("v-{version}", "1.0", tmp_path) == b"x"
    assert download(str(tmp_path / "v-1.0"), "2", Path("/")) == b"x"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a: 1\n")))
    assert download("-", "1.0", tmp_path) == b"a: 1\n"
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="closed"):
        download("-", "1.0", tmp_path)


def test_a_server(server: str, tmp_path: Path) -> None:
    assert download(f"{server}/{{version}}", "1.0", tmp_path) == b"a: 1\n"
    with pytest.raises(InputError, match="Not Found") as caught:
        download(f"{server}/{{version}}", "2.0", tmp_path)
    assert caught.value.where == f"{server}/2.0"
    assert "--from -" in caught.value.hint


@pytest.mark.parametrize("path", ["away", "file"])
def test_a_server_sends_nobody_where_a_person_could_not(
    server: str, path: str, tmp_path: Path
) -> None:
    with pytest.raises((UsageError, InputError)) as caught:
        download(f"{server}/{path}", "1", tmp_path)
    assert "root:" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "https://user:word@example.com/x",
        "https://[x/y",
        "ssh://example.com/x",
    ],
)
def test_other_urls_are_refused_before_anything_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        download(url, "1", tmp_path)


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: str) -> None:
    monkeypatch.setattr(module, "SIZE_LIMIT", 4)
    (tmp_path / "big").write_bytes(b"12345")
    for source in ("big", f"{server}/1.0"):
        with pytest.raises(Refused, match="larger than 4 bytes"):
            download(source, "1", tmp_path)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        download("{version}.yaml", "9", tmp_path)
    assert caught.value.where == "9.yaml"
    with pytest.raises(InputError, match="cannot be read"):
        download(".", "9", tmp_path)
