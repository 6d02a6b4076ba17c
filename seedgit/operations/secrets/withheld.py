"""Finds secrets that a program wrote and that cannot be encrypted: they stay in the file."""

from __future__ import annotations

from seedgit import codes
from seedgit.named_tuple import NamedTuple
from seedgit.operations.secrets.sealing import can_seal
from seedgit.overlay.concealed import Concealing
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import format_pointer
from seedgit.values.secrets import secrets_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from seedgit.operations.stack.effective import Stack
    from seedgit.operations.workspace import Workspace
    from seedgit.overlay.override import Override
    from seedgit.values.value import Value


class Withheld(NamedTuple):
    """A secret that stays in a live file.

    reason   why it cannot be stored, as a code
    by_rule  whether a rule calls it a secret, not only the name of its key
    """

    pointer: str
    reason: str
    by_rule: bool

    def data(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "reason": self.reason}


class Withholding:
    """Tells which changes of an effective document cannot go into the target overlay.

    reason  why a new secret cannot be stored there, as a code; "" where it can
    """

    def __init__(self, workspace: Workspace, now: Stack) -> None:
        self.reason = ""
        if workspace.staged_in_place(now.path):
            self.reason = codes.SECRET_IN_PLACE
        elif not can_seal(workspace.overlay(workspace.target)):
            self.reason = codes.SECRET_WITHOUT_RECIPIENTS
        self._now = now
        self._own = [layer.overlay for layer in now.layers]
        self._target = workspace.target
        opener = workspace.opener
        self._concealing = Concealing(workspace.rule(now.path), now.value, usual=True)
        if opener is not None:
            self._concealing = self._concealing._replace(plain=opener.plain, known=opener.knows)

    def places(self, made: Override) -> Iterator[Withheld]:
        """The secrets in a change that cannot be stored."""
        if not self.reason or made.local is ABSENT:
            return
        rule, document = self._concealing.rule, self._now.value
        value = self._concealing.value(made.value, made.tokens, self._old(made))
        for at, secret in secrets_in(value):
            if secret.new:
                place = (*made.tokens, *at)
                by_rule = rule is not None and rule.secret(place, document)
                yield Withheld(format_pointer(place), self.reason, by_rule)

    def _old(self, made: Override) -> Value:
        """What the target overlay has there. Where that is plain, a key's name says nothing."""
        origin = self._now.origins.at(made.tokens)
        if origin is None or origin.override is None or origin.layer is None:
            return ABSENT
        return made.seed if self._own[origin.layer] == self._target else ABSENT
