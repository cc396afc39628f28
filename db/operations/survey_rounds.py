"""Use cases of survey rounds (R-136, R-146, R-152): opened, changed while open, closed; in the end nobody is known."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar

from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, QuestionnaireId, RoundId
from core.kernel.periods import local_day
from core.surveys.questionnaires import QuestionnaireState
from core.surveys.responses import ChannelNotOfRound, CollectedOutsideDates, RoundNotOpen, needs_identity_cut
from core.surveys.rounds import (
    Channel,
    RoundKind,
    RoundRecord,
    RoundState,
    check_round,
    check_round_move,
    next_sequence,
    round_code,
    round_span,
)
from db.models import SurveyRound
from db.operations.estates import changed_facts, the_estate
from db.operations.follow_ups import ROUND_CANCELLED, call_off
from db.repositories import survey_forms
from db.repositories.questionnaires import load_questionnaire
from db.repositories.survey_rounds import (
    collected,
    fill,
    load_round,
    record_of,
    round_codes,
    rounds_with_links,
    units_in_use,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


class QuestionnaireNotPublished(BusinessError):
    """A round asks a published questionnaire. Field: ``state``."""

    code: ClassVar[str] = "surveys.questionnaire.not_published"


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A new round from ``starts_on`` up to and not including ``ends_on``. ``population`` ``None``: the units in use."""

    estate_id: EstateId
    questionnaire_id: QuestionnaireId
    name: str
    kind: RoundKind
    starts_on: date
    ends_on: date
    channels: tuple[Channel, ...]
    target_sample: int = 0
    sent: int = 0
    population: int | None = None
    check_percent: int = 0
    event_reference: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRound:
    """What an open round is from now on; its questionnaire and code stay. Days as in :class:`OpenRound`."""

    estate_id: EstateId
    round_id: RoundId
    version: int
    name: str
    kind: RoundKind
    starts_on: date
    ends_on: date
    channels: tuple[Channel, ...]
    target_sample: int = 0
    sent: int = 0
    population: int | None = None
    check_percent: int = 0
    event_reference: str = ""


@dataclass(frozen=True, slots=True)
class CloseRound:
    """Take no more forms."""

    estate_id: EstateId
    round_id: RoundId
    version: int


@dataclass(frozen=True, slots=True)
class ReopenRound:
    """Take forms again, as long as the round still knows whose the old ones are."""

    estate_id: EstateId
    round_id: RoundId
    version: int


@dataclass(frozen=True, slots=True)
class CancelRound:
    """Call an open round off; its forms count nowhere any more."""

    estate_id: EstateId
    round_id: RoundId
    version: int


@dataclass(frozen=True, slots=True)
class CutLinks:
    """Forget whose forms are whose in the rounds of an estate that have been over long enough."""

    estate_id: EstateId


@dataclass(frozen=True, slots=True)
class LinksCutOff:
    """How many rounds were cut, and how many links that were."""

    rounds: int
    links: int


