"""The gate in front of everything Streamlit serves: no live session, no answer (ADR 0004; T1, T9, T14, T16, T19).

A pure ASGI middleware. What it lets pass carries the number of the signed-in session in a header that Streamlit ties
its own session to (``server.trustedUserHeaders``), so a leaked Streamlit session id opens nothing for anybody else.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages._shell.sign_in import COOKIES

SIGN_IN: Final = "/session/sign-in"
IDENTITY_HEADER: Final = "x-guanjia-session"
HEALTH: Final = "/_stcore/health"
_HIDDEN: Final = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent", "/auth", "/oauth2callback")
"""Doors of Streamlit's that this portal does not use: nobody finds them (T15, T19)."""

_HOST: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ENDED: Final = 4401
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HSTS: Final = "max-age=31536000"
_MEDIA_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

FindSession = Callable[[str], int | None]
"""Gives the number of the live session of a token; asks the database each time."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the gate goes by: names the portal answers to, foreign origins it trusts, paths open to anybody.

    ``page_policy`` is the content security policy of Streamlit's pages; ``page_script`` is added to each of them.
    A socket's session is looked at again every ``watch_seconds``, even when nothing is sent.
    """

    hosts: Collection[str]
    origins: Collection[str]
    public: Collection[str]
    page_policy: str
    page_script: str
    watch_seconds: float = 15.0


