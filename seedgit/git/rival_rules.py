"""Rules of an overlay that two people changed: what the other one made of them waits beside them.

The rules here hold until a person decides. Each other text is a file of its own in the overlay's
tree, named after its content. Its first line says whose it is.
"""

from __future__ import annotations

from seedgit.git.object_text import TreeItem
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.refs import read_ref
from seedgit.git.repository import MODE_FILE
from seedgit.git.site_rules import merged_rules_item, place_of, rules_item, rules_text
from seedgit.merge.trivial import trivial
from seedgit.named_tuple import NamedTuple
from seedgit.rules import SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Final

    from seedgit.git.repository import Repository

PREFIX: Final = f"{SITE_RULES}.other-"
_NONE: Final = "none"  # in place of an id: they took the rules away
_SHORT: Final = 12


class RivalRules(NamedTuple):
    """Rules that wait. `data` is None where somebody took the rules away, or they are damaged.

    entry   of the overlay's tree
    by, on  who made them, and when (ISO 8601); "" where that is not known
    """

    entry: str
    data: bytes | None
    by: str
    on: str

    @property
    def gone(self) -> bool:
        return self.entry == PREFIX + _NONE


def rival_items(repository: Repository, commit: str | None) -> dict[str, TreeItem]:
    """The entries of a state of an overlay that are rules which wait."""
    if commit is None:
        return {}
    entries = repository.tree_of(repository.commit(commit).tree).entries
    return {name: item for name, item in entries.items() if name.startswith(PREFIX)}


def rivals_in(repository: Repository, commit: str | None) -> list[RivalRules]:
    """The rules that wait in a state of an overlay."""
    found = []
    for entry, item in sorted(rival_items(repository, commit).items()):
        text = rules_text(repository, item)
        head, _, data = (text or b"").partition(b"\n")
        words = head.decode("utf-8", "replace").removeprefix("#").strip().rpartition(" ")
        usable = text is not None and entry != PREFIX + _NONE
        found.append(RivalRules(entry, data if usable else None, words[0], words[2]))
    return found


def told_undecided(repository: Repository, overlays: Iterable[str]) -> list[str]:
    """A line for each overlay whose rules two people changed, and nobody has decided."""
    return [
        f"{place_of(name)}: two people changed the rules; until one decides, those here hold: "
        "seedgit pending"
        for name in overlays
        if rival_items(repository, read_ref(repository, overlay_ref(name)))
    ]


def new_rivals(repository: Repository, was: str | None, now: str | None) -> set[str]:
    """The entries of rules that wait in a state of an overlay, and did not in an earlier one."""
    return rival_items(repository, now).keys() - rival_items(repository, was).keys()


def merged_rules(
    repository: Repository, common: str | None, ours: str | None, theirs: str
) -> dict[str, TreeItem | None]:
    """What becomes of the rules in a merge of two states of an overlay, and of those that wait.

    Of rules that clash, ours hold, and theirs wait. Two decisions about rules that waited, which
    did not know of each other, clash too.
    """
    sides = [rules_item(repository, commit) for commit in (common, ours, theirs)]
    waiting = [rival_items(repository, commit) for commit in (common, ours, theirs)]
    found: dict[str, TreeItem | None] = {}
    decided = False
    for entry in {**waiting[1], **waiting[2]}:
        held = [side.get(entry) for side in waiting]
        taken = trivial((held[0],), (held[1],), (held[2],))
        found[entry] = taken[0] if taken else held[1]
    for entry in waiting[0]:
        decided |= entry not in waiting[1] and entry not in waiting[2]
    made = None
    if not decided or sides[1] == sides[2]:
        made = merged_rules_item(repository, *sides)
    if made is not None:
        return {**found, SITE_RULES: made[0]}
    return {**found, **_waiting(repository, sides[2], theirs), SITE_RULES: sides[1]}


def told_of_pull(repository: Repository, was: str | None, now: str | None, theirs: str) -> str:
    """What a pull did to an overlay's rules, by the overlay's commits; "" if nothing."""
    new = new_rivals(repository, was, now)
    if new - rival_items(repository, theirs).keys():
        return "both sides changed the rules; yours hold, and theirs wait: seedgit pending"
    if new:
        return "two people changed the rules, and nobody has decided: seedgit pending"
    before, after, other = (rules_item(repository, commit) for commit in (was, now, theirs))
    if before != after:
        return "the rules changed: seedgit rules shows what they say"
    if after != other and rules_text(repository, other) is None and other is not None:
        return "the other side's rules cannot be used, and yours stay"
    return ""


def rivals_without(
    repository: Repository, before: str, after: Mapping[str, TreeItem]
) -> dict[str, TreeItem | None]:
    """What becomes of the rules that wait once a change is taken back.

    before  the tree that it changed; `after`: the entries that it made of it
    """
    old = repository.tree_of(before).entries
    names = {name for name in (*old, *after) if name.startswith(PREFIX)}
    return {name: old.get(name) for name in names if old.get(name) != after.get(name)}


def _waiting(
    repository: Repository, item: TreeItem | None, theirs: str
) -> dict[str, TreeItem | None]:
    """The entry for rules that are to wait; none if they cannot be used."""
    text = b"" if item is None else rules_text(repository, item)
    if text is None:
        return {}
    asked = ("log", "-1", "--format=%an %aI", theirs, "--", SITE_RULES)
    head = b"# " + repository.git(*asked).strip() + b"\n"
    name = PREFIX + (_NONE if item is None else item.id[:_SHORT])
    return {name: TreeItem(MODE_FILE, repository.write_blob(head + text))}
