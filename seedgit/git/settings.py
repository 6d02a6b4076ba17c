"""What git config and the environment decide, and where each decision comes from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from seedgit.errors import InputError, RepositoryError, UsageError
from seedgit.git.overlays import overlay_ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seedgit.git.repository import Repository

OVERLAY_KEY: Final = "seedgit.overlay"
UPSTREAM_KEY: Final = "seedgit.upstream"
MODE_KEY: Final = "seedgit.mode"
MODE_VARIABLE: Final = "SEEDGIT_MODE"

OFF: Final = "off"
DRY_RUN: Final = "dry-run"
LIVE: Final = "live"
MODES: Final = (OFF, DRY_RUN, LIVE)

DEFAULT_OVERLAY: Final = "local"
DEFAULT: Final = "default"


class Chosen(NamedTuple):
    """A value and its origin: "default", an environment variable, or a file of git's config."""

    value: str
    origin: str


def overlays(repository: Repository) -> list[Chosen]:
    """The active overlays; each lies over those before it. Raises InputError."""
    chosen: dict[str, Chosen] = {}
    for setting in repository.config.all(OVERLAY_KEY):
        name = setting.value or ""
        if not name:  # as for git's own lists, an empty value forgets the ones before
            chosen.clear()
            continue
        try:
            overlay_ref(name)
        except UsageError as error:
            raise InputError(
                f"git config {OVERLAY_KEY}: {error.message}",
                where=setting.where,
                hint=error.hint,
            ) from None
        # Named twice, in two files perhaps, it counts where it is named last.
        chosen.pop(name, None)
        chosen[name] = Chosen(name, setting.where)
    return list(chosen.values()) or [Chosen(DEFAULT_OVERLAY, DEFAULT)]


def upstream(repository: Repository) -> Chosen | None:
    """The ref that holds the package as its author has it; None where none is known.

    Raises RepositoryError where the configured one does not exist.
    """
    configured = repository.config.get(UPSTREAM_KEY)
    if configured is None:
        ref = repository.upstream()
        return Chosen(ref, DEFAULT) if ref else None
    origin = repository.config.all(UPSTREAM_KEY)[-1].where
    if repository.resolve(configured) is None:
        raise RepositoryError(
            f"git config {UPSTREAM_KEY} names {configured!r}, which does not exist",
            where=origin,
            hint="git fetch the upstream, or git config seedgit.upstream <remote>/<branch>",
        )
    return Chosen(configured, origin)


def mode(repository: Repository, environment: Mapping[str, str] = os.environ) -> Chosen:
    """off, dry-run or live. Raises InputError for anything else."""
    given = environment.get(MODE_VARIABLE)
    if given:
        if given not in MODES:
            raise InputError(
                f"{MODE_VARIABLE} is {given!r}, not {', '.join(MODES[:-1])} or {MODES[-1]}",
                hint=f"unset {MODE_VARIABLE}",
            )
        return Chosen(given, MODE_VARIABLE)
    configured = repository.config.get(MODE_KEY)
    if configured is None:
        return Chosen(LIVE, DEFAULT)
    if configured not in MODES:
        raise repository.config.bad(MODE_KEY, " or ".join(MODES))
    return Chosen(configured, repository.config.all(MODE_KEY)[-1].where)
