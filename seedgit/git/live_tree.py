"""Live trees: folders that hold effective files, as this worktree's git configuration says.

    [seedgit-live "/srv/app/config"]
        pattern = flows/*.yaml
        exec = systemctl reload app
        map = flows/wiki.yaml=/etc/app/wiki.yaml

The folder "." is the working tree itself: its files are live in place.

What the clone's own file says of a folder counts in the main worktree alone: two versions of a seed
have no file in common. What it says of "." counts in each worktree, whose files are its own.

A tracked file cannot set any of it: git reads no configuration from the working tree.
"""

from __future__ import annotations

import os

from seedgit.digest import sha256
from seedgit.errors import InputError, UsageError
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.git.names import pasted, to_text
from seedgit.git.places import is_below
from seedgit.git.settings import LIVE_SECTION as SECTION
from seedgit.named_tuple import NamedTuple
from seedgit.rules.wildmatch import Wildmatch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from seedgit.git.repository import Repository

IN_PLACE: Final = "."  # the folder of a live tree that is the working tree itself
_IN_PLACE_KEY: Final = f"{SECTION}.{IN_PLACE}.pattern"


class LiveTree(NamedTuple):
    """A folder with the effective files of some seeds.

    patterns  of the seeds that have a file there; none: all have
    command   run by the shell after files of it changed; "": nothing is run
    maps      seeds whose file is elsewhere
    in_place  it is the working tree itself
    """

    directory: str
    patterns: tuple[str, ...] = ()
    command: str = ""
    maps: tuple[tuple[str, str], ...] = ()
    in_place: bool = False

    @property
    def section(self) -> str:
        return f"{SECTION}.{IN_PLACE if self.in_place else self.directory}"

    def ledger(self, repository: Repository) -> str:
        """The folder of what is known of its files, in this worktree's git directory."""
        name = sha256(os.fsencode(self.directory)).hex()[:16]
        return os.path.join(repository.at.git_dir, "seedgit", "live", name)

    def place(self, path: str) -> str:
        """Where the effective file of a seed is."""
        return dict(self.maps).get(path) or os.path.join(self.directory, path)

    def chosen(self, seeds: Iterable[str]) -> list[str]:
        """Those of some seeds that have a file in it. Raises InputError for a bad pattern.

        A line of info/attributes cannot name a file whose name has a line feed.
        """
        if self.in_place:
            seeds = [path for path in seeds if "\n" not in path]
        if not self.patterns:
            return list(seeds)
        try:
            patterns = [Wildmatch(pattern) for pattern in self.patterns]
        except ValueError as error:
            raise InputError(
                f"not a pattern: {error}", where=f"git config {self.section}"
            ) from None
        return [path for path in seeds if any(pattern(path) for pattern in patterns)]


def live_trees(repository: Repository) -> list[LiveTree]:
    """The live trees of this worktree. Raises InputError."""
    config = repository.config
    found: dict[str, dict[str, list[str]]] = {}
    for key in config.keys():  # noqa: SIM118  it is no mapping
        section, _, rest = key.partition(".")
        if section != SECTION:
            continue
        directory, _, name = rest.rpartition(".")
        scopes = _scopes(repository, in_place=directory == IN_PLACE)
        own = [setting for setting in config.all(key) if setting.scope in scopes]
        values = [setting.value or "" for setting in own]
        found.setdefault(directory, {})[name] = values
    trees = [_tree(name, values) for name, values in sorted(found.items()) if any(values.values())]
    return [_in_place(repository, t) if t.directory == IN_PLACE else t for t in trees]


def in_place_tree(repository: Repository) -> LiveTree | None:
    """The live tree that is the working tree itself; None if it is none. Raises InputError."""
    return next((tree for tree in live_trees(repository) if tree.in_place), None)


def _in_place(repository: Repository, tree: LiveTree) -> LiveTree:
    return tree._replace(directory=repository.at.worktree, in_place=True)


def _tree(directory: str, values: dict[str, list[str]]) -> LiveTree:
    maps = []
    for text in values.get("map", ()):
        seed, equals, place = text.partition("=")
        if not equals or not os.path.isabs(place):
            raise InputError(
                f"not SEED=FILE with an absolute FILE: {text!r}",
                where=f"git config {SECTION}.{directory}.map",
            )
        maps.append((seed, _plain(place)))
    patterns = tuple(filter(None, values.get("pattern", ())))
    return LiveTree(_plain(directory), patterns, values.get("exec", [""])[-1], tuple(maps))


def _plain(name: str) -> str:
    return name.rstrip("/") or name[:1] or IN_PLACE


