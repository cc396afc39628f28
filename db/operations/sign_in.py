"""Signing in and out, and proving again who one is (ADR 0004; security.md T1–T4, T31).

Use cases that take a password are plain functions around two guarded operations: the attempt is counted first, then
the password is checked outside any transaction, then the outcome is stored. So a slow hash never holds the write
lock, and a hundred tries at the same moment are still counted one by one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.admin.passwords import check_password
from core.admin.permissions import Actor, Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from db.engine import Database
from db.keys import token_hash
from db.models import User, UserSession
from db.operations.attempts import Attempt, as_system, count_attempt, forgive_attempt, note_refusal
from db.passwords import Verdict, check_password_hash, hash_password, typed_code
from db.repositories.sessions import (
    TOUCH_EVERY,
    LiveSession,
    actor_of,
    begin_session,
    end_session,
    end_sessions,
    find_live_session,
    find_session,
    mark_seen,
)
from db.repositories.users import (
    ACTIVE,
    INVITED,
    company_names,
    find_user,
    find_user_by_name,
    fold_username,
    set_password,
    stored_password,
)
from db.unit_of_work import Identify, NotFound, UnitOfWork, operation, perform

PROOF_LASTS: Final = timedelta(minutes=10)
"""How long a password typed again speaks for money actions."""


class SignedOut(BusinessError):
    """Nobody is signed in at this browser any more (ended, idle, too old, or the person was disabled)."""

    code: ClassVar[str] = "signed_out"


class SignInRefused(BusinessError):
    """User name or password is wrong; the same for unknown, invited and disabled people."""

    code: ClassVar[str] = "sign_in.refused"


class CodeRefused(BusinessError):
    """The one-time code is wrong, used or older than a day."""

    code: ClassVar[str] = "sign_in.code_refused"


class WrongPassword(BusinessError):
    """The present password is wrong."""

    code: ClassVar[str] = "password.wrong"


class ProofNeeded(BusinessError):
    """The action asks for the password again first (T31)."""

    code: ClassVar[str] = "sign_in.proof_needed"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A try to sign in. ``replaces`` is the token this browser held before, if any; its session ends."""

    username: str
    password: str = field(repr=False)
    address: str
    agent: str = ""
    replaces: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SetPasswordWithCode:
    """An invited person sets a password with the one-time code, and is signed in with it."""

    username: str
    code: str = field(repr=False)
    password: str = field(repr=False)
    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """A person changes the own password. All sessions end; this browser gets a fresh one."""

    token: str = field(repr=False)
    present: str = field(repr=False)
    new: str = field(repr=False)
    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class ProveAgain:
    """A signed-in person types the password again, before a money action."""

    token: str = field(repr=False)
    password: str = field(repr=False)
    address: str


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """End one session: an own one, or anybody's for who may manage users."""

    session_id: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What was found out outside the transaction. ``checked`` is the hash the password was held against."""

    attempt: Attempt
    checked: str | None = field(repr=False)
    new_hash: str | None = field(repr=False)
    agent: str = ""
    token: str = field(default="", repr=False)
    code_hash: bytes = field(default=b"", repr=False)


def identify_by(token: str) -> Identify:
    """Say who acts by the token of the browser's session; raises ``SignedOut`` inside the transaction."""

    def identify(connection: Connection, now: datetime) -> Actor:
        return _present(connection, token, now).actor

    return identify


def identify_proven_by(token: str) -> Identify:
    """Like :func:`identify_by`, for money actions: the password was typed within the last 10 minutes."""

    def identify(connection: Connection, now: datetime) -> Actor:
        live = _present(connection, token, now)
        if now - live.proven_at > PROOF_LASTS:
            raise ProofNeeded
        return live.actor

    return identify


