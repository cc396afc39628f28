"""Figures the portal works out itself: scores of a survey round, collection and arrears of a month (R-145, R-156)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Final, cast

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import Session

from core.admin.settings import NamedWeights, SettingEntry, SettingKey, value_at
from core.fees.collection import Cell, rates
from core.fees.ledger import Account, EntryKind
from core.kernel.errors import BusinessError
from core.kernel.identity import COMPANY, EstateId, RoundId
from core.kernel.money import Money
from core.kernel.periods import Month
from core.meetings.effects import Figure, Goal, Metric
from core.surveys.privacy import GROUP_LEAST, is_hidden
from core.surveys.questionnaires import Item, ItemKind
from core.surveys.rounds import RoundState
from core.surveys.scores import DimensionScore, csi, dimension_scores, item_score, nps, rounded, share_satisfied
from core.surveys.tallies import Tally, combine, tally_of
from db.joins import led_join
from db.models import (
    Bill,
    JournalEntry,
    JournalLine,
    QuestionnaireItem,
    ReceivableCell,
    Setting,
    SurveyRound,
    SurveyTally,
)

SURVEY_METRICS: Final = frozenset(
    {
        Metric.SURVEY_ITEM,
        Metric.SURVEY_DIMENSION,
        Metric.SURVEY_CSI,
        Metric.SURVEY_TOP_SHARE,
        Metric.SURVEY_NPS,
    }
)
"""What is worked out from a survey round."""

FEE_METRICS: Final = frozenset({Metric.COLLECTION_RATE, Metric.OVERDUE_AMOUNT})
"""What is worked out from a month of the fee books."""

_PLACES: Final = 6
_FORMS: Final = (0, 0)


class FigureUnknown(BusinessError):
    """The portal has nothing there to work the figure out from. Field: ``metric``."""

    code: ClassVar[str] = "measures.figure.unknown"


class FigureHidden(BusinessError):
    """Too few people answered for their result to be shown. Fields: ``n``, ``least``."""

    code: ClassVar[str] = "measures.figure.hidden"


@dataclass(frozen=True, slots=True)
class FigurePlace:
    """Where a known figure is worked out from: a survey round, or a month of the fee books."""

    round_id: RoundId | None = None
    month: Month | None = None


@dataclass(frozen=True, slots=True)
class _Round:
    code: str
    last_day: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What was answered in a round: the tally of each item, and how many forms there are."""

    items: tuple[Item, ...]
    tallies: Mapping[str, Tally]
    forms: int

    def of(self, *kinds: ItemKind, code: str = "") -> tuple[Tally, ...]:
        """The tallies of the items of a kind, or of the one with that code."""
        chosen = (item.code for item in self.items if item.kind in kinds and code in ("", item.code))
        tallies = self.tallies if code else self.pooled
        return tuple(tallies.get(each, Tally()) for each in chosen)

    @property
    def pooled(self) -> Mapping[str, Tally]:
        """The tallies that go into sums over several items: without those that too few answered."""
        return {code: tally for code, tally in self.tallies.items() if not is_hidden(n=tally.n)}


def known_figure(
    connection: Session | Connection, *, estate: EstateId, goal: Goal, place: FigurePlace, today: date
) -> Figure:
    """Work out the metric of a goal, to six decimals half up, as of the last day of the round or month (or today).

    The note of the figure is the code of the round, or the month. Raises ``FigureUnknown`` where nothing is known, and
    ``FigureHidden`` where fewer than five people answered.
    """
    if goal.metric in SURVEY_METRICS and place.round_id is not None:
        return _of_round(connection, estate, goal, place.round_id, today)
    if goal.metric in FEE_METRICS and place.month is not None and place.month <= Month.of(today):
        return _of_month(connection, estate, goal.metric, place.month, today)
    raise FigureUnknown(metric=goal.metric)


def round_starts(connection: Session | Connection, estate: EstateId, codes: Collection[str]) -> dict[str, str]:
    """The first days of rounds by their codes, as ``2026-11-21``; what is no code of a round is not in it."""
    columns = select(SurveyRound.code, SurveyRound.starts_on)
    rows = connection.execute(columns.where(SurveyRound.estate_id == estate, SurveyRound.code.in_(codes)))
    return {code: day.isoformat() for code, day in rows}


