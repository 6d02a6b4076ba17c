"""Live files: read, written and removed while the programs that own them may be writing.

A live file lies outside the tracked ones. There the user's own symbolic links are followed; inside
the working tree none is, as for every file there (`files`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path

from seedgit.digest import sha256
from seedgit.errors import RepositoryError, SeedgitError, of_the_system
from seedgit.files.contested import Swap, remove_unchanged, settled
from seedgit.files.flush import FEW, flush
from seedgit.files.safe import left_behind, new_file, open_folder, read_regular, temporary
from seedgit.git.files import REPLACED, Changed, in_tree, sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedgit.git.repository import Repository


LIMIT = 8 << 20  # bytes; what is larger is not merged either


def read_live(repository: Repository, place: Path) -> bytes | None:
    """A live file's content; None if there is no file.

    Raises Changed while a program keeps writing it, InputError if it is not a regular file, or is
    larger than LIMIT, else RepositoryError.
    """
    place = _followed(repository, place)
    if not os.path.lexists(place):
        return None
    with _folder(repository, place) as folder:
        data = settled(place.name, folder, str(place), LIMIT)
    if data is None:
        raise Changed("a program is writing it just now", where=str(place), hint="try again")
    return data


@contextmanager
def made_ahead(
    repository: Repository, wanted: Sequence[tuple[Path, bytes]]
) -> Iterator[dict[Path, str]]:
    """Write new live files under other names, by place, and have all reach the disk at once.

    What cannot be written so is left out. What nobody has taken is removed in the end.
    """
    made: dict[Path, str] = {}
    try:
        if len(wanted) > FEW:
            for folder in {place.parent for place, _ in wanted if place.parent.is_dir()}:
                sweep(repository, folder)
            for place, data in wanted:
                with suppress(OSError, SeedgitError):
                    made[place] = _ahead(repository, place, data)
            try:
                flush(list(made.values()))
            except OSError:  # then each says for itself what is the matter
                _remove(made.values())
                made.clear()
        yield made
    finally:
        _remove(made.values())


def _ahead(repository: Repository, place: Path, data: bytes) -> str:
    place = _followed(repository, place)
    with _folder(repository, place, make=True) as folder:
        name = temporary("")
        new_file(name, data, folder, None, durable=False)
    return str(place.parent / name)


def _remove(names: Iterable[str]) -> None:
    for name in names:
        with suppress(OSError):
            os.unlink(name)


def replace_live(
    repository: Repository, place: Path, old: bytes | None, new: bytes, ahead: str = ""
) -> Swap | None:
    """Put `new` in place of `old`; None: there is no file yet. Its mode, owner, links and extended
    attributes stay.

    ahead  where `new` is by now (`made_ahead`)

    Returns the replacement, which has to be looked at once more, and closed. Raises Changed if the
    file is no longer `old`, or a program keeps writing to it; else as `read_live`.
    """
    place = _followed(repository, place)
    with _folder(repository, place, make=old is None) as folder:
        if not ahead:  # else it was done for all files together
            sweep(repository, place.parent)
        if old is None:
            if _create(place.name, new, folder, os.path.basename(ahead)):
                return None
        else:
            aside = temporary(_beside(place))
            swap = Swap(place.name, old, new, folder, str(place), aside)
            if swap.made:
                return swap
            swap.close()
    raise Changed("a program changed it meanwhile", where=str(place), hint="try again")


def replace_live_at_once(
    repository: Repository, place: Path, old: bytes | None, new: bytes
) -> None:
    """As `replace_live`. It looks once more itself, and raises Changed if somebody wrote since."""
    swap = repository.writer.replace_live(place, old, new)
    if swap is not None:
        with swap:
            if not swap.still():
                raise Changed("a program changed it meanwhile", where=str(place), hint="try again")


def _beside(place: Path) -> str:
    """How the name of a file begins that was at this place, and was replaced."""
    return f"{REPLACED}{sha256(os.fsencode(place.name)).hex()[:16]}"


@contextmanager
def left_beside(repository: Repository, place: Path) -> Iterator[list[bytes]]:
    """What a live file held that killed processes have replaced. In the end it is forgotten, with
    what they have only begun to write there."""
    place = _followed(repository, place)
    try:
        left = left_behind(str(place.parent))
    except OSError:
        left = []
    names = [name for name in left if name.startswith(_beside(place))]
    begun = [name for name in left if not name.startswith(REPLACED)]
    if in_tree(repository, place):
        begun = []  # git may track one (`sweep`)
    if not names and not begun:
        yield []
        return
    with _folder(repository, place) as folder:
        yield [read_regular(name, folder=folder) for name in names]
        for name in (*names, *begun):
            repository.writer.drop(name, folder)


def remove_live(repository: Repository, place: Path, old: bytes) -> None:
    """Remove a live file that still is `old`. Raises Changed if it is not, else as `read_live`."""
    place = _followed(repository, place)
    with _folder(repository, place) as folder:
        if not remove_unchanged(place.name, old, folder=folder, where=str(place)):
            raise Changed("a program changed it meanwhile", where=str(place), hint="try again")


def _create(name: str, data: bytes, folder: int, ahead: str) -> bool:
    """Make a file whose name nothing has yet. Returns False if something has it by now."""
    fresh = ahead or temporary("")
    if not ahead:
        new_file(fresh, data, folder, None, durable=True)
    try:
        os.link(fresh, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            os.unlink(fresh, dir_fd=folder)
    return True


def _followed(repository: Repository, place: Path) -> Path:
    return place if in_tree(repository, place) else Path(os.path.realpath(place))


@contextmanager
def _folder(repository: Repository, place: Path, *, make: bool = False) -> Iterator[int]:
    """The directory of a live file, open, and errors that name the file."""
    tree = repository.worktree
    inside = in_tree(repository, place)
    top, parts = (tree, place.parent.relative_to(tree).parts) if inside else (place.parent, ())
    try:
        if make and not inside:
            top.mkdir(parents=True, exist_ok=True)
        folder = open_folder(str(top), parts, make=make)
    except OSError as error:
        raise _failed(error, place) from None
    try:
        yield folder
    except OSError as error:
        raise _failed(error, place) from None
    finally:
        os.close(folder)


def _failed(error: OSError, place: Path) -> RepositoryError:
    return of_the_system(error, "cannot be read or written", str(place))
