"""jsonpatch, with a `test` that tells 1 from 1.0, and refusals that quote no document."""

from __future__ import annotations

import sys
from types import MappingProxyType, ModuleType

from seedgit.values.value import same


class _Difflib(ModuleType):
    """Stands for difflib while jsonpatch is loaded.

    The library needs it to compare values, which is never asked of it here, and difflib takes
    longer to load than all the rest of it.
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
        TestOperation,
    )
    from jsonpointer import JsonPointerException
finally:
    if sys.modules["difflib"] is _difflib:
        del sys.modules["difflib"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.value import Value

# Of what the library raises, each may be the answer to a patch that does not fit.
REFUSALS = (JsonPatchException, JsonPointerException)

jsonpointer.VERBOSE_EXCEPTIONS = False  # else a refusal quotes the whole document


class _Test(TestOperation):
    """As the library's, which takes 1 for 1.0, and NaN for another value than NaN."""

    def apply(self, obj: Value) -> Value:
        if "value" not in self.operation:
            raise InvalidJsonPatch("test has no value", op=self)
        if not same(self.pointer.resolve(obj), self.operation["value"]):
            raise JsonPatchTestFailed("the value there is another one", op=self)
        return obj


class StrictPatch(JsonPatch):
    """A patch whose tests tell types apart."""

    operations = MappingProxyType({**JsonPatch.operations, "test": _Test})
