"""Whether one pattern of the rules says all that another one says: then the later never counts."""

from __future__ import annotations

from seedgit.values.pointer import ANY, ANY_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def is_wider(pattern: Sequence[str], other: Sequence[str], *, below: bool = True) -> bool:
    """Whether `pattern` names each place that `other` names, whatever the document.

    below  what lies below a place that `pattern` names counts too, as for `pointer.covers`;
           else as for `pointer.names`

    Where that takes more than to compare step by step, the answer is no. Each pair of steps is
    looked at once.
    """
    # Whether the steps behind one of `pattern`'s do for the steps behind each one of `other`'s.
    behind = [*[below] * len(other), True]
    for step in reversed(pattern):
        here = [False] * len(other) + [step == ANY_DEPTH and behind[-1]]
        for at in reversed(range(len(other))):
            if step == ANY_DEPTH:
                here[at] = behind[at] or here[at + 1]
            elif other[at] == ANY_DEPTH:  # no step at all, or any one and more of them
                here[at] = here[at + 1] and step == ANY and behind[at]
            else:
                here[at] = step in (ANY, other[at]) and behind[at + 1]
        behind = here
    return behind[0]
