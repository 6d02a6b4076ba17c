"""Which tests reach a line, as noting.py noted it."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import Any


class Reached:
    """What a run with the plugin found out."""

    def __init__(self, folder: Path) -> None:
        self.seconds: dict[str, float] = json.loads((folder / "seconds.json").read_text())
        import coverage

        self._data = coverage.CoverageData(str(folder / "coverage"))
        self._data.read()
        self._files: dict[Path, tuple[Any, Any]] = {}

    def tests(self, path: Path, line: int) -> set[str] | None:
        """The tests that reach the statement at a line; None where importing reaches it."""
        tree, lines = self._file(path)
        here = lines_of_statement(tree, line)
        found = {name for each in here or () for name in lines.get(each, ())}
        return None if here is None else found - {""}

    def any_of(self, path: Path) -> set[str]:
        """The tests that reach any function of a module."""
        return {name for names in self._file(path)[1].values() for name in names} - {""}

    def _file(self, path: Path) -> tuple[Any, Any]:
        if path not in self._files:
            lines = self._data.contexts_by_lineno(os.path.relpath(path))
            self._files[path] = ast.parse(path.read_text()), lines
        return self._files[path]


def lines_of_statement(tree: ast.Module, line: int) -> range | None:
    """The lines of the innermost statement in a function; of a compound one, only its head."""
    found = None
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for top in function.body:
            for node in ast.walk(top):
                if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
                    here = _head(node)
                    if line in here and (found is None or len(here) <= len(found)):
                        found = here
    return found


def _head(node: Any) -> range:
    first = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
    inner = getattr(node, "body", None) or getattr(node, "cases", None)
    if not inner:
        return range(first, node.end_lineno + 1)
    below = inner[0].pattern.lineno if isinstance(node, ast.Match) else inner[0].lineno
    return range(first, max(below, first + 1))
