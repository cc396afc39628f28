"""The gate, alone and in front of the real portal: without a live session nobody gets anything (T1, T9, T14–T16)."""

import asyncio
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import bcrypt
import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from core.admin.permissions import Role
from db.engine import Database, open_database
from db.keys import load_keys, new_key_file
from db.operations.attempts import as_system
from db.operations.set_up import SetUpAdministrator, create_first_administrator, issue_set_up_code
from db.operations.sign_in import RevokeSession, SetPasswordWithCode, SignIn, revoke_session, set_password_with_code
from db.operations.sign_in import sign_in as begin_session
from db.operations.users import BringOverUser, InviteUser, bring_over_user, invite_user
from db.queries.sessions import live_session_id
from db.unit_of_work import perform
from pages._shell.gate import IDENTITY_HEADER, Gate, Rules
from tests.server import PortalServer, running_portal

PASSWORD: Final = "correct horse 电池 staple"
ALIVE: Final = "live-token"
OURS: Final = "http://testserver"
pytestmark = pytest.mark.xdist_group("portal")
COOKIE: Final = {"cookie": f"guanjia_session={ALIVE}"}


# The gate alone


@dataclass
class Behind:
    """What stands behind the gate in these tests, and what reached it."""

    alive: set[str]
    reached: list[str]
    identities: list[list[str]]

    def find(self, token: str) -> int | None:
        return 42 if token in self.alive else None

    async def page(self, request: Request) -> HTMLResponse:
        self._note(request.url.path, request.headers.getlist(IDENTITY_HEADER))
        assert "accept-encoding" not in request.headers or "text/html" not in request.headers.get("accept", "")
        return HTMLResponse("<html><head><title>x</title></head><body>inside</body></html>", headers={"etag": '"1"'})

    async def anything(self, request: Request) -> PlainTextResponse:
        self._note(request.url.path, request.headers.getlist(IDENTITY_HEADER))
        return PlainTextResponse("inside", headers={"cache-control": "public, max-age=99"})

    async def socket(self, websocket: WebSocket) -> None:
        self._note(websocket.url.path, websocket.headers.getlist(IDENTITY_HEADER))
        await websocket.accept()
        with suppress(WebSocketDisconnect):
            while True:
                await websocket.send_text("got " + await websocket.receive_text())
        self.reached.append("disconnected")

    def _note(self, path: str, identities: list[str]) -> None:
        self.reached.append(path)
        self.identities.append(identities)


@pytest.fixture
def behind() -> Behind:
    return Behind({ALIVE}, [], [])


def gated(behind: Behind, *, watch_seconds: float = 30.0) -> Gate:
    routes = [
        Route("/", behind.page, methods=["GET", "HEAD"]),
        WebSocketRoute("/_stcore/stream", behind.socket),
        Route("/{rest:path}", behind.anything, methods=["GET", "POST", "PUT", "DELETE"]),
    ]
    rules = Rules(
        hosts={"testserver", "portal.example"},
        origins={"https://partner.example"},
        public={"/session/sign-in"},
        page_policy="default-src 'self'; frame-ancestors 'none'",
        page_script="/session/watch.js",
        watch_seconds=watch_seconds,
    )
    return Gate(Starlette(routes=routes), find=behind.find, rules=rules)


@pytest.fixture
def client(behind: Behind) -> TestClient:
    return TestClient(gated(behind), follow_redirects=False)


