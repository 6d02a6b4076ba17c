"""What this clone says of its layers: in which order they lie, where they come from, and when.

    [seedgit]
        overlay = fleet
        overlay = berlin
    [seedgit-layer "fleet"]
        remote = origin
    [seedgit-layer "berlin"]
        when = host=berlin-*

The overlays are listed lowest first. One with a remote is read-only here: it is what that remote
has. One with conditions is a layer only where all of them hold.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence

from seedgit import layers
from seedgit.errors import InputError, Refused
from seedgit.git.names import pasted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.refs import read_ref
from seedgit.layers import BRANCH, ENVIRONMENT, HOST, OVERLAY_KEY, SECTION
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import Repository

KINDS: Final = (HOST, BRANCH, ENVIRONMENT)


class LayerSettings(NamedTuple):
    """What the configuration says of one layer: its remote ("": none), and its conditions."""

    remote: str = ""
    when: tuple[str, ...] = ()


def layer_settings(repository: Repository, name: str) -> LayerSettings:
    """The settings of a layer. Raises InputError for a condition that is none."""
    config = repository.config
    remote = config.get(f"{SECTION}.{name}.remote") or ""
    found = config.all(f"{SECTION}.{name}.when")
    for setting in found:
        try:
            check_condition(setting.value or "")
        except InputError as error:
            error.where = setting.where
            raise
    return LayerSettings(remote, tuple(setting.value or "" for setting in found))


def refuse_read_only(repository: Repository, name: str) -> None:
    """Raises Refused for a layer that is what a remote has."""
    remote = layer_settings(repository, name).remote
    if remote:
        raise Refused(
            f"the layer {name!r} is read-only here: it is what {remote} has",
            hint="a layer above it can override it: seedgit layer shows which is written to",
        )


def missing_layers(repository: Repository, names: Sequence[str]) -> list[str]:
    """A line for each layer that is what a remote has, but was never fetched, or is gone here."""
    config = repository.config
    remotes = {name: config.get(f"{SECTION}.{name}.remote") for name in names}
    return [
        f"the layer {name!r} is not here, and does not count: seedgit pull {pasted(remote)} "
        "brings it"
        for name, remote in remotes.items()
        if remote and read_ref(repository, overlay_ref(name)) is None
    ]


def named_twice(repository: Repository) -> list[str]:
    """A line for each layer that one file of the configuration names twice: the last one counts."""
    found = repository.config.all(OVERLAY_KEY)
    counts = Counter((setting.where, setting.value) for setting in found if setting.value)
    return [
        f"{where}: {OVERLAY_KEY} names {name!r} {count} times; the last place counts"
        for (where, name), count in counts.items()
        if count > 1
    ]


def check_condition(text: str) -> None:
    """Raises InputError for what is not a condition: host=PATTERN, branch=PATTERN or env=NAME."""
    kind, equals, pattern = text.partition("=")
    if kind not in KINDS or not equals or not pattern:
        raise InputError(
            f"not a condition: {text!r}",
            hint="host=berlin-*, branch=release/*, env=SITE (it is set) or env=SITE=berlin",
        )


def unmet(
    repository: Repository, conditions: Sequence[str], environment: Mapping[str, str] = os.environ
) -> str:
    """The first of some conditions that does not hold here; "" if all hold.

    Patterns are a shell's: * ? [a-z]. On no branch, none matches.
    """
    return layers.unmet(conditions, lambda: _branch(repository), environment)


def _branch(repository: Repository) -> str:
    return (repository.branch() or "").removeprefix("refs/heads/")
