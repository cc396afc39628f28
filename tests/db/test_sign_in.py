"""Signing in on both databases: tokens, clocks, delays, codes, and what may not be told apart (T1–T4, T31)."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest
from sqlalchemy import func, select, update

from core.admin.passwords import PasswordCommon, PasswordTooShort
from core.admin.permissions import Actor, Role
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from db import passwords
from db.engine import WRITES, Database
from db.models import AuditEntry, SignInAttempt, User, UserSession
from db.operations import sign_in as signing
from db.operations.attempts import TooManyAttempts, as_system
from db.operations.set_up import AlreadySetUp, SetUpAdministrator, create_first_administrator, issue_set_up_code
from db.operations.sign_in import (
    ChangePassword,
    CodeRefused,
    ProofNeeded,
    ProveAgain,
    RevokeSession,
    SetPasswordWithCode,
    SignedOut,
    SignIn,
    SignInRefused,
    WrongPassword,
    change_password,
    identify_by,
    identify_proven_by,
    prove_again,
    revoke_session,
    set_password_with_code,
    sign_in,
    sign_out,
    touch_session,
)
from db.operations.users import (
    BringOverUser,
    ChooseUser,
    InviteUser,
    SetLanguage,
    bring_over_user,
    disable_user,
    invite_user,
    set_language,
)
from db.queries.sessions import LiveSession, SessionsOf, live_session, live_session_id, open_sessions
from db.unit_of_work import NotFound, fetch, perform
from tests.personas import person

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse 电池 staple"
OTHER = "eine ganz andere Losung"
HERE = "192.0.2.10"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def set_up(database: Database, username: str = "wang.admin") -> str:
    code = issue_set_up_code(database, now=NOW)
    assert code is not None
    command = SetUpAdministrator(code, username, "王管理", PASSWORD, HERE)
    return create_first_administrator(database, command, now=NOW)


def come_in(database: Database, username: str = "wang.admin", password: str = PASSWORD, **more: object) -> str:
    now = more.pop("now", NOW)
    assert isinstance(now, datetime)
    return sign_in(database, SignIn(username, password, str(more.get("address", HERE))), now=now)


def who(database: Database, token: str, now: datetime = NOW) -> LiveSession | None:
    with database.reading() as connection:
        return live_session(connection, token, now)


def invited(database: Database, username: str = "li.cashier", *roles: Role) -> tuple[UserId, str]:
    command = InviteUser(username, "李收费", frozenset(roles or {Role.CASHIER}), None)
    made = perform(database, invite_user, command, identify=as_system, now=NOW)
    return made.user_id, made.code


def user_row(database: Database, username: str) -> User:
    from sqlalchemy.orm import Session

    with Session(database.engine) as session:
        return session.scalars(select(User).where(User.username == username)).one()


def actions(database: Database) -> list[tuple[str, str]]:
    with database.reading() as connection:
        rows = connection.execute(select(AuditEntry.action, AuditEntry.actor_name).order_by(AuditEntry.seq)).all()
    return [(row.action, row.actor_name) for row in rows]


# The very first start


def test_a_fresh_portal_has_no_user_and_a_code_from_the_console_makes_the_administrator(database: Database) -> None:
    token = set_up(database)
    live = who(database, token)
    assert live is not None
    assert live.actor == Actor(live.actor.user_id, "王管理", frozenset({Role.ADMINISTRATOR}), None)
    assert live.username == "wang.admin"
    assert ("set_up.done", "王管理") in actions(database)


def test_once_there_is_an_administrator_no_code_is_given_and_none_works(database: Database) -> None:
    code = issue_set_up_code(database, now=NOW) or ""
    create_first_administrator(database, SetUpAdministrator(code, "first", "First", PASSWORD, HERE), now=NOW)
    assert issue_set_up_code(database, now=NOW) is None
    with pytest.raises(AlreadySetUp):
        create_first_administrator(database, SetUpAdministrator(code, "second", "Second", PASSWORD, HERE), now=NOW)


def test_two_who_use_the_code_at_the_same_moment_make_one_administrator(database: Database) -> None:
    code = issue_set_up_code(database, now=NOW) or ""

    def attempt(name: str) -> str:
        try:
            return create_first_administrator(database, SetUpAdministrator(code, name, name, PASSWORD, name), now=NOW)
        except AlreadySetUp:
            return ""

    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(attempt, [f"first{n}" for n in range(4)]))
    assert len([token for token in tokens if token]) == 1
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(User)).scalar() == 1


@pytest.mark.parametrize("typed", ["AAAAA-AAAAA-AAAAA-AAAAA", "", "  ", "x" * 300])
def test_a_wrong_set_up_code_is_refused_counted_and_audited(database: Database, typed: str) -> None:
    issue_set_up_code(database, now=NOW)
    with pytest.raises(CodeRefused):
        create_first_administrator(database, SetUpAdministrator(typed, "first", "First", PASSWORD, HERE), now=NOW)
    assert ("sign_in.refused", "system") in actions(database)


def test_the_set_up_code_lasts_a_day_and_a_restart_leaves_the_older_one_good(database: Database) -> None:
    older = issue_set_up_code(database, now=NOW) or ""
    issue_set_up_code(database, now=NOW + MINUTE)
    late = NOW + timedelta(hours=24)
    with pytest.raises(CodeRefused):
        create_first_administrator(database, SetUpAdministrator(older, "first", "First", PASSWORD, HERE), now=late)
    typed = older.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert create_first_administrator(
        database, SetUpAdministrator(typed, "first", "First", PASSWORD, HERE), now=late - SECOND
    )


def test_the_code_itself_is_kept_nowhere(database: Database) -> None:
    code = issue_set_up_code(database, now=NOW) or ""
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT value FROM settings").all()
    assert len(rows) == 1
    assert code not in str(rows)
    assert code.replace("-", "") not in str(rows)


# Signing in


def test_a_right_password_gives_a_token_of_which_only_the_hash_is_kept(database: Database) -> None:
    set_up(database)
    token = come_in(database, " Ｗang.ADMIN ")
    assert who(database, token) is not None
    with database.reading() as connection:
        stored = connection.execute(select(UserSession.token_hash)).scalars().all()
    assert token.encode() not in b"".join(stored)
    assert len(token) >= 43
    assert ("sign_in", "王管理") in actions(database)


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("wang.admin", "wrong"),
        ("wang.admin", PASSWORD.upper()),
        ("wang.admin", PASSWORD + " "),
        ("wang.admin", ""),
        ("nobody", PASSWORD),
        ("li.cashier", PASSWORD),
        ("", ""),
        ("x" * 500, "y" * 5000),
        ("a\x00b", "c\x00d"),
        ("'; DROP TABLE users --", "\ud800"),
    ],
)
def test_wrong_unknown_and_invited_are_refused_alike(database: Database, username: str, password: str) -> None:
    set_up(database)
    invited(database)
    with pytest.raises(SignInRefused) as refusal:
        come_in(database, username, password)
    assert refusal.value.fields == {}
    assert actions(database)[-1] == ("sign_in.refused", "system")


def test_the_audit_log_and_the_counters_never_hold_what_was_typed_as_user_name(database: Database) -> None:
    set_up(database)
    with pytest.raises(SignInRefused):
        come_in(database, "my-secret-typed-in-the-wrong-box", "x")
    with database.reading() as connection:
        everything = str(connection.execute(select(AuditEntry.__table__)).all())
        everything += str(connection.execute(select(SignInAttempt.__table__)).all())
    assert "my-secret" not in everything


def test_an_unknown_name_costs_the_same_time_as_a_known_one(database: Database) -> None:
    set_up(database)
    passwords.nobodys_hash()

    def seconds(username: str, number: int) -> float:
        began = time.perf_counter()
        with pytest.raises(SignInRefused):
            # a fresh address and a quiet day each time, so that only the checking is measured
            come_in(database, username, "wrong", now=NOW + number * timedelta(days=2), address=f"a{number}")
        return time.perf_counter() - began

    pairs = [(seconds("wang.admin", n), seconds("nobody", n + 100)) for n in range(1, 22)]
    known, unknown = (statistics.median(side) for side in zip(*pairs, strict=True))
    assert abs(known - unknown) < 0.25 * known


def test_checking_costs_the_same_work_whether_or_not_there_is_a_hash() -> None:
    stored = passwords.hash_password(PASSWORD)

    def median(against: str | None) -> float:
        times = []
        for _ in range(15):
            began = time.perf_counter()
            assert not passwords.check_password_hash(against, "wrong").right
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    passwords.nobodys_hash()
    assert median(None) > 0.5 * median(stored)


def test_hashes_are_argon2id_at_the_agreed_cost() -> None:
    assert passwords.hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_is_never_checked_while_the_database_is_being_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(database)
    writing = 0
    seen: list[int] = []
    real_check, real_writing = signing.check_password_hash, Database.writing

    def watch(stored: str | None, password: str) -> passwords.Verdict:
        seen.append(writing)
        return real_check(stored, password)

    def counted(self: Database) -> object:
        from contextlib import contextmanager

        @contextmanager
        def inside():  # type: ignore[no-untyped-def]
            nonlocal writing
            writing += 1
            try:
                with real_writing(self) as connection:
                    yield connection
            finally:
                writing -= 1

        return inside()

    monkeypatch.setattr(signing, "check_password_hash", watch)
    monkeypatch.setattr(Database, "writing", counted)
    come_in(database)
    assert seen == [0]


# Brought over from streamlit-authenticator


def brought_over(database: Database) -> None:
    stored = bcrypt.hashpw(b"Short1!x", bcrypt.gensalt(4)).decode()
    command = BringOverUser("old.hand", "老员工", stored, frozenset({Role.FRONT_DESK}), None)
    perform(database, bring_over_user, command, identify=as_system, now=NOW)


def test_a_bcrypt_hash_lets_in_once_and_is_replaced_by_argon2id(database: Database) -> None:
    brought_over(database)
    come_in(database, "old.hand", "Short1!x")
    assert (user_row(database, "old.hand").password_hash or "").startswith("$argon2id$")
    assert who(database, come_in(database, "old.hand", "Short1!x")) is not None
    assert ("user.hash_renewed", "老员工") in actions(database)


@pytest.mark.parametrize("wrong", ["Short1!y", "长" * 25, "x" * 2000])
def test_a_wrong_password_leaves_a_bcrypt_hash_alone(database: Database, wrong: str) -> None:
    brought_over(database)
    with pytest.raises(SignInRefused):
        come_in(database, "old.hand", wrong)
    assert (user_row(database, "old.hand").password_hash or "").startswith("$2b$")


def test_the_credentials_file_of_streamlit_authenticator_is_read() -> None:
    hashed = bcrypt.hashpw(b"abc", bcrypt.gensalt(4)).decode()
    text = f"""
