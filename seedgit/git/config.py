"""git's configuration, as git itself resolves it: every file, include, worktree and `-c`."""

from __future__ import annotations

from contextlib import contextmanager

from seedgit.errors import InputError, RepositoryError
from seedgit.git.names import to_text
from seedgit.named_tuple import NamedTuple
from seedgit.spawn import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Final

    from seedgit.git.clone import Clone

TRUE: Final = frozenset({"true", "yes", "on", "1"})
FALSE: Final = frozenset({"false", "no", "off", "0", ""})

EXTENSION: Final = "extensions.worktreeConfig"  # each worktree has a configuration of its own

REMOVE: Final = "--remove-section"  # git-config(1)

LOCAL: Final = "local"
WORKTREE: Final = "worktree"


class Setting(NamedTuple):
    """One value. `value` is None for a key without `=`; `scope` and `origin` say where it is."""

    value: str | None
    scope: str
    origin: str

    @property
    def where(self) -> str:
        """The origin as a person would name it: a file, or "command line"."""
        return self.origin.removeprefix("file:").removesuffix(":")


class Config:
    """What git config says. Read once, and again after each change made through it."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._read: dict[str, list[Setting]] | None = None
        self._held: list[tuple[str, ...]] | None = None
        self._held_of = ""

    def all(self, key: str) -> list[Setting]:
        """Every value of a key. The last one counts."""
        return self._values.get(_normal(key), [])

    @property
    def _values(self) -> dict[str, list[Setting]]:
        if self._read is None:
            self.told(self._clone.git(*CONFIG))
        return self._read or {}

    def told(self, said: bytes) -> None:
        """Take what git has said: `git config` with the words of `CONFIG`."""
        self._read = _parse(to_text(said))

    def of(self, clone: Clone) -> Config:
        """The same as far as it is read, with changes made by another clone's writer."""
        other = Config(clone)
        other._read = self._read
        return other

    def keys(self) -> list[str]:
        """Every key, with section and variable in lower case."""
        return list(self._values)

    def get(self, key: str) -> str | None:
        """The value that counts; None if there is none. A key without `=` is "true"."""
        found = self.all(key)
        if not found:
            return None
        value = found[-1].value
        return "true" if value is None else value

    def boolean(self, key: str, default: bool) -> bool:
        """A boolean as git-config(1) spells them. Raises InputError."""
        value = self.get(key)
        if value is None:
            return default
        if value.lower() in TRUE:
            return True
        if value.lower() in FALSE:
            return False
        raise self.bad(key, "true or false")

    def bad(self, key: str, expected: str) -> InputError:
        """The error for a key whose value is not the expected kind."""
        setting = self.all(key)[-1]
        return InputError(
            f"git config {key} is {setting.value!r}, not {expected}",
            where=setting.where,
            hint=f"git config --unset {key}, or set it to {expected}",
        )

    def set(self, key: str, value: str, scope: str = LOCAL) -> None:
        """Makes `value` the only one of `key` in `scope`."""
        self._change("--replace-all", key, value, scope=scope)

    def add(self, key: str, value: str, scope: str | Path = LOCAL) -> None:
        """Adds one more value of `key` in `scope`, or in a file."""
        self._change("--add", key, value, scope=scope)

    def unset(self, key: str, scope: str | Path = LOCAL) -> None:
        """Removes every value of `key` in `scope`, or in a file, if there is any."""
        self._change("--unset-all", key, scope=scope)

    def remove_section(self, section: str, scope: str = LOCAL) -> None:
        """Removes a section (`merge.seedgit`) from `scope`, if any of its keys is there."""
        name = _normal(section + ".").removesuffix(".") if "." in section else section.lower()
        if any(
            setting.scope == scope
            for key in self.keys()
            if key.rpartition(".")[0] == name
            for setting in self.all(key)
        ):
            self._change(REMOVE, section, scope=scope)

    @contextmanager
    def together(self, scope: str = LOCAL) -> Iterator[None]:
        """All changes of `scope` that are made meanwhile are made at the end, in one step.

        Until then they are not seen. Without an end, none is made. Changes of another scope are
        made at once.
        """
        self._held, self._held_of = [], scope
        try:
            yield
            held = self._held
        finally:
            self._held = None
        if held:
            self._clone.writer.configure_together(scope, held)
            self._read = None

    @property
    def own(self) -> bool:
        """Whether each worktree has a configuration of its own."""
        return bool(self.boolean(EXTENSION, default=False))

    def require_own(self) -> None:
        """Raises RepositoryError if all worktrees share one configuration."""
        if self.own:
            return
        unset = (None, "false")
        moved = [key for key in ("core.worktree", "core.bare") if self.get(key) not in unset]
        first = f"move {moved[0]} as `git help worktree` says; then " if moved else ""
        raise RepositoryError(
            "git keeps one configuration for all worktrees of this clone; nothing was changed",
            hint=f"{first}git config {EXTENSION} true lets each have its own",
        )

    def _change(self, action: str, key: str, *values: str, scope: str | Path) -> None:
        if self._held is not None and scope == self._held_of:
            self._held.append((action, key, *values))
            return
        place = (f"--{scope}",) if scope in (LOCAL, WORKTREE) else ("--file", str(scope))
        self._clone.writer.configure(place, action, key, *values)
        self._read = None


def _parse(out: str) -> dict[str, list[Setting]]:
    settings: dict[str, list[Setting]] = {}
    fields = iter(out.split("\0"))
    for scope, origin, item in zip(fields, fields, fields, strict=False):
        key, equals, value = item.partition("\n")
        settings.setdefault(key, []).append(Setting(value if equals else None, scope, origin))
    return settings


def _normal(key: str) -> str:
    """A key as git prints it: only the subsection keeps its case."""
    section, dot, rest = key.partition(".")
    subsection, last_dot, name = rest.rpartition(".")
    return section.lower() + dot + subsection + last_dot + name.lower()
