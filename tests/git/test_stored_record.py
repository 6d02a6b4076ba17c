from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedgit.errors import InputError
from seedgit.git.names import refused_name, to_text
from seedgit.git.stored_record import (
    LIMIT,
    NAME_LIMIT,
    FutureRecord,
    StoredRecord,
    decode,
    encode,
    is_record_name,
    record_name,
    seed_of,
)

ID = "a" * 40
NAMES = st.binary(min_size=1, max_size=300).map(to_text).filter(lambda name: "\0" not in name)
PARTS = NAMES.filter(lambda name: "/" not in name and not refused_name(name))
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# These members have a form of their own; anything may stand beside them.
OWN = ("version", "path", "base", "patch", "removed", "parked", "rivals", "decisions", "was")
BODIES = st.dictionaries(st.text().filter(lambda k: k not in OWN), JSON)


@given(PATHS, BODIES)
def test_what_is_written_is_read(path: str, body: dict[str, Any]) -> None:
    record = StoredRecord(path, ID, body)
    data = encode(record)
    again = decode(record_name(path), data)
    assert again == record
    assert list(again.body) == list(body)
    assert encode(again) == data


@given(PATHS)
def test_a_record_name_is_harmless_anywhere(path: str) -> None:
    name = record_name(path)
    assert is_record_name(name)
    assert name.isascii()
    assert "/" not in name
    assert not refused_name(name)
    assert len(name) <= NAME_LIMIT
    if "%%" not in name:
        assert seed_of(name) == path


@given(NAMES, NAMES)
def test_no_two_seeds_share_a_name(one: str, other: str) -> None:
    assert (record_name(one) == record_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("flows/wiki.yaml", "flows%2Fwiki.yaml"),
        (".gitlab-ci.yml", "%2Egitlab-ci.yml"),
        ("a b%.yaml", "a%20b%25.yaml"),
        ("\udcff\n.yaml", "%FF%0A.yaml"),
        ("git~1x", "git%7E1x"),
    ],
)
def test_names(path: str, name: str) -> None:
    assert record_name(path) == name


def test_long_names_that_begin_alike_differ() -> None:
    one, other = "é" * 300 + "1", "é" * 300 + "2"
    assert record_name(one) != record_name(other)
    assert decode(record_name(one), encode(StoredRecord(one, ID, {}))).path == one


@pytest.mark.parametrize("name", ["", ".", "..", ".git", "a/b", "a%2f", "%", "a%%1", "a b", "é"])
def test_what_is_no_record_name(name: str) -> None:
    assert not is_record_name(name)


@pytest.mark.parametrize("body", [{"path": 1}, {"version": 3}, {"base": ""}])
def test_a_body_cannot_claim_the_record_s_own_members(body: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="cannot have the member"):
        encode(StoredRecord("a.yaml", ID, body))


def test_what_cannot_be_stored() -> None:
    loop: list[Any] = []
    loop.append(loop)
    for value in (float("nan"), float("inf"), object(), loop, {1, 2}):
        with pytest.raises(InputError, match="JSON"):
            encode(StoredRecord("a.yaml", ID, {"v": value}))
    with pytest.raises(InputError, match="over"):
        encode(StoredRecord("a.yaml", ID, {"v": "x" * LIMIT}))
    with pytest.raises(InputError, match="not the id"):
        encode(StoredRecord("a.yaml", "HEAD", {}))
    with pytest.raises(InputError, match="refused path"):
        encode(StoredRecord("../a.yaml", ID, {}))


def written(**members: Any) -> bytes:
    return json.dumps({"version": 1, "path": "a.yaml", "base": ID, **members}).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"version": 1, "version": 1}', "occurs twice"),
        (b'{"version": NaN}', "not JSON"),
        (b'{"version": ' + b"9" * 5000 + b"}", "not JSON"),
        (written(version=None), "no version"),
        (written(version=True), "no version"),
        (written(version=0), "no version"),
        (written(path=3), "no seed path"),
        (written(base="main"), "no seed path"),
        (written(path="b.yaml"), "names another seed"),
        (written(path="../a.yaml"), "refused path"),
        (written(path=".git/hooks/pre-commit"), "refused path"),
        (b" " * (LIMIT + 1), "over"),
        (written(patch=[0] * 1_000_000), "over 1000000 values"),
        (written(patch=[{"op": "test", "path": "", "value": 0}] * 100_001), "over 100000 entries"),
    ],
    ids=range(18),  # some are long
)
def test_what_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode("a.yaml", data)


def test_what_stands_in_a_text_is_no_value() -> None:
    data = written(patch=[{"op": "add", "path": "/x", "value": '[{",\\"' * 400_000}])
    assert decode("a.yaml", data).record.overrides[0].value.startswith('[{",')


def test_a_record_from_the_future() -> None:
    with pytest.raises(FutureRecord, match="newer") as caught:
        decode("a.yaml", written(version=3, path={"new": "shape"}))
    assert "newer seedgit" in caught.value.hint
