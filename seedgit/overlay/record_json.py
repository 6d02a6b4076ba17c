"""Reads and writes records as JSON. Anybody may have written a body, so each field has limits.

A body beyond a limit is refused as a whole, with an InputError that says what is wrong. So other
code can trust a record: its values are no deeper, and its texts no longer, than those of real seeds
and people.
"""

from __future__ import annotations

from seedgit.errors import InputError, PatchError
from seedgit.overlay.decisions import CHOICES, VALUE, Question, StoredDecision
from seedgit.overlay.override import (
    ADD,
    DATE,
    REMOVE,
    REPLACE,
    TEST,
    VERSION,
    Override,
    Parked,
    Rival,
    Until,
)
from seedgit.overlay.patch import is_structural, patch_of, written_value
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import is_index, is_prefix, parse_pointer, parse_selector
from seedgit.values.value import DEPTH_LIMIT, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.values.diff import Tokens

OPERATIONS_LIMIT = 100_000  # of a patch
ENTRIES_LIMIT = 5_000  # of removals of nothing, parked overrides and decisions, each
TEXT_LIMIT = 16_384  # characters of a reason
WORD_LIMIT = 100  # characters of a stable code, as `parked` and `until` have them
PATH_LIMIT = 4_096  # characters of a path
TAG_LIMIT = 1_000  # characters of a tag's name

MESSAGE_LIMIT = 300  # characters of a message about a body, which may quote from it

HINT = "seedgit log shows its changes; seedgit undo takes the last one back"


def body_of(record: Record) -> dict[str, Any]:
    """The record as JSON, without the members the store itself keeps (version, path, base)."""
    body: dict[str, Any] = {"patch": patch_of(record.overrides)}
    # A patch cannot remove what the seed no longer has, but the site still wants it removed.
    kept = [o for o in record.overrides if _removes_nothing(o)]
    if kept:
        body["removed"] = [_entry(override) for override in kept]
    if record.parked:
        body["parked"] = [_parked_data(parked) for parked in record.parked]
    if record.rivals:
        body["rivals"] = [_rival_data(rival) for rival in record.rivals]
    if record.decisions:
        body["decisions"] = [_decision_data(decision) for decision in record.decisions]
    if record.was:
        body["was"] = list(record.was)
    return body


def _entry(override: Override) -> dict[str, Any]:
    entry: dict[str, Any] = {"op": override.op, "path": override.pointer}
    if override.op != REMOVE:
        entry["value"] = override.value
    entry["seed"], entry["over"] = written_value(override.seed), written_value(override.over)
    if override.why:
        entry["why"] = override.why
    if override.until:
        entry["until"] = {override.until.kind: override.until.value}
    if override.chosen:
        entry["chosen"] = override.chosen
    return entry


def _parked_data(parked: Parked) -> dict[str, Any]:
    name = {"name": parked.name} if parked.name else {}
    return {"reason": parked.reason, **_entry(parked.override), **name}


def _rival_data(rival: Rival) -> dict[str, Any]:
    found = {
        name: v for name in ("gone", "lost", "by", "on", "name") if (v := getattr(rival, name))
    }
    return {**_entry(rival.override), "was": written_value(rival.was), **found}


def _decision_data(decision: StoredDecision) -> dict[str, Any]:
    asked = decision.question
    values = {"base": asked.base, "seed": asked.seed, "local": asked.local}
    found: dict[str, Any] = {
        "path": asked.pointer,
        **{name: value for name, value in values.items() if value is not ABSENT},
        "choice": decision.choice,
    }
    if decision.choice == VALUE:
        found["value"] = decision.value
    return found | {n: v for n in ("why", "at") if (v := getattr(decision, n))}


def record_from(path: str, base: str, body: dict[str, Any]) -> Record:
    """The record that a body describes. Raises InputError, which says what is wrong."""
    try:
        overrides = _overrides_from(body.get("patch", []))
        removed = [_removed_from(entry) for entry in _list(body, "removed")]
        parked = [_parked_from(entry) for entry in _list(body, "parked")]
        rivals = tuple(_rival_from(entry) for entry in _list(body, "rivals"))
        decisions = tuple(_decision_from(entry) for entry in _list(body, "decisions"))
        was = tuple(_path_from(entry) for entry in _list(body, "was"))
    except (ValueError, PatchError) as error:
        text = error.message if isinstance(error, PatchError) else str(error)
        message = text if len(text) <= MESSAGE_LIMIT else text[:MESSAGE_LIMIT] + "..."
        raise InputError(message, where=path, hint=HINT) from None
    held = (*overrides, *removed)
    return Record(path, base, held, tuple(parked), decisions, was, rivals)


