"""Plain scalars against the expressions of YAML 1.2's core schema (section 10.3.2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedgit.errors import InvalidDocument
from seedgit.formats.yaml import FORMAT as YAML
from seedgit.formats.yaml.scalars import NULLS, plain_value

INT = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
OTHER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@given(text=st.text("0123456789+-.eExoaAfFinNI_٣ ", max_size=8))
@example("1.")
@example(".5")
@example(".")
@example("+.e1")
@example("-.inf")
@example("+.NaN")
@example("0o8")
@example("-0x1")
@example("1e")
@example("1.2.3")
@example("1e5e5")
@example("1_000")
@example("٣")
@example("0x")
def test_what_is_a_number_is_what_the_schema_says(text: str) -> None:
    value = plain_value(text)
    if text in NULLS:
        assert value is None
    elif INT.fullmatch(text):
        assert value == int(text)
        assert type(value) is int
    elif BASED.fullmatch(text):
        assert value == int(text[2:], 8 if text[1] == "o" else 16)
    elif FLOAT.fullmatch(text):
        assert (type(value), repr(value)) == (float, repr(float(text)))
    elif OTHER.fullmatch(text):
        assert (type(value), repr(value)) == (float, repr(float(text.replace(".", ""))))
    else:
        assert value == text


@pytest.mark.parametrize("text", ["0x" + "f" * 5000, "!!float " + "9" * 400, "!!int " + "9" * 5000])
def test_a_number_that_python_cannot_carry_is_the_document_s_problem(text: str) -> None:
    with pytest.raises(InvalidDocument, match="too many digits"):
        YAML.parse(f"a: {text}\n", "a.yaml")