PATHS = (
    "/",
    "/fees-bills",
    "/media/0123456789abcdef.csv",
    "/_stcore/host-config",
    "/_stcore/upload_file/session/file",
    "/_stcore/stream",
    "/static/js/index.js",
    "/component/x/index.html",
    "/session/unknown",
    "/session/sign-in/",
    "/session/../media/x",
    "//session/sign-in",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", ["", "guanjia_session=", "guanjia_session=other", "other=live-token"])
def test_without_a_live_session_nothing_passes(client: TestClient, behind: Behind, path: str, cookie: str) -> None:
    answer = client.get(f"{OURS}{path}", headers={"cookie": cookie})
    assert answer.status_code == 401
    assert behind.reached == []


@pytest.mark.parametrize("path", PATHS)
def test_a_person_who_opens_an_address_without_a_session_is_sent_to_sign_in(client: TestClient, path: str) -> None:
    for headers in ({"accept": "text/html,*/*"}, {"sec-fetch-mode": "navigate"}):
        answer = client.get(f"{OURS}{path}", headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, "/session/sign-in")


@pytest.mark.parametrize("path", ["/session/sign-in", "/_stcore/health"])
def test_sign_in_and_health_are_open_and_carry_no_identity(client: TestClient, behind: Behind, path: str) -> None:
    assert client.get(f"{OURS}{path}", headers={IDENTITY_HEADER: "7"}).status_code == 200
    assert behind.identities == [[]]


@pytest.mark.parametrize("path", ["/", "/media/x.csv", "/_stcore/host-config"])
def test_what_passes_carries_our_word_on_who_it_is_and_no_other(client: TestClient, behind: Behind, path: str) -> None:
    forged = [("cookie", COOKIE["cookie"]), ("X-Guanjia-Session", "7"), (IDENTITY_HEADER, "8")]
    assert client.get(f"{OURS}{path}", headers=forged).status_code == 200
    assert behind.identities == [["42"]]


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/auth/login",
        "/oauth2callback",
    ],
)
def test_doors_this_portal_does_not_use_are_not_there_even_with_a_session(
    client: TestClient, behind: Behind, path: str
) -> None:
    assert client.get(f"{OURS}{path}", headers=COOKIE).status_code == 404
    assert behind.reached == []


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("testserver", True),
        ("testserver:8501", True),
        ("PORTAL.example", True),
        ("evil.example", False),
        ("testserver.evil.example", False),
        ("evil@testserver", False),
        ("testserver/evil", False),
        ("testserver:99999999", False),
        ("[::1]", False),
        ("", False),
    ],
)
def test_only_our_own_names_are_answered(client: TestClient, behind: Behind, host: str, known: bool) -> None:
    answer = client.get(f"{OURS}/media/x", headers={**COOKIE, "host": host})
    assert answer.status_code == (200 if known else 400)
    assert bool(behind.reached) is known


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"origin": OURS}, True),
        ({"origin": OURS, "sec-fetch-site": "same-origin"}, True),
        ({"origin": "https://partner.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://testserver:81"}, False),
        ({"origin": "ftp://testserver"}, False),
        ({"origin": "http://["}, False),
        ({"origin": OURS, "sec-fetch-site": "cross-site"}, False),
        ({"origin": OURS, "sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "same-origin"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_our_own_pages_may_change_something(
    client: TestClient, behind: Behind, method: str, headers: dict[str, str], passes: bool
) -> None:
    answer = client.request(method, f"{OURS}/_stcore/upload_file/a/b", headers={**COOKIE, **headers})
    assert answer.status_code == (200 if passes else 403)
    assert bool(behind.reached) is passes


def test_over_https_only_the_host_bound_cookie_counts(behind: Behind) -> None:
    client = TestClient(gated(behind), base_url="https://testserver", follow_redirects=False)
    assert client.get("/media/x", headers=COOKIE).status_code == 401
    assert client.get("/media/x", headers={"cookie": f"__Host-guanjia_session={ALIVE}"}).status_code == 200
    both = f"guanjia_session=planted; __Host-guanjia_session={ALIVE}"
    assert client.get("/media/x", headers={"cookie": both}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/media/x.csv", "/_stcore/metrics", "/session/sign-in", "/fees-bills"])
@pytest.mark.parametrize("headers", [{}, COOKIE])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str, headers: dict[str, str]) -> None:
    answer = client.get(f"{OURS}{path}", headers=headers)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers


def test_https_is_remembered_and_media_may_do_nothing_and_static_files_are_kept(behind: Behind) -> None:
    client = TestClient(gated(behind), base_url="https://testserver")
    cookie = {"cookie": f"__Host-guanjia_session={ALIVE}"}
    media = client.get("/media/x.html", headers=cookie)
    assert media.headers["strict-transport-security"] == "max-age=31536000"
    assert "sandbox" in media.headers["content-security-policy"]
    assert client.get("/static/js/x.js", headers=cookie).headers["cache-control"] == "public, max-age=99"


def test_a_page_gets_the_script_that_takes_it_off_the_screen(client: TestClient) -> None:
    answer = client.get(f"{OURS}/", headers={**COOKIE, "accept": "text/html"})
    assert '<script src="/session/watch.js" defer></script></head>' in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert "etag" not in answer.headers
    assert client.head(f"{OURS}/", headers={**COOKIE, "accept": "text/html"}).status_code == 200
    assert "watch.js" not in client.get(f"{OURS}/fees-bills", headers={**COOKIE, "accept": "text/html"}).text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": OURS},
        {"origin": OURS, "cookie": "guanjia_session=other"},
        {**COOKIE},
        {**COOKIE, "origin": "https://evil.example"},
        {**COOKIE, "origin": OURS, "host": "evil.example"},
    ],
)
def test_a_socket_without_session_or_from_elsewhere_is_refused_before_streamlit_sees_it(
    client: TestClient, behind: Behind, headers: dict[str, str]
) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass
    assert behind.reached == []


