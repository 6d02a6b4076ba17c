"""Every target takes its corpus, and a few mutations of it: `make fuzz-input` tries many more."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest

from tests.fuzzing import targets
from tests.fuzzing.run import CORPORA, ROOT
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


LATE = """
import sys
from tests.fuzzing.run import CORPORA, load
targets = load()
before = {*sys.modules}
for name, target in targets.items():
    for place in (CORPORA / name).iterdir():
        target(place.read_bytes())
print(*(name for name in sys.modules if name not in before and name.startswith("seedgit")))
"""


def test_all_that_a_target_runs_is_loaded_before_it_is_run() -> None:
    """Atheris is told nothing of what code an input reaches in a module that comes later."""
    words = [sys.executable, "-c", LATE]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


def test_the_corpora_are_small() -> None:
    found = [place for place in CORPORA.rglob("*") if place.is_file()]
    assert {place.parent.name for place in found} == TARGETS.keys()
    assert sum(place.stat().st_size for place in found) < 20_000


def test_the_makefile_runs_every_target() -> None:
    made = (ROOT / "Makefile").read_text()
    assert f"$(or $(TARGETS),{' '.join(TARGETS)})" in made
