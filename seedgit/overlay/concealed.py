"""Takes the secrets out of a record that was changed: plain values become secrets to encrypt.

A value is a secret where the rules say so, where one was before, and where the caller says so. What
was plain before and did not change is left as it is: `seedgit secret rotate` encrypts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from seedgit.named_tuple import NamedTuple
from seedgit.overlay.decisions import VALUE, StoredDecision
from seedgit.overlay.override import REMOVE, Override, Rival
from seedgit.overlay.record import Record
from seedgit.rules.ownership import is_usual_secret
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.pointer import exists, parse_selector, select
from seedgit.values.secrets import as_stored, remembered, secrets_in
from seedgit.values.value import Secret, Value, canonical, has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.rules.ownership import SeedRule
    from seedgit.values.diff import Tokens


ANYWHERE = "*"  # no key of the rules' is that


def _unknown(_: Secret) -> Value:
    return ABSENT


class Concealing(NamedTuple):
    """What tells a secret.

    rule   of the seed
    base   the value that the record lies over
    usual  whether a key's usual name makes a value one, where no plain one was before, and no
           rule says that it is none
    plain  the value of a secret, if it was decrypted; else ABSENT
    known  values that were decrypted: one is a secret wherever it is now
    moved  secrets that were decrypted, as texts with the last key of each: a program may have moved
           one; with ANYWHERE if the key does not count
    every  also what did not change
    bare   such secrets are stored plain, and are only to be shown as secrets
    """

    rule: SeedRule | None
    base: Value
    usual: bool = False
    plain: Callable[[Secret], Value] = _unknown
    known: Callable[[Value], bool] | None = None
    moved: frozenset[tuple[str, str]] = frozenset()
    every: bool = False
    bare: bool = False

    def record(self, record: Record, olds: Iterable[Record]) -> Record:
        """The record with new secrets where it has plain values that are secrets."""
        before = [override for old in olds for override in old.held]
        return self.remembering((o.tokens, o.value) for o in before)._record(record, before)

    def _record(self, record: Record, before: list[Override]) -> Record:
        record = record.changed(lambda override: self._override(override, before))
        rivals = tuple(r._replace(was=self._was(r)) for r in record.rivals)
        decisions = tuple(map(self._decision, record.decisions))
        return record._replace(rivals=rivals, decisions=decisions)

    def remembering(self, held: Iterable[tuple[Tokens, Value]]) -> Concealing:
        """The same, which knows the secrets in some values at their pointers, wherever they go.

        Only those that were decrypted: without a key, nobody writes an effective file.
        """
        found = (
            (ANYWHERE if _telling(own) else key, canonical(own))
            for tokens, value in held
            for at, secret in secrets_in(value)
            for key, own in _parts((*tokens, *at), self.plain(secret))
        )
        return self._replace(moved=self.moved.union(found))

    def _was(self, rival: Rival) -> Value:
        if rival.was is ABSENT:
            return ABSENT
        return remembered(self.value(rival.was, rival.override.tokens))

    def _override(self, override: Override, before: list[Override]) -> Override:
        if override.op == REMOVE or isinstance(override.value, Secret):
            return override
        if not self.every and any(same(o.value, override.value) for o in before):
            return override
        old = next((o.value for o in before if o.tokens == override.tokens), ABSENT)
        made = self.value(override.value, override.tokens, old)
        return override if made is override.value else override._replace(value=made)

    def value(self, value: Value, at: Tokens, old: Value = ABSENT) -> Value:
        """The value of an override, with new secrets in it. `old` is what it replaces."""
        return self._hidden(value, at, old, _with(self.base, at, value))

    def _hidden(self, value: Value, at: Tokens, old: Value, document: Value) -> Value:
        if isinstance(value, Secret):
            return value
        if isinstance(old, Secret) and same(self.plain(old), value):
            return old
        whole = self._is_secret(value, at, old, document)
        if whole and not has_secret(value):
            return Secret(plain=value, bare=self.bare)
        if isinstance(value, dict):
            made = {
                key: self._hidden(item, (*at, key), _member(old, key), document)
                for key, item in value.items()
            }
            return value if all(made[key] is value[key] for key in value) else made
        if isinstance(value, list):
            items = [
                self._hidden(item, (*at, str(n)), _member(old, str(n)), document)
                for n, item in enumerate(value)
            ]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        return value

    def _is_secret(self, value: Value, at: Tokens, old: Value, document: Value) -> bool:
        if isinstance(old, Secret) or (self.rule and self.rule.secret(at, document)):
            return True
        if self.known is not None and self.known(value):
            return True
        if self.moved:
            text = canonical(value)
            if (ANYWHERE, text) in self.moved or (bool(at) and (at[-1], text) in self.moved):
                return True
        if not (self.usual and old is ABSENT and bool(at) and is_usual_secret(at[-1], value)):
            return False
        return not (self.rule and self.rule.plain(at, document))

    def _decision(self, decision: StoredDecision) -> StoredDecision:
        """A decision remembers secrets only so far as to tell them apart."""
        steps = parse_selector(decision.question.pointer)
        at = next((t for t in select(self.base, steps) if exists(self.base, t)), steps)
        local, value = decision.question.local, decision.value
        if local is not ABSENT:
            local = remembered(self.value(local, at))
        if decision.choice == VALUE:
            value = remembered(self.value(value, at))
        question = decision.question
        question = question._replace(
            local=local, base=remembered(question.base), seed=remembered(question.seed)
        )
        return decision._replace(question=question, value=value)


def bared(record: Record) -> Record:
    """The record with what is stored plain as it is stored."""
    record = record.changed(lambda override: override._replace(value=as_stored(override.value)))
    rivals = tuple(r._replace(was=as_stored(r.was)) for r in record.rivals)
    decisions = tuple(
        d._replace(
            question=d.question._replace(local=as_stored(d.question.local)),
            value=as_stored(d.value),
        )
        for d in record.decisions
    )
    return record._replace(rivals=rivals, decisions=decisions)


def new_secrets(record: Record) -> bool:
    """Whether a record has secrets that are not encrypted yet."""
    return any(
        _has_new(value)
        for value in (
            *(override.value for override in record.held),
            *(rival.was for rival in record.rivals),
            *(d.question.local for d in record.decisions),
            *(d.value for d in record.decisions),
        )
    )


def _has_new(value: Value) -> bool:
    return any(secret.new for _, secret in secrets_in(value))


def _parts(at: Tokens, value: Value) -> Iterator[tuple[str, Value]]:
    """A decrypted value and what is in it, each with its last key."""
    if value is ABSENT:
        return
    yield at[-1] if at else "", value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _parts((*at, key), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _parts((*at, str(number)), item)


def _telling(value: Value) -> bool:
    """Whether a value, found again, is most likely the same thing: not `true`, or an empty text."""
    return not (value is None or isinstance(value, bool) or value in ("", [], {}))


def _member(value: Value, token: str) -> Value:
    return value_at(value, (token,)) if isinstance(value, (dict, list)) else ABSENT


def _with(base: Value, at: Tokens, value: Value) -> Value:
    """A document to look items up in: the base with a value at its place."""
    if not at:
        return value
    if isinstance(base, dict):
        return {**base, at[0]: _with(base.get(at[0]), at[1:], value)}
    if isinstance(base, list) and at[0].isdigit():
        place = int(at[0])
        inner = _with(base[place] if place < len(base) else None, at[1:], value)
        return [*base[:place], inner, *base[place + 1 :]]
    return {at[0]: _with(None, at[1:], value)}
