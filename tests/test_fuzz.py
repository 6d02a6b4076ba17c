"""The fuzzer itself: cases are reproducible, a failure is found, shrunk and saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.driver import main as driver
from tests import fuzz

FILE = b"a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n"
CASE = fuzz.Case("f.yaml", FILE, FILE.replace(b"1", b"fzo1"), FILE.replace(b"5", b"fzt1"))


def test_a_case_is_a_function_of_its_number() -> None:
    sources = fuzz.found([fuzz.ROOT / "examples"])
    assert len(sources) > 5
    for number in range(30):
        assert fuzz.made(number, 1, sources) == fuzz.made(number, 1, sources)
    assert fuzz.made(0, 1, sources) != fuzz.made(0, 2, sources)


def test_nothing_is_wrong_with_a_right_merge(tmp_path: Path) -> None:
    outcome = fuzz.tried(CASE, tmp_path, process=True)
    assert (outcome.status, outcome.problem) == (0, "")
    assert b"fzo1" in outcome.text
    assert b"fzt1" in outcome.text


@pytest.mark.parametrize(
    ("text", "status", "kind"),
    [
        (CASE.ours, 0, "law made it"),
        (b"a: [\n", 0, "unreadable"),
        (FILE, 1, "lost in conflict"),
        (CASE.ours + b"<<<<<<< ours\n[\n=======\nfzt1\n>>>>>>> theirs\n", 1, "torn yaml"),
    ],
)
def test_a_wrong_merge_is_found(
    text: bytes, status: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(arguments: list[str]) -> int:
        Path(arguments[1]).write_bytes(text)
        return status

    monkeypatch.setattr(driver, "main", wrong)
    assert fuzz.kind(fuzz.tried(CASE, tmp_path).problem) == kind


def test_an_exception_is_found_shrunk_and_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(arguments: list[str]) -> int:
        if b"1" in Path(arguments[1]).read_bytes():
            raise KeyError("one")
        return 0

    monkeypatch.setattr(driver, "main", failing)
    monkeypatch.setattr(fuzz, "made", lambda *_: CASE)
    assert fuzz.main(["--only", "1", "--save", str(tmp_path / "saved")]) == 1
    (place,) = (tmp_path / "saved").iterdir()
    assert (place / "base.yaml").read_bytes() == b""
    assert (place / "ours.yaml").read_bytes() == b"a: fzo1\n"
    assert "KeyError: 'one'" in (place / "note.txt").read_text()
    assert "1 failures, 1 raised" in capsys.readouterr().out
