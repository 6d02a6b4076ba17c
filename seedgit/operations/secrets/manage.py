"""The recipients of an overlay's secrets, and encrypting its secrets anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seedgit.errors import InputError, UsageError
from seedgit.files.safe import read_regular
from seedgit.git.layer_settings import layer_settings
from seedgit.git.messages import message
from seedgit.git.names import pasted
from seedgit.git.overlay_names import ENCRYPT, RECIPIENTS
from seedgit.git.store import Overlay
from seedgit.git.stored_record import to_store
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import OverlayEdit, overlay_edits
from seedgit.operations.secrets.age import encrypted, public_key
from seedgit.operations.secrets.identities import own_recipient
from seedgit.operations.secrets.opening import Opener
from seedgit.operations.secrets.sealing import Sealer, recipients_of
from seedgit.operations.workspace import Workspace
from seedgit.overlay.concealed import Concealing, bared, new_secrets
from seedgit.overlay.override import Override
from seedgit.overlay.recipients import (
    FILE,
    MOST,
    Recipient,
    parse_recipient,
    parse_recipients,
    recipients_file,
)
from seedgit.overlay.record import Record
from seedgit.values.escapes import number_of
from seedgit.values.pointer import format_pointer
from seedgit.values.secrets import replaced, secrets_in
from seedgit.values.value import Secret, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KEY_FILE_LIMIT = 100_000  # bytes


class SecretPlace(NamedTuple):
    """A secret of an overlay, and the ids of those who can decrypt it."""

    path: str
    pointer: str
    to: tuple[str, ...]


class OverlaySecrets(NamedTuple):
    """The recipients of an overlay, and its secrets.

    stale  those that are encrypted to others than the recipients
    """

    overlay: str
    recipients: tuple[Recipient, ...]
    secrets: tuple[SecretPlace, ...]
    commit: str | None = None

    @property
    def stale(self) -> tuple[SecretPlace, ...]:
        now = {each.id for each in self.recipients}
        return tuple(each for each in self.secrets if set(each.to) != now)

    def readable_by(self, id: str) -> tuple[SecretPlace, ...]:
        """What a recipient can read."""
        return tuple(each for each in self.secrets if id in each.to)

    def data(self) -> dict[str, Any]:
        return {
            "overlay": self.overlay,
            "recipients": [
                {"id": r.id, "key": r.key, "name": r.name, "reads": len(self.readable_by(r.id))}
                for r in self.recipients
            ],
            "secrets": [each._asdict() for each in self.secrets],
            "stale": len(self.stale),
            "commit": self.commit,
        }


class Rotated(NamedTuple):
    """What was encrypted anew in an overlay.

    sealed   the places of values that were plain until now
    exposed  the places that somebody could read who is a recipient no more
    left     what is wrong with records that cannot be read: whatever they hold is as it was
    """

    overlay: str
    encrypted: int
    sealed: tuple[str, ...]
    exposed: tuple[str, ...]
    commit: str | None
    left: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in ("sealed", "exposed", "left")}
        return self._asdict() | lists


def overlay_secrets(workspace: Workspace, name: str) -> OverlaySecrets:
    """The recipients and the secrets of an overlay. Needs no key. Raises InputError."""
    return _secrets(workspace.store.read(name))


def _secrets(overlay: Overlay) -> OverlaySecrets:
    found = tuple(
        SecretPlace(record.path, format_pointer((*o.tokens, *at)), secret.to)
        for stored in overlay.records.values()
        for record in [stored.record]
        for o in record.held
        for at, secret in secrets_in(o.value)
        if not secret.bare
    )
    return OverlaySecrets(overlay.name, recipients_of(overlay), found, overlay.commit)


# -- recipients ------------------------------------------------------------------------------------


def add_recipients(
    workspace: Workspace, words: Sequence[str], name: str = "", *, own: bool = False
) -> OverlaySecrets:
    """Make keys recipients of the target overlay: each an age or SSH public key, or a file of such.

    own  also this person's own key, which is made if there is none

    Raises InputError for what is no such key.
    """
    new = [r for word in words for r in _keys(workspace, word, name)]
    if own:
        who = workspace.repository.config.get("user.name") or ""
        found = _keys(workspace, own_recipient(workspace), name)
        new += [each if each.name else each._replace(name=who) for each in found]
    for each in new:
        public_key(each)

    def change(now: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        known = {each.key: each for each in now}
        known |= {r.key: r if r.name else known.get(r.key, r) for r in new}
        if len(known) > MOST:
            raise UsageError(f"an overlay may have {MOST} recipients")
        return tuple(known.values())

    labels = ", ".join(each.label for each in new)
    return _changed(workspace, f"add {labels}", change)


def remove_recipients(workspace: Workspace, words: Sequence[str]) -> OverlaySecrets:
    """Make keys recipients no more: each is named by its key, its name or its id.

    What they could read they can still read, until it is encrypted anew. Raises UsageError.
    """
    gone: list[Recipient] = []

    def change(now: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
        gone[:] = [_named(now, word) for word in words]
        return tuple(each for each in now if each not in gone)

    return _changed(workspace, f"remove {', '.join(words)}", change)


def _changed(workspace: Workspace, subject: str, change: Any) -> OverlaySecrets:
    for edit in overlay_edits(workspace, workspace.target):
        edit.files[FILE] = recipients_file(change(recipients_of(edit.overlay)))
        edit.message = message(RECIPIENTS + subject)
    return overlay_secrets(workspace, workspace.target)


def _keys(workspace: Workspace, word: str, name: str) -> Sequence[Recipient]:
    if word.startswith("AGE-SECRET-KEY-"):
        raise InputError(
            "that is a private key: it must not be given away, nor be on a command line",
            hint="its public key, age1..., is in the file that age-keygen has written: make a new "
            "key, as this one is in the history of your shell now",
        )
    try:
        return [parse_recipient(word, name)]
    except ValueError as error:
        place = Path(workspace.directory / word).expanduser()
        problem = str(error)
    try:
        data = read_regular(str(place), KEY_FILE_LIMIT, follow=True)
    except (OSError, InputError):
        raise InputError(
            f"{word[:60]!r} {problem}, and no file of keys",
            hint="give age1..., 'ssh-ed25519 AAAA...' in quotes, or a file: ~/.ssh/id_ed25519.pub",
        ) from None
    if b"PRIVATE KEY-----" in data or b"AGE-SECRET-KEY-" in data:
        raise InputError(
            "has a private key in it: nothing of it was taken",
            where=word,
            hint="give the public one: ssh-keygen has it in a file that ends in .pub, "
            "age-keygen -y prints it",
        )
    found = parse_recipients(data, word)
    if not found:
        raise InputError("has no key in it", where=word)
    return [each._replace(name=name) if name else each for each in found]


def _named(recipients: Sequence[Recipient], word: str) -> Recipient:
    found = [r for r in recipients if word in (r.key, r.name, r.id)]
    if len(found) != 1:
        known = ", ".join(each.label for each in recipients) or "nobody"
        many = "names several recipients" if found else "is no recipient"
        raise UsageError(f"{word!r} {many}: there is {known}", hint="name one by its key")
    return found[0]


# -- rotating --------------------------------------------------------------------------------------


def rotate(workspace: Workspace) -> list[Rotated]:
    """Encrypt all secrets anew, to the recipients that there are now, in each overlay of this site.

    What is plain under a rule that makes it a secret is encrypted too. Raises Refused without a key
    that decrypts all of them, and InputError for one that nobody can decrypt: nothing is changed in
    that overlay then.
    """
    own = [n for n in workspace.asked if not layer_settings(workspace.repository, n).remote]
    opener = Opener(workspace)
    return [_rotated(workspace, name, opener) for name in own]


def _rotated(workspace: Workspace, name: str, opener: Opener) -> Rotated:
    for edit in overlay_edits(workspace, name):
        state = _secrets(edit.overlay)
        now = {each.id for each in state.recipients}
        exposed = tuple(e.path + e.pointer for e in state.secrets if set(e.to) - now)
        rotation = _Rotation(workspace, edit, opener)
        for stored in list(edit.overlay.records.values()):
            rotation.take(stored.record)
        edit.message = message(f"{ENCRYPT}{number_of(rotation.count, 'secret')}")
    left = tuple(problem.told for problem in edit.overlay.problems)
    return Rotated(name, rotation.count, tuple(rotation.sealed), exposed, edit.commit, left)


class _Rotation:
    """One try at encrypting an overlay's secrets anew."""

    def __init__(self, workspace: Workspace, edit: OverlayEdit, opener: Opener) -> None:
        self.workspace = workspace
        self.edit = edit
        self.opener = opener
        self.sealer = Sealer(workspace, edit.overlay, opener.digest_keys.get(edit.overlay.name))
        self.count = 0
        self.sealed: list[str] = []

    def take(self, record: Record) -> None:
        rule = self.workspace.rules.match(record.path)
        if not record.has_secrets and not (rule and rule.has_secrets):
            return
        self.record = record
        made = bared(record).changed(self._override)
        if rule and rule.has_secrets:
            base = self.workspace.base(record).value
            made = Concealing(rule, base, every=True).record(made, [])
        if new_secrets(made):
            self.sealed += [
                record.path + format_pointer((*o.tokens, *at))
                for o in made.held
                for at, secret in secrets_in(o.value)
                if secret.new
            ]
            made = self.sealer.record(made, [])
        if made != record:
            self.count += sum(1 for o in made.held for _ in secrets_in(o.value))
            self.edit.records[record.path] = to_store(made)

    def _override(self, override: Override) -> Override:
        value = replaced(override.value, lambda secret, at: self._anew(secret, override, at))
        return override if value is override.value else override._replace(value=value)

    def _anew(self, secret: Secret, override: Override, at: tuple[str, ...]) -> Value:
        if not secret.age:
            return secret
        try:
            # For the place it was encrypted for, wherever it is: only its owner may move it.
            data = self.opener.payload(secret, self.edit.overlay.name).data()
        except InputError as error:
            pointer = format_pointer((*override.tokens, *at))
            error.where = f"{self.record.path}{pointer}"
            error.hint = error.hint or (
                f"to drop it: seedgit unset {self.workspace.pasted(self.record.path)} "
                f"{pasted(pointer)}"
            )
            raise
        ids = tuple(each.id for each in self.sealer.recipients)
        return Secret(encrypted(data, self.sealer.public), secret.digest, ids)
