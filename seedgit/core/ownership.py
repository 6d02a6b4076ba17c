"""Who may change what: the rules, as data, and the questions asked of them."""

from __future__ import annotations

from seedgit.core.pointer import covers, parse_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.core.merge import Settle
    from seedgit.core.tree import Entry
    from seedgit.core.values import Value

    Tokens = tuple[str, ...]

SEED, OVERLAY = "seed", "overlay"
PRESERVE, REVIEW, YIELD = "preserve", "review", "yield"
ON_SEED_CHANGE = (PRESERVE, REVIEW, YIELD)

# Policy presets, in the words of the rules: what every seed's rule has besides its own entries.
PRESETS: dict[str, tuple[tuple[str, str], ...]] = {
    "conservative": (),
    "burn-in-safe": (
        ("/**/queue_mode", PRESERVE),
        ("/**/prompt_patch_queue", PRESERVE),
        ("/**/config_patch_queue", PRESERVE),
        ("/**/consumed_revision", PRESERVE),
        ("/**/handlers/*/max_items", REVIEW),
        ("/**/handler_configs/*/max_items", REVIEW),
        ("/**/schedule/paused", PRESERVE),
        ("/scheduling_config", PRESERVE),
    ),
}
DEFAULT_POLICY = "conservative"


class OverlayRule:
    """Pointers the site owns: those a pattern names, and all below them."""

    __slots__ = ("on_seed_change", "path", "pattern")

    def __init__(self, path: str, on_seed_change: str = PRESERVE) -> None:
        self.path = path
        self.pattern = parse_selector(path)
        self.on_seed_change = on_seed_change


class SeedRule:
    """What the rules say of the files that `files` (git's wildmatch patterns) match.

    keys     identity keys of lists: (pattern of the list's pointer, key)
    overlay  what the site owns; the first entry that fits counts
    """

    __slots__ = ("_matchers", "files", "keys", "overlay")

    def __init__(
        self,
        files: tuple[str, ...],
        keys: tuple[tuple[str, str], ...] = (),
        overlay: tuple[OverlayRule, ...] = (),
    ) -> None:
        self.files = files
        self.keys = tuple((parse_selector(path), key) for path, key in keys)
        self.overlay = overlay
        self._matchers: list[Callable[[str], object]] | None = None

    def matches(self, path: str) -> bool:
        if self._matchers is None:
            import re

            self._matchers = [re.compile(glob_pattern(glob)).fullmatch for glob in self.files]
        return any(match(path) for match in self._matchers)

    def key_of(self, tokens: Tokens) -> str | None:
        """The identity key declared for the list at a pointer."""
        for pattern, key in self.keys:
            if len(pattern) == len(tokens) and all(
                step in ("*", token) for step, token in zip(pattern, tokens, strict=True)
            ):
                return key
        return None

    def entry(self, tokens: Tokens, value: Value) -> OverlayRule | None:
        """The overlay entry that covers a pointer of a document."""
        return next((e for e in self.overlay if covers(e.pattern, tokens, value)), None)

    def owner(self, tokens: Tokens, value: Value) -> str:
        """SEED or OVERLAY: who may change a pointer of a document."""
        return OVERLAY if self.entry(tokens, value) else SEED

    def on_seed_change(self, tokens: Tokens, value: Value) -> str:
        """What happens when upstream changes a value that an overlay overrides.

        An override of a pointer the package owns is a decision against the package: it is
        reviewed.
        """
        entry = self.entry(tokens, value)
        return entry.on_seed_change if entry else REVIEW


class Rules:
    """All rules of a repository; without any, nothing is a seed."""

    __slots__ = ("policy", "seeds")

    def __init__(self, seeds: tuple[SeedRule, ...] = (), policy: str = DEFAULT_POLICY) -> None:
        self.seeds = seeds
        self.policy = policy

    def match(self, path: str) -> SeedRule | None:
        """The first rule whose files a path is among."""
        return next((rule for rule in self.seeds if rule.matches(path)), None)


OVERLAY_OWNED = "overlay-owned"  # why a conflict in a file was settled


def settlement(rule: SeedRule) -> Settle:
    """What a rule says of a conflict in a file, where ours is the site's: as `Settle` asks."""

    def settle(
        pointer: Tokens, base: Entry | None, ours: Entry | None, theirs: Entry | None
    ) -> tuple[str, str] | None:
        entry = ours or theirs or base
        # A pattern that names an item is asked of what stands at the pointer.
        if entry is None or rule.owner(pointer, entry.node.value) != OVERLAY:
            return None
        policy = rule.on_seed_change(pointer, entry.node.value)
        return ("theirs" if policy == YIELD else "ours"), OVERLAY_OWNED

    return settle


def glob_pattern(glob: str) -> str:
    """The regular expression of a git wildmatch pattern over whole paths (gitignore(5)).

    `*` and `?` stay within a directory, `**/` is any number of directories. Raises ValueError.
    """
    import re

    out = ""
    rest = glob.removeprefix("/")
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:[^/]+/)*", rest[3:]
        elif rest == "**":
            out, rest = out + "(?s:.*)", ""
        elif rest[0] == "*":
            out, rest = out + "[^/]*", rest.lstrip("*")
        elif rest[0] == "?":
            out, rest = out + "[^/]", rest[1:]
        elif rest[0] == "[":
            close = rest.find("]", 2)
            if close < 0:
                raise ValueError("a bracket is not closed")
            inner = rest[1:close]
            not_one = inner[0] in "!^"
            inner = inner[1:] if not_one else inner
            out += "[" + ("^/" if not_one else "") + inner.replace("\\", "\\\\") + "]"
            rest = rest[close + 1 :]
        elif rest[0] == "\\" and len(rest) > 1:
            out, rest = out + re.escape(rest[1]), rest[2:]
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return out