def sign_in(database: Database, command: SignIn, *, now: datetime) -> str:
    """Let a person in and give the token of the new session.

    Raises ``SignInRefused`` or ``TooManyAttempts``; both alike for known and unknown names, at the same cost.
    """
    attempt = Attempt(fold_username(command.username), command.address)
    perform(database, count_attempt, attempt, identify=as_system, now=now)
    stored, verdict = _check(database, attempt.username, command.password)
    if not verdict.right:
        perform(database, note_refusal, attempt, identify=as_system, now=now)
        raise SignInRefused
    outcome = _Outcome(attempt, stored, verdict.better_hash, command.agent, command.replaces)
    return perform(database, admit, outcome, identify=as_system, now=now)


def set_password_with_code(database: Database, command: SetPasswordWithCode, *, now: datetime) -> str:
    """Set an invited person's password and sign in; raises ``CodeRefused``, a password refusal or a wait."""
    attempt = Attempt(fold_username(command.username), command.address)
    chosen = checked_password(database, command.password, attempt.username)
    perform(database, count_attempt, attempt, identify=as_system, now=now)
    code = token_hash(typed_code(command.code))
    outcome = _Outcome(attempt, None, hash_password(chosen), command.agent, code_hash=code)
    try:
        return perform(database, admit_with_code, outcome, identify=as_system, now=now)
    except CodeRefused:
        perform(database, note_refusal, attempt, identify=as_system, now=now)
        raise


def change_password(database: Database, command: ChangePassword, *, now: datetime) -> str:
    """Change the own password, end all own sessions and give the token of a fresh one."""
    live = _read_present(database, command.token, now)
    attempt = Attempt(live.username, command.address)
    chosen = checked_password(database, command.new, live.username)
    stored = _prove(database, attempt, command.present, now)
    outcome = _Outcome(attempt, stored, hash_password(chosen), command.agent, command.token)
    return perform(database, renew_password, outcome, identify=identify_by(command.token), now=now)


def prove_again(database: Database, command: ProveAgain, *, now: datetime) -> None:
    """Note that the signed-in person typed the right password just now; raises ``WrongPassword`` or a wait."""
    live = _read_present(database, command.token, now)
    attempt = Attempt(live.username, command.address)
    stored = _prove(database, attempt, command.password, now)
    outcome = _Outcome(attempt, stored, None, token=command.token)
    perform(database, note_proof, outcome, identify=identify_by(command.token), now=now)


def sign_out(database: Database, token: str, *, now: datetime) -> None:
    """End the session of a token. A token nobody holds any more is no error."""
    perform(database, end_by_token, token, identify=as_system, now=now)


def touch_session(database: Database, token: str, now: datetime) -> None:
    """Note that the session is in use, at most once a minute; when the database is busy it is noted later."""
    with database.reading() as connection:
        live = find_live_session(connection, token, now)
    if live is None or now - live.last_seen_at < TOUCH_EVERY:
        return
    try:
        with database.writing() as connection, connection.begin():
            mark_seen(connection, token, now)
    except DBAPIError:
        return


def checked_password(database: Database, password: str, username: str) -> str:
    """Give an acceptable new password in the form to hash, or raise why it is not."""
    with database.reading() as connection:
        names = company_names(connection)
    return check_password(password=password, user_name=username, company_names=names)


@operation(Permission.SYSTEM_RUN)
def admit(work: UnitOfWork, command: _Outcome) -> str:
    """Begin the session of someone whose password was right, unless that changed in the meantime."""
    user = find_user_by_name(work.session, command.attempt.username)
    if user is None or user.state != ACTIVE or user.password_hash != command.checked:
        raise SignInRefused
    if command.new_hash is not None:
        user.password_hash = command.new_hash
        work.record("user.hash_renewed", ("user", user.id))
    old = find_session(work.session, command.token) if command.token else None
    if old is not None:
        end_session(work.session, old.id, now=work.now)
    return _begin(work, user, command)


