"""Files outside git's store change whole, or not at all."""

from __future__ import annotations

import pytest

from seedgit.errors import Refused, RepositoryError
from seedgit.git.files import replace_file, write_file
from tests.conftest import Repo


def names(repo: Repo) -> set[str]:
    return {path.name for path in repo.path.iterdir()} - {".git"}


def test_another_content_keeps_the_mode(repo: Repo) -> None:
    repo.write({"f": "old"})
    (repo.path / "f").chmod(0o750)
    replace_file(repo.open(), "f", b"old", b"new")
    assert repo.read("f") == b"new"
    assert (repo.path / "f").stat().st_mode & 0o7777 == 0o750
    assert names(repo) == {"f"}


def test_a_content_that_changed_meanwhile_stays(repo: Repo) -> None:
    repo.write({"f": "another"})
    with pytest.raises(Refused, match="changed meanwhile"):
        replace_file(repo.open(), "f", b"old", b"new")
    (repo.path / "link").symlink_to("f")
    with pytest.raises(Refused, match="changed meanwhile"):
        replace_file(repo.open(), "link", b"another", b"new")
    assert repo.read("f") == b"another"
    assert names(repo) == {"f", "link"}


def test_what_cannot_be_written_leaves_nothing_behind(repo: Repo) -> None:
    repo.write({"d/f": "old"})
    with pytest.raises(RepositoryError, match="cannot be written"):
        write_file(repo.open(), repo.path / "d", b"new")
    write_file(repo.open(), repo.path / "e" / "g", b"new", 0o755)
    assert (repo.path / "e" / "g").stat().st_mode & 0o777 == 0o755
    assert names(repo) == {"d", "e"}
