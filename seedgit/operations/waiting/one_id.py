"""An id that several listed items have: it cannot say which of them a decision is about."""

from __future__ import annotations

from seedgit.errors import UsageError
from seedgit.git.names import pasted
from seedgit.operations.waiting.listing import ListedItem
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import VALUE
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from seedgit.operations.pending import Item
    from seedgit.operations.resolve import Wanted

MOST = 5  # command lines in one hint


def refuse_one_id(
    workspace: Workspace,
    found: list[ListedItem],
    current: Iterable[Item],
    want: Wanted,
    why: str,
) -> None:
    """Raise UsageError where more than one item has the id that was given.

    Its hint has a command line for each, which may be pasted in any folder of the clone.
    """
    if len(found) < 2:
        return
    places = {(item.id, item.key): f"{item.path}{item.name}" for item in current}
    more = "".join(f" {each}" for each in _options(workspace, want, why))
    each = (f"{_start(line, want)}{more} ({_place(line, places)})" for line in found[:MOST])
    rest = len(found[MOST:])
    raise UsageError(
        f"{len(found)} items have the id {want.item}: which one?",
        hint=", or ".join(each) + (f", or one of {rest} more" if rest else ""),
    )


def _place(line: ListedItem, places: dict[tuple[str, str], str]) -> str:
    return places.get((line.id, line.key), line.path)


def _start(line: ListedItem, want: Wanted) -> str:
    """The id stays beside the number: another listing may have come since."""
    if want.choice:
        return f"seedgit resolve {line.number} {want.item}"
    return f"seedgit approve {line.number}"


def _options(workspace: Workspace, want: Wanted, why: str) -> Iterable[str]:
    if want.choice == VALUE:
        # What was given for a secret is not said again.
        hidden = workspace.has_secrets
        yield "--value V" if hidden else _option("value", canonical(want.value))
    elif want.choice:
        yield f"--{want.choice}"
    if want.at:
        yield _option("at", want.at)
    if why:
        yield _option("why", why)
    if workspace.only:
        yield _option("overlay", workspace.only)


def _option(name: str, text: str) -> str:
    return pasted(f"--{name}={text}").removeprefix("-- ")
