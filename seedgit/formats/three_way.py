"""Merge three texts of one file by structure, and check the result before anyone sees it.

A pure function: text in, text and decisions out. Byte order mark, line endings and a missing
final newline are properties of the file, settled three ways on their own.
"""

from __future__ import annotations

from seedgit.core.merge import merge
from seedgit.core.merge_rules import NO_RULES
from seedgit.core.merged import (
    CONFLICT,
    LINES,
    LIST_DUPLICATE,
    LIST_IDENTITY,
    LIST_ORDER,
    NOTATION,
    OURS,
    THEIRS,
    TRIVIA,
    Merged,
)
from seedgit.core.sequence import split_lines
from seedgit.core.tally import adds_up
from seedgit.core.tree import members, repeated, stream
from seedgit.core.values import Opaque, Value, same
from seedgit.errors import InvalidDocument
from seedgit.formats.registry import format_module
from seedgit.formats.weave import SIDES, Markers, Unwoven, settled, weave

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.merge_rules import MergeRules
    from seedgit.core.tree import Node
    from seedgit.formats.renames import Renames
    from seedgit.formats.weave import Settle

    # base, ours, theirs, and git's own merge where that is clean
    Versions = tuple[bytes | None, bytes, bytes, bytes | None]

# Larger files are git's business: a structural merge would take longer than people wait.
SIZE_LIMIT = 8 * 1024 * 1024

# Smaller files are parsed as quickly as they are shortened.
ELIDE_FROM = 16 * 1024

BOM = "\ufeff"

# Conflicts that come of not knowing more than git: where git's merge by lines is clean, it counts.
DOUBTS = frozenset({LIST_ORDER, LIST_IDENTITY, LIST_DUPLICATE, TRIVIA})


