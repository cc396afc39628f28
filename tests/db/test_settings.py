"""R-008, R-011, R-196; T7 for settings."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.admin.permissions import NotPermitted, Permission
from core.admin.settings import (
    SPECS,
    SettingInClosedPeriod,
    SettingKey,
    SettingNotANumber,
    SettingOutOfBounds,
    setting_text,
)
from core.kernel.identity import COMPANY, EstateId
from db.engine import Database
from db.operations.settings import SetSetting, set_setting
from db.queries.settings import SettingRow, SettingSource, SettingsWanted, settings_of
from db.repositories.settings import fee_settings_on
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, refused, someone_with
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

DUE = SettingKey.FEES_DUE_DAY
TODAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 22)


@pytest.fixture
def place(database: Database) -> EstateId:
    builders.with_code_lists(database)
    return builders.estate(database)


def due(estate: EstateId, text: str, day: date = TODAY, seen: int = 0) -> SetSetting:
    return SetSetting(estate, DUE, text, day, seen)


def row_of(database: Database, estate: EstateId, day: date = TODAY, key: SettingKey = DUE) -> SettingRow:
    rows = builders.ask(database, settings_of, SettingsWanted(estate, day))
    assert [row.key for row in rows] == list(SettingKey)
    return next(row for row in rows if row.key is key)


def test_without_entries_the_defaults_hold(database: Database, place: EstateId) -> None:
    for key in SettingKey:
        default = setting_text(SPECS[key].default)
        assert row_of(database, place, key=key) == SettingRow(key, default, SettingSource.DEFAULT, default, 0, ())


def test_the_estates_entry_stands_over_the_companys_from_its_day_on(database: Database, place: EstateId) -> None:
    company = builders.act(database, set_setting, due(COMPANY, "10"), by=ADMINISTRATOR)
    own = builders.act(database, set_setting, due(place, " ２０ ", TOMORROW), by=ADMINISTRATOR)
    before, after = row_of(database, place), row_of(database, place, TOMORROW)
    assert (before.text, before.source, before.newest_id) == ("10", SettingSource.COMPANY, own)
    assert (after.text, after.source) == ("20", SettingSource.ESTATE)
    history = [(c.id, c.source, c.text, c.valid_from, c.set_by, c.set_at) for c in after.history]
    assert history == [
        (own, SettingSource.ESTATE, "20", TOMORROW, "admin", builders.NOW),
        (company, SettingSource.COMPANY, "10", TODAY, "admin", builders.NOW),
    ]
    at_company = row_of(database, COMPANY)
    assert (at_company.text, at_company.source, at_company.newest_id) == ("10", SettingSource.COMPANY, company)
    with database.reading() as connection, count_statements(database) as seen:
        assert [fee_settings_on(connection, place, day).due_day for day in (TODAY, TOMORROW)] == [10, 20]
        assert fee_settings_on(connection, place, TODAY).late_fee_per_myriad_day == Decimal(3)
        assert fee_settings_on(connection, COMPANY, TOMORROW).due_day == 10
        assert len(seen) == 4


def test_of_two_entries_for_one_day_the_later_holds_and_both_stay(database: Database, place: EstateId) -> None:
    first = builders.act(database, set_setting, due(place, "10"))
    builders.act(database, set_setting, due(place, "12", seen=first))
    assert row_of(database, place).text == "12"
    assert [change.text for change in row_of(database, place).history] == ["12", "10"]
    with database.reading() as connection:
        assert fee_settings_on(connection, place, TODAY).due_day == 12
    last = entries(database, "settings.set")[-1]
    assert (last.chain, last.subject_id) == (place, "fees.due_day")
    assert json.loads(last.before) == {"value": "10", "valid_from": "2026-11-21"}
    assert json.loads(last.after) == {"value": "12", "valid_from": "2026-11-21"}


def test_the_second_of_two_editors_is_refused(database: Database, place: EstateId) -> None:
    builders.act(database, set_setting, due(place, "10"))
    with refused(database, EditConflict):
        builders.act(database, set_setting, due(place, "11"))
    builders.act(database, set_setting, due(COMPANY, "11"))


def test_a_day_before_today_in_china_is_refused(database: Database, place: EstateId) -> None:
    with refused(database, SettingInClosedPeriod, first_open_day=TODAY):
        builders.act(database, set_setting, due(place, "10", date(2026, 11, 20)))
    late = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)  # midnight of the 22nd in China
    with refused(database, SettingInClosedPeriod, first_open_day=TOMORROW):
        builders.act(database, set_setting, due(place, "10"), now=late)


def test_a_bad_value_is_refused(database: Database, place: EstateId) -> None:
    with refused(database, SettingOutOfBounds, least=1, most=31):
        builders.act(database, set_setting, due(place, "32"))
    with refused(database, SettingNotANumber):
        builders.act(database, set_setting, due(place, "1; DROP TABLE settings"))
    with refused(database, NotFound):
        builders.act(database, set_setting, due(EstateId(99), "10"))


def test_only_people_with_the_right_change_settings(database: Database, place: EstateId) -> None:
    check_rights(database, set_setting, due(place, "10"), Permission.SETTINGS_MAKE)
    check_rights(database, set_setting, due(COMPANY, "10"), Permission.SETTINGS_MAKE)
    check_reading_rights(database, settings_of, SettingsWanted(place, TODAY), Permission.ESTATES_VIEW)


def test_another_estate_and_the_company_are_out_of_reach(database: Database, place: EstateId) -> None:
    other = builders.estate(database, "other")
    limited = someone_with(Permission.SETTINGS_MAKE, place)
    for estate in (other, COMPANY):
        with refused(database, NotPermitted):
            builders.act(database, set_setting, due(estate, "10"), by=limited)
    with pytest.raises(NotPermitted):
        builders.ask(database, settings_of, SettingsWanted(other, TODAY), by=limited)
    builders.act(database, set_setting, due(place, "10"), by=limited)


def test_a_page_of_settings_needs_one_statement(database: Database, place: EstateId) -> None:
    with count_statements(database) as sent:
        row_of(database, place)
    assert len(sent) == 1
