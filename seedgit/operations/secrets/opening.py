"""Decrypts the secrets of records, for what writes effective files and for `why --reveal`."""

from __future__ import annotations

from functools import cached_property

from seedgit.errors import InputError, PatchError, Refused, RepositoryError, SeedgitError
from seedgit.formats.document import Document
from seedgit.git.names import pasted
from seedgit.operations.secrets.age import NoneFits, Undecryptable, decrypted
from seedgit.operations.secrets.identities import KEY, VARIABLE, identities
from seedgit.operations.secrets.payload import Payload, SealedPlace, read_payload
from seedgit.operations.secrets.sealing import recipients_of
from seedgit.overlay.override import ADD, REPLACE, Override
from seedgit.overlay.rebase import PARKED, Rebased, rebase
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.pointer import format_pointer, parse_pointer
from seedgit.values.secrets import replaced
from seedgit.values.value import Secret, Value, has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.workspace import Stored, Workspace
    from seedgit.values.diff import Tokens

SHORTEST = 4  # characters of a decrypted text that is known again wherever it is


class Opener:
    """Decrypts secrets with the keys of this person. Each is decrypted once.

    digest_keys  by overlay: the key of its digests, from what was decrypted
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.digest_keys: dict[str, bytes] = {}
        self._opened: dict[str, Payload] = {}
        self._known: set[str] = set()

    @cached_property
    def identities(self) -> list[Any]:
        return identities(self.workspace)

    def payload(self, secret: Secret, overlay: str) -> Payload:
        """What is in a secret. Raises Undecryptable, and Refused without a key that fits."""
        found = self._opened.get(secret.age)
        if found is None:
            if not self.identities:
                raise self.no_key(secret, overlay)
            try:
                found = read_payload(decrypted(secret.age, self.identities))
            except NoneFits:
                raise self.no_key(secret, overlay) from None
            if found.digest != secret.digest:
                raise Undecryptable("has a digest that is not its value's: somebody changed it")
            self._opened[secret.age] = found
            self.digest_keys.setdefault(found.place.overlay, found.key)
            if isinstance(found.value, str) and len(found.value) >= SHORTEST:
                self._known.add(found.value)
        return found

    def no_key(self, secret: Secret, overlay: str) -> Refused:
        """The error for a secret that no key here decrypts: it says whose could."""
        try:
            names = {each.id: each.label for each in recipients_of(self.workspace.overlay(overlay))}
        except SeedgitError:
            names = {}
        whose = ", ".join(names.get(id, f"a recipient that was removed ({id})") for id in secret.to)
        return Refused(
            f"is a secret of the overlay {overlay!r}, and no key here decrypts it. "
            f"These could: {whose or 'nobody'}",
            hint=f"{VARIABLE}=FILE or git config {KEY} FILE names the private key; without one, "
            "have yours added: seedgit secret recipients add KEY",
        )

    # -- for what compares with decrypted values -------------------------------------------------

    def plain(self, secret: Secret) -> Value:
        """The value of a secret that was decrypted before, or is stored plain; else ABSENT."""
        if secret.bare:
            return secret.plain
        found = self._opened.get(secret.age)
        return ABSENT if found is None else found.value

    def knows(self, value: Value) -> bool:
        """Whether a value is one that was decrypted."""
        return isinstance(value, str) and value in self._known

    # -- records -----------------------------------------------------------------------------------

    def overrides(self, item: Stored) -> tuple[Override, ...]:
        """The overrides of a record with plain values in place of their secrets.

        Raises Refused without a key, and InputError for what was encrypted for another place.
        """
        return tuple(self._override(item, o, o) for o in item.record.overrides)

    def restored(self, item: Stored, rebased: Rebased) -> Rebased:
        """The same with what was parked, and is in effect again, decrypted too."""
        if not any(has_secret(o.value) for o in rebased.overrides):
            return rebased
        parked = [p.override for p in item.record.parked]

        def opened(override: Override) -> Override:
            stored = next((p for p in parked if same(p.value, override.value)), override)
            return self._override(item, override, stored)

        outcomes = tuple(
            o if o.status in PARKED else o._replace(override=opened(o.override))
            for o in rebased.outcomes
        )
        overrides = tuple(map(opened, rebased.overrides))
        return rebased._replace(overrides=overrides, outcomes=outcomes)

    def _override(self, item: Stored, override: Override, stored: Override) -> Override:
        if not has_secret(override.value):
            return override
        value = replaced(
            override.value, lambda s, at: self.value(s, at, item.overlay, item.record, stored)
        )
        return override._replace(value=value)

    def value(
        self, secret: Secret, at: Tokens, overlay: str, record: Record, override: Override
    ) -> Value:
        """The plain value of a secret in an override of a record, if it was encrypted for there."""
        if secret.bare:
            return secret.plain
        pointer = format_pointer((*override.tokens, *at))
        try:
            found = self.payload(secret, overlay)
            place = SealedPlace(overlay, record.path, record.base, override.pointer, pointer)
            if found.place != place and not self._moved(found.place, place, override):
                was = found.place
                raise Undecryptable(
                    f"was encrypted for {was.path}{was.pointer} of the overlay {was.overlay!r}, "
                    "and is not used here",
                )
        except (InputError, Refused) as error:
            error.where = error.where or f"{record.path}{pointer}"
            error.hint = error.hint or (
                "seedgit log shows who wrote it; to set it anew: seedgit set --secret "
                f"{self.workspace.pasted(record.path)} {pasted(pointer)}"
            )
            raise
        return found.value

    def _moved(self, was: SealedPlace, now: SealedPlace, override: Override) -> bool:
        """Whether upstream's changes of the seed alone have moved a place to another.

        Nothing in the overlay is believed: only what the seed's versions and the history of its
        file say.
        """
        if was.overlay != now.overlay:
            return False
        if was.path != now.path and not self._renamed(was, now):
            return False
        at, pointer = parse_pointer(was.at), parse_pointer(was.pointer)
        inner = parse_pointer(now.pointer)[len(override.tokens) :]
        if pointer != (*at, *inner):
            return False
        if was.base == now.base:
            return at == override.tokens
        try:
            old = self._base(was.base, was.path).value
            new = self._base(now.base, now.path).value
            seed = value_at(old, at)
            op = override.op if override.op == ADD else ADD if seed is ABSENT else REPLACE
            made = Override(at, op, override.value, seed, seed)
            rule = self.workspace.rules.match(now.path)
            (outcome,) = rebase((made,), old, new, rule).outcomes
        except PatchError:
            return False
        except RepositoryError as error:
            error.hint = error.hint or "git fetch --unshallow; or set it anew: seedgit set --secret"
            raise
        return outcome.override.tokens == override.tokens

    def _renamed(self, was: SealedPlace, now: SealedPlace) -> bool:
        """Whether the history of what is checked out leads from one path to the other."""
        fates = self.workspace.lineage.fates({was.path: was.base, now.path: now.base})
        here = now.path if now.path in self.workspace.present else fates[now.path].path
        return here is not None and fates[was.path].path == here

    def _base(self, blob: str, path: str) -> Document:
        if blob not in self._bases:
            self._bases[blob] = Document.parse(self.workspace.repository.blob(blob), path)
        return self._bases[blob]

    @cached_property
    def _bases(self) -> dict[str, Document]:
        return {}


def opener_of(workspace: Workspace) -> Opener:
    """The opener of a workspace; there is one, so that nothing is decrypted twice."""
    workspace.opener = workspace.opener or Opener(workspace)
    return workspace.opener
