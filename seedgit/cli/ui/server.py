"""The page and its questions, over HTTP, for one browser on this machine."""

from __future__ import annotations

import json
import socket
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from seedgit.cli.page import FILES, digest, environment
from seedgit.cli.terminal import plain
from seedgit.cli.ui.desk import Desk
from seedgit.cli.ui.guard import Guard
from seedgit.cli.ui.pages import PAGES, Pages, about_line, shown_by
from seedgit.errors import Refused, SeedgitError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from starlette.requests import Request

    from seedgit.cli.terminal import Terminal

    Endpoint = Callable[[Request], Awaitable[Response]]

HOST = "127.0.0.1"
BODY_MOST = 1 << 20  # bytes of a question
CONFLICT, UNPROCESSABLE = 409, 422  # RFC 9110: it has changed meanwhile; it makes no sense


class PageServer:
    """Serves a desk until it is interrupted.

    app      the ASGI application
    address  what a browser has to open; it counts once
    """

    def __init__(self, desk: Desk, terminal: Terminal, port: int = 0) -> None:
        self._desk = desk
        self._terminal = terminal
        self._socket = socket.create_server((HOST, port))
        self.port = self._socket.getsockname()[1]
        pages = Pages(desk, terminal.masked)
        routes = [
            *(Route(address, _html(pages, address)) for address in PAGES),
            Route("/stamp", self._question(self._stamp)),
            Route("/waiting", self._question(self._waiting)),
            Route("/why", self._question(self._why)),
            Route("/about/{id}", self._question(lambda asked: desk.about(asked["id"]))),
            Route("/decide", self._question(self._decide), methods=["POST"]),
            Route("/rule", self._question(self._rule), methods=["POST"]),
            Route("/undo", self._question(self._undo), methods=["POST"]),
        ]
        self.app = Guard(Starlette(routes=routes), self.port, _policy())

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/?token={self.app.token}"

    def serve(self) -> None:
        config = uvicorn.Config(
            self.app,
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets=[self._socket])

    def _stamp(self, asked: dict[str, Any]) -> Any:
        return self._desk.stamp(asked.get("ref", ""), shown_by(asked.get("page", "")))

    def _why(self, asked: dict[str, Any]) -> Any:
        with self._desk.open() as workspace:
            return about_line(workspace, asked)

    def _decide(self, asked: dict[str, Any]) -> Any:
        ids = asked.get("ids")
        choice, value, why = words = [asked.get(name, "") for name in ("choice", "value", "why")]
        if not isinstance(ids, list) or not ids:
            raise UsageError("ids is a list of at least one text")
        if not all(isinstance(word, str) for word in (*ids, *words)):
            raise UsageError("ids, choice, value and why are texts")
        return self._desk.decide(ids, choice, value, why, at=_place(asked))

    def _waiting(self, asked: dict[str, Any]) -> Any:
        return self._desk.waiting(_place(asked), asked.get("id", ""))

    def _rule(self, asked: dict[str, Any]) -> Any:
        if not isinstance(asked.get("id"), str):
            raise UsageError("id is a text")
        self._desk.rule(asked["id"])
        return self._desk.waiting(_place(asked))

    def _undo(self, asked: dict[str, Any]) -> Any:
        self._desk.undo()
        return self._desk.waiting(_place(asked))

    def _question(self, answer: Callable[[dict[str, Any]], Any]) -> Endpoint:
        """An endpoint. Each answer is made on the main thread, one after another: what guards the
        time of an operation are signals, which only that thread gets."""

        async def endpoint(request: Request) -> Response:
            try:
                asked = {**_words(request), **request.path_params, **await _body(request)}
                return self._json(answer(asked))
            except SeedgitError as error:
                return self._json({"error": str(error), "hint": error.hint}, _status(error))

        return endpoint

    def _json(self, value: Any, status: int = 200) -> Response:
        return Response(self._terminal.json(value), status, media_type="application/json")


async def _body(request: Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > BODY_MOST:
            raise UsageError("too much is asked at once")
    try:
        asked = json.loads(data)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise UsageError("a question is a JSON object")
    return asked


def _place(asked: dict[str, Any]) -> int:
    """Which place of the list is to be shown."""
    at = str(asked.get("at", 0))
    if not (at.isascii() and at.isdigit() and len(at) < 10):
        raise UsageError("at is a number")
    return int(at)


def _words(request: Request) -> dict[str, str]:
    """What stands behind the address, with names of files as git has them."""
    return dict(parse_qsl(request.url.query, errors="surrogateescape"))


def _html(pages: Pages, address: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            text, failed = pages.html(address, _words(request))
        except SeedgitError as error:
            return PlainTextResponse(plain(f"{error}\n"), UNPROCESSABLE)
        return Response(text, _status(failed) if failed else 200, media_type="text/html")

    return endpoint


def _status(error: SeedgitError) -> int:
    return CONFLICT if isinstance(error, Refused) else UNPROCESSABLE


def _policy() -> str:
    """Under which all pages are shown: with our own style and scripts alone, each by hash."""
    known = environment().globals
    scripts = " ".join(f"'{digest(str(known[name]))}'" for name in FILES if name != "style")
    policy = {
        "default-src": "'none'",
        "style-src": f"'{digest(str(known['style']))}'",
        "script-src": scripts,
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())
