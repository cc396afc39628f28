"""Many survey rounds in five figures each: the newest of every estate, and the trend of one questionnaire (R-144)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Subquery, and_, case, func, select

from core.admin.permissions import Permission
from core.kernel.identity import EstateId
from core.surveys.questionnaires import ItemKind, in_language
from core.surveys.results import weights_of
from core.surveys.rounds import RoundKind
from core.surveys.scores import DETRACTOR_TO, PROMOTER_FROM, SATISFIED_FROM
from core.surveys.summaries import ItemSums, RoundSummary, round_summary
from db.models import Questionnaire, QuestionnaireItem, SurveyRound, SurveyTally
from db.queries.survey_results import ResultRound, has_forms, head_of, heads, settings_of, shown_rounds
from db.unit_of_work import Reader, query

TREND_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class TrendWanted:
    """The rounds of an estate that ask the same family of questionnaires for the same reason."""

    estate_id: EstateId
    questionnaire_code: str
    kind: RoundKind


@dataclass(frozen=True, slots=True)
class OverviewWanted:
    """The newest round of an estate (``None``: of each of the person's)."""

    estate_id: EstateId | None = None


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """A round in five figures; ``worst_zh`` and ``worst_en``: the words of its lowest rating."""

    round: ResultRound
    summary: RoundSummary
    worst_zh: str
    worst_en: str

    def worst(self, language: str) -> str:
        """The words of the lowest rating in a language; empty where none may be shown."""
        return in_language(language, self.worst_zh, self.worst_en)


@query(Permission.SURVEYS_VIEW)
def round_overview(reader: Reader, wanted: OverviewWanted) -> tuple[SummaryRow, ...]:
    """The newest round of each estate in five figures, by the estates' names, in three statements."""
    here = () if wanted.estate_id is None else (SurveyRound.estate_id == wanted.estate_id,)
    newest = func.row_number().over(
        partition_by=SurveyRound.estate_id, order_by=(SurveyRound.starts_on.desc(), SurveyRound.id.desc())
    )
    ranked = select(SurveyRound.estate_id, SurveyRound.id, newest.label("place"))
    numbered = ranked.where(*shown_rounds(reader), has_forms(), *here).subquery()
    chosen = select(numbered.c.estate_id, numbered.c.id).where(numbered.c.place == 1).subquery()
    rows = _summaries(reader, chosen)
    return tuple(sorted(rows, key=lambda row: (row.round.estate_name, row.round.estate_id)))


@query(Permission.SURVEYS_VIEW)
def round_trend(reader: Reader, wanted: TrendWanted) -> tuple[SummaryRow, ...]:
    """The last twelve rounds of a questionnaire in an estate in five figures, oldest first, in three statements."""
    asked = select(Questionnaire.id).where(Questionnaire.code == wanted.questionnaire_code)
    of_kind = (SurveyRound.estate_id == wanted.estate_id, SurveyRound.kind == wanted.kind.value)
    chosen = (
        select(SurveyRound.estate_id, SurveyRound.id)
        .where(*shown_rounds(reader), has_forms(), *of_kind, SurveyRound.questionnaire_id.in_(asked))
        .order_by(SurveyRound.starts_on.desc(), SurveyRound.id.desc())
        .limit(TREND_ROUNDS)
        .subquery()
    )
    return tuple(sorted(_summaries(reader, chosen), key=lambda row: (row.round.starts_on, row.round.round_id)))


def _summaries(reader: Reader, chosen: Subquery) -> list[SummaryRow]:
    """These rounds in five figures each: their heads, the sums of their items, the settings of their estates."""
    at = and_(SurveyRound.estate_id == chosen.c.estate_id, SurveyRound.id == chosen.c.id)
    rounds = [head_of(row) for row in reader.rows(heads().join(chosen, at))]
    if not rounds:
        return []
    sums: defaultdict[tuple[int, int], list[ItemSums]] = defaultdict(list)
    words: dict[tuple[int, int, str], tuple[str, str]] = {}
    for row in reader.rows(_item_sums(reader, chosen)):
        sums[row.estate_id, row.round_id].append(_sums(row))
        words[row.estate_id, row.round_id, row.code] = (row.text_zh, row.text_en)
    settings_on = settings_of(reader.connection, sorted({head.estate_id for head in rounds}))
    found = []
    for head in rounds:
        key = (head.estate_id, head.round_id)
        weights = weights_of(settings_on(head.estate_id, head.last_day))
        summary = round_summary(sums=sums[key], n=head.forms, sent=head.sent, weights=weights)
        found.append(SummaryRow(head, summary, *words.get((*key, summary.worst), ("", ""))))
    return found


def _item_sums(reader: Reader, chosen: Subquery) -> Any:
    item, tally = QuestionnaireItem, SurveyTally
    of_round = and_(tally.estate_id == chosen.c.estate_id, tally.round_id == chosen.c.id)
    at_round = and_(SurveyRound.estate_id == chosen.c.estate_id, SurveyRound.id == chosen.c.id)
    asked = and_(item.questionnaire_id == SurveyRound.questionnaire_id, item.position == tally.position)
    described = (item.position, item.code, item.kind, item.dimension, item.text_zh, item.text_en)
    return (
        select(
            tally.estate_id,
            tally.round_id,
            *described,
            func.sum(tally.forms).label("n"),
            func.sum(tally.value * tally.forms).label("total"),
            _forms_where(tally.value >= SATISFIED_FROM).label("satisfied"),
            _forms_where(tally.value >= PROMOTER_FROM).label("promoters"),
            _forms_where(tally.value <= DETRACTOR_TO).label("detractors"),
        )
        .select_from(chosen)
        .join(SurveyRound, at_round)
        .join(tally, of_round)
        .join(item, asked)
        .where(item.kind.in_((ItemKind.RATING.value, ItemKind.NPS.value)))
        .where(reader.scope(tally.estate_id))
        .group_by(tally.estate_id, tally.round_id, *described)
        .order_by(tally.estate_id, tally.round_id, item.position)
    )


def _forms_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, SurveyTally.forms), else_=0))


def _sums(row: Row[Any]) -> ItemSums:
    return ItemSums(
        code=row.code,
        kind=ItemKind(row.kind),
        dimension=row.dimension,
        n=int(row.n),
        total=int(row.total),
        satisfied=int(row.satisfied),
        promoters=int(row.promoters),
        detractors=int(row.detractors),
    )
