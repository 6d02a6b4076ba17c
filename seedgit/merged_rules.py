"""The rules that count in a merge: those in the rules file as git merges it.

Upstream ships a rename and its rule in one commit, so the merged rules must count for the merge
that brings them. Where the two rules files conflict, or the result cannot be read, ours counts.
"""

from __future__ import annotations

from seedgit.limits import NO_LIMIT
from seedgit.merge.trivial import trivial
from seedgit.rules import RULES_FILE, RULES_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.limits import Limit
    from seedgit.rules.ownership import Rules

CONFLICT = "both sides changed the rules, and git cannot merge them"
DELETED = "one side changed the rules, and the other deleted them"
_REGULAR = ("100644", "100755")
_ABSENT = "000000"

IRREGULAR = "one side's rules are not a regular file, or are too large"


class RulesFile:
    """One side's rules file. `data` is None where there is none.

    usable  False where it must not be read: it is not a regular file, or too large
    """

    __slots__ = ("data", "usable")

    def __init__(self, data: bytes | None, usable: bool = True) -> None:
        self.data = data
        self.usable = usable


def merged_rules(
    base: RulesFile,
    ours: RulesFile,
    theirs: RulesFile,
    by_lines: Callable[[bytes, bytes, bytes], bytes | None],
    limit: Limit = NO_LIMIT,
) -> tuple[bytes | None, str]:
    """(the rules file of a merge, what is wrong with it).

    The file is None where there is none. If something is wrong, the file is ours; else the second
    is "".

    by_lines  git's own merge of base, ours and theirs; None where it is not clean
    limit     for the driver's merge, which git calls where its own has a conflict
    """
    b, o, t = base.data, ours.data, theirs.data
    if not (base.usable and ours.usable and theirs.usable):
        return o, IRREGULAR
    if taken := trivial((b,), (o,), (t,)):
        return taken[0], ""
    if o is None or t is None:
        return o, DELETED
    made = by_lines(b or b"", o, t)
    if made is None:
        with limit:
            made = _by_structure(b, o, t)
    return (o, CONFLICT) if made is None else (made, "")


def _by_structure(base: bytes | None, ours: bytes, theirs: bytes) -> bytes | None:
    """The driver's merge of the rules file, which counts if the rules make that file a seed.

    A pattern such as `**/*.yaml` does so. None where no rule does, or the merge has conflicts.
    """
    from seedgit.errors import InputError
    from seedgit.formats.merge import merge_texts
    from seedgit.formats.registry import format_of
    from seedgit.formats.rules import parse_rules
    from seedgit.merge.policy_of_rules import PolicyOfRules
    from seedgit.merge.version import NotMergeable

    try:
        rule = parse_rules(ours, RULES_FILE).match(RULES_FILE)
        format = format_of(RULES_FILE)
        if rule is None or format is None:
            return None
        rules = PolicyOfRules(rule, local=True)
        made = merge_texts(format, RULES_FILE, (base or None, ours, theirs), rules=rules)
    except (InputError, NotMergeable):
        return None
    return made.text if made.clean else None


def rules_of_merge(
    answer: str,
    theirs: str,
    ask: Callable[..., bytes],
    by_lines: Callable[[bytes, bytes, bytes], bytes | None],
    limit: Limit,
) -> tuple[bytes | None, bytes | None, str]:
    """(the rules file of the merge of HEAD and another commit, ours, why ours counts instead).

    answer  what `git diff-tree --raw` prints for the two rules files, which differ
    ask     calls git with some arguments, and returns its output, at most `most` bytes of it
    """
    words = answer.removeprefix(":").split()
    ours, other = (version(*each, ask) for each in zip(words[:2], words[2:4], strict=True))
    bases = ask("merge-base", "--all", "HEAD", theirs).decode("ascii", "replace").split()
    listed = ask("ls-tree", "--full-tree", bases[0], "--", RULES_FILE).decode() if bases else ""
    mode, _, id = listed.split()[:3] or (_ABSENT, "", "")
    made, why = merged_rules(version(mode, id, ask), ours, other, by_lines, limit)
    return made, ours.data, why


def version(mode: str, id: str, ask: Callable[..., bytes]) -> RulesFile:
    """A rules file by its entry in a tree; `ask` as in `rules_of_merge`."""
    if mode == _ABSENT:
        return RulesFile(None)
    if mode not in _REGULAR:
        return RulesFile(None, usable=False)
    data = ask("cat-file", "blob", id, most=RULES_LIMIT + 1)
    return RulesFile(data, usable=len(data) <= RULES_LIMIT)


def parsed(data: bytes | None, ours: bytes | None, where: str) -> tuple[Rules | None, str]:
    """(the rules of a merge, what is wrong with them if ours count instead; else "").

    The rules are None where there is no rules file. Raises InputError where ours cannot be read
    either.
    """
    from seedgit.errors import InputError
    from seedgit.formats.rules import parse_rules

    try:
        return (None if data is None else parse_rules(data, where)), ""
    except InputError as error:
        if data == ours:
            raise
        return (None if ours is None else parse_rules(ours, where)), f"the merged rules: {error}"
