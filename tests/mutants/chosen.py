"""Which mutants are played: those that can change what the code does, and of these a sample."""

from __future__ import annotations

import argparse
import ast
import random
import uuid
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cosmic_ray.work_item import WorkItem

# Only how fast or how strictly checked the code is, and not what it does.
SPEED_OR_CHECKS = {"cache", "cached_property", "lru_cache", "final", "overload", "override"}
QUIET_KEYWORDS = {"frozen", "slots", "strict"}
# Equal values are mostly one object here; where they are not, other mutants of the place tell.
QUIET_OPERATORS = ("_Eq_Is", "_NotEq_IsNot", "_Is_Eq", "_IsNot_NotEq", "/NoOp")

UNCHANGED = ("name", "string", "newline", "endmarker")  # no operator is about these

Span = tuple[tuple[int, int], tuple[int, int]]


def quiet_spans(source: str) -> list[Span]:
    """Where a mutation cannot change behaviour: from a line and column up to another."""
    return [_span(node) for top in ast.walk(ast.parse(source)) for node in _quiet(top)]


def _quiet(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.returns is not None:
            yield node.returns
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from (each for each in node.decorator_list if _name(each) in SPEED_OR_CHECKS)
    if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
        yield node.annotation
    if isinstance(node, ast.AnnAssign) and _name(node.annotation) == "TypeAlias":
        yield node
    if isinstance(node, ast.Assign) and _name(node.targets[0]) == "TYPE_CHECKING":
        yield node
    if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
        yield from (node.test, *node.body)
    if isinstance(node, ast.keyword) and node.arg in QUIET_KEYWORDS:
        yield node
    if isinstance(node, ast.Call) and _name(node.func) in ("cast", "TypeVar"):
        yield node.args[0]
    if isinstance(node, ast.Module | ast.ClassDef):
        yield from (each for each in node.body if _is_alias(each))


def _is_alias(node: ast.AST) -> bool:
    """`Key = str | int`, which is for annotations."""
    value = node.value if isinstance(node, ast.Assign) else None
    return isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr) and _is_type(value)


def _is_type(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_type(node.left) and _is_type(node.right)
    return isinstance(node, ast.Name | ast.Subscript) or _name(node) == "None"


def _name(node: ast.AST) -> str:
    """The last part of a name, also of what is called."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return str(getattr(node, "id", getattr(node, "attr", "")))


def _span(node: Any) -> Span:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def is_quiet(spans: Iterable[Span], start: tuple[int, int], operator: str) -> bool:
    """Whether the mutation that begins there leaves behaviour alone."""
    if operator.endswith(QUIET_OPERATORS):
        return True
    # A decorator's mutation begins at its @, one before its name.
    beyond = start[0], start[1] + operator.endswith("RemoveDecorator")
    return any(first <= beyond < last for first, last in spans)


def sample(mutants: Iterable[tuple[tuple[Any, ...], str]], number: int, seed: str) -> list[str]:
    """So many of (place, name), at random: as many places as there are before a second of one."""
    drawn = random.Random(seed)
    places: dict[tuple[Any, ...], list[str]] = {}
    for place, name in sorted(mutants):
        places.setdefault(place, []).append(name)
    each = list(places.values())
    drawn.shuffle(each)
    for names in each:
        drawn.shuffle(names)
    rounds = (name for turn in zip_longest(*each) for name in turn if name is not None)
    return [name for name, _ in zip(rounds, range(number), strict=False)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", type=int, default=50, help="so many of each module")
    parser.add_argument("--seed", default="1", help="another number draws others")
    parser.add_argument("--at", action="append", default=[], help="only this line; again for more")


def work_items(path: Path, args: argparse.Namespace) -> list[WorkItem]:
    """The mutants of a module that are played, as cosmic-ray's work items."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.ast.ast_query import ASTQuery
    from cosmic_ray.plugins import get_operator, operator_names
    from cosmic_ray.work_item import MutationSpec, WorkItem

    source = path.read_text()
    spans = quiet_spans(source)
    nodes = [node for node in ast_nodes(get_ast(source)) if node.type not in UNCHANGED]
    found: dict[tuple[tuple[int, int], str], tuple[Any, ...]] = {}
    for operator in operator_names():
        made = get_operator(operator)
        if made.arguments():
            continue
        positions = ((node, at) for node in nodes for at in made().mutation_positions(node))
        for occurrence, (node, (start, end)) in enumerate(positions):
            if args.at and str(start[0]) not in args.at:
                continue
            if not is_quiet(spans, start, f"/{operator}"):
                name = f"{operator} {occurrence}"
                found[start, name] = (operator, occurrence, start, end, node)
    drawn = sample(found, args.sample, f"{args.seed} {path.name}")
    wanted = {name: spec for (_, name), spec in found.items() if name in set(drawn)}
    return [
        WorkItem.single(
            job_id=uuid.uuid4().hex,
            mutation=MutationSpec(
                module_path=str(path),
                operator_name=operator,
                occurrence=occurrence,
                start_pos=start,
                end_pos=end,
                definition_name=ASTQuery(node).get_definition_name(),
            ),
        )
        for operator, occurrence, start, end, node in wanted.values()
    ]
