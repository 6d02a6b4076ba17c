"""What an overlay holds for one seed: its overrides, parked overrides and decisions."""

from __future__ import annotations

from typing import NamedTuple

from seedgit import codes
from seedgit.overlay.decisions import StoredDecision
from seedgit.overlay.override import Override, Parked

PATHS_KEPT = 20  # of a seed that is renamed again and again


class Record(NamedTuple):
    """What an overlay holds for one seed. `base` is the blob id of the base.

    was  the seed's earlier paths, the newest last; older versions have it there
    """

    path: str
    base: str
    overrides: tuple[Override, ...] = ()
    parked: tuple[Parked, ...] = ()
    decisions: tuple[StoredDecision, ...] = ()
    was: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.overrides and not self.parked and not self.decisions

    @property
    def without_seed(self) -> tuple[Parked, ...]:
        """All that the record has, as it is parked where the whole seed is gone."""
        gone = (Parked(override, codes.SEED_GONE) for override in self.overrides)
        return (*gone, *self.parked)

    def at(self, path: str) -> Record:
        """The record with a new path for its seed; the old path is kept in `was`."""
        if path == self.path:
            return self
        was = [each for each in (*self.was, self.path) if each != path]
        was = list(dict.fromkeys(reversed(was)))[:PATHS_KEPT]
        return self._replace(path=path, was=tuple(reversed(was)))

    def without(self, override: Override) -> Record:
        """The record without one of its overrides, parked or not."""
        return self._replace(
            overrides=tuple(o for o in self.overrides if o is not override),
            parked=tuple(p for p in self.parked if p.override is not override),
        )
