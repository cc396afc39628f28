"""The surveys of the demonstration company, by the usual operations: asked, typed, checked, tagged, closed.

The estate's supervisor opens and closes the rounds; the front desk and the patrol type, and each reads again what the
other typed; the front desk calls back. What others measured is entered by the manager of the estate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from sqlalchemy import select

from core.admin.codes import CodeList
from core.admin.permissions import Role
from core.kernel.identity import BuildingId, EstateId, QuestionnaireId, RoundId
from core.kernel.periods import local_day
from core.surveys.authoring import parse_questionnaire_items
from core.surveys.checks import is_sampled
from core.surveys.external import CERTIFICATE, CSI
from core.surveys.questionnaires import Item
from core.surveys.rounds import Channel
from db.jobs import demo_words as words
from db.jobs.demo_answers import (
    REMARK,
    ROUNDS,
    WITHOUT_LIFTS,
    Pile,
    PlannedCall,
    PlannedForm,
    PlannedRound,
    plan_rounds,
)
from db.jobs.demo_habits import TROUBLED
from db.jobs.demo_stage import MANAGER, Act, Stage, moment
from db.models import Building, CodeItem, Questionnaire
from db.operations.attempts import as_system
from db.operations.external_results import RecordExternalResult, record_external_result
from db.operations.follow_ups import NoteAttempt, SettleFollowUp, note_attempt, settle_follow_up
from db.operations.questionnaires import (
    PublishQuestionnaire,
    SaveQuestionnaire,
    publish_questionnaire,
    save_questionnaire,
)
from db.operations.survey_checks import CheckForm, SettleCheck, check_form, settle_check
from db.operations.survey_forms import EnteredForm, EnterForms, SentForm, enter_forms
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.operations.survey_rounds import CloseRound, CutLinks, OpenRound, close_round, cut_links, open_round
from db.unit_of_work import perform
from locales.questionnaire import standard_questionnaire_text

CODE: Final = "standard"
CHECKED_PERCENT: Final = 10

_FIRST_VERSION: Final = 1
_NO_ROUND: Final = RoundId(0)
_NO_PAPER: Final = QuestionnaireId(0)
_LINKS_KEPT: Final = timedelta(days=31)
"""The night after so many days forgets whose form was whose, as it does in every portal."""

_TAGGED_AFTER: Final = (8, 24)
"""Days after a round's first on which somebody reads the remarks."""


@dataclass(slots=True)
class Asked:
    """A round as it was played: its number, and what was typed with the plan it came from."""

    plan: PlannedRound
    number: RoundId = _NO_ROUND
    typed: list[tuple[PlannedForm, EnteredForm]] = field(default_factory=list)
    tagged: int = 0

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """A moment so many days after the first."""
        return moment(self.plan.starts_on + timedelta(days=days), hour, minute)


Rounds = Mapping[tuple[int, int], Asked]
"""By estate and turn."""


@dataclass(slots=True)
class _Paper:
    """The questionnaire, once it is published."""

    number: QuestionnaireId = _NO_PAPER


def asking(stage: Stage, now: datetime) -> tuple[Rounds, list[Act]]:
    """Give the rounds, which fill as they are played, and what is done in them."""
    paper = _Paper()
    rounds = {(plan.estate, plan.turn): Asked(plan) for plan in plan_rounds(stage.company, local_day(now))}
    first = min(asked.plan.starts_on for asked in rounds.values())
    published = moment(first - timedelta(days=16), 10)
    acts = [Act(published, partial(_publish, stage, paper, published)), *_measured_by_others(stage)]
    for asked in rounds.values():
        acts += _round(stage, paper, asked)
    return rounds, acts


def _publish(stage: Stage, paper: _Paper, at: datetime) -> None:
    """Publish the standard questionnaire, the first edition of its family."""
    command = SaveQuestionnaire(
        questionnaire_id=None,
        code=_free_code(stage),
        title_zh=words.QUESTIONNAIRE_ZH,
        title_en=words.QUESTIONNAIRE_EN,
        intro_zh=words.INTRO_ZH,
        intro_en=words.INTRO_EN,
        items=_standard_items(stage),
        version=0,
    )
    paper.number = stage.act(MANAGER, save_questionnaire, command, at)
    published = PublishQuestionnaire(paper.number, _FIRST_VERSION)
    stage.act(MANAGER, publish_questionnaire, published, at + timedelta(hours=2))


def _free_code(stage: Stage) -> str:
    """A questionnaire that is there already keeps its code."""
    with stage.database.reading() as connection:
        taken = connection.execute(select(Questionnaire.id).where(Questionnaire.code == CODE).limit(1)).first()
    return CODE if taken is None else f"{CODE}_demo"


