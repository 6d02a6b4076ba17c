"""Read the rules file, .seedgit.yaml, into `Rules`. Every problem is reported with its line."""

from __future__ import annotations

from seedgit.errors import InputError, PatchError, quoted
from seedgit.formats.registry import format_of
from seedgit.rules import RULES_FILE, RULES_LIMIT
from seedgit.rules.ownership import (
    DEFAULT_POLICY,
    OF_PRESET,
    ON_SEED_CHANGE,
    PRESERVE,
    STRATEGIES,
    OverlayRule,
    Rules,
    RuleSource,
    SeedRule,
)
from seedgit.rules.wildmatch import Wildmatch
from seedgit.values.pointer import ANY_DEPTH, parse_selector
from seedgit.values.value import ATOMIC, JOINS, SET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.merge.tree import Entry, Node

VERSION = 1

# Upstream writes the rules, and every file, change and merge is compared with them: hence limits.
MOST_PATTERNS = 1000  # file patterns, in all entries of `seeds`; so there are no more entries
MOST_POLICIES = 100
MOST_ENTRIES = 500  # entries of one `overlay`, `keys` or `merge`
MOST_RENAMES = 100  # renames of one entry of `seeds`; each is searched in three versions of a file
LONGEST_SELECTOR = 1000  # characters
LONGEST_SAID = 100  # characters of an unknown name in a message
MOST_DEEP = 8  # `**` in one selector

MEMBERS = ("version", "policy", "policies", "seeds")
ENTRY_MEMBERS = ("path", "on-seed-change", "final", "secret")
KINDS = {"atomic": ATOMIC, "set": SET}
MOST_IN_KEY = 16  # members that make up one identity key
SEED_MEMBERS = ("files", "policy", "keys", "lists", "overlay", "merge", "renames", "live")

STARTING_FILE = """\
# Which files are seeds (the package owns them), and what in them the site may change.
# See docs/rules.md. After a change, run `seedgit init` again.
version: 1

# conservative: the site owns what is listed below, and nothing else.
# burn-in-safe: also the usual run-time fields (queues, modes, throttles, schedules).
policy: burn-in-safe

seeds: []
#  - files: "flows/**/*.yaml"        # one pattern, or a list of them
#    keys: {/steps: id}              # what tells the items of a list apart
#    overlay:                        # what the site owns
#      - path: /steps/*/queue_mode
#      - path: /steps/*/handler_configs/*/max_items
#        on-seed-change: review      # preserve (the default), review or yield
"""


def parse_rules(data: bytes, where: str, *, of_site: bool = False) -> Rules:
    """The rules in a file's bytes. Raises InputError with file and line.

    of_site  they are an overlay's: nothing in them is final
    """
    if len(data) > RULES_LIMIT:
        raise InputError(
            f"is larger than {RULES_LIMIT:,} bytes",
            where=where,
            hint="name files by patterns, and what a policy can say once, in a policy",
        )
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error.reason})", where=where) from None
    return _Reader(where, of_site).rules(_tree(text, where))


def _tree(text: str, where: str) -> Node:
    """The tree of a text in the format of the rules file."""
    format = format_of(RULES_FILE)
    assert format is not None
    return format.parse(text, where)


