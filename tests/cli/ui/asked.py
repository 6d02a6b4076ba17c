"""Asks the page's server what a browser would, without a network."""

from __future__ import annotations

import asyncio
import json
from typing import Any, NamedTuple

from seedgit.cli.terminal import Terminal
from seedgit.cli.ui.desk import Desk
from seedgit.cli.ui.server import PageServer
from tests.conftest import Repo


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """A browser that has come in by the address, unless `comes_in` is False."""

    def __init__(self, repo: Repo, *, comes_in: bool = True) -> None:
        self.desk = Desk(str(repo.path))
        terminal = Terminal()
        terminal.hidden = lambda: self.desk.plain_texts
        self.server = PageServer(self.desk, terminal)
        self.host = f"127.0.0.1:{self.server.port}"
        self.cookie = ""
        if comes_in:
            answer = self.get(self.server.address.partition(self.host)[2])
            assert answer.status == 303
            self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, b"", headers)

    def post(self, path: str, asked: Any, **headers: str) -> Answer:
        usual = {"origin": f"http://{self.host}", "content_type": "application/json"}
        return self.ask("POST", path, json.dumps(asked).encode(), {**usual, **headers})

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        usual = {"host": self.host, "cookie": self.cookie}
        named = {name.replace("_", "-"): value for name, value in {**usual, **headers}.items()}
        place, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": place,
            "raw_path": place.encode(),
            "query_string": query.encode(),
            "headers": [(n.encode(), v.encode("latin-1")) for n, v in named.items() if v],
        }
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(dict(message))

        asyncio.run(self.server.app(scope, receive, send))
        found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        data = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], found, data)
