"""Decides for all sites of a group at once, in one transaction, and takes that back.

A group's id stands for the sites' commits, the upgrade and the rules: once one of them has changed,
no group has that id any more, and a decision is refused. What is decided is remembered, in each
site's overlay or in one layer below them. It changes no value: at a site, `seedgit approve --known`
applies it once the upgrade is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from seedgit.errors import Refused, RepositoryError, SeedgitError, UsageError
from seedgit.git.fleet import sites
from seedgit.git.layer_settings import refuse_read_only
from seedgit.git.messages import message, one_line
from seedgit.git.object_text import Commit
from seedgit.git.overlay_names import OVERLAYS
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import OverlayEdit
from seedgit.operations.fleet.engine import Engine
from seedgit.operations.fleet.job import ToldFinding
from seedgit.operations.fleet.model import FleetFinding, SiteGroup
from seedgit.operations.fleet.plan import Planned, planned
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decisions import (
    KEEP_LOCAL,
    VALUE,
    Question,
    StoredDecision,
    remembered,
)
from seedgit.overlay.record import Record
from seedgit.values.diff import sayable
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOOK_AGAIN = "seedgit fleet plan names the groups as they are now"
_WAVE = re.compile(r"\A[^\n]*\n\nWave: ([0-9a-f]+)\n")

Questions = dict[str, list[Question]]  # by what the record says its seed is


class WaveChoice(NamedTuple):
    """What to decide. `only` "" is all that waits in the group; else one pointer of it."""

    choice: str = KEEP_LOCAL
    value: Value = None
    why: str = ""
    only: str = ""


class Wave(NamedTuple):
    """What was decided, or taken back.

    findings  what was decided about
    commits   the new commit of each overlay
    left      sites of the group whose overlays cannot be written here
    """

    group: str
    choice: str
    findings: tuple[FleetFinding, ...]
    commits: dict[str, str]
    left: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        return {
            "group": self.group,
            "choice": self.choice,
            "findings": [
                {"path": f.path, "pointer": f.pointer, "reason": f.reason} for f in self.findings
            ],
            "overlays": dict(self.commits),
            "left": list(self.left),
        }


class WaveTarget(NamedTuple):
    """Where to decide. `layer` "": in the overlay of each site.

    of  the sites that were planned: a shell's pattern of their names
    """

    group: str
    ref: str | None = None
    layer: str = ""
    of: str = "*"


def decide_wave(
    workspace: Workspace,
    target: WaveTarget,
    wanted: WaveChoice,
    progress: Progress = quiet,
    engine: Engine | None = None,
) -> Wave:
    """Decide about what waits at all sites of a group. If one refuses, nothing is decided.

    Raises Refused if no group has that id (any more), or an overlay changes meanwhile.
    """
    layer = _layer(workspace, target.layer) if target.layer else None
    made = planned(workspace, target.ref, progress, engine, target.of)
    group = _group(made, target.group)
    findings, members = _wanted(group, wanted), set(group.sites)
    asked = {
        name: questions
        for row, names in made.census.joined()
        if (some := [name for name in names if name in members])
        and (questions := _questions(made, row, set(findings)))
        for name in some
    }
    changes, left = [], []
    if layer is not None:
        changes.append(_changed(workspace, layer, _all(asked.values()), wanted))
    else:
        for name, questions in asked.items():
            site = made.sites[name]
            if not site.ref.startswith(OVERLAYS):
                left.append(name)
                continue
            refuse_read_only(workspace.repository, site.ref.removeprefix(OVERLAYS))
            overlay = workspace.store.read_at(site.commit, site.ref.removeprefix(OVERLAYS))
            changes.append(_changed(workspace, overlay, questions, wanted))
    text = _message(target.group, findings, wanted, len(asked))
    commits = workspace.store.change_together(changes, text)
    return Wave(target.group, wanted.choice, findings, commits, tuple(left))


def _layer(workspace: Workspace, name: str) -> Overlay:
    if name not in workspace.below:
        raise UsageError(
            f"{name!r} is no layer below the sites here",
            hint=f"seedgit layer add {name}, and layer order, put it below this clone's own",
        )
    refuse_read_only(workspace.repository, name)
    return workspace.store.read(name)


def _group(made: Planned, id: str) -> SiteGroup:
    for group in made.plan.groups:
        if group.id == id:
            return group
    raise Refused(f"no group has the id {id!r} (any more)", hint=LOOK_AGAIN)


def _wanted(group: SiteGroup, wanted: WaveChoice) -> tuple[FleetFinding, ...]:
    """The findings to decide about. Raises UsageError where nothing waits."""
    if wanted.choice == VALUE:
        sayable(wanted.value)
    found = [f for f in group.findings if f.waits and f.pointer]
    named = [f for f in found if wanted.only in ("", f.pointer)]
    if not named:
        where = f"at {wanted.only} of" if wanted.only else "in"
        raise UsageError(f"nothing waits {where} the group {group.id}", hint=LOOK_AGAIN)
    return tuple(named)


def _questions(made: Planned, row: Iterable[int], findings: set[FleetFinding]) -> Questions:
    found: Questions = {}
    for number in row:
        for each in made.census.answers[number]:
            if isinstance(each, ToldFinding) and each.finding in findings and each.asked:
                found.setdefault(each.path, []).append(each.asked)
    return found


def _all(several: Iterable[Questions]) -> Questions:
    """The questions of several sites, each once."""
    found: dict[str, dict[Question, None]] = {}
    for questions in several:
        for path, asked in questions.items():
            found.setdefault(path, {}).update(dict.fromkeys(asked))
    return {path: list(asked) for path, asked in found.items()}


def _changed(
    workspace: Workspace, overlay: Overlay, questions: Questions, wanted: WaveChoice
) -> tuple[Overlay, Mapping[str, StoredRecord | None]]:
    """An overlay, and its records with the answers."""
    edit = OverlayEdit(workspace, overlay)
    for path, asked in questions.items():
        found = overlay.records.get(path)
        old = Stored(overlay.name, found.record, path) if found else None
        entry = workspace.tracked.get(path)
        if old is None and entry is None:
            raise Refused("is no seed here", where=path, hint="decide without a layer")
        record = old.record if old else Record(path, entry.id if entry else "")
        value = wanted.value if wanted.choice == VALUE else None
        made = [StoredDecision(each, wanted.choice, value, wanted.why) for each in asked]
        edit.put(record._replace(decisions=remembered(record.decisions, made)), old)
    return overlay, edit.records


def _message(group: str, findings: tuple[FleetFinding, ...], wanted: WaveChoice, count: int) -> str:
    lines = [one_line(f"{wanted.choice} {f.path} {f.pointer}") for f in findings]
    subject = f"fleet: {wanted.choice} in a group of {count}"
    return message(subject, f"Wave: {group}", "\n".join(lines), wanted.why)


# -- taken back ------------------------------------------------------------------------------------


def undo_wave(workspace: Workspace, group: str = "") -> Wave:
    """Take a decision about a group back, at all sites at once: the last one, or a named one.

    An overlay that was changed since is left as it is. Raises RepositoryError if there is nothing
    to take back.
    """
    tips = dict(_tips(workspace))
    if not group:
        waves = [(tip.committer.time, wave) for tip in tips.values() if (wave := _wave_of(tip))]
        group = max(waves, default=(0, ""))[1]
    found = {name: tip for name, tip in tips.items() if group and _wave_of(tip) == group}
    if not found:
        what = f"no decision about the group {group}" if group else "no decision about a group"
        raise RepositoryError(
            f"{what} is the last change of any overlay",
            hint="seedgit log --overlay NAME shows the changes, seedgit undo COMMIT takes one back",
        )
    return Wave(group, "undo", (), workspace.store.undo_together(found))


def _wave_of(commit: Commit) -> str:
    """The group that a change of an overlay decided about; "" for any other change."""
    found = _WAVE.match(commit.message)
    return found[1] if found else ""


def _tips(workspace: Workspace) -> Iterator[tuple[str, Commit]]:
    repository = workspace.repository
    for site in sites(repository):
        if site.ref.startswith(OVERLAYS) and site.commit:
            try:
                yield site.ref.removeprefix(OVERLAYS), repository.commit(site.commit)
            except SeedgitError:
                continue