class NotMergeable(Exception):
    """No structural merge is possible; `reason` is a stable code, `detail` is for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Result:
    """text: the whole file, with markers unless `clean`. decisions: what was decided where."""

    __slots__ = ("clean", "decisions", "text")

    def __init__(self, clean: bool, text: bytes, decisions: Merged) -> None:
        self.clean = clean
        self.text = text
        self.decisions = decisions


def merge_texts(
    format: str,
    path: str,
    base: bytes | None,
    ours: bytes,
    theirs: bytes,
    line_merge: bytes | None = None,
    markers: Markers | None = None,
    rules: MergeRules = NO_RULES,
) -> Result:
    """Merge three versions of the file `path`; `base` is None where both sides added it.

    line_merge  git's own result where that is clean: its bytes win where they mean the same

    Raises NotMergeable.
    """

    if format == "json" and base is not None:
        from seedgit.formats.indentation import alike_indented

        base, ours, theirs = alike_indented((base, ours, theirs))

    def merged(names: Renames) -> Result:
        versions = base, ours, theirs
        if names and base is not None:
            from seedgit.formats.renames import renamed

            versions = renamed((base, ours, theirs), path, names)
        given = (*versions, line_merge)
        how = (format, path, markers, rules)
        return _merge_shortened(given, *how) or _merge_texts(given, *how)

    result = merged(rules.renames)
    if not result.clean and line_merge is not None and not rules.renames:
        from seedgit.formats.renames import guessed

        # Where git's clean merge says so too, one side renamed what the other changed below.
        guesses = guessed(result.decisions)
        if guesses:
            again = merged(guesses)
            if again.clean and again.text == line_merge:
                return again
    return result


def _merge_shortened(
    versions: Versions,
    format: str,
    path: str,
    markers: Markers | None,
    rules: MergeRules,
) -> Result | None:
    """The merge of large files without what they have alike; None where that cannot be."""
    if max(len(data) for data in versions if data is not None) < ELIDE_FROM:
        return None
    from seedgit.formats.elide import elide

    given = [data for data in versions if data is not None]
    short = elide(format, [str(data, "utf-8", "surrogateescape") for data in given])
    if short is None:
        return None
    texts = iter([text.encode("utf-8", "surrogateescape") for text in short.texts])
    base, ours, theirs, by_lines = (None if data is None else next(texts) for data in versions)
    try:
        few = (base, ours or b"", theirs or b"", by_lines)
        result = _merge_texts(few, format, path, markers, rules)
    except NotMergeable:
        return None  # perhaps because of the stubs
    text = short.restore(str(result.text, "utf-8", "surrogateescape"))
    if short.stub in text:
        return None  # it has become part of another line
    for merged in result.decisions.walk():
        if merged.texts is not None:
            merged.texts = [short.restore(lines) for lines in merged.texts]
    return Result(result.clean, text.encode("utf-8", "surrogateescape"), result.decisions)


def _merge_texts(
    versions: Versions,
    format: str,
    path: str,
    markers: Markers | None,
    rules: MergeRules,
) -> Result:
    base, ours, theirs, line_merge = versions
    files = [None if data is None else _File(data, path, format) for data in (base, ours, theirs)]
    b, o, t = files
    assert o is not None
    assert t is not None
    present = [file for file in files if file]
    apart = _prepared(present)
    torn: list[tuple[str, str]] = []

    def decided(order: str) -> Merged:
        decisions = merge(b.root if b else None, o.root, t.root, rules, order)
        for side, alias in torn:
            from seedgit.formats.anchors import join

            join(decisions, side, alias)
        return decisions

    def settle(merged: Merged) -> tuple[str, str] | None:
        base, ours, theirs = (next(iter(merged.side(side)), None) for side in SIDES)
        document = (o if merged.ours else t).root.value
        return rules.settle(merged.pointer, base, ours, theirs, document)

    decisions = decided(THEIRS)
    if format == "yaml" and any(m.source == CONFLICT for m in decisions.walk()):
        from seedgit.formats.layout import on_lines

        fresh = on_lines(decisions)
        if fresh:
            for file, text in zip(files, fresh, strict=True):
                if file is not None:
                    file.root = format_module(format).parse(text, path, merging=True)
            _prepared(present)
            decisions = decided(THEIRS)
    if decisions.source in SIDES:
        text = (o if decisions.source == OURS else t).root.source.text
        return Result(True, _finished(text, files), decisions)
    markers = markers or Markers()
    by_lines = None if line_merge is None else _parsed(line_merge, path, format)
    known = [file.root.source.text for file in present]
    aliases = format == "yaml" and all(any(sign in one for one in known) for sign in "&*")
    try:
        while True:
            text = _woven(decisions, markers, settle)
            if novel := _novel_lines(text, known):
                # Splice into the other side instead, if that makes fewer lines that nobody wrote.
                other = decided(OURS)
                other_text = _woven(other, markers, settle)
                if _novel_lines(other_text, known) < novel:
                    decisions, text = other, other_text
            conflicts = [m for m in decisions.walk() if m.source == CONFLICT]
            parted = _parted(text, decisions, markers.size if conflicts else 0) if aliases else None
            if parted is None:
                break
            if parted in torn:
                raise NotMergeable("result-invalid", f"the alias *{parted[1]} lost its anchor")
            torn.append(parted)
            decisions = decided(THEIRS)
        data = _finished(text, [b, o, t])
        if line_merge is not None and by_lines is not None:
            if conflicts:
                right = all(map(_doubtful, conflicts)) and _adds_up(files, by_lines)
            else:
                right = _means(by_lines.root, decisions)
                if apart:
                    right = right and _adds_up(files, by_lines)
                if aliases:  # what they stand for goes by the order in the text
                    woven = _parsed(data, path, format)
                    right = (
                        right and woven is not None and same(woven.root.value, by_lines.root.value)
                    )
            if right:
                return Result(True, line_merge, decisions)
        if not conflicts:
            result = _check(data, path, format, decisions)
            if apart and not _adds_up(files, result):
                raise NotMergeable("result-differs", "an item would stand twice in one array")
        return Result(not conflicts, data, decisions)
    except NotMergeable:
        if line_merge is None:
            raise
        # git would let it pass; the structure says that it must not.
        texts = [file.root.source.text if file else "" for file in (b, o, t)]
        return Result(False, _finished(markers.mark(*texts), [b, o, t]), decisions)


def _prepared(files: list[_File]) -> bool:
    """Ready to be merged: base, where there is one, ours and theirs. Returns whether an array of
    tables stands at several places. Raises NotMergeable."""
    _heads_apart(files)
    _as_streams(files)
    _settled_repeats(files[0] if len(files) == 3 else None, *files[-2:])
    return _apart(files)


def _adds_up(files: list[_File | None], by_lines: _File) -> bool:
    """Whether git's merge of lists has what both sides changed, and nothing of it twice."""
    roots = [file.root if file else None for file in (*files, by_lines)]
    if any(root is not None and root.layout == "stream" for root in roots):
        roots = [
            root if root is None or root.layout == "stream" else stream(root) for root in roots
        ]
    return adds_up(*(None if root is None else root.value for root in roots))


