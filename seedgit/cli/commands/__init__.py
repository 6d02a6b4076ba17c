"""One module for each command, loaded when it is run. This table is the whole dispatch."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final


def module_name(command: str) -> str:
    """The name of a command's module: no word of Python, and without hyphens."""
    name = command.replace("-", "_")
    return f"{name}_" if iskeyword(name) else name


class _Commands(Mapping[str, ModuleType]):
    """The commands in the order of the help, with their modules."""

    def __init__(self, summaries: Mapping[str, str]) -> None:
        self.summaries = summaries  # the first line of each module's docstring

    def __getitem__(self, name: str) -> ModuleType:
        if name not in self.summaries:
            raise KeyError(name)
        return importlib.import_module(f"{__name__}.{module_name(name)}")

    def __contains__(self, name: object) -> bool:
        return name in self.summaries

    def __iter__(self) -> Iterator[str]:
        return iter(self.summaries)

    def __len__(self) -> int:
        return len(self.summaries)


# The help lists them all, and loads none.
COMMANDS: Final = _Commands(
    {
        "try": (
            "Merge this clone's last merges again, and say what seedgit would have spared. "
            "Changes nothing."
        ),
        "init": "Set up this clone: rules file, attributes, merge driver, hooks.",
        "set": "Override a seed's value, for this site.",
        "unset": "Remove an override, so that the seed's value counts again.",
        "capture": "Move a file's edits that are the site's into the overlay.",
        "adopt": (
            "Split committed seeds with the site's state in them into upstream's "
            "seeds and overrides."
        ),
        "suggest": (
            "Draft ownership rules from what the site keeps changing; --write adds them to the "
            "site's own."
        ),
        "track": "Make a branch of the versions of a file that was copied here, for git to merge.",
        "promote": "Put an override on a branch, as a change of the seed for the package's author.",
        "demote": "Turn a committed edit of a seed into an override.",
        "status": "Show what needs a person. With --overlay, show every override, field by field.",
        "plan": "Show what `git merge REF` would do to seeds and overrides. Changes nothing.",
        "upgrade": "Fetch, plan, merge and sync in one go. Stops before what needs a person.",
        "fleet": "Plan one upgrade of many sites at once, and decide for groups of them.",
        "why": (
            "Say why a value is what it is: its layer, who set it and when, and "
            "what it would be without."
        ),
        "blame": "Print the whole effective file, with the layer of each line in front.",
        "diff": "Compare effective files with their seeds, as a unified diff.",
        "pending": (
            "List what waits for a person: overrides whose seed changed, or that lost their place."
        ),
        "resolve": "Decide what `seedgit pending` lists.",
        "ui": "Decide on what waits in a browser, and see the rest there: for this machine alone.",
        "approve": "Accept what `seedgit pending` proposes.",
        "render": ("Print the effective file, or write effective files into a folder."),
        "live": "Keep effective files in a folder, for programs to read and write.",
        "sync": "Bring the live trees into step with seeds and overlays, both ways.",
        "conflicts": (
            "List the conflicts of unmerged files, by pointer. --take and --value "
            "resolve them one by one."
        ),
        "mergetool": (
            "Ask about each conflict of a file. `git mergetool` calls this (docs/conflicts.md)."
        ),
        "layer": "List the layers over the seeds, lowest first; add, remove or reorder them.",
        "rules": (
            "Say whose a place is, and which line of which rules says so; or change the site's "
            "own rules."
        ),
        "secret": "Say who can decrypt an overlay's secrets, change that, or encrypt them anew.",
        "rebase": "Store the overlays rebased onto the seeds as they are now.",
        "move": "Move a seed's overrides to the seed that it has become.",
        "prune": (
            "Retire overrides that have served their purpose. Without a kind, list "
            "those that could go."
        ),
        "log": "Show the changes of an overlay, newest first.",
        "undo": (
            "Take back the last change made here, or any one, in a new commit. Pulls and "
            "rebases stay."
        ),
        "push": "Send the active overlays to a remote. Seeds are sent by git push.",
        "pull": (
            "Fetch a remote's overlays and merge them into the local ones, override by override."
        ),
        "certify": (
            "Say whether a merge's result has every change of either side, and nothing else."
        ),
        "verify": (
            "Check, in CI, that merges are what seedgit decides, and that only "
            "upstream changed seeds."
        ),
        "doctor": "Check what is installed, try it out, and say what is wrong with it.",
        "selftest": (
            "Try on this machine, in a temporary folder, what seedgit promises. "
            "Says what is safe here."
        ),
        "mode": "Show the mode, or change it: off, dry-run or live.",
        "divergences": (
            "Show where seedgit's merges and git's own differ, as dry-run, shadow "
            "and replay recorded it."
        ),
        "replay": (
            "Merge this repository's history, or one run of the journal, again with both engines."
        ),
        "journal": "Read the journal: every run of the driver, the hooks and the commands.",
        "report": (
            "Write a recorded merge to a folder that you can send: values masked, shape kept."
        ),
        "hook": "What git's hooks and the pre-commit framework call.",
        "completion": "Print the completion script of a shell.",
    }
)


def common(name: str) -> dict[str, Any]:
    """What the line of a command has, whichever it is."""
    return {"command": name, "directory": ".", "verbose": False}
