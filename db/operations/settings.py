"""Use cases of settings (R-008): values are added with the day they hold from, never changed."""

from dataclasses import dataclass
from datetime import date

from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from core.admin.settings import SettingKey, check_change
from core.kernel.identity import COMPANY, EstateId
from core.kernel.periods import local_day
from db.models import Setting
from db.operations.estates import the_estate
from db.repositories.settings import newest_id
from db.unit_of_work import EditConflict, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class SetSetting:
    """A setting's new value from a day on. ``seen_id`` is the newest entry the form showed, 0 for none.

    ``estate_id`` is the company (0) for what holds wherever an estate says nothing of its own.
    """

    estate_id: EstateId
    key: SettingKey
    text: str
    valid_from: date
    seen_id: int


@operation(Permission.SETTINGS_MAKE)
def set_setting(work: UnitOfWork, command: SetSetting) -> int:
    """Add a setting's value from today or a later day on, and give the entry's number."""
    if command.estate_id == COMPANY:
        require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    else:
        the_estate(work, command.estate_id)
    last = newest_id(work.session, command.estate_id, command.key)
    if last != command.seen_id:
        raise EditConflict
    today = local_day(work.now)
    entry = check_change(key=command.key, text=command.text, valid_from=command.valid_from, first_open_day=today)
    before = work.session.get(Setting, last) if last else None
    row = Setting(
        estate_id=command.estate_id,
        key=entry.key.value,
        value=entry.text,
        valid_from=entry.valid_from,
        set_by=work.actor.name,
        set_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    subject = ("setting", entry.key.value)
    work.record("settings.set", subject, estate=command.estate_id, before=_facts(before), after=_facts(row))
    return row.id


def _facts(row: Setting | None) -> dict[str, str] | None:
    return None if row is None else {"value": row.value, "valid_from": row.valid_from.isoformat()}
