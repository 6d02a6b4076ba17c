"""Secrets as a record has them: beside the rest, by pointer, each within its limits."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit.overlay.sealed_json import AGE_LIMIT, lifted, restored
from seedgit.values.value import Secret, same

AGE = "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n-----END AGE ENCRYPTED FILE-----\n"
DIGEST = "0" * 16 + ":" + "a" * 64
SECRET = Secret(AGE, DIGEST, ("f" * 16,))
GOOD = {"digest": DIGEST, "age": AGE, "to": ["f" * 16]}


def test_what_is_lifted_out_is_put_back() -> None:
    body = {"patch": [{"value": SECRET}, {"value": {"a/b": [1, Secret(digest=DIGEST)]}}]}
    found = lifted(body)
    assert found["patch"] == [{"value": None}, {"value": {"a/b": [1, None]}}]
    assert found["secrets"] == {
        "/patch/0/value": GOOD,
        "/patch/1/value/a~1b/1": {"digest": DIGEST},
    }
    assert same(restored({"patch": found["patch"]}, found["secrets"]), body)


def test_what_has_no_secret_is_as_it_was() -> None:
    body = {"patch": [{"value": {"age": AGE}}]}
    assert lifted(body) is body


def test_a_secret_that_is_not_encrypted_is_never_written() -> None:
    with pytest.raises(ValueError, match="not encrypted"):
        lifted({"patch": [{"value": Secret(plain="x")}]})


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ([], "not an object"),
        ({"/v": 1}, "not an object"),
        ({"/v": {}}, "no digest"),
        ({"/v": {**GOOD, "digest": DIGEST + "0"}}, "no digest"),
        ({"/v": {**GOOD, "age": "x"}}, "no age file"),
        ({"/v": {**GOOD, "age": AGE + "x" * AGE_LIMIT}}, "over"),
        ({"/v": {**GOOD, "to": "x"}}, "no list"),
        ({"/v": {**GOOD, "to": [1]}}, "no recipient"),
        ({"/w": GOOD}, "no place"),
        ({"/other": GOOD}, "no place"),
        ({"": GOOD}, "no place"),
        ({"v": GOOD}, "no place"),
        ({"/v/0": GOOD}, "no place"),
    ],
)
def test_what_somebody_else_wrote_has_limits(secrets: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        restored({"v": None, "other": "text"}, secrets)
