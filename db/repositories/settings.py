"""Settings: what was set, newest first, so that the later of two entries for one day holds (R-008)."""

from collections.abc import Collection
from datetime import date
from typing import Final, TypeAlias, cast

from sqlalchemy import Connection, Table, bindparam, func, select
from sqlalchemy.orm import Session

from core.admin.settings import (
    CaseSettings,
    FeeSettings,
    OrderSettings,
    ServiceSettings,
    SettingEntry,
    SettingKey,
    SurveySettings,
    case_settings_at,
    fee_settings_at,
    order_settings_at,
    service_settings_at,
    survey_settings_at,
)
from core.kernel.identity import COMPANY, EstateId
from db.models import Setting

_KNOWN = tuple(key.value for key in SettingKey)
_Entries: TypeAlias = tuple[SettingEntry, ...]
_settings: Final = cast(Table, Setting.__table__)
_BOTH: Final = (
    select(_settings.c.estate_id, _settings.c.key, _settings.c.valid_from, _settings.c.value)
    .where(_settings.c.estate_id.in_(bindparam("places", expanding=True)), _settings.c.key.in_(_KNOWN))
    .order_by(_settings.c.id.desc())
)


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
    own, company = _own_and_company(connection, estate)
    return fee_settings_at(estate_entries=own, company_entries=company, day=day)


def survey_settings_on(connection: Session | Connection, estate: EstateId, day: date) -> SurveySettings:
    """All survey settings that hold in an estate on a day."""
    own, company = _own_and_company(connection, estate)
    return survey_settings_at(estate_entries=own, company_entries=company, day=day)


def all_service_settings_on(
    connection: Session | Connection, estate: EstateId, day: date
) -> tuple[ServiceSettings, CaseSettings, OrderSettings]:
    """All settings of complaints and service requests that hold in an estate on a day, in one statement."""
    own, company = _own_and_company(connection, estate)
    return (
        service_settings_at(estate_entries=own, company_entries=company, day=day),
        case_settings_at(estate_entries=own, company_entries=company, day=day),
        order_settings_at(estate_entries=own, company_entries=company, day=day),
    )


def service_settings_of(
    connection: Session | Connection, estates: Collection[EstateId], day: date
) -> dict[EstateId, ServiceSettings]:
    """Hours and ladder that hold in each of many estates on a day, in one statement."""
    entries = _entries_of(connection, estates)
    company = entries[COMPANY]
    return {
        estate: service_settings_at(estate_entries=entries[estate], company_entries=company, day=day)
        for estate in estates
    }


def _own_and_company(connection: Session | Connection, estate: EstateId) -> tuple[_Entries, _Entries]:
    """The entries of an estate and of the company, each newest first, in one statement."""
    entries = _entries_of(connection, (estate,))
    return entries[estate], entries[COMPANY]


def _entries_of(connection: Session | Connection, estates: Collection[EstateId]) -> dict[EstateId, _Entries]:
    """The entries of estates and of the company, each newest first, in one statement."""
    found: dict[EstateId, list[SettingEntry]] = {place: [] for place in (COMPANY, *estates)}
    for place, key, start, text in connection.execute(_BOTH, {"places": list(found)}):
        found[place].append(SettingEntry(SettingKey(key), start, text))
    return {place: tuple(entries) for place, entries in found.items()}


def newest_id(session: Session, estate: EstateId, key: SettingKey) -> int:
    """The number of the last entry for a setting, 0 when there is none."""
    statement = select(func.max(Setting.id)).where(Setting.estate_id == estate, Setting.key == key.value)
    return session.scalar(statement) or 0
