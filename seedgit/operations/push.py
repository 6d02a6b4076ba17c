"""Send the active overlays to a remote, and say what is undecided in them."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.errors import InputError, Refused, SeedgitError
from seedgit.formats.rules import parse_rules
from seedgit.git.layer_settings import layer_settings
from seedgit.git.names import pasted
from seedgit.git.remotes import Push, Remotes
from seedgit.git.rival_rules import rival_items
from seedgit.git.site_rules import SiteRules
from seedgit.named_tuple import NamedTuple
from seedgit.operations.sharing.apart import refuse_other
from seedgit.operations.workspace import Workspace
from seedgit.overlay.rivals import undecided
from seedgit.rules import SITE_RULES
from seedgit.values.diff import no_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Pushed(NamedTuple):
    """What happened to one overlay.

    undecided  the places in it that two people set differently: the paths of seeds, and pointers
    refused    why it was not sent, with the remedy, if it is not the remote's own reason
    """

    push: Push
    undecided: tuple[tuple[str, str], ...] = ()
    refused: SeedgitError | None = None

    def data(self) -> dict[str, Any]:
        return {
            "overlay": self.push.name,
            "outcome": self.push.outcome,
            "ref": self.push.ref,
            "reason": str(self.refused) if self.refused else self.push.reason,
            "undecided": [{"path": path, "pointer": pointer} for path, pointer in self.undecided],
        }


def push(workspace: Workspace, remote: str) -> list[Pushed]:
    """Send the active overlays that are this site's own.

    Raises RepositoryError, and Refused for plain values where the rules say that a secret is, or
    where rules that may say so cannot be understood.
    """
    repository = workspace.repository
    own = [name for name in workspace.names if not layer_settings(repository, name).remote]
    for rules in workspace.site_rules:
        if rules.layer in own:
            _refuse_unruled(rules)
    if workspace.has_secrets:
        from seedgit.operations.secrets.plain_values import refuse_plain  # late: few have any

        refuse_plain(workspace, remote, own)
    done = Remotes(repository, workspace.store).push(remote, own)
    return [_told(workspace, remote, each) for each in done]


def _refuse_unruled(rules: SiteRules) -> None:
    """Raises Refused for rules of a layer that may name secrets, but that do not count."""
    problem = rules.problem
    if problem is None and b"secret" in (rules.data or b""):
        try:
            parse_rules(rules.data or b"", rules.where, of_site=True)
        except InputError as error:
            problem = error
    if problem is not None:
        raise Refused(
            f"{problem.message}; so nobody can tell what is a secret in this overlay, and nothing "
            "was pushed",
            where=problem.where or rules.where,
            hint=problem.hint or f"seedgit rules --edit --overlay {pasted(rules.layer)} mends them",
        )


def _told(workspace: Workspace, remote: str, done: Push) -> Pushed:
    if done.outcome != codes.FETCH_FIRST:
        return Pushed(done, tuple(_undecided(workspace, done.name)))
    try:
        commit = Remotes(workspace.repository, workspace.store).fetch_one(remote, done)
        if commit is not None:
            refuse_other(workspace, done.name, commit, remote)
    except SeedgitError as error:
        return Pushed(done._replace(outcome=codes.REFUSED), refused=error)
    return Pushed(done)


def _undecided(workspace: Workspace, name: str) -> Iterator[tuple[str, str]]:
    if rival_items(workspace.repository, workspace.store.tip(name)):
        yield SITE_RULES, ""
    for path, stored in workspace.store.read(name).records.items():
        if not stored.record.rivals:
            continue
        rule = workspace.rules.match(path)
        try:
            base = workspace.base(stored.record).value
        except InputError:
            continue  # `status` tells what is wrong with it
        for rival, _ in undecided(stored.record, base, rule.key_of if rule else no_key):
            yield path, rival.label
