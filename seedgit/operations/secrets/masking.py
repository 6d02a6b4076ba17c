"""Masks the secrets in values of live files, which are plain, before anything of them is told."""

from __future__ import annotations

from seedgit.operations.secrets.opening import opener_of
from seedgit.operations.secrets.payload import digest
from seedgit.operations.secrets.sealing import Sealer
from seedgit.overlay.concealed import Concealing
from seedgit.values.diff import ABSENT
from seedgit.values.secrets import replaced, secrets_in
from seedgit.values.value import Secret, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.stack.effective import Stack
    from seedgit.operations.workspace import Workspace
    from seedgit.values.diff import Tokens


class Masking:
    """What is a secret in the file of a seed, by what lies over it and by the rules."""

    def __init__(self, workspace: Workspace, stack: Stack) -> None:
        opener = opener_of(workspace)
        self._plain = opener.plain
        self._rule = workspace.rules.match(stack.path)
        self._document = stack.value
        self._concealing = Concealing(
            self._rule,
            stack.value,
            True,
            opener.plain,
            opener.knows,
        )
        self._sealer = Sealer(
            workspace,
            workspace.overlay(workspace.target),
            opener.digest_keys.get(workspace.target),
        )
        self._old: dict[Tokens, Value] = {}
        for layer in stack.layers:
            outcomes = zip(layer.record.overrides, layer.rebased.outcomes, strict=False)
            for stored, outcome in outcomes:
                self._old[outcome.override.tokens] = stored.value
                for at, secret in secrets_in(stored.value):
                    self._old[(*outcome.override.tokens, *at)] = secret
        self._concealing = self._concealing.remembering(self._old.items())

    def hidden(self, at: Tokens, value: Value, *others: Value) -> Value:
        """A value at a pointer with masks for its secrets.

        others  what else was there: if any of it is a secret, this is one too
        """
        if value is ABSENT:
            return value
        old = self._old.get(at, ABSENT)
        if any(self._concealing.value(o, at) is not o for o in others if isinstance(o, str)):
            old = old if isinstance(old, Secret) else Secret(digest="-")
        made = self._concealing.value(value, at, old)
        if self._rule is not None:
            made = self._rule.told(made, at, self._document)  # what no overlay can hold
        return replaced(made, self._masked)

    def _masked(self, secret: Secret, _: Tokens) -> Value:
        if secret.new or secret.bare:
            return Secret(digest=digest(self._sealer.key, secret.plain))
        return secret.remembered
