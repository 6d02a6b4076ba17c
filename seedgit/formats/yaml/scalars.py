"""The values of plain YAML scalars, by the core schema of YAML 1.2 (section 10.3), not YAML 1.1.

`yes`, `on`, `1:30` and dates are strings; `017` is 17, `0o17` is 15.
"""

from __future__ import annotations

from seedgit.values.value import Opaque

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.value import Value

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
BOOLS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_BASES = {"0o": "01234567", "0x": "0123456789abcdefABCDEF"}
_INFINITE = (".inf", ".Inf", ".INF")
_NOT_A_NUMBER = (".nan", ".NaN", ".NAN")
_FIRST = frozenset("0123456789+-.")

LONGEST = 3500  # digits of a hexadecimal integer: Python writes at most 4300 decimal digits

CORE = "tag:yaml.org,2002:"


def plain_value(text: str) -> Value:
    """The value of a plain scalar. Raises ValueError for an integer too long to convert."""
    if text in NULLS:
        return None
    if text in BOOLS:
        return BOOLS[text]
    if text[0] not in _FIRST:
        return text
    unsigned = text[1:] if text[0] in "+-" else text
    if _digits(unsigned):
        return int(text)
    if text[:2] in _BASES and text[2:] and not text[2:].strip(_BASES[text[:2]]):
        if len(text) > LONGEST:
            raise ValueError("an integer too long to be written in decimal")
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _is_float(unsigned):
        return float(text)
    if unsigned in _INFINITE or text in _NOT_A_NUMBER:
        return float(text.replace(".", ""))
    return text


def _is_float(unsigned: str) -> bool:
    mantissa, e, exponent = unsigned.replace("E", "e").partition("e")
    if e and not _digits(exponent[1:] if exponent[:1] in ("+", "-") else exponent):
        return False
    whole, _, fraction = mantissa.partition(".")
    # Digits before the point, or after it, or both; `1.` is a float, and so is `.5`.
    return (_digits(whole) or (not whole and fraction != "")) and (
        not fraction or _digits(fraction)
    )


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def tagged_value(tag: str, text: str, plain: bool) -> Value:
    """The value of a scalar with an explicit tag; Opaque if the tag is not of the core schema."""
    if tag in ("!", CORE + "str"):
        return text
    name = tag.removeprefix(CORE)
    if name in ("null", "bool", "int", "float") and tag != name:
        value = plain_value(text)
        if name == "float" and type(value) is int:
            try:
                value = float(value)
            except OverflowError:
                raise ValueError("an integer that no float can hold") from None
        kind = {"null": type(None), "bool": bool, "int": int, "float": float}[name]
        if type(value) is kind:
            return value
    return Opaque(tag, text)