@operation(Permission.SYSTEM_RUN)
def admit_with_code(work: UnitOfWork, command: _Outcome) -> str:
    """Use up a one-time code: store the password and begin a session."""
    user = find_user_by_name(work.session, command.attempt.username)
    usable = (
        user is not None
        and user.state == INVITED
        and user.code_hash == command.code_hash
        and user.code_expires_at is not None
        and user.code_expires_at > work.now
    )
    if user is None or command.new_hash is None or not usable:
        raise CodeRefused
    set_password(user, command.new_hash)
    work.record("user.password_set", ("user", user.id))
    return _begin(work, user, command)


@operation(Permission.DESK_VIEW)
def renew_password(work: UnitOfWork, command: _Outcome) -> str:
    """Store the actor's new password, end all sessions and begin a fresh one."""
    user = find_user(work.session, _own_id(work))
    if user is None or command.new_hash is None or user.password_hash != command.checked:
        raise WrongPassword
    set_password(user, command.new_hash)
    ended = end_sessions(work.session, UserId(user.id), now=work.now)
    work.record("user.password_changed", ("user", user.id), after={"sessions_ended": ended})
    return _begin(work, user, command)


@operation(Permission.DESK_VIEW)
def note_proof(work: UnitOfWork, command: _Outcome) -> None:
    """Note on the session that its person has just proven the password."""
    row = find_session(work.session, command.token)
    user = find_user(work.session, _own_id(work))
    if row is None or user is None or user.password_hash != command.checked:
        raise WrongPassword
    row.proven_at = work.now
    forgive_attempt(work.session, work.keys, command.attempt)
    work.record("session.proven", ("session", row.id))


@operation(Permission.DESK_VIEW)
def revoke_session(work: UnitOfWork, command: RevokeSession) -> None:
    """End a session; somebody else's only with the right to manage users."""
    row = work.session.get(UserSession, command.session_id)
    if row is None:
        raise NotFound
    if row.user_id != work.actor.user_id:
        work.actor.require(Permission.USERS_MAKE)
    end_session(work.session, row.id, now=work.now)
    work.record("session.revoked", ("session", row.id), after={"user": row.user_id})


@operation(Permission.SYSTEM_RUN)
def end_by_token(work: UnitOfWork, token: str) -> None:
    """End the session that a browser's token belongs to, in its person's name."""
    row = find_session(work.session, token)
    if row is None or not end_session(work.session, row.id, now=work.now):
        return
    user = find_user(work.session, UserId(row.user_id))
    if user is not None:
        work.actor = actor_of(work.session, user)
    work.record("sign_out", ("session", row.id))


def _begin(work: UnitOfWork, user: User, command: _Outcome) -> str:
    """Begin a session in the person's own name: from here on he or she is the one who acts."""
    work.actor = actor_of(work.session, user)
    forgive_attempt(work.session, work.keys, command.attempt)
    address, agent = command.attempt.address, command.agent
    work.record("sign_in", ("user", user.id), after={"address": address})
    return begin_session(work.session, UserId(user.id), now=work.now, address=address, agent=agent)


def _check(database: Database, username: str, password: str) -> tuple[str | None, Verdict]:
    with database.reading() as connection:
        stored = stored_password(connection, username)
    return stored, check_password_hash(stored, password)


def _prove(database: Database, attempt: Attempt, password: str, now: datetime) -> str | None:
    """Check the password of someone signed in, counted like any other try; give the hash it was held against."""
    perform(database, count_attempt, attempt, identify=as_system, now=now)
    stored, verdict = _check(database, attempt.username, password)
    if not verdict.right:
        perform(database, note_refusal, attempt, identify=as_system, now=now)
        raise WrongPassword
    return stored


def _present(connection: Connection, token: str, now: datetime) -> LiveSession:
    live = find_live_session(connection, token, now)
    if live is None:
        raise SignedOut
    return live


def _read_present(database: Database, token: str, now: datetime) -> LiveSession:
    with database.reading() as connection:
        return _present(connection, token, now)


def _own_id(work: UnitOfWork) -> UserId:
    if work.actor.user_id is None:
        raise SignedOut
    return work.actor.user_id
