"""How long the work on one file may take, and how much memory: for what nobody waits at.

A merge driver and a hook run inside git: whatever a seed of upstream's costs, git has to go on.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

TIME_KEY, TIME_LIMIT = "seedgit.timeLimit", 10  # seconds
GRACE = 5  # seconds until a process ends that does not hear
AGAIN = 0.1  # seconds after which it is told again
MEMORY_KEY, MEMORY_LIMIT = "seedgit.memoryLimit", 2 << 30  # bytes of address space

# An attribute of upstream's says how long markers are (gitattributes(5), conflict-marker-size).
MARKER_MOST = 9999
MARKER_LENGTH = "l=%L; case $l in ?????*) l=9999;; esac; "  # for a driver's command: it is in $l


class Limit:
    """Raises TimeoutError when the time is over, MemoryError when the memory is. 0 is no limit.

    The first is raised again and again: Python drops what is raised while it collects garbage, and
    code that expects an OSError takes it for one. After GRACE the process ends (SIGALRM). Nothing
    but computing may stand under it: a program that was started would be killed with what it does.
    """

    def __init__(self, seconds: float, memory: int = 0) -> None:
        self.seconds = seconds
        self._memory = memory
        self._left = 0
        self._before: tuple[int, int] | None = None

    def __enter__(self) -> None:
        # `signal` only adds names to it, and takes longer to load than a merge.
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
            return  # it is over, and has to be taken back
        self._left -= 1
        if not self._left:
            _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        raise TimeoutError(f"over {TIME_KEY}, {self.seconds:g} s")


NO_LIMIT = Limit(0)


def number(text: str) -> int | None:
    """A number as git-config(1) has them, with k, m or g; None for none."""
    text = text.strip().lower()
    digits = text.rstrip("kmg")
    unit = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}.get(text[len(digits) :])
    if unit is None or not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        return None
    return int(digits) * unit
