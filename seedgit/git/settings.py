"""What git config and the environment decide, and where each decision comes from."""

from __future__ import annotations

import os

from seedgit.errors import InputError, RepositoryError, UsageError
from seedgit.git.layer_settings import layer_settings, unmet
from seedgit.git.overlay_names import overlay_ref
from seedgit.layers import DEFAULT_OVERLAY, OVERLAY_KEY, in_order
from seedgit.limits import TIME_KEY, TIME_LIMIT, number
from seedgit.mode import KEY, VARIABLE, Mode, resolve_mode
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

    from seedgit.git.repository import Repository

UPSTREAM_KEY: Final = "seedgit.upstream"
DRIVER_KEY: Final = "merge.seedgit.driver"

LIVE_SECTION: Final = "seedgit-live"
FILTER_PROCESS: Final = "filter.seedgit.process"  # what git starts for files in place

DEFAULT: Final = "default"


class Chosen(NamedTuple):
    """A value and its origin: "default", an environment variable, or a file of git's config."""

    value: str
    origin: str


def overlays(repository: Repository) -> list[Chosen]:
    """The active overlays: those whose conditions hold. Each lies over those before it.

    Raises InputError.
    """
    active = [
        chosen
        for chosen in named_overlays(repository)
        if not unmet(repository, layer_settings(repository, chosen.value).when)
    ]
    return active or [Chosen(DEFAULT_OVERLAY, DEFAULT)]


def named_overlays(repository: Repository) -> list[Chosen]:
    """The overlays that the configuration names, lowest first, whether or not their conditions
    hold. Raises InputError."""
    found = repository.config.all(OVERLAY_KEY)
    where = {setting.value or "": setting.where for setting in found}
    for name in filter(None, where):
        try:
            overlay_ref(name)
        except UsageError as error:
            raise InputError(
                f"git config {OVERLAY_KEY}: {error.message}", where=where[name], hint=error.hint
            ) from None
    names = in_order(setting.value or "" for setting in found)
    return [Chosen(name, where[name]) for name in names]


def upstream(repository: Repository) -> Chosen | None:
    """The ref that holds the package as its author has it; None if none is known.

    Raises RepositoryError if the configured one does not exist.
    """
    configured = repository.config.get(UPSTREAM_KEY)
    if configured is None:
        from seedgit.git.upstream import likely  # late: many commands do not ask for it

        found = likely(repository)
        return Chosen(found.ref, DEFAULT) if found else None
    origin = repository.config.all(UPSTREAM_KEY)[-1].where
    if repository.resolve(configured) is None:
        raise RepositoryError(
            f"git config {UPSTREAM_KEY} names {configured!r}, which does not exist",
            where=origin,
            hint="git fetch the upstream, or git config seedgit.upstream <remote>/<branch>",
        )
    return Chosen(configured, origin)


def has_live_trees(repository: Repository) -> bool:
    """Whether git's configuration names a live tree (`live_tree`)."""
    keys = repository.config.keys
    return any(key.startswith(f"{LIVE_SECTION}.") for key in keys())


def time_limit(repository: Repository) -> int:
    """Seconds that a hook may take for a file; 0 is no limit."""
    value = number(repository.config.get(TIME_KEY) or str(TIME_LIMIT))
    return TIME_LIMIT if value is None else value


def mode(repository: Repository, environment: Mapping[str, str] = os.environ) -> Mode:
    """The mode (off, dry-run or live), where it is set, and what is odd about the settings."""
    config = repository.config
    found = [(setting.scope, setting.where, setting.value) for setting in config.all(KEY)]
    return resolve_mode(
        environment.get(VARIABLE), found, installed=config.get(DRIVER_KEY) is not None
    )
