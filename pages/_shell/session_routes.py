"""The ``/session/*`` routes: the only way to get, change and lose the cookie that says who one is (ADR 0004).

GET only shows; POST acts, and the gate lets a POST in only from our own pages. There is no ``next=`` address, so
nobody can be sent elsewhere after signing in.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, current_time, sleep_until, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from core.admin.passwords import ADVISED, SHORTEST
from core.kernel.errors import BusinessError
from db.operations.attempts import TooManyAttempts
from db.operations.set_up import SetUpAdministrator, create_first_administrator
from db.operations.sign_in import (
    ChangePassword,
    SetPasswordWithCode,
    SignedOut,
    SignIn,
    change_password,
    set_password_with_code,
    sign_in,
    sign_out,
)
from db.portal import portal_database
from db.queries.sessions import live_session_id
from db.queries.users import nobody_yet
from locales.labels import error_sentence
from locales.translator import DEFAULT_LANGUAGE, LANGUAGES, Translator
from pages._shell import clock
from pages._shell.gate import SIGN_IN, is_secure, token_of
from pages._shell.session_forms import Field, FormPage, Notice, render, watch_script
from pages._shell.sign_in import COOKIES

R = TypeVar("R")
FIRST_RUN: Final = "/session/first-run"
SET_PASSWORD: Final = "/session/set-password"  # noqa: S105 (an address)
CHANGE_PASSWORD: Final = "/session/change-password"  # noqa: S105 (an address)
SIGN_OUT: Final = "/session/sign-out"
ALIVE: Final = "/session/alive"
WATCH_SCRIPT: Final = "/session/watch.js"
_LARGEST_FORM: Final = 16 * 1024
_REFUSAL_TAKES: Final = 0.4
"""Seconds a refusal takes at least: more than the slowest check, so that its length tells nothing (T4)."""

_HASHING: Final = CapacityLimiter(4)
"""How many passwords are checked at the same moment; each takes 19 MiB and a core (T30)."""

FormFields = dict[str, str]
Show = Callable[[Request, Translator, FormFields], FormPage]
Act = Callable[[Request, FormFields], str]


def find_session(token: str) -> int | None:
    """Give the number of the live session of a token; what the gate asks for every request."""
    with portal_database().reading() as connection:
        return live_session_id(connection, token, clock.now())


def _sign_in_page(_request: Request, words: Translator, typed: FormFields) -> FormPage:
    return FormPage(
        action=SIGN_IN,
        title=words.t("Sign in"),
        button=words.t("Sign in"),
        fields=(
            Field("username", words.t("User name"), "username", value=typed.get("username", "")),
            Field("password", words.t("Password"), "current-password", "password"),
        ),
        links=((_in(SET_PASSWORD, words), words.t("I have a one-time code")),),
    )


def _first_run_page(_request: Request, words: Translator, typed: FormFields) -> FormPage:
    return FormPage(
        action=FIRST_RUN,
        title=words.t("Set up the portal"),
        button=words.t("Create the administrator"),
        intro=words.t("Nobody can sign in yet. The set-up code stands on the console of the server."),
        fields=(
            Field("code", words.t("Set-up code"), "one-time-code", value=typed.get("code", "")),
            Field("display_name", words.t("Your name"), "name", value=typed.get("display_name", "")),
            Field("username", words.t("User name"), "username", value=typed.get("username", "")),
            *_new_password(words),
        ),
    )


def _set_password_page(_request: Request, words: Translator, typed: FormFields) -> FormPage:
    return FormPage(
        action=SET_PASSWORD,
        title=words.t("Set your password"),
        button=words.t("Set the password and sign in"),
        intro=words.t("You get the one-time code from an administrator. It is good for 24 hours and works once."),
        fields=(
            Field("username", words.t("User name"), "username", value=typed.get("username", "")),
            Field("code", words.t("One-time code"), "one-time-code", value=typed.get("code", "")),
            *_new_password(words),
        ),
        links=((_in(SIGN_IN, words), words.t("Back to sign-in")),),
    )


def _change_password_page(_request: Request, words: Translator, _typed: FormFields) -> FormPage:
    return FormPage(
        action=CHANGE_PASSWORD,
        title=words.t("Change your password"),
        button=words.t("Change the password"),
        intro=words.t("All your other sign-ins end when the password changes."),
        fields=(
            Field("present", words.t("Present password"), "current-password", "password"),
            *_new_password(words),
        ),
        links=(("/", words.t("Back to the portal")),),
    )


def _sign_out_page(_request: Request, words: Translator, _typed: FormFields) -> FormPage:
    return FormPage(
        action=SIGN_OUT,
        title=words.t("Sign out?"),
        button=words.t("Sign out"),
        links=(("/", words.t("Back to the portal")),),
    )


def _new_password(words: Translator) -> tuple[Field, Field]:
    hint = words.t(
        "At least %(shortest)s characters, better %(advised)s. A sentence is fine; no special signs are needed.",
        shortest=SHORTEST,
        advised=ADVISED,
    )
    return (
        Field("password", words.t("New password"), "new-password", "password", hint=hint),
        Field("again", words.t("New password again"), "new-password", "password"),
    )


def _admit(request: Request, form: FormFields) -> str:
    command = SignIn(
        form["username"], form["password"], _address(request), _agent(request), replaces=token_of(request.scope)
    )
    return sign_in(portal_database(), command, now=clock.now())


def _set_up(request: Request, form: FormFields) -> str:
    command = SetUpAdministrator(
        code=form["code"],
        username=form["username"],
        display_name=form["display_name"],
        password=form["password"],
        address=_address(request),
        agent=_agent(request),
        language=form["language"],
    )
    return create_first_administrator(portal_database(), command, now=clock.now())


def _set_first_password(request: Request, form: FormFields) -> str:
    command = SetPasswordWithCode(form["username"], form["code"], form["password"], _address(request), _agent(request))
    return set_password_with_code(portal_database(), command, now=clock.now())


def _change(request: Request, form: FormFields) -> str:
    command = ChangePassword(
        token_of(request.scope), form["present"], form["password"], _address(request), _agent(request)
    )
    return change_password(portal_database(), command, now=clock.now())


def _shows(show: Show) -> Callable[[Request], Awaitable[Response]]:
    """Make the GET of a page: it reads whether anybody is there yet, and changes nothing."""

    async def answer(request: Request) -> Response:
        path = request.url.path
        nobody = await to_thread.run_sync(_nobody_yet)
        if nobody != (path == FIRST_RUN):
            return RedirectResponse(FIRST_RUN if nobody else SIGN_IN, 303)
        if path in {CHANGE_PASSWORD, SIGN_OUT} and not await to_thread.run_sync(find_session, token_of(request.scope)):
            return RedirectResponse(SIGN_IN, 303)
        words = _words(request, {})
        ended = "ended" in request.query_params
        return render(show(request, words, {}), words, notice=Notice(_ended(words), "good") if ended else None)

    return answer


def _acts(show: Show, act: Act) -> Callable[[Request], Awaitable[Response]]:
    """Make the POST of a page: on success the browser gets a fresh token, else the page again with one sentence."""

    async def answer(request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return PlainTextResponse("too large", 413)
        began, words = current_time(), _words(request, form)
        page = show(request, words, form)
        filled = {"language": words.language, **{field.name: form.get(field.name, "") for field in page.fields}}
        if filled.get("again", filled.get("password")) != filled.get("password"):
            notice = Notice(words.t("The two new passwords are not the same."))
            return render(page, words, notice=notice, status=422)
        try:
            token = await to_thread.run_sync(act, request, filled, limiter=_HASHING)
        except SignedOut:
            return RedirectResponse(SIGN_IN, 303)
        except BusinessError as error:
            await sleep_until(began + _REFUSAL_TAKES)
            return _refusal(page, words, error)
        return _with_cookie(RedirectResponse("/", 303), request, token)

    return answer


async def _sign_out(request: Request) -> Response:
    token = token_of(request.scope)
    if token:
        await to_thread.run_sync(lambda: sign_out(portal_database(), token, now=clock.now()))
    response = RedirectResponse(SIGN_IN, 303)
    for name in COOKIES:
        response.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache", "cookies", "storage"'
    return response


async def _alive(request: Request) -> Response:
    """Tell a page whether its session still lives, without keeping it alive."""
    alive = await to_thread.run_sync(find_session, token_of(request.scope))
    return Response(status_code=204 if alive else 401)


async def _watch_script(_request: Request) -> Response:
    return Response(watch_script(), media_type="text/javascript")


def _refusal(page: FormPage, words: Translator, error: BusinessError) -> Response:
    status = 429 if isinstance(error, TooManyAttempts) else 422
    response = render(page, words, notice=Notice(error_sentence(words, error)), status=status)
    if isinstance(error, TooManyAttempts):
        response.headers["retry-after"] = str(error.fields["seconds"])
    return response


def _with_cookie(response: Response, request: Request, token: str) -> Response:
    """Give the browser its token where no script can read it; it is forgotten when the browser closes."""
    secure = is_secure(request.scope)
    name = COOKIES[0] if secure else COOKIES[1]
    response.set_cookie(name, token, path="/", httponly=True, secure=secure, samesite="lax")
    return response


async def _form(request: Request) -> FormFields | None:
    """Read a small form; ``None`` when it is larger than any of ours."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_FORM:
                return None
    except ClientDisconnect:
        return None
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))
    except ValueError:  # more fields than any of our forms has
        return None


