"""How one overlay record is written: its name in the tree, its JSON, and which names are refused.

    records/<name>/record.json   {"version": 1, "path": <seed>, "base": <blob id>, ...}
                                 version 2 if it has secrets (overlay/sealed_json.py)
    records/<name>/base          the base itself, the very blob that the id names

<name> is the seed's path in percent-encoding, so that `git show <ref>:records/<name>/record.json`
can be typed, no two seeds share a name, none is a directory of another, and no seed, whatever it is
called, makes a name that git or a file system would treat as special.
"""

from __future__ import annotations

import json
import re
from functools import cached_property

from seedgit.errors import InputError, quoted
from seedgit.git.names import check_path, is_id, to_bytes, to_text
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.record_json import body_of, record_from
from seedgit.values.value import has_secret, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

    from seedgit.overlay.record import Record

VERSION: Final = 2
WITHOUT_SECRETS: Final = 1  # the version of a record that older seedgits can read
RECORDS: Final = "records"
RECORD: Final = "record.json"
BASE: Final = "base"
LIMIT: Final = 16 * 1024 * 1024  # bytes of a record; even a megabyte would be strange
VALUES_LIMIT: Final = (
    1_000_000  # in a record, of all its lists and maps; each takes 100 bytes or so
)
BASE_LIMIT: Final = 64 * 1024 * 1024  # bytes of a base; a seed of 1 MB takes a second to read
NAME_LIMIT: Final = 200  # bytes; git warns over 4096, file systems stop at 255

SECRETS: Final = "secrets"  # of a record that has some

_KEPT: Final = ("version", "path", "base")
_RESERVED: Final = (*_KEPT, SECRETS)
_PLAIN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
_USUAL: Final = _PLAIN.decode() + "/"
_ESCAPES = {byte: f"%{byte:02X}" for byte in range(256) if byte not in _PLAIN}
_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NAME: Final = re.compile(
    r"(?:[A-Za-z0-9_-]|%[0-9A-F]{2})(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})*(?:%%[0-9a-f]{32})?"
)


class _Members(NamedTuple):
    path: str
    base: str
    body: dict[str, Any]

    def __eq__(self, other: object) -> bool:
        # To Python 1 equals true, but they are different values in a seed.
        return (
            isinstance(other, StoredRecord)
            and (self.path, self.base) == (other.path, other.base)
            and same(self.body, other.body)
        )

    def __ne__(self, other: object) -> bool:  # a tuple has its own
        return not self == other

    def __hash__(self) -> int:
        return hash((self.path, self.base))


class StoredRecord(_Members):
    """What an overlay says about one seed.

    `body` is a JSON object in the bounds of `overlay.record_json`; unknown members are kept.
    """

    @cached_property
    def record(self) -> Record:
        """What it says. Raises InputError, which says what is wrong."""
        return record_from(*self)


def to_store(record: Record) -> StoredRecord:
    """A record as the store keeps it."""
    body = body_of(record)
    if has_secret(body):
        from seedgit.values.secrets import as_stored  # late: few records have any

        body = as_stored(body)
    return StoredRecord(record.path, record.base, body)


class FutureRecord(InputError):
    """A record that a newer seedgit wrote."""


def record_name(path: str) -> str:
    """The only name that a seed's record can have in the tree."""
    if path.strip(_USUAL):
        name = to_bytes(path).decode("latin-1").translate(_ESCAPES)
    else:  # as nearly all of them
        name = path.replace("/", "%2F")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name) <= NAME_LIMIT:
        return name
    from hashlib import sha256  # it would load all of OpenSSL

    # "%%" occurs in no other name, so a shortened one can only meet itself.
    return f"{_cut(name)}%%{sha256(to_bytes(path)).hexdigest()[:32]}"


def seed_of(name: str) -> str:
    """The seed that a record's name stands for, for messages. A shortened name stays short."""
    plain = name.replace("%2F", "/")
    if "%" not in plain:  # as nearly all of them
        return plain
    from urllib.parse import unquote_to_bytes  # late: it takes longer to load than most of this

    return to_text(unquote_to_bytes(to_bytes(name.partition("%%")[0])))


