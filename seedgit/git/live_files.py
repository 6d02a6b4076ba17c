"""Live files: read, written and removed while the programs that own them may be writing.

A live file lies outside the tracked ones. There the user's own symbolic links are followed; inside
the working tree none is, as for every file there (`files`).
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress

from seedgit.digest import sha256
from seedgit.errors import RepositoryError, SeedgitError, of_the_system
from seedgit.files.contested import PATIENCE, Swap, remove_unchanged, settled
from seedgit.files.flush import FEW, flush
from seedgit.files.safe import left_behind, new_file, open_folder, read_regular, temporary
from seedgit.git.files import REPLACED, Changed, in_tree, sweep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seedgit.git.repository import Repository


LIMIT = 8 << 20  # bytes; what is larger is not merged either


def read_live(repository: Repository, place: str, *, patience: float = PATIENCE) -> bytes | None:
    """A live file's content; None if there is no file.

    patience  seconds in which a writer should have closed it

    Raises Changed while a program keeps writing it, InputError if it is not a regular file, or is
    larger than LIMIT, else RepositoryError.
    """
    place = _followed(repository, place)
    if not os.path.lexists(place):
        return None
    with _folder(repository, place) as folder:
        data = settled(os.path.basename(place), folder, place, LIMIT, patience)
    if data is None:
        raise Changed("a program is writing it just now", where=place, hint="try again")
    return data


@contextmanager
def made_ahead(
    repository: Repository, wanted: Sequence[tuple[str, bytes]]
) -> Iterator[dict[str, str]]:
    """Write new live files under other names, by place, and have all reach the disk at once.

    What cannot be written so is left out. What nobody has taken is removed in the end.
    """
    made: dict[str, str] = {}
    try:
        if len(wanted) > FEW:
            for folder in filter(os.path.isdir, {os.path.dirname(place) for place, _ in wanted}):
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


def _ahead(repository: Repository, place: str, data: bytes) -> str:
    place = _followed(repository, place)
    with _folder(repository, place, make=True) as folder:
        name = temporary("")
        new_file(name, data, folder, None, durable=False)
    return os.path.join(os.path.dirname(place), name)


def _remove(names: Iterable[str]) -> None:
    for name in names:
        with suppress(OSError):
            os.unlink(name)


def replace_live(
    repository: Repository, place: str, old: bytes | None, new: bytes, ahead: str = ""
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
            sweep(repository, os.path.dirname(place))
        if old is None:
            if _create(os.path.basename(place), new, folder, os.path.basename(ahead)):
                return None
        else:
            aside = temporary(_beside(place))
            swap = Swap(os.path.basename(place), old, new, folder, place, aside)
            if swap.made:
                return swap
            swap.close()
            raise _changed(place, swap.late)
    raise _changed(place)


def replace_live_at_once(repository: Repository, place: str, old: bytes | None, new: bytes) -> None:
    """As `replace_live`. It looks once more itself, and raises Changed if somebody wrote since."""
    swap = repository.writer.replace_live(place, old, new)
    if swap is not None:
        with swap:
            if not swap.still():
                raise _changed(place, swap.late)


def _changed(place: str, late: bytes | None = None) -> Changed:
    error = Changed("a program changed it meanwhile", where=place, hint="try again")
    error.late = late
    return error


def _beside(place: str) -> str:
    """How the name of a file begins that was at this place, and was replaced."""
    return f"{REPLACED}{sha256(os.fsencode(os.path.basename(place))).hex()[:16]}"


@contextmanager
def left_beside(repository: Repository, place: str) -> Iterator[list[bytes]]:
    """What a live file held that killed processes have replaced. In the end it is forgotten, with
    what they have only begun to write there."""
    place = _followed(repository, place)
    try:
        left = left_behind(os.path.dirname(place))
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


def drop_beside(repository: Repository, place: str, known: Callable[[bytes], bool]) -> None:
    """Remove what killed processes have left beside a live file, where its content is known."""
    place = _followed(repository, place)
    left = left_behind(os.path.dirname(place))
    names = [name for name in left if name.startswith(_beside(place))]
    if not names:
        return
    with _folder(repository, place) as folder:
        for name in names:
            if known(read_regular(name, folder=folder)):
                repository.writer.drop(name, folder)


def remove_live(repository: Repository, place: str, old: bytes) -> None:
    """Remove a live file that still is `old`. Raises Changed if it is not, else as `read_live`."""
    place = _followed(repository, place)
    with _folder(repository, place) as folder:
        if not remove_unchanged(os.path.basename(place), old, folder=folder, where=place):
            raise _changed(place)


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


def _followed(repository: Repository, place: str) -> str:
    return place if in_tree(repository, place) else os.path.realpath(place)


@contextmanager
def _folder(repository: Repository, place: str, *, make: bool = False) -> Iterator[int]:
    """The directory of a live file, open, and errors that name the file."""
    top, parts = os.path.dirname(place), list[str]()
    inside = in_tree(repository, place)
    if inside:
        tree = repository.at.worktree
        top, parts = tree, os.path.relpath(place, tree).split("/")[:-1]
    try:
        if make and not inside:
            os.makedirs(top, exist_ok=True)
        folder = open_folder(top, parts, make=make)
    except OSError as error:
        raise _failed(error, place) from None
    try:
        yield folder
    except OSError as error:
        raise _failed(error, place) from None
    finally:
        os.close(folder)


def _failed(error: OSError, place: str) -> RepositoryError:
    return of_the_system(error, "cannot be read or written", place)