def _overrides_from(patch: Any) -> tuple[Override, ...]:
    if not isinstance(patch, list):
        raise ValueError("a patch is a list of operations")
    _few(patch, "patch", OPERATIONS_LIMIT)
    pinned: dict[str, Value] = {}
    values: list[Override] = []
    structural: list[Override] = []
    for operation in patch:
        op = _operator(operation, (ADD, REPLACE, REMOVE, TEST))
        tokens, path = _place(operation), operation["path"]
        if op == TEST:
            pinned[path] = _bounded(operation["value"], tokens)
            continue
        seed = pinned.get(path, ABSENT)
        if op == ADD:
            # Where a member is, an addition replaces it (RFC 6902, section 4.1). One that puts an
            # item into a list, or is kept, has nothing of the seed's under it.
            over_member = "kept" not in operation and not (tokens and is_index(tokens[-1]))
            op, seed = (REPLACE, seed) if over_member and seed is not ABSENT else (ADD, ABSENT)
        if op == REPLACE and seed is ABSENT:
            raise ValueError("a replace has no test of what it replaces")
        over = _heard(operation, "over", tokens) if "over" in operation else seed
        value = None if op == REMOVE else _bounded(operation.get("value"), tokens)
        missing = 0
        if "kept" in operation:
            tokens, value, missing = _kept(operation, op, tokens, value)
        why, until = _text(operation, "why"), _until(operation)
        made = Override(tokens, op, value, seed, over, why, until, missing, _chosen(operation))
        (structural if is_structural(made) else values).append(made)
    # `body_of` writes the removals of nothing after all others: read them in that order.
    return tuple(sorted((*values, *reversed(structural)), key=_removes_nothing))


def _removes_nothing(override: Override) -> bool:
    return override.op == REMOVE and override.seed is ABSENT


def _kept(operation: Any, op: str, at: Tokens, value: Value) -> tuple[Tokens, Value, int]:
    """(pointer, value, missing maps) of a kept override, from the operation that adds its maps."""
    kept = operation["kept"]
    if op != ADD or not isinstance(kept, dict):
        raise ValueError("`kept` belongs to an addition, and names a place")
    tokens, missing = _place(kept), kept.get("missing")
    if type(missing) is not int or not 0 < missing < len(tokens) <= len(at) + missing:
        raise ValueError("`kept` has an impossible number of missing maps")
    if not is_prefix(at, tokens):
        raise ValueError("`kept` names a place outside of its operation's")
    for token in tokens[len(at) :]:
        if not isinstance(value, dict) or list(value) != [token]:
            raise ValueError("`kept` names a place that its operation does not add")
        value = value[token]
    return tokens, value, missing


def _removed_from(entry: Any) -> Override:
    made = _from_entry(entry)
    if made.op != REMOVE or made.seed is not ABSENT:
        raise ValueError("`removed` has something that is not a removal")
    return made


def _parked_from(entry: Any) -> Parked:
    made = _from_entry(entry)
    reason = entry.get("reason")
    # Any code will do: a newer seedgit may have others.
    if not isinstance(reason, str) or not _is_word(reason):
        raise ValueError("a parked override's reason is not a code")
    name = _text(entry, "name")
    parse_selector(name)
    return Parked(made, reason, name)


def _rival_from(entry: Any) -> Rival:
    made = _from_entry(entry)
    gone, lost = (entry.get(flag, False) for flag in ("gone", "lost"))
    if type(gone) is not bool or type(lost) is not bool:
        raise ValueError("a rival's `gone` or `lost` is neither true nor false")
    by, on, name = (_text(entry, text) for text in ("by", "on", "name"))
    if on:
        instant(on, "on")
    parse_selector(name)
    return Rival(made, gone, _heard(entry, "was", made.tokens), by, on, lost, name)


def _from_entry(entry: Any) -> Override:
    op = _operator(entry, (ADD, REPLACE, REMOVE))
    tokens = _place(entry)
    return Override(
        tokens,
        op,
        None if op == REMOVE else _bounded(entry.get("value"), tokens),
        _heard(entry, "seed", tokens),
        _heard(entry, "over", tokens),
        _text(entry, "why"),
        _until(entry),
        chosen=_chosen(entry),
    )


def _operator(entry: Any, known: tuple[str, ...]) -> str:
    """The operation of an entry. Raises ValueError if it is not known or lacks its value."""
    if not isinstance(entry, dict):
        raise ValueError("an override is not an object")
    op: str = entry.get("op", "")
    if op not in known:
        raise ValueError(f"an override has none of the operations {', '.join(known)}")
    if op != REMOVE and "value" not in entry:
        raise ValueError(f"{op} has no value")
    return op