def _words(request: Request, form: FormFields) -> Translator:
    wanted = form.get("language") or request.query_params.get("language", "")
    return Translator(wanted if wanted in LANGUAGES else DEFAULT_LANGUAGE)


def _in(path: str, words: Translator) -> str:
    return path if words.language == DEFAULT_LANGUAGE else f"{path}?language={words.language}"


def _ended(words: Translator) -> str:
    return words.t("Your session has ended. Please sign in again.")


def _nobody_yet() -> bool:
    with portal_database().reading() as connection:
        return nobody_yet(connection)


def _address(request: Request) -> str:
    """The browser's address; behind our own proxy on this computer the one the proxy names (uvicorn sees to it)."""
    return request.client.host if request.client else ""


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _pair(path: str, show: Show, act: Act) -> tuple[Route, Route]:
    return Route(path, _shows(show), methods=["GET"]), Route(path, _acts(show, act), methods=["POST"])


ROUTES: Final = (
    *_pair(SIGN_IN, _sign_in_page, _admit),
    *_pair(FIRST_RUN, _first_run_page, _set_up),
    *_pair(SET_PASSWORD, _set_password_page, _set_first_password),
    *_pair(CHANGE_PASSWORD, _change_password_page, _change),
    Route(SIGN_OUT, _shows(_sign_out_page), methods=["GET"]),
    Route(SIGN_OUT, _sign_out, methods=["POST"]),
    Route(ALIVE, _alive, methods=["GET"]),
    Route(WATCH_SCRIPT, _watch_script, methods=["GET"]),
)
PUBLIC: Final = frozenset(route.path for route in ROUTES)
