"""Overlays on a remote. This never writes local overlays: what is fetched goes beside them.

refs/seedgit/overlays/<name>             ours, and the remote's, each in its own repository
refs/heads/seedgit/<name>                the remote's, on a host that takes only heads and tags
refs/seedgit/remotes/<remote>/<name>     our copy of the remote's
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import Refused, RepositoryError, SeedgitError, UsageError
from seedgit.git.names import to_text
from seedgit.git.overlay_names import COPIES, OVERLAYS, overlay_ref
from seedgit.git.process import DAMAGE, GitFailed
from seedgit.git.refs import read_ref
from seedgit.git.transfer import REMEDIES, words_of
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

    from seedgit.git.repository import Repository
    from seedgit.git.store import Store

HEADS: Final = "refs/heads/seedgit/"


class Push(NamedTuple):
    """What happened to one overlay: PUSHED, CURRENT, MISSING, or why it failed (`REMEDIES`).

    `ref` is its place on the remote, also if it was refused there; `reason` is the remote's own
    words.
    """

    name: str
    outcome: str
    ref: str
    reason: str = ""


class Fetch(NamedTuple):
    """What the remote has, by overlay name, and what was refused, with the reason.

    places  the ref of each on the remote
    """

    commits: dict[str, str]
    refused: dict[str, SeedgitError]
    places: dict[str, str]


class Risk(NamedTuple):
    """A git setting that endangers overlays, where it is, and what it would do."""

    key: str
    value: str
    origin: str
    what: str


class Remotes:
    """Pushing and fetching overlays."""

    def __init__(self, repository: Repository, store: Store) -> None:
        self._repository = repository
        self._store = store

    def names(self) -> list[str]:
        """The remotes, sorted, as `git remote` lists them."""
        keys = (key.partition(".") for key in set(self._repository.config.keys()))
        named = {rest.rpartition(".")[0] for section, _, rest in keys if section == "remote"}
        return sorted(named - {""})

    def copy(self, name: str, remote: str) -> str | None:
        """The remote's overlay as it was last seen here; None if it never was."""
        return read_ref(self._repository, _copy_ref(remote, name))

    def copies(self, remote: str) -> dict[str, str]:
        """The remote's overlays as they were last seen here, by name."""
        prefix = _copies(remote)
        found = self._repository.refs(prefix)
        return {ref.removeprefix(prefix): commit for ref, commit in found.items()}

    def merge_bases(self, name: str, remote: str) -> tuple[str, ...]:
        """The last states that the overlay and the remote's have in common: more than one where
        both sides have merged the same states, each with its own."""
        ours, theirs = self._store.tip(name), self.copy(name, remote)
        return self._repository.merge_bases(ours, theirs) if ours and theirs else ()

    def fetch(self, remote: str) -> Fetch:
        """Fetch the remote's overlays into their copies. Raises RepositoryError.

        Objects are checked on the way in (fetch.fsckObjects), so an overlay with a tree name like
        `..` is refused, and no other. The copy of an overlay that the remote no longer has stays.
        """
        there = self._advertised(remote)
        commits: dict[str, str] = {}
        refused: dict[str, SeedgitError] = {}
        for name, ref in sorted(there.items()):
            try:
                self._repository.writer.fetch(remote, ref, _copy_ref(remote, name))
            except (RepositoryError, Refused) as error:
                refused[name] = _explained(error)
                continue
            commit = self.copy(name, remote)
            if commit is not None:  # just fetched, except in a first dry-run
                commits[name] = commit
        return Fetch(commits, refused, there)

    def fetch_one(self, remote: str, pushed: Push) -> str | None:
        """Fetch an overlay from where a push met it; its commit. Raises RepositoryError, Refused.

        None if nothing was fetched: a dry-run does not.
        """
        self._repository.writer.fetch(remote, pushed.ref, _copy_ref(remote, pushed.name))
        return self.copy(pushed.name, remote)

    def push(self, remote: str, names: Iterable[str]) -> list[Push]:
        """Send overlays, each on its own: one that is declined must not stop the others.

        Never forced: the remote takes only a descendant of what it has, and git tells it what it
        saw there, so a concurrent push cannot be lost. Raises RepositoryError if the remote cannot
        be reached.
        """
        wanted = list(names)
        for name in wanted:
            overlay_ref(name)
        there = self._advertised(remote)
        return [self._push_one(remote, name, there.get(name)) for name in wanted]

    def risks(self) -> list[Risk]:
        """The configured refspecs by which an ordinary fetch or push would destroy overlays."""
        config = self._repository.config
        found = []
        for key in sorted(config.keys()):
            section, _, variable = key.rpartition(".")
            if not section.startswith("remote."):
                continue
            for setting in config.all(key):
                value = setting.value or ""
                if variable == "fetch" and _covers_overlays(value.partition(":")[2]):
                    what = "git fetch overwrites local overlays, and with --prune deletes them"
                elif variable == "mirror" and config.boolean(key, default=False):
                    what = "git push deletes the overlays that are not in this clone"
                else:
                    continue
                found.append(Risk(key, value, setting.where, what))
        return found

    def _push_one(self, remote: str, name: str, there: str | None) -> Push:
        commit = self._store.tip(name)
        if commit is None:
            return Push(name, codes.NO_OVERLAY, there or OVERLAYS + name)
        # An overlay stays in its place on the remote. A new one tries its own place first.
        places = [there] if there else [OVERLAYS + name, HEADS + name]
        for ref in places:
            outcome, text = self._repository.writer.push(remote, commit, ref)
            push = Push(name, outcome, ref, text)
            if push.outcome != codes.DECLINED:
                break
        if push.outcome in (codes.PUSHED, codes.UP_TO_DATE):
            copy = _copy_ref(remote, name)
            try:
                for attempt in self._repository.writer.attempts(copy):
                    attempt.new, attempt.why = commit, f"push to {remote}"
            except (RepositoryError, Refused) as error:  # it is there all the same
                return push._replace(reason=f"its copy here is not up to date: {error}")
        return push

    def _advertised(self, remote: str) -> dict[str, str]:
        """The remote's overlays by name: the full ref of each, its own place before the fallback.

        Names that could not be an overlay's here are left out.
        """
        if remote not in self.names():
            raise RepositoryError(
                f"there is no remote {remote!r}",
                hint=f"git remote lists them: {', '.join(self.names()) or 'none yet'}",
            )
        asked = ("ls-remote", "--quiet", "--refs", "--", remote, OVERLAYS + "*", HEADS + "*")
        refs = [
            line.partition("\t")[2] for line in to_text(self._repository.git(*asked)).splitlines()
        ]
        found: dict[str, str] = {}
        for prefix in (OVERLAYS, HEADS):
            for ref in refs:
                name = ref.removeprefix(prefix)
                if name != ref and _is_name(name):
                    found.setdefault(name, ref)
        return found


def _copies(remote: str) -> str:
    """Both a remote's name and an overlay's may hold `/`. One level keeps them apart."""
    return COPIES + remote.replace("%", "%25").replace("/", "%2F") + "/"


def _copy_ref(remote: str, name: str) -> str:
    return overlay_ref(name, _copies(remote))


def _covers_overlays(pattern: str) -> bool:
    start, star, _ = pattern.partition("*")
    return pattern.startswith(OVERLAYS) or (bool(star) and OVERLAYS.startswith(start))


def _is_name(name: str) -> bool:
    try:
        overlay_ref(name)
    except UsageError:
        return False
    return True


def _explained(error: SeedgitError) -> SeedgitError:
    """The error with the remote's own words, if any, and always with something to do next."""
    text = words_of("", error.stderr) if isinstance(error, GitFailed) else ""
    if text:
        error.message += f" ({text})"
    if not error.hint or any(sign in text for sign in DAMAGE):
        error.hint = REMEDIES[codes.DAMAGED]
    return error
