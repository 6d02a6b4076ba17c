"""Write a page that a person asked for by the name of its file."""

from __future__ import annotations

from seedgit.git.writer import Live
from seedgit.operations.workspace import Workspace


def save_page(workspace: Workspace, name: str, page: str) -> None:
    """Put a page at `name`, as seen from where the user is; in a dry-run too: it is what was asked
    for. Raises Refused, RepositoryError."""
    Live(workspace.repository).write_file(workspace.directory / name, page.encode())
