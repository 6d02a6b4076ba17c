"""Encrypts and decrypts with age (age-encryption.org/v1). The only module that loads pyrage."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence

from seedgit.errors import INSTALL_ANEW, InputError, RepositoryError
from seedgit.overlay.recipients import Recipient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ARMOUR = re.compile(
    r"-----BEGIN AGE ENCRYPTED FILE-----\n([A-Za-z0-9+/=\n]+)-----END AGE ENCRYPTED FILE-----\n?"
)


class Undecryptable(InputError):
    """What is there cannot be decrypted, with this key or with any."""


class NoneFits(Undecryptable):
    """It is whole, but none of the keys at hand is one that it was encrypted to."""


class Locked(InputError):
    """A private key has a passphrase. `ssh`: the key is one of SSH's."""

    ssh = False


_GIVE = (
    "run the command at a terminal, which asks for it, or name a file with it in "
    "SEEDGIT_PASSPHRASE_FILE; for hooks and services use a key without one: "
    "age-keygen -o ~/.config/seedgit/identity"
)


def _pyrage() -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise RepositoryError(
            f"secrets need the library pyrage, which cannot be loaded: {error}", hint=INSTALL_ANEW
        ) from None
    return pyrage


def public_key(recipient: Recipient) -> Any:
    """The key to encrypt to. Raises InputError if it is none."""
    pyrage = _pyrage()
    kind = pyrage.ssh if recipient.key.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(recipient.key)
    except pyrage.RecipientError as error:
        raise InputError(f"{recipient.label} is no key of a recipient: {error}") from None


def encrypted(data: bytes, keys: Sequence[Any]) -> str:
    """An age file in ASCII armour, for public keys as `public_key` gives them."""
    pyrage = _pyrage()
    try:
        armoured: bytes = pyrage.encrypt(data, list(keys), armored=True)
    except pyrage.EncryptError as error:
        raise InputError(f"cannot be encrypted: {error}") from None
    return armoured.decode("ascii")


def decrypted(text: str, identities: Sequence[Any]) -> bytes:
    """What an age file holds. Raises NoneFits, and Undecryptable if it is cut or damaged."""
    pyrage = _pyrage()
    armour = _ARMOUR.fullmatch(text)
    try:
        data = b64decode(armour[1].replace("\n", ""), validate=True) if armour else b""
        found: bytes = pyrage.decrypt(data, list(identities))
    except pyrage.DecryptError as error:
        if "No matching keys" in str(error):
            raise NoneFits("is encrypted to none of the keys that are here") from None
        raise Undecryptable(f"is cut or damaged: {error}") from None
    except ValueError:
        raise Undecryptable("is cut or damaged: it is no age file") from None
    return found


def without_passphrase(data: bytes, phrase: str, where: str) -> bytes:
    """What a file holds that was encrypted with a passphrase. Raises InputError."""
    pyrage = _pyrage()
    try:
        armour = _ARMOUR.fullmatch(data.decode("ascii", "replace"))
        data = b64decode(armour[1].replace("\n", ""), validate=True) if armour else data
        found: bytes = pyrage.passphrase.decrypt(data, phrase)
    except (pyrage.DecryptError, ValueError):
        raise InputError(
            "is cut or damaged, or the passphrase is a wrong one", where=where
        ) from None
    return found


def identities_in(data: bytes, where: str) -> list[Any]:
    """The private keys in a file: an identity file of age's, or a private key of SSH's.

    Raises InputError, with the line, which never quotes a key.
    """
    pyrage = _pyrage()
    if b"PRIVATE KEY-----" in data[:1000]:
        return [_ssh_identity(pyrage, data, where)]
    if data.startswith((b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")):
        raise Locked("is encrypted with a passphrase", where=where, hint=_GIVE)
    found = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            found.append(pyrage.x25519.Identity.from_str(line))
        except pyrage.IdentityError:
            raise InputError(
                "is no private key of age's, nor one of SSH's",
                where=where,
                line=number,
                hint="age-keygen -o ~/.config/seedgit/identity makes one",
            ) from None
    if not found:
        raise InputError("has no private key in it", where=where)
    return found


def _ssh_identity(pyrage: Any, data: bytes, where: str) -> Any:
    try:
        return pyrage.ssh.Identity.from_buffer(data)
    except pyrage.IdentityError as error:
        if "decrypted first" in str(error):
            locked = Locked("has a passphrase, and was given none", where=where, hint=_GIVE)
            locked.ssh = True
            raise locked from None
        raise InputError(f"is no private key that age can use: {error}", where=where) from None


def new_identity() -> tuple[str, str]:
    """A new key of age's: (the private one, the public one)."""
    made = _pyrage().x25519.Identity.generate()
    return str(made), str(made.to_public())


def public_of(identity: Any) -> str:
    """The public key of a private one of age's; "" for one of SSH's, which does not say."""
    public = getattr(identity, "to_public", None)
    return str(public()) if public else ""
