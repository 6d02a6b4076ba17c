"""The recipients of an overlay's secrets, as the file `recipients` in its tree has them.

It is a recipients file of age(1), so `age -R` reads it: one key a line, `#` begins a comment. The
comment above a key is its name here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from seedgit.errors import InputError
from seedgit.named_tuple import NamedTuple

FILE = "recipients"
MOST = 100
NAME_LIMIT = 200  # characters
KEY_LIMIT = 5_000

_AGE = re.compile(r"age1[0-9a-z]+")
_SSH = re.compile(r"(ssh-ed25519|ssh-rsa) ([A-Za-z0-9+/]+={0,2})(?: (.*))?")


class Recipient(NamedTuple):
    """Who can decrypt: a public key of age's or of SSH's, and a name for people."""

    key: str
    name: str = ""

    @property
    def id(self) -> str:
        return sha256(self.key.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """The name for a person, or a key that is cut to be read."""
        short = self.key if len(self.key) < 30 else f"{self.key[:16]}...{self.key[-6:]}"
        return f"{self.name} ({short})" if self.name else short


def parse_recipient(text: str, name: str = "") -> Recipient:
    """The recipient in a line: a key, after which an SSH key may have a comment.

    Only its form is looked at. Raises ValueError.
    """
    text = text.strip()
    if len(text) > KEY_LIMIT:
        raise ValueError(f"is longer than {KEY_LIMIT} characters")
    ssh = _SSH.fullmatch(text)
    if ssh:
        return Recipient(f"{ssh[1]} {ssh[2]}", _plain_name(name or ssh[3] or ""))
    if _AGE.fullmatch(text):
        return Recipient(text, _plain_name(name))
    raise ValueError("is no key of a recipient")


def parse_recipients(data: bytes, where: str) -> tuple[Recipient, ...]:
    """The recipients in a file. Raises InputError, with the line."""
    found: dict[str, Recipient] = {}
    name = ""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = line.strip()
        if line.startswith("#") or not line:
            name = line.removeprefix("#").strip()
            continue
        try:
            recipient = parse_recipient(line, name)
        except ValueError as error:
            raise InputError(str(error), where=where, line=number) from None
        found.setdefault(recipient.key, recipient)
        name = ""
        if len(found) > MOST:
            raise InputError(f"has over {MOST} recipients", where=where, line=number)
    return tuple(found.values())


def recipients_file(recipients: Iterable[Recipient]) -> bytes | None:
    """The file of some recipients; None for none."""
    lines = []
    for each in recipients:
        lines += [f"# {each.name}", each.key] if each.name else ["", each.key]
    text = "\n".join(lines).lstrip("\n")
    return (text + "\n").encode() if text else None


def merged(
    old: Iterable[Recipient], ours: Iterable[Recipient], theirs: Iterable[Recipient]
) -> tuple[Recipient, ...]:
    """Both sides' changes of the recipients: who was added by either, less who was removed."""
    was, own, other = ({each.key: each for each in side} for side in (old, ours, theirs))
    both = {**other, **own}
    return tuple(r for key, r in both.items() if key not in was or (key in own and key in other))


def _plain_name(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name).strip()[:NAME_LIMIT]
