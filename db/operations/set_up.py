"""The very first start: one administrator, made by whoever reads the code on the server's console (6.3.2)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from sqlalchemy import select

from core.admin.permissions import Permission, Role
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY
from core.kernel.periods import local_day
from db.engine import Database
from db.keys import token_hash
from db.models import Setting, User
from db.operations.attempts import Attempt, as_system, count_attempt, forgive_attempt, note_refusal
from db.operations.sign_in import CodeRefused, checked_password
from db.operations.users import checked_display_name, checked_username
from db.passwords import hash_password, new_code, typed_code
from db.repositories.sessions import actor_of, begin_session
from db.repositories.users import ACTIVE, add_user, has_users
from db.unit_of_work import UnitOfWork, operation, perform

CODE_KEY: Final = "setup.code_hash"
CODE_LASTS: Final = timedelta(hours=24)


class AlreadySetUp(BusinessError):
    """There is somebody already; new people are invited by an administrator."""

    code: ClassVar[str] = "set_up.done"


class NotSetUp(BusinessError):
    """There is nobody yet; the first administrator comes before everybody else."""

    code: ClassVar[str] = "set_up.missing"


@dataclass(frozen=True, slots=True)
class SetUpAdministrator:
    """The first administrator, with the code from the console."""

    code: str = field(repr=False)
    username: str
    display_name: str
    password: str = field(repr=False)
    address: str
    agent: str = ""
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class _FirstPerson:
    wanted: SetUpAdministrator
    username: str
    display_name: str
    password_hash: str = field(repr=False)


def issue_set_up_code(database: Database, *, now: datetime) -> str | None:
    """Make a code for the console while there is nobody yet, good for 24 hours; ``None`` once there is somebody."""
    with database.reading() as connection:
        if has_users(connection):
            return None
    code = new_code()
    perform(database, keep_set_up_code, token_hash(code), identify=as_system, now=now)
    return code


def create_first_administrator(database: Database, command: SetUpAdministrator, *, now: datetime) -> str:
    """Make the first administrator and give the token of the session that begins with it.

    Raises ``AlreadySetUp``, ``CodeRefused``, a wait, or why name or password are not acceptable.
    """
    username, name = checked_username(command.username), checked_display_name(command.display_name)
    chosen = checked_password(database, command.password, username)
    attempt = Attempt(CODE_KEY, command.address)
    perform(database, count_attempt, attempt, identify=as_system, now=now)
    person = _FirstPerson(command, username, name, hash_password(chosen))
    try:
        return perform(database, admit_first_administrator, person, identify=as_system, now=now)
    except CodeRefused:
        perform(database, note_refusal, attempt, identify=as_system, now=now)
        raise


@operation(Permission.SYSTEM_RUN)
def keep_set_up_code(work: UnitOfWork, code_hash: bytes) -> None:
    """Keep the hash of a set-up code."""
    work.session.add(
        Setting(
            estate_id=COMPANY,
            key=CODE_KEY,
            value=code_hash.hex(),
            valid_from=local_day(work.now),
            set_by=work.actor.name,
            set_at=work.now,
        )
    )
    work.record("set_up.code_issued", ("setting", CODE_KEY))


@operation(Permission.SYSTEM_RUN)
def admit_first_administrator(work: UnitOfWork, person: _FirstPerson) -> str:
    """Store the first administrator, who looks after all estates, and begin his or her session."""
    if has_users(work.session.connection()):
        raise AlreadySetUp
    if not _is_good(work, person.wanted.code):
        raise CodeRefused
    user = User(
        username=person.username,
        display_name=person.display_name,
        password_hash=person.password_hash,
        language=person.wanted.language,
        all_estates=True,
        state=ACTIVE,
        created_at=work.now,
    )
    user_id = add_user(work.session, user, (Role.ADMINISTRATOR,), ())
    work.actor = actor_of(work.session, user)
    address, agent = person.wanted.address, person.wanted.agent
    forgive_attempt(work.session, work.keys, Attempt(CODE_KEY, address))
    work.record("set_up.done", ("user", user_id), after={"roles": [Role.ADMINISTRATOR.value]})
    work.record("sign_in", ("user", user_id), after={"address": address})
    return begin_session(work.session, user_id, now=work.now, address=address, agent=agent)


def _is_good(work: UnitOfWork, code: str) -> bool:
    """Any code of the last 24 hours counts: several processes, or a restart, may each have printed one."""
    wanted = token_hash(typed_code(code)).hex()
    kept = select(Setting.id).where(
        Setting.estate_id == COMPANY,
        Setting.key == CODE_KEY,
        Setting.value == wanted,
        Setting.set_at > work.now - CODE_LASTS,
    )
    return work.session.execute(kept).first() is not None