def _woven(decisions: Merged, markers: Markers, settle: Settle) -> str:
    try:
        return weave(decisions, markers, settle)
    except Unwoven as problem:
        raise NotMergeable(
            "not-separable", f"both sides changed one place ({problem.reason})"
        ) from None


def _parted(text: str, decisions: Merged, size: int) -> tuple[str, str] | None:
    """A side and an alias that has no anchor there, or an alias that another anchor came before."""
    from seedgit.formats.anchors import parted, rebound

    found = parted(text, size)
    if found is None and (name := rebound(decisions)) is not None:
        found = "", name
    return found


def _check(data: bytes, path: str, format: str, decisions: Merged) -> _File:
    """A clean result, parsed: it has to mean what was decided."""
    result = _parsed(data, path, format)
    if result is None:
        raise NotMergeable("result-invalid", "the merged text would not parse")
    if not _means(result.root, decisions):
        raise NotMergeable("result-differs", "the merged text would not mean what was decided")
    return result


def _means(root: Node, decisions: Merged) -> bool:
    """Whether a text that was parsed means what was decided."""
    if decisions.children is not None and decisions.ours[0].node.layout == "stream":
        root = root if root.layout == "stream" else stream(root)
    return _agrees(expected(decisions), shape(root))


def _novel_lines(text: str, known: list[str]) -> int:
    """How many lines nobody wrote; a comma at the end does not make a line another one."""
    lines = {line.rstrip(",") for line in text.split("\n")}
    for other in known:
        lines.difference_update(line.rstrip(",") for line in other.split("\n"))
    return len(lines)


def _doubtful(conflict: Merged) -> bool:
    """Whether the structure cannot say that git's clean merge of this place is wrong."""
    if conflict.reason in DOUBTS:
        return True
    nodes = [entry.node for side in SIDES for entry in conflict.side(side)]
    return len(nodes) == 3 and all(node.kind == "scalar" and "\n" in node.text for node in nodes)


class _File:
    """One version: its tree, parsed from text with plain line ends, and how the file has them."""

    __slots__ = ("bom", "ended", "newline", "root")

    def __init__(self, data: bytes, path: str, format: str) -> None:
        if len(data) > SIZE_LIMIT:
            raise NotMergeable("too-large", f"{path} is over {SIZE_LIMIT} bytes")
        if b"\0" in data:
            raise NotMergeable("binary", f"{path} holds a NUL byte")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotMergeable("not-utf-8", f"{path}: {error.reason} at {error.start}") from None
        self.bom = text.startswith(BOM)
        text = text.removeprefix(BOM)
        feeds = text.count("\n")
        # With other returns it is no such file: `\r\r\n` is two ends of a line to YAML.
        returns = text.count("\r") == text.count("\r\n") == feeds
        self.newline = "\r\n" if feeds and returns else "\n"
        if self.newline == "\r\n":
            text = text.replace("\r\n", "\n")
        self.ended = text.endswith("\n") or not text
        if not self.ended:
            text += "\n"
        try:
            self.root: Node = format_module(format).parse(text, path, merging=True)
        except InvalidDocument as error:
            raise NotMergeable("not-parseable", str(error)) from None


def _heads_apart(files: list[_File]) -> None:
    """What stands at the top of every version stays there, whichever entry comes first."""
    firsts = [
        file.root.entries[0] for file in files if file.root.layout == "block" and file.root.entries
    ]
    leads = [first.node.source.text[first.lead : first.start] for first in firsts]
    heads = [_head(lead) for lead in leads]
    if all(head or not lead.strip() for head, lead in zip(heads, leads, strict=True)):
        for first, head in zip(firsts, heads, strict=True):
            first.lead += len(head)


