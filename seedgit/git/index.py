"""The index's entries by path, for questions about a few of many thousands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from seedgit.git.repository import STAGE_MERGED, GitEntry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Set

    from seedgit.git.repository import Repository

_MERGED = "0"  # the stage
_FILE = "100"  # how the modes of files begin (gitformat-index)


class Index(Mapping[str, GitEntry]):
    """The merged entries. An entry is made when it is asked for: that takes longer than reading.

    few  the paths that will mostly be asked for: others are read only if one of them is
    """

    def __init__(self, repository: Repository, few: Collection[str] = ()) -> None:
        self._repository = repository
        found = self._read(*few) if few else {}
        self._few = {path: about for path, about in found.items() if about[-1] == _MERGED}

    def _read(self, *paths: str) -> dict[str, str]:
        """The mode, the id and the stage of each entry. One in conflict has several: the last."""
        lines = (line.partition("\t") for line in self._repository.index_lines(*paths))
        return {path: about for about, _, path in lines}

    @cached_property
    def _all(self) -> tuple[dict[str, str], frozenset[str]]:
        found = self._read()
        unmerged = frozenset(path for path, about in found.items() if about[-1] != _MERGED)
        for path in unmerged:
            del found[path]
        return found, unmerged

    @property
    def _about(self) -> dict[str, str]:
        return self._all[0]

    @property
    def unmerged(self) -> frozenset[str]:
        """The paths that a merge has left in conflict."""
        return self._all[1]

    def __getitem__(self, path: str) -> GitEntry:
        mode, id, _ = (self._few.get(path) or self._about[path]).split(" ")
        return GitEntry(path, int(mode, 8), id, STAGE_MERGED)

    def __iter__(self) -> Iterator[str]:
        return iter(self._about)

    def __len__(self) -> int:
        return len(self._about)

    def has_file(self, path: str) -> bool:
        """Whether a merged entry is a file: no link, and no submodule."""
        about = self._few.get(path) or self._about.get(path, "")
        return about.startswith(_FILE)

    @cached_property
    def paths(self) -> Set[str]:
        """Every path, merged or not."""
        return self._about.keys() | self.unmerged if self.unmerged else self._about.keys()


class Subset(Mapping[str, GitEntry]):
    """Those of some entries that a test chooses. Each is tested once, when it is asked for."""

    def __init__(self, entries: Mapping[str, GitEntry], test: Callable[[GitEntry], bool]) -> None:
        self._entries = entries
        self._test = test
        self._known: dict[str, GitEntry | None] = {}

    def _find(self, path: str) -> GitEntry | None:
        if path not in self._known:
            entry = self._entries.get(path)
            self._known[path] = entry if entry and self._test(entry) else None
        return self._known[path]

    def __getitem__(self, path: str) -> GitEntry:
        found = self._find(path)
        if found is None:
            raise KeyError(path)
        return found

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self._find(path) is not None

    def __iter__(self) -> Iterator[str]:
        return (path for path in self._entries if path in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
