import pytest

from seedgit.values.requirement import bounds, names, requirement, shared_names


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("requests>=2.0", "requests", ">=2.0"),
        ("requests[socks]>=2.0", "requests", "[socks]>=2.0"),
        ("requests >= 2.0, <3", "requests", ">= 2.0, <3"),
        ('tomli; python_version < "3.11"', "tomli", '; python_version < "3.11"'),
        ("pip @ https://example.org/pip.zip", "pip", "@ https://example.org/pip.zip"),
        ("vtk =9.3.1=qt_*", "vtk", "=9.3.1=qt_*"),
        ("conda-forge::numpy=1.26", "numpy", "=1.26"),
        ("wheel", "wheel", ""),
        ("--log=info", "--log", "=info"),
        ("PORT=80", "PORT", "=80"),
        ("TRACE=", "TRACE", "="),
    ],
)
def test_a_requirement_begins_with_its_name(text: str, name: str, said: str) -> None:
    assert requirement(text) == (name, said)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "make test",
        "MODE=1 make test",
        "pip install numpy>=1.26",
        "https://example.org/pip.zip",
        "nginx:1.25",
        "jane@example.org",
        "--",
        ">=2.0",
        "IF %PHP%==1 echo",
        "a, b",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert requirement(text) is None


def test_words_alone_are_no_requirements() -> None:
    assert names(["numpy", "scipy"]) == []
    assert names(["Num.Py", "sci_py>=1", {"pip": ["x"]}, 3]) == ["num-py", "sci-py", "pip:"]


def test_a_name_that_stands_twice_anywhere_tells_nothing_apart() -> None:
    versions = (["a>=1", "b>=1"], ["a>=1", "A>=2", "b>=2"], ["a>=1"])
    assert shared_names(versions) == {"b"}


def test_bounds_of_one_requirement() -> None:
    assert bounds("a >=1", "a >=2") == [("a ", ">=1"), ("a ", ">=2")]
    assert bounds("a>=1", "b>=2") == [("", "a>=1"), ("", "b>=2")]
    assert bounds("^1.2", "3.4-dev") == [("", "^1.2"), ("", "3.4-dev")]
    assert bounds("a>=1", "a") == [("", "a>=1"), ("", "a")]
