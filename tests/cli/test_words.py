"""Every code that a page shows has words beside it."""

from __future__ import annotations

import re
from pathlib import Path

from seedgit import codes
from seedgit.cli.words import WORDS, words
from tests.test_docs_true import sections

ROOT = Path(codes.__file__).parent


def test_every_code_of_a_merge_an_override_and_a_plan_has_words() -> None:
    found = sections((ROOT / "codes.py").read_text(), "# --", '^[A-Z0-9_]+ = "(.+)"$')
    for title in ("Verdicts", "Merges", "Overrides", "Plans"):
        assert set(found[title]) <= set(WORDS), title
    used = [*(ROOT / "operations/plan").glob("*.py"), *(ROOT / "operations/fleet").glob("*.py")]
    named = {name for path in used for name in re.findall(r"codes\.([A-Z_]+)", path.read_text())}
    assert {getattr(codes, name) for name in named} <= set(WORDS)


def test_gits_own_words_are_words() -> None:
    assert words("add-add") == "add add"
    assert all(said and said != code for code, said in WORDS.items())
