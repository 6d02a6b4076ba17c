"""Named tuples as of `typing.NamedTuple`, made in a tenth of the time.

A command loads fifty such classes before it does anything. `typing` has Python compile each
annotation of each of them, and `collections` a constructor with the names of its fields. Here
classes with as many fields have the same constructor, but for the names.

To a type checker this is `typing.NamedTuple`, and `Generic` is that of `typing`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, NamedTuple

    __all__ = ["Generic", "NamedTuple"]
else:
    from collections import _tuplegetter
    from types import FunctionType

    _codes = {}  # of constructors, by the number of fields

    def _constructor(name, fields, defaults):
        count = len(fields)
        if count not in _codes:
            names = "".join(f"_{number}, " for number in range(count))
            _codes[count] = eval(f"lambda _cls, {names}: tuple_new(_cls, ({names}))").__code__
        named = ("_cls", *fields)
        code = _codes[count].replace(co_varnames=named, co_qualname=f"{name}.__new__")
        return FunctionType(code, {"tuple_new": tuple.__new__}, "__new__", defaults)

    def _repr(self):
        values = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({values})"

    def _asdict(self):
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, /, **values):
        made = self._make(map(values.pop, self._fields, self))
        if values:
            raise ValueError(f"no such fields: {[*values]}")
        return made

    @classmethod
    def _make(cls, values):
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise TypeError(f"{len(made)} values for {len(cls._fields)} fields")
        return made

    def _to_copy(self):
        return (*self,)

    _SHARED = {
        "__slots__": (),
        "__repr__": _repr,
        "__getnewargs__": _to_copy,
        "_asdict": _asdict,
        "_make": _make,
        "_replace": _replace,
    }

    class _Maker(type):
        """Makes a plain class, without this as its metaclass, of one with annotated fields."""

        def __new__(meta, name, bases, body):
            fields = tuple(body["__annotations__"])
            defaults = {field: body.pop(field) for field in fields if field in body}
            space = {**_SHARED, **body, "_fields": fields, "__match_args__": fields}
            space["_field_defaults"] = defaults
            space["__new__"] = _constructor(name, fields, tuple(defaults.values()))
            space |= {field: _tuplegetter(at, "") for at, field in enumerate(fields)}
            return type(name, tuple(tuple if b is NamedTuple else b for b in bases), space)

    NamedTuple = type.__new__(_Maker, "NamedTuple", (), {})

    class Generic:
        __slots__ = ()

        def __class_getitem__(cls, parameter):
            return cls
