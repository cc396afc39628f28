"""Survey rounds: rows and core values, and what their forms say about a change of dates."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.kernel.identity import EstateId, RoundId
from core.kernel.periods import Span
from core.surveys.responses import ResponseState
from core.surveys.rounds import Channel, RoundKind, RoundRecord
from db.models import SurveyResponse, SurveyRound, Unit

_BETWEEN = ","


def load_round(session: Session, estate: EstateId, round_id: RoundId) -> SurveyRound | None:
    """The row of a round, for a change."""
    return session.get(SurveyRound, (estate, round_id))


def channels_of(stored: str) -> frozenset[Channel]:
    """Stored channels as the rules know them."""
    return frozenset(Channel(code) for code in stored.split(_BETWEEN) if code)


def record_of(row: SurveyRound) -> RoundRecord:
    """The core value of a row."""
    return RoundRecord(
        name=row.name,
        code=row.code,
        kind=RoundKind(row.kind),
        span=Span(row.starts_on, row.ends_on),
        channels=channels_of(row.channels),
        target_sample=row.target_sample,
        sent=row.sent,
        population=row.population,
        check_percent=row.check_percent,
        event_reference=row.event_reference,
    )


def fill(row: SurveyRound, record: RoundRecord) -> None:
    """Write a record into a row, its channels in the order the rules list them."""
    row.name, row.code, row.kind = record.name, record.code, record.kind.value
    row.starts_on, row.ends_on = record.span.start, record.span.end
    row.channels = _BETWEEN.join(channel.value for channel in Channel if channel in record.channels)
    row.target_sample, row.sent, row.population = record.target_sample, record.sent, record.population
    row.check_percent, row.event_reference = record.check_percent, record.event_reference


def round_codes(session: Session, estate: EstateId) -> frozenset[str]:
    """Every code the estate has used for a round, whatever became of it."""
    return frozenset(session.scalars(select(SurveyRound.code).where(SurveyRound.estate_id == estate)))


def units_in_use(session: Session, estate: EstateId) -> int:
    """How many units of an estate are in use: the households there are to ask."""
    statement = select(func.count()).select_from(Unit).where(Unit.estate_id == estate, Unit.state == "active")
    return session.scalar(statement) or 0


def collected(session: Session, row: SurveyRound) -> tuple[tuple[date, Channel], ...]:
    """By which channels the active forms of a round came, with the first and the last day of each."""
    own = (SurveyResponse.estate_id == row.estate_id, SurveyResponse.round_id == row.id)
    days = (func.min(SurveyResponse.collected_on), func.max(SurveyResponse.collected_on))
    statement = select(SurveyResponse.channel, *days).where(*own, SurveyResponse.state == ResponseState.ACTIVE.value)
    found = session.execute(statement.group_by(SurveyResponse.channel).order_by(SurveyResponse.channel))
    return tuple((day, Channel(channel)) for channel, first, last in found for day in (first, last))


def rounds_with_links(session: Session, estate: EstateId) -> tuple[SurveyRound, ...]:
    """The rounds that are over and still know whose their forms are."""
    over = (SurveyRound.closed_on.is_not(None), SurveyRound.links_cut_on.is_(None))
    statement = select(SurveyRound).where(SurveyRound.estate_id == estate, *over).order_by(SurveyRound.id)
    return tuple(session.scalars(statement))