class Gate:
    """Lets requests of live sessions pass to the application behind it, and answers all others itself."""

    def __init__(self, app: ASGIApp, *, find: FindSession, rules: Rules) -> None:
        self._app = app
        self._find = find
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or socket."""
        if scope["type"] == "http":
            await self._http(scope, receive, partial(_send_safely, scope, self._rules, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if not host_allowed(headers.get("host"), self._rules.hosts):
            await PlainTextResponse("unknown host", 400)(scope, receive, send)
        elif any(path == hidden or path.startswith(hidden + "/") for hidden in _HIDDEN):
            await PlainTextResponse("not found", 404)(scope, receive, send)
        elif scope["method"] not in _SAFE_METHODS and not same_site(headers, self._rules.origins):
            await PlainTextResponse("refused: this came from another site", 403)(scope, receive, send)
        elif path == HEALTH or path in self._rules.public:
            await self._app(_identified(scope, None), receive, send)
        else:
            await self._http_of_someone(scope, receive, send)

    async def _http_of_someone(self, scope: Scope, receive: Receive, send: Send) -> None:
        session_id = await self._session_of(scope)
        if session_id is None:
            await _closed_door(scope)(scope, receive, send)
        elif _is_navigation(scope):
            await self._app(_identified(scope, session_id), receive, _PageWithScript(self._rules.page_script, send))
        else:
            await self._app(_identified(scope, session_id), receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        welcome = host_allowed(headers.get("host"), self._rules.hosts) and origin_allowed(headers, self._rules.origins)
        session_id = await self._session_of(scope) if welcome else None
        if session_id is None:
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the browser sees a 403
            return
        socket = _WatchedSocket(receive, send, partial(self._still_there, scope), self._rules.watch_seconds)
        try:
            await self._app(_identified(scope, session_id), socket.receive, socket.send)
        finally:
            socket.let_go()

    async def _session_of(self, scope: Scope) -> int | None:
        token = token_of(scope)
        return None if not token else await to_thread.run_sync(self._find, token)

    async def _still_there(self, scope: Scope) -> bool:
        return await self._session_of(scope) is not None


class _WatchedSocket:
    """A socket that ends when its session does: looked at before every message passed on, and in between."""

    def __init__(self, receive: Receive, send: Send, alive: Callable[[], Awaitable[bool]], every: float) -> None:
        self._receive, self._send, self._alive, self._every = receive, send, alive, every
        self._pending: asyncio.Task[Message] | None = None
        self._over = False

    async def receive(self) -> Message:
        """Give the next message of a session that is still live; else close the socket and say it is gone."""
        while not self._over:
            if self._pending is None:
                self._pending = asyncio.ensure_future(_next(self._receive))
            done, _ = await asyncio.wait({self._pending}, timeout=self._every)
            if done and self._pending.result()["type"] != "websocket.receive":
                return self._taken()
            if not await self._alive():
                await self._close()
            elif done:
                return self._taken()
        return {"type": "websocket.disconnect", "code": _ENDED}

    async def send(self, message: Message) -> None:
        """Pass a message to the browser, unless the socket was closed here."""
        if not self._over:
            await self._send(message)

    def let_go(self) -> None:
        """Stop waiting for messages."""
        if self._pending is not None:
            self._pending.cancel()

    def _taken(self) -> Message:
        if self._pending is None:
            raise RuntimeError("no message to take")
        message, self._pending = self._pending.result(), None
        return message

    async def _close(self) -> None:
        self._over = True
        self.let_go()
        await self._send({"type": "websocket.close", "code": _ENDED, "reason": "signed out"})


class _PageWithScript:
    """Adds one script to an HTML page on its way out; anything else passes as it is."""

    def __init__(self, script: str, send: Send) -> None:
        self._tag = f'<script src="{script}" defer></script>'.encode()
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Hold an HTML page back until it is whole, then send it with the script."""
        if message["type"] == "http.response.start" and _is_plain_html(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._release(self._start)
        else:
            await self._send(message)

    async def _release(self, start: Message) -> None:
        whole = self._body.replace(b"</head>", self._tag + b"</head>", 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(whole))
        for stale in ("etag", "last-modified", "accept-ranges"):
            del headers[stale]
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": whole})


def token_of(scope: Scope) -> str:
    """The session token among a request's cookies, or nothing; read the way Streamlit reads them.

    Over HTTPS only the ``__Host-`` cookie counts: no neighbour can plant one.
    """
    cookies = HTTPConnection(scope).cookies
    names = COOKIES[:1] if is_secure(scope) else COOKIES
    return next((cookies[name] for name in names if cookies.get(name)), "")


def is_secure(scope: Scope) -> bool:
    """Say whether the browser speaks TLS with us (or with the proxy in front of us)."""
    return scope["scheme"] in {"https", "wss"}


def host_allowed(host: str | None, hosts: Collection[str]) -> bool:
    """Say whether a Host header names one of ours, whatever the port (T14, DNS rebinding)."""
    if host is None or not _HOST.fullmatch(host):
        return False
    return (urlsplit(f"//{host}").hostname or "") in hosts


def origin_allowed(headers: Headers, origins: Collection[str]) -> bool:
    """Say whether the Origin is this very host or one that was configured; none at all is not."""
    origin = headers.get("origin", "")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    own = parts.scheme in {"http", "https"} and parts.netloc == headers.get("host")
    return own or origin in origins


def same_site(headers: Headers, origins: Collection[str]) -> bool:
    """Say whether a request that may change something comes from our own pages (3.5.1).

    Old browsers send no ``Sec-Fetch-Site``; then the Origin has to prove it.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    return origin_allowed(headers, origins)


def _closed_door(scope: Scope) -> Response:
    if _is_navigation(scope):
        return RedirectResponse(SIGN_IN, 303)
    return PlainTextResponse("sign in first", 401)


def _is_navigation(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    wants_page = headers.get("sec-fetch-mode") == "navigate" or "text/html" in headers.get("accept", "")
    return scope["method"] in {"GET", "HEAD"} and wants_page


def _identified(scope: Scope, session_id: int | None) -> Scope:
    """The scope as the application gets it: our own word on who it is, and none from outside."""
    identity = IDENTITY_HEADER.encode()
    dropped = {identity, b"accept-encoding"} if scope["type"] == "http" and _is_navigation(scope) else {identity}
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in dropped]
    if session_id is not None:
        headers.append((identity, str(session_id).encode()))
    return {**scope, "headers": headers}


def _is_plain_html(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


async def _next(receive: Receive) -> Message:
    return await receive()


async def _send_safely(scope: Scope, rules: Rules, send: Send, message: Message) -> None:
    """Add the security headers to an answer, and keep it out of caches unless it is one of Streamlit's own files."""
    if message["type"] == "http.response.start":
        headers = MutableHeaders(raw=list(message["headers"]))
        for name, value in _HEADERS.items():
            headers[name] = value
        if is_secure(scope):
            headers["strict-transport-security"] = _HSTS
        media = scope["path"].startswith("/media/")
        headers.setdefault("content-security-policy", _MEDIA_POLICY if media else rules.page_policy)
        if not (scope["path"].startswith("/static/") and message["status"] == 200):
            headers["cache-control"] = "no-store"
        message = {**message, "headers": headers.raw}
    await send(message)
