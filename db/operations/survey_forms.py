"""Use cases of forms that come back (R-137…R-139, R-146, R-147; U3, U4): typed in, corrected, taken back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm.attributes import flag_modified

from core.admin.permissions import Permission
from core.kernel.identity import BuildingId, EstateId, FollowUpId, QuestionnaireId, ResponseId, RoundId, UnitId, UserId
from core.kernel.lines import check_line, clean_line
from core.kernel.periods import local_day
from core.surveys.lines import MOST_PASTED_CHARACTERS, MOST_PASTED_LINES, PasteTooLong
from core.surveys.questionnaires import AnswerRefused, Item, ItemKind, checked_answers
from core.surveys.responses import RESPONSE_MOVES, CustomerGroup, ResponseState, check_edit, check_entry
from core.surveys.rounds import Channel, RoundState
from db.models import SurveyResponse, SurveyRound
from db.operations.estates import changed_facts
from db.operations.follow_ups import FORM_WITHDRAWN, call_off, mend_follow_up
from db.operations.survey_rounds import the_round
from db.repositories.questionnaires import items_of
from db.repositories.survey_entry import Home, asked_items, buildings_known, homes_of, round_and_known
from db.repositories.survey_forms import (
    UNKNOWN_BUILDING,
    Cell,
    Given,
    NewForm,
    StoredForm,
    answers_of,
    cells_of,
    change_tallies,
    follow_up_of,
    load_check,
    load_form,
    load_respondent,
    remove_tags,
    replace_answers,
    set_respondent,
    store_forms,
)
from db.repositories.survey_rounds import record_of
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

ANSWER_TWICE: Final = "surveys.answer_twice"
"""The problem of an ``AnswerRefused`` where a form answers one item twice (U4)."""

_NOBODY: Final = UnitId(0)
_LONGEST_REQUEST: Final = 64
_LONGEST_COLLECTOR: Final = 64
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class SentForm:
    """One form. ``request`` stays the same when it is sent again; the building of a unit follows from the unit."""

    request: str
    unit_id: UnitId | None
    building_id: BuildingId | None
    answers: tuple[tuple[int, int | str], ...]


@dataclass(frozen=True, slots=True)
class EnterForms:
    """At most 500 forms of a pile, collected the same day by the same channel."""

    estate_id: EstateId
    round_id: RoundId
    channel: Channel
    collected_on: date
    collector: str
    forms: tuple[SentForm, ...]


@dataclass(frozen=True, slots=True)
class EnteredForm:
    """A form that is in. ``replayed``: it was in before, and nothing was stored now.

    ``duplicates``: the numbers of the unit's other active forms of the round (R-147; a warning).
    """

    request: str
    response_id: ResponseId
    number: int
    replayed: bool
    duplicates: tuple[int, ...]
    follow_up_id: FollowUpId | None


@dataclass(frozen=True, slots=True)
class EditForm:
    """What a form says after all. No unit makes it anonymous."""

    estate_id: EstateId
    response_id: ResponseId
    version: int
    unit_id: UnitId | None
    building_id: BuildingId | None
    channel: Channel
    collected_on: date
    answers: tuple[tuple[int, int | str], ...]


@dataclass(frozen=True, slots=True)
class WithdrawForm:
    """A form to take back (or, given to :func:`restore_form`, to count again)."""

    estate_id: EstateId
    response_id: ResponseId
    version: int
    reason: str = ""


@operation(Permission.SURVEYS_ENTER)
def enter_forms(work: UnitOfWork, command: EnterForms) -> tuple[EnteredForm, ...]:
    """Store forms, all or none; one whose request is known gives the form stored first, even after the close."""
    if len(command.forms) > MOST_PASTED_LINES:
        raise PasteTooLong(most=MOST_PASTED_LINES, characters=MOST_PASTED_CHARACTERS)
    for form in command.forms:
        check_line(form.request, field="request", longest=_LONGEST_REQUEST)
    requests = {form.request for form in command.forms}
    round_, known = round_and_known(work.session, command.estate_id, command.round_id, requests)
    if round_ is None:
        raise NotFound
    units = {form.unit_id for form in command.forms if form.unit_id is not None}
    homes = homes_of(work.session, round_, units, local_day(work.now))
    fresh = [form for form in command.forms if form.request not in known]
    stored = iter(_store(work, round_, command, fresh, homes) if fresh else ())
    placed = [known[form.request] if form.request in known else next(stored) for form in command.forms]
    return _entered(command.forms, placed, homes)


@operation(Permission.SURVEYS_ENTER)
def edit_form(work: UnitOfWork, command: EditForm) -> None:
    """Correct a form; tallies and call-back follow. The same again changes nothing."""
    row, round_ = the_form(work, command.estate_id, command.response_id, version=command.version)
    check_editor(work, round_, row)
    if (command.channel.value, command.collected_on) != (row.channel, row.collected_on):
        _check_entry(work, round_, command.channel, command.collected_on)
    items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
    was = said_by(work, row)
    units = () if command.unit_id is None else (command.unit_id,)
    homes = homes_of(work.session, round_, units, local_day(work.now))
    building, group = _places(work, command.estate_id, [(command.unit_id, command.building_id)], homes)[0]
    now = Said(
        answers=judged(items, command.answers),
        unit_id=command.unit_id,
        building_id=building or UNKNOWN_BUILDING,
        customer_group=row.customer_group if command.unit_id == was.unit_id else group.value,
        channel=command.channel.value,
        collected_on=command.collected_on,
    )
    change_form(work, round_, row, items, was=was, now=now)


@operation(Permission.SURVEYS_ENTER)
def withdraw_form(work: UnitOfWork, command: WithdrawForm) -> None:
    """Take a form back: it counts nowhere any more, its open call-back is called off, its tags go."""
    row, round_ = the_form(work, command.estate_id, command.response_id, version=command.version)
    check_editor(work, round_, row)
    reason = check_line(command.reason, field="reason", longest=_LONGEST_REASON, needed=False)
    row.state = ResponseState.WITHDRAWN.value
    items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
    change_tallies(work.session, round_, dict.fromkeys(said_by(work, row).cells(items), -1))
    call_off(work, follow_up_of(work.session, command.estate_id, command.response_id), FORM_WITHDRAWN)
    remove_tags(work.session, command.estate_id, command.response_id)
    _settle_check(work, row)
    _record(work, "survey_forms.withdraw", row, after={"number": row.number}, reason=reason)


@operation(Permission.SURVEYS_ENTER)
def restore_form(work: UnitOfWork, command: WithdrawForm) -> None:
    """Let a withdrawn form count again, if the round takes its day and channel still; its call-back begins anew."""
    row, round_ = the_form(work, command.estate_id, command.response_id, version=command.version)
    RESPONSE_MOVES.check(source=ResponseState(row.state), target=ResponseState.ACTIVE)
    row.state = ResponseState.ACTIVE.value
    check_editor(work, round_, row)
    _check_entry(work, round_, Channel(row.channel), row.collected_on)  # the round may have changed without the form
    items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
    said = said_by(work, row)
    change_tallies(work.session, round_, dict.fromkeys(said.cells(items), 1))
    mend_follow_up(work, round_, items, command.response_id, unit=said.unit_id, answers=said.answers)
    _record(work, "survey_forms.restore", row, after={"number": row.number})


# --- entering ---


def _store(
    work: UnitOfWork,
    round_: SurveyRound,
    command: EnterForms,
    forms: Sequence[SentForm],
    homes: Mapping[UnitId, Home],
) -> Sequence[StoredForm]:
    """Judge forms nobody has sent before, and store them."""
    _check_entry(work, round_, command.channel, command.collected_on)
    collector = check_line(command.collector, field="collector", longest=_LONGEST_COLLECTOR, needed=False)
    items = asked_items(work.session, round_)
    places = _places(work, command.estate_id, [(form.unit_id, form.building_id) for form in forms], homes)
    new = [
        NewForm(
            request=form.request,
            channel=command.channel,
            building_id=building,
            unit_id=form.unit_id,
            customer_group=group,
            collector=collector,
            collected_on=command.collected_on,
            answers=judged(items, form.answers),
        )
        for form, (building, group) in zip(forms, places, strict=True)
    ]
    stored = store_forms(work, round_, items, new, known={})
    numbers = [form.number for form in stored if not form.replayed]
    after = {
        "count": len(numbers),
        "first_number": min(numbers),
        "last_number": max(numbers),
        "channel": command.channel.value,
        "collected_on": command.collected_on.isoformat(),
    }
    work.record("survey_forms.enter", ("survey_round", round_.id), estate=command.estate_id, after=after)
    return stored


def _entered(
    sent: Sequence[SentForm], stored: Sequence[StoredForm], homes: Mapping[UnitId, Home]
) -> tuple[EnteredForm, ...]:
    """Say what became of each; the other forms of its unit are those from before and those stored with it."""
    numbers = defaultdict(list, {unit: list(home.numbers) for unit, home in homes.items()})
    for was, form in zip(sent, stored, strict=True):
        if was.unit_id is not None and not form.replayed:
            numbers[was.unit_id].append(form.number)
    return tuple(
        EnteredForm(
            request=form.request,
            response_id=form.response_id,
            number=form.number,
            replayed=form.replayed,
            duplicates=tuple(number for number in numbers.get(was.unit_id or _NOBODY, ()) if number != form.number),
            follow_up_id=form.follow_up_id,
        )
        for was, form in zip(sent, stored, strict=True)
    )


def _check_entry(work: UnitOfWork, round_: SurveyRound, channel: Channel, collected_on: date) -> None:
    record = record_of(round_)
    check_entry(
        state=RoundState(round_.state),
        span=record.span,
        channels=record.channels,
        collected_on=collected_on,
        channel=channel,
        today=local_day(work.now),
    )


def judged(items: tuple[Item, ...], answers: Iterable[tuple[int, int | str]]) -> Given:
    """Answers that may be stored: words as one clean line, what was skipped left out, anything wrong refused."""
    words = {item.position for item in items if item.kind is ItemKind.OPEN}
    tidied: dict[int, int | str] = {}
    for position, answer in answers:
        if position in tidied:
            raise AnswerRefused(position=position, problem=ANSWER_TWICE, value=str(answer)[:40])
        tidied[position] = clean_line(answer) if position in words and isinstance(answer, str) else answer
    return checked_answers(items=items, answers=tidied)


def _places(
    work: UnitOfWork,
    estate: EstateId,
    wanted: Sequence[tuple[UnitId | None, BuildingId | None]],
    homes: Mapping[UnitId, Home],
) -> list[tuple[BuildingId | None, CustomerGroup]]:
    """Building and customer group of each form; a place that is not there is refused."""
    alone = {building for unit, building in wanted if unit is None and building is not None}
    if any(unit is not None and unit not in homes for unit, _ in wanted):
        raise NotFound
    if alone - buildings_known(work.session, estate, alone):
        raise NotFound
    return [
        (building, CustomerGroup.UNKNOWN) if unit is None else (homes[unit].building_id, homes[unit].group)
        for unit, building in wanted
    ]


# --- changing ---


@dataclass(frozen=True, slots=True)
class Said:
    """What a form says, where it comes from and how it came."""

    answers: Given
    unit_id: UnitId | None
    building_id: int
    customer_group: str
    channel: str
    collected_on: date

    def cells(self, items: tuple[Item, ...]) -> tuple[Cell, ...]:
        """The tallies it counts in."""
        return cells_of(items, self.answers, (self.building_id, self.channel, self.customer_group))

    def facts(self, items: tuple[Item, ...]) -> dict[str, Any]:
        """What the audit may know: no unit, and no words."""
        closed = {item.position for item in items if item.kind is not ItemKind.OPEN}
        answers = {str(position): answer for position, answer in self.answers.items() if position in closed}
        return {
            "channel": self.channel,
            "collected_on": self.collected_on.isoformat(),
            "customer_group": self.customer_group,
            "answers": answers,
        }


def said_by(work: UnitOfWork, row: SurveyResponse) -> Said:
    """What a stored form says."""
    estate, response = EstateId(row.estate_id), ResponseId(row.id)
    respondent = load_respondent(work.session, estate, response)
    return Said(
        answers=answers_of(work.session, estate, [response])[response],
        unit_id=None if respondent is None else UnitId(respondent.unit_id),
        building_id=row.building_id,
        customer_group=row.customer_group,
        channel=row.channel,
        collected_on=row.collected_on,
    )


def change_form(
    work: UnitOfWork, round_: SurveyRound, row: SurveyResponse, items: tuple[Item, ...], *, was: Said, now: Said
) -> None:
    """Write what a form says now, move its tallies and its call-back, and note what was different."""
    if now == was:
        return
    estate, response = EstateId(row.estate_id), ResponseId(row.id)
    row.building_id, row.customer_group = now.building_id, now.customer_group
    row.channel, row.collected_on = now.channel, now.collected_on
    flag_modified(row, "state")  # answers alone may differ, and the version counts them too
    replace_answers(work.session, estate, response, now.answers)
    remove_tags(work.session, estate, response, keep=now.answers.keys())
    if now.unit_id != was.unit_id:
        set_respondent(work.session, round_, response, now.unit_id)
    moved = Counter(now.cells(items))
    moved.subtract(was.cells(items))
    change_tallies(work.session, round_, moved)
    mend_follow_up(work, round_, items, response, unit=now.unit_id, answers=now.answers)
    if now.answers != was.answers:
        _settle_check(work, row)
    before, after = changed_facts(was.facts(items), now.facts(items))
    _record(work, "survey_forms.edit", row, before=before, after=after | {"number": row.number})


def the_form(
    work: UnitOfWork, estate: EstateId, response: ResponseId, *, version: int | None = None
) -> tuple[SurveyResponse, SurveyRound]:
    """Load a form and its round; with a ``version``, a form that has another by now raises ``EditConflict``."""
    row = load_form(work.session, estate, response)
    if row is None:
        raise NotFound
    if version is not None and row.version != version:
        raise EditConflict
    return row, the_round(work, estate, RoundId(row.round_id))


def check_editor(work: UnitOfWork, round_: SurveyRound, row: SurveyResponse, *, also: int | None = None) -> None:
    """Refuse whoever may not change the form now; ``also`` names a person who may beside the first typist."""
    editor = work.actor.user_id
    supervises = work.actor.may_at(Permission.SURVEYS_MAKE, EstateId(row.estate_id))
    check_edit(
        round_state=RoundState(round_.state),
        state=ResponseState(row.state),
        entered_by=None if row.entered_by is None else UserId(row.entered_by),
        editor=UserId(editor or 0),  # 0: the system itself, which supervises
        may_supervise=supervises or (editor is not None and editor == also),
    )


def _settle_check(work: UnitOfWork, row: SurveyResponse) -> None:
    """A form corrected or taken back by hand needs no decision between two readings any more."""
    check = load_check(work.session, EstateId(row.estate_id), ResponseId(row.id))
    if check is not None:
        check.settled = True


def _record(
    work: UnitOfWork,
    action: str,
    row: SurveyResponse,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any],
    reason: str = "",
) -> None:
    subject = ("survey_response", row.id)
    work.record(action, subject, estate=EstateId(row.estate_id), before=before, after=after, reason=reason)
