"""What pip installs: every package, the files beside the modules, and what they import."""

from __future__ import annotations

import ast
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUP = PROJECT["tool"]["setuptools"]
NEEDED = {canonicalize_name(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}


def files() -> list[Path]:
    found = (ROOT / "seedgit").rglob("*")
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def package(folder: Path) -> str:
    return ".".join(folder.relative_to(ROOT).parts)


def test_every_package_is_installed() -> None:
    """A folder with data is one too, for setuptools: it warns where it is not listed."""
    found = {package(path.parent) for path in files()}
    assert found == {*SETUP["packages"]} - {"seedgit.hooks"}


def test_every_file_beside_the_modules_is_installed() -> None:
    data = [path for path in files() if path.suffix != ".py"]
    assert len(data) > 5
    for path in data:
        owner = next(p for p in path.parents if package(p) in SETUP["packages"])
        patterns = SETUP["package-data"].get(package(owner), [])
        assert any(fnmatch(str(path.relative_to(owner)), pattern) for pattern in patterns), path


def test_what_is_imported_is_declared() -> None:
    distributions = packages_distributions()
    names = {
        name.partition(".")[0]
        for path in files()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text()))
        for name in imported(node)
    }
    extras = PROJECT["project"]["optional-dependencies"]
    optional = [line for name in ("watch", "certify", "ui", "dask", "ray") for line in extras[name]]
    wanted = {canonicalize_name(Requirement(line).name) for line in optional}
    assert wanted <= {canonicalize_name(name) for name in names}  # each is imported somewhere
    others = names - {*sys.stdlib_module_names, "seedgit"} - wanted
    assert others
    for name in others:
        assert {canonicalize_name(one) for one in distributions[name]} & NEEDED, name


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_the_lock_has_a_version_of_each_that_fits() -> None:
    lines = (ROOT / "requirements.lock").read_text().split()
    locked = {canonicalize_name(n): v for n, _, v in (line.partition("==") for line in lines)}
    for line in PROJECT["project"]["dependencies"]:
        wanted = Requirement(line)
        assert locked[canonicalize_name(wanted.name)] in wanted.specifier
