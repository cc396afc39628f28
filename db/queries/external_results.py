"""What others measured or certified, each beside the company's own figure for the same (R-154)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, func, select

from core.admin.permissions import Permission
from core.admin.settings import survey_settings_at
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId, QuestionnaireId, RoundId
from core.kernel.periods import Span
from core.surveys.external import CERTIFICATE, CSI, ExternalResult, as_percent
from core.surveys.figures import FORMS, Tallies, csi_score, mean_score, ratings, sample_of, tallies_by, without_small
from core.surveys.privacy import GROUP_LEAST
from core.surveys.questionnaires import HIGHEST_MARK, Item, Weights
from core.surveys.results import weights_of
from core.surveys.rounds import RoundKind, RoundState
from core.surveys.scores import dimension_scores
from db import models
from db.models import SurveyRound, SurveyTally, User
from db.repositories.questionnaires import items_of_several
from db.repositories.settings import setting_entries
from db.unit_of_work import Reader, query

_DECIMALS: Final = -6


@dataclass(frozen=True, slots=True)
class ExternalResultsWanted:
    """The results of an estate, perhaps only those measured within a span (its end exclusive)."""

    estate_id: EstateId
    span: Span | None = None
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """Our own figure in percent, the ``n`` people it rests on, and the round it is of (its code and last day)."""

    percent: Fraction
    n: int
    round_code: str
    last_day: date


@dataclass(frozen=True, slots=True)
class ExternalRow:
    """A result of another body. ``percent``: score ÷ end of the scale × 100, as CSI is reckoned.

    ``own`` is the figure for the same subject of the last regular round that had begun by the day of measurement and
    that five people or more answered: CSI, or the mean of the dimension ÷ 5 × 100. A certificate has none.
    """

    result_id: int
    body: str
    measured_on: date
    subject: str
    score: Decimal | None
    scale: Decimal | None
    note: str
    percent: Fraction | None
    own: OwnFigure | None
    made_by_name: str
    made_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ExternalList:
    """A screenful of results, and how many there are."""

    rows: tuple[ExternalRow, ...]
    total: int


@query(Permission.SURVEYS_VIEW)
def external_results(reader: Reader, wanted: ExternalResultsWanted) -> ExternalList:
    """The results that were not withdrawn, the one measured last first."""
    table = models.ExternalResult
    conditions: list[ColumnElement[bool]] = [
        table.estate_id == wanted.estate_id,
        reader.scope(table.estate_id),
        table.withdrawn_at.is_(None),
    ]
    if wanted.span is not None:
        conditions += [table.measured_on >= wanted.span.start, table.measured_on < wanted.span.end]
    total = int(reader.scalar(select(func.count()).select_from(table).where(*conditions)))
    statement = (
        select(*table.__table__.columns, User.display_name.label("maker"), _round_before().label("round_id"))
        .outerjoin(User, User.id == table.made_by)
        .where(*conditions)
        .order_by(table.measured_on.desc(), table.id.desc())
        .limit(wanted.slice.limit)
        .offset(wanted.slice.offset)
    )
    rows = reader.rows(statement)
    own = _own_figures(reader, wanted.estate_id, {RoundId(row.round_id) for row in rows if row.round_id})
    return ExternalList(tuple(_row(row, own) for row in rows), total)


def _round_before() -> ColumnElement[int]:
    """The last regular round that had begun when others measured, of those with enough forms to show anything."""
    tally = (SurveyTally.estate_id == SurveyRound.estate_id, SurveyTally.round_id == SurveyRound.id)
    forms = select(func.coalesce(func.sum(SurveyTally.forms), 0)).where(*tally, SurveyTally.position == FORMS)
    return (
        select(SurveyRound.id)
        .where(SurveyRound.estate_id == models.ExternalResult.estate_id)
        .where(SurveyRound.starts_on <= models.ExternalResult.measured_on)
        .where(SurveyRound.kind == RoundKind.REGULAR.value, SurveyRound.state != RoundState.CANCELLED.value)
        .where(forms.correlate(SurveyRound).scalar_subquery() >= GROUP_LEAST)
        .order_by(SurveyRound.starts_on.desc(), SurveyRound.id.desc())
        .limit(1)
        .correlate(models.ExternalResult)
        .scalar_subquery()
    )


def _own_figures(
    reader: Reader, estate: EstateId, numbers: Collection[RoundId]
) -> Mapping[tuple[RoundId, str], OwnFigure]:
    """CSI and dimensions of rounds, by round and subject, in a few statements however many rounds."""
    if not numbers:
        return {}
    columns = (SurveyRound.id, SurveyRound.code, SurveyRound.ends_on, SurveyRound.questionnaire_id)
    rounds = reader.rows(select(*columns).where(SurveyRound.estate_id == estate, SurveyRound.id.in_(numbers)))
    sheets = items_of_several(reader.connection, {QuestionnaireId(row.questionnaire_id) for row in rounds})
    tallies = _tallies(reader, estate, numbers)
    own, company = (setting_entries(reader.connection, place) for place in (estate, COMPANY))
    found: dict[tuple[RoundId, str], OwnFigure] = {}
    for row in rounds:
        number, last_day = RoundId(row.id), row.ends_on - timedelta(days=1)
        weights = weights_of(survey_settings_at(estate_entries=own, company_entries=company, day=last_day))
        items = sheets.get(QuestionnaireId(row.questionnaire_id), ())
        for subject, (percent, n) in _scored(items, tallies[number], weights).items():
            found[number, subject] = OwnFigure(percent, n, row.code, last_day)
    return found


def _tallies(reader: Reader, estate: EstateId, numbers: Collection[RoundId]) -> Mapping[RoundId, Tallies]:
    """How often each mark was given to each item, and how many forms there are, by round."""
    key = (SurveyTally.round_id, SurveyTally.position, SurveyTally.value)
    here = and_(SurveyTally.estate_id == estate, SurveyTally.round_id.in_(numbers))
    counted = select(*key, func.sum(SurveyTally.forms).label("forms")).where(here).group_by(*key)
    rows = [(str(row.round_id), row.position, row.value, int(row.forms)) for row in reader.rows(counted)]
    return {RoundId(int(number)): own for number, own in tallies_by(rows).items()}


def _scored(items: tuple[Item, ...], tallies: Tallies, weights: Weights) -> Mapping[str, tuple[Fraction, int]]:
    """Each subject's percent and the people it rests on; a dimension fewer than five people judged is left out."""
    found: dict[str, tuple[Fraction, int]] = {}
    tallies = without_small(items, tallies)
    whole = csi_score(items, tallies, weights)
    if whole.value is not None:
        found[CSI] = whole.value, whole.n
    for one in dimension_scores(items=items, tallies={}):
        sample = sample_of(items=ratings(items, one.items), tallies=tallies)
        mean = mean_score(sample).value
        if mean is not None:
            found[one.dimension] = mean / HIGHEST_MARK * 100, sample.size
    return found


def _row(row: Row[Any], own: Mapping[tuple[RoundId, str], OwnFigure]) -> ExternalRow:
    score, scale = _number(row.score_micro), _number(row.scale_micro)
    measured = ExternalResult(
        body=row.body, measured_on=row.measured_on, subject=row.subject, score=score, scale_most=scale
    )
    return ExternalRow(
        result_id=row.id,
        body=row.body,
        measured_on=row.measured_on,
        subject=row.subject,
        score=score,
        scale=scale,
        note=row.note,
        percent=as_percent(measured),
        own=None if row.subject == CERTIFICATE else own.get((RoundId(row.round_id or 0), row.subject)),
        made_by_name=row.maker or "",
        made_at=row.made_at,
        version=row.version,
    )


def _number(micro: int | None) -> Decimal | None:
    return None if micro is None else Decimal(micro).scaleb(_DECIMALS)
