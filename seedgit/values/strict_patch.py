"""jsonpatch with two changes: `test` tells 1 from 1.0, and errors do not quote the document."""

from __future__ import annotations

import sys
from types import MappingProxyType, ModuleType

from seedgit.values.value import same


class _Difflib(ModuleType):
    """Stands in for difflib while jsonpatch is loaded.

    jsonpatch imports difflib to compare values, which is not used here. difflib takes longer to
    load than the rest of the library.
    """

    SequenceMatcher = None


_difflib = _Difflib("difflib")
sys.modules.setdefault("difflib", _difflib)
try:
    import jsonpointer
    from jsonpatch import (
        InvalidJsonPatch,
        JsonPatch,
        JsonPatchException,
        JsonPatchTestFailed,
        PatchOperation,
        TestOperation,
    )
    from jsonpointer import JsonPointerException
finally:
    if sys.modules["difflib"] is _difflib:
        del sys.modules["difflib"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.values.value import Value

# The library may raise any of these for a patch that does not fit.
REFUSALS = (JsonPatchException, JsonPointerException)

jsonpointer.VERBOSE_EXCEPTIONS = False  # otherwise an error quotes the whole document


class _Test(TestOperation):
    """The library's `test` operation, but strict.

    The library's own takes 1 for 1.0, and NaN for a value other than NaN.
    """

    def apply(self, obj: Value) -> Value:
        if "value" not in self.operation:
            raise InvalidJsonPatch("test has no value", op=self)
        if not same(self.pointer.resolve(obj), self.operation["value"]):
            raise JsonPatchTestFailed("the value there is another one", op=self)
        return obj


OPERATIONS = {**JsonPatch.operations, "test": _Test}


class StrictPatch(JsonPatch):
    """A patch whose tests tell types apart."""

    operations = MappingProxyType(OPERATIONS)


def made(operation: Any) -> PatchOperation:
    """One operation, to be applied to values that it may change. Raises REFUSALS.

    A patch of it would be read twice.
    """
    kind = operation.get("op") if isinstance(operation, dict) else None
    if isinstance(kind, str) and kind in OPERATIONS:
        found: PatchOperation = OPERATIONS[kind](operation)
        return found
    StrictPatch([operation])  # which says what is wrong with it
    raise InvalidJsonPatch("not an operation")
