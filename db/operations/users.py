"""Users, roles and estates: who may come in and what is in his or her care (R-006; security.md 6.4, 7.4, 8.3.2).

Whatever changes here counts at once, because every rerun reads the session, the roles and the estates again.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy.orm.attributes import flag_modified

from core.admin.permissions import Permission, Role, check_roles
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, StaffId, UserId
from db.keys import token_hash
from db.models import StaffMember, User
from db.passwords import is_brought_over, new_code
from db.repositories.sessions import end_sessions
from db.repositories.users import (
    ACTIVE,
    DISABLED,
    INVITED,
    LONGEST_USERNAME,
    add_user,
    estates_of,
    find_user,
    find_user_by_name,
    fold_username,
    known_estates,
    other_administrators,
    put_estates,
    put_roles,
    roles_of,
    set_code,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

CODE_LASTS: Final = timedelta(hours=24)
LANGUAGES: Final = ("zh_CN", "en")
_USERNAME: Final = re.compile(rf"[\w.@-]{{2,{LONGEST_USERNAME}}}")
_LONGEST_NAME: Final = 64


class UsernameRefused(BusinessError):
    """A user name has 2 to 64 letters, digits, dots, dashes or @."""

    code: ClassVar[str] = "user.name_refused"


class DisplayNameRefused(BusinessError):
    """A person's name has 1 to 64 visible characters."""

    code: ClassVar[str] = "user.display_name_refused"


class UsernameTaken(BusinessError):
    """Somebody has this user name already."""

    code: ClassVar[str] = "user.name_taken"


class NoRole(BusinessError):
    """A user needs at least one role."""

    code: ClassVar[str] = "user.no_role"


class OwnAccount(BusinessError):
    """Nobody changes his or her own roles, estates or standing; another administrator does."""

    code: ClassVar[str] = "user.own_account"


class LastAdministrator(BusinessError):
    """Nobody else could sign in as administrator any more."""

    code: ClassVar[str] = "user.last_administrator"


class EstatesOutsideCare(BusinessError):
    """Estates that do not exist or are not in the care of whoever hands them on."""

    code: ClassVar[str] = "user.estates_outside_care"


class UnknownLanguage(BusinessError):
    """The portal does not speak this language."""

    code: ClassVar[str] = "user.unknown_language"


class NotInThisState(BusinessError):
    """The user's state does not allow this. Field: ``state``."""

    code: ClassVar[str] = "user.not_in_this_state"


class HashRefused(BusinessError):
    """Only bcrypt hashes as streamlit-authenticator keeps them can be brought over."""

    code: ClassVar[str] = "user.hash_refused"


@dataclass(frozen=True, slots=True)
class InviteUser:
    """A new user. ``estates`` is ``None`` for one who looks after all estates."""

    username: str
    display_name: str
    roles: frozenset[Role]
    estates: frozenset[EstateId] | None
    staff_id: StaffId | None = None
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class Invited:
    """The new user's number and the one-time code, shown once and kept nowhere."""

    user_id: UserId
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BringOverUser:
    """A user from a streamlit-authenticator credentials file, with the bcrypt hash of the password."""

    username: str
    display_name: str
    password_hash: str = field(repr=False)
    roles: frozenset[Role] = frozenset()
    estates: frozenset[EstateId] | None = frozenset()
    language: str = "zh_CN"


@dataclass(frozen=True, slots=True)
class ChooseUser:
    """One user as the form showed it; names the person to disable, to enable or to give a fresh code."""

    user_id: UserId
    version: int


@dataclass(frozen=True, slots=True)
class SetRoles:
    """Replace a user's roles."""

    user_id: UserId
    version: int
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class SetEstates:
    """Replace the estates in a user's care; ``None`` for all."""

    user_id: UserId
    version: int
    estates: frozenset[EstateId] | None


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """The language the actor wants to read."""

    language: str


@operation(Permission.USERS_MAKE)
def invite_user(work: UnitOfWork, command: InviteUser) -> Invited:
    """Add a user who sets the password with a one-time code within 24 hours."""
    code = new_code()
    user = _new_user(work, command)
    set_code(user, token_hash(code), work.now + CODE_LASTS)
    return Invited(_add(work, user, command, "user.invited"), code)


@operation(Permission.USERS_MAKE)
def bring_over_user(work: UnitOfWork, command: BringOverUser) -> UserId:
    """Add a user with a bcrypt hash made elsewhere; it is replaced at the first sign-in (ADR 0004).

    Somebody without a role is disabled until an administrator has given one.
    """
    if not is_brought_over(command.password_hash):
        raise HashRefused
    user = _new_user(work, command)
    user.password_hash, user.state = command.password_hash, ACTIVE if command.roles else DISABLED
    return _add(work, user, command, "user.brought_over")


@operation(Permission.USERS_MAKE)
def issue_code(work: UnitOfWork, command: ChooseUser) -> Invited:
    """Give a user a fresh one-time code: password and sessions end, within 24 hours a new password is set."""
    user = _load(work, command)
    _check_not_oneself(work, user)
    if user.state == DISABLED:
        raise NotInThisState(state=user.state)
    code = new_code()
    set_code(user, token_hash(code), work.now + CODE_LASTS)
    ended = end_sessions(work.session, UserId(user.id), now=work.now)
    work.record("user.code_issued", ("user", user.id), after={"sessions_ended": ended})
    return Invited(UserId(user.id), code)


@operation(Permission.USERS_MAKE)
def set_roles(work: UnitOfWork, command: SetRoles) -> None:
    """Replace a user's roles, kept apart as the law wants; never one's own."""
    user = _load(work, command)
    _check_not_oneself(work, user)
    _check_roles(command.roles)
    before = roles_of(work.session, UserId(user.id))
    if Role.ADMINISTRATOR in before - command.roles:
        _check_not_last(work, user)
    put_roles(work.session, UserId(user.id), command.roles)
    flag_modified(user, "state")  # roles are rows of their own; the user's version has to move with them
    subject = ("user", user.id)
    work.record("user.roles", subject, before={"roles": sorted(before)}, after={"roles": sorted(command.roles)})


