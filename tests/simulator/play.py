"""Plays a history; of one that goes wrong, finds the shortest part that goes wrong as well."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from tests.simulator.history import Step, history
from tests.simulator.world import World

TRIES = 150  # to shorten one history


def played(top: Path, steps: list[Step]) -> tuple[str, list[str]]:
    """What went wrong ("": nothing did), and the commands."""
    shutil.rmtree(top, ignore_errors=True)
    top.mkdir()
    world = World(top, steps)
    try:
        for step in steps:
            world.step(step)
        world.end()
    except Exception as error:
        return f"{type(error).__name__}: {error}", world.told
    return "", world.told


def shortened(top: Path, steps: list[Step]) -> list[Step]:
    """The history without the steps that do not matter: each one that is left does."""
    tries = TRIES
    size = max(1, len(steps) // 2)
    while True:
        at = 0
        while at < len(steps) and tries:
            fewer = steps[:at] + steps[at + size :]
            tries -= 1
            if played(top, fewer)[0]:
                steps = fewer
            else:
                at += size
        if size == 1 or not tries:
            return steps
        size //= 2


def play(top: Path, seed: int, only: Collection[int] | None = None) -> str:
    """Play a history, or some of its steps. Returns what went wrong, after a line that repeats it;
    "" if nothing did."""
    steps = [step for step in history(seed) if only is None or step.number in only]
    wrong, _ = played(top, steps)
    if not wrong:
        return ""
    steps = shortened(top, steps)
    wrong, told = played(top, steps)
    numbers = ",".join(str(step.number) for step in steps) or "none"
    again = f"make simulate SEED={seed} STEPS={numbers}"
    return f"{again}   # {wrong}\n" + "\n".join(told)
