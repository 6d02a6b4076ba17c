"""Puts what git sees of a file in place into it, where it is live no more."""

from __future__ import annotations

from seedgit.errors import Refused
from seedgit.git.files import Changed
from seedgit.git.live_files import read_live, replace_live_at_once
from seedgit.operations.in_place.content import LiveContent


def put_seed(content: LiveContent, path: str) -> bool:
    """Returns whether the file held something else. Raises Changed if a program writes to it
    meanwhile, Refused where nobody can tell what git has to see, else as `read_live`."""
    repository, place = content.workspace.repository, content.place(path)
    data = read_live(repository, place)
    if data is None:
        return False
    with content.alone():
        seed = _seed(content, path, data)
        if seed == data:
            return False
        id = repository.blob_id(seed)
        new = all(entry.id != id for entry in repository.index(path))
        content.intend(path, seed, seed, new=new)
        try:
            replace_live_at_once(repository, place, data, seed)
        except Changed as error:
            if error.late is not None:
                from seedgit.operations.live_tree.late_writes import take_late  # late: it is rare

                take_late(content.workspace, place, path, (data, seed), error.late)
            content.give_up(path)
            raise
        content.note(path, seed, seed, new=new)
    return True


def _seed(content: LiveContent, path: str, data: bytes) -> bytes:
    repository = content.workspace.repository
    if content.covers(path):
        seed = content.clean(path, data)
        if content.spool.last_here(path) is not None:  # once the filter is gone, no sync reads it
            raise Changed("a program changed it meanwhile", where=path, hint="try again")
        return seed
    # Its rule is another one by now, or there is none: what a program wrote cannot be told apart.
    known = content.known(path, data)
    if known is None and all(e.id != repository.blob_id(data) for e in repository.index(path)):
        raise Refused("is live no more, and a program has changed it since", where=path)
    return data if known is None else known
