"""The rules as data: who may change which value, and how files are merged."""

from __future__ import annotations

from seedgit.rules.wildmatch import Wildmatch, folder
from seedgit.values.pointer import ANY, covers, format_pointer, names, parse_selector, reaches
from seedgit.values.value import Opaque, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from seedgit.values.value import Value

    Tokens = tuple[str, ...]

SEED, OVERLAY = "seed", "overlay"
PRESERVE, REVIEW, YIELD = "preserve", "review", "yield"
ON_SEED_CHANGE = (PRESERVE, REVIEW, YIELD)

DEFAULT_POLICY = "conservative"

# How to merge a place that both sides changed, if the rules declare it.
STRATEGY_OURS, STRATEGY_THEIRS = "ours", "theirs"
UNION, NEWER_VERSION = "union", "newer-version"
STRATEGIES = (STRATEGY_OURS, STRATEGY_THEIRS, UNION, NEWER_VERSION)

# The usual names of keys that hold a secret. Hyphens, underscores and capitals do not count:
# apiKey, api_key and API-KEY are one name.
USUAL_SECRETS = (
    "access_key",
    "access_token",
    "api_key",
    "api_token",
    "auth_token",
    "bearer_token",
    "client_secret",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "refresh_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "token",
    "webhook_secret",
)
_SPELLINGS = frozenset((*USUAL_SECRETS, *(name.replace("_", "") for name in USUAL_SECRETS)))


def is_usual_secret(key: str, value: Value) -> bool:
    """Whether a key's name says that its value is a secret: a text, or a number, and not empty."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
        return False
    return key.replace("-", "_").lower() in _SPELLINGS


def plain_names(at: Tokens, value: Value) -> Iterator[Tokens]:
    """The places in a value of an override, which is at `at`, that a key's name makes secrets, and
    that are plain all the same."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from plain_names((*at, key), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from plain_names((*at, str(number)), item)
    elif at and is_usual_secret(at[-1], value):
        yield at


def spells_secret(text: str) -> bool:
    """Whether a text has one of these names anywhere, in whatever spelling."""
    plain = text.replace("-", "_").lower()
    return any(name in plain for name in _SPELLINGS)


def names_secret(value: Value, at: Tokens) -> bool:
    """Whether the last key of a pointer, or a key in the value there, is a secret's by its name."""
    if isinstance(value, dict):
        return any(names_secret(item, (key,)) for key, item in value.items())
    if isinstance(value, list):
        return any(names_secret(item, ()) for item in value)
    if isinstance(value, Opaque):
        return any(names_secret(item, key or at) for key, item in _within(value))
    return bool(at) and is_usual_secret(at[-1], value)


# Tags of texts that name a secret kept elsewhere: Home Assistant, CloudFormation.
_REFERENCES = frozenset(("!secret", "!Ref", "!GetAtt", "!ImportValue"))


def _within(value: Opaque) -> Iterator[tuple[Tokens, Value]]:
    """What a tag stands before, part by part: each with its key in there, () for the whole.

    A map with keys that are no texts is a list of pairs.
    """
    content = value.content
    if isinstance(content, list) and all(isinstance(i, list) and len(i) == 2 for i in content):
        for key, item in content:
            yield (key if isinstance(key, str) else "",), item
            yield ("",), key
    elif not (isinstance(content, str) and value.tag in _REFERENCES):
        yield (), content


OF_PRESET = "the policy "  # with its name: where rules come from that are seedgit's own


class RuleSource:
    """Where rules say something: the file, its text, and how far into it."""

    __slots__ = ("start", "text", "where")

    def __init__(self, where: str, text: str, start: int) -> None:
        self.where = where
        self.text = text
        self.start = start

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.start) + 1

    @property
    def of_preset(self) -> bool:
        return self.where.startswith(OF_PRESET)


