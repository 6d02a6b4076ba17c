"""Finds the mode that counts (off, dry-run or live), its origin, and settings that contradict it.

It reads nothing itself, so the merge driver and the command line come to the same mode.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

OFF = "off"
DRY_RUN = "dry-run"
LIVE = "live"
MODES = (OFF, DRY_RUN, LIVE)  # the safest first

KEY = "seedgit.mode"
VARIABLE = "SEEDGIT_MODE"
DEFAULT = "default"

# git's scopes (git-config(1), --show-scope), highest precedence first.
SCOPES = ("command", "worktree", "local", "global", "system")


class Mode:
    """The mode that counts, and where it is set.

    odd      warnings about settings that are invalid or contradict each other
    covered  warnings about settings that another setting overrides
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
        """Whether somebody switched it off, rather than never set seedgit up here."""
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
    installed  whether the merge driver is installed: the default is then `live`, else `off`

    The environment comes first, then the configuration of the worktree, the repository and the
    user. Of several values in one of these, the safest counts. A value that is not a mode counts
    as off. Each such setting gets a warning. A worktree with a mode of its own gets none.
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