def test_a_socket_ends_with_the_next_message_after_its_session(client: TestClient, behind: Behind) -> None:
    with client.websocket_connect("/_stcore/stream", headers={**COOKIE, "origin": OURS}) as socket:
        socket.send_text("one")
        assert socket.receive_text() == "got one"
        behind.alive.clear()
        socket.send_text("two")
        with pytest.raises(WebSocketDisconnect) as end:
            socket.receive_text()
    assert end.value.code == 4401
    assert behind.reached == ["/_stcore/stream", "disconnected"]


def test_a_silent_socket_ends_with_its_session_too(behind: Behind) -> None:
    client = TestClient(gated(behind, watch_seconds=0.05))
    with client.websocket_connect("/_stcore/stream", headers={**COOKIE, "origin": OURS}) as socket:
        socket.send_text("one")
        assert socket.receive_text() == "got one"
        behind.alive.clear()
        with pytest.raises(WebSocketDisconnect) as end:
            socket.receive_text()
    assert end.value.code == 4401


def test_nothing_typed_is_lost_while_a_socket_is_watched(behind: Behind) -> None:
    client = TestClient(gated(behind, watch_seconds=0.001))
    with client.websocket_connect("/_stcore/stream", headers={**COOKIE, "origin": OURS}) as socket:
        for number in range(200):
            socket.send_text(str(number))
            assert socket.receive_text() == f"got {number}"


# In front of the real portal


@dataclass(frozen=True)
class Portal:
    """A running portal, its database, and two people who are signed in."""

    server: PortalServer
    database: Database
    admin: str
    patrol: str

    def sign_in(self, address: str) -> str:
        """Sign a third person in, whose sessions nobody else counts on."""
        return begin_session(self.database, SignIn("third.name", PASSWORD, address), now=datetime.now(UTC))

    def number_of(self, token: str) -> int | None:
        with self.database.reading() as connection:
            return live_session_id(connection, token, datetime.now(UTC))


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    data, key_file = folder / "data", folder / "secrets" / "keys.json"
    data.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, data / "guanjia.db")
    new_key_file(key_file)
    url = f"sqlite:///{data / 'guanjia.db'}"
    database = open_database(url, load_keys(key_file, data_folder=data))
    now = datetime.now(UTC)
    code = issue_set_up_code(database, now=now) or ""
    first = SetUpAdministrator(code, "boss.name", "甲管理员", PASSWORD, "192.0.2.1")
    admin = create_first_administrator(database, first, now=now)
    patrol = add_person(database, "guard.name", "乙巡逻员")
    add_person(database, "third.name", "戊先生")
    with running_portal(database_url=url, key_file=key_file, data=data) as server:
        yield Portal(server, database, admin, patrol)
    database.engine.dispose()


def add_person(database: Database, username: str, name: str) -> str:
    """Invite a patrol person who sets a password at once; give the token of the session that begins with it."""
    now = datetime.now(UTC)
    command = InviteUser(username, name, frozenset({Role.PATROL}), None)
    made = perform(database, invite_user, command, identify=as_system, now=now)
    return set_password_with_code(database, SetPasswordWithCode(username, made.code, PASSWORD, username), now=now)


async def open_socket(portal: Portal, token: str, *, resume: str = "", **headers: str) -> ClientConnection:
    """Open Streamlit's socket as a browser would, asking to resume a Streamlit session when one is given."""
    sent = {"Cookie": f"guanjia_session={token}"} if token else {}
    protocols: Any = ["streamlit", "x", resume] if resume else ["streamlit"]
    return await connect(
        f"ws://127.0.0.1:{portal.server.port}/_stcore/stream",
        subprotocols=protocols,
        origin=portal.server.url,  # type: ignore[arg-type]
        additional_headers={**sent, **headers},
        max_size=None,
        proxy=None,
    )