def _head(lead: str) -> str:
    """What stands before a document's first entry and is not about it: a `---`, and comments that a
    blank line parts from the entry."""
    end = lead.rfind("\n\n") + 2
    apart = lead[:end] if end > 1 and lead[:end].strip() else ""
    marked = 0
    for line in split_lines(lead):
        marked += len(line)
        if line.startswith("---") and not line[3:].partition("#")[0].strip():
            return max(apart, lead[:marked], key=len)
    return apart


def _settled_repeats(base: _File | None, ours: _File, theirs: _File) -> None:
    """Refuse a key that stands several times in one map, but where that is old and left alone.

    Which of its members counts is no fact. One side may change them; a new repetition, or changes
    by both, are for a person.
    """
    files = [file for file in (base, ours, theirs) if file]
    for pointer, key in {place for file in files for place in repeated(file.root)}:
        b, o, t = (
            members(file.root, pointer, key) if file else [] for file in (base, ours, theirs)
        )
        if o != t and (len(b) < 2 or b not in (o, t)):
            raise NotMergeable("not-parseable", f"the key {key!r} stands twice in one map")


def _apart(files: list[_File]) -> bool:
    """Whether an array of tables stands at several places, each of which is merged on its own.

    Raises NotMergeable where these are not the same ones in all versions.
    """
    places = [file.root.source.apart for file in files]
    if any(other != places[0] for other in places):
        name = next(iter({name for found in places for name in found}))
        what = f"[[{'.'.join(name)}]] stands at several places, not in all versions the same"
        raise NotMergeable("not-parseable", what)
    return bool(places[0])


def _as_streams(files: list[_File]) -> None:
    """Where one version is a stream of YAML documents, a single document is one of them."""
    if all(file.root.layout != "stream" for file in files):
        return
    for file in files:
        if file.root.layout != "stream":
            file.root = stream(file.root)


def _parsed(data: bytes, path: str, format: str) -> _File | None:
    try:
        return _File(data, path, format)
    except NotMergeable:
        return None


def _finished(text: str, files: list[_File | None]) -> bytes:
    """`text` with the byte order mark, line ends and last newline that the file is to have."""

    def settle(name: str) -> str:
        values = [str(getattr(file, name)) if file else None for file in files]
        return str(settled(*values) or values[2])

    if settle("ended") == "False":
        text = text.removesuffix("\n").removesuffix("\r")
    newline = settle("newline")
    if newline == "\r\n":
        # One side's file may have both kinds.
        text = text.replace("\r\n", "\n").replace("\n", newline)
    return ((BOM if settle("bom") == "True" else "") + text).encode("utf-8")


# -- what the result has to mean -----------------------------------------------------------------

_ANY = object()


def shape(node: Node) -> Value:
    """What a tree means, aliases kept as aliases, so that an anchor's content counts once."""
    if node.anchor[:1] == "*":
        return Opaque("alias", node.anchor)
    if node.kind == "map":
        return _map(node, {entry.path: shape(entry.node) for entry in node.entries})
    if node.kind == "list":
        return [shape(entry.node) for entry in node.entries]
    return node.value


def expected(merged: Merged) -> Value:
    """What the result of clean decisions has to mean."""
    if merged.reason == LINES:
        return _ANY
    if merged.reason == NOTATION and merged.lines:
        return merged.lines[0].strip("\"'")  # no version has a character that is escaped
    if merged.children is None:
        entry = merged.side(merged.pick or merged.source)[0]
        return shape(entry.node)
    kept = [child for child in merged.children if child.kept]
    if merged.ours[0].node.kind == "list":
        return [expected(child) for child in kept]
    return _map(merged.ours[0].node, {_path(child): expected(child) for child in kept})


def _map(node: Node, fields: dict[tuple[str, ...], Value]) -> Value:
    return {("!", node.tag): fields} if node.tag else fields


def _path(merged: Merged) -> tuple[str, ...]:
    return (merged.ours or merged.theirs or merged.base)[0].path


def _agrees(wanted: Value, found: Value) -> bool:
    if wanted is _ANY:
        return isinstance(found, str)
    if isinstance(wanted, dict) and isinstance(found, dict):
        return len(wanted) == len(found) and all(
            key in found and _agrees(value, found[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_agrees, wanted, found))
    return same(wanted, found)
