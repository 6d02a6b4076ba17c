"""off, dry-run or live: which of them counts, where it comes from, and what contradicts it.

Pure, so that the merge driver and the command line decide it alike.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OFF = "off"
DRY_RUN = "dry-run"
LIVE = "live"
MODES = (OFF, DRY_RUN, LIVE)  # the safer before the bolder

KEY = "seedgit.mode"
VARIABLE = "SEEDGIT_MODE"
DEFAULT = "default"

# git's scopes (git-config(1), --show-scope), the one that counts most first.
SCOPES = ("command", "worktree", "local", "global", "system")


class Mode:
    """The mode that counts, and where it is set.

    odd      settings that say nothing, or two things at once: worth telling in every run
    covered  settings that another one counts before
    """

    __slots__ = ("covered", "odd", "origin", "value")

    def __init__(
        self, value: str, origin: str, odd: Sequence[str] = (), covered: Sequence[str] = ()
    ) -> None:
        self.value = value
        self.origin = origin
        self.odd = tuple(odd)
        self.covered = tuple(covered)

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.odd + self.covered

    @property
    def off(self) -> bool:
        return self.value == OFF

    @property
    def switched_off(self) -> bool:
        """Off because somebody said so, not because seedgit was never set up here."""
        return self.off and self.origin != DEFAULT

    @property
    def dry_run(self) -> bool:
        return self.value == DRY_RUN

    @property
    def live(self) -> bool:
        return self.value == LIVE


def resolve_mode(
    variable: str | None, settings: Iterable[tuple[str, str, str | None]], *, installed: bool
) -> Mode:
    """The mode, from SEEDGIT_MODE and git config's values of seedgit.mode.

    settings   (scope, origin, value) as git config lists them
    installed  whether the merge driver is there: `live` is the default with it, `off` without

    The environment counts before the worktree's configuration, that before the repository's, that
    before the user's. Within one of them the safest of several values counts, and a value that is
    no mode counts as off; each such setting is named in a warning. That a worktree has a mode of
    its own is nothing to warn of.
    """
    values: dict[str, list[tuple[str, str]]] = {}
    if variable:
        values[VARIABLE] = [(VARIABLE, variable)]
    for scope, origin, value in settings:
        values.setdefault(scope, []).append((origin, value or ""))
    odd: list[str] = []
    covered: list[str] = []
    chosen: tuple[str, str] | None = None
    own = False
    for scope in (VARIABLE, *SCOPES, *values):
        if scope not in values:
            continue
        found = [(origin, _known(origin, value, odd)) for origin, value in values.pop(scope)]
        origin, value = min(found, key=lambda item: MODES.index(item[1]))
        if len({name for _, name in found}) > 1:
            names = " and ".join(dict.fromkeys(name for _, name in found))
            odd.append(f"{KEY} is both {names} in {origin}: {value}, the safer, counts")
        if chosen is None:
            chosen, own = (value, origin), scope == "worktree"
        elif value != chosen[0] and not own:
            covered.append(f"{KEY} is {value} in {origin}, but {chosen[0]} in {chosen[1]} counts")
    value, origin = chosen or (LIVE if installed else OFF, DEFAULT)
    return Mode(value, origin, odd, covered)


def _known(origin: str, value: str, odd: list[str]) -> str:
    if value in MODES:
        return value
    name = VARIABLE if origin == VARIABLE else f"{KEY} in {origin}"
    odd.append(f"{name} is {value!r}, none of {', '.join(MODES)}: it counts as {OFF}")
    return OFF
