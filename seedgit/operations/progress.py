"""How far a long operation is: it says so, and an entry point shows it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # gets how many steps are done, and how many there are


def quiet(done: int, of: int) -> None:
    pass
