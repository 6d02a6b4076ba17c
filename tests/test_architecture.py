"""Imports go one way, and the merge driver loads no more than it needs."""

from __future__ import annotations

import argparse
import ast
import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from seedgit import codes
from seedgit.formats.registry import FORMATS
from tests import mirror

ROOT = Path(__file__).parent.parent / "seedgit"
LAYERS = [
    "named_tuple", "errors", "codes", "certify", "values", "rules", "merge", "formats", "overlay",
    "limits", "mode", "layers", "files", "merge_folder", "merged_rules", "journal_file", "journal",
    "digest", "shadow", "spawn", "pager", "git", "answer", "answer_sync", "operations", "api",
    "cli",
]  # fmt: skip
PURE = ("values", "rules", "merge", "formats", "overlay")
IMPURE = {"os", "subprocess", "pathlib", "pygit2", "tempfile", "shutil", "socket", "sqlite3"}
MODULES = sorted(ROOT.rglob("*.py"))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a module, at any depth."""
    return tuple(ast.walk(tree(path)))


@functools.cache
def imports(path: Path) -> set[str]:
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.fixture(scope="module", autouse=True)
def parsed_once() -> Iterator[None]:
    """Each module is parsed once for all the tests here, and for no other."""
    yield
    for kept in (tree, nodes, imports):
        kept.cache_clear()


def of_each_module(check: Callable[[Path], None]) -> Callable[[], None]:
    """One test of all modules, which names each that fails it."""

    def test() -> None:
        failed = []
        for path in MODULES:
            try:
                check(path)
            except AssertionError as error:
                failed.append(f"{path.relative_to(ROOT)}: {error}")
        assert not failed, "\n".join(failed)

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@of_each_module
def test_imports_go_one_way(path: Path) -> None:
    own = layer(path)
    if own not in LAYERS:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "seedgit" and len(parts) > 1 and parts[1] in LAYERS:
            assert LAYERS.index(parts[1]) <= LAYERS.index(own), name


def needed(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports of a module, late ones too, but for those of types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from (other for child in node.orelse for other in needed(child))
        else:
            yield from needed(node)


def module(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def test_no_modules_import_each_other() -> None:
    imported: dict[str, set[str]] = {module(path): set() for path in MODULES}
    for path in MODULES:
        for node in needed(tree(path)):
            names = {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}.{name}" for name in names} | {str(node.module)}
            imported[module(path)] |= names & imported.keys() - {module(path)}
    # By its names: no import says these.
    imported["seedgit.formats.registry"] |= {f"seedgit.formats.{name}" for name in FORMATS}
    TopologicalSorter(imported).prepare()  # raises CycleError


def test_a_format_is_a_folder_and_a_line() -> None:
    folders = {path.parent.name for path in (ROOT / "formats").glob("*/__init__.py")}
    assert folders == set(FORMATS)


@of_each_module
def test_a_format_is_named_in_its_folder_alone(path: Path) -> None:
    if path == ROOT / "formats" / "registry.py":
        return
    others = set(FORMATS) - {path.parent.name}
    for name in imports(path):
        assert not (name.startswith("seedgit.formats.") and name.split(".")[2] in others), name
    said = {node.value for node in nodes(path) if isinstance(node, ast.Constant)}
    options = {"json"} if layer(path) == "cli" else set()
    assert not said & (others - options)


@of_each_module
def test_what_is_below_git_is_pure_and_only_entry_points_print(path: Path) -> None:
    if layer(path) in PURE:
        assert not {name.partition(".")[0] for name in imports(path)} & IMPURE
    if layer(path) in (*PURE, "git", "operations"):
        calls = [n for n in nodes(path) if isinstance(n, ast.Call)]
        assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]


WRITING = ("seedgit.files.contested", "seedgit.git.files", "seedgit.git.writer", "seedgit.git.refs")
CHANGES = {
    "os.replace", "os.rename", "os.link", "os.symlink", "os.remove", "os.unlink", "os.mkdir",
    "os.makedirs", "os.rmdir", "os.truncate", "os.chmod",
}  # fmt: skip
CHANGING = {"write_text", "write_bytes", "unlink", "rename", "mkdir", "touch", "chmod", "rehearse"}


@of_each_module
def test_the_command_line_has_no_effects_of_its_own(path: Path) -> None:
    """Operations write; whoever changes a clone goes through the writer, which may rehearse."""
    if layer(path) != "cli":
        return
    used = imports(path)
    assert not {name.partition(".")[0] for name in used} & {"subprocess", "tempfile"}
    assert not [name for name in used if name.startswith(WRITING)]
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module == "seedgit.files.safe":
            assert {alias.name for alias in node.names} == {"read_regular"}
        if isinstance(node, ast.Attribute):
            said = ast.unparse(node)
            assert said not in CHANGES and node.attr not in CHANGING, said
            assert not said.startswith("shutil.") or said == "shutil.get_terminal_size"
            if ast.unparse(node.value).endswith("writer"):
                assert node.attr == "rehearses"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("open", "os.open"):
            assert ast.unparse(node.args[0]) == "os.devnull"


@of_each_module
def test_only_the_writer_knows_whether_a_change_is_made(path: Path) -> None:
    """The rest asks nothing; two commands say of their own report that it is a rehearsal's."""
    name = str(path.relative_to(ROOT))
    asks = [n for n in nodes(path) if isinstance(n, ast.Attribute)]
    if name not in ("git/repository.py", "cli/commands/move.py", "cli/commands/doctor.py"):
        assert not [node for node in asks if node.attr == "rehearses"]
    if name not in ("git/repository.py", "git/rehearsal.py", "cli/session.py"):
        assert not [node for node in asks if node.attr == "unmade"]
    functions = {"write_file", "replace_file", "remove_file", "move_file"}
    if layer(path) == "operations":
        assert not functions & {
            alias.name
            for node in nodes(path)
            if isinstance(node, ast.ImportFrom) and node.module == "seedgit.git.files"
            for alias in node.names
        }