class _Reader:
    def __init__(self, where: str, of_site: bool = False) -> None:
        self.where = where
        self.of_site = of_site
        self.own: dict[str, tuple[OverlayRule, ...]] = {}
        self.patterns = 0

    def rules(self, root: Node) -> Rules:
        if root.value is None:
            raise self.error(root, "has no rules", f"it begins with: version: {VERSION}")
        members = self.members(root, "the rules file", MEMBERS)
        self.version(members.get("version"), root)
        self.own = {
            entry.path[0]: self.policy_of(entry.node)
            for entry in self.entries(members.get("policies"), MOST_POLICIES)
        }
        policy = members.get("policy")
        name = self.policy_name(policy) if policy else DEFAULT_POLICY
        seeds = members.get("seeds")
        rules = tuple(self.seed(node, name) for node in self.items(seeds, MOST_PATTERNS))
        return Rules(rules, name, self.policy(name) if policy else (), self.where)

    def policy_name(self, node: Node) -> str:
        from seedgit.formats.presets import PRESETS  # late: not all rules name one

        return self.one_of(node, (*self.own, *PRESETS))

    def policy_of(self, node: Node) -> tuple[OverlayRule, ...]:
        """The places that the site owns by a policy."""
        overlay = self.members(node, "a policy", ("overlay",)).get("overlay")
        return tuple(self.overlay(item) for item in self.items(overlay))

    def policy(self, name: str) -> tuple[OverlayRule, ...]:
        if name == DEFAULT_POLICY and name not in self.own:
            return ()  # as its preset says, too
        if name not in self.own:
            from seedgit.formats.presets import PRESETS

            where = OF_PRESET + name
            self.own[name] = _Reader(where).policy_of(_tree(PRESETS[name], where))
        return self.own[name]

    def version(self, node: Node | None, root: Node) -> None:
        if node is None:
            raise self.error(root, "has no `version`", f"add the line: version: {VERSION}")
        if type(node.value) is not int:
            raise self.error(node, "`version` is not a number")
        if node.value > VERSION:
            raise self.error(
                node,
                f"is of version {node.value}; this seedgit knows {VERSION}",
                "install a newer seedgit",
            )
        if node.value < VERSION:
            raise self.error(node, f"there is no version {node.value}")

    def seed(self, node: Node, policy: str) -> SeedRule:
        members = self.members(node, "an entry of `seeds`", SEED_MEMBERS)
        if "files" not in members:
            raise self.error(node, "an entry of `seeds` has no `files`")
        own = [self.overlay(item) for item in self.items(members.get("overlay"))]
        named = members.get("policy")
        renames = self.entries(members.get("renames"), MOST_RENAMES)
        made = SeedRule(
            tuple(self.glob(item) for item in self.one_or_more(members["files"])),
            tuple(self.lists(members.get("lists"), members.get("keys"))),
            (*own, *self.policy(self.policy_name(named) if named else policy)),
            tuple(self.strategy(item) for item in self.items(members.get("merge"))),
            tuple(self.rename(entry) for entry in renames),
            self.boolean(members.get("live")),
        )
        made.source = self.source(members["files"])
        return made

    def glob(self, node: Node) -> str:
        glob = self.text(node)
        try:
            Wildmatch(glob)
        except ValueError as error:
            hint = "see docs/rules.md for what a pattern may have"
            raise self.error(node, f"not a file pattern: {quoted(glob)}: {error}", hint) from None
        self.patterns += 1
        if self.patterns > MOST_PATTERNS:
            hint = "let one pattern name several files, as in flows/*.yaml"
            raise self.error(node, f"has over {MOST_PATTERNS:,} file patterns", hint)
        return glob

    def lists(self, kinds: Node | None, keys: Node | None) -> Iterator[tuple[str, str]]:
        """What tells the items of lists apart, by their patterns."""
        for entry in self.entries(kinds):
            kind = KINDS[self.one_of(entry.node, tuple(KINDS))]
            yield self.selector(entry.path[0], entry.node), kind
        for entry in self.entries(keys):
            yield self.selector(entry.path[0], entry.node), self.key(entry.node)

    def key(self, node: Node) -> str:
        """The members that tell items apart: one, or several that do so together."""
        parts = self.items(node, MOST_IN_KEY) if node.kind == "list" else [node]
        names = [self.text(part) for part in parts]
        if not all(names) or any(JOINS in name for name in names) or not names:
            raise self.error(node, "names no member")
        if len(set(names)) < len(names):
            raise self.error(node, "names one member twice")
        return JOINS.join(names)

    def overlay(self, node: Node) -> OverlayRule:
        if node.kind == "scalar":
            return OverlayRule(self.selector(self.text(node), node), source=self.source(node))
        members = self.members(node, "an entry of `overlay`", ENTRY_MEMBERS)
        if "path" not in members:
            raise self.error(node, "an entry of `overlay` has no `path`")
        path = self.selector(self.text(members["path"]), members["path"])
        change = members.get("on-seed-change")
        final, secret = members.get("final"), members.get("secret")
        return OverlayRule(
            path,
            self.one_of(change, ON_SEED_CHANGE) if change else PRESERVE,
            self.final(final, change) if final else False,
            self.source(members["path"]),
            secret=self.boolean(secret) if secret else None,
        )

    def final(self, node: Node, change: Node | None) -> bool:
        final = self.boolean(node)
        if final and self.of_site:
            hint = f"only {RULES_FILE} can: an overlay's rules make more the site's, never less"
            raise self.error(node, "an overlay's rules make nothing `final`", hint)
        if final and change is not None:
            raise self.error(change, "what is `final` is the package's: it has no `on-seed-change`")
        return final

    def strategy(self, node: Node) -> tuple[str, str]:
        what = "an entry of `merge`"
        members = self.members(node, what, ("path", "strategy"))
        for name in ("path", "strategy"):
            if name not in members:
                raise self.error(node, f"{what} has no `{name}`")
        path = self.selector(self.text(members["path"]), members["path"])
        return path, self.one_of(members["strategy"], STRATEGIES)

    def rename(self, entry: Entry) -> tuple[str, str]:
        old, new = entry.path[0], self.text(entry.node)
        steps = [parse_selector(self.selector(path, entry.node)) for path in (old, new)]
        if not all(steps) or steps[0][:-1] != steps[1][:-1] or steps[0] == steps[1]:
            raise self.error(
                entry.node,
                f"{quoted(old)} -> {quoted(new)} is not a rename: only the last step may differ",
                "e.g. /steps/*/old_name: /steps/*/new_name",
            )
        return old, new

    # -- kinds of value --------------------------------------------------------------------------

    def selector(self, text: str, node: Node) -> str:
        if len(text) > LONGEST_SELECTOR:
            message = f"{quoted(text)} is longer than {LONGEST_SELECTOR:,} characters"
            raise self.error(node, message, "name a place further up: all below it counts too")
        try:
            steps = parse_selector(text)
        except PatchError as error:
            raise self.error(node, error.message, error.hint) from None
        deep = steps.count(ANY_DEPTH)
        if deep > MOST_DEEP:
            message = f"{quoted(text)} has {deep} `{ANY_DEPTH}`, over {MOST_DEEP}"
            raise self.error(node, message, "name a place further up: all below it counts too")
        return text

    def members(self, node: Node, what: str, known: tuple[str, ...]) -> dict[str, Node]:
        found = {}
        for entry in self.entries(node):
            name = entry.path[0]
            if name not in known:
                raise self.error(
                    entry.node,
                    f"unknown key `{name[:LONGEST_SAID]}` in {what}",
                    f"the keys there are: {', '.join(known)}",
                )
            found[name] = entry.node
        return found

    def entries(self, node: Node | None, most: int = MOST_ENTRIES) -> list[Entry]:
        if node is None:
            return []
        if node.kind != "map":
            raise self.error(node, "has to be a map of names and values")
        return self.limited(node, most)

    def items(self, node: Node | None, most: int = MOST_ENTRIES) -> list[Node]:
        if node is None:
            return []
        if node.kind != "list":
            raise self.error(node, "has to be a list")
        return [entry.node for entry in self.limited(node, most)]

    def limited(self, node: Node, most: int) -> list[Entry]:
        if len(node.entries) > most:
            message = f"has {len(node.entries):,} entries, over {most:,}"
            raise self.error(node.entries[most].node, message, "say it in fewer, with `*` or `**`")
        return node.entries

    def one_or_more(self, node: Node) -> list[Node]:
        found = self.items(node, MOST_PATTERNS) if node.kind == "list" else [node]
        if not found:
            raise self.error(node, "names no file")
        return found

    def text(self, node: Node) -> str:
        if not isinstance(node.value, str):
            raise self.error(node, "has to be text")
        return node.value

    def boolean(self, node: Node | None) -> bool:
        if node is not None and not isinstance(node.value, bool):
            raise self.error(node, "has to be true or false")
        return node is not None and bool(node.value)

    def one_of(self, node: Node, known: tuple[str, ...]) -> str:
        if node.value not in known:
            raise self.error(node, f"{quoted(node.value)} is none of {', '.join(known)}")
        return str(node.value)

    def source(self, node: Node) -> RuleSource:
        return RuleSource(self.where, node.source.text, node.start)

    def error(self, node: Node, message: str, hint: str = "") -> InputError:
        return InputError(message, where=self.where, line=self.source(node).line, hint=hint)
