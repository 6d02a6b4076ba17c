"""Find rules that never count. They are reported, not refused: tomorrow they may count.

Such a rule is a pattern that no file matches, an entry after one that covers it, or a path of a
kind that does not work there.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import quoted
from seedgit.formats.document import Document
from seedgit.formats.registry import other_suffix, titles
from seedgit.named_tuple import NamedTuple
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import PRESERVE
from seedgit.rules.wider import is_wider
from seedgit.rules.wildmatch import Wildmatch
from seedgit.values.pointer import ANY, ANY_DEPTH, identity, parse_selector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Tokens = tuple[str, ...]


class Idle(NamedTuple):
    """One rule that never counts; `line` is its line in `file`, `kind` a stable code."""

    kind: str
    line: int | None
    text: str
    file: str = RULES_FILE


FINAL = "final"

# Each entry is compared with those before it, step by step. So many steps take about a second.
MOST_COMPARED = 4_000_000
MOST_GUESSED = 20  # patterns without a match for which a better one is guessed


def idle_rules(data: bytes, paths: Iterable[str]) -> list[Idle]:
    """The rules that never count, in the order of the file. The rules must be valid.

    paths  the tracked files that could be seeds
    """
    document = Document.parse(data, RULES_FILE)
    found = [*_files(document, list(paths)), *_Entries(document).found()]
    return sorted(found, key=lambda idle: idle.line or 0)


# -- files ---------------------------------------------------------------------------------------


class _Pattern:
    """A file pattern in the entry `entry` of `seeds`, and what happened to the files it matches.

    counts  whether this entry is the first that matches some file
    rival   an entry before it that matches one of its files
    """

    __slots__ = ("counts", "entry", "fits", "rival", "text", "tokens")

    def __init__(self, entry: int, tokens: Tokens, text: str) -> None:
        self.entry = entry
        self.tokens = tokens
        self.text = text
        self.fits = Wildmatch(text)
        self.counts = False
        self.rival: int | None = None


def _files(document: Document, paths: list[str]) -> Iterator[Idle]:
    patterns = list(_patterns(document.value))
    free = []  # files that no pattern matches
    for path in paths:
        if not _take(path, patterns):
            free.append(path)
    guesses = MOST_GUESSED
    for pattern in patterns:
        if pattern.counts:
            continue
        line = document.line(pattern.tokens)
        name = quoted(pattern.text)
        if pattern.rival is None:
            guess = _meant(pattern.text, free) if guesses else None
            guesses -= 1 if guesses else 0
            more = f"; {quoted(guess)} does" if guess else ""
            yield Idle(
                codes.PATTERN_UNMATCHED, line, f"{name} matches no tracked {titles()} file{more}"
            )
        else:
            before = document.line(("seeds", str(pattern.rival), "files"))
            text = f"{name} never counts: all it matches is matched in line {before} before"
            yield Idle(codes.RULE_SHADOWED, line, text)


def _patterns(value: Any) -> Iterator[_Pattern]:
    for entry, seed in enumerate(value.get("seeds") or ()):
        place = ("seeds", str(entry), "files")
        if isinstance(seed["files"], str):
            yield _Pattern(entry, place, seed["files"])
        else:
            for number, text in enumerate(seed["files"]):
                yield _Pattern(entry, (*place, str(number)), text)


def _take(path: str, patterns: list[_Pattern]) -> bool:
    """Note which patterns a path counts for. Returns whether there is any."""
    first: int | None = None
    for pattern in patterns:
        if (first is not None and pattern.counts) or not pattern.fits(path):
            continue
        first = pattern.entry if first is None else first
        if pattern.entry == first:
            pattern.counts = True
        elif pattern.rival is None:
            pattern.rival = first
    return first is not None


def _meant(text: str, paths: list[str]) -> str | None:
    """A similar pattern that matches a file: other tools would have read this one so."""
    bare = text.removeprefix("./").strip("/")
    stem, dot, suffix = bare.rpartition(".")
    other = stem + other_suffix(dot + suffix)
    for guess in (bare, f"**/{bare}", f"{bare}/**", other, f"**/{other}"):
        try:
            fits = Wildmatch(guess)
        except ValueError:
            continue
        if any(map(fits, paths)):
            return guess
    return None


# -- entries -------------------------------------------------------------------------------------


class _Entries:
    """The entries of `overlay`, `merge` and `keys` (the first that fits counts), and `renames`.

    An entry of `seeds` may differ from its policy. That is on purpose, so it is not reported.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.compared = 0

    def found(self) -> Iterator[Idle]:
        value: Any = self.document.value
        for number, seed in enumerate(value.get("seeds") or ()):
            yield from self._of(seed, ("seeds", str(number)))
        for name, policy in (value.get("policies") or {}).items():
            yield from self._of(policy or {}, ("policies", name))
        if self.compared > MOST_COMPARED:
            yield Idle(
                codes.RULE_SHADOWED, None, "there are too many entries to compare all of them"
            )

    def _of(self, holder: Any, place: Tokens) -> Iterator[Idle]:
        for name in ("overlay", "merge"):
            entries = [
                (str(number), _path(entry), _says(entry))
                for number, entry in enumerate(holder.get(name) or ())
                if isinstance(entry, str) or "secret" not in entry  # it counts wherever it is
            ]
            entries.sort(key=lambda entry: not _is_final(holder[name][int(entry[0])]))
            yield from self._shadowed((*place, name), entries, below=True)
        yield from self._not_plain((*place, "overlay"), list(holder.get("overlay") or ()))
        for name in ("lists", "keys"):
            paths = [(path, path, says) for path, says in (holder.get(name) or {}).items()]
            yield from self._shadowed((*place, name), paths, below=False)
        for name in ("lists", "keys", "renames"):
            yield from self._not_followed((*place, name), list(holder.get(name) or ()))

    def _shadowed(
        self, place: Tokens, entries: list[tuple[str, str, Any]], *, below: bool
    ) -> Iterator[Idle]:
        before: list[tuple[str, Tokens, Any]] = []
        for token, path, says in entries:
            steps = parse_selector(path)
            wider = (each for each in before if self._is_wider(each[1], steps, below=below))
            other = next(wider, None)
            if other is not None:
                yield self._vain(place, quoted(path), token, other[0], differs=other[2] != says)
            before.append((token, steps, says))

    def _vain(self, place: Tokens, what: str, token: str, other: str, *, differs: bool) -> Idle:
        line = self.document.line((*place, other))
        says = "says something else there, and counts" if differs else "says what holds there"
        kind = codes.RULE_CONTRADICTED if differs else codes.RULE_SHADOWED
        own = self.document.line((*place, token))
        return Idle(kind, own, f"{what} never counts: line {line} {says}")

    def _not_plain(self, place: Tokens, entries: list[Any]) -> Iterator[Idle]:
        """What is said to be no secret within what another entry, wherever it is, says is one."""
        said = [
            (str(number), parse_selector(_path(entry)), entry["secret"])
            for number, entry in enumerate(entries)
            if isinstance(entry, dict) and "secret" in entry
        ]
        for token, steps, secret in said:
            others = (t for t, p, is_one in said if is_one and self._is_wider(p, steps, below=True))
            other = None if secret else next(others, None)
            if other is not None:
                what = f"`secret: false` of {quoted(_path(entries[int(token)]))}"
                yield self._vain(place, what, token, other, differs=True)

    def _is_wider(self, pattern: Tokens, other: Tokens, *, below: bool) -> bool:
        if pattern and other and pattern[0] not in (ANY, ANY_DEPTH, other[0]):
            return False
        self.compared += len(pattern) * len(other)
        return self.compared <= MOST_COMPARED and is_wider(pattern, other, below=below)

    def _not_followed(self, place: Tokens, paths: list[str]) -> Iterator[Idle]:
        for path in paths:
            steps = parse_selector(path)
            if place[-1] in ("lists", "keys") and any(map(identity, steps)):
                text = f"{quoted(path)} never counts: a key holds for every item; write * for [...]"
            elif place[-1] == "renames" and ANY_DEPTH in steps:
                text = f"{quoted(path)} never counts: a rename may have *, one step, but no **"
            else:
                continue
            yield Idle(codes.RULE_NOT_FOLLOWED, self.document.line((*place, path)), text)


def _path(entry: Any) -> str:
    return str(entry if isinstance(entry, str) else entry["path"])


def _says(entry: Any) -> Any:
    """What an entry says of its places, to be compared with another one's."""
    if isinstance(entry, dict) and "strategy" in entry:
        return entry["strategy"]
    change = entry.get("on-seed-change", PRESERVE) if isinstance(entry, dict) else PRESERVE
    return FINAL if _is_final(entry) else change


def _is_final(entry: Any) -> bool:
    """Whether an entry counts before all that are not final."""
    return isinstance(entry, dict) and entry.get("final") is True
