"""The last listing of what waits. Its numbers mean what was seen, whatever has come since."""

from __future__ import annotations

import json

from seedgit.errors import InputError, Refused
from seedgit.files.safe import read_regular, replace_regular
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.pending import Item
    from seedgit.operations.workspace import Workspace

LISTING = "pending.json"


class Ids(NamedTuple):
    """The ids an item is bound to: blobs of base and seed, and of the overlay record."""

    base: str
    seed: str
    record: str

    def data(self) -> dict[str, str]:
        return {"base": self.base, "seed": self.seed, "record": self.record}


class ListedItem(NamedTuple):
    """An item as it was listed; `earlier` are the ids it had before decisions about its seed."""

    number: int
    id: str
    key: str
    overlay: str
    path: str
    bound: Ids
    earlier: tuple[str, ...] = ()

    @classmethod
    def of(cls, number: int, item: Item, earlier: tuple[str, ...] = ()) -> ListedItem:
        return cls(number, item.id, item.key, item.overlay, item.path, item.ids, earlier)

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.id, *self.earlier)

    def data(self) -> dict[str, Any]:
        return {**self._asdict(), "bound": self.bound.data(), "earlier": list(self.earlier)}

    @classmethod
    def read(cls, data: dict[str, Any]) -> ListedItem:
        id, key, overlay, path = (str(data[n]) for n in ("id", "key", "overlay", "path"))
        bound, earlier = Ids(**data["bound"]), tuple(map(str, data["earlier"]))
        return cls(int(data["number"]), id, key, overlay, path, bound, earlier)


class Listing:
    """What `seedgit pending` last said, in the common git dir."""

    def __init__(self, workspace: Workspace) -> None:
        self.place = workspace.repository.common_dir / "seedgit" / LISTING

    def read(self) -> list[ListedItem]:
        """The last listing; empty if none can be understood, as it is easily made again."""
        try:
            found = json.loads(read_regular(str(self.place)))
            return [ListedItem.read(line) for line in found["items"]]
        except (InputError, OSError, ValueError, KeyError, TypeError):
            return []

    def write(self, lines: list[ListedItem]) -> str:
        """Keep a listing. If that fails, returns why: the listing itself can still be shown."""
        text = json.dumps({"version": 1, "items": [line.data() for line in lines]}, indent=1)
        try:
            self.place.parent.mkdir(exist_ok=True)
            replace_regular(str(self.place), (text + "\n").encode())
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        except Refused as error:
            return str(error)
        return ""


def named(lines: list[ListedItem]) -> dict[str, list[ListedItem]]:
    """The lines that each number, and each id, names: of many items two may have one id."""
    found: dict[str, list[ListedItem]] = {}
    for line in lines:
        for name in (str(line.number), *line.ids):
            found.setdefault(name, []).append(line)
    return found
