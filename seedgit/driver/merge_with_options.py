"""git's merge of one file with the options that it does not pass to a driver (`untold_options`).

git itself makes it, in a temporary repository of three commits: only `git merge` takes all of
these options.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

BASE: Final = "base"
_NAME: Final = "seedgit"
_ADDRESS: Final = "seedgit@seedgit.invalid"
_SETTINGS: Final = {
    "core.autocrlf": "false",
    "core.attributesFile": os.devnull,
    "core.hooksPath": os.devnull,
    "commit.gpgSign": "false",
    "merge.renames": "false",
    "rerere.enabled": "false",
}


class _Repository:
    """A git repository in an empty directory. It sees no other repository's settings."""

    def __init__(self, top: Path, settings: Mapping[str, str], ask: Callable[..., str]) -> None:
        self._top = top
        self._settings = [
            word for key, value in settings.items() for word in ("-c", f"{key}={value}")
        ]
        local = {*ask("rev-parse", "--local-env-vars").split()}
        self._env = {name: value for name, value in os.environ.items() if name not in local}
        self._env |= {
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_DIR": str(top / ".git"),
            "GIT_WORK_TREE": str(top),
        }
        for who in ("AUTHOR", "COMMITTER"):
            self._env |= {f"GIT_{who}_NAME": _NAME, f"GIT_{who}_EMAIL": _ADDRESS}

    def git(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = ["git", *self._settings, *words]
        return subprocess.run(
            command, cwd=self._top, env=self._env, input=stdin, capture_output=True, check=False
        )


def merge_with_options(
    versions: list[bytes],
    options: list[str],
    style: str,
    size: int,
    labels: tuple[str, ...],
    ask: Callable[..., str],
) -> tuple[bytes, bool] | None:
    """git's own merge with these options, and whether it has conflicts; None where it fails.

    versions  base, ours, theirs
    labels    those of ours, base and theirs at conflict markers
    ask       calls git with some arguments, and returns its output
    """
    with TemporaryDirectory(prefix="seedgit-") as place:
        top = Path(place)
        git = _Repository(top, {**_SETTINGS, "merge.conflictStyle": style}, ask).git
        git("init", "--quiet", "--template=")
        (top / ".git/info").mkdir()
        (top / ".git/info/attributes").write_text(f"file -text conflict-marker-size={size}\n")
        git("fast-import", "--quiet", stdin=_stream(versions))
        git("symbolic-ref", "HEAD", "refs/heads/ours")
        git("reset", "--quiet", "--hard")
        asked = [word for option in options for word in ("-X", option)]
        how = ("--quiet", "--no-edit", "--no-ff", "--no-verify-signatures")
        status = git("merge", *how, *asked, "theirs").returncode
        if status not in (0, 1):
            return None
        base = git("rev-parse", "--short", "ours~1").stdout.decode().strip()
        text = (top / "file").read_bytes()
    return _relabelled(text, size, ("HEAD", base, "theirs"), labels), status == 1


def _stream(versions: list[bytes]) -> bytes:
    """Input for git-fast-import(1): one commit a version; base is the parent of the other two."""
    parts = []
    for name, data in zip((BASE, "ours", "theirs"), versions, strict=True):
        origin = b"" if name == BASE else b"from refs/heads/base\n"
        parts.append(
            f"commit refs/heads/{name}\ncommitter {_NAME} <{_ADDRESS}> 0 +0000\ndata 0\n".encode()
            + origin
            + b"M 100644 inline file\ndata %d\n" % len(data)
            + data
            + b"\n"
        )
    return b"".join(parts)


def _relabelled(text: bytes, size: int, old: tuple[str, ...], labels: tuple[str, ...]) -> bytes:
    for sign, before, label in zip(b"<|>", old, labels, strict=True):
        mark = b"\n" + bytes([sign]) * size + b" "
        there, here = (mark + os.fsencode(name) for name in (before, label))
        text = (b"\n" + text).replace(there + b"\n", here + b"\n")[1:]
        text = (b"\n" + text).replace(there + b"\r\n", here + b"\r\n")[1:]
    return text
