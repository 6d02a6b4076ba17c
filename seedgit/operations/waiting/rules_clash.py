"""The rules that two people changed, as they wait for a person: listed, and decided."""

from __future__ import annotations

import hashlib

from seedgit import codes
from seedgit.errors import InputError, Refused, UsageError
from seedgit.formats.rules import parse_rules
from seedgit.git.messages import message
from seedgit.git.names import pasted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.rival_rules import RivalRules, rivals_in
from seedgit.git.site_rules import place_of, rules_item
from seedgit.named_tuple import NamedTuple
from seedgit.operations.waiting.listing import Ids, ListedItem, Listing
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import KEEP_LOCAL, TAKE_OTHER
from seedgit.rules import SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.resolve import Wanted

LOOK_AGAIN = "seedgit pending lists what waits now"
_BOUND = Ids("", "", "")  # the id of an item says all that it is bound to


class RulesClash(NamedTuple):
    """Rules of an overlay that somebody else has made otherwise.

    number  of the item, where it was listed
    own     the blob of those that hold; "" if there are none
    """

    number: int
    overlay: str
    rival: RivalRules
    own: str

    @property
    def id(self) -> str:
        text = "\0".join((self.key, self.own))
        return hashlib.sha1(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]

    @property
    def key(self) -> str:
        return f"{SITE_RULES} {self.overlay} {self.rival.entry}"

    @property
    def place(self) -> str:
        """What messages call the rules."""
        return place_of(self.overlay)

    @property
    def shown_by(self) -> str:
        """The command that prints the rules that wait."""
        return f"git show {pasted(f'{overlay_ref(self.overlay)}:{self.rival.entry}')}"

    def listed(self) -> ListedItem:
        return ListedItem(self.number, self.id, self.key, self.overlay, SITE_RULES, _BOUND)

    def data(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "id": self.id,
            "overlay": self.overlay,
            "path": SITE_RULES,
            "reason": codes.CLASH,
            "other": {"removed": self.rival.gone, "by": self.rival.by, "on": self.rival.on},
            "shown-by": self.shown_by,
        }


class DecidedRules(NamedTuple):
    """A decision about rules; `choice` is KEEP_LOCAL or TAKE_OTHER."""

    clash: RulesClash
    choice: str
    commit: str | None

    def data(self) -> dict[str, Any]:
        return {**self.clash.data(), "choice": self.choice, "commit": self.commit}


def rules_clashes(workspace: Workspace, first: int = 1) -> list[RulesClash]:
    """The rules that wait in the layers that were asked for, numbered from `first`."""
    repository = workspace.repository
    found: list[RulesClash] = []
    for name in workspace.asked:
        tip = workspace.overlay(name).commit
        item = rules_item(repository, tip)
        for rival in rivals_in(repository, tip):
            found.append(RulesClash(first + len(found), name, rival, item.id if item else ""))
    return found


def is_rules(line: ListedItem) -> bool:
    """Whether a listed item is rules, and not an override."""
    return line.path == SITE_RULES and line.bound == _BOUND


def decide_rules(workspace: Workspace, want: Wanted, why: str) -> DecidedRules | None:
    """Decide about rules that were listed; None if what is wanted is about something else.

    Raises Refused if the rules have changed since the listing, UsageError for a choice that is
    none, and InputError for rules that are not valid.
    """
    lines = Listing(workspace).read()
    line = next((e for e in lines if is_rules(e) and want.item in (str(e.number), e.id)), None)
    if line is None:
        return None
    if want.choice not in (KEEP_LOCAL, TAKE_OTHER):
        raise refuse_choice(line)
    now = {clash.id: clash for clash in rules_clashes(workspace)}
    clash = now.get(line.id)
    if clash is None or (want.id and want.id != line.id):
        raise Refused(
            f"the rules changed since item {line.number} was listed",
            where=place_of(line.overlay),
            hint=LOOK_AGAIN,
        )
    clash = clash._replace(number=line.number)
    commit = _decide(workspace, clash, want.choice, why)
    Listing(workspace).write([each for each in lines if each != line])
    return DecidedRules(clash, want.choice, commit)


def refuse_choice(line: ListedItem) -> UsageError:
    """The error for a choice between two people's rules that is none."""
    return UsageError(
        "two people changed the rules: which of the two hold?",
        where=place_of(line.overlay),
        hint=f"seedgit resolve {line.number} --keep-local | --take-other; to make one text of "
        "both: seedgit rules --edit, then seedgit pending, and --keep-local",
    )


def _decide(workspace: Workspace, clash: RulesClash, choice: str, why: str) -> str | None:
    rival, take = clash.rival, choice == TAKE_OTHER
    if take and not rival.gone:
        _refuse_unusable(clash)
    for update in workspace.store.updates(clash.overlay):
        item = rules_item(workspace.repository, update.overlay.commit)
        if (item.id if item else "") != clash.own:
            raise Refused(
                "the rules changed while it was decided",
                where=place_of(clash.overlay),
                hint=LOOK_AGAIN,
            )
        update.write({}, message(f"resolve: {choice} {SITE_RULES}", why))
        update.beside[rival.entry] = None
        if take:
            update.write_rules(rival.data)
    return update.commit


def _refuse_unusable(clash: RulesClash) -> None:
    hint = "seedgit rules --edit makes one text of both; then seedgit resolve N --keep-local"
    if clash.rival.data is None:
        raise InputError("cannot be read", where=clash.rival.entry, hint=hint)
    try:
        parse_rules(clash.rival.data, clash.rival.entry, of_site=True)
    except InputError as error:
        error.hint = hint
        raise
