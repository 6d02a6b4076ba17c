"""What in the rules of the working tree never counts for the files that git tracks."""

from __future__ import annotations

from seedgit import codes
from seedgit.errors import quoted
from seedgit.files.rules_file import read_rules
from seedgit.formats.idle_rules import Idle, idle_rules
from seedgit.formats.registry import format_name
from seedgit.git.repository import FILE_MODES
from seedgit.operations.rules import files_of
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.against import in_vain
from seedgit.rules.stacked import StackedRules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.rules.against import Vain

MOST_TOLD = 20


def where(each: Idle) -> str:
    """The place in its rules file, for a message."""
    return f"{each.file}:{each.line}" if each.line else each.file


def idle(workspace: Workspace) -> list[Idle]:
    """What never counts, file by file, those of layers first.

    Raises InputError where the rules are invalid.
    """
    rules = workspace.rules
    if not rules.seeds:
        return []
    paths = {
        entry.path: None
        for entry in workspace.repository.index()
        if entry.mode in FILE_MODES and entry.path != RULES_FILE and format_name(entry.path)
    }
    valid = {each.where for each in files_of(rules)}
    texts = {s.where: s.data for s in workspace.site_rules if s.data and s.where in valid}
    if workspace.package_rules.seeds:
        texts[RULES_FILE] = read_rules(workspace.repository.worktree) or b""
    found = [
        each._replace(file=file) for file, data in texts.items() for each in idle_rules(data, paths)
    ]
    if isinstance(rules, StackedRules):
        found += map(_in_vain, in_vain(rules, paths))
    return found


def first_of(found: list[Idle]) -> list[Idle]:
    """What is told of very many."""
    if len(found) <= MOST_TOLD:
        return found
    more = f"{len(found) - MOST_TOLD} more such places are not listed"
    return [*found[:MOST_TOLD], Idle(found[MOST_TOLD].kind, None, more)]


def _in_vain(vain: Vain) -> Idle:
    source, path, counts, differs = vain
    says = "says something else there, and counts" if differs else "says what holds there"
    text = f"{quoted(path)} never counts: {counts.where}:{counts.line} {says}"
    kind = codes.RULE_CONTRADICTED if differs else codes.RULE_SHADOWED
    return Idle(kind, source.line, text, source.where)
