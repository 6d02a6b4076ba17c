from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InputError
from seedgit.git.names import check_path, is_id, refused_name, to_bytes, to_text

REFUSED = [
    "",
    ".",
    "..",
    ".git",
    ".GIT",
    ".Git",
    "git~1",
    "GIT~1",
    ".git ",
    ".git.",
    ".git. .",
    ".git::$INDEX_ALLOCATION",
    ".g\u200cit",
    "\ufeff.git",
    "a\\.git",
    ".git\\hooks",
]


@given(st.binary())
def test_every_name_survives(data: bytes) -> None:
    assert to_bytes(to_text(data)) == data


@pytest.mark.parametrize("name", REFUSED)
def test_refused_names(name: str) -> None:
    assert refused_name(name)
    for path in (name, f"a/{name}", f"{name}/a", f"a/{name}/b"):
        with pytest.raises(InputError, match="refused path"):
            check_path(path)


@pytest.mark.parametrize(
    "name", [".gitignore", ".github", "git", "a.git", "git~2", "...", "a\nb", "-x", "\udcff", "a:b"]
)
def test_ordinary_names(name: str) -> None:
    assert refused_name(name) == ""
    check_path(f"dir/{name}")


@pytest.mark.parametrize("path", ["/etc/passwd", "a//b", "a/", "a/../b"])
def test_refused_paths(path: str) -> None:
    with pytest.raises(InputError, match="refused path"):
        check_path(path)


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "\udcc3\udca9"])
def test_what_no_file_can_be_called(path: str) -> None:
    with pytest.raises(InputError, match="not a file name"):
        check_path(path)


def test_ids() -> None:
    assert is_id("a" * 40)
    assert is_id("0" * 64)
    assert not any(map(is_id, ["", "a" * 39, "A" * 40, "g" * 40, "a" * 41, "a" * 40 + "\n"]))