class OverlayRule:
    """Pointers that the site owns: those that a pattern names, and all below them.

    final   they are the package's instead, whatever other rules say
    source  where the rules say so; None: nowhere
    secret  the overlay's values there are stored encrypted, and shown masked; False: whatever the
            name of the key; None: the name tells
    """

    __slots__ = ("final", "on_seed_change", "path", "pattern", "secret", "source")

    def __init__(
        self,
        path: str,
        on_seed_change: str = PRESERVE,
        final: bool = False,
        source: RuleSource | None = None,
        *,
        secret: bool | None = None,
    ) -> None:
        self.path = path
        self.pattern = parse_selector(path)
        self.on_seed_change = on_seed_change
        self.final = final
        self.source = source
        self.secret = secret


class SeedRule:
    """The rules for the files that `files` match (git's wildmatch patterns).

    keys     identity keys of lists: (pattern of the list's pointer, key), and what else tells items
             apart (`values.align`: JOINS, ATOMIC, SET)
    overlay  what the site owns; the first entry that fits counts
    final    what stays the package's; it is looked at before `overlay`
    merge    strategies: (pattern of a pointer, one of STRATEGIES); the first that fits counts
    renames  keys that the package renamed: (old pointer, new pointer), `*` for any one step
    live     programs write the files before anybody overrides a value
    source   where the rules have this entry of `seeds`; None: nowhere
    """

    __slots__ = (
        "_literal", "_patterns", "files", "final", "keys", "live", "merge", "overlay", "renames",
        "source",
    )  # fmt: skip

    def __init__(
        self,
        files: tuple[str, ...],
        keys: tuple[tuple[str, str], ...] = (),
        overlay: tuple[OverlayRule, ...] = (),
        merge: tuple[tuple[str, str], ...] = (),
        renames: tuple[tuple[str, str], ...] = (),
        live: bool = False,
    ) -> None:
        self.files = files
        self.source: RuleSource | None = None
        self.live = live
        self.merge = tuple((parse_selector(path), strategy) for path, strategy in merge)
        self.renames = tuple((parse_selector(old), parse_selector(new)) for old, new in renames)
        self.keys = tuple((parse_selector(path), key) for path, key in keys)
        self.overlay = tuple(entry for entry in overlay if not entry.final)
        self.final = tuple(entry for entry in overlay if entry.final)
        self._patterns: list[Wildmatch] | None = None
        self._literal: frozenset[str | None] = frozenset()

    def matches(self, path: str) -> bool:
        if self._patterns is None:
            patterns = [Wildmatch(glob) for glob in self.files]
            self._patterns = [pattern for pattern in patterns if pattern.literal is None]
            self._literal = frozenset(pattern.literal for pattern in patterns)
        return path in self._literal or any(matches(path) for matches in self._patterns)

    def key_of(self, tokens: Tokens) -> str | None:
        """The identity key declared for the list at a pointer."""
        for pattern, key in self.keys:
            if names(pattern, tokens):
                return key
        return None

    def strategy(self, tokens: Tokens, value: Value) -> str | None:
        """The strategy declared for a pointer of a document, if one is."""
        found = (s for pattern, s in self.merge if covers(pattern, tokens, value))
        return next(found, None)

    def renamed(self, tokens: Tokens, value: Value) -> str | None:
        """The new name of the last step of a pointer, if the package renamed it; else None."""
        for old, new in self.renames:
            if len(old) == len(tokens) and covers(old, tokens, value):
                return new[-1]
        return None

    def entry(self, tokens: Tokens, value: Value) -> OverlayRule | None:
        """The overlay entry by which a pointer of a document is the site's; None if it is not.

        What has something final below it is not the site's as a whole.
        """
        if self.final and self.kept_final(tokens, value):
            return None
        return next((e for e in self.overlay if covers(e.pattern, tokens, value)), None)

    def kept_final(self, tokens: Tokens, value: Value) -> OverlayRule | None:
        """The entry by which a pointer of a document, or a place below it, stays the package's."""
        for entry in self.final:
            if covers(entry.pattern, tokens, value) or reaches(entry.pattern, tokens, value):
                return entry
        return None

    @property
    def has_secrets(self) -> bool:
        return any(entry.secret for entry in (*self.final, *self.overlay))

    def secret(self, tokens: Tokens, value: Value) -> bool:
        """Whether a pointer of a document holds a secret: any entry may say so, not only the first.

        A wider entry before it must not be able to take the protection off.
        """
        return any(
            e.secret and covers(e.pattern, tokens, value) for e in (*self.final, *self.overlay)
        )

    def wary(self) -> SeedRule:
        """The rule for a record whose base cannot be read: of a list in which it names a secret in
        one item, all items have one."""
        found = SeedRule(self.files)
        for entry in (*self.final, *self.overlay):
            if entry.secret:
                steps = (ANY if step.startswith("[") else step for step in entry.pattern)
                found.overlay += (OverlayRule(format_pointer(tuple(steps)), secret=True),)
        return found

    def told(
        self, value: Value, at: Tokens, document: Value, plain: Collection[Tokens] = ()
    ) -> Value:
        """A value of a version of the seed as it may be told: with a mask for each secret in it.

        at        its pointer
        document  the version, or another one, to look list items up in by identity
        plain     where overrides have plain values although a key's name makes them secrets
                  (`plain_names`): there it makes none
        """
        if self.has_secrets or names_secret(value, at):
            return self._told(value, at, document, plain)
        return value

    def _told(self, value: Value, at: Tokens, document: Value, plain: Collection[Tokens]) -> Value:
        from seedgit.values.diff import ABSENT  # late: few seeds have secrets

        if value is ABSENT or isinstance(value, Secret):
            return value
        usual = bool(at) and at not in plain and is_usual_secret(at[-1], value)
        if self.secret(at, document) or (usual and not self.plain(at, document)):
            return Secret(plain=value, bare=True)
        if isinstance(value, dict):
            made = {k: self._told(item, (*at, k), document, plain) for k, item in value.items()}
            return value if all(made[key] is item for key, item in value.items()) else made
        if isinstance(value, list):
            items = [self._told(v, (*at, str(n)), document, plain) for n, v in enumerate(value)]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        if isinstance(value, Opaque):
            parts = (
                self._told(item, (*at, *key), document, plain) is item
                for key, item in _within(value)
            )
            return value if all(parts) else Secret(plain=value, bare=True)  # it is one whole
        return value

    def plain(self, tokens: Tokens, value: Value) -> bool:
        """Whether a pointer of a document holds no secret whatever the name of its key."""
        return not self.secret(tokens, value) and any(
            e.secret is False and covers(e.pattern, tokens, value)
            for e in (*self.final, *self.overlay)
        )

    def owner(self, tokens: Tokens, value: Value) -> str:
        """SEED or OVERLAY: who may change a pointer of a document."""
        return OVERLAY if self.entry(tokens, value) else SEED

    def whole(self, value: Value) -> Callable[[Tokens], bool]:
        """Whether the site owns all that is at a pointer of a document."""
        return lambda tokens: self.entry(tokens, value) is not None

    def on_seed_change(self, tokens: Tokens, value: Value) -> str:
        """What happens when upstream changes a value that an overlay overrides.

        An override of a pointer that the package owns goes against the package, so it is reviewed.
        """
        entry = self.entry(tokens, value)
        return entry.on_seed_change if entry else REVIEW


class Rules:
    """All rules of a repository, or of one rules file. With no rules, no file is a seed.

    everywhere  what the site owns by the policy that the file names for all its entries
    where       what messages call the file
    """

    __slots__ = ("_matched", "everywhere", "policy", "seeds", "where")

    def __init__(
        self,
        seeds: tuple[SeedRule, ...] = (),
        policy: str = DEFAULT_POLICY,
        everywhere: tuple[OverlayRule, ...] = (),
        where: str = "",
    ) -> None:
        self.where = where
        self.seeds = seeds
        self.policy = policy
        self.everywhere = everywhere
        self._matched: dict[str, SeedRule | None] = {}

    def match(self, path: str) -> SeedRule | None:
        """The first rule that matches a path; None where the path is not a seed."""
        if path not in self._matched:  # each seed asks for its rule several times
            found = next((rule for rule in self.seeds if rule.matches(path)), None)
            self._matched[path] = found
        return self._matched[path]

    def folders(self) -> tuple[str, ...]:
        """The directories that hold every seed; none if seeds may be anywhere."""
        found = {folder(glob).rstrip("/") for rule in self.seeds for glob in rule.files}
        return () if "" in found else tuple(sorted(found))
