"""The text of a proposed rules file."""

from __future__ import annotations

from collections.abc import Iterator

from seedgit.operations.install.schema import SCHEMA
from seedgit.operations.proposal.proposed import Proposal, ProposedEntry
from seedgit.operations.suggest.draft import yaml_name
from seedgit.values.escapes import number_of
from seedgit.values.value import canonical

HEAD = f"""\
# yaml-language-server: $schema={SCHEMA}
# Which files are seeds (the package owns them), and what in them the site may change.
# See docs/rules.md. After a change, run `seedgit init` again.
version: 1

# conservative: the site owns what is listed below, and nothing else.
# burn-in-safe: also the usual run-time fields (queues, modes, throttles, schedules).
policy: burn-in-safe
"""


def rules_text(proposal: Proposal) -> str:
    """The rules file for a proposal that has entries."""
    lines = [line for entry in proposal.entries for line in _entry(entry)]
    return "\n".join([HEAD, "seeds:", *lines]) + "\n"


def _entry(entry: ProposedEntry) -> Iterator[str]:
    yield f"  # {entry.kind.name}: {number_of(entry.total, 'file')}"
    first, *others = map(canonical, entry.files)
    if others:
        yield "  - files:"
        yield from (f"      - {name}" for name in (first, *others))
    else:
        yield f"  - files: {first}"
    if entry.keys:
        yield "    keys:  # what tells the items of a list apart"
        for path, key in entry.keys:
            yield f"      {yaml_name(path)}: {yaml_name(key)}"
    yield "    # overlay:  # what the site owns; often that is some of these:"
    yield from (f"    #   - path: {yaml_name(path)}" for path in entry.kind.often)
