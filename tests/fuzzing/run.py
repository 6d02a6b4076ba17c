"""Runs targets under atheris, which looks for inputs that reach new code: `make fuzz-input`.

usage: python -m tests.fuzzing.run TARGET MINUTES [OPTION of libFuzzer ...]

It begins with the target's corpus. What makes the target raise is left in .fuzz/, and
`python -m tests.fuzzing.run TARGET 0 FILE` runs it again. What is worth keeping goes into the
corpus by hand.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fuzzing.targets import Target

CORPORA = Path(__file__).with_name("corpora")
ROOT = Path(__file__).parents[2]
RUN = ("formats", "git.stored_record", "merge", "overlay", "rules", "values")  # by the targets


def load() -> dict[str, Target]:
    """The targets, with all modules that they run: in one that is loaded later, atheris does not
    see which code an input reaches."""
    for name in RUN:
        module = import_module(f"seedgit.{name}")
        for found in walk_packages(getattr(module, "__path__", ()), f"{module.__name__}."):
            import_module(found.name)
    from tests.fuzzing.targets import TARGETS

    return TARGETS


def main(words: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["seedgit"]):
        targets = load()
    name, minutes, *more = words
    found = ROOT / ".fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={round(float(minutes) * 60)}", f"-artifact_prefix={found}/crash-"]
    if not more or more[0].startswith("-"):
        grown = ROOT / ".fuzz" / f"{name}-corpus"
        grown.mkdir(exist_ok=True)
        options += ["-timeout=20", "-rss_limit_mb=3000", "-max_len=4096"]
        more += [str(grown), str(CORPORA / name)]
    atheris.Setup(["fuzz", *options, *more], targets[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
