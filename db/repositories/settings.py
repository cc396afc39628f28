"""Settings: what was set, newest first, so that the later of two entries for one day holds (R-008)."""

from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from core.admin.settings import (
    FeeSettings,
    SettingEntry,
    SettingKey,
    SurveySettings,
    fee_settings_at,
    survey_settings_at,
)
from core.kernel.identity import COMPANY, EstateId
from db.models import Setting

_KNOWN = tuple(key.value for key in SettingKey)


def setting_entries(connection: Session | Connection, estate: EstateId) -> tuple[SettingEntry, ...]:
    """The entries of an estate (or the company), newest first."""
    statement = (
        select(Setting.key, Setting.valid_from, Setting.value)
        .where(Setting.estate_id == estate, Setting.key.in_(_KNOWN))
        .order_by(Setting.id.desc())
    )
    return tuple(SettingEntry(SettingKey(key), start, text) for key, start, text in connection.execute(statement))


def fee_settings_on(connection: Session | Connection, estate: EstateId, day: date) -> FeeSettings:
    """All fee settings that hold in an estate on a day."""
    own, company = setting_entries(connection, estate), setting_entries(connection, COMPANY)
    return fee_settings_at(estate_entries=own, company_entries=company, day=day)


def survey_settings_on(connection: Session | Connection, estate: EstateId, day: date) -> SurveySettings:
    """All survey settings that hold in an estate on a day."""
    own, company = setting_entries(connection, estate), setting_entries(connection, COMPANY)
    return survey_settings_at(estate_entries=own, company_entries=company, day=day)


def newest_id(session: Session, estate: EstateId, key: SettingKey) -> int:
    """The number of the last entry for a setting, 0 when there is none."""
    statement = select(func.max(Setting.id)).where(Setting.estate_id == estate, Setting.key == key.value)
    return session.scalar(statement) or 0
