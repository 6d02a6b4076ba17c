"""Why nothing was done, in words: what `-v` prints beside the code."""

from __future__ import annotations

from seedgit import codes

REASONS = {
    codes.SKIP_MODE_OFF: "seedgit is switched off here; git's own merge, and no check",
    codes.SKIP_MODE_DRY_RUN: "dry-run: what would have been written is in the journal instead",
    codes.SKIP_UNKNOWN_FORMAT: "no known format has files of this name",
    codes.SKIP_NOT_A_SEED: "no rule of .seedgit.yaml matches the file",
    codes.SKIP_FROM_UPSTREAM: "the staged file is the one the package's author has",
    codes.SKIP_OVERLAY_OWNED: "the staged change is the site's to make",
    codes.SKIP_FORMAT_ONLY: "only comments or format of a seed differ",
    codes.SKIP_SEED_ADDED: "the seed is new, so there is nothing to compare it with",
    codes.SKIP_ALLOWED: "SEEDGIT_ALLOW gives a reason for the staged changes of seeds",
    codes.NOOP_NO_SEED_STAGED: "no change of a seed is staged",
    codes.NOOP_NOTHING_ALLOWED: "no change of a seed needs a reason in the commit message",
    codes.REFUSED_EFFECTIVE_VALUE: "an effective value of a live file would go into the seed",
    codes.REFUSED_SEED_CHANGED: "the staged change is the package's to make",
    codes.REFUSED_SEED_DELETED: "only the package may delete or rename a seed",
    codes.REFUSED_SEED_LINKED: "what is staged for a seed is not a plain file",
    codes.REFUSED_SEED_UNPARSEABLE: "the staged seed does not parse",
    codes.REFUSED_SEED_CONFLICT_MARKERS: "the staged seed has conflict markers in it",
    codes.REFUSED_SEED_UNMERGED: "the seed has conflicts that are not resolved",
    codes.REFUSED_SEED_UNCHECKED: "the check took longer than is allowed (docs/configuration.md)",
    codes.NOOP_UNCHANGED: "the overlay says so already",
    codes.NOOP_NO_OVERLAY: "no overlay has an override",
    codes.NOOP_UP_TO_DATE: "the overlays are rebased onto today's seeds already",
    codes.NOOP_NO_CONFLICT: "nothing is left to resolve",
    codes.NOOP_NOTHING_TO_PRUNE: "no override is expired, redundant or orphaned",
    codes.NOOP_NOTHING_TO_ADOPT: "nothing committed here can become an override",
    codes.NOOP_NOTHING_TO_SUGGEST: "the history of this branch shows no drift that the rules do "
    "not cover",
    codes.NOOP_UPSTREAM_HAS_IT: "the upstream seed has the override's value already",
    codes.NOOP_ALREADY_UP_TO_DATE: "HEAD has everything in it already",
    codes.NOOP_NO_RULES: "no rules name a seed, so there is nothing to verify",
    codes.RULES_OURS: "the rules of the two sides do not merge; ours counted for this file",
    codes.RULES_WITHOUT_LAYER: "the rules of a layer cannot be read; all others counted",
    codes.GIT_TOO_LARGE: "a version of the file is over the size limit",
    codes.GIT_BINARY: "a version of the file holds a NUL byte",
    codes.GIT_NOT_UTF_8: "a version of the file is not UTF-8",
    codes.GIT_NOT_PARSEABLE: "a version of the file does not parse; it may be a template",
    codes.GIT_NOT_SEPARABLE: "both sides changed one place that cannot be taken apart",
    codes.GIT_RESULT_INVALID: "the merged text would not parse",
    codes.GIT_RESULT_DIFFERS: "the merged text would not mean what was decided",
    codes.GIT_OVER_LIMIT: "the merge took longer, or more memory, than is allowed "
    "(docs/configuration.md)",
    codes.GIT_FAILED: "seedgit failed; `seedgit journal --failed` has the traceback",
}
