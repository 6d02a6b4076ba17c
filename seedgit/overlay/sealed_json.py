"""The JSON form of secrets in a record. They stand beside the rest of it, by pointer.

    {"patch": [{"op": "add", "path": "/token", "value": null}],
     "secrets": {"/patch/0/value": {"digest": "...", "age": "...", "to": ["..."]}}}

So no value that a person sets can be taken for a secret, whatever it is. One that is remembered for
comparisons has a digest alone.
"""

from __future__ import annotations

import re

from seedgit.errors import PatchError
from seedgit.values.pointer import format_pointer, parse_pointer, resolve
from seedgit.values.secrets import replaced, secrets_in
from seedgit.values.value import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MEMBER = "secrets"
SECRETS_LIMIT = 20_000  # in a record
AGE_LIMIT = 400_000  # characters of one that is encrypted
TO_LIMIT = 100  # recipients

_BEGINNING = "-----BEGIN AGE ENCRYPTED FILE-----\n"
_DIGEST = re.compile(r"[0-9a-f]{16}:[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{16}")


def lifted(body: dict[str, Any]) -> dict[str, Any]:
    """A body as JSON can express it. Raises ValueError for a secret that is not encrypted yet."""
    found = list(secrets_in(body))
    if not found:
        return body
    if any(secret.new for _, secret in found):
        raise ValueError("a secret is not encrypted")
    secrets = {format_pointer(tokens): _data(secret) for tokens, secret in found}
    return {**replaced(body, lambda secret, at: None), MEMBER: secrets}


def _data(secret: Secret) -> dict[str, Any]:
    if not secret.age:
        return {"digest": secret.digest}
    return {"digest": secret.digest, "age": secret.age, "to": list(secret.to)}


def restored(body: dict[str, Any], secrets: Any) -> dict[str, Any]:
    """The body with its secrets in their places: it is changed. Raises ValueError."""
    if not isinstance(secrets, dict):
        raise ValueError(f"`{MEMBER}` is not an object")
    if len(secrets) > SECRETS_LIMIT:
        raise ValueError(f"`{MEMBER}` has over {SECRETS_LIMIT} entries")
    for pointer, data in secrets.items():
        try:
            tokens = parse_pointer(pointer)
            holder = resolve(body, tokens[:-1])
            if not tokens or resolve(body, tokens) is not None:
                raise PatchError("something else is there")
        except PatchError:
            raise ValueError(f"`{MEMBER}` has one with no place in the record") from None
        holder[tokens[-1] if isinstance(holder, dict) else int(tokens[-1])] = _secret(data)
    return body


def _secret(data: Any) -> Secret:
    if not isinstance(data, dict):
        raise ValueError("a secret is not an object")
    digest, age, to = data.get("digest"), data.get("age", ""), data.get("to", [])
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError("a secret has no digest")
    if not isinstance(age, str) or len(age) > AGE_LIMIT:
        raise ValueError(f"a secret is no text, or one of over {AGE_LIMIT} characters")
    if age and not age.startswith(_BEGINNING):
        raise ValueError("a secret is no age file")
    if not isinstance(to, list) or len(to) > TO_LIMIT:
        raise ValueError(f"a secret is for no list of recipients, or for over {TO_LIMIT}")
    if not all(isinstance(id, str) and _ID.fullmatch(id) for id in to):
        raise ValueError("a secret is for something that is no recipient")
    return Secret(age, digest, tuple(to))
