"""A program that writes a file at the moment between what was read and what is written."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from seedgit.files import contested


class Intruder:
    """Writes texts, one each time that the files are about to be swapped.

    how  "by rename"; "in place"; "once", by rename, but only at the first swap of each try

    In place it is another thread, as it waits where a lease holds the file. It writes the next text
    only when it has written the last one.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, place: Path, texts: list[str], how: str = "by rename"
    ) -> None:
        self.place = place
        self.texts = texts
        self.how = how
        self._once = ""
        self._writing: threading.Thread | None = None
        self._held: list[contested.Held] = []
        exchange, held = contested.exchange, contested.Held

        def late(one: str, other: str, folder: int) -> None:
            if self.texts and one != self._once and not self._waits():
                self._once = one if self.how == "once" else ""
                self._write(self.texts.pop(0))
            exchange(one, other, folder)

        def seen(name: str, folder: int, where: str) -> contested.Held:
            self._held.append(held(name, folder, where))
            return self._held[-1]

        monkeypatch.setattr(contested, "exchange", late)
        monkeypatch.setattr(contested, "Held", seen)

    def _write(self, text: str) -> None:
        if self.how == "in place":
            self._writing = threading.Thread(target=self.place.write_text, args=(text,))
            self._writing.start()
            while self._writing.is_alive() and not self._asked():
                time.sleep(0.001)
        else:
            new = self.place.with_name("new")
            new.write_text(text)
            new.replace(self.place)

    def _asked(self) -> bool:
        """Whether a lease is to be given up."""
        return any(one.leased and not one.closed and not one.untouched() for one in self._held)

    def _waits(self) -> bool:
        if self._writing is not None and self._writing.is_alive() and self._asked():
            return True
        self.end()
        return False

    def end(self) -> None:
        """Wait until what was begun is written."""
        if self._writing is not None:
            self._writing.join()


def without_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system, or a file, for which there are none."""
    monkeypatch.setattr(contested, "_lease", lambda _: None)
    monkeypatch.setattr(contested, "LATE", 0.0)
