"""Writes the seeds of split files into the working tree."""

from __future__ import annotations

from seedgit.errors import Refused, RepositoryError
from seedgit.git.repository import GitEntry
from seedgit.operations.adoption.candidates import refuse_uncommitted
from seedgit.operations.adoption.model import Adopted
from seedgit.operations.adoption.split import Split
from seedgit.operations.workspace import Workspace


def write_seeds(workspace: Workspace, done: list[Adopted], committed: dict[str, GitEntry]) -> None:
    """Write the seeds into the working tree, as git would check them out. Stages nothing."""
    repository = workspace.repository
    for item in done:
        try:
            refuse_uncommitted(workspace, [item.path])
            content = _checked_out(workspace, item, committed[item.path])
            repository.writer.write_file(repository.file(item.path), content)
        except (RepositoryError, Refused) as error:
            error.hint = (
                "the overlay has its overrides already, and the effective file its value; "
                "run the command again for the files that are left"
            )
            raise


def is_written(workspace: Workspace, path: str, split: Split) -> bool:
    """Whether an earlier, interrupted run has written the seed already."""
    repository = workspace.repository
    data = repository.read_file(path)
    if data is None:
        return False
    wanted = repository.blob_id(split.seed.data)
    known = {wanted, repository.blob_id(split.mixed.data)}
    asked = ("hash-object", "--stdin", f"--path={path}")
    return (
        all(entry.id in known for entry in repository.index(path))
        and repository.git(*asked, stdin=data).decode().strip() == wanted
    )


def _checked_out(workspace: Workspace, item: Adopted, committed: GitEntry) -> bytes:
    """The seed as git checks it out, with the line ends and filters of .gitattributes."""
    repository = workspace.repository
    if repository.read_file(item.path) == repository.blob(committed.id):
        return item.content  # git converts nothing in this file
    id = repository.write_blob(item.content)
    return repository.git("cat-file", "--filters", f"--path={item.path}", id)
