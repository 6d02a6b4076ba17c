"""git's long-running filter protocol (gitattributes(5), "Long Running Filter Process").

Messages are pkt-lines: four hex digits that count themselves and what follows
(gitprotocol-common(5)).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Final

CLEAN: Final = "clean"
SMUDGE: Final = "smudge"

_MOST: Final = 65516  # bytes of content in one packet
_FLUSH: Final = b"0000"


class Broken(Exception):
    """The other side stopped in the middle of a message, or does not speak the protocol."""


def serve(
    incoming: IO[bytes],
    outgoing: IO[bytes],
    answer: Callable[[str, bytes, bytes], bytes | None],
) -> None:
    """Answer git's requests until it closes its side.

    answer  gets CLEAN or SMUDGE, the path and the content; returns the new content, or None where
            there is none: git then stops at this file

    Raises Broken, and whatever `answer` raises.
    """
    _expect(_lines(incoming), b"git-filter-client", b"version=2")
    _send_lines(outgoing, b"git-filter-server", b"version=2")
    _expect(_lines(incoming), b"capability=clean", b"capability=smudge")
    _send_lines(outgoing, b"capability=clean", b"capability=smudge")
    while (request := _lines(incoming)) is not None:
        words = dict(line.partition(b"=")[::2] for line in request)
        content = b"".join(_packets(incoming) or ())
        result = answer(words[b"command"].decode(), words[b"pathname"], content)
        if result is None:
            _send_lines(outgoing, b"status=error")
        else:
            _send_lines(outgoing, b"status=success", flush=False)
            _send(outgoing, result)


def _expect(lines: list[bytes] | None, *wanted: bytes) -> None:
    if lines is None or not set(wanted) <= set(lines):
        raise Broken(f"git did not say {b', '.join(wanted).decode()}")


def _lines(incoming: IO[bytes]) -> list[bytes] | None:
    """The lines up to the next flush packet; None where git has closed its side."""
    found = _packets(incoming)
    return None if found is None else [line.removesuffix(b"\n") for line in found]


def _packets(incoming: IO[bytes]) -> list[bytes] | None:
    """The packets up to the next flush packet; None at the end of the input."""
    found: list[bytes] = []
    while True:
        head = incoming.read(4)
        if not head and not found:
            return None
        if head == _FLUSH:
            return found
        try:
            size = int(head, 16) - 4
        except ValueError:
            raise Broken("a packet has no length") from None
        data = incoming.read(size) if size > 0 else b""
        if len(head) < 4 or size < 0 or len(data) < size:
            raise Broken("a packet was cut")
        found.append(data)


def _packet(data: bytes) -> bytes:
    return b"%04x" % (len(data) + 4) + data


def _send_lines(outgoing: IO[bytes], *lines: bytes, flush: bool = True) -> None:
    outgoing.write(b"".join(_packet(line + b"\n") for line in lines) + _FLUSH)
    if flush:
        outgoing.flush()


def _send(outgoing: IO[bytes], content: bytes) -> None:
    """The content, and an empty list: the status stays as it was."""
    for at in range(0, len(content), _MOST):
        outgoing.write(_packet(content[at : at + _MOST]))
    outgoing.write(_FLUSH + _FLUSH)
    outgoing.flush()
