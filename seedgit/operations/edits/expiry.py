"""When an override has served its purpose: the day, the version or the seed value it waits for."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable

from seedgit.errors import UsageError
from seedgit.operations.workspace import Workspace
from seedgit.overlay.override import DATE, SEED_IS, VERSION, Override, Until
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Secret, Value, has_secret, same

_DAY = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_TIME_OF_DAY = r"(?i):|@|\d\s*[ap]m\b|noon|midnight|tea"


class Expiry:
    """Which conditions are met at one moment, for the commit that is checked out."""

    def __init__(self, workspace: Workspace, now: float | None = None) -> None:
        self.repository = workspace.repository
        self.now = time.time() if now is None else now
        self._contained: dict[str, bool] = {}

    def expired(self, override: Override, *, gone: bool = False) -> bool:
        """Whether an override has expired over the seed at hand. `gone`: its place is gone."""
        return self.met(override.until, ABSENT if gone else override.seed)

    def met(self, until: Until | None, seed: Value) -> bool:
        """Whether a condition is met; `seed` is the seed's value there, ABSENT if it has none.

        One that only a newer seedgit knows is never met here.
        """
        if until is None:
            return False
        if until.kind == DATE:
            from seedgit.overlay.record_json import instant  # late: few have an end

            return instant(until.value) <= self.now
        if until.kind == VERSION:
            return self.contains(until.value)
        return until.kind == SEED_IS and (seed is ABSENT or not same(seed, until.value))

    def contains(self, tag: str) -> bool:
        """Whether HEAD contains a tag. A tag that is not here yet is not contained."""
        if tag not in self._contained:
            named = self.repository.is_tag_name(tag)  # a record that was pulled may say anything
            commit = self.repository.tag(tag) if named else None
            head = self.repository.head()
            self._contained[tag] = bool(
                commit and head and self.repository.is_ancestor(commit, head)
            )
        return self._contained[tag]


def told_until(until: Until | None, *values: Value) -> Until | None:
    """A condition as it may be told: with a mask for the seed's value, if one of the values of its
    place, as they are told, is a secret."""
    if until is None or until.kind != SEED_IS or not any(map(has_secret, values)):
        return until
    return until._replace(value=Secret(plain=until.value, bare=True))


def until_text(until: Until) -> str:
    """A condition in words. The text may come from a record: it is not safe to print as it is."""
    if until.kind in (DATE, VERSION):
        return f"until {str(until.value).replace('T', ' ') if until.kind == DATE else until.value}"
    words = "while the seed is" if until.kind == SEED_IS else f"until {until.kind}"
    if isinstance(until.value, Secret):
        return f"{words} {until.value!r}"
    return f"{words} {json.dumps(until.value, ensure_ascii=False, default=str)}"


def until_date(workspace: Workspace, text: str, now: float | None = None) -> Until:
    """The condition of a day or an instant to come. Raises UsageError for any other.

    git reads a text that it does not understand as now, and `2 weeks` as two weeks ago. So the date
    that git gives counts only if it is in the future.
    """
    from seedgit.overlay.record_json import instant

    now = time.time() if now is None else now
    found = _iso(text) or _approximate(workspace, text)
    if found is None or instant(found) <= now + 1:
        raise UsageError(
            f"--until {text!r} is not a date in the future",
            hint="write it as 2026-12-01, 2026-12-01T18:00 or 1 December 2026",
        )
    return Until(DATE, found)


def until_version(workspace: Workspace, text: str) -> Until:
    """The condition of a tag that the seeds' commit does not contain yet. Raises UsageError."""
    from seedgit.overlay.record_json import TAG_LIMIT

    tag = text.removeprefix("refs/tags/")
    if len(tag) > TAG_LIMIT or not workspace.repository.is_tag_name(tag):
        raise UsageError(f"not the name of a tag: {text!r}", hint="git tag lists the tags")
    if Expiry(workspace).contains(tag):
        raise UsageError(
            f"what is checked out contains {tag} already",
            hint="name a later version, which no longer needs the override",
        )
    return Until(VERSION, tag)


def check_seed_is(
    until: Until | None, seed: Value, places: Iterable[tuple[str, ...]], rule: SeedRule
) -> None:
    """Raises UsageError if an override would have expired as soon as it is made."""
    if until is None or until.kind != SEED_IS:
        return
    for tokens in places:
        found = value_at(seed, tokens)
        if found is ABSENT or not same(found, until.value):
            told = rule.told(found, tokens, seed)
            has = "nothing" if found is ABSENT else json.dumps(told, default=repr)
            shown = told_until(until, told) or until
            raise UsageError(
                f"the seed is not {json.dumps(shown.value, default=repr)} at "
                f"{format_pointer(tokens)}: it has {has} there",
                hint="--if-seed-is takes the value that the seed has now",
            )


def _iso(text: str) -> str | None:
    from datetime import UTC, date, datetime  # late: it takes a while to load

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


def _approximate(workspace: Workspace, text: str) -> str | None:
    from datetime import UTC, date, datetime

    day = re.search(_DAY, text)
    if day:
        try:
            date(*map(int, day[0].split("-")))
        except ValueError:  # git would turn it into some day
            return None
    seconds = workspace.repository.approxidate(text)
    if re.search(_TIME_OF_DAY, text):
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    # git fills in the time it is now; a person named a day of their own calendar.
    return datetime.fromtimestamp(seconds).date().isoformat()
