"""Limits the time and memory for the work on one file, where no person watches it.

A merge driver and a hook run inside git. However much work a seed from upstream makes, git must be
able to go on.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

TIME_KEY, TIME_LIMIT = "seedgit.timeLimit", 10  # seconds
GRACE = 5  # seconds until a process is ended that does not stop by itself
AGAIN = 0.1  # seconds between two attempts to stop it
MEMORY_KEY, MEMORY_LIMIT = "seedgit.memoryLimit", 2 << 30  # bytes of address space

# Upstream's attributes may set any length for markers (gitattributes(5), conflict-marker-size).
MARKER_MOST = 9999
MARKER_LENGTH = "l=%L; case $l in ?????*) l=9999;; esac; "  # for a driver command: sets $l


def marker_size(text: str) -> int:
    """The size of conflict markers that git gives a driver, or an attribute asks for."""
    if not (text.isascii() and text.isdigit()):
        return 7
    return min(int(text[:9]), MARKER_MOST)


class Limit:
    """Raises TimeoutError when the time is up, MemoryError when the memory is. 0 means no limit.

    TimeoutError is raised again and again: Python drops an exception that is raised during garbage
    collection, and code that handles OSError catches it too. After GRACE the process is ended
    (SIGALRM). Only compute under a limit: it may end the process in the middle of anything else.
    """

    def __init__(self, seconds: float, memory: int = 0) -> None:
        self.seconds = seconds
        self._memory = memory
        self._left = 0
        self._before: tuple[int, int] | None = None

    def __enter__(self) -> None:
        # `signal` only adds names to `_signal`, and takes longer to load than a merge.
        import _signal  # type: ignore[import-not-found]

        if self.seconds:
            self._left = round(GRACE / AGAIN)
            _signal.signal(_signal.SIGALRM, self._stop)
            _signal.setitimer(_signal.ITIMER_REAL, self.seconds, AGAIN)
        if self._memory:
            import resource

            self._before = soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            if soft == resource.RLIM_INFINITY or soft > self._memory:
                resource.setrlimit(resource.RLIMIT_AS, (self._memory, hard))

    def __exit__(self, *_: object) -> None:
        import _signal

        _signal.setitimer(_signal.ITIMER_REAL, 0)
        if self._before is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, self._before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        import _signal

        if frame is not None and frame.f_code is Limit.__exit__.__code__:
            return  # the work is done: `__exit__` must be able to lift the limits
        self._left -= 1
        if not self._left:
            _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        raise TimeoutError(f"over {TIME_KEY}, {self.seconds:g} s")


NO_LIMIT = Limit(0)


def number(text: str) -> int | None:
    """A number as in git-config(1), perhaps with k, m or g; None where it is not a number."""
    text = text.strip().lower()
    digits = text.rstrip("kmg")
    unit = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(text[len(digits) :])
    if unit is None or not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        return None
    return int(digits) * unit
