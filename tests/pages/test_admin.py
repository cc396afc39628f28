"""Staff, users, settings, calendar, audit log and the own account as people meet them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from core.admin.codes import CodeList
from core.admin.permissions import Actor, Role
from core.admin.settings import SettingKey
from core.kernel.identity import COMPANY, EstateId, UserId
from core.kernel.periods import local_day
from core.kernel.workdays import PUBLISHED_YEARS, DayKind
from db.engine import Database
from db.operations.calendar import SetCalendarDay, set_calendar_day
from db.operations.codes import RetireCode, retire_code
from db.operations.settings import SetSetting, set_setting
from db.operations.staff import EditStaffMember, edit_staff_member
from db.operations.users import SetRoles, set_roles
from db.queries.calendar import calendar_year
from db.queries.codes import CodesWanted, codes_of
from db.queries.settings import SettingsWanted, settings_of
from db.queries.staff import StaffMemberWanted, StaffWanted, staff, staff_member
from db.queries.users import UserRow, WantedUsers, users
from tests.builders import NOW, act, ask, estate, small_estate, with_code_lists
from tests.builders import staff_member as add_member
from tests.pages.conftest import looking_after, sign_in_as
from tests.pages.forms import box, keyed, panel, panels, press, said, type_in
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, MANAGER, PATROL, SUPERVISOR
from tests.statements import count_statements

OpenAs = Callable[..., AppTest]
KEYS = ("staff", "users", "settings", "calendar", "audit", "account")


@pytest.fixture
def company(portal: Database) -> EstateId:
    """One estate with units, and the code lists."""
    with_code_lists(portal)
    return small_estate(portal)[0]


def today() -> date:
    """The business day the pages see."""
    return local_day(datetime.now(UTC))


def user(portal: Database, who: Actor) -> UserRow:
    """A user as stored."""
    return next(row for row in ask(portal, users, WantedUsers()).rows if row.user_id == who.user_id)


@pytest.mark.parametrize("key", KEYS)
def test_nobody_sees_a_page_without_signing_in(open_as: OpenAs, key: str) -> None:
    app = open_as(f"admin.{key}", None)
    assert "You are signed out" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize(
    ("key", "who"),
    [("staff", CASHIER), ("users", CASHIER), ("users", FRONT_DESK), ("settings", MANAGER), ("audit", FRONT_DESK)],
)
def test_the_wrong_person_is_told_whom_to_ask(open_as: OpenAs, company: EstateId, key: str, who: Actor) -> None:
    app = open_as(f"admin.{key}", who)
    assert "You may not open this page. It is open to:" in said(app)
    assert not app.dataframe


@pytest.mark.parametrize(
    ("key", "who"),
    [
        ("staff", MANAGER),
        ("users", ADMINISTRATOR),
        ("settings", ADMINISTRATOR),
        ("calendar", ADMINISTRATOR),
        ("audit", AUDITOR),
        ("account", CASHIER),
    ],
)
def test_a_page_keeps_its_budget_of_statements(
    portal: Database, open_as: OpenAs, company: EstateId, key: str, who: Actor
) -> None:
    member = add_member(portal)
    sign_in_as(portal, MANAGER)
    app = open_as(f"admin.{key}", who, estate="E0001", member=str(member), user="7")
    with count_statements(portal) as seen:
        app.run()
    assert said(app)
    assert len(seen) <= 12, "\n".join(seen)


# --- staff


def test_a_company_without_staff_says_what_to_do(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    app = open_as("admin.staff", MANAGER)
    assert "add a member of staff" in said(app)
    assert panels(app) == ["New member of staff"]


def test_a_member_of_staff_is_added_with_the_phone_masked(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    app = open_as("admin.staff", MANAGER)
    type_in(app, Full_name="李师傅", Staff_number="g-7", Phone="13800138000", Works_at=company)
    assert "The member of staff was added." in said(press(app, "Save"))
    (row,) = ask(portal, staff, StaffWanted()).rows
    assert (row.number, row.estate_id, row.phone) == ("G-7", company, "138****8000")
    shown = said(open_as("admin.staff", MANAGER, member=str(row.id)))
    assert "138****8000" in shown
    assert "13800138000" not in shown


def test_a_staff_number_taken_is_refused_and_what_was_typed_stays(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    add_member(portal, "G-001")
    app = panel(open_as("admin.staff", MANAGER), "new")
    type_in(app, Full_name="王师傅", Staff_number="G-001")
    press(app, "Save")
    assert len(app.error) == 1
    assert box(app, "Full name").value == "王师傅"
    assert ask(portal, staff, StaffWanted()).total == 1


def test_work_ends_and_the_number_on_record_stays(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    number = add_member(portal, phone="13800138000")
    app = panel(open_as("admin.staff", MANAGER, member=str(number)), "edit")
    box(app, "Active: can be given work").set_value(False)
    assert "The member of staff was saved." in said(press(app, "Save"))
    row = ask(portal, staff_member, StaffMemberWanted(number))
    assert (row.state.value, row.phone) == ("inactive", "138****8000")
    assert "cannot be given work" in said(open_as("admin.staff", MANAGER, member=str(number)))


def test_the_second_of_two_edits_of_staff_is_refused(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    number = add_member(portal)
    app = panel(open_as("admin.staff", MANAGER, member=str(number)), "edit")
    other = EditStaffMember(COMPANY, number, 1, "G-001", "赵师傅", "repair_worker", "engineering", True)
    act(portal, edit_staff_member, other)
    type_in(app, Full_name="钱师傅")
    assert "Somebody else has changed this record" in said(press(app, "Save"))
    assert box(app, "Full name").value == "钱师傅"
    assert ask(portal, staff_member, StaffMemberWanted(number)).name == "赵师傅"


def test_who_may_only_see_staff_is_offered_no_form(portal: Database, open_as: OpenAs) -> None:
    with_code_lists(portal)
    assert panels(open_as("admin.staff", SUPERVISOR, member=str(add_member(portal)))) == ["Details"]


def test_who_looks_after_one_estate_leaves_the_company_s_people_alone(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    app = open_as("admin.staff", looking_after(MANAGER, company), member=str(add_member(portal)))
    assert panels(app) == ["Details", "New member of staff"]
    panel(app, "new")
    assert list(box(app, "Works at").options) == ["Maple Court"]


# --- users


def test_a_user_is_invited_and_the_code_shown_once(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    app = panel(open_as("admin.users", ADMINISTRATOR), "new")
    type_in(app, Full_name="王会计", User_name="wang", Roles=[Role.ACCOUNTANT], Or_only_these=[company])
    said(press(app, "Invite"))
    (shown,) = [block.value for block in app.code]
    assert shown.startswith("wang\n")
    code = shown.split("\n")[1]
    assert code not in repr(app.session_state)
    press(app, "Noted, hide the code")
    assert not app.code
    invited = next(row for row in ask(portal, users, WantedUsers("wang")).rows)
    assert (invited.state, invited.roles, invited.estates) == ("invited", (Role.ACCOUNTANT,), (company,))


def test_roles_that_the_law_keeps_apart_are_refused_and_explained(portal: Database, open_as: OpenAs) -> None:
    app = panel(open_as("admin.users", ADMINISTRATOR), "new")
    assert "Cashier + Accountant" in said(app)
    type_in(app, Full_name="王会计", User_name="wang", Roles=[Role.CASHIER, Role.ACCOUNTANT])
    assert "One person may not be both" in said(press(app, "Invite"))
    assert box(app, "User name").value == "wang"
    assert not app.code
    assert not ask(portal, users, WantedUsers("wang")).total


def test_users_are_narrowed_by_role_and_state(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = open_as("admin.users", ADMINISTRATOR)
    assert "2 rows" in said(app)
    keyed(app, "users.role").set_value("cashier")
    assert "1 rows" in said(app.run())
    keyed(app, "users.state").set_value("disabled")
    assert "No user fits." in said(app.run())


def test_roles_and_estates_are_replaced(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    sign_in_as(portal, CASHIER)
    app = panel(open_as("admin.users", ADMINISTRATOR, user="4"), "roles")
    type_in(app, Roles=[Role.CASHIER, Role.FRONT_DESK])
    assert "The roles were saved" in said(press(app, "Save"))
    panel(app, "estates")
    box(app, "All estates").set_value(False)
    type_in(app, Or_only_these=[company])
    assert "The estates were saved" in said(press(app, "Save"))
    row = user(portal, CASHIER)
    assert (row.roles, row.estates) == ((Role.CASHIER, Role.FRONT_DESK), (company,))


def test_two_administrators_do_not_overwrite_each_other_s_roles(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = panel(open_as("admin.users", ADMINISTRATOR, user="4"), "roles")
    act(portal, set_roles, SetRoles(UserId(4), user(portal, CASHIER).version, frozenset({Role.PATROL})))
    type_in(app, Roles=[Role.HANDLER])
    assert "Somebody else has changed this record" in said(press(app, "Save"))
    assert user(portal, CASHIER).roles == (Role.PATROL,)


def test_shutting_out_asks_first_ends_sign_ins_and_can_be_taken_back(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = panel(open_as("admin.users", ADMINISTRATOR, user="4"), "access")
    assert "Tick the box first" in said(press(app, "Shut out"))
    assert user(portal, CASHIER).state == "active"
    app.checkbox[-1].check()
    assert "The user was shut out." in said(press(app, "Shut out"))
    assert user(portal, CASHIER).state == "disabled"
    assert "The user may sign in again." in said(press(app, "Let in again"))


def test_a_new_code_is_shown_once_and_the_form_beside_still_works(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = panel(open_as("admin.users", ADMINISTRATOR, user="4"), "access")
    app.checkbox[0].check()
    said(press(app, "Make a new code"))
    assert len(app.code) == 1
    press(app, "Noted, hide the code")
    assert not app.code
    app.checkbox[-1].check()
    assert "The user was shut out." in said(press(app, "Shut out"))


def test_another_person_s_sign_in_is_ended(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = panel(open_as("admin.users", ADMINISTRATOR, user="4"), "access")
    assert "The sign-in was ended." in said(press(app, "End"))
    assert "Nowhere." in said(app)


def test_nobody_changes_the_own_account_here(open_as: OpenAs) -> None:
    app = open_as("admin.users", ADMINISTRATOR, user="1")
    assert panels(app) == ["Details", "Invite"]
    assert "This is you." in said(app)


def test_who_may_only_see_users_is_offered_nothing_else(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    assert panels(open_as("admin.users", AUDITOR, user="4")) == ["Details"]


def test_the_access_review_names_what_to_look_at(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, replace(PATROL, estates=frozenset()))
    sign_in_as(portal, SUPERVISOR)
    with portal.writing() as connection, connection.begin():
        connection.execute(text("UPDATE user_sessions SET last_seen_at = '2020-01-01 00:00:00' WHERE user_id = 3"))
    app = open_as("admin.users", AUDITOR)
    keyed(app, "panel.users").set_value("review")
    shown = said(app.run())
    assert "no estate in care" in shown
    assert "not used for 90 days" in shown


# --- settings and code lists


def chosen_setting(app: AppTest, key: SettingKey) -> AppTest:
    """Pick a setting in the list."""
    app.session_state["table.settings"] = {"selection": {"rows": [list(SettingKey).index(key)], "columns": []}}
    return app.run()


def settings(portal: Database, place: EstateId, key: SettingKey) -> Any:
    """A setting as it holds today."""
    return next(row for row in ask(portal, settings_of, SettingsWanted(place, today())) if row.key is key)


def test_settings_say_what_holds_and_where_it_comes_from(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    act(portal, set_setting, SetSetting(COMPANY, SettingKey.FEES_DUE_DAY, "20", today(), 0), now=datetime.now(UTC))
    app = open_as("admin.settings", ADMINISTRATOR, estate="E0001")
    frame = app.dataframe[0].value
    due = frame[frame["Setting"] == "Due day of the month"].iloc[0]
    assert list(due) == ["Due day of the month", "20", "Whole company", "1"]
    assert "Maple Court" in said(app)


def test_a_setting_is_changed_for_one_estate_from_a_day_on(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR, estate="E0001"), SettingKey.FEES_DUE_DAY)
    assert "Never changed" in said(app)
    type_in(app, New_value="28")
    assert "The setting was saved." in said(press(app, "Save"))
    row = settings(portal, company, SettingKey.FEES_DUE_DAY)
    assert (row.text, row.source.value, len(row.history)) == ("28", "estate", 1)
    assert settings(portal, COMPANY, SettingKey.FEES_DUE_DAY).text == "15"


def test_a_value_that_cannot_be_is_refused_and_stays_in_the_box(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), SettingKey.FEES_DUE_DAY)
    type_in(app, New_value="32")
    assert "must lie between 1 and 31" in said(press(app, "Save"))
    assert box(app, "New value").value == "32"
    assert settings(portal, COMPANY, SettingKey.FEES_DUE_DAY).text == "15"


def test_a_choice_is_chosen_by_its_words(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), SettingKey.FEES_CHARGING_MODE)
    assert list(box(app, "New value").options) == ["Lump sum", "Remuneration"]
    type_in(app, New_value="remuneration")
    assert "The setting was saved." in said(press(app, "Save"))
    assert settings(portal, COMPANY, SettingKey.FEES_CHARGING_MODE).text == "remuneration"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (
            SettingKey.CASES_LIMITS_NORMAL,
            (
                "Target/hard limit for response, feedback, call_back, as 24h/2wd",
                "response = 8wh / 2wd，feedback=-",
                "response=8wh/2wd,feedback=-",
                "response=8wh/2wd, feedback=-",
            ),
        ),
        (
            SettingKey.ORDERS_LIMITS_FAILURE,
            ("they run round the clock", "response=30m/2h", "response=30m/2h", "response=30m/2h"),
        ),
        (
            SettingKey.SERVICE_HOURS,
            (
                "1 is Monday",
                "1-5 9:00-12:00,13:00-18:00;6 9:00-12:00",
                "1-5 09:00-12:00,13:00-18:00; 6 09:00-12:00",
                "1-5 09:00-12:00, 13:00-18:00; 6 09:00-12:00",
            ),
        ),
        (
            SettingKey.SERVICE_LADDER,
            (
                "Percent of the limit and who is told",
                "120%=manager, 90=handler",
                "90=handler,120=manager",
                "90 % Case handler, 120 % Estate manager",
            ),
        ),
        (
            SettingKey.SURVEYS_DIMENSION_WEIGHTS,
            ("Name and weight", "service=30，price=20", "service=30,price=20", "service=30, price=20"),
        ),
    ],
)
def test_a_setting_with_a_spelling_of_its_own_says_how_it_is_written_and_takes_it(
    portal: Database, open_as: OpenAs, company: EstateId, key: SettingKey, words: tuple[str, str, str, str]
) -> None:
    hint, typed, stored, read = words
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR, estate="E0001"), key)
    assert hint in said(app)
    type_in(app, New_value=typed)
    assert "The setting was saved." in said(press(app, "Save"))
    assert settings(portal, company, key).text == stored
    shown = app.dataframe[0].value.iloc[list(SettingKey).index(key)]
    assert (shown["Holds today"], shown["Comes from"]) == (read, "This estate")


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        (SettingKey.CASES_LIMITS_NORMAL, "response=25h/24h"),
        (SettingKey.ORDERS_LIMITS_FAILURE, "finish=1wd"),
        (SettingKey.SERVICE_HOURS, "every day"),
        (SettingKey.SERVICE_LADDER, "50=cashier"),
    ],
)
def test_limits_hours_and_ladders_that_cannot_be_stay_in_the_box(
    portal: Database, open_as: OpenAs, company: EstateId, key: SettingKey, typed: str
) -> None:
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), key)
    before = settings(portal, COMPANY, key)
    type_in(app, New_value=typed)
    press(app, "Save")
    assert len(app.error) == 1
    assert box(app, "New value").value == typed
    assert settings(portal, COMPANY, key) == before


def test_pauses_without_approval_are_chosen_from_the_list_of_reasons(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    key = SettingKey.SERVICE_FREE_PAUSES
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), key)
    reasons = box(app, "New value")
    assert reasons.value == ["customer_appointment"]
    assert "Waiting for parts" in reasons.options
    reasons.set_value(["customer_appointment", "weather"])
    shown = said(press(app, "Save"))
    assert "The setting was saved." in shown
    assert "Appointment with the customer, Weather" in shown
    assert settings(portal, COMPANY, key).text == "customer_appointment,weather"
    box(app, "New value").set_value([])
    assert "The setting was saved." in said(press(app, "Save"))
    assert settings(portal, COMPANY, key).text == ""
    assert box(app, "New value").value == []


def test_a_reason_retired_since_stays_on_offer_while_it_is_set(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    act(portal, retire_code, RetireCode(CodeList.PAUSE_REASON, "customer_appointment", 1))
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), SettingKey.SERVICE_FREE_PAUSES)
    assert box(app, "New value").value == ["customer_appointment"]
    assert box(app, "New value").options[-1] == "Appointment with the customer"


def test_the_second_of_two_changes_of_a_setting_is_refused(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    app = chosen_setting(open_as("admin.settings", ADMINISTRATOR), SettingKey.FEES_DUE_DAY)
    act(portal, set_setting, SetSetting(COMPANY, SettingKey.FEES_DUE_DAY, "20", today(), 0), now=datetime.now(UTC))
    type_in(app, New_value="25")
    assert "Somebody else has changed this record" in said(press(app, "Save"))
    assert settings(portal, COMPANY, SettingKey.FEES_DUE_DAY).text == "20"


def test_who_looks_after_one_estate_sets_nothing_for_the_company(open_as: OpenAs, company: EstateId) -> None:
    who = looking_after(ADMINISTRATOR, company)
    app = chosen_setting(open_as("admin.settings", who), SettingKey.FEES_DUE_DAY)
    assert "Only who looks after all estates" in said(app)
    assert not [button for button in app.button if button.label == "Save"]


def code_list(app: AppTest, name: CodeList, row: int | None = None) -> AppTest:
    """Open a code list, and an entry of it."""
    keyed(app, "panel.settings").set_value("lists")
    app.run()
    keyed(app, "settings.list").set_value(name)
    app.run()
    if row is not None:
        app.session_state[f"table.codes.{name}"] = {"selection": {"rows": [row], "columns": []}}
        app.run()
    return app


def test_an_entry_is_added_renamed_and_retired(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    app = code_list(open_as("admin.settings", ADMINISTRATOR), CodeList.UNIT_GRADE)
    type_in(app, Chinese_name="戊级", English_name="Grade E")
    type_in(app, **{"Code (Latin letters, digits, underscore; never changes)": "E"})
    assert "The entry was added." in said(press(app, "Save"))
    code_list(app, CodeList.UNIT_GRADE, row=4)
    type_in(app, English_name="Fifth grade")
    assert "The entry was saved." in said(press(app, "Save"))
    app.checkbox[-1].check()
    assert "The entry was retired." in said(press(app, "Retire this entry"))
    rows = ask(portal, codes_of, CodesWanted((CodeList.UNIT_GRADE,), with_retired=True))
    (row,) = [each for each in rows if each.code == "E"]
    assert row.label_en == "Fifth grade"
    assert row.retired_at is not None


def test_a_code_taken_is_refused(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    app = code_list(open_as("admin.settings", ADMINISTRATOR), CodeList.UNIT_GRADE)
    type_in(app, Chinese_name="甲级", English_name="Grade A")
    type_in(app, **{"Code (Latin letters, digits, underscore; never changes)": "a"})
    press(app, "Save")
    assert len(app.error) == 1
    assert box(app, "English name").value == "Grade A"


def test_lists_the_rules_know_by_name_are_renamed_only(open_as: OpenAs, company: EstateId) -> None:
    app = code_list(open_as("admin.settings", ADMINISTRATOR), CodeList.RELATION)
    assert "entries can be renamed only" in said(app)
    code_list(app, CodeList.RELATION, row=0)
    assert "Retire this entry" not in [button.label for button in app.button]


# --- calendar


def test_a_known_year_is_drawn_with_its_days_counted(portal: Database, open_as: OpenAs) -> None:
    assert 2026 in PUBLISHED_YEARS
    app = open_as("admin.calendar", PATROL, year="2026")
    shown = said(app)
    year = ask(portal, calendar_year, 2026)
    working = sum(row.works and row.day.weekday() < 5 for row in year.days)
    assert f"Working day: {working}" in shown
    assert not app.error
    assert "An administrator of the whole company declares days." in shown


def test_an_unknown_year_is_said_loudly(open_as: OpenAs) -> None:
    year = max(PUBLISHED_YEARS) + 1
    app = open_as("admin.calendar", ADMINISTRATOR, year=str(year))
    assert f"The holidays of {year} are not known" in app.error[0].value


def test_a_day_is_declared_and_taken_back(portal: Database, open_as: OpenAs) -> None:
    app = open_as("admin.calendar", ADMINISTRATOR, year="2026")
    keyed(app, "calendar.day.2026").set_value(date(2026, 12, 19))
    app.run()
    type_in(app, Why="year-end count")
    assert "The day was declared." in said(press(app, "Save"))
    assert "year-end count" in said(app)
    (row,) = ask(portal, calendar_year, 2026).declared
    assert (row.day, row.declared, row.works) == (date(2026, 12, 19), DayKind.WORKING, True)
    assert "decides about this day again" in said(press(app, "Take the declaration back"))
    assert not ask(portal, calendar_year, 2026).declared


def test_the_second_of_two_declarations_is_refused(portal: Database, open_as: OpenAs) -> None:
    app = open_as("admin.calendar", ADMINISTRATOR, year="2026")
    keyed(app, "calendar.day.2026").set_value(date(2026, 12, 19))
    app.run()
    act(portal, set_calendar_day, SetCalendarDay(date(2026, 12, 19), DayKind.REST, "", None))
    type_in(app, Why="year-end count")
    assert "Somebody else has changed this record" in said(press(app, "Save"))
    assert box(app, "Why").value == "year-end count"


# --- audit log


def in_builders_month(app: AppTest) -> AppTest:
    """Show the entries of the month in which the builders work."""
    day = local_day(NOW)
    keyed(app, "audit.from").set_value(day.replace(day=1))
    keyed(app, "audit.to").set_value(day)
    return app.run()


def test_the_log_shows_the_company_and_its_estates(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    estate(portal, "Oak Park")
    app = open_as("admin.audit", AUDITOR, estate="E0001")
    assert "Maple Court" in said(in_builders_month(app))
    keyed(app, "audit.action").set_value("staff")
    assert "No entry fits" in said(app.run())
    keyed(app, "audit.action").set_value("estates")
    keyed(app, "audit.scope").set_value("estate")
    shown = said(app.run())
    assert "1 rows" in shown
    assert "Oak Park" not in shown


def test_who_looks_after_one_estate_sees_its_entries_only(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    other = estate(portal, "Oak Park")
    app = open_as("admin.audit", looking_after(SUPERVISOR, other))
    shown = said(in_builders_month(app))
    assert "Oak Park" in shown
    assert "Maple Court" not in shown
    assert "Whole company" not in app.dataframe[0].value.to_string()


def test_older_entries_are_a_press_away(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    small_estate(portal, "Oak Park")
    app = open_as("admin.audit", AUDITOR)
    in_builders_month(app)
    newest = app.dataframe[0].value.to_string()
    older = press(app, "Older").dataframe[0].value.to_string()
    assert older != newest
    assert press(app, "Newer").dataframe[0].value.to_string() == newest


def test_an_entry_shows_before_and_after_without_personal_values(
    portal: Database, open_as: OpenAs, company: EstateId
) -> None:
    app = open_as("admin.audit", AUDITOR)
    in_builders_month(app)
    keyed(app, "audit.action").set_value("customers")
    app.run()
    name = next(str(frame.key) for frame in app.dataframe if str(frame.key).startswith("table.audit"))
    app.session_state[name] = {"selection": {"rows": [0], "columns": []}}
    shown = said(app.run())
    assert "13900010000" not in shown
    assert "张三" not in shown
    assert "never in clear" in shown


def test_sound_chains_are_said_to_hold(open_as: OpenAs, company: EstateId) -> None:
    app = open_as("admin.audit", AUDITOR)
    keyed(app, "panel.audit").set_value("check")
    app.run()
    assert "All 2 chains hold" in said(press(app, "Verify the chains now"))
    assert "Last hash" in said(app)


def test_a_row_that_was_changed_is_found_and_located(portal: Database, open_as: OpenAs, company: EstateId) -> None:
    with portal.writing() as connection, connection.begin():
        triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        forged = text("UPDATE audit_entries SET actor_name = 'nobody' WHERE chain = :chain AND seq = 3")
        connection.execute(forged, {"chain": company})
    app = open_as("admin.audit", AUDITOR)
    keyed(app, "panel.audit").set_value("check")
    app.run()
    press(app, "Verify the chains now")
    assert "Maple Court: entry no. 3 does not hold: The row was changed" in app.error[0].value


# --- own account


def test_the_account_shows_this_browser_and_ends_another(portal: Database, open_as: OpenAs) -> None:
    sign_in_as(portal, CASHIER)
    app = open_as("admin.account", CASHIER)
    assert "this browser" in said(app)
    assert [button.label for button in app.button] == ["End"]
    assert "The sign-in was ended." in said(press(app, "End"))
    assert not app.button


def test_the_language_is_changed_and_kept(portal: Database, open_as: OpenAs) -> None:
    app = open_as("admin.account", CASHIER)
    box(app, "Language").set_value("zh_CN")
    app.run()
    assert not app.exception
    assert user(portal, CASHIER).language == "zh_CN"


def test_a_password_is_changed_on_its_own_page(open_as: OpenAs) -> None:
    (link,) = open_as("admin.account", CASHIER).get("link_button")
    assert link.proto.url == "/session/change-password"
