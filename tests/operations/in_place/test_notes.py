"""The notes of files in place: several processes write them, and few of them are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from seedgit.git.writer import Live
from seedgit.operations.in_place import notes as module
from seedgit.operations.in_place.notes import KEPT, Noted, Notes

A = Noted("a", "live", "seed", "", "key")
B = Noted("b", "other", "seed", "kept", "")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger" / "notes"


def notes_at(place: Path) -> Notes:
    """As one more process has them."""
    ledger: Any = SimpleNamespace(folder=str(place.parent))
    nobody: Any = None
    return Notes(ledger, Live(nobody))


def numbered(count: int, path: str = "a") -> list[Noted]:
    return [A._replace(path=path, live=str(number)) for number in range(count)]


def test_before_anything_is_noted_there_is_nothing(place: Path) -> None:
    notes = notes_at(place)
    assert notes.of("a") == []
    assert notes.contents() == set()


def test_each_process_sees_what_the_others_note(place: Path) -> None:
    one, other = notes_at(place), notes_at(place)
    one.add(A, B)
    assert other.of("a") == one.of("a") == [A]
    newer = A._replace(live="newer")
    other.add(newer)
    assert one.of("a") == other.of("a") == [A, newer]
    assert one.of("b") == notes_at(place).of("b") == [B]
    assert one.of("no") == []
    assert one.contents() == {"live", "newer", "other", "kept", ""}


def test_what_it_adds_is_not_read_back(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout adds a note for each of its files."""
    one, other = notes_at(place), notes_at(place)
    one.add(A)
    other.add(B)
    one.add(A)  # only now does it read, what the other has added
    monkeypatch.setattr(module, "open_regular", lambda _: pytest.fail("it is read"))
    one.add(B, A)
    assert (one.of("a"), one.of("b")) == ([A, A, A], [B, B])
    monkeypatch.undo()
    assert (other.of("a"), other.of("b")) == ([A, A, A], [B, B])


def test_a_line_that_was_cut_is_read_back_with_the_next_one(place: Path) -> None:
    notes = notes_at(place)
    notes.add(A)
    with place.open("ab") as file:
        file.write(json.dumps(list(B)).encode()[:9])  # by a process that was killed
    notes.add(B)
    assert (notes.of("a"), notes.of("b")) == ([A], [B])
    notes.add(A)
    assert (notes.of("a"), notes.of("b")) == ([A, A], [B])


def test_a_line_that_is_still_being_written_is_read_once_it_is_whole(place: Path) -> None:
    notes = notes_at(place)
    notes.add(A)
    line = json.dumps(list(B)).encode() + b"\n"
    with place.open("ab", buffering=0) as file:
        file.write(line[:9])
        assert notes.of("b") == []
        file.write(line[9:])
    assert notes.of("b") == [B]
    assert notes.of("a") == [A]


@pytest.mark.parametrize(
    "line", ["", "[", "5", '["a", "b"]', '["a", "b", "c", "d", 5]', '{"a": 1}']
)
def test_what_is_no_note_is_passed_over(place: Path, line: str) -> None:
    notes_at(place).add(A)
    with place.open("a") as file:
        file.write(line + "\n")
    notes_at(place).add(B)
    notes = notes_at(place)
    assert (notes.of("a"), notes.of("b")) == ([A], [B])


def test_of_a_first_line_that_is_still_being_written_nothing_is_read(place: Path) -> None:
    place.parent.mkdir()
    place.write_bytes(json.dumps(list(A)).encode())
    notes = notes_at(place)
    assert notes.of("a") == []
    with place.open("ab") as file:
        file.write(b"\n" + json.dumps(list(B)).encode() + b"\n")
    assert (notes.of("a"), notes.of("b")) == ([A], [B])


def test_notes_wait_for_no_disk(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLACK", 0)
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("it was flushed"))
    notes = notes_at(place)
    notes.add(*numbered(2 * KEPT + 1))
    notes.tidy()
    assert len(notes.of("a")) == KEPT


def test_a_file_that_was_written_anew_is_read_anew(place: Path) -> None:
    notes = notes_at(place)
    notes.add(A, B)
    assert notes.of("a") == [A]
    longer = [A._replace(live="n" * 200), B]
    new = place.with_name("new")
    new.write_text("".join(json.dumps(list(note)) + "\n" for note in longer))
    new.rename(place)
    assert [notes.of("a"), notes.of("b")] == [[note] for note in longer]
    place.write_text(json.dumps(list(B)) + "\n")  # the same file, and shorter
    assert (notes.of("a"), notes.of("b")) == ([], [B])


def test_the_last_notes_of_each_file_stay(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SLACK", 5)
    one, other = notes_at(place), notes_at(place)
    few, many = numbered(2, "b"), numbered(2 * KEPT + 5 + 2 * KEPT - 2)
    for notes in (few, many):
        one.add(*notes)
        inode = place.stat().st_ino
        other.tidy()
        assert place.stat().st_ino == inode
    assert one.of("a") == many
    one.add(many[0])
    other.tidy()
    kept = [*many[1 - KEPT :], many[0]]
    assert one.of("a") == other.of("a") == notes_at(place).of("a") == kept
    assert one.of("b") == notes_at(place).of("b") == few
    assert place.read_text().count("[") == len(few) + KEPT
    one.add(*numbered(3 * KEPT + 5 - 2))  # what is dropped does not count any more
    inode = place.stat().st_ino
    one.tidy()
    assert place.stat().st_ino == inode


def test_what_has_two_hundred_lines_to_spare_is_not_written_anew(place: Path) -> None:
    notes = notes_at(place)
    notes.add(*numbered(2 * KEPT + 200))
    notes.tidy()
    assert len(notes.of("a")) == 2 * KEPT + 200
    notes.add(A)
    notes.tidy()
    assert len(notes.of("a")) == KEPT
    assert KEPT > 1
