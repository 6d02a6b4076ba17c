"""GitHub's workflow commands: annotations of a run's files, escaped as the runner reads them."""

from __future__ import annotations

import os
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def annotation(level: str, message: str, *, title: str = "", file: str = "", line: int = 0) -> str:
    """One command on one line: `::error file=...,line=...,title=...::message`."""
    properties = {"file": file, "line": str(line) if line else "", "title": title}
    text = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level}{' ' if text else ''}{text}::{_data(message)}"


def in_workspace(worktree: Path, path: str, environment: Mapping[str, str] = os.environ) -> str:
    """A file of a clone as annotations name it: relative to where the runner checks out."""
    workspace = environment.get("GITHUB_WORKSPACE")
    if workspace:
        from pathlib import Path

        try:
            below = worktree.resolve().relative_to(Path(workspace).resolve()).as_posix()
        except ValueError:
            return path
        return path if below == "." else f"{below}/{path}"
    return path


def harmless(text: str) -> str:
    """A line for people that the runner does not take for a command of either kind."""
    text = text.replace("##[", "## [")
    return text.replace("::", ": :", 1) if text.lstrip().startswith("::") else text


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
