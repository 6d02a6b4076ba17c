"""The findings of `seedgit doctor`: their stable codes, in one place. docs/doctor.md has them too.

A subject that is as it should be is reported under its own short code (`driver`, `hook`); whatever
is odd has a code of its own.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from seedgit.formats import idle_rules

FINE: Final = "ok"
NOTE: Final = "note"  # worth knowing; nothing has to be done
WRONG: Final = "wrong"

RULES: Final = "rules"
RULES_MISSING: Final = "rules-missing"
RULES_INVALID: Final = "rules-invalid"
NO_SEEDS: Final = "no-seeds"
PATTERN_UNMATCHED: Final = idle_rules.UNMATCHED
RULE_SHADOWED: Final = idle_rules.SHADOWED
RULE_NOT_FOLLOWED: Final = idle_rules.NOT_FOLLOWED
MODE: Final = "mode"
MODE_WARNING: Final = "mode-warning"
ENVIRONMENT: Final = "environment"
NOT_INSTALLED: Final = "not-installed"
DRIVER: Final = "driver"
DRIVER_MISSING: Final = "driver-missing"
DRIVER_FOREIGN: Final = "driver-foreign"
DRIVER_OUTDATED: Final = "driver-outdated"
DRIVER_RECURSIVE: Final = "driver-recursive"
DRIVER_UNTOLD: Final = "driver-untold"
NO_AWK: Final = "no-awk"
HOOK: Final = "hook"
HOOK_MISSING: Final = "hook-missing"
HOOK_FOREIGN: Final = "hook-foreign"
HOOK_OUTDATED: Final = "hook-outdated"
HOOK_NOT_RUN: Final = "hook-not-executable"
HOOKS_PATH: Final = "hooks-path"
CLI: Final = "cli"
CLI_MISSING: Final = "cli-missing"
INTERPRETER_MISSING: Final = "interpreter-missing"
INTERPRETER_SHIM: Final = "interpreter-shim"
NOT_IMPORTABLE: Final = "not-importable"
NOT_ISOLATED: Final = "not-isolated"
IN_TREE: Final = "in-tree"
OTHER_VERSION: Final = "other-version"
OTHER_PLACE: Final = "other-place"
ATTRIBUTES: Final = "attributes"
ATTRIBUTES_OUTDATED: Final = "attributes-outdated"
ATTRIBUTE_SHADOWED: Final = "attribute-shadowed"
ATTRIBUTES_ABSENT: Final = "attributes-absent"
FILTER_UNKNOWN: Final = "filter-unknown"
OVERLAYS: Final = "overlays"
OVERLAY_SETTING: Final = "overlay-setting"
OVERLAY_RECORD: Final = "overlay-record"
OVERLAY_UNUSABLE: Final = "overlay-unusable"
OBJECT_DAMAGED: Final = "object-damaged"
REF_DAMAGED: Final = "ref-damaged"
UNREADABLE: Final = "unreadable"
UPSTREAM_MISSING: Final = "upstream-missing"
BASE_MISSING: Final = "base-missing"
PARTIAL_CLONE: Final = "partial-clone"
SUBMODULE: Final = "submodule"
REMOTE_FETCH: Final = "remote-fetch"
REMOTE_MIRROR: Final = "remote-mirror"
REF_LOCK: Final = "ref-lock"
INDEX_LOCK: Final = "index-lock"
JOURNAL: Final = "journal"
JOURNAL_DAMAGED: Final = "journal-damaged"
JOURNAL_UNUSABLE: Final = "journal-unusable"
PROBE: Final = "probe"
PROBE_DRIVER: Final = "probe-driver"
PROBE_HOOK: Final = "probe-hook"
PROBE_CLI: Final = "probe-cli"
PROBE_STORE: Final = "probe-store"

CODES: Final = {
    RULES: "the rules are valid and make files seeds",
    RULES_MISSING: "there is no rules file: nothing is a seed",
    RULES_INVALID: "the rules file cannot be understood",
    NO_SEEDS: "no tracked file matches a rule",
    PATTERN_UNMATCHED: "a file pattern of the rules matches no tracked file of a known format",
    RULE_SHADOWED: "an entry of the rules never counts: one before it says as much",
    RULE_NOT_FOLLOWED: "an entry of the rules names its place in a way that is not followed there",
    MODE: "off, dry-run or live, and where that is set",
    MODE_WARNING: "settings of the mode contradict each other, or one is no mode",
    ENVIRONMENT: "a SEEDGIT_ variable is set and changes what seedgit does",
    NOT_INSTALLED: "a clone without configuration: neither driver nor hooks",
    DRIVER: "the merge driver's command line and what it runs; or none, in mode off",
    DRIVER_MISSING: "git knows no merge driver: it merges seeds by lines",
    DRIVER_FOREIGN: "merge.seedgit.driver runs something that is not seedgit",
    DRIVER_OUTDATED: "the driver's command line is not the one this seedgit writes",
    DRIVER_RECURSIVE: "merge.seedgit.recursive is not binary: criss-cross merges nest markers",
    DRIVER_UNTOLD: "options of git's that no driver is told",
    NO_AWK: "merges are right, but slower: Python is started where awk would have done",
    HOOK: "a hook's command line and what it runs",
    HOOK_MISSING: "git would run no such hook",
    HOOK_FOREIGN: "the hook is somebody else's and does not call seedgit",
    HOOK_OUTDATED: "the hook's script is not the one this seedgit writes",
    HOOK_NOT_RUN: "the hook is no executable file: git passes over it",
    HOOKS_PATH: "git runs hooks from a directory that is tracked or shared",
    CLI: "the `seedgit` that a shell finds, and what it runs",
    CLI_MISSING: "a shell finds no `seedgit`",
    INTERPRETER_MISSING: "an entry point's interpreter is gone: a moved or removed environment",
    INTERPRETER_SHIM: "an entry point's interpreter is a script, which may pick another one",
    NOT_IMPORTABLE: "an entry point's interpreter cannot import seedgit",
    NOT_ISOLATED: "an entry point's interpreter imports what the working tree has first",
    IN_TREE: "an entry point's interpreter, or its seedgit, lies where a pull may replace it",
    OTHER_VERSION: "an entry point runs another version of seedgit",
    OTHER_PLACE: "an entry point runs the same version from another place",
    ATTRIBUTES: "every seed names the driver",
    ATTRIBUTES_OUTDATED: "the attributes that init wrote do not match the rules",
    ATTRIBUTE_SHADOWED: "a later line takes the driver from a seed",
    ATTRIBUTES_ABSENT: "a tracked .gitattributes is not on the disk: no merge reads it",
    FILTER_UNKNOWN: "attributes name a filter that is not configured: git passes over it",
    OVERLAYS: "the active overlays",
    OVERLAY_SETTING: "the settings name no usable overlays",
    OVERLAY_RECORD: "a record of an active overlay cannot be read",
    OVERLAY_UNUSABLE: "a seed under its overlays does not parse, or overrides do not fit it",
    OBJECT_DAMAGED: "an object of an overlay's history, of HEAD or a seed is damaged or missing",
    REF_DAMAGED: "an overlay's ref cannot be read, or names no commit that is here",
    UNREADABLE: "git cannot read a part of the repository, so that it was not looked at",
    UPSTREAM_MISSING: "git config seedgit.upstream names nothing that is here",
    BASE_MISSING: "content that overrides were made over is not in the clone",
    PARTIAL_CLONE: "objects are fetched when needed; the overlays' own are here",
    SUBMODULE: "seeds inside a submodule are not covered from here",
    REMOTE_FETCH: "a refspec by which git fetch overwrites or prunes overlays",
    REMOTE_MIRROR: "a mirror: git push deletes the overlays that are not here",
    REF_LOCK: "a lock under refs/seedgit that a process left behind",
    INDEX_LOCK: "index.lock is there; git's, never seedgit's",
    JOURNAL: "the journal can be read",
    JOURNAL_DAMAGED: "the journal is damaged",
    JOURNAL_UNUSABLE: "the journal cannot be used as it is, but is not damaged",
    PROBE: "in a trial merge and commit an entry point did its work, and in the same store",
    PROBE_DRIVER: "the driver did not merge in a trial, or left no row in the journal",
    PROBE_HOOK: "a hook did not do its work in a trial",
    PROBE_CLI: "the command line did not do its work in a trial",
    PROBE_STORE: "an entry point used another store than the rest",
}


@dataclass(frozen=True)
class Finding:
    """One look at one thing. `code` is stable; `remedy` says what to do where it is wrong."""

    code: str
    level: str
    detail: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return self.level != WRONG

    def data(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def fine(code: str, detail: str) -> Finding:
    return Finding(code, FINE, detail)


def note(code: str, detail: str, remedy: str = "") -> Finding:
    return Finding(code, NOTE, detail, remedy)


def wrong(code: str, detail: str, remedy: str) -> Finding:
    return Finding(code, WRONG, detail, remedy)


FIX: Final = "seedgit doctor --fix"
