"""What may come next in a command line: pointers of an effective file, overlays, sites, refs."""

from __future__ import annotations

from seedgit.git.fleet import sites
from seedgit.git.overlay_names import OVERLAYS
from seedgit.git.revisions import SHARED
from seedgit.operations.stack.effective import stack
from seedgit.operations.workspace import Workspace
from seedgit.values.diff import value_at
from seedgit.values.pointer import format_pointer, parse_selector, resolve, select
from seedgit.values.selector import selector_of
from seedgit.values.value import Value


def pointers(workspace: Workspace, name: str, typed: str) -> list[str]:
    """The pointers of a file's effective document that continue what was typed by one step.

    An item of a list is named by its identity, or by its index where it has none or where a digit
    was typed. The only one, if there is more below it, comes with a slash as well: a shell goes on
    from there. Raises SeedgitError if the file is no seed, or what was typed is no pointer.
    """
    path = workspace.seed_path(name)
    value, key_of = stack(workspace, path).value, workspace.rule(path).key_of
    above, start = _cut(typed)
    found: dict[str, Value] = {}
    for place in select(value, parse_selector(above)):
        inner = value_at(value, place)
        if not isinstance(inner, (dict, list)):
            continue
        whole = selector_of(value, place, key_of)
        for token in map(str, range(len(inner)) if isinstance(inner, list) else inner):
            step = selector_of(value, (*place, token), key_of).removeprefix(whole)
            if start[:1].isdigit():
                step = format_pointer((token,))
            found[above + step] = resolve(inner, (token,))
    fitting = [each for each in found if each.startswith(typed)]
    if len(fitting) == 1 and isinstance(below := found[fitting[0]], (dict, list)) and below:
        fitting.append(fitting[0] + "/")
    return fitting


def _cut(typed: str) -> tuple[str, str]:
    """What was typed of a pointer, and the beginning of its last step."""
    above, _, start = typed.rpartition("/")
    bracket = typed.rfind("/[")
    if bracket >= 0 and "]" not in typed[bracket:]:  # a slash may be in the value of an identity
        above, start = typed[:bracket], typed[bracket + 1 :]
    return above, start


def overlays(workspace: Workspace) -> list[str]:
    """The names of the overlays that are here or that the configuration names."""
    held = (ref.removeprefix(OVERLAYS) for ref in workspace.repository.refs(OVERLAYS))
    return sorted({*held, *workspace.names})


def site_names(workspace: Workspace) -> list[str]:
    """The names of the sites of the fleet."""
    from seedgit.operations.fleet.rules_of_sites import RulesOfSites  # late: few ask for them

    return [site.name for site in RulesOfSites(workspace).sites(sites(workspace.repository))]


def references(workspace: Workspace) -> list[str]:
    """Branches, remote branches and tags, as they are written for short."""
    found = (ref for kind in SHARED for ref in workspace.repository.refs(kind))
    return sorted(ref.split("/", 2)[2] for ref in found)
