"""What is inside of an encrypted value: the value, and the place that it was encrypted for.

Whoever may push an overlay may copy a ciphertext to another place, where more people read what it
becomes. So the place is in the plaintext, where only who knows the value can write it, and is
compared when the value is decrypted.
"""

from __future__ import annotations

import hmac
import json
import os
from hashlib import sha256

from seedgit.named_tuple import NamedTuple
from seedgit.operations.secrets.age import Undecryptable
from seedgit.values.value import Value, canonical

VERSION = 1
BLOCK = 256  # bytes: all that the size of a ciphertext says is how many blocks there are
VALUE_LIMIT = 100_000  # bytes


class SealedPlace(NamedTuple):
    """Where a secret is: in an overlay, in the record of a seed over a version of it.

    at       the pointer of the override that holds it, over the version `base`
    pointer  its own
    """

    overlay: str
    path: str
    base: str
    at: str
    pointer: str


class Payload(NamedTuple):
    """A decrypted value. `key` is what its digest was made with."""

    place: SealedPlace
    key: bytes
    value: Value

    @property
    def digest(self) -> str:
        return digest(self.key, self.value)

    def data(self) -> bytes:
        found = {"seedgit": VERSION, **self.place._asdict(), "key": self.key.hex()}
        text = json.dumps({**found, "value": self.value}).encode()
        return text + b" " * (-len(text) % BLOCK)


def read_payload(data: bytes) -> Payload:
    """A payload from its bytes. Raises Undecryptable."""
    try:
        found = json.loads(data)
        version = found["seedgit"]
        if version == VERSION:
            place = SealedPlace(*(str(found[name]) for name in SealedPlace._fields))
            return Payload(place, bytes.fromhex(found["key"]), found["value"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Undecryptable("holds something that seedgit has not encrypted") from None
    raise Undecryptable("was encrypted by a newer seedgit", hint="install a newer seedgit")


def new_key() -> bytes:
    return os.urandom(32)


def digest(key: bytes, value: Value) -> str:
    """Names a value under a key: the key's name, and an HMAC-SHA256 of the value (RFC 2104)."""
    name = sha256(b"seedgit digest key\0" + key).hexdigest()[:16]
    text = canonical(value).encode("utf-8", "surrogatepass")
    return f"{name}:{hmac.new(key, text, sha256).hexdigest()}"