credentials:
  usernames:
    jsmith: {{email: j@example.org, first_name: John, last_name: Smith, password: '{hashed}', roles: [admin]}}
    wang: {{name: 王五, password: '{hashed}'}}
    bare: {{password: '{hashed}'}}
"""
    assert passwords.read_credentials(text) == (
        passwords.Credential("jsmith", "John Smith", hashed),
        passwords.Credential("wang", "王五", hashed),
        passwords.Credential("bare", "bare", hashed),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "credentials: 5",
        "credentials: {usernames: {a: {password: plain-text}}}",
        "credentials: {usernames: {a: {}}}",
        "credentials: {usernames: {a: 7}}",
        "!!python/object/apply:os.system ['true']",
        "a: [",
    ],
)
def test_what_is_no_credentials_file_is_refused(text: str) -> None:
    with pytest.raises(passwords.CredentialsUnreadable):
        passwords.read_credentials(text)


# How long a session lives


@pytest.mark.parametrize(
    ("seen_after", "asked_after", "alive"),
    [
        (timedelta(0), timedelta(minutes=15) - SECOND, True),
        (timedelta(0), timedelta(minutes=15), False),
        (timedelta(minutes=14), timedelta(minutes=29) - SECOND, True),
        (timedelta(minutes=14), timedelta(minutes=29), False),
    ],
)
def test_a_session_ends_after_15_idle_minutes(
    database: Database, seen_after: timedelta, asked_after: timedelta, alive: bool
) -> None:
    token = set_up(database)
    touch_session(database, token, NOW + seen_after)
    assert (who(database, token, NOW + asked_after) is not None) is alive


def test_a_session_in_steady_use_ends_after_8_hours(database: Database) -> None:
    token = set_up(database)
    at, end = NOW, NOW + timedelta(hours=8)
    while at < end - timedelta(minutes=10):
        at += timedelta(minutes=10)
        touch_session(database, token, at)
    assert who(database, token, end - SECOND) is not None
    assert who(database, token, end) is None
    live = who(database, token, end - SECOND)
    assert live is not None
    assert live.expires_at == end


def test_use_is_noted_at_most_once_a_minute_and_never_revives_a_session(database: Database) -> None:
    token = set_up(database)
    touch_session(database, token, NOW + timedelta(seconds=59))
    live = who(database, token, NOW + MINUTE)
    assert live is not None
    assert live.last_seen_at == NOW
    touch_session(database, token, NOW + timedelta(minutes=16))
    assert who(database, token, NOW + timedelta(minutes=16)) is None
    touch_session(database, "no such token", NOW)


def test_a_busy_database_does_not_stop_a_page_that_notes_its_use(database: Database) -> None:
    token = set_up(database)
    with database.writing() as other, other.begin():
        other.execute(update(UserSession).values(agent="held"))
        touch_session(database, token, NOW + 2 * MINUTE)
    live = who(database, token, NOW + 2 * MINUTE)
    assert live is not None
    assert live.last_seen_at == NOW


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "\x00", "长", "a" * 10_000])
def test_a_made_up_token_is_nobodys(database: Database, token: str) -> None:
    set_up(database)
    assert who(database, token) is None
    with database.reading() as connection:
        assert live_session_id(connection, token, NOW) is None


def test_signing_out_ends_the_session_and_its_token_cannot_be_used_again(database: Database) -> None:
    token = set_up(database)
    sign_out(database, token, now=NOW)
    assert who(database, token) is None
    with pytest.raises(SignedOut):
        perform(database, set_language, SetLanguage("en"), identify=identify_by(token), now=NOW)
    assert actions(database)[-1] == ("sign_out", "王管理")
    sign_out(database, token, now=NOW)
    assert len([action for action, _ in actions(database) if action == "sign_out"]) == 1


def test_a_disabled_person_is_out_at_once(database: Database) -> None:
    admin = set_up(database)
    user_id, code = invited(database)
    token = set_password_with_code(database, SetPasswordWithCode("li.cashier", code, OTHER, HERE), now=NOW)
    version = user_row(database, "li.cashier").version
    perform(database, disable_user, ChooseUser(user_id, version), identify=identify_by(admin), now=NOW)
    assert who(database, token) is None
    with pytest.raises(SignInRefused):
        come_in(database, "li.cashier", OTHER)


def test_signing_in_again_at_the_same_browser_ends_the_older_session(database: Database) -> None:
    older = set_up(database)
    newer = sign_in(database, SignIn("wang.admin", PASSWORD, HERE, replaces=older), now=NOW)
    assert who(database, older) is None
    assert who(database, newer) is not None


def test_a_person_has_five_sessions_at_most_the_oldest_go_first(database: Database) -> None:
    tokens = [set_up(database), *(come_in(database, now=NOW + n * SECOND) for n in range(1, 7))]
    assert [who(database, token, NOW + MINUTE) is not None for token in tokens] == [False] * 2 + [True] * 5


def test_who_changes_a_hash_in_between_gets_no_session(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(database)
    real = signing.check_password_hash

    def change_meanwhile(stored: str | None, password: str) -> passwords.Verdict:
        verdict = real(stored, password)
        with database.writing() as connection, connection.begin():
            connection.execute(update(User).values(password_hash=passwords.hash_password("another")))
        return verdict

    monkeypatch.setattr(signing, "check_password_hash", change_meanwhile)
    with pytest.raises(SignInRefused):
        come_in(database)


# Waiting instead of a lock


def fail(
    database: Database, times: int, *, username: str = "wang.admin", address: str = HERE, now: datetime = NOW
) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            come_in(database, username, "wrong", now=now, address=address)


@pytest.mark.parametrize("username", ["wang.admin", "nobody"])
def test_the_fifth_wrong_try_makes_the_next_wait_known_name_or_not(database: Database, username: str) -> None:
    set_up(database)
    fail(database, 5, username=username)
    with pytest.raises(TooManyAttempts) as refusal:
        come_in(database, username, PASSWORD)
    assert refusal.value.fields == {"seconds": 2}


def test_after_the_wait_the_right_password_lets_in_and_all_is_forgotten(database: Database) -> None:
    set_up(database)
    fail(database, 5)
    assert come_in(database, now=NOW + 2 * SECOND)
    fail(database, 4, now=NOW + 3 * SECOND)
    assert come_in(database, now=NOW + 3 * SECOND)


def test_nobody_is_locked_out_for_good(database: Database) -> None:
    set_up(database)
    at = NOW
    for _ in range(20):
        at += timedelta(minutes=15)
        fail(database, 1, now=at)
    assert come_in(database, now=at + timedelta(minutes=15))


def test_trying_while_waiting_does_not_make_the_wait_longer(database: Database) -> None:
    set_up(database)
    fail(database, 5)
    for _ in range(10):
        with pytest.raises(TooManyAttempts):
            come_in(database, now=NOW + SECOND)
    assert come_in(database, now=NOW + 2 * SECOND)


def test_one_address_that_tries_many_names_has_to_wait_and_another_need_not(database: Database) -> None:
    set_up(database)
    for number in range(21):
        fail(database, 1, username=f"guess{number}")
    with pytest.raises(TooManyAttempts):
        come_in(database)
    assert come_in(database, address="192.0.2.99")


def test_a_good_account_does_not_wash_its_address_clean(database: Database) -> None:
    set_up(database)
    for number in range(20):
        fail(database, 1, username=f"guess{number}")
    come_in(database)
    fail(database, 1, username="guess-again")
    with pytest.raises(TooManyAttempts):
        come_in(database)


def test_many_tries_at_the_same_moment_are_counted_one_by_one(database: Database) -> None:
    set_up(database)

    def attempt(number: int) -> str:
        try:
            return come_in(database, "wang.admin", f"wrong{number}")
        except BusinessError as error:
            return error.code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count("sign_in.refused") == 5
    assert answers.count("sign_in.wait") == 19


def test_counters_that_were_quiet_for_a_day_are_removed(database: Database) -> None:
    set_up(database)
    for number in range(3):
        fail(database, 1, username=f"guess{number}", address=f"a{number}")
    fail(database, 1, username="later", now=NOW + timedelta(hours=24))
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(SignInAttempt)).scalar() == 2


# One-time codes


def test_an_invited_person_sets_a_password_with_the_code_once(database: Database) -> None:
    _, code = invited(database)
    command = SetPasswordWithCode("LI.cashier", code.lower(), OTHER, HERE)
    assert who(database, set_password_with_code(database, command, now=NOW)) is not None
    with pytest.raises(CodeRefused):
        set_password_with_code(database, command, now=NOW)
    assert come_in(database, "li.cashier", OTHER)


def test_a_code_lasts_24_hours(database: Database) -> None:
    _, code = invited(database)
    command = SetPasswordWithCode("li.cashier", code, OTHER, HERE)
    with pytest.raises(CodeRefused):
        set_password_with_code(database, command, now=NOW + timedelta(hours=24))
    assert set_password_with_code(database, command, now=NOW + timedelta(hours=24) - SECOND)


@pytest.mark.parametrize("username", ["li.cashier", "nobody"])
def test_a_wrong_code_is_refused_and_slowed_down_known_name_or_not(database: Database, username: str) -> None:
    invited(database)
    command = SetPasswordWithCode(username, "AAAAA-AAAAA-AAAAA-AAAAA", OTHER, HERE)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            set_password_with_code(database, command, now=NOW)
    with pytest.raises(TooManyAttempts):
        set_password_with_code(database, command, now=NOW)


@pytest.mark.parametrize(("password", "refusal"), [("kurz", PasswordTooShort), ("12345678", PasswordCommon)])
def test_a_weak_password_is_refused_before_the_code_is_looked_at(
    database: Database, password: str, refusal: type[BusinessError]
) -> None:
    _, code = invited(database)
    with pytest.raises(refusal):
        set_password_with_code(database, SetPasswordWithCode("li.cashier", code, password, HERE), now=NOW)
    assert user_row(database, "li.cashier").state == "invited"


# The own account


def test_changing_the_password_ends_every_session_and_gives_a_fresh_one(database: Database) -> None:
    first = set_up(database)
    second = come_in(database)
    fresh = change_password(database, ChangePassword(second, PASSWORD, OTHER, HERE), now=NOW)
    assert who(database, first) is None
    assert who(database, second) is None
    assert who(database, fresh) is not None
    with pytest.raises(SignInRefused):
        come_in(database)
    assert come_in(database, password=OTHER)


def test_changing_the_password_needs_the_present_one_and_a_live_session(database: Database) -> None:
    token = set_up(database)
    with pytest.raises(WrongPassword):
        change_password(database, ChangePassword(token, "wrong", OTHER, HERE), now=NOW)
    with pytest.raises(SignedOut):
        change_password(database, ChangePassword("made up", PASSWORD, OTHER, HERE), now=NOW)
    assert come_in(database)


def test_guessing_the_password_of_an_open_session_is_slowed_down_too(database: Database) -> None:
    token = set_up(database)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            prove_again(database, ProveAgain(token, "wrong", HERE), now=NOW)
    with pytest.raises(TooManyAttempts):
        prove_again(database, ProveAgain(token, PASSWORD, HERE), now=NOW)


def test_a_proof_speaks_for_ten_minutes(database: Database) -> None:
    token = set_up(database)
    later = NOW + timedelta(minutes=12)
    touch_session(database, token, NOW + timedelta(minutes=11))
    with pytest.raises(ProofNeeded):
        perform(database, set_language, SetLanguage("en"), identify=identify_proven_by(token), now=later)
    prove_again(database, ProveAgain(token, PASSWORD, HERE), now=later)
    perform(database, set_language, SetLanguage("en"), identify=identify_proven_by(token), now=later + 10 * MINUTE)
    live = who(database, token, later)
    assert live is not None
    assert (live.proven_at, live.actor.language) == (later, "en")


def test_one_sees_and_ends_own_sessions_and_not_those_of_others(database: Database) -> None:
    admin = set_up(database)
    user_id, code = invited(database)
    token = set_password_with_code(
        database, SetPasswordWithCode("li.cashier", code, OTHER, "192.0.2.7", "Firefox"), now=NOW
    )
    cashier, boss = who(database, token), who(database, admin)
    assert cashier is not None
    assert boss is not None
    own = fetch(database, open_sessions, SessionsOf(), actor=cashier.actor, now=NOW)
    assert [(row.session_id, row.address, row.agent) for row in own] == [(cashier.session_id, "192.0.2.7", "Firefox")]
    with pytest.raises(BusinessError, match="not_permitted"):
        fetch(database, open_sessions, SessionsOf(boss.actor.user_id), actor=cashier.actor, now=NOW)
    with pytest.raises(BusinessError, match="not_permitted"):
        perform(database, revoke_session, RevokeSession(boss.session_id), identify=identify_by(token), now=NOW)
    with pytest.raises(NotFound):
        perform(database, revoke_session, RevokeSession(9999), identify=identify_by(token), now=NOW)
    seen = fetch(database, open_sessions, SessionsOf(user_id), actor=boss.actor, now=NOW)
    assert [row.session_id for row in seen] == [cashier.session_id]
    perform(database, revoke_session, RevokeSession(cashier.session_id), identify=identify_by(admin), now=NOW)
    assert who(database, token) is None


def test_roles_are_read_again_inside_the_very_transaction(database: Database) -> None:
    token = set_up(database)
    live = who(database, token)
    assert live is not None
    with database.engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        connection.exec_driver_sql("DELETE FROM user_roles")
    with pytest.raises(BusinessError, match="not_permitted"):
        perform(
            database,
            invite_user,
            InviteUser("new", "New", frozenset({Role.PATROL}), None),
            identify=identify_by(token),
            now=NOW,
        )


def test_nobody_but_the_system_carries_out_the_steps_of_signing_in(database: Database) -> None:
    set_up(database)
    everybody = person(1, "all", *(role for role in Role))
    for step, command in (
        (signing.count_attempt, signing.Attempt("wang.admin", HERE)),
        (signing.admit, signing._Outcome(signing.Attempt("wang.admin", HERE), None, None)),
        (signing.admit_with_code, signing._Outcome(signing.Attempt("wang.admin", HERE), None, None)),
        (signing.end_by_token, "x"),
    ):
        with pytest.raises(BusinessError, match="not_permitted"):
            perform(database, step, command, identify=lambda _c, _n: everybody, now=NOW)


def test_no_command_shows_a_password_when_it_is_printed() -> None:
    secret = "do-not-print-me"
    commands = (
        SignIn("a", secret, HERE, replaces=secret),
        SetPasswordWithCode("a", secret, secret, HERE),
        ChangePassword(secret, secret, secret, HERE),
        ProveAgain(secret, secret, HERE),
        SetUpAdministrator(secret, "a", "A", secret, HERE),
        replace(SignIn("a", secret, HERE), agent="x"),
    )
    assert secret not in repr(commands)
