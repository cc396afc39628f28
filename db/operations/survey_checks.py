"""Use cases of double entry (R-138, R-139; U4): somebody else types a form again, and what differs is decided."""

from dataclasses import dataclass, replace

from core.admin.permissions import Permission
from core.kernel.identity import EstateId, QuestionnaireId, ResponseId, UserId
from core.kernel.lines import LineTooLong
from core.surveys.checks import EntryCheck, check_second_person, compare_entries
from core.surveys.lines import LONGEST_LINE, ParsedLine, line_of, parse_line
from core.surveys.questionnaires import Item, ItemKind
from core.surveys.responses import ResponseState, ResponseWithdrawn, RoundNotOpen
from core.surveys.rounds import RoundState
from db.models import SurveyCheck
from db.operations.survey_forms import change_form, check_editor, judged, said_by, the_form
from db.repositories.questionnaires import items_of
from db.repositories.survey_forms import Given, answers_of, load_check, positions_of, positions_text
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class CheckForm:
    """The answers of a form as somebody else reads them from the paper."""

    estate_id: EstateId
    response_id: ResponseId
    answers: tuple[tuple[int, int | str], ...]


@dataclass(frozen=True, slots=True)
class SettleCheck:
    """Which of two entries that differ is right. ``version`` is that of the form."""

    estate_id: EstateId
    response_id: ResponseId
    version: int
    take_second: bool


@operation(Permission.SURVEYS_ENTER)
def check_form(work: UnitOfWork, command: CheckForm) -> EntryCheck:
    """Compare a second entry with the first and keep it; one that does not differ is settled at once.

    The same person sending the same answers again gets the same result; any other third entry is an ``EditConflict``.
    The place of the form is not kept with it, nor are words: they are not compared.
    """
    row, round_ = the_form(work, command.estate_id, command.response_id)
    if round_.state != RoundState.OPEN.value:
        raise RoundNotOpen(state=RoundState(round_.state))
    if row.state != ResponseState.ACTIVE.value:
        raise ResponseWithdrawn
    first_by = None if row.entered_by is None else UserId(row.entered_by)
    check_second_person(first_by=first_by, second_by=work.actor.user_id)
    items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
    answers = judged(items, command.answers)
    second = _line(items, answers)
    known = load_check(work.session, command.estate_id, command.response_id)
    if known is not None:
        if (known.checked_by, known.second) != (work.actor.user_id, second):
            raise EditConflict
        return EntryCheck(known.compared, positions_of(known.differing))
    first = answers_of(work.session, command.estate_id, [row.id])[row.id]
    found = compare_entries(items=items, first=first, second=answers)
    check = SurveyCheck(
        estate_id=command.estate_id,
        response_id=command.response_id,
        round_id=row.round_id,
        compared=found.compared,
        differing=positions_text(found.differing),
        second=second,
        settled=not found.differing,
        checked_by=work.actor.user_id,
        checked_at=work.now,
    )
    work.session.add(check)
    after = {"number": row.number, "compared": found.compared, "differing": list(found.differing)}
    work.record("survey_forms.check", ("survey_response", row.id), estate=command.estate_id, after=after)
    return found


@operation(Permission.SURVEYS_ENTER)
def settle_check(work: UnitOfWork, command: SettleCheck) -> None:
    """Keep the first entry, or let the second stand in its place; words stay as they were typed first.

    Who typed the form, who checked it, and whoever may supervise surveys may decide; a decision stands.
    """
    row, round_ = the_form(work, command.estate_id, command.response_id, version=command.version)
    check = load_check(work.session, command.estate_id, command.response_id)
    if check is None:
        raise NotFound
    if check.settled:
        raise EditConflict
    check_editor(work, round_, row, also=check.checked_by)
    check.settled = True
    after = {"number": row.number, "take_second": command.take_second}
    work.record("survey_forms.settle_check", ("survey_response", row.id), estate=command.estate_id, after=after)
    if command.take_second:
        items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
        was = said_by(work, row)
        now = replace(was, answers=_second_answers(items, check, was.answers))
        change_form(work, round_, row, items, was=was, now=now)


def _line(items: tuple[Item, ...], answers: Given) -> str:
    """The closed answers as a line without place and words, so that it names nobody."""
    closed = tuple(item for item in items if item.kind is not ItemKind.OPEN)
    line = line_of(items=closed, place="", answers=answers)
    if len(line) > LONGEST_LINE:
        raise LineTooLong(field="second", longest=LONGEST_LINE)
    return line


def _second_answers(items: tuple[Item, ...], check: SurveyCheck, first: Given) -> Given:
    closed = tuple(item for item in items if item.kind is not ItemKind.OPEN)
    read = parse_line(items=closed, text=check.second)
    if not isinstance(read, ParsedLine):
        raise TypeError("a kept second entry can be read")
    positions = {item.position for item in closed}
    words = {position: answer for position, answer in first.items() if position not in positions}
    return judged(items, sorted((dict(read.answers) | words).items()))
