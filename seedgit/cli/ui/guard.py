"""Who may ask: one browser on this machine, with a token that counts once.

A page of another site may make a browser send requests here, and another user of the machine may
send some. So each needs our cookie and our own host's name, and a request that changes anything
needs our own origin and a type that no form can send.
"""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE: Final = "seedgit"  # and the port: a browser keeps one cookie of a name for all ports
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware (asgi.readthedocs.io) in front of the page.

    token   what the first request has to bring; "" once it did
    policy  the Content-Security-Policy of all answers
    """

    def __init__(self, app: ASGIApp, port: int, policy: str) -> None:
        self._app = app
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        self._headers = {**_HEADERS, "Content-Security-Policy": policy}
        self._cookie = f"{COOKIE}-{port}"
        self._session = secrets.token_urlsafe(32)
        self.token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # a socket stays unaccepted

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        headers = Headers(scope=scope)
        refused = self._refused(scope, headers)
        if refused:
            await PlainTextResponse(f"{refused}\n", 403)(scope, receive, guarded)
        elif self._begins(scope):
            self.token = ""
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict")
            await answer(scope, receive, guarded)
        elif not _same(_value(headers, self._cookie), self._session):
            text = "this page is for the browser that was opened with the address that was printed"
            await PlainTextResponse(f"{text}: start seedgit ui again\n", 403)(
                scope, receive, guarded
            )
        else:
            await self._app(scope, receive, guarded)

    def _refused(self, scope: Scope, headers: Headers) -> str:
        """Why nobody may ask so; "" if one may."""
        host = headers.get("host", "")
        if host not in self._hosts:
            return "this page has another host"
        site = headers.get("sec-fetch-site", "same-origin")
        if scope["method"] in ("GET", "HEAD"):
            return "" if site in ("same-origin", "none") else "another site asks"
        if headers.get("origin") != f"http://{host}" or site != "same-origin":
            return "another origin asks"
        kind = headers.get("content-type", "").partition(";")[0].strip()
        return "" if kind == "application/json" else "only JSON is taken"

    def _begins(self, scope: Scope) -> bool:
        given = QueryParams(scope["query_string"]).get("token", "")
        starts = scope["method"] == "GET" and scope["path"] == "/"
        return starts and bool(self.token) and _same(given, self.token)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _value(headers: Headers, name: str) -> str:
    """The value of a cookie; "" without one."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
