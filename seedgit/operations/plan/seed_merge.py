"""What an upgrade does to one seed's file, and to the values in it."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit import codes
from seedgit.git.line_merge import line_merge
from seedgit.git.repository import MODE_EXECUTABLE, GitEntry
from seedgit.merge.engine import Result
from seedgit.merge.version import NotMergeable
from seedgit.operations.past_merges.merge_again import merge_again
from seedgit.operations.plan.model import (
    AUTO_APPLY,
    LOCAL,
    MERGED,
    NEEDS_APPROVAL,
    NO_OP,
    REMOTE,
    UNCLEAR,
    WARNINGS,
    PlanDecision,
)
from seedgit.operations.plan.names import named
from seedgit.operations.plan.upgrade import SeedVersions, Upgrade
from seedgit.operations.plan.values import structural
from seedgit.rules.ownership import SeedRule, plain_names
from seedgit.values.diff import ABSENT, changes
from seedgit.values.pointer import format_pointer, parse_pointer
from seedgit.values.value import Value


class SeedMerge:
    """One seed that either side may have changed, as it is after the upgrade.

    rule  the seed's rule after the merge
    """

    def __init__(self, upgrade: Upgrade, seed: SeedVersions, rule: SeedRule) -> None:
        self.upgrade = upgrade
        self.seed = seed
        self.rule = rule

    def content(self) -> Iterator[PlanDecision]:
        """The changes in the file, where git leaves no conflict."""
        _, o, t, m = self.seed
        assert m is not None
        if o is None or t is None:
            return
        result = self.by_structure(m)
        if result is not None:
            yield from structural(m.path, result, self.rule)
            return
        mine, yours, merged = (self.upgrade.document(entry) for entry in (o, t, m))
        if merged is None:
            yield PlanDecision(WARNINGS, m.path, "", MERGED, codes.NOT_PARSEABLE)
            return
        found = []
        for before, bucket, source, reason in (
            (mine, AUTO_APPLY, REMOTE, codes.ONLY_THEIRS_CHANGED),
            (yours, NO_OP, LOCAL, codes.ONLY_OURS_CHANGED),
        ):
            if before is None:
                found.append(PlanDecision(bucket, m.path, "", source, codes.NOT_PARSEABLE))
                continue
            if o.id != m.id and t.id != m.id:
                source, reason = MERGED, codes.MERGED_BY_GIT
            side = "remote" if bucket == AUTO_APPLY else "local"
            for change in changes(before.value, merged.value, self.rule.key_of):
                values = {"base": change.old, side: change.new}
                pointer = format_pointer(change.tokens)
                found.append(PlanDecision(bucket, m.path, pointer, source, reason, values))
        if not found and o.id != m.id:
            found.append(PlanDecision(AUTO_APPLY, m.path, "", REMOTE, codes.FORMAT_ONLY))
        elif not found and t.id != m.id:
            found.append(PlanDecision(NO_OP, m.path, "", LOCAL, codes.FORMAT_ONLY))
        yield from found

    def conflicts(self) -> Iterator[PlanDecision]:
        """The conflicts that a person has to resolve, and the changes decided without one."""
        merged = self.seed.merged
        assert merged is not None
        path = merged.path
        remarks = [r for r in self.upgrade.preview.remarks if path in r.paths and r.conflict]
        result = self.by_structure(merged)
        if result is not None:
            yield from structural(path, result, self.rule)
        for remark in remarks:
            reason = code_of(remark.kind)
            if result is not None and reason in ("contents", "content", "add-add"):
                continue
            yield PlanDecision(NEEDS_APPROVAL, path, "", UNCLEAR, reason, detail=remark.text)
        if not remarks and result is None:
            yield PlanDecision(NEEDS_APPROVAL, path, "", UNCLEAR, codes.CONFLICT)

    def by_structure(self, merged: GitEntry) -> Result | None:
        """The structural merge; None where the result of the upgrade was not made by it."""
        inputs = self.upgrade.preview.inputs.get(merged.path)
        driver_rule = self.upgrade.driver.match(merged.path)
        if inputs is None or driver_rule is None:
            return None
        data = inputs.data()
        try:
            result = merge_again(merged.path, driver_rule, data, line_merge(*data))
        except NotMergeable:
            return None
        if result is None:
            return None
        if result.clean and self.upgrade.repository.blob_id(result.text) != merged.id:
            return None  # the driver did not make this: the result is git's own merge
        return None if result.clean == (merged.path in self.upgrade.preview.unmerged) else result

    def named(self, made: list[PlanDecision]) -> list[PlanDecision]:
        """The decisions, with names for their places."""
        merged, *versions = (self.upgrade.document(entry) for entry in reversed(self.seed))
        known = [document.value for document in versions if document]
        value = merged.value if merged else ABSENT
        return [named(decision, value, known, self.rule.key_of) for decision in made]

    def told(self, made: list[PlanDecision]) -> list[PlanDecision]:
        """The decisions with masks for what is a secret in the seed's versions."""
        merged = self.upgrade.document(self.seed.merged)
        value = merged.value if merged else ABSENT
        return [self._told(decision, value) for decision in made]

    def _told(self, decision: PlanDecision, document: Value) -> PlanDecision:
        at, rule = parse_pointer(decision.pointer), self.rule
        plain = set(plain_names(at, decision.values.get("local"))) if decision.overlay else ()
        told = {side: rule.told(v, at, document, plain) for side, v in decision.values.items()}
        return decision._replace(values=told) if at else decision


def of_file(seed: SeedVersions) -> Iterator[PlanDecision]:
    """What happens to the file as a whole."""
    b, o, t, m = seed
    assert m is not None
    if o is None:
        yield PlanDecision(AUTO_APPLY, m.path, "", REMOTE, codes.SEED_ADDED)
        return
    if t is None:
        if b is None:
            yield PlanDecision(NO_OP, m.path, "", LOCAL, codes.SEED_ADDED)
        return
    if o.path != m.path:
        values = {"base": o.path, "remote": m.path}
        yield PlanDecision(AUTO_APPLY, m.path, "", REMOTE, codes.SEED_RENAMED, values)
    elif t.path != m.path:
        values = {"base": t.path, "local": m.path}
        yield PlanDecision(NO_OP, m.path, "", LOCAL, codes.SEED_RENAMED, values)
    modes = {"local": _mode(o), "remote": _mode(t)}
    if o.mode != m.mode:
        yield PlanDecision(AUTO_APPLY, m.path, "", REMOTE, codes.MODE_CHANGED, dict(modes))
    elif t.mode != m.mode:
        yield PlanDecision(NO_OP, m.path, "", LOCAL, codes.MODE_CHANGED, dict(modes))


def _mode(entry: GitEntry) -> str:
    return "executable" if entry.mode == MODE_EXECUTABLE else "plain"


def code_of(kind: str) -> str:
    """Our code for one of git's kinds of conflict, such as "CONFLICT (modify/delete)"."""
    return kind.partition("(")[2].rstrip(")").replace("/", "-").replace(" ", "-") or codes.CONFLICT