def round_item(connection: Session | Connection, estate: EstateId, number: RoundId, wanted: str) -> Item | None:
    """The item of a round's questionnaire that an address names by its code or its position."""
    asked = _asked(connection, estate, number)
    items = asked.items if asked else ()
    return next((item for item in items if wanted in (item.code, str(item.position))), None)


def _of_round(connection: Session | Connection, estate: EstateId, goal: Goal, number: RoundId, today: date) -> Figure:
    asked = _asked(connection, estate, number)
    if asked is None:
        raise FigureUnknown(metric=goal.metric)
    answers = _answers(connection, estate, number, asked.items)
    weights: Mapping[str, Decimal] = {}
    if goal.metric is Metric.SURVEY_CSI:
        weights = _weights(connection, estate, asked.last_day)
    value, n, people = _scored(goal, answers, weights)
    if 0 < answers.forms < GROUP_LEAST:
        raise FigureHidden(n=answers.forms, least=GROUP_LEAST)
    if value is None:
        raise FigureUnknown(metric=goal.metric)
    if is_hidden(n=people):
        raise FigureHidden(n=people, least=GROUP_LEAST)
    return Figure(rounded(value, _PLACES), n, min(asked.last_day, today), asked.code)


def _weights(connection: Session | Connection, estate: EstateId, day: date) -> Mapping[str, Decimal]:
    """The weights of the dimensions that hold on a day in the estate, else in the company (R-008, R-141)."""
    key = SettingKey.SURVEYS_DIMENSION_WEIGHTS
    columns = (Setting.estate_id, Setting.valid_from, Setting.value)
    statement = select(*columns).where(Setting.estate_id.in_((estate, COMPANY)), Setting.key == key.value)
    entries: defaultdict[int, list[SettingEntry]] = defaultdict(list)
    for row in connection.execute(statement.order_by(Setting.id.desc())):
        entries[row.estate_id].append(SettingEntry(key, row.valid_from, row.value))
    found = value_at(key=key, estate_entries=entries[estate], company_entries=entries[COMPANY], day=day)
    return {name: Decimal(weight) for name, weight in cast(NamedWeights, found)}


def _asked(connection: Session | Connection, estate: EstateId, number: RoundId) -> _Round | None:
    """The round with its items in one statement; a cancelled one is none."""
    statement = (
        select(SurveyRound.code.label("round"), SurveyRound.ends_on, *QuestionnaireItem.__table__.columns)
        .join(QuestionnaireItem, QuestionnaireItem.questionnaire_id == SurveyRound.questionnaire_id)
        .where(SurveyRound.estate_id == estate, SurveyRound.id == number)
        .where(SurveyRound.state != RoundState.CANCELLED.value)
        .order_by(QuestionnaireItem.position)
    )
    rows = connection.execute(statement).all()
    if not rows:
        return None
    return _Round(rows[0].round, rows[0].ends_on - timedelta(days=1), tuple(_item(row) for row in rows))


def _item(row: Any) -> Item:
    return Item(
        position=row.position,
        code=row.code,
        kind=ItemKind(row.kind),
        text_zh=row.text_zh,
        text_en=row.text_en,
        dimension=row.dimension,
    )


def _answers(connection: Session | Connection, estate: EstateId, number: RoundId, items: Sequence[Item]) -> _Answers:
    here = (SurveyTally.estate_id == estate, SurveyTally.round_id == number)
    columns = (SurveyTally.position, SurveyTally.value)
    statement = select(*columns, func.sum(SurveyTally.forms).label("forms")).where(*here).group_by(*columns)
    counts: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    forms = 0
    for row in connection.execute(statement):
        if (row.position, row.value) == _FORMS:
            forms = int(row.forms)
        else:
            counts[row.position].append((row.value, int(row.forms)))
    scored = (item for item in items if item.kind in (ItemKind.RATING, ItemKind.NPS))
    return _Answers(tuple(items), {item.code: tally_of(counts[item.position]) for item in scored}, forms)


