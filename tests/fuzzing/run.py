"""Runs targets under atheris, which looks for inputs that reach new code: `make fuzz-input`.

usage: python -m tests.fuzzing.run TARGET MINUTES [OPTION of libFuzzer ...]

It begins with the target's corpus. What makes the target raise is left in .fuzz/, and
`python -m tests.fuzzing.run TARGET 0 FILE` runs it again. What is worth keeping goes into the
corpus by hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

CORPORA = Path(__file__).with_name("corpora")
ROOT = Path(__file__).parents[2]


def main(words: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["seedgit"]):
        from tests.fuzzing.targets import TARGETS
    name, minutes, *more = words
    found = ROOT / ".fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={round(float(minutes) * 60)}", f"-artifact_prefix={found}/crash-"]
    if not more or more[0].startswith("-"):
        grown = ROOT / ".fuzz" / f"{name}-corpus"
        grown.mkdir(exist_ok=True)
        options += ["-timeout=20", "-rss_limit_mb=3000", "-max_len=4096"]
        more += [str(grown), str(CORPORA / name)]
    atheris.Setup(["fuzz", *options, *more], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
