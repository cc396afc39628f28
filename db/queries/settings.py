"""Settings as their page shows them: what holds, where it comes from, and how it came about (R-008)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, or_, select

from core.admin.permissions import Permission
from core.admin.settings import SPECS, SettingEntry, SettingKey, setting_text, value_at
from core.kernel.identity import COMPANY, EstateId
from db.models import Setting
from db.unit_of_work import Reader, query


class SettingSource(StrEnum):
    """Who set the value that holds."""

    ESTATE = "estate"
    COMPANY = "company"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class SettingsWanted:
    """The settings of an estate (0: the company) as they hold on a day."""

    estate_id: EstateId
    day: date


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One entry: the value set, from which day it holds, and who set it when."""

    id: int
    source: SettingSource
    text: str
    valid_from: date
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting. ``newest_id`` is what the form sends back as ``seen_id``; ``history`` begins with the newest entry."""

    key: SettingKey
    text: str
    source: SettingSource
    default_text: str
    newest_id: int
    history: tuple[SettingChange, ...]


@query(Permission.ESTATES_VIEW)
def settings_of(reader: Reader, wanted: SettingsWanted) -> tuple[SettingRow, ...]:
    """Every setting with the value that holds on the day and all entries of the estate and the company."""
    here = or_(Setting.estate_id == COMPANY, reader.scope(Setting.estate_id))
    statement = select(Setting).where(Setting.estate_id.in_((wanted.estate_id, COMPANY)), here)
    rows = reader.rows(statement.order_by(Setting.id.desc()))
    return tuple(_setting_row(key, [row for row in rows if row.key == key.value], wanted) for key in SettingKey)


def _setting_row(key: SettingKey, rows: list[Row[Any]], wanted: SettingsWanted) -> SettingRow:
    own = _entries(key, rows, wanted.estate_id)
    company = _entries(key, rows, COMPANY)
    value = value_at(key=key, estate_entries=own, company_entries=company, day=wanted.day)
    return SettingRow(
        key=key,
        text=setting_text(value),
        source=_source(own if wanted.estate_id != COMPANY else (), company, wanted.day),
        default_text=setting_text(SPECS[key].default),
        newest_id=next((row.id for row in rows if row.estate_id == wanted.estate_id), 0),
        history=tuple(_change(row) for row in rows),
    )


def _entries(key: SettingKey, rows: list[Row[Any]], estate: EstateId) -> tuple[SettingEntry, ...]:
    return tuple(SettingEntry(key, row.valid_from, row.value) for row in rows if row.estate_id == estate)


def _source(own: tuple[SettingEntry, ...], company: tuple[SettingEntry, ...], day: date) -> SettingSource:
    if any(entry.valid_from <= day for entry in own):
        return SettingSource.ESTATE
    return SettingSource.COMPANY if any(entry.valid_from <= day for entry in company) else SettingSource.DEFAULT


def _change(row: Row[Any]) -> SettingChange:
    source = SettingSource.COMPANY if row.estate_id == COMPANY else SettingSource.ESTATE
    return SettingChange(row.id, source, row.value, row.valid_from, row.set_by, row.set_at)
