"""Plays a history; of one that goes wrong, finds the shortest part that goes wrong as well."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from seedgit.operations.edits import expiry
from tests.simulator.history import Step, history
from tests.simulator.stand_in import StandIn
from tests.simulator.world import World

EVERY = 10  # that history is played by git alone
TRIES = 150  # to shorten one history


def played(top: Path, steps: list[Step], last: Step, *, really: bool) -> tuple[str, list[str]]:
    """What went wrong ("": nothing did), and the commands.

    last    says how it ends
    really  by git alone
    """
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        world = World(top, steps)
        patch.setattr(expiry, "time", world)
        if not really:
            world.git = StandIn(top, patch)
        world.begin()
        try:
            for step in steps:
                world.step(step)
            world.end(last)
        except Exception as error:
            return f"{type(error).__name__}: {error}", world.told
    return "", world.told


def shortened(steps: list[Step], wrong: Callable[[list[Step]], object]) -> list[Step]:
    """The history without the steps that do not matter: each one that is left does."""
    tries = TRIES
    size = max(1, len(steps) // 2)
    while True:
        at = 0
        while at < len(steps) and tries:
            fewer = steps[:at] + steps[at + size :]
            tries -= 1
            if wrong(fewer):
                steps = fewer
            else:
                at += size
        if size == 1 or not tries:
            return steps
        size //= 2


def play(top: Path, seed: int, only: Collection[int] | None = None) -> str:
    """Play a history, or some of its steps. Returns what went wrong, after a line that repeats it;
    "" if nothing did."""
    whole = history(seed)

    def wrong(steps: list[Step]) -> tuple[str, list[str]] | None:
        found = played(top, steps, whole[-1], really=seed % EVERY == 0)
        return found if found[0] else None

    steps = [step for step in whole if only is None or step.number in only]
    if not wrong(steps):
        return ""
    steps = shortened(steps, wrong)
    what, told = wrong(steps) or ("nothing, once it was repeated", [])
    numbers = ",".join(str(step.number) for step in steps) or "none"
    return f"make simulate SEED={seed} STEPS={numbers}   # {what}\n" + "\n".join(told)