def test_the_merge_driver_loads_only_what_it_needs() -> None:
    program = (
        "import sys, seedgit.driver.main, seedgit.formats.merge, seedgit.formats.yaml.read, "
        "seedgit.formats.json.read, seedgit.formats.toml.read, seedgit.formats.rules; "
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"pygit2", "ruamel", "jsonpatch", "tomlkit", "subprocess", "argparse"}


def test_a_commit_waits_for_nothing_that_only_a_merge_needs() -> None:
    program = "import sys, seedgit.cli.main, seedgit.cli.commands.hook; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    unneeded = {"merge.decide", "formats.merge", "operations.status", "operations.init"}
    assert not {f"seedgit.{name}" for name in unneeded} & set(done.stdout.split())


LAZY = {
    "distributed": {"operations/fleet/dask_engine.py"},
    "jinja2": {"cli/page.py"},
    "markupsafe": {"cli/page.py"},
    "ray": {"operations/fleet/ray_engine.py"},
    "rich": {"cli/terminal.py", "cli/progress.py"},
    "watchfiles": {"operations/watch.py"},
}


def test_a_library_that_few_runs_need_is_loaded_by_one_module() -> None:
    for library, places in LAZY.items():
        found = {
            str(path.relative_to(ROOT))
            for path in MODULES
            if library in {name.partition(".")[0] for name in imports(path)}
        }
        assert found == places


def test_no_command_loads_it_at_the_start() -> None:
    program = (
        "import sys, seedgit.cli.main; from seedgit.cli.commands import COMMANDS; "
        "[COMMANDS[name] for name in COMMANDS]; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not LAZY.keys() & set(done.stdout.split())


def test_libraries_are_loaded_by_the_first_patch_and_the_first_block_that_needs_them() -> None:
    program = (
        "import sys, seedgit.cli.main, seedgit.cli.commands.status, seedgit.cli.commands.set, "
        "seedgit.formats.renames, seedgit.formats.edit_tree; "
        "from seedgit.formats.document import Document; "
        "Document.parse(b'a: 1\\n', 'f.yaml')"
        ".edited([('replace', ('a',), 'x: y')], {'a': 'x: y'}); "
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"jsonpatch", "jsonpointer", "ruamel", "tomlkit"}


LISTS = ('[[1, 2], "x", 3]\n', '[[1, 2], "y", 3]\n', '[[1, 2], "x", 3, 4]\n')
KEYS = ("a = 1\nb = 1\n", "a = 2\nb = 1\n", "a = 1\nb = 2\n")
UNNEEDED = {"json", "typing", "dataclasses", "datetime", "importlib", "yaml.reader"}


RULES = """\
version: 1
policy: burn-in-safe
seeds:
  - files: ["a/**", "*.[ytj]*"]
    merge: [{path: /x, strategy: newer-version}]
"""


@pytest.mark.parametrize("rules", [None, RULES])
@pytest.mark.parametrize(
    ("name", "versions", "merged", "unneeded"),
    [
        ("f.yaml", LISTS, '[[1, 2], "y", 3, 4]\n', {*UNNEEDED, "re", "enum"}),
        ("f.json", LISTS, '[[1, 2], "y", 3, 4]\n', {*UNNEEDED, "re", "enum"}),
        ("f.toml", KEYS, "a = 2\nb = 2\n", UNNEEDED),
    ],
)
def test_a_small_merge_loads_nothing_that_takes_longer_than_itself(
    name: str,
    versions: tuple[str, ...],
    merged: str,
    unneeded: set[str],
    rules: str | None,
    tmp_path: Path,
) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; from seedgit.driver.main import main; "
        "main(['o', 'a', 'b', '7', sys.argv[3]]); print(*sys.modules)"
    )
    for file, text in zip("oab", versions, strict=True):
        (tmp_path / file).write_text(text)
    if rules is not None:
        (tmp_path / ".seedgit.yaml").write_text(rules)
    places = [str(ROOT.parent), str(Path(yaml.__file__).parents[1])]
    words = [sys.executable, "-I", "-S", "-c", program, *places, name]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert (tmp_path / "a").read_text() == merged
    assert not unneeded & set(done.stdout.split())


