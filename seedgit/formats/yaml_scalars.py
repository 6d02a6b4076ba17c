"""What plain YAML scalars mean: the core schema of YAML 1.2 (section 10.3), not YAML 1.1's.

`yes`, `on`, `1:30` and dates are strings; `017` is 17, `0o17` is 15.
"""

from __future__ import annotations

import re

from seedgit.core.values import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.core.values import Value

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_FIRST = frozenset("0123456789+-.")

CORE = "tag:yaml.org,2002:"


def plain_value(text: str) -> Value:
    """The value of a plain scalar. Raises ValueError for an integer too long to convert."""
    if text in NULLS:
        return None
    if text in BOOLS:
        return BOOLS[text]
    if text[0] not in _FIRST:
        return text
    if _INT.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.match(text):
        return float(text)
    if _INFINITE.match(text):
        return float(text.replace(".", ""))
    return text


def tagged_value(tag: str, text: str, plain: bool) -> Value:
    """The value of a scalar with an explicit tag; of another tag than the core schema's, Opaque."""
    if tag in ("!", CORE + "str"):
        return text
    name = tag.removeprefix(CORE)
    if name in ("null", "bool", "int", "float") and tag != name:
        value = plain_value(text)
        if name == "float" and type(value) is int:
            value = float(value)
        kind = {"null": type(None), "bool": bool, "int": int, "float": float}[name]
        if type(value) is kind:
            return value
    return Opaque(tag, text)
