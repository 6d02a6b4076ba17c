"""How far a long run is, drawn on a terminal."""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from rich.progress import Progress

PATIENCE = 1.0  # seconds before anything is drawn, or loaded for drawing
BETWEEN = 0.1  # seconds between two drawings


class Bar:
    """A bar, the count, how many a second, and the time left. It disappears when the run is over.

    Only `show` draws it, and no thread: a run starts other programs all the time.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = time.monotonic()
        self._due = self._started + PATIENCE
        self._drawn: Progress | None = None

    def show(self, done: int, of: int) -> None:
        """Draw that so many of so many steps are done."""
        if done >= of:
            self.end()
        elif time.monotonic() >= self._due:
            if self._drawn is None:
                self._drawn = _progress(self._stream, self._started)
                self._drawn.add_task("", total=of, completed=done)
                self._drawn.start()
            self._drawn.update(self._drawn.task_ids[0], completed=done, total=of, refresh=True)
            self._due = time.monotonic() + BETWEEN

    def end(self) -> None:
        """Remove it, because something else is printed or the run is over."""
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None


def rate(done: float, seconds: float) -> str:
    """How many steps a second a run has made; a minute, if it is less than one a second."""
    each = done / seconds if seconds > 0 else 0.0
    return f"{each:,.0f}/s" if each >= 1 else f"{each * 60:,.0f}/min"


def _progress(stream: TextIO, started: float) -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(rate(task.completed, time.monotonic() - started))

    class Quiet(Console):
        def show_cursor(self, show: bool = True) -> bool:
            """Do nothing: the cursor is never hidden, as a killed run could not bring it back."""
            return False

    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Quiet(file=stream, markup=False, emoji=False, highlight=False),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
