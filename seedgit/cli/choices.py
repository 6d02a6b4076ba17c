"""What an argument may be. For anything else, the error says what comes close."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from seedgit.errors import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LONGEST_WORD = 100  # characters of a word that is compared with the choices
MOST_LISTED = 8  # choices shown in an error


class Choices(Mapping[str, object]):
    """The choices of an argument, as argparse asks for them.

    action  the argument
    known   what it may be; more may be added
    prog    the program's name in its usage
    """

    def __init__(self, action: argparse.Action, known: Mapping[str, Any], prog: str) -> None:
        self._action = action
        self._known = known
        self._prog = prog

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, value: object) -> bool:
        """True. Raises ArgumentError for what is not a choice."""
        if value in self._known:
            return True
        raise argparse.ArgumentError(
            self._action, f"invalid choice: {quoted(str(value))}; {self._advice(str(value))}"
        )

    def _advice(self, value: str) -> str:
        from difflib import get_close_matches

        choices = [str(choice) for choice in self._known]
        close = get_close_matches(value[:LONGEST_WORD], choices)
        if close:
            return f"did you mean {' or '.join(close)}?"
        if len(choices) > MOST_LISTED:
            return f"{self._prog.removesuffix(' help')} --help lists them"
        return f"choose from {', '.join(choices)}"
