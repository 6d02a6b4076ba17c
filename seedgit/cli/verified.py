"""What `verify` found, in words: for people, and as a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from seedgit import codes
from seedgit.cli.terminal import plain, shown, side
from seedgit.values.diff import ABSENT
from seedgit.values.escapes import number_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.verify.model import Deviation, Verified

MARK = "<!-- seedgit verify -->"  # by which a comment of ours is found again
LONGEST = 60_000  # characters of a comment; GitHub takes 65,536
_ACTIVE = re.compile(r"[^\w ./-]|_")  # all that means something to Markdown or HTML, and more
ROWS = (500, 100, 20, 5, 0)  # of one table: the first number with which a comment is short enough

WHAT = {
    codes.MERGED_OTHERWISE: "Merged by something other than seedgit",
    codes.REFUTED: "Merged wrongly by seedgit itself",
    codes.LOST_CHANGE: "Lost in a resolution by hand",
    codes.SEED_CHANGED: "Seeds changed outside upstream",
    codes.ORPHANED: "Overrides without a place",
    codes.UNDECIDED: "Kept under review, and not decided",
}
NEXT = {
    codes.MERGED_OTHERWISE: "merge again in a clone where `seedgit init` was run, and not by a "
    "button",
    codes.REFUTED: "`seedgit report` collects what a report needs; nobody should rely on this "
    "merge",
    codes.LOST_CHANGE: "put back what the conflict is not about; `seedgit conflicts` resolves by "
    "pointer",
    codes.SEED_CHANGED: "lay it over with `seedgit set`, or say why: a Seed-Change: trailer",
    codes.ORPHANED: "`seedgit pending` and `seedgit resolve` decide it",
    codes.UNDECIDED: "`seedgit resolve` decides it, in an overlay: CI has to fetch that "
    "(docs/ci.md)",
}


def summary(done: Verified) -> str:
    """What was checked, and how much was found, in a line."""
    counts = [
        number_of(done.merges, "merge"),
        number_of(done.commits, "other commit"),
        f"{number_of(done.count(codes.AS_DECIDED), 'seed')} merged as decided",
        f"{done.count(codes.RESOLVED_BY_HAND)} resolved by hand",
    ]
    counts.append(number_of(len(done.failures), "finding"))
    return f"{done.range}: {', '.join(counts)}"


def place(finding: Deviation) -> str:
    line = f":{finding.line}" if finding.line else ""
    commit = f"{finding.commit[:10]} " if finding.commit else ""
    return f"{commit}{finding.path}{line}"


def said(finding: Deviation) -> str:
    """The place, both values, and what else there is to say."""
    parts = [plain(finding.name or finding.pointer)] if finding.pointer else []
    if finding.expected is not ABSENT or finding.found is not ABSENT:
        parts.append(_values(finding))
    if finding.detail:
        parts.append(plain(finding.detail))
    return ": ".join(parts[:2]) + "".join(f" ({part})" for part in parts[2:])


def _values(finding: Deviation) -> str:
    if finding.code == codes.ORPHANED:
        value = "(deleted)" if finding.found is ABSENT else shown(finding.found, 40)
        return f"{value} in overlay {plain(finding.overlay)}"
    expected, found = side(finding.expected), side(finding.found)
    if finding.code == codes.UNDECIDED:
        where = f"overlay {plain(finding.overlay)}" if finding.overlay else "committed"
        return f"upstream has {expected}, {where} {found}"
    if finding.code == codes.SEED_CHANGED:
        return f"{expected} -> {found}"
    return f"decided {expected}, committed {found}"


# -- a comment -------------------------------------------------------------------------------------


def comment(done: Verified, masked: Callable[[str], str]) -> str:
    """GitHub's Markdown: what was found, and folded, what was decided and what was not checked.

    masked  masks secrets in a text

    It never exceeds LONGEST; tables that would are cut, and say so.
    """
    texts = ("\n".join(_comment(done, masked, most)) + "\n" for most in ROWS)
    return next((text for text in texts if len(text) <= LONGEST), MARK + "\n")


def _comment(done: Verified, masked: Callable[[str], str], most: int) -> Iterator[str]:
    def code(text: str) -> str:
        return _code(masked(plain(text)))

    found = number_of(len(done.failures), "finding") if done.failures else "nothing found"
    yield from (MARK, f"### seedgit verify: {found}", "", code(summary(done)), "")
    for name, title in WHAT.items():
        of_code = [finding for finding in done.failures if finding.code == name]
        if of_code:
            yield f"**{title}** ({code(name)}). Next: {NEXT[name]}."
            yield ""
            rows = ((code(place(each)), code(said(each))) for each in of_code)
            yield from _table(("where", "what"), rows, len(of_code), most)
    allowed = [finding for finding in done.findings if finding.allowed]
    reasons = ((code(place(f)), code(said(f)), code(f.allowed)) for f in allowed)
    yield from _folded(
        "allowed by a Seed-Change: trailer", ("where", "what", "why"), reasons, allowed, most
    )
    seeds = ((code(s.commit[:10]), code(s.path), code(s.outcome)) for s in done.seeds)
    yield from _folded("seeds in merges", ("commit", "file", "outcome"), seeds, done.seeds, most)
    notes = ((code(note.code), code(note.text)) for note in done.notes)
    yield from _folded("not checked", ("reason", "what"), notes, done.notes, most)


def _folded(
    title: str,
    head: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    of: Sequence[object],
    most: int,
) -> Iterator[str]:
    """A table that a reader has to open; nothing where it has no rows."""
    if of:
        yield from (f"<details><summary>{title}: {len(of)}</summary>", "")
        yield from _table(head, rows, len(of), most)
        yield from ("</details>", "")


def _table(
    head: tuple[str, ...], rows: Iterable[tuple[str, ...]], count: int, most: int
) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row, _ in zip(rows, range(most), strict=False):
        yield f"| {' | '.join(row)} |"
    yield ""
    if count > most:
        yield from (f"and {count - most} more", "")


def _code(text: str) -> str:
    """Text in which neither Markdown nor HTML finds anything: no link, no end of a table."""
    inert = _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", text)
    return f"<code>{inert}</code>" if text else ""