@operation(Permission.SURVEYS_MAKE)
def open_round(work: UnitOfWork, command: OpenRound) -> RoundId:
    """Open a round with a published questionnaire, and give its number; its code follows from estate and quarter."""
    estate = the_estate(work, command.estate_id, active=True)
    asked = load_questionnaire(work.session, command.questionnaire_id)
    if asked is None:
        raise NotFound
    if asked.state != QuestionnaireState.PUBLISHED.value:
        raise QuestionnaireNotPublished(state=QuestionnaireState(asked.state))
    known = round_codes(work.session, command.estate_id)
    sequence = next_sequence(estate_code=estate.code, day=command.starts_on, codes=known)
    code = round_code(estate_code=estate.code, day=command.starts_on, sequence=sequence)
    record = _wanted(work, command, code)
    row = SurveyRound(
        estate_id=command.estate_id,
        id=work.new_id(command.estate_id),
        questionnaire_id=command.questionnaire_id,
        state=RoundState.OPEN.value,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    fill(row, record)
    work.session.add(row)
    after = _facts(record) | {"questionnaire": command.questionnaire_id}
    work.record("survey_rounds.open", ("survey_round", row.id), estate=command.estate_id, after=after)
    return RoundId(row.id)


@operation(Permission.SURVEYS_MAKE)
def change_round(work: UnitOfWork, command: ChangeRound) -> None:
    """Change an open round; days and channels its forms came by must stay within it."""
    row = _load(work, command)
    if row.state != RoundState.OPEN.value:
        raise RoundNotOpen(state=RoundState(row.state))
    was = record_of(row)
    record = _wanted(work, command, row.code)
    for day, channel in collected(work.session, row):
        if day not in record.span:
            last_day = record.span.end - timedelta(days=1)
            raise CollectedOutsideDates(collected_on=day, first_day=record.span.start, last_day=last_day)
        if channel not in record.channels:
            raise ChannelNotOfRound(channel=channel)
    before, after = changed_facts(_facts(was), _facts(record))
    if after:
        fill(row, record)
        subject = ("survey_round", row.id)
        work.record("survey_rounds.edit", subject, estate=command.estate_id, before=before, after=after)


@operation(Permission.SURVEYS_MAKE)
def close_round(work: UnitOfWork, command: CloseRound) -> None:
    """Take no more forms; from today the days run until nobody knows any more whose form is whose."""
    _move(work, _load(work, command), RoundState.CLOSED, "survey_rounds.close")


@operation(Permission.SURVEYS_MAKE)
def reopen_round(work: UnitOfWork, command: ReopenRound) -> None:
    """Take forms again."""
    _move(work, _load(work, command), RoundState.OPEN, "survey_rounds.reopen")


@operation(Permission.SURVEYS_MAKE)
def cancel_round(work: UnitOfWork, command: CancelRound) -> None:
    """Call a round off, and with it the call-backs still to be made."""
    row = _load(work, command)
    _move(work, row, RoundState.CANCELLED, "survey_rounds.cancel")
    for call in survey_forms.follow_ups_of_round(work.session, command.estate_id, RoundId(row.id)):
        call_off(work, call, ROUND_CANCELLED)


@operation(Permission.SYSTEM_RUN)
def cut_links(work: UnitOfWork, command: CutLinks) -> LinksCutOff:
    """Forget whose forms are whose where the round has been over for its days (security.md §5); answers stay."""
    today = local_day(work.now)
    rows = rounds_with_links(work.session, command.estate_id)
    due = [row for row in rows if needs_identity_cut(closed_on=row.closed_on, today=today)]
    cut = survey_forms.cut_links(work.session, command.estate_id, [RoundId(row.id) for row in due])
    if not due and not cut:
        return LinksCutOff(0, 0)
    for row in due:
        row.links_cut_on = today
    after = {"rounds": len(due), "links": cut}
    work.record("survey_rounds.cut_links", ("estate", command.estate_id), estate=command.estate_id, after=after)
    return LinksCutOff(len(due), cut)


def the_round(work: UnitOfWork, estate: EstateId, round_id: RoundId) -> SurveyRound:
    """Load a round of an estate, or raise ``NotFound``."""
    row = load_round(work.session, estate, round_id)
    if row is None:
        raise NotFound
    return row


def _load(work: UnitOfWork, command: ChangeRound | CloseRound | ReopenRound | CancelRound) -> SurveyRound:
    row = the_round(work, command.estate_id, command.round_id)
    if row.version != command.version:
        raise EditConflict
    return row


def _wanted(work: UnitOfWork, command: OpenRound | ChangeRound, code: str) -> RoundRecord:
    population = command.population
    record = RoundRecord(
        name=command.name,
        code=code,
        kind=command.kind,
        span=round_span(first_day=command.starts_on, last_day=command.ends_on - timedelta(days=1)),
        channels=frozenset(command.channels),
        target_sample=command.target_sample,
        sent=command.sent,
        population=units_in_use(work.session, command.estate_id) if population is None else population,
        check_percent=command.check_percent,
        event_reference=command.event_reference,
    )
    return check_round(record)


def _move(work: UnitOfWork, row: SurveyRound, target: RoundState, action: str) -> None:
    source = RoundState(row.state)
    check_round_move(source=source, target=target, links_cut_on=row.links_cut_on)
    row.state = target.value
    row.closed_on = None if target is RoundState.OPEN else local_day(work.now)
    work.record(
        action,
        ("survey_round", row.id),
        estate=EstateId(row.estate_id),
        before={"state": source.value},
        after={"state": target.value},
    )


def _facts(record: RoundRecord) -> dict[str, Any]:
    return {
        "code": record.code,
        "name": record.name,
        "kind": record.kind.value,
        "starts_on": record.span.start.isoformat(),
        "ends_on": record.span.end.isoformat(),
        "channels": sorted(channel.value for channel in record.channels),
        "target_sample": record.target_sample,
        "sent": record.sent,
        "population": record.population,
        "check_percent": record.check_percent,
        "event_reference": record.event_reference,
    }
