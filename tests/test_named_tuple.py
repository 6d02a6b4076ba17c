"""Named tuples are as `typing.NamedTuple` makes them."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any, Generic, TypeVar

import pytest

from seedgit.named_tuple import NamedTuple

T = TypeVar("T")


class Place(NamedTuple):
    """Where something is."""

    name: str
    line: int | None = None
    column: int = 1

    @property
    def told(self) -> str:
        return f"{self.name}:{self.line}"

    def data(self) -> dict[str, Any]:
        return self._asdict()


class Change(NamedTuple, Generic[T]):
    made: T
    places: tuple[Place, ...] = ()


class Size(NamedTuple):  # as many fields as another class, with other names and defaults
    width: int
    height: int
    depth: int


def test_a_named_tuple_is_a_tuple_with_names() -> None:
    place = Place("a", column=3)
    assert place == ("a", None, 3) and hash(place) == hash(("a", None, 3))
    assert (place.name, place.line, place.column, place.told) == ("a", None, 3, "a:None")
    assert repr(place) == "Place(name='a', line=None, column=3)"
    assert [*place] == ["a", None, 3] and sorted([Size(2, 1, 1), Size(1, 2, 3)])[0].height == 2
    assert place.data() == {"name": "a", "line": None, "column": 3}
    assert place._replace(line=7) == Place("a", 7, 3)
    assert Place._make(["b", 1, 2]) == Place("b", 1, 2)
    assert Place._fields == ("name", "line", "column")
    assert Place._field_defaults == {"line": None, "column": 1}
    assert type(Place) is type and Place.__bases__ == (tuple,)
    assert not hasattr(place, "__dict__")
    match place:
        case Place(name, _, 3):
            assert name == "a"
        case _:
            pytest.fail("it matches by position")


def test_a_named_tuple_may_be_generic() -> None:
    change = Change[int](1, (Place("a"),))
    assert change == (1, (("a", None, 1),)) and change._replace(made=2).made == 2


@pytest.mark.parametrize("value", [Place("a", 1), Change(Size(1, 2, 3), (Place("b"),))])
def test_a_named_tuple_can_be_copied(value: Any) -> None:
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert other == value and type(other) is type(value)


def test_a_named_tuple_takes_no_other_values() -> None:
    assert str(inspect.signature(Place)) == "(name, line=None, column=1)"
    with pytest.raises(TypeError, match=r"Place\.__new__\(\) missing 1 .* 'name'"):
        Place()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'row'"):
        Place("a", row=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="from 2 to 4"):
        Place("a", 1, 2, 3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="2 values for 3 fields"):
        Place._make(["a", 1])
    with pytest.raises(ValueError, match="row"):
        Place("a")._replace(row=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Place("a").name = "b"  # type: ignore[misc]
