"""A real browser without a window, driven over a pipe, for tests of the pages."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LIMIT = 60.0

# Chromium reads commands from descriptor 3 and writes to descriptor 4.
_START = (
    "import os, sys; r, w = map(int, sys.argv[1:3]); "
    "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
)


def find() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page. Everything it logs and asks for is kept."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._ready = select.poll()  # it takes any descriptor
        self._ready.register(answers, select.POLLIN)
        self._rest = b""
        self._number = 0
        self._session = ""
        self.events: list[dict[str, Any]] = []

    def ask(self, method: str, **params: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self.events.append(answer)

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + LIMIT
        while b"\0" not in self._rest:
            left = max(0.0, end - time.monotonic())
            assert self._ready.poll(left * 1000), "the browser does not answer"
            data = os.read(self._answers, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(message))

    def open(self, page: Path | str, *, dark: bool = False) -> None:
        """A file, or an address."""
        if not self._session:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.ask(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        seen = len(self.events)
        self.ask("Page.navigate", url=page.as_uri() if isinstance(page, Path) else page)
        end = time.monotonic() + LIMIT
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events[seen:]):
            assert time.monotonic() < end
            self.events.append(self._read())

    def run(self, script: str) -> Any:
        """The value of an expression, by the inspector: the page's own policy does not count.

        Of a promise it is what that is resolved with.
        """
        how = {"returnByValue": True, "awaitPromise": True}
        answer = self.ask("Runtime.evaluate", expression=script, **how)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str) -> Any:
        """The value of an expression, once it is true."""
        end = time.monotonic() + LIMIT
        while not (found := self.run(script)):
            assert time.monotonic() < end, script
            time.sleep(0.05)
        return found

    def size(self, width: int = 1200, height: int = 800, zoom: float = 1) -> None:
        """How large the window is, in pixels, and what of it the page is scaled by."""
        seen = {"width": int(width / zoom), "height": int(height / zoom)}
        self.ask("Emulation.setDeviceMetricsOverride", **seen, deviceScaleFactor=zoom, mobile=False)

    def picture(self, place: Path, width: int = 1200, height: int = 800) -> None:
        """What a person sees, as a PNG."""
        self.size(width, height)
        taken = self.ask("Page.captureScreenshot", format="png")["data"]
        place.write_bytes(base64.b64decode(taken))

    def key(self, key: str, code: int, text: str = "") -> None:
        named = {"key": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **named)

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    @property
    def complaints(self) -> list[Any]:
        """Errors, warnings and refusals in the console."""
        names = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
        return [event["params"] for event in self.events if event.get("method") in names]

    @property
    def requests(self) -> list[str]:
        """Every address the page asked for, its own among them."""
        sent = [e for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        (read, commands), (answers, write) = os.pipe(), os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (read, write)]
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        options += ["--remote-debugging-pipe", f"--user-data-dir={home}/data", "--no-first-run"]
        options += ["--disable-background-networking", "--disable-component-update"]
        process = subprocess.Popen(
            [sys.executable, "-c", _START, *map(str, ends), program, *options],
            pass_fds=ends,
            env={**os.environ, "HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (read, write, *ends):
            os.close(end)
        try:
            yield Browser(commands, answers)
        finally:
            process.kill()
            process.wait()
            os.close(commands)
            os.close(answers)
