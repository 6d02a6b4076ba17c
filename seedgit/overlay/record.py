"""What an overlay holds for one seed: overrides, parked ones, rivals of them, and decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.decisions import StoredDecision
from seedgit.overlay.override import Override, Parked, Rival
from seedgit.values.value import has_secret

PATHS_KEPT = 20  # of a seed that is renamed again and again


class Record(NamedTuple):
    """What an overlay holds for one seed. `base` is the blob id of the base.

    was     the seed's earlier paths, the newest last; older versions have it there
    rivals  what others want at places of its overrides; a person decides (`rivals`)
    """

    path: str
    base: str
    overrides: tuple[Override, ...] = ()
    parked: tuple[Parked, ...] = ()
    decisions: tuple[StoredDecision, ...] = ()
    was: tuple[str, ...] = ()
    rivals: tuple[Rival, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.overrides or self.parked or self.decisions or self.rivals)

    @property
    def has_secrets(self) -> bool:
        """Whether an override, parked or not, or a rival has a secret, encrypted or not."""
        return any(has_secret(override.value) for override in self.held)

    @property
    def held(self) -> Iterator[Override]:
        """Every override: those in effect, parked ones, and those of rivals."""
        yield from self.overrides
        yield from (parked.override for parked in self.parked)
        yield from (rival.override for rival in self.rivals)

    def changed(self, change: Callable[[Override], Override]) -> Record:
        """The record with something made of each override that it holds."""
        parked = (each._replace(override=change(each.override)) for each in self.parked)
        rivals = (each._replace(override=change(each.override)) for each in self.rivals)
        overrides = tuple(map(change, self.overrides))
        return self._replace(overrides=overrides, parked=tuple(parked), rivals=tuple(rivals))

    @property
    def without_seed(self) -> tuple[Parked, ...]:
        """All that the record has, as it is parked where the whole seed is gone."""
        gone = (Parked(override, codes.SEED_GONE) for override in self.overrides)
        others = (Parked(r.override, codes.CLASH, r.label) for r in self.rivals if not r.gone)
        return (*gone, *self.parked, *others)

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
