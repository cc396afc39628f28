"""The spec a file is read by: a fixed one, or the one made for what the file belongs to (a round, an estate)."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, or_, select
from sqlalchemy.orm import Session

from core.admin.codes import CodeList
from core.imports.case_finish import CaseTerms
from core.imports.case_rows import case_spec
from core.imports.kinds import KINDS
from core.imports.specs import Belongs, ImportKind, KindSpec
from core.imports.survey_rows import survey_spec
from core.imports.text import folded
from core.kernel.identity import COMPANY, EstateId, QuestionnaireId
from core.kernel.periods import Month, local_day
from core.staff.records import StaffState
from core.surveys.rounds import Channel
from db.models import CodeItem, Estate, StaffMember, SurveyRound, Unit
from db.repositories.questionnaires import items_of
from db.repositories.settings import all_service_settings_on


class BatchTarget(Protocol):
    """What of a batch says which spec it is read by."""

    @property
    def kind(self) -> Any:
        """What it is a list of."""
        ...

    @property
    def estate_id(self) -> Any:
        """The target's estate."""
        ...

    @property
    def target_id(self) -> Any:
        """What the file belongs to, if anything."""
        ...


def belongs_to(estate: int, target: int | None) -> Belongs:
    """What a batch of an estate belongs to: a survey round where one is named, else the estate, if it has one."""
    if target is not None:
        return Belongs.ROUND
    return Belongs.NOTHING if estate == COMPANY else Belongs.ESTATE


def spec_for(connection: Connection | Session, batch: BatchTarget, *, now: datetime) -> KindSpec:
    """The spec a batch is read by: a fixed one, or the one made for its target as that is now."""
    spec, target = KINDS[ImportKind(batch.kind)], belongs_to(batch.estate_id, batch.target_id)
    if target is Belongs.NOTHING or spec.belongs_to is not target:
        return spec
    return _TARGETED[target](connection, batch, now)


def _estate_spec(connection: Connection | Session, batch: BatchTarget, now: datetime) -> KindSpec:
    """The past complaints of an estate: its units, its departments and who works there."""
    estate = EstateId(batch.estate_id)
    connection.execute(select(Estate.id).where(Estate.id == estate)).one()
    units = connection.execute(select(Unit.code).where(Unit.estate_id == estate)).scalars()
    today, (staff, retired) = local_day(now), _staff(connection, estate)
    _, settings, _ = all_service_settings_on(connection, estate, today)
    terms = CaseTerms(
        units=frozenset(units),
        departments=_departments(connection),
        staff=staff,
        retired=retired,
        now=now,
        kept_from=Month.of(today).shift(-settings.retention_months).day(today.day),
    )
    return case_spec(terms=terms)


def _departments(connection: Connection | Session) -> tuple[tuple[str, str, str], ...]:
    """The departments that may be named, in the order of the list."""
    entry = CodeItem
    statement = select(entry.code, entry.label_zh, entry.label_en).order_by(entry.sort, entry.code)
    wanted = statement.where(entry.list == CodeList.DEPARTMENT.value, entry.retired_at.is_(None))
    return tuple((row.code, row.label_zh, row.label_en) for row in connection.execute(wanted))


def _staff(connection: Connection | Session, estate: EstateId) -> tuple[dict[str, str], frozenset[str]]:
    """The numbers of members of staff by folded number and name, and of those who get no work any more.

    A name that several bear means nobody.
    """
    here = or_(StaffMember.estate_id.is_(None), StaffMember.estate_id == estate)
    columns = (StaffMember.number, StaffMember.name, StaffMember.state)
    rows = list(connection.execute(select(*columns).where(here)))
    times = Counter(folded(row.name) for row in rows)
    names = {folded(row.name): row.number for row in rows if times[folded(row.name)] == 1}
    retired = frozenset(row.number for row in rows if row.state != StaffState.ACTIVE.value)
    return names | {folded(row.number): row.number for row in rows}, retired


def _round_spec(connection: Connection | Session, batch: BatchTarget, now: datetime) -> KindSpec:
    """The forms of a survey round: nothing was collected outside its days, nor after today."""
    columns = (SurveyRound.questionnaire_id, SurveyRound.starts_on, SurveyRound.ends_on, SurveyRound.channels)
    own = (SurveyRound.estate_id == batch.estate_id, SurveyRound.id == batch.target_id)
    joined = select(*columns, Estate.code).join(Estate, Estate.id == SurveyRound.estate_id)
    found = connection.execute(joined.where(*own)).one()
    return survey_spec(
        items=items_of(connection, QuestionnaireId(found.questionnaire_id)),
        estate=found.code,
        first_day=found.starts_on,
        last_day=min(found.ends_on - timedelta(days=1), local_day(now)),
        channels=[Channel(code) for code in found.channels.split(",")],
    )


_TARGETED: Final[Mapping[Belongs, Callable[[Connection | Session, BatchTarget, datetime], KindSpec]]] = {
    Belongs.ROUND: _round_spec,
    Belongs.ESTATE: _estate_spec,
}
"""Kinds whose columns depend on what the file belongs to."""