async def run_script(socket: ClientConnection) -> tuple[str, bytes]:
    """Ask for one run of the portal's script; give Streamlit's session id and all that was sent."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    await socket.send(message.SerializeToString())
    session_id, sent = "", b""
    while True:
        raw = await asyncio.wait_for(socket.recv(), 30)
        assert isinstance(raw, bytes)
        sent += raw
        forward = ForwardMsg()
        forward.ParseFromString(raw)
        if forward.WhichOneof("type") == "new_session":
            session_id = forward.new_session.initialize.session_id
        if forward.WhichOneof("type") == "script_finished" and session_id:
            return session_id, sent


def driven(steps: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(steps())  # type: ignore[arg-type]


async def refused(portal: Portal, token: str, **more: str) -> int:
    with pytest.raises(InvalidStatus) as refusal:
        await open_socket(portal, token, **more)
    return int(refusal.value.response.status_code)


def test_a_leaked_streamlit_session_id_opens_nothing_without_a_session(portal: Portal) -> None:
    async def steps() -> None:
        victim = await open_socket(portal, portal.admin)
        streamlit_id, _ = await run_script(victim)
        for token in ("", "made-up"):
            assert await refused(portal, token, resume=streamlit_id) == 403
        await victim.close()
        for token in ("", "made-up"):
            assert await refused(portal, token, resume=streamlit_id) == 403

    driven(steps)


def test_a_leaked_streamlit_session_id_is_worth_nothing_to_another_signed_in_person(portal: Portal) -> None:
    async def steps() -> None:
        victim = await open_socket(portal, portal.admin)
        streamlit_id, _ = await run_script(victim)
        await victim.close()
        number = str(portal.number_of(portal.admin))
        for forged in ({}, {"X-Guanjia-Session": number}, {"x-guanjia-session": number}):
            thief = await open_socket(portal, portal.patrol, resume=streamlit_id, **forged)
            own_id, _ = await run_script(thief)
            assert own_id != streamlit_id
            await thief.close()

    driven(steps)


def test_each_connection_sees_the_portal_of_its_own_person(portal: Portal) -> None:
    async def steps() -> None:
        first, second = await open_socket(portal, portal.admin), await open_socket(portal, portal.patrol)
        _, of_admin = await run_script(first)
        _, of_patrol = await run_script(second)
        assert "甲管理员".encode() in of_admin
        assert "乙巡逻员".encode() not in of_admin
        assert "乙巡逻员".encode() in of_patrol
        assert "甲管理员".encode() not in of_patrol
        await first.close()
        await second.close()

    driven(steps)


def test_the_rightful_person_resumes_after_a_lost_connection(portal: Portal) -> None:
    async def steps() -> None:
        first = await open_socket(portal, portal.admin)
        streamlit_id, _ = await run_script(first)
        await first.close()
        again = await open_socket(portal, portal.admin, resume=streamlit_id)
        assert (await run_script(again))[0] == streamlit_id
        await again.close()

    driven(steps)


def test_a_revoked_session_loses_its_open_socket_and_everything_else(portal: Portal) -> None:
    now = datetime.now(UTC)
    token = portal.sign_in("192.0.2.3")
    number = portal.number_of(token)
    assert number is not None

    async def steps() -> None:
        socket = await open_socket(portal, token)
        await run_script(socket)
        perform(portal.database, revoke_session, RevokeSession(number), identify=as_system, now=now)
        with pytest.raises(ConnectionClosed):
            await run_script(socket)
        assert socket.close_code == 4401
        assert await refused(portal, token) == 403

    driven(steps)
    with browser(portal, token) as old:
        assert old.get("/media/0123.csv").status_code == 401
        assert old.get("/_stcore/host-config").status_code == 401
        assert old.get("/session/alive").status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}], ids=["origin", "host"]
)
def test_a_socket_of_another_site_is_refused_even_with_the_cookie(portal: Portal, headers: dict[str, str]) -> None:
    lines = {
        "Host": f"127.0.0.1:{portal.server.port}",
        "Origin": portal.server.url,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": f"guanjia_session={portal.admin}",
    }
    assert httpx.get(f"{portal.server.url}/_stcore/stream", headers=lines, trust_env=False).status_code == 101
    answer = httpx.get(f"{portal.server.url}/_stcore/stream", headers={**lines, **headers}, trust_env=False)
    assert answer.status_code == 403


def browser(portal: Portal, token: str = "") -> httpx.Client:
    """A browser at the portal, signed in when it has a token."""
    client = httpx.Client(base_url=portal.server.url, trust_env=False, headers={"origin": portal.server.url})
    if token:
        client.cookies.set("guanjia_session", token)
    return client


def post(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    return client.post(path, data=fields)


def test_the_real_portal_answers_strangers_with_sign_in_only(portal: Portal) -> None:
    with browser(portal) as stranger:
        assert stranger.get("/", headers={"accept": "text/html"}).headers["location"] == "/session/sign-in"
        for path in ("/", "/media/x.csv", "/_stcore/host-config", "/static/index.js", "/favicon.png"):
            assert stranger.get(path, headers={"accept": "*/*"}).status_code == 401
        assert stranger.put("/_stcore/upload_file/a/b", content=b"x").status_code == 401
        assert stranger.get("/_stcore/health").status_code == 200
        assert stranger.get("/_stcore/metrics").status_code == 404
        assert stranger.get("/session/first-run").headers["location"] == "/session/sign-in"


def test_the_real_portal_serves_its_files_to_a_session_with_safe_headers(portal: Portal) -> None:
    with browser(portal, portal.patrol) as inside:
        page = inside.get("/", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "watch.js" in page.text
        assert "'unsafe-inline'" not in re.sub(r"style-src[^;]*", "", page.headers["content-security-policy"])
        script = re.search(r'src="\./(static/js/index\.[^"]+\.js)"', page.text)
        assert script is not None
        asset = inside.get(f"/{script[1]}")
        assert (asset.status_code, "immutable" in asset.headers["cache-control"]) == (200, True)
        assert inside.get("/_stcore/host-config").status_code == 200
        assert inside.get("/_stcore/metrics").status_code == 404


def test_signing_in_gives_a_cookie_no_script_can_read(portal: Portal) -> None:
    with browser(portal) as person:
        answer = post(person, "/session/sign-in", username="third.name", password=PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("guanjia_session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
        assert "max-age" not in cookie.lower()
        assert person.get("/", headers={"accept": "text/html"}).status_code == 200


def test_behind_a_proxy_with_tls_the_cookie_is_secure_and_bound_to_the_host(portal: Portal) -> None:
    with browser(portal) as person:
        answer = person.post(
            "/session/sign-in",
            data={"username": "third.name", "password": PASSWORD},
            headers={"x-forwarded-proto": "https", "origin": portal.server.url.replace("http:", "https:")},
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-guanjia_session=")
        assert "Secure" in cookie
        assert "strict-transport-security" in answer.headers


def test_a_refused_sign_in_says_the_same_to_everybody_and_keeps_only_the_name(portal: Portal) -> None:
    with browser(portal) as person:
        wrong = post(person, "/session/sign-in", username="guard.name", password="wrong-secret")
        unknown = post(person, "/session/sign-in", username="nobody.here", password="wrong-secret")
        assert (wrong.status_code, unknown.status_code) == (422, 422)
        assert wrong.text.replace("guard.name", "nobody.here") == unknown.text
        assert "wrong-secret" not in wrong.text
        assert "set-cookie" not in wrong.headers


def test_too_many_tries_are_told_how_long_to_wait(portal: Portal) -> None:
    with browser(portal) as person:
        answers = [post(person, "/session/sign-in", username="slow.down", password="x") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) in {1, 2}


def test_the_time_a_refusal_takes_does_not_tell_a_bcrypt_hash_from_no_user(portal: Portal) -> None:
    stored = bcrypt.hashpw(b"whatever it was", bcrypt.gensalt(12)).decode()
    command = BringOverUser("old.hand", "丁老员工", stored, frozenset({Role.PATROL}), None)
    perform(portal.database, bring_over_user, command, identify=as_system, now=datetime.now(UTC))
    with browser(portal) as person:
        post(person, "/session/sign-in", username="old.hand", password="warm up")
        old, nobody = (
            [post(person, "/session/sign-in", username=name, password="wrong").elapsed.total_seconds() for _ in "abc"]
            for name in ("old.hand", "no.such.user")
        )
    assert abs(min(old) - min(nobody)) < 0.1 * min(nobody)


def test_what_was_typed_comes_back_as_text_and_never_as_markup(portal: Portal) -> None:
    payload = '"><script>alert(1)</script>'
    with browser(portal) as person:
        answer = post(person, "/session/sign-in", username=payload, password="x", language=payload)
        assert "<script>" not in answer.text
        assert "&quot;&gt;&lt;script&gt;" in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        link = person.get("/session/sign-in", params={"language": payload}).text
        assert "<script" not in link


@pytest.mark.parametrize("path", ["sign-in", "first-run", "set-password", "change-password", "sign-out"])
def test_looking_at_a_session_page_changes_nothing(portal: Portal, path: str) -> None:
    with browser(portal, portal.patrol) as person:
        for _ in range(2):
            answer = person.get(f"/session/{path}", params={"username": "guard.name", "password": PASSWORD})
            assert answer.status_code in {200, 303}
            assert "set-cookie" not in answer.headers
    assert portal.number_of(portal.patrol) is not None


@pytest.mark.parametrize("path", ["sign-in", "first-run", "set-password", "change-password", "sign-out"])
def test_a_form_sent_from_another_site_is_refused(portal: Portal, path: str) -> None:
    with browser(portal, portal.patrol) as person:
        for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
            assert person.post(f"/session/{path}", data={"username": "x"}, headers=headers).status_code == 403
    assert portal.number_of(portal.patrol) is not None


def test_the_pages_speak_both_languages(portal: Portal) -> None:
    with browser(portal) as person:
        chinese = person.get("/session/sign-in").text
        english = person.get("/session/sign-in?language=en").text
    assert '<html lang="zh-CN">' in chinese
    assert "登录" in chinese
    assert '<html lang="en">' in english
    assert "Sign in" in english
    assert "Sign in" not in chinese


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"a=" + b"x" * 20_000, 413),
        (b"&".join(b"a%d=1" % n for n in range(50)), 413),
        (b"\xff\xfe=\x00", 422),
        (b"", 422),
    ],
)
def test_a_form_that_is_none_is_refused(portal: Portal, content: bytes, status: int) -> None:
    with browser(portal) as person:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert person.post("/session/sign-in", content=content, headers=headers).status_code == status


def test_signing_out_ends_the_session_and_clears_the_browser(portal: Portal) -> None:
    token = portal.sign_in("192.0.2.4")
    with browser(portal, token) as person:
        assert person.get("/session/alive").status_code == 204
        answer = person.post("/session/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/session/sign-in")
        assert '"cookies"' in answer.headers["clear-site-data"]
        person.cookies.set("guanjia_session", token)
        assert person.get("/media/x.csv").status_code == 401
    assert portal.number_of(token) is None


def test_an_invited_person_sets_the_password_on_the_page_and_changes_it_later(portal: Portal) -> None:
    now = datetime.now(UTC)
    command = InviteUser("new.person", "丙新人", frozenset({Role.FRONT_DESK}), None, language="en")
    code = perform(portal.database, invite_user, command, identify=as_system, now=now).code
    fields = {"username": "new.person", "code": code, "password": PASSWORD}
    with browser(portal) as person:
        assert post(person, "/session/set-password", **fields, again="something else").status_code == 422
        assert post(person, "/session/set-password", **fields, again=PASSWORD).headers["location"] == "/"
        old = person.cookies["guanjia_session"]
        new = "an entirely different sentence"
        wrong = post(person, "/session/change-password", present="no", password=new, again=new)
        assert wrong.status_code == 422
        right = post(person, "/session/change-password", present=PASSWORD, password=new, again=new)
        assert right.headers["location"] == "/"
        assert person.cookies["guanjia_session"] != old
    assert portal.number_of(old) is None
    with browser(portal) as stranger:
        answer = post(stranger, "/session/change-password", present=new, password=PASSWORD, again=PASSWORD)
        assert answer.headers["location"] == "/session/sign-in"


def test_no_output_of_the_portal_holds_a_password_or_a_token(portal: Portal) -> None:
    output = portal.server.output()
    for secret in (PASSWORD, portal.admin, portal.patrol):
        assert secret not in output
