"""Encrypts the new secrets of records, to the recipients of their overlay. Needs no private key."""

from __future__ import annotations

import os
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from seedgit.errors import InputError, Refused
from seedgit.files.safe import read_regular
from seedgit.git.names import pasted
from seedgit.operations.secrets.age import encrypted, public_key
from seedgit.operations.secrets.payload import VALUE_LIMIT, Payload, SealedPlace, digest, new_key
from seedgit.overlay.recipients import FILE, Recipient, parse_recipients
from seedgit.values.pointer import format_pointer
from seedgit.values.secrets import replaced, secrets_in
from seedgit.values.value import Secret, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from seedgit.git.store import Overlay
    from seedgit.operations.workspace import Workspace
    from seedgit.overlay.override import Override
    from seedgit.overlay.record import Record
    from seedgit.values.diff import Tokens


def recipients_of(overlay: Overlay) -> tuple[Recipient, ...]:
    """The recipients of an overlay's secrets. Raises InputError."""
    data = overlay.file(FILE)
    return parse_recipients(data, f"{overlay.name}:{FILE}") if data else ()


def can_seal(overlay: Overlay) -> bool:
    """Whether an overlay has recipients to encrypt a secret to."""
    return overlay.file(FILE) is not None


class Sealer:
    """Encrypts values for one overlay.

    key  the digests are made with it, if it is known from a value that was decrypted
    """

    def __init__(self, workspace: Workspace, overlay: Overlay, key: bytes | None = None) -> None:
        self.workspace = workspace
        self.overlay = overlay
        self._key = key

    @cached_property
    def recipients(self) -> tuple[Recipient, ...]:
        return recipients_of(self.overlay)

    @cached_property
    def public(self) -> list[Any]:
        """The keys to encrypt to. Raises Refused if there are none, InputError for a bad one."""
        if not self.recipients:
            name = self.overlay.name
            raise Refused(
                f"a secret has to be encrypted, and the overlay {name!r} has no recipients",
                hint=f"seedgit secret recipients add --own --overlay {pasted(name)} adds your own "
                "key; KEY in place of --own, another one",
            )
        return [public_key(each) for each in self.recipients]

    @cached_property
    def key(self) -> bytes:
        """The key of new digests. A clone keeps one for each overlay, readable by its owner."""
        place = key_file(self.workspace, self.overlay.name)
        if self._key is None:
            try:
                self._key = bytes.fromhex(read_regular(str(place), 1000).decode("ascii"))
            except (OSError, ValueError):
                self._key = new_key()
                self.workspace.repository.writer.keep(place, self._key.hex().encode())
        return self._key

    def sealed(self, value: Value, place: SealedPlace) -> Secret:
        """A value, encrypted for a place. Raises Refused, InputError."""
        try:
            keys = self.public
        except Refused as error:
            raise _of_place(error, self.workspace, place) from None
        payload = Payload(place, self.key, value)
        data = payload.data()
        if len(data) > VALUE_LIMIT:
            raise InputError(
                f"{place.pointer}: a secret may have {VALUE_LIMIT} bytes", where=place.path
            )
        ids = tuple(each.id for each in self.recipients)
        return Secret(encrypted(data, keys), payload.digest, ids)

    def record(self, record: Record, olds: list[Record]) -> Record:
        """The record with its new secrets encrypted. One that has not changed stays as it is."""
        known = dict(_known(olds))
        record = record.changed(lambda override: self._override(record, override, known))
        return record._replace(
            rivals=tuple(r._replace(was=self._told(r.was)) for r in record.rivals),
            decisions=tuple(
                d._replace(
                    question=d.question._replace(local=self._told(d.question.local)),
                    value=self._told(d.value),
                )
                for d in record.decisions
            ),
        )

    def _override(
        self, record: Record, override: Override, known: Mapping[tuple[Tokens, Tokens], Secret]
    ) -> Override:
        def made(secret: Secret, at: Tokens) -> Value:
            if not secret.new:
                return secret
            tokens = (*override.tokens, *at)
            old = known.get((override.tokens, at))
            if old is not None and old.age and old.digest == digest(self.key, secret.plain):
                return old
            place = override.pointer, format_pointer(tokens)
            return self.sealed(
                secret.plain, SealedPlace(self.overlay.name, record.path, record.base, *place)
            )

        return override._replace(value=replaced(override.value, made))

    def _told(self, value: Value) -> Value:
        """What a decision remembers of a value."""
        return replaced(
            value, lambda s, _: Secret(digest=digest(self.key, s.plain)) if s.new else s
        )


def _of_place(error: Refused, workspace: Workspace, place: SealedPlace) -> Refused:
    """The error where nothing can be encrypted, for one place."""
    rule = workspace.rules.match(place.path)
    plain = f"seedgit rules {workspace.pasted(place.path)} {pasted(place.pointer)} --plain"
    by_rule = rule is not None and rule.has_secrets
    hint = error.hint if by_rule else f"{error.hint}; if it is no secret: {plain}"
    return Refused(error.message, where=place.path + place.pointer, hint=hint)


def _known(records: list[Record]) -> Iterator[tuple[tuple[Tokens, Tokens], Secret]]:
    """The secrets of records by their overrides' pointers, and their own in those: both are sealed
    with them."""
    for record in records:
        for override in record.held:
            for at, secret in secrets_in(override.value):
                yield (override.tokens, at), secret


def key_file(workspace: Workspace, overlay: str) -> Path:
    """Where a clone keeps the key of an overlay's digests."""
    name = sha256(os.fsencode(overlay)).hexdigest()[:32]
    return workspace.repository.common_dir / "seedgit" / "secrets" / f"{name}.key"
