"""Which layer a value comes from, where several lie over a seed."""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple
from seedgit.operations.stack.effective import Stack, stack
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, parse_selector, resolve, select
from seedgit.values.value import Value


class HeldValue(NamedTuple):
    """The value at a place of the effective document; ABSENT: none.

    overlay  the layer that it comes from; "": the seed
    """

    value: Value
    overlay: str = ""


class Holding:
    """What holds in the effective documents as they are now. Each is made once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._made: dict[str, Stack] = {}

    def at(self, path: str, selector: str) -> HeldValue:
        """What holds in a seed's effective document at the first place a selector names.

        Raises InputError, PatchError.
        """
        if path not in self._made:
            self._made[path] = stack(self._workspace, path, self._workspace.staged(path)[1])
        found = self._made[path]
        places = select(found.value, parse_selector(selector))
        if not places or not exists(found.value, places[0]):
            return HeldValue(ABSENT)
        origin = found.origins.at(places[0])
        layer = origin.layer if origin else None
        overlay = "" if layer is None else found.layers[layer].overlay
        return HeldValue(resolve(found.value, places[0]), overlay)

    def above(self, path: str, selector: str) -> str:
        """The layer over the target whose value holds there; "": none does."""
        names = self._workspace.names
        overlay = self.at(path, selector).overlay
        higher = names[names.index(self._workspace.target) + 1 :]
        return overlay if overlay in higher else ""