def _decision_from(entry: Any) -> StoredDecision:
    if not isinstance(entry, dict):
        raise ValueError("a decision is not an object")
    if entry.get("choice") not in CHOICES:
        raise ValueError("a decision has no choice that is known")
    tokens = _place(entry)
    base, seed, local, value = (
        _bounded(entry[name], tokens) if name in entry else ABSENT
        for name in ("base", "seed", "local", "value")
    )
    if entry["choice"] == VALUE and value is ABSENT:
        raise ValueError("a decision for a value has no value")
    at = _text(entry, "at")
    parse_pointer(at)
    return StoredDecision(
        Question(entry["path"], base, seed, local),
        entry["choice"],
        None if value is ABSENT else value,
        _text(entry, "why"),
        at,
    )


def _path_from(entry: Any) -> str:
    if not isinstance(entry, str) or not entry or len(entry) > PATH_LIMIT:
        raise ValueError("`was` has something that is not a path")
    return entry


# -- fields ----------------------------------------------------------------------------------------


def _list(body: dict[str, Any], name: str) -> list[Any]:
    found = body.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"`{name}` is not a list")
    _few(found, name)
    return found


def _few(entries: list[Any], name: str, most: int = ENTRIES_LIMIT) -> None:
    if len(entries) > most:
        raise ValueError(f"`{name}` has over {most} entries")


def _place(entry: dict[str, Any]) -> Tokens:
    path = entry.get("path")
    if not isinstance(path, str):
        raise ValueError("a pointer is not text")
    tokens = parse_pointer(path)
    if not tokens:
        raise ValueError("the whole document cannot be overridden")
    return tokens


def _heard(entry: dict[str, Any], name: str, tokens: Tokens) -> Value:
    found = entry.get(name)
    if not isinstance(found, dict) or ("value" not in found and found.get("absent") is not True):
        raise ValueError(f"`{name}` is neither a value nor absent")
    return _bounded(found["value"], tokens) if "value" in found else ABSENT


def _text(entry: dict[str, Any], name: str) -> str:
    """A text for people. A character that UTF-8 cannot express becomes a question mark."""
    found = entry.get(name, "")
    if not isinstance(found, str):
        raise ValueError(f"`{name}` is no text")
    if len(found) > TEXT_LIMIT:
        raise ValueError(f"`{name}` has over {TEXT_LIMIT} characters")
    return found.encode("utf-8", "replace").decode("utf-8")


def _chosen(entry: dict[str, Any]) -> int:
    found = entry.get("chosen", 0)
    if type(found) is not int or found < 0:
        raise ValueError("`chosen` is not how often an override was chosen")
    return found


def _until(entry: dict[str, Any]) -> Until | None:
    if "until" not in entry:
        return None
    found = entry["until"]
    if not isinstance(found, dict) or len(found) != 1:
        raise ValueError("`until` is not one condition")
    ((kind, value),) = found.items()
    if not _is_word(kind):
        raise ValueError("`until` has a condition that is no code")
    if kind == DATE:
        instant(value)
    elif kind == VERSION and not (
        isinstance(value, str) and value.isprintable() and len(value) <= TAG_LIMIT
    ):
        raise ValueError("`until` has a version that is not a tag's name")
    # A condition that only a newer seedgit knows is kept, but never met.
    return Until(kind, _bounded(value, ()))


def instant(date: Any, of: str = "until") -> float:
    """The seconds since 1970 of the date in a member. Raises ValueError where it is not a date."""
    if not isinstance(date, str):
        raise ValueError(f"`{of}` has a date that is not text")
    from datetime import UTC, datetime  # late: few overrides have one

    try:
        moment = datetime.fromisoformat(date)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"`{of}` has a date that is not a date") from None


def _is_word(text: str) -> bool:
    """Whether a text can be a stable code: letters, digits and hyphens."""
    return text.isascii() and text.replace("-", "").isalnum() and len(text) <= WORD_LIMIT


# -- values ----------------------------------------------------------------------------------------


def _bounded(value: Value, tokens: Tokens) -> Value:
    """The value, if a seed could be that deep at that pointer. Raises ValueError.

    A text in it may still be one that UTF-8 cannot express. Writing it into the seed fails then.
    """
    if not isinstance(value, (dict, list)):
        return value
    depth = len(tokens)
    layer = [value]
    while layer:
        layer = [inner for item in layer for inner in _inner(item)]
        depth += 1
        if depth > DEPTH_LIMIT and layer:
            raise ValueError(f"a value is nested deeper than {DEPTH_LIMIT} levels")
    return value


def _inner(value: Value) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
