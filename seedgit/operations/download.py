"""The bytes that a source has: a file, standard input, or what a server answers."""

from __future__ import annotations

import sys
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from seedgit.errors import InputError, Refused, UsageError
from seedgit.merge.version import SIZE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STDIN = "-"
VERSION = "{version}"
SECONDS = 30  # for a server to answer, and between two pieces of its answer
_HERE = ("localhost", "127.0.0.1", "::1")


def download(source: str, version: str, directory: Path) -> bytes:
    """What a source has in a version.

    source     an https URL, a file, or "-"; `{version}` in it stands for the version
    directory  what a relative path starts from

    Raises UsageError, Refused, and InputError where it cannot be read.
    """
    if source == STDIN:
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        return _limited(sys.stdin.buffer.read(SIZE_LIMIT + 1), "standard input")
    place = source.replace(VERSION, version)
    if "://" in place:
        return _limited(_answer(place), place)
    try:
        with open(directory / place, "rb") as file:
            return _limited(file.read(SIZE_LIMIT + 1), place)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=place) from None


def _limited(data: bytes, where: str) -> bytes:
    if not data.strip():  # a program before a pipe has failed, mostly
        raise InputError("there is nothing in it", where=where)
    if len(data) > SIZE_LIMIT:
        raise Refused(f"it is larger than {SIZE_LIMIT} bytes", where=where)
    return data


class _Redirects(HTTPRedirectHandler):
    """Follows a server only to where a person could have sent us too."""

    def redirect_request(self, *about: Any) -> Request | None:
        _check(about[-1])
        return super().redirect_request(*about)


def _answer(url: str) -> bytes:
    _check(url)
    try:
        with build_opener(_Redirects).open(url, timeout=SECONDS) as answer:
            found: bytes = answer.read(SIZE_LIMIT + 1)
            return found
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        piped = f"curl --fail ... | seedgit track FILE --from {STDIN} --version V"
        raise InputError(
            f"cannot be had: {reason}", where=url, hint=f"if it needs a login: {piped}"
        ) from None


def _check(url: str) -> None:
    """Refuse what others could read or change on the way, and what would keep a password."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise UsageError(f"not a URL: {error}", where=url) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the source is written into a commit: it must not name a user or a password"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _HERE):
        raise UsageError(
            "the source has to be an https URL, a file, or -",
            where=url,
            hint="a git repository needs no tracking: git remote add upstream URL",
        )
