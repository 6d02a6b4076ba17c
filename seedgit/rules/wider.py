"""Tells whether one pattern of the rules covers all of another: then the later one never counts."""

from __future__ import annotations

from seedgit.values.pointer import ANY, ANY_DEPTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def is_wider(pattern: Sequence[str], other: Sequence[str], *, below: bool = True) -> bool:
    """Whether `pattern` names each place that `other` names, in any document.

    below  True: `pattern` also covers what is below its places, as in `pointer.covers`; False: it
           does not, as in `pointer.names`

    False also where comparing step by step cannot tell. Each pair of steps is compared once.
    """
    # For each step of `other`: whether the rest of `pattern` covers the rest of `other` from there.
    behind = [*[below] * len(other), True]
    for step in reversed(pattern):
        here = [False] * len(other) + [step == ANY_DEPTH and behind[-1]]
        for at in reversed(range(len(other))):
            if step == ANY_DEPTH:
                here[at] = behind[at] or here[at + 1]
            elif other[at] == ANY_DEPTH:  # it matches no step, or one step and then more
                here[at] = here[at + 1] and step == ANY and behind[at]
            else:
                here[at] = step in (ANY, other[at]) and behind[at + 1]
        behind = here
    return behind[0]
