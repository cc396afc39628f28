"""Double entry of a round: which form is typed again, what differed, and what is still to be decided (R-138)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, true

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, QuestionnaireId, ResponseId, RoundId
from core.surveys.lines import ParsedLine, parse_line
from core.surveys.responses import ResponseState
from core.surveys.rounds import RoundState
from db.models import SurveyCheck, SurveyResponse, SurveyRound
from db.queries.survey_entry import FormRow, FormsWanted, form_rows, forms_of_round, with_answers
from db.repositories.questionnaires import items_of
from db.repositories.survey_forms import positions_of
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class CheckWanted:
    """The next form of a round's sample that somebody else than its first typist should type again."""

    estate_id: EstateId
    round_id: RoundId
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """How many forms were typed twice, how many answers were compared, and how many of them differed."""

    forms: int
    compared: int
    differing: int


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A form whose two readings differ at ``differing``. ``version`` is that of the form."""

    response_id: ResponseId
    version: int
    number: int
    differing: tuple[int, ...]
    first: Mapping[int, int | str]
    second: Mapping[int, int | str]


@query(Permission.SURVEYS_ENTER)
def form_to_check(reader: Reader, wanted: CheckWanted) -> FormRow | None:
    """The first of the given form numbers that is in, was typed by somebody else and not yet checked."""
    checked = select(SurveyCheck.response_id).where(
        SurveyCheck.estate_id == wanted.estate_id, SurveyCheck.round_id == wanted.round_id
    )
    statement = form_rows().where(
        *forms_of_round(reader, wanted.estate_id, wanted.round_id),
        SurveyResponse.state == ResponseState.ACTIVE.value,
        SurveyResponse.number.in_(wanted.numbers),
        func.coalesce(SurveyResponse.entered_by, 0) != (reader.actor.user_id or 0),
        SurveyResponse.import_batch.is_(None),
        SurveyResponse.id.not_in(checked),
    )
    found = reader.rows(statement.order_by(SurveyResponse.number).limit(1))
    return next(iter(with_answers(reader, wanted.estate_id, found)), None)


@query(Permission.SURVEYS_ENTER)
def check_figures(reader: Reader, wanted: FormsWanted) -> CheckRow:
    """What double entry found in a round so far."""
    differing = func.sum(
        func.length(SurveyCheck.differing) - func.length(func.replace(SurveyCheck.differing, ",", ""))
    ) + func.count(func.nullif(SurveyCheck.differing, ""))
    statement = select(
        func.count().label("forms"),
        func.coalesce(func.sum(SurveyCheck.compared), 0).label("compared"),
        func.coalesce(differing, 0).label("differing"),
    ).where(
        SurveyCheck.estate_id == wanted.estate_id,
        SurveyCheck.round_id == wanted.round_id,
        reader.scope(SurveyCheck.estate_id),
    )
    row = reader.rows(statement)[0]
    return CheckRow(row.forms, int(row.compared), int(row.differing))


@query(Permission.SURVEYS_ENTER)
def open_check(reader: Reader, wanted: FormsWanted) -> OpenCheck | None:
    """The first form that this person may decide: one typed or checked by him or her; a supervisor, any."""
    me = reader.actor.user_id or 0
    own = or_(SurveyResponse.entered_by == me, SurveyCheck.checked_by == me)
    mine = true() if reader.actor.may_at(Permission.SURVEYS_MAKE, wanted.estate_id) else own
    of_form = and_(SurveyCheck.estate_id == SurveyResponse.estate_id, SurveyCheck.response_id == SurveyResponse.id)
    of_round = and_(SurveyRound.estate_id == SurveyResponse.estate_id, SurveyRound.id == SurveyResponse.round_id)
    statement = (
        form_rows()
        .add_columns(SurveyCheck.differing, SurveyCheck.second, SurveyRound.questionnaire_id)
        .join(SurveyCheck, of_form)
        .join(SurveyRound, of_round)
        .where(*forms_of_round(reader, wanted.estate_id, wanted.round_id), SurveyCheck.settled.is_(False), mine)
        .where(SurveyResponse.state == ResponseState.ACTIVE.value, SurveyRound.state == RoundState.OPEN.value)
        .order_by(SurveyResponse.number)
        .limit(1)
    )
    found = reader.rows(statement)
    if not found:
        return None
    row, form = found[0], with_answers(reader, wanted.estate_id, found)[0]
    line = parse_line(items=items_of(reader.connection, QuestionnaireId(row.questionnaire_id)), text=row.second)
    second = dict(line.answers) if isinstance(line, ParsedLine) else {}
    return OpenCheck(form.response_id, form.version, form.number, positions_of(row.differing), form.answers, second)