@pytest.mark.parametrize("words", [["log"], ["-v", "-C", ".", "log"]])
def test_a_command_loads_no_other(words: list[str], tmp_path: Path) -> None:
    program = (
        "import sys; from seedgit.cli.main import main; main(sys.argv[1:]); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, cwd=tmp_path
    )
    loaded = {name for name in done.stdout.split() if name.startswith("seedgit.cli.commands.")}
    assert loaded == {"seedgit.cli.commands.log"}


def test_every_command_can_be_loaded_first() -> None:
    """A process runs one command: what it imports must not rest on what another one did."""
    program = (
        "import importlib, os, sys\n"
        "for name in sys.argv[1:]:\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        importlib.import_module(name)\n"
        "        os._exit(0)\n"
        "    assert os.waitpid(child, 0)[1] == 0, name\n"
    )
    commands = (path.stem for path in (ROOT / "cli/commands").glob("[a-z]*.py"))
    names = [f"seedgit.cli.commands.{name}" for name in sorted(commands)]
    done = subprocess.run(
        [sys.executable, "-c", program, *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = {}
    for path in MODULES:
        for node in tree(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    assert not {name: places for name, places in found.items() if len(places) > 1}


CODES = {value: name for name, value in vars(codes).items() if name.isupper()}
# Whose value is a code, so that a single word in them is no other one.
OF_CODES = {"code", "kinds", "outcome", "reason", "source", "status", "verdict"}


def constants(path: Path) -> list[tuple[str, str]]:
    """The names and values of a module's constants that are texts."""
    found = []
    for node in tree(path).body:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value:
            target, value = node.target, node.value
        else:
            continue
        several = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        pairs = zip(target.elts, value.elts, strict=True) if several else [(target, value)]
        for name, text in pairs:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.append((ast.unparse(name), text.value))
    return found


def test_a_code_has_one_name_which_is_its_own() -> None:
    found = constants(ROOT / "codes.py")
    assert len(found) == len(tree(ROOT / "codes.py").body) - 1  # the docstring
    assert len(dict(found)) == len(found) == len(CODES)
    assert not [pair for pair in found if pair[0] != re.sub(r"\W+", "_", pair[1].upper())]


@of_each_module
def test_a_code_is_defined_once(path: Path) -> None:
    if path != ROOT / "codes.py":
        assert not [(name, value) for name, value in constants(path) if CODES.get(value) == name]


def names_a_code(node: ast.AST) -> bool:
    """Whether the value of an expression is a code, by its last name."""
    if isinstance(node, ast.Subscript):
        node = node.slice
    name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "value", "")
    return name in OF_CODES


def bare(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The codes that a module repeats as texts: with a hyphen anywhere, else beside such a name."""
    for node in nodes:
        words: list[ast.AST] = []
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            words = (
                [word for side in sides for word in ast.walk(side)]
                if any(map(names_a_code, sides))
                else []
            )
        elif isinstance(node, ast.keyword) and node.arg in OF_CODES:
            words = [node.value]
        elif isinstance(node, ast.Constant) and re.search(r"\W", str(node.value)):
            words = [node]
        for word in words:
            if isinstance(word, ast.Constant) and word.value in CODES:
                yield word.value


@of_each_module
def test_a_code_is_used_by_its_name(path: Path) -> None:
    if path != ROOT / "codes.py":
        assert not list(bare(nodes(path)))


def test_a_code_as_text_is_found() -> None:
    source = (
        'x = "moved-under"\nif r.reason in ("kept", "moved") or r["status"] == "done":\n'
        '    f(code="rules")'
    )
    assert set(bare(ast.walk(ast.parse(source)))) == {
        "moved-under",
        "kept",
        "moved",
        "done",
        "rules",
    }


# It takes longer to load than a small merge takes, and every command would. The certifier shares no
# code with the rest, our named tuples neither.
LOADS_TYPING = {"certify"}


@of_each_module
def test_typing_is_for_the_type_checker_alone(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    loaded = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "typing"]
    assert not loaded or layer(path) in LOADS_TYPING


OF_ARGPARSE = {name for name in dir(argparse.ArgumentParser()) if re.match("_[a-z]", name)}


def private(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """What a module uses, or redefines, that is private to an object of somebody else's."""
    parses = any(isinstance(n, ast.Import) and n.names[0].name == "argparse" for n in nodes)
    for node in nodes:
        if isinstance(node, ast.Attribute):
            name, of = node.attr, getattr(node.value, "id", "")
        elif isinstance(node, ast.FunctionDef):
            name, of = node.name, ""
        else:
            continue
        of_argparse = of == "argparse" and name.startswith("_")
        if name == "__dict__" or of_argparse or (parses and name in OF_ARGPARSE):
            yield ast.unparse(node) if isinstance(node, ast.Attribute) else name


@of_each_module
def test_private_state_is_private(path: Path) -> None:
    assert not list(private(nodes(path)))


def test_private_state_that_is_used_is_found() -> None:
    source = (
        "import argparse\nx.__dict__['a'] = 1\nargparse._A\nclass P:\n    def _check_value(s): 0"
    )
    assert set(private(tuple(ast.walk(ast.parse(source))))) == {
        "x.__dict__",
        "argparse._A",
        "_check_value",
    }


# -- tests -----------------------------------------------------------------------------------------

TESTS = ROOT.parent / "tests"


def own_test(path: Path) -> str:
    """Where the tests of a module are, if they are in a module of their own."""
    place = path.parent if path.name == "__init__.py" else path.with_suffix("")
    folder = place.relative_to(ROOT).parent
    return str(folder / f"test_{place.name}.py")


@of_each_module
def test_a_module_has_its_tests_where_they_are_looked_for(path: Path) -> None:
    """Pure data has none. tests/mirror.py names the tests of parts that are tested as a whole."""
    name = str(path.relative_to(ROOT).with_suffix(""))
    if any(isinstance(node, ast.FunctionDef) for node in nodes(path)):
        alone = (TESTS / own_test(path)).is_file()
        listed = name in mirror.MODULES
        assert not (alone and listed), "has tests of its own: take it out of tests/mirror.py"
        whole = mirror.MODULES.get(name) or mirror.FOLDERS.get(str(Path(name).parent))
        assert alone or whole, f"no tests/{own_test(path)}, nor tests of a whole in tests/mirror.py"


def test_the_tests_of_a_whole_are_there() -> None:
    listed = mirror.MODULES | mirror.FOLDERS
    assert not [test for tests in listed.values() for test in tests if not (TESTS / test).is_file()]
    assert not [name for name in mirror.MODULES if not (ROOT / f"{name}.py").is_file()]
    assert not [name for name in mirror.FOLDERS if not (ROOT / name).is_dir()]


# -- sizes -----------------------------------------------------------------------------------------

MOST_LINES, MOST_OF_A_FUNCTION, MOST_PARAMETERS = 450, 45, 6


def is_record(function: ast.FunctionDef) -> bool:
    """Whether it is the constructor of a record: it keeps its arguments, and does nothing else."""
    kept = (ast.Assign, ast.AnnAssign, ast.Expr)
    return function.name == "__init__" and all(isinstance(line, kept) for line in function.body)


@of_each_module
def test_no_module_and_no_function_is_too_large(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MOST_LINES
    for node in nodes(path):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        assert node.end_lineno is not None
        assert node.end_lineno - node.lineno < MOST_OF_A_FUNCTION, node.name
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = sum(each.arg not in ("self", "cls") for each in given)
        assert count <= MOST_PARAMETERS or is_record(node), node.name
