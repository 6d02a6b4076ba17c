"""Documents with secrets in them that a clone keeps for itself: encrypted, as in the overlays."""

from __future__ import annotations

from functools import cached_property

from seedgit.errors import Refused, SeedgitError
from seedgit.operations.secrets.age import decrypted, encrypted, public_key
from seedgit.operations.secrets.opening import opener_of
from seedgit.operations.secrets.sealing import recipients_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.workspace import Workspace


class Vault:
    """Encrypts to the recipients of all layers: whoever may decrypt one is asked for that."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _keys(self) -> list[Any]:
        overlays = map(self._workspace.overlay, self._workspace.names)
        found = {each.key: each for overlay in overlays for each in recipients_of(overlay)}
        if not found:
            raise Refused("no layer has recipients, so nothing can be encrypted")
        return [public_key(each) for each in found.values()]

    def seal(self, data: bytes) -> bytes:
        """Some bytes, encrypted. Raises Refused, InputError."""
        return encrypted(data, self._keys).encode("ascii")

    def open(self, data: bytes) -> bytes | None:
        """What `seal` has encrypted; None without a key that decrypts it."""
        try:
            return decrypted(data.decode("ascii"), opener_of(self._workspace).identities)
        except (SeedgitError, UnicodeDecodeError):
            return None