def outside(repository: Repository, name: str, place: str) -> UsageError:
    """The error for a file that is not in the working tree; it may be a live one."""
    for tree in live_trees(repository):
        seed = next((seed for seed, at in tree.maps if at == place), "")
        if not seed and is_below(place, tree.directory):
            seed = to_text(os.fsencode(os.path.relpath(place, tree.directory)))
        if seed:
            hint = f"it is a live file: name its seed, {pasted(seed)}"
            return UsageError("is outside the working tree", where=name, hint=hint)
    return UsageError("is outside the working tree", where=name)


def add(repository: Repository, tree: LiveTree) -> None:
    """Keep a live tree in the configuration, in place of what it says of that folder.

    In one step: of a part of it, a sync would write files where they do not belong.
    """
    config, scope = repository.config, live_scope(repository, in_place=tree.in_place)
    with config.together(scope):
        config.remove_section(tree.section, scope)
        for pattern in tree.patterns or ("",):
            config.add(f"{tree.section}.pattern", pattern, scope)
        if tree.command:
            config.add(f"{tree.section}.exec", tree.command, scope)
        for seed, place in tree.maps:
            config.add(f"{tree.section}.map", f"{seed}={place}", scope)
    forget(repository, tree, but=scope)


def forget(repository: Repository, tree: LiveTree, *, but: str = "") -> None:
    """Take a live tree out of the configuration. What other worktrees share of it they keep.

    but  a scope in which it stays
    """
    if tree.in_place and _shared(repository):
        repository.config.require_own()
        for place in _other_files(repository):
            for pattern in tree.patterns or ("",):
                repository.config.add(f"{tree.section}.pattern", pattern, place)
    for scope in _scopes(repository, in_place=tree.in_place):
        if scope != but:
            repository.config.remove_section(tree.section, scope)


def _scopes(repository: Repository, *, in_place: bool) -> tuple[str, ...]:
    """Where the settings are that count for this worktree."""
    main = os.path.samefile(repository.at.git_dir, repository.at.common_dir)
    return (LOCAL, WORKTREE) if main or in_place else (WORKTREE,)


def live_scope(repository: Repository, *, in_place: bool = False) -> str:
    """Where this worktree's own settings are. Raises RepositoryError if it has no such place."""
    others = bool(_other_files(repository)) if in_place else False
    if others or LOCAL not in _scopes(repository, in_place=in_place):
        repository.config.require_own()
    return WORKTREE if repository.config.own else LOCAL


def in_place_scope(repository: Repository) -> str:
    """Where it is said that this worktree is live in place."""
    found = repository.config.all(_IN_PLACE_KEY)
    return found[-1].scope if found else live_scope(repository, in_place=True)


def in_place_elsewhere(repository: Repository) -> bool:
    """Whether another worktree is live in place."""
    asked = ("--get-all", _IN_PLACE_KEY)
    return _shared(repository) or any(
        repository.git_status("config", "--file", place, *asked, accept=(0, 1))[0] == 0
        for place in _other_files(repository)
        if os.path.isfile(place)
    )


def _shared(repository: Repository) -> bool:
    """Whether other worktrees are live in place because the clone's own file says so."""
    found = repository.config.all(_IN_PLACE_KEY)
    return any(s.scope == LOCAL for s in found) and bool(_other_files(repository))


def _other_files(repository: Repository) -> list[str]:
    """Where the settings of the other worktrees are, if they have any of their own."""
    common, own = repository.at.common_dir, repository.at.git_dir
    links = os.path.join(common, "worktrees")
    names = sorted(os.listdir(links)) if os.path.isdir(links) else []
    folders = [common, *(os.path.join(links, name) for name in names)]
    others = (folder for folder in folders if not os.path.samefile(folder, own))
    return [os.path.join(folder, "config.worktree") for folder in others]


def checked_directory(repository: Repository, name: str) -> str:
    """The folder of a live tree, absolute. Raises UsageError if git would track its files."""
    place, at = os.path.realpath(name), repository.at
    tree = os.path.realpath(at.worktree)
    if any(is_below(place, os.path.realpath(own)) for own in (at.git_dir, at.common_dir)):
        raise UsageError("is git's own", where=name, hint="name another folder")
    if "\n" in place or '"' in place:
        raise UsageError("git cannot keep this name in its configuration", where=name)
    if is_below(place, tree):
        below = os.path.relpath(place, tree)
        asked = ("check-ignore", "--quiet", "--no-index", "--", f"{below}/seed")
        ignored = below != "." and repository.git_status(*asked, accept=(0, 1))[0] == 0
        if not ignored:
            raise UsageError(
                "is in the working tree, and git does not ignore it: its files would be committed",
                where=name,
                hint="name a folder elsewhere, or one that .gitignore names",
            )
    elif is_below(tree, place):
        raise UsageError("holds the working tree", where=name, hint="name another folder")
    return place