def says_all(name: str) -> bool:
    """Whether `seed_of` gives the whole path that an entry stands for."""
    return "%%" not in name


def is_record_name(name: str) -> bool:
    """Whether `record_name` could have made a name."""
    return len(name) <= NAME_LIMIT + 34 and _NAME.fullmatch(name) is not None


def encode(record: StoredRecord) -> bytes:
    """The bytes of `record.json`. Raises InputError for what `decode` would not accept."""
    check_path(record.path)
    taken = [key for key in _RESERVED if key in record.body]
    if taken:
        raise InputError(f"a record's body cannot have the member {taken[0]!r}", where=record.path)
    if not is_id(record.base):
        raise InputError(f"not the id of a base: {record.base!r}", where=record.path)
    try:
        body, version = record.body, WITHOUT_SECRETS
        if has_secret(body):
            from seedgit.overlay.sealed_json import lifted  # late: few records have any

            body, version = lifted(body), VERSION
        whole = {"version": version, "path": record.path, "base": record.base, **body}
        text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"not a value that JSON can express: {error}", where=record.path) from None
    # A lone surrogate, as in a name that is not UTF-8, becomes its JSON escape.
    data = (text + "\n").encode("utf-8", "backslashreplace")
    if len(data) > LIMIT:
        raise InputError(f"the overlay record is over {LIMIT} bytes", where=record.path)
    if _most_values(data) > VALUES_LIMIT:
        message = f"the overlay record has over {VALUES_LIMIT} values"
        raise InputError(message, where=record.path)
    try:
        _ = record.record
    except InputError as error:
        error.hint = "nothing was changed; no overlay record holds that"
        raise
    return data


def decode(name: str, data: bytes) -> StoredRecord:
    """The record in `data`, found under `name`. Raises InputError, FutureRecord."""
    if len(data) > LIMIT:
        raise InputError(f"over {LIMIT} bytes")
    if _most_values(data) > VALUES_LIMIT:
        raise InputError(f"it has over {VALUES_LIMIT} values")
    try:
        found = _DECODER.decode(data.decode("utf-8"))
    except RecursionError:
        raise InputError("nested too deeply") from None
    except ValueError as error:
        raise InputError(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError("not a JSON object")
    version, path, base = (found.pop(key, None) for key in _KEPT)
    if type(version) is not int or version < 1:
        raise InputError("no version")
    if version > VERSION:
        raise FutureRecord(
            f"version {version} is newer than this seedgit knows ({VERSION})",
            hint="install a newer seedgit",
        )
    if not isinstance(path, str) or not isinstance(base, str) or not is_id(base):
        raise InputError("no seed path, or no base id")
    check_path(path)
    if record_name(path) != name:
        raise InputError(f"it names another seed: {quoted(path)}")
    if version > WITHOUT_SECRETS and SECRETS in found:
        found = _with_secrets(found)
    made = StoredRecord(path, base, found)
    _ = made.record
    return made


def _with_secrets(body: dict[str, Any]) -> dict[str, Any]:
    from seedgit.overlay.sealed_json import restored  # late: few records have any

    try:
        return restored(body, body.pop(SECRETS))
    except ValueError as error:
        raise InputError(str(error)) from None


def _cut(name: str) -> str:
    """The first part of a long name, not ending within an escape."""
    cut = name[: NAME_LIMIT - 34]
    return cut[: cut.rfind("%")] if "%" in cut[-2:] else cut


def _most_values(data: bytes) -> int:
    """How many values JSON may have at most: each stands behind a comma or a bracket.

    Told before it is read, which would take a hundred bytes of memory for each.
    """
    found = sum(map(data.count, (b",", b"[", b"{")))
    if found > VALUES_LIMIT:  # some may stand in texts
        found = sum(map(_TEXT.sub(b"", data).count, (b",", b"[", b"{")))
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a member occurs twice")
    return result


def _float(text: str) -> float:
    """A number. Python reads 1e999 as infinity, which JSON cannot write back."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:40]} is beyond what a double can hold")
    return value


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
)
