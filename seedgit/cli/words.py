"""What a code says, in words: pages show both. `reasons.py` has those of doing nothing."""

from __future__ import annotations

from seedgit import codes

WORDS = {
    # verdicts
    codes.AGREE: "both have the same clean result",
    codes.DIVERGE: "both are clean, and differ",
    codes.GIT_ONLY: "git's result is clean, seedgit has a conflict or no result",
    codes.SEEDGIT_ONLY: "seedgit's result is clean, git has conflicts",
    codes.NEITHER: "neither is clean",
    # merges
    codes.CONFLICT: "both sides changed it: git waits for a person",
    codes.ONLY_OURS_CHANGED: "only our side changed it",
    codes.ONLY_THEIRS_CHANGED: "only upstream changed it",
    codes.BOTH_SAME: "both sides made the same change",
    codes.MERGED_BELOW: "its members are merged one by one",
    codes.VALUE_AND_COMMENTS: "one side changed the value, the other the comments",
    codes.MERGED_BY_LINES: "the two sides changed different lines of one text",
    codes.NOTATION_AND_NUMBERS: "one side changed the notation, the other the number",
    codes.BOTH_CHANGED: "both sides changed it, in different ways",
    codes.BOTH_ADDED: "both sides added it, with different values",
    codes.MODIFY_DELETE: "one side changed it, the other removed it",
    codes.RENAMED: "both sides gave it another name",
    codes.LIST_ORDER: "both sides changed the order of the list",
    codes.LIST_IDENTITY: "the items of the list cannot be told apart safely",
    codes.LIST_DUPLICATE: "two items of the list would have one identity",
    codes.BOTH_CHANGED_COMMENTS: "both sides changed the comments, in different ways",
    codes.STRATEGY_OURS: "a rule takes our side",
    codes.STRATEGY_THEIRS: "a rule takes their side",
    codes.STRATEGY_UNION: "a rule takes the items of both sides",
    codes.STRATEGY_NEWER_VERSION: "a rule takes the higher version",
    # overrides
    codes.UNCHANGED: "nothing changed under it",
    codes.IN_EFFECT: "it counts",
    codes.MOVED: "its place has changed; its value counts",
    codes.MOVED_UNDER: "upstream changed the value under it",
    codes.MOVED_UNDER_LAYER: "a lower layer changed the value under it",
    codes.REDUNDANT: "the seed has its value now",
    codes.KEPT_HERE: "it counts where the seed has no place any more",
    codes.COVERED: "a lower layer leaves no place for it",
    codes.CLASH: "two people set it",
    codes.YIELDED: "the rules let upstream's value win",
    codes.ORPHANED: "its place is gone upstream",
    codes.SEED_GONE: "the file is gone upstream",
    codes.AMBIGUOUS: "its place cannot be told",
    codes.UNREADABLE: "the file does not parse, or its overrides do not fit",
    codes.EXPIRED: "its end has come",
    codes.NOT_OWNED: "no rule says that the site owns it",
    codes.NEW_POINTER: "the seed has no such place",
    # seeds
    codes.SEED_CHANGED: "upstream changed it",
    codes.SEED_ADDED: "it is a new seed",
    codes.SEED_DELETED: "the seed is deleted",
    codes.SEED_RENAMED: "the seed has another path",
    codes.SEED_LINKED: "it is not a plain file",
    codes.OVERLAY_OWNED: "the site owns what changed",
    codes.FORMAT_ONLY: "only comments or layout differ",
    codes.NOT_PARSEABLE: "a version of it does not parse",
    codes.NOT_SEPARABLE: "both sides changed one place that cannot be taken apart",
    codes.MODE_CHANGED: "it gets or loses the executable bit",
    # plans
    codes.MERGED_BY_GIT: "git's own merge by lines",
    codes.RESTORED: "an override that had no place has one again",
    codes.SEED_IN_CONFLICT: "it waits: its seed has conflicts",
    codes.ALREADY_PENDING: "it waited for a person before the merge",
    codes.RULES_CHANGED: "the upgrade changes the rules",
    codes.DRIVER_NOT_INSTALLED: "git has no merge driver here, and merges by lines",
    codes.UNUSABLE_RECORD: "the site's record cannot be read",
    codes.UNUSABLE_OVERLAY: "the site's overlay cannot be read",
    codes.UNUSABLE_RULES: "the rules in the site's overlay cannot be read: the others count",
}


def words(code: str) -> str:
    """What a code says; git's own words for a conflict say it themselves."""
    return WORDS.get(code, code.replace("-", " "))


def meanings() -> dict[str, str]:
    """What each code says, where that is one thing wherever it is shown."""
    from seedgit.cli.reasons import REASONS

    return {**REASONS, **WORDS}
