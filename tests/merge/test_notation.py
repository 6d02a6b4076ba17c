from hypothesis import given
from hypothesis import strategies as st

from seedgit.formats.json import FORMAT as JSON
from seedgit.merge.notation import merged_notation

NUMBERS = st.lists(st.integers(0, 99), min_size=1, max_size=4).map(lambda n: ".".join(map(str, n)))
OPERATORS = st.sampled_from(("^", "~", ">="))
SUFFIXES = st.sampled_from(("", "-dev", "-rc.1", "+build.7", "-alpha.1+x"))


def merged(base, ours, theirs):
    nodes = [JSON.parse(f'"{text}"', "version.json") for text in (base, ours, theirs)]
    found = merged_notation(*nodes)
    return found if found is None else found.strip('"')


@given(NUMBERS, NUMBERS, OPERATORS, OPERATORS, st.sampled_from(("", "v")), SUFFIXES)
def test_numbers_of_one_side_in_the_operator_of_the_other(old, new, was, now, v, suffix):
    base, renumbered, rewritten = (
        was + v + old + suffix,
        was + v + new + suffix,
        now + v + old + suffix,
    )
    assert merged(base, renumbered, rewritten) == now + v + new + suffix
    assert merged(base, rewritten, renumbered) == now + v + new + suffix


@given(NUMBERS, NUMBERS, SUFFIXES, SUFFIXES)
def test_another_suffix_says_another_version(old, new, was, now):
    if was != now and old != new:
        assert merged(old + was, new + was, old + now) is None


@given(st.text("^~>=<v012.x*-+a |", max_size=8))
def test_the_numbers_that_changed_are_in_whatever_is_merged(text):
    found = merged("^1.2", "^1.3", text)
    assert found is None or found == text.replace("1.2", "1.3")


def test_two_changes_of_the_numbers_conflict():
    assert merged("^1.2", "^1.3", "^1.4") is None
    assert merged("^1.2", "^1.3", ">=1.4") is None


def test_a_pin_and_a_bound_are_about_the_version():
    assert merged("^1.2", "^1.3", "1.2") is None
    assert merged("1.2", "1.3", "^1.2") is None
    assert merged("<1.2", "<1.3", "<=1.2") is None
    assert merged("=1.2", "=1.3", "^1.2") is None


def test_what_is_no_version():
    assert merged("one", "two", "three") is None
    assert merged("", "^", ">=") is None
    assert merged("^1..2", "^1..3", ">=1..2") is None
    assert merged("^1.2|^2", "^1.3|^2", ">=1.2|^2") is None
