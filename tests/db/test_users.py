"""Users, roles and estates on both databases: who may change what, and that it counts at once (R-006, 8.3.2)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import bcrypt
import pytest
from sqlalchemy import insert, select

from core.admin.permissions import MATRIX, SYSTEM, Actor, NotPermitted, Permission, Role, RolesKeptApart
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, StaffId, UserId
from db.engine import Database
from db.models import AuditEntry, Estate, EstateHead, StaffMember, User
from db.operations.sign_in import SetPasswordWithCode, identify_by, set_password_with_code
from db.operations.users import (
    BringOverUser,
    ChooseUser,
    DisplayNameRefused,
    EstatesOutsideCare,
    HashRefused,
    InviteUser,
    LastAdministrator,
    NoRole,
    NotInThisState,
    OwnAccount,
    SetEstates,
    SetLanguage,
    SetRoles,
    UnknownLanguage,
    UsernameRefused,
    UsernameTaken,
    bring_over_user,
    disable_user,
    enable_user,
    invite_user,
    issue_code,
    set_estates,
    set_language,
    set_roles,
)
from db.queries.sessions import live_session
from db.queries.users import UserRow, WantedUsers, users
from db.unit_of_work import EditConflict, NotFound, Operation, fetch, perform
from tests.personas import EVERYBODY

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse 电池 staple"
HERE = "192.0.2.10"
ALL = WantedUsers()


def do(database: Database, act: Operation[Any, Any], command: object, who: Actor = SYSTEM) -> Any:
    return perform(database, act, command, identify=lambda _c, _n: who, now=NOW)


def add(database: Database, username: str, *roles: Role, estates: frozenset[EstateId] | None = None) -> UserRow:
    """Invite a person who has set a password: able to sign in."""
    made = do(database, invite_user, InviteUser(username, username.title(), frozenset(roles), estates))
    set_password_with_code(
        database, SetPasswordWithCode(username, made.code, PASSWORD, f"from {len(username)}"), now=NOW
    )
    return row(database, username)


def row(database: Database, username: str) -> UserRow:
    return next(found for found in listed(database) if found.username == username)


def listed(database: Database, wanted: WantedUsers = ALL, who: Actor = SYSTEM) -> tuple[UserRow, ...]:
    return fetch(database, users, wanted, actor=who, now=NOW).rows


def as_actor(found: UserRow) -> Actor:
    estates = None if found.estates is None else frozenset(found.estates)
    return Actor(found.user_id, found.display_name, frozenset(found.roles), estates)


def add_estates(database: Database, *numbers: int) -> None:
    with database.writing() as connection, connection.begin():
        for number in numbers:
            names = {"id": number, "code": f"E{number}", "name": f"桂花苑{number}", "natural_key": f"e{number}"}
            connection.execute(insert(Estate).values(**names, created_at=NOW))
            connection.execute(insert(EstateHead).values(estate_id=number))


@pytest.fixture
def admin(database: Database) -> Actor:
    """An administrator who can sign in."""
    return as_actor(add(database, "admin.one", Role.ADMINISTRATOR))


# Inviting


def test_an_invited_user_has_roles_estates_a_code_and_no_password(database: Database, admin: Actor) -> None:
    add_estates(database, 1, 2)
    command = InviteUser(" Li.Ming ", " 李  明 ", frozenset({Role.HANDLER, Role.PATROL}), frozenset({EstateId(2)}))
    made = do(database, invite_user, command, admin)
    assert row(database, "li.ming") == UserRow(
        user_id=made.user_id,
        username="li.ming",
        display_name="李 明",
        state="invited",
        roles=(Role.HANDLER, Role.PATROL),
        estates=(EstateId(2),),
        language="zh_CN",
        staff_id=None,
        last_seen_at=None,
        code_expires_at=NOW + timedelta(hours=24),
        version=1,
    )
    assert len(made.code) == 23
    assert made.code not in repr(made)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (InviteUser("a", "A", frozenset({Role.PATROL}), None), UsernameRefused),
        (InviteUser("a b", "A", frozenset({Role.PATROL}), None), UsernameRefused),
        (InviteUser("x" * 65, "A", frozenset({Role.PATROL}), None), UsernameRefused),
        (InviteUser("<script>", "A", frozenset({Role.PATROL}), None), UsernameRefused),
        (InviteUser("ADMIN.ONE", "A", frozenset({Role.PATROL}), None), UsernameTaken),
        (InviteUser("ａdmin.one", "A", frozenset({Role.PATROL}), None), UsernameTaken),
        (InviteUser("new", "  ", frozenset({Role.PATROL}), None), DisplayNameRefused),
        (InviteUser("new", "x" * 65, frozenset({Role.PATROL}), None), DisplayNameRefused),
        (InviteUser("new", "a\u202eb", frozenset({Role.PATROL}), None), DisplayNameRefused),
        (InviteUser("new", "New", frozenset(), None), NoRole),
        (InviteUser("new", "New", frozenset({Role.CASHIER, Role.ACCOUNTANT}), None), RolesKeptApart),
        (InviteUser("new", "New", frozenset({Role.PATROL}), frozenset({EstateId(99)})), EstatesOutsideCare),
        (InviteUser("new", "New", frozenset({Role.PATROL}), None, StaffId(99)), NotFound),
        (InviteUser("new", "New", frozenset({Role.PATROL}), None, language="fr"), UnknownLanguage),
    ],
)
def test_an_invitation_that_is_not_right_leaves_nothing_behind(
    database: Database, admin: Actor, command: InviteUser, refusal: type[BusinessError]
) -> None:
    with pytest.raises(refusal):
        do(database, invite_user, command, admin)
    assert [found.username for found in listed(database)] == ["admin.one"]


def test_a_user_may_be_a_member_of_staff(database: Database, admin: Actor) -> None:
    with database.writing() as connection, connection.begin():
        connection.execute(insert(StaffMember).values(id=7, number="S7", name="李明", post="p", department="d"))
    do(database, invite_user, InviteUser("li", "Li", frozenset({Role.PATROL}), None, StaffId(7)), admin)
    assert row(database, "li").staff_id == 7


def test_nobody_hands_on_estates_that_are_not_in_the_own_care(database: Database) -> None:
    add_estates(database, 1, 2)
    small = as_actor(add(database, "small", Role.ADMINISTRATOR, estates=frozenset({EstateId(1)})))
    for estates in (None, frozenset({EstateId(2)}), frozenset({EstateId(1), EstateId(2)})):
        with pytest.raises(EstatesOutsideCare):
            do(database, invite_user, InviteUser("new", "New", frozenset({Role.PATROL}), estates), small)
    command = InviteUser("new", "New", frozenset({Role.PATROL}), frozenset({EstateId(1)}))
    assert do(database, invite_user, command, small)


def test_only_bcrypt_hashes_are_brought_over(database: Database, admin: Actor) -> None:
    good = bcrypt.hashpw(b"whatever", bcrypt.gensalt(4)).decode()
    for wrong in ("plain", "", "$2b$", "$argon2id$v=19$m=19456,t=2,p=1$x$y"):
        command = BringOverUser("old", "Old", wrong, frozenset({Role.PATROL}), None)
        with pytest.raises(HashRefused):
            do(database, bring_over_user, command, admin)
    do(database, bring_over_user, BringOverUser("old", "Old", good, frozenset({Role.PATROL}), None), admin)
    assert row(database, "old").state == "active"


def test_who_was_brought_over_without_a_role_is_let_in_only_with_one(database: Database, admin: Actor) -> None:
    good = bcrypt.hashpw(b"whatever", bcrypt.gensalt(4)).decode()
    made = do(database, bring_over_user, BringOverUser("old", "Old", good), admin)
    old = row(database, "old")
    assert (old.state, old.roles, old.estates) == ("disabled", (), ())
    with pytest.raises(NoRole):
        do(database, enable_user, ChooseUser(made, 1), admin)
    do(database, set_roles, SetRoles(made, 1, frozenset({Role.PATROL})), admin)
    do(database, enable_user, ChooseUser(made, row(database, "old").version), admin)
    assert row(database, "old").state == "active"


# Roles and estates


def test_a_change_of_roles_counts_at_the_next_look(database: Database, admin: Actor) -> None:
    made = do(database, invite_user, InviteUser("li", "Li", frozenset({Role.PATROL}), None))
    token = set_password_with_code(database, SetPasswordWithCode("li", made.code, PASSWORD, HERE), now=NOW)
    do(database, set_roles, SetRoles(made.user_id, row(database, "li").version, frozenset({Role.CASHIER})), admin)
    with database.reading() as connection:
        live = live_session(connection, token, NOW)
    assert live is not None
    assert live.actor.roles == {Role.CASHIER}
    with pytest.raises(NotPermitted):
        perform(database, disable_user, ChooseUser(UserId(1), 1), identify=identify_by(token), now=NOW)


def test_roles_the_law_keeps_apart_are_refused(database: Database, admin: Actor) -> None:
    li = add(database, "li", Role.CASHIER)
    for roles, refusal in (({Role.CASHIER, Role.AUDITOR}, RolesKeptApart), (set[Role](), NoRole)):
        with pytest.raises(refusal):
            do(database, set_roles, SetRoles(li.user_id, li.version, frozenset(roles)), admin)
    assert row(database, "li") == li


def test_estates_in_care_are_replaced_and_all_is_a_word_of_its_own(database: Database, admin: Actor) -> None:
    add_estates(database, 1, 2, 3)
    li = add(database, "li", Role.PATROL, estates=frozenset({EstateId(1), EstateId(2)}))
    do(database, set_estates, SetEstates(li.user_id, li.version, frozenset({EstateId(3)})), admin)
    assert row(database, "li").estates == (EstateId(3),)
    do(database, set_estates, SetEstates(li.user_id, li.version + 1, None), admin)
    assert row(database, "li").estates is None
    do(database, set_estates, SetEstates(li.user_id, li.version + 2, frozenset()), admin)
    assert row(database, "li").estates == ()
    with pytest.raises(EstatesOutsideCare):
        do(database, set_estates, SetEstates(li.user_id, li.version + 3, frozenset({EstateId(9)})), admin)


@pytest.mark.parametrize(
    ("act", "command"),
    [
        (set_roles, lambda me: SetRoles(me.user_id, me.version, frozenset({Role.ADMINISTRATOR, Role.AUDITOR}))),
        (set_estates, lambda me: SetEstates(me.user_id, me.version, None)),
        (disable_user, lambda me: ChooseUser(me.user_id, me.version)),
        (enable_user, lambda me: ChooseUser(me.user_id, me.version)),
        (issue_code, lambda me: ChooseUser(me.user_id, me.version)),
    ],
)
def test_nobody_changes_the_own_rights(
    database: Database, admin: Actor, act: Operation[Any, Any], command: Callable[[UserRow], object]
) -> None:
    with pytest.raises(OwnAccount):
        do(database, act, command(row(database, "admin.one")), admin)


@pytest.mark.parametrize(
    ("act", "command"),
    [
        (set_roles, lambda user: SetRoles(user.user_id, user.version - 1, frozenset({Role.PATROL}))),
        (set_estates, lambda user: SetEstates(user.user_id, user.version - 1, None)),
        (disable_user, lambda user: ChooseUser(user.user_id, user.version - 1)),
        (enable_user, lambda user: ChooseUser(user.user_id, user.version - 1)),
        (issue_code, lambda user: ChooseUser(user.user_id, user.version - 1)),
    ],
)
def test_an_old_form_changes_nothing(
    database: Database, admin: Actor, act: Operation[Any, Any], command: Callable[[UserRow], object]
) -> None:
    li = add(database, "li", Role.CASHIER)
    with pytest.raises(EditConflict):
        do(database, act, command(li), admin)
    assert row(database, "li") == li
    with pytest.raises(NotFound):
        do(database, disable_user, ChooseUser(UserId(999), 1), admin)


def test_the_version_moves_with_every_change_of_roles(database: Database, admin: Actor) -> None:
    li = add(database, "li", Role.CASHIER)
    do(database, set_roles, SetRoles(li.user_id, li.version, frozenset({Role.PATROL})), admin)
    with pytest.raises(EditConflict):
        do(database, set_roles, SetRoles(li.user_id, li.version, frozenset({Role.HANDLER})), admin)


# Shutting out and letting in


def test_the_last_administrator_stays(database: Database, admin: Actor) -> None:
    other = add(database, "admin.two", Role.ADMINISTRATOR)
    do(database, disable_user, ChooseUser(other.user_id, other.version), admin)
    me = row(database, "admin.one")
    with pytest.raises(LastAdministrator):
        do(database, disable_user, ChooseUser(me.user_id, me.version), as_actor(other))
    with pytest.raises(LastAdministrator):
        do(database, set_roles, SetRoles(me.user_id, me.version, frozenset({Role.AUDITOR})), as_actor(other))
    with pytest.raises(LastAdministrator):
        do(database, disable_user, ChooseUser(me.user_id, me.version), SYSTEM)


def test_an_administrator_who_never_set_a_password_does_not_count(database: Database, admin: Actor) -> None:
    do(database, invite_user, InviteUser("admin.two", "Two", frozenset({Role.ADMINISTRATOR}), None))
    me = row(database, "admin.one")
    with pytest.raises(LastAdministrator):
        do(database, disable_user, ChooseUser(me.user_id, me.version))


def test_a_disabled_user_comes_back_as_before(database: Database, admin: Actor) -> None:
    li = add(database, "li", Role.CASHIER)
    do(database, disable_user, ChooseUser(li.user_id, li.version), admin)
    assert row(database, "li").state == "disabled"
    with pytest.raises(NotInThisState):
        do(database, disable_user, ChooseUser(li.user_id, li.version + 1), admin)
    with pytest.raises(NotInThisState):
        do(database, issue_code, ChooseUser(li.user_id, li.version + 1), admin)
    do(database, enable_user, ChooseUser(li.user_id, li.version + 1), admin)
    assert (row(database, "li").state, row(database, "li").roles) == ("active", (Role.CASHIER,))
    with pytest.raises(NotInThisState):
        do(database, enable_user, ChooseUser(li.user_id, li.version + 2), admin)


def test_an_invited_user_who_was_disabled_needs_a_fresh_code(database: Database, admin: Actor) -> None:
    made = do(database, invite_user, InviteUser("li", "Li", frozenset({Role.PATROL}), None), admin)
    do(database, disable_user, ChooseUser(made.user_id, 1), admin)
    do(database, enable_user, ChooseUser(made.user_id, 2), admin)
    assert row(database, "li").state == "invited"
    with pytest.raises(BusinessError, match=r"sign_in\.code_refused"):
        set_password_with_code(database, SetPasswordWithCode("li", made.code, PASSWORD, HERE), now=NOW)
    fresh = do(database, issue_code, ChooseUser(made.user_id, 3), admin)
    assert set_password_with_code(database, SetPasswordWithCode("li", fresh.code, PASSWORD, HERE), now=NOW)


def test_a_fresh_code_ends_password_and_sessions(database: Database, admin: Actor) -> None:
    made = do(database, invite_user, InviteUser("li", "Li", frozenset({Role.PATROL}), None), admin)
    token = set_password_with_code(database, SetPasswordWithCode("li", made.code, PASSWORD, HERE), now=NOW)
    do(database, issue_code, ChooseUser(made.user_id, row(database, "li").version), admin)
    with database.reading() as connection:
        assert live_session(connection, token, NOW) is None
        assert connection.execute(select(User.password_hash).where(User.id == made.user_id)).scalar() is None


# Rights, language, list, audit


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_only_who_manages_users_manages_users(database: Database, who: Actor) -> None:
    li = add(database, "li", Role.CASHIER)
    stranger = Actor(UserId(9999), who.name, who.roles, None)
    allowed = any(Permission.USERS_MAKE in MATRIX[role] for role in who.roles)
    command = ChooseUser(li.user_id, li.version)
    if allowed:
        do(database, disable_user, command, stranger)
        return
    with pytest.raises(NotPermitted):
        do(database, disable_user, command, stranger)
    with pytest.raises(NotPermitted):
        do(database, invite_user, InviteUser("x1", "X", frozenset({Role.ADMINISTRATOR}), None), stranger)


def test_everybody_chooses_the_own_language(database: Database, admin: Actor) -> None:
    do(database, set_language, SetLanguage("en"), admin)
    assert row(database, "admin.one").language == "en"
    with pytest.raises(UnknownLanguage):
        do(database, set_language, SetLanguage("de"), admin)
    with pytest.raises(NotFound):
        do(database, set_language, SetLanguage("en"), SYSTEM)


def test_the_list_is_found_by_name_state_and_role_and_counts_truly(database: Database, admin: Actor) -> None:
    add(database, "li", Role.CASHIER)
    add(database, "liu", Role.PATROL)
    do(database, invite_user, InviteUser("zhang", "Zhang Li", frozenset({Role.PATROL}), None))
    names = [found.username for found in listed(database, WantedUsers(search="LI"))]
    assert names == ["li", "liu", "zhang"]
    assert [f.username for f in listed(database, WantedUsers(state="invited"))] == ["zhang"]
    assert [f.username for f in listed(database, WantedUsers(role=Role.PATROL))] == ["liu", "zhang"]
    assert listed(database, WantedUsers(search="%")) == ()
    page = fetch(database, users, WantedUsers(slice=Slice(page=2, size=2)), actor=SYSTEM, now=NOW)
    assert ([f.username for f in page.rows], page.total) == (["liu", "zhang"], 4)


def test_who_looks_after_some_estates_sees_only_who_shares_one(database: Database) -> None:
    add_estates(database, 1, 2)
    add(database, "everywhere", Role.MANAGER)
    add(database, "here", Role.PATROL, estates=frozenset({EstateId(1)}))
    add(database, "there", Role.PATROL, estates=frozenset({EstateId(2)}))
    boss = as_actor(add(database, "boss", Role.SUPERVISOR, estates=frozenset({EstateId(1)})))
    assert [found.username for found in listed(database, who=boss)] == ["boss", "everywhere", "here"]
    with pytest.raises(NotPermitted):
        listed(database, who=as_actor(row(database, "here")))


def test_every_change_stands_in_the_audit_log_without_names(database: Database, admin: Actor) -> None:
    li = add(database, "li.xiaoming", Role.CASHIER)
    do(database, set_roles, SetRoles(li.user_id, li.version, frozenset({Role.PATROL})), admin)
    do(database, set_estates, SetEstates(li.user_id, li.version + 1, frozenset()), admin)
    do(database, disable_user, ChooseUser(li.user_id, li.version + 2), admin)
    do(database, enable_user, ChooseUser(li.user_id, li.version + 3), admin)
    do(database, issue_code, ChooseUser(li.user_id, li.version + 4), admin)
    with database.reading() as connection:
        rows = connection.execute(
            select(AuditEntry)
            .where(AuditEntry.subject_type == "user", AuditEntry.subject_id == str(li.user_id))
            .order_by(AuditEntry.seq)
            .with_only_columns(AuditEntry.action, AuditEntry.before, AuditEntry.after)
        ).all()
    assert [r.action for r in rows] == [
        "user.invited",
        "user.password_set",
        "sign_in",
        "user.roles",
        "user.estates",
        "user.disabled",
        "user.enabled",
        "user.code_issued",
    ]
    assert (rows[3].before, rows[3].after) == ('{"roles":["cashier"]}', '{"roles":["patrol"]}')
    assert "xiaoming" not in str(rows)