def _scored(goal: Goal, answers: _Answers, weights: Mapping[str, Decimal]) -> tuple[Fraction | None, int, int]:
    """The value, how many answers it rests on (for CSI: forms), and how many people at least gave them."""
    if goal.metric is Metric.SURVEY_CSI:
        means = {each.dimension: each.score for each in _dimensions(answers)}
        return csi(means=means, weights=weights), answers.forms, answers.forms
    if goal.metric is Metric.SURVEY_NPS:
        tally = next(iter(answers.of(ItemKind.NPS, code=goal.reference)), Tally())
        return nps(tally), tally.n, tally.n
    if goal.metric is Metric.SURVEY_DIMENSION:
        members = next((each.items for each in _dimensions(answers) if each.dimension == goal.reference), ())
        tallies = tuple(answers.pooled.get(code, Tally()) for code in members)
    else:
        tallies = answers.of(ItemKind.RATING, code=goal.reference)
    pooled, people = combine(tallies), max((tally.n for tally in tallies), default=0)
    if goal.metric is Metric.SURVEY_TOP_SHARE:
        share = share_satisfied(pooled)
        return None if share is None else share * 100, pooled.n, people
    return item_score(pooled), pooled.n, people


def _dimensions(answers: _Answers) -> tuple[DimensionScore, ...]:
    return dimension_scores(items=answers.items, tallies=answers.pooled)


def _of_month(connection: Session | Connection, estate: EstateId, metric: Metric, month: Month, today: date) -> Figure:
    day = min(month.end - timedelta(days=1), today)
    find = _collection_rate if metric is Metric.COLLECTION_RATE else _overdue_amount
    value = find(connection, estate, month, day)
    if value is None:
        raise FigureUnknown(metric=metric)
    return Figure(value, None, day, str(month))


def _collection_rate(connection: Session | Connection, estate: EstateId, month: Month, _day: date) -> Decimal | None:
    """The current rate (当期收缴率): received up to the month's end ÷ billed less relief for the month (R-045)."""
    cell = ReceivableCell
    sums = (func.coalesce(func.sum(column), 0) for column in (cell.billed_fen, cell.received_fen, cell.relief_fen))
    here = (cell.estate_id == estate, cell.service_month == month.number, cell.posting_month <= month.number)
    billed, received, relief = (Money(int(fen)) for fen in connection.execute(select(*sums).where(*here)).one())
    rate = rates(cells=(Cell(month, month, billed, received, relief),), month=month).current
    return rounded(Fraction(100 * rate.received.fen, rate.due.fen), _PLACES) if rate.percent is not None else None


def _overdue_amount(connection: Session | Connection, estate: EstateId, month: Month, day: date) -> Decimal | None:
    """What was past its due date on the evening of a day, in yuan (逾期金额, R-047); nothing known before any bill.

    The books are append-only: what is open now, and what has settled those bills since, was open then.
    """
    was_overdue = and_(Bill.due_date < day, Bill.posted_on <= day)
    outstanding = Bill.amount_fen - Bill.paid_fen - Bill.relief_fen
    is_open = Bill.paid_fen + Bill.relief_fen < Bill.amount_fen
    still = select(func.coalesce(func.sum(outstanding), 0)).where(Bill.estate_id == estate, is_open, was_overdue)
    line = and_(JournalLine.estate_id == JournalEntry.estate_id, JournalLine.entry_id == JournalEntry.id)
    bill = and_(Bill.estate_id == JournalLine.estate_id, Bill.id == JournalLine.bill_id)
    settled = (
        select(func.coalesce(func.sum(-JournalLine.amount_fen), 0))
        .select_from(led_join(JournalEntry, JournalLine, line))
        .join(Bill, bill)
        .where(JournalEntry.estate_id == estate, JournalEntry.business_date > day, was_overdue)
        .where(JournalEntry.kind != EntryKind.BILL_RUN.value, JournalLine.account == Account.RECEIVABLE.value)
    )
    cell = ReceivableCell
    cells = select(func.count()).where(cell.estate_id == estate, cell.posting_month <= month.number)
    parts = (still.scalar_subquery(), settled.scalar_subquery(), cells.scalar_subquery())
    now, since, known = connection.execute(select(*parts)).one()
    return Money(int(now) + int(since)).yuan if known else None