def _standard_items(stage: Stage) -> tuple[Item, ...]:
    known = select(CodeItem.code).where(CodeItem.list == CodeList.SURVEY_DIMENSION.value)
    with stage.database.reading() as connection:
        dimensions = tuple(connection.execute(known).scalars())
    return parse_questionnaire_items(text=standard_questionnaire_text(), dimensions=dimensions)[0]


def _round(stage: Stage, paper: _Paper, asked: Asked) -> Iterator[Act]:
    """Everything that happens in a round, from its opening until the night that forgets."""
    plan = asked.plan
    opened = moment(plan.starts_on - timedelta(days=3), 9, 10 * plan.estate)
    yield Act(opened, partial(_open, stage, paper, asked, opened))
    for pile in plan.piles:
        yield from _pile(stage, asked, pile)
    for days in _TAGGED_AFTER:
        at = asked.at(days, 11, plan.estate)
        yield Act(at, partial(_tag, stage, asked, at))
    closed = moment(plan.closed_on, 17, plan.estate)
    yield Act(closed, partial(_close, stage, asked, closed))
    forgotten = moment(plan.closed_on + _LINKS_KEPT, 2, 30, second=plan.estate)
    yield Act(forgotten, partial(_forget, stage, plan.estate, forgotten))


def _open(stage: Stage, paper: _Paper, asked: Asked, at: datetime) -> None:
    plan = asked.plan
    forms = sum(len(pile.forms) for pile in plan.piles)
    command = OpenRound(
        estate_id=stage.estates[plan.estate],
        questionnaire_id=paper.number,
        name=plan.name,
        kind=plan.kind,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        channels=plan.channels,
        target_sample=min(forms // 10 * 10, plan.population),
        sent=plan.sent,
        population=plan.population,
        check_percent=CHECKED_PERCENT,
        event_reference=plan.event,
    )
    asked.number = stage.act(stage.member(plan.estate, Role.SUPERVISOR), open_round, command, at)


def _close(stage: Stage, asked: Asked, at: datetime) -> None:
    command = CloseRound(stage.estates[asked.plan.estate], asked.number, _FIRST_VERSION)
    stage.act(stage.member(asked.plan.estate, Role.SUPERVISOR), close_round, command, at)


def _forget(stage: Stage, place: int, at: datetime) -> None:
    perform(stage.database, cut_links, CutLinks(stage.estates[place]), identify=as_system, now=at)


# --- forms ---


def _pile(stage: Stage, asked: Asked, pile: Pile) -> Iterator[Act]:
    """Typed, read again the next morning by somebody else, and called back."""
    typed: list[tuple[PlannedForm, EnteredForm]] = []
    yield Act(pile.typed_at, partial(_type, stage, asked, pile, typed))
    if pile.channel is not Channel.ONLINE:
        checked = _later(pile, days=1, hour=9, minute=3 * asked.plan.estate)
        yield Act(checked, partial(_check, stage, asked, pile, typed, checked))
    for number, form in enumerate(pile.forms):
        if form.call is not None:
            yield from _calls(stage, asked, form.call, (pile, number), typed)


def _later(pile: Pile, *, days: int, hour: int, minute: int = 0) -> datetime:
    return moment(local_day(pile.typed_at) + timedelta(days=days), hour, minute)


def _desk_and_patrol(stage: Stage, asked: Asked, pile: Pile) -> tuple[str, str]:
    """Who types a pile, and who reads it again: paper in turns, all else the desk."""
    place, turn = asked.plan.estate, asked.plan.turn + pile.collected_on.day
    desk, patrol = stage.member(place, Role.FRONT_DESK, turn), stage.member(place, Role.PATROL, turn)
    return (patrol, desk) if pile.channel is Channel.PAPER and turn % 2 else (desk, patrol)


def _type(stage: Stage, asked: Asked, pile: Pile, typed: list[tuple[PlannedForm, EnteredForm]]) -> None:
    place = asked.plan.estate
    typist, _ = _desk_and_patrol(stage, asked, pile)
    buildings = _buildings(stage, place) if any(form.building for form in pile.forms) else {}
    units = stage.units[place]
    sent = tuple(
        SentForm(
            request=f"demo-{pile.typed_at:%Y%m%d%H%M}-{number:03}",
            unit_id=None if form.unit is None else units[form.unit],
            building_id=buildings.get(form.building),
            answers=form.answers,
        )
        for number, form in enumerate(pile.forms, start=1)
    )
    collector = "" if pile.channel is Channel.ONLINE else stage.people[typist].name
    command = EnterForms(stage.estates[place], asked.number, pile.channel, pile.collected_on, collector, sent)
    entered = stage.act(typist, enter_forms, command, pile.typed_at)
    typed += zip(pile.forms, entered, strict=True)
    asked.typed += typed


def _buildings(stage: Stage, place: int) -> dict[str, BuildingId]:
    statement = select(Building.code, Building.id).where(Building.estate_id == stage.estates[place])
    with stage.database.reading() as connection:
        return {code: BuildingId(number) for code, number in connection.execute(statement)}


def _check(stage: Stage, asked: Asked, pile: Pile, typed: list[tuple[PlannedForm, EnteredForm]], at: datetime) -> None:
    """Type the sample a second time; where the readings differ, the second is mostly right."""
    estate = stage.estates[asked.plan.estate]
    _, reader = _desk_and_patrol(stage, asked, pile)
    for form, entered in typed:
        if not is_sampled(number=entered.number, percent=CHECKED_PERCENT, salt=asked.number):
            continue
        answers = dict(form.answers) | ({} if form.slip is None else {form.slip[0]: form.slip[1]})
        command = CheckForm(estate, entered.response_id, tuple(answers.items()))
        found = stage.act(reader, check_form, command, at)
        is_running = asked.plan.turn == ROUNDS - 1
        if found.differing and not is_running:
            settled = SettleCheck(estate, entered.response_id, _FIRST_VERSION, entered.number % 3 != 0)
            stage.act(reader, settle_check, settled, at + timedelta(minutes=20))


def _tag(stage: Stage, asked: Asked, at: datetime) -> None:
    """Tag the remarks that have come in since last time."""
    plan, waiting = asked.plan, asked.typed[asked.tagged :]
    asked.tagged = len(asked.typed)
    tags = tuple(
        (entered.response_id, REMARK, form.tags)
        for form, entered in waiting
        if form.tags and any(position == REMARK for position, _ in form.answers)
    )
    if tags:
        command = TagOpinions(stage.estates[plan.estate], asked.number, tags)
        stage.act(stage.member(plan.estate, Role.FRONT_DESK, plan.turn), tag_opinions, command, at)


# --- call-backs ---


def _calls(
    stage: Stage,
    asked: Asked,
    call: PlannedCall,
    form: tuple[Pile, int],
    typed: list[tuple[PlannedForm, EnteredForm]],
) -> Iterator[Act]:
    pile, number = form
    minute = number * 7 % 60
    for attempt, days in enumerate(call.days, start=1):
        at = _later(pile, days=days, hour=10 + number % 8, minute=minute)
        yield Act(at, partial(_ring, stage, asked, call, typed, place=(number, attempt), at=at))


def _ring(
    stage: Stage,
    asked: Asked,
    call: PlannedCall,
    typed: list[tuple[PlannedForm, EnteredForm]],
    *,
    place: tuple[int, int],
    at: datetime,
) -> None:
    """Call once; the last call ends it, all before were in vain."""
    number, attempt = place
    estate, follow_up = stage.estates[asked.plan.estate], typed[number][1].follow_up_id
    if follow_up is None:  # the estate asks for calls at other marks
        return
    desk = stage.member(asked.plan.estate, Role.FRONT_DESK, number)
    if attempt < len(call.days):
        note = words.CALL_TRIED[(number + attempt) % len(words.CALL_TRIED)]
        stage.act(desk, note_attempt, NoteAttempt(estate, follow_up, attempt, note), at)
        return
    command = SettleFollowUp(estate, follow_up, attempt, call.outcome, call.new_mark, call.note)
    stage.act(desk, settle_follow_up, command, at)


# --- what others measured ---


def _measured_by_others(stage: Stage) -> Iterator[Act]:
    first = stage.company.first
    body, note = words.EXTERNAL_CSI
    score = RecordExternalResult(EstateId(0), body, first.shift(13).day(22), CSI, Decimal("84.6"), Decimal(100), note)
    body, note = words.EXTERNAL_CERTIFICATE
    certificate = RecordExternalResult(EstateId(0), body, first.shift(10).day(18), CERTIFICATE, note=note)
    for place, result in ((TROUBLED, score), (WITHOUT_LIFTS, certificate)):
        at = moment(result.measured_on + timedelta(days=6), 15, place)
        yield Act(at, partial(_record, stage, place, result, at))


def _record(stage: Stage, place: int, result: RecordExternalResult, at: datetime) -> None:
    command = RecordExternalResult(
        stage.estates[place], result.body, result.measured_on, result.subject, result.score, result.scale, result.note
    )
    stage.act(stage.member(place, Role.MANAGER), record_external_result, command, at)