@operation(Permission.USERS_MAKE)
def set_estates(work: UnitOfWork, command: SetEstates) -> None:
    """Replace the estates in a user's care; never one's own, never beyond one's own."""
    user = _load(work, command)
    _check_not_oneself(work, user)
    _check_estates(work, command.estates)
    before = _estates_in_words(None if user.all_estates else estates_of(work.session, UserId(user.id)))
    user.all_estates = command.estates is None
    flag_modified(user, "all_estates")  # before the next statement, so that the version moves once
    put_estates(work.session, UserId(user.id), command.estates or ())
    after = _estates_in_words(command.estates)
    work.record("user.estates", ("user", user.id), before=before, after=after)


@operation(Permission.USERS_MAKE)
def disable_user(work: UnitOfWork, command: ChooseUser) -> None:
    """Shut a user out at once: sessions and code end. Never oneself, never the last administrator."""
    user = _load(work, command)
    _check_not_oneself(work, user)
    if user.state == DISABLED:
        raise NotInThisState(state=user.state)
    if Role.ADMINISTRATOR in roles_of(work.session, UserId(user.id)):
        _check_not_last(work, user)
    before, user.state = user.state, DISABLED
    user.code_hash = user.code_expires_at = None
    ended = end_sessions(work.session, UserId(user.id), now=work.now)
    after = {"state": DISABLED, "sessions_ended": ended}
    work.record("user.disabled", ("user", user.id), before={"state": before}, after=after)


@operation(Permission.USERS_MAKE)
def enable_user(work: UnitOfWork, command: ChooseUser) -> None:
    """Let a disabled user who has a role in again with the old password; one who never had one needs a fresh code."""
    user = _load(work, command)
    _check_not_oneself(work, user)
    if user.state != DISABLED:
        raise NotInThisState(state=user.state)
    _check_roles(roles_of(work.session, UserId(user.id)))
    user.state = ACTIVE if user.password_hash else INVITED
    work.record("user.enabled", ("user", user.id), before={"state": DISABLED}, after={"state": user.state})


@operation(Permission.DESK_VIEW)
def set_language(work: UnitOfWork, command: SetLanguage) -> None:
    """Keep the language the actor wants to read."""
    user = None if work.actor.user_id is None else find_user(work.session, work.actor.user_id)
    if user is None:
        raise NotFound
    if command.language not in LANGUAGES:
        raise UnknownLanguage
    if user.language == command.language:
        return
    before, user.language = user.language, command.language
    subject = ("user", user.id)
    work.record("user.language", subject, before={"language": before}, after={"language": command.language})


def checked_username(text: str) -> str:
    """Give a new user name in the form it is kept in, or raise ``UsernameRefused``."""
    if len(text) > LONGEST_USERNAME or not _USERNAME.fullmatch(fold_username(text)):
        raise UsernameRefused
    return fold_username(text)


def checked_display_name(text: str) -> str:
    """Give a person's name without stray blanks, or raise ``DisplayNameRefused``."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    hidden = any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co"} for sign in name)
    if hidden or not 1 <= len(name) <= _LONGEST_NAME:
        raise DisplayNameRefused
    return name


def _new_user(work: UnitOfWork, command: InviteUser | BringOverUser) -> User:
    username = checked_username(command.username)
    if command.roles or isinstance(command, InviteUser):
        _check_roles(command.roles)
    _check_estates(work, command.estates)
    if command.language not in LANGUAGES:
        raise UnknownLanguage
    if find_user_by_name(work.session, username) is not None:
        raise UsernameTaken
    return User(
        username=username,
        display_name=checked_display_name(command.display_name),
        language=command.language,
        all_estates=command.estates is None,
        created_at=work.now,
    )


def _add(work: UnitOfWork, user: User, command: InviteUser | BringOverUser, action: str) -> UserId:
    user.staff_id = command.staff_id if isinstance(command, InviteUser) else None
    if user.staff_id is not None and work.session.get(StaffMember, user.staff_id) is None:
        raise NotFound
    user_id = add_user(work.session, user, command.roles, command.estates or ())
    after = {"username": work.keys.token(user.username), "roles": sorted(command.roles)}
    work.record(action, ("user", user_id), after=after | _estates_in_words(command.estates))
    return user_id


def _load(work: UnitOfWork, command: ChooseUser | SetRoles | SetEstates) -> User:
    user = find_user(work.session, command.user_id)
    if user is None:
        raise NotFound
    if user.version != command.version:
        raise EditConflict
    return user


def _check_roles(roles: frozenset[Role]) -> None:
    if not roles:
        raise NoRole
    check_roles(roles)


def _check_not_oneself(work: UnitOfWork, user: User) -> None:
    if user.id == work.actor.user_id:
        raise OwnAccount


def _check_not_last(work: UnitOfWork, user: User) -> None:
    if user.state == ACTIVE and not other_administrators(work.session, UserId(user.id)):
        raise LastAdministrator


def _check_estates(work: UnitOfWork, estates: frozenset[EstateId] | None) -> None:
    """Nobody hands on what is not in his or her own care, and nothing that does not exist."""
    own = work.actor.estates
    beyond = own is not None and (estates is None or not estates <= own)
    if beyond or (estates and known_estates(work.session, estates) != estates):
        raise EstatesOutsideCare


def _estates_in_words(estates: frozenset[EstateId] | None) -> dict[str, object]:
    return {"estates": "all" if estates is None else sorted(estates)}
