"""Every target takes its corpus, and a few mutations of it: `make fuzz-input` tries many more."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.fuzzing import targets
from tests.fuzzing.run import CORPORA
from tests.fuzzing.targets import TARGETS

MUTATIONS = 60
BYTES = b"{}[]\"'#:,-&*|>!%@`\\/~ \t\n\r\0\x7f\xff<=.0aeE"


def corpus(name: str) -> list[bytes]:
    return [place.read_bytes() for place in sorted((CORPORA / name).iterdir())]


def mutated(data: bytes, random: Random) -> bytes:
    """A few bytes changed, put in, left out or repeated."""
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(data) + 1)
        end = min(len(data), at + random.randrange(9))
        new = random.choice((bytes([random.choice(BYTES)]), b"", data[at:end] * 2))
        data = data[:at] + new + data[end:]
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_whatever_it_is_given(name: str) -> None:
    random = Random(name)
    for data in corpus(name):
        TARGETS[name](data)
        for _ in range(MUTATIONS):
            TARGETS[name](mutated(data, random))


@pytest.mark.parametrize("name", ["yaml", "json", "toml", "ini"])
def test_what_a_parser_reads_wrongly_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets.Document, "data", b"other")
    with pytest.raises(AssertionError):
        TARGETS[name](corpus(name)[0])


def test_the_corpora_are_small() -> None:
    found = [place for place in CORPORA.rglob("*") if place.is_file()]
    assert {place.parent.name for place in found} == TARGETS.keys()
    assert sum(place.stat().st_size for place in found) < 20_000


def test_the_makefile_runs_every_target() -> None:
    made = (Path(__file__).parents[2] / "Makefile").read_text()
    assert f"$(or $(TARGETS),{' '.join(TARGETS)})" in made
