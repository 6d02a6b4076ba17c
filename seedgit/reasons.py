"""Why nothing was done: the stable codes, in one place. docs/reasons.md explains each."""

from __future__ import annotations

MODE_OFF = "skip: mode-off"
MODE_DRY_RUN = "skip: mode-dry-run"
UNKNOWN_FORMAT = "skip: unknown-format"
NOT_A_SEED = "skip: not-a-seed"
FROM_UPSTREAM = "skip: from-upstream"
OVERLAY_OWNED = "skip: overlay-owned"
FORMAT_ONLY = "skip: format-only"
SEED_ADDED = "skip: seed-added"
ALLOWED = "skip: allowed"
UNSUPPORTED = "skip: unsupported"
NO_SEED_STAGED = "noop: no-seed-staged"
NOTHING_ALLOWED = "noop: nothing-allowed"
SEED_CHANGED = "refused: seed-changed"
SEED_DELETED = "refused: seed-deleted"
SEED_LINKED = "refused: seed-linked"
SEED_UNPARSEABLE = "refused: seed-unparseable"
SEED_MARKED = "refused: seed-conflict-markers"
SEED_UNMERGED = "refused: seed-unmerged"
SEED_UNCHECKED = "refused: seed-unchecked"
UNCHANGED = "noop: unchanged"
NO_OVERLAY = "noop: no-overlay"
UP_TO_DATE = "noop: up-to-date"
NO_CONFLICT = "noop: no-conflict"
NOTHING_TO_PRUNE = "noop: nothing-to-prune"
NOTHING_TO_ADOPT = "noop: nothing-to-adopt"
NOTHING_TO_SUGGEST = "noop: nothing-to-suggest"
UPSTREAM_HAS_IT = "noop: upstream-has-it"
ALREADY_MERGED = "noop: already-up-to-date"
NO_RULES = "noop: no-rules"
TRIVIAL_MERGE = "noop: trivial-merge"
RULES_OURS = "rules: ours"
TOO_LARGE = "git: too-large"
BINARY = "git: binary"
NOT_UTF_8 = "git: not-utf-8"
NOT_PARSEABLE = "git: not-parseable"
NOT_SEPARABLE = "git: not-separable"
RESULT_INVALID = "git: result-invalid"
RESULT_DIFFERS = "git: result-differs"
OVER_LIMIT = "git: over-limit"
FAILED = "git: failed"

REASONS = {
    MODE_OFF: "seedgit is switched off here; git's own merge, and no check",
    MODE_DRY_RUN: "dry-run: what would have been written is in the journal instead",
    UNKNOWN_FORMAT: "the file is no YAML, JSON or TOML by its name",
    NOT_A_SEED: "no rule of .seedgit.yaml matches the file",
    FROM_UPSTREAM: "the staged file is the one the package's author has",
    OVERLAY_OWNED: "the staged change is the site's to make",
    FORMAT_ONLY: "only comments or format of a seed differ",
    SEED_ADDED: "a new seed: there is nothing to compare it with",
    ALLOWED: "SEEDGIT_ALLOW gives a reason for the staged changes of seeds",
    UNSUPPORTED: "seedgit cannot work in this repository; nothing was checked",
    NO_SEED_STAGED: "no change of a seed is staged",
    NOTHING_ALLOWED: "no change of a seed needs a reason in the commit's message",
    SEED_CHANGED: "the staged change is the package's to make",
    SEED_DELETED: "a seed is its package's to delete, or to rename",
    SEED_LINKED: "what is staged for a seed is no plain file",
    SEED_UNPARSEABLE: "the staged seed does not parse",
    SEED_MARKED: "the staged seed has conflict markers in it",
    SEED_UNMERGED: "the seed has conflicts that are not resolved",
    SEED_UNCHECKED: "the check took longer than is allowed (docs/configuration.md)",
    UNCHANGED: "the overlay already says so",
    NO_OVERLAY: "nothing lies over any seed",
    UP_TO_DATE: "the overlays are over the seeds of today already",
    NO_CONFLICT: "nothing is left to resolve",
    NOTHING_TO_PRUNE: "no override is expired, redundant or orphaned",
    NOTHING_TO_ADOPT: "nothing that is committed here can become an override",
    NOTHING_TO_SUGGEST: "the history of this branch shows no drift that the rules do not cover",
    UPSTREAM_HAS_IT: "the upstream seed has the override's value already",
    ALREADY_MERGED: "HEAD has all of it already",
    NO_RULES: "no rules name a seed, so there is nothing to verify",
    TRIVIAL_MERGE: "no changes of two sides met: the lines show it, and no file was parsed",
    RULES_OURS: "the rules of both sides do not merge: those of ours counted for this file",
    TOO_LARGE: "a version of the file is over the size limit",
    BINARY: "a version of the file holds a NUL byte",
    NOT_UTF_8: "a version of the file is not UTF-8",
    NOT_PARSEABLE: "a version of the file does not parse, a template perhaps",
    NOT_SEPARABLE: "both sides changed one place that cannot be taken apart",
    RESULT_INVALID: "the merged text would not parse",
    RESULT_DIFFERS: "the merged text would not mean what was decided",
    OVER_LIMIT: "the merge took longer, or more memory, than is allowed (docs/configuration.md)",
    FAILED: "seedgit failed; `seedgit journal --failed` has the traceback",
}
