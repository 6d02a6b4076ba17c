"""What `make mutants` draws, how it puts a mutant in, and that what is explained is still there."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from tests.mutants import campaign, play
from tests.mutants.chosen import is_quiet, quiet_spans, sample
from tests.mutants.reached import lines_of_statement

ROOT = Path(__file__).parents[2]

QUIET = """
TYPE_CHECKING = False
if TYPE_CHECKING:
    Key = 1 + 1
Name = str | int
def f(a: X | Y, b: int = 7 | 8) -> X | None:
    c: A | B = a | 9
    return list(zip(a, c, strict=True)) or cast("A" + "B", c)
@cache
def g(): ...
@property
def h(): return True
"""


def quiet(text: str, operator: str = "/x", after: int = 0) -> bool:
    """Whether a mutation at the first place of a text, and so many characters on, is quiet."""
    number, line = next((n, line) for n, line in enumerate(QUIET.splitlines(), 1) if text in line)
    return is_quiet(quiet_spans(QUIET), (number, line.index(text) + after), operator)


def test_what_cannot_change_behaviour_is_not_drawn() -> None:
    assert quiet("TYPE_CHECKING = False", after=16) and quiet("TYPE_CHECKING:") and quiet("1 + 1")
    assert quiet("X | Y", after=2) and quiet("X | None", after=2) and quiet("A | B", after=2)
    assert quiet("str | int", after=4) and quiet("strict=True", after=7) and quiet('"A" + "B"')
    assert quiet("@cache", "core/RemoveDecorator")
    assert quiet("a | 9", "core/ReplaceComparisonOperator_Is_Eq", 2)


def test_what_can_is() -> None:
    assert not quiet("7 | 8") and not quiet("7 | 8", after=2) and not quiet("a | 9", after=2)
    assert not quiet("@property", "core/RemoveDecorator") and not quiet(
        "True\n"[:-1] if 0 else "h()"
    )
    assert not quiet(" or cast", after=1)


def test_a_sample_has_each_place_before_a_second_mutant_of_one() -> None:
    mutants = [(place, f"{place}{n}") for place in ((1, 0), (2, 0), (3, 0)) for n in range(5)]
    drawn = sample(mutants, 3, "1")
    assert {name[:6] for name in drawn} == {"(1, 0)", "(2, 0)", "(3, 0)"}
    assert sample(mutants[::-1], 3, "1") == drawn != sample(mutants, 3, "2")
    assert sorted(sample(mutants, 99, "1")) == sorted(name for _, name in mutants)


def test_every_module_that_is_named_has_tests() -> None:
    for path in campaign.modules(campaign.MODULES, ROOT):
        name = str(path.relative_to(ROOT / "seedgit").with_suffix(""))
        assert campaign.tests_of([name]), name
    with pytest.raises(SystemExit, match="no module"):
        campaign.modules(["merge/nothing"], ROOT)


def test_a_mutant_is_put_into_the_functions_that_are_loaded() -> None:
    source = textwrap.dedent("""
        class C:
            @property
            def value(self):
                return [n < 3 for n in range(5)]
        def outer(add):
            def inner(n):
                return n + add
            return inner
        made = outer(10)
    """)
    loaded: dict[str, object] = {}
    exec(compile(source, "loaded.py", "exec"), loaded)
    play.put_in(source.replace("<", ">").replace("n + add", "n - add"), "loaded.py")
    assert loaded["C"]().value == [False, False, False, False, True]  # type: ignore[operator]
    assert loaded["made"](1) == -9  # type: ignore[operator]
    assert loaded["outer"](1)(1) == 0  # type: ignore[operator]


def test_a_mutation_is_told_with_a_little_of_its_line() -> None:
    before = "a = 1\n    if first and second and third and (fourth or fifth):\n"
    after = before.replace("fourth or", "fourth and")
    assert play.changed(before, after) == (
        "third and (fourth or fifth):  ->  third and (fourth and fifth):"
    )


def test_the_lines_of_a_statement() -> None:
    source = """
def f(a):
    if (a and
            b):
        g(a,
          b)
    else:
        return (lambda: [
            a])
X = 1
"""
    tree = ast.parse(source)
    found = [lines_of_statement(tree, line) for line in (3, 4, 5, 6, 8, 9)]
    assert found == [range(3, 5)] * 2 + [range(5, 7)] * 2 + [range(8, 10)] * 2
    assert lines_of_statement(tree, 2) is None is lines_of_statement(tree, 10)


def explained() -> list[tuple[str, str, str]]:
    return sorted(campaign.explained() - {("module", "function", "mutation")})


@pytest.mark.parametrize("row", explained(), ids=lambda row: f"{row[0]} {row[2]}")
def test_what_a_survivor_is_a_mutation_of_is_in_its_function(row: tuple[str, str, str]) -> None:
    module, function, mutation = row
    source = (ROOT / f"seedgit/{module}.py").read_text()
    defined = [
        ast.get_source_segment(source, node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == function
    ]
    was = mutation.partition("  ->  ")[0]
    assert any(was in text for text in (defined if function else [source]))
