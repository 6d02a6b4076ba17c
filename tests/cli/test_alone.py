"""A command without arguments is read without argparse, and as argparse reads it."""

from __future__ import annotations

import pytest

from seedgit.cli.alone import MoreWanted, Unasked, alone
from seedgit.cli.commands import COMMANDS
from seedgit.cli.parsers import parse


@pytest.mark.parametrize("name", COMMANDS)
def test_it_is_read_as_by_argparse(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = alone(name)
    try:
        expected = parse([name])
    except SystemExit:
        assert found is None
        assert "usage:" in capsys.readouterr().err
        return
    if found is not None:
        assert vars(found) == vars(expected)


def test_the_frequent_ones_are_read_so() -> None:
    for name in ("sync", "status", "pending", "plan", "log", "doctor", "live", "push", "pull"):
        assert alone(name) is not None, name


@pytest.mark.parametrize("word", ["", "nonsense", "help", "-v", "--help", "--version"])
def test_any_other_word_is_left_to_argparse(word: str) -> None:
    assert alone(word) is None


@pytest.mark.parametrize(
    "options",
    [
        {"action": "count"},
        {"required": True},
        {"default": "1", "type": int},
    ],
)
def test_what_argparse_alone_knows(options: dict[str, object]) -> None:
    with pytest.raises(MoreWanted):
        Unasked().add_argument("--x", **options)
