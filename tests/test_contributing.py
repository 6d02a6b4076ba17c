"""CONTRIBUTING.md names what is there: each step that it tells to follow is in the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(
    re.findall(r"^## (Follow [^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
)
MOST = 12


def defined(path: Path) -> set[str]:
    """The functions and classes of a module, methods as Class.method."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = (each for each in node.body if isinstance(each, ast.FunctionDef))
            found |= {f"{node.name}.{each.name}" for each in inner}
    return found


def test_there_are_steps_to_follow() -> None:
    assert {"Follow an override", "Follow a file"} <= SECTIONS.keys()


@pytest.mark.parametrize("title", SECTIONS)
def test_each_step_names_a_file_and_functions_that_are_there(title: str) -> None:
    steps = re.split(r"^\d+\. ", SECTIONS[title], flags=re.MULTILINE)[1:]
    assert 1 < len(steps) <= MOST
    for step in steps:
        files = re.split(r"`([\w/]+\.py)`", step)[1:]
        assert files, step
        for path, said in zip(files[::2], files[1::2], strict=True):
            assert (ROOT / "seedgit" / path).is_file(), path
            names = re.match(r":\s+((?:`[\w.]+`(?:,\s+)?)+)", said)
            assert names, f"{path} without a function: {step}"
            for name in re.findall(r"`([\w.]+)`", names[1]):
                assert name in defined(ROOT / "seedgit" / path), f"{path}: {name}"
