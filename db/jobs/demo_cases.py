"""What happens to the complaints of the demonstration company, step by step and by the people whose step it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, Final, TypeAlias

from sqlalchemy import select

from core.complaints.case import CaseRecord
from core.complaints.facts import StepData
from core.complaints.grading import CaseGrade
from core.complaints.handling_steps import Assignee, Assignment, Classification, Collaborator, FirstContact, Plan
from core.complaints.outcome_steps import CallBack, Closing, NoCallBack, Reopening, Resolution, Withdrawal
from core.complaints.states import CaseState
from core.complaints.taxonomy import (
    HOME_DEPARTMENTS,
    CaseCategory,
    CaseChannel,
    CauseDetail,
    RecordType,
    RootCause,
    Solution,
    category_of,
)
from core.complaints.workload import AccountabilityAction
from core.kernel.attachments import LinkTarget, PhotoPhase
from core.kernel.clocks import ClockKind
from core.kernel.identity import CaseId, EstateId, MeasureId, StaffId
from core.kernel.pauses import PauseRequest
from core.kernel.periods import local_day
from db.jobs import demo_service_words as words
from db.jobs.demo_service import Crew, Worker
from db.jobs.demo_service_plan import Extra, Fate, PlannedCase, grade_of
from db.jobs.demo_stage import Act
from db.models import Bill, Case, KnowledgeEntry, ServicePause, ServiceRecord
from db.operations.accountability import RecordAccountability, record_accountability
from db.operations.case_moves import (
    EscalateCase,
    LinkMeasure,
    MergeCase,
    MoveCase,
    TransferCase,
    escalate_case,
    link_measure,
    merge_case,
    move_case,
    transfer_case,
)
from db.operations.cases import RegisterCase, register_case
from db.operations.knowledge import UseKnowledge, use_knowledge
from db.operations.service_links import AddLink, add_link
from db.operations.service_pauses import AskPause, DecidePause, ask_pause, decide_pause

_NO_CASE: Final = CaseId(0)
_KNOWS_BETTER: Final = 3
_CAUSES: Final[dict[CaseCategory, tuple[tuple[RootCause, int], ...]]] = {
    CaseCategory.SERVICE: ((RootCause.STAFF, 6), (RootCause.MANAGEMENT, 3), (RootCause.MISUNDERSTANDING, 1)),
    CaseCategory.FEE: ((RootCause.MISUNDERSTANDING, 5), (RootCause.MANAGEMENT, 4), (RootCause.STAFF, 1)),
    CaseCategory.FACILITY: ((RootCause.EQUIPMENT, 8), (RootCause.MANAGEMENT, 2)),
    CaseCategory.ENVIRON: ((RootCause.STAFF, 4), (RootCause.MANAGEMENT, 5), (RootCause.MISUNDERSTANDING, 1)),
    CaseCategory.SAFETY: ((RootCause.MANAGEMENT, 6), (RootCause.STAFF, 3), (RootCause.EQUIPMENT, 2)),
    CaseCategory.MANAGE: ((RootCause.MISUNDERSTANDING, 5), (RootCause.MANAGEMENT, 5)),
}
_SOLUTIONS: Final[dict[CaseCategory, tuple[tuple[Solution, int], ...]]] = {
    CaseCategory.FEE: ((Solution.EXPLANATION, 8), (Solution.INDEMNITY, 2)),
    CaseCategory.FACILITY: ((Solution.REPAIR, 7), (Solution.REPLACEMENT, 3), (Solution.COMPENSATION, 1)),
}
_OTHERWISE: Final = ((Solution.EXPLANATION, 6), (Solution.REPAIR, 3), (Solution.COMPENSATION, 1))
_ACTIONS: Final = tuple(AccountabilityAction)


Do: TypeAlias = Callable[["Played", datetime], None]


@dataclass(slots=True)
class Played:
    """A case as it is played; everything random about it comes from its own chance."""

    crew: Crew
    plan: PlannedCase
    name: str
    handler: Worker
    number: CaseId = _NO_CASE
    repeated: bool = False
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.name)  # noqa: S311 (a demonstration, not a secret)

    @property
    def place(self) -> int:
        """Which estate."""
        return self.plan.place

    @property
    def estate(self) -> EstateId:
        """The number of the estate."""
        return self.crew.stage.estates[self.place]

    @property
    def category(self) -> CaseCategory:
        """What it is about."""
        return category_of(self.plan.sub)

    @property
    def department(self) -> str:
        """Whose matter that is."""
        return HOME_DEPARTMENTS[self.category]

    @property
    def supervisor(self) -> str:
        """Who supervises."""
        return self.crew.supervisor(self.place)

    @property
    def desk(self) -> str:
        """Who takes it in and calls back."""
        return self.crew.desk(self.place, self.plan.turn)

    def version(self) -> int:
        """The version a form would have shown."""
        with self.crew.stage.database.reading() as connection:
            own = (Case.estate_id == self.estate, Case.id == self.number)
            return connection.execute(select(Case.version).where(*own)).scalar_one()

    def state(self) -> CaseState:
        """Where it stands."""
        with self.crew.stage.database.reading() as connection:
            own = (Case.estate_id == self.estate, Case.id == self.number)
            return CaseState(connection.execute(select(Case.state).where(*own)).scalar_one())

    def move(self, who: str, target: CaseState, data: StepData, at: datetime) -> CaseState:
        """Take a step."""
        command = MoveCase(self.estate, self.number, self.version(), target, data)
        return self.crew.stage.act(who, move_case, command, at)

    def some(self, weighted: tuple[tuple[Any, int], ...]) -> Any:
        """One of several by their weights."""
        return self.chance.choices([one for one, _ in weighted], [weight for _, weight in weighted])[0]


def play_cases(crew: Crew, planned: tuple[PlannedCase, ...], name: str = "case") -> Iterator[Act]:
    """Give what happens to each of the cases, from its registration on."""
    for number, plan in enumerate(planned):
        department = HOME_DEPARTMENTS[category_of(plan.sub)]
        yield from _acts(crew, plan, f"{name}-{number:05}", department)


def _acts(crew: Crew, plan: PlannedCase, name: str, department: str) -> Iterator[Act]:
    case: list[Played] = []
    yield Act(plan.at, partial(_begin, crew, plan, name, department, case))
    for at, do in _course(plan):
        yield Act(at, partial(_do, case, do, at))


def _do(case: list[Played], do: Do, at: datetime) -> None:
    do(case[0], at)


def _course(plan: PlannedCase) -> Iterator[tuple[datetime, Do]]:
    """What follows the registration."""
    if Extra.LATER in plan.extras:
        yield plan.at + (plan.steps[0] - plan.at) / 2, _classify
    if plan.fate is Fate.WITHDRAWN:
        yield plan.steps[0], _withdraw
        return
    if plan.twin is not None and plan.twin < plan.steps[1]:
        yield plan.twin, _report_again
    steps = _STEPS[plan.record_type]
    yield from zip(plan.steps, steps, strict=False)
    yield from _beside(plan)
    if plan.fate is Fate.BACK and len(plan.steps) == len(steps):
        back = plan.steps[-1] + timedelta(days=5, hours=3)
        yield back, _open_again
        for hours, step in ((26, _resolve), (50, _call_content), (55, _close)):
            yield back + timedelta(hours=hours), step


def _beside(plan: PlannedCase) -> Iterator[tuple[datetime, Do]]:
    """What else happens, between two steps."""
    for extra, (do, (begins, ends), part) in _EXTRAS.items():
        if extra in plan.extras and len(plan.steps) > ends:
            yield plan.steps[begins] + (plan.steps[ends] - plan.steps[begins]) * part, do
    if Extra.ASKED in plan.extras:
        yield plan.steps[-1] + timedelta(minutes=30), _ask


def _begin(crew: Crew, plan: PlannedCase, name: str, department: str, case: list[Played]) -> None:
    """Register it at the front desk, sorted at once or later."""
    played = Played(crew, plan, name, crew.worker(plan.place, department, plan.turn))
    case.append(played)
    _register(played, plan, name, plan.at)


def _register(case: Played, plan: PlannedCase, request: str, at: datetime) -> None:
    is_sorted = Extra.LATER not in plan.extras or request != case.name
    crew, unit = case.crew, plan.unit
    customer = None if plan.anonymous or unit is None else crew.customer(plan.place, unit, local_day(at))
    record = CaseRecord(
        record_type=plan.record_type,
        category=case.category if is_sorted else None,
        sub_category=plan.sub if is_sorted else None,
        unit=None if plan.spot or unit is None else crew.unit(plan.place, unit),
        place=plan.spot,
        content=plan.text,
        claim=plan.claim,
        happened_at=at - plan.happened_before,
        channel=plan.channel,
        emotion=plan.emotion,
        anonymous=plan.anonymous,
        customer=customer,
        caller_phone="" if customer is not None or plan.anonymous else "15400000000",
        households=plan.households,
    )
    grade, reason = _other_grade(case) if is_sorted and request == case.name else (None, "")
    command = RegisterCase(case.estate, record, f"demo-{request}", grade, reason)
    done = crew.stage.act(case.desk, register_case, command, at)
    if request == case.name:
        case.number, case.repeated = done.case_id, bool(done.repeated_of)
    else:
        _merge(case, done.case_id, at + timedelta(minutes=20))


def _other_grade(case: Played) -> tuple[CaseGrade | None, str]:
    """Now and then the desk knows better than the rule, and says why."""
    plan, proposed = case.plan, grade_of(case.plan.record_type, case.plan.sub, households=1, repeated=False)
    if plan.record_type is not RecordType.COMPLAINT or Extra.MEASURED in plan.extras:
        return None, ""
    if proposed is CaseGrade.URGENT and plan.turn % 7 == _KNOWS_BETTER:
        return CaseGrade.MAJOR, words.GRADE_LOWERED
    if proposed is CaseGrade.NORMAL and plan.turn % 31 == _KNOWS_BETTER:
        return CaseGrade.MAJOR, words.GRADE_RAISED
    return None, ""


def _report_again(case: Played, at: datetime) -> None:
    """A neighbour reports the same; the desk sees it and puts both together."""
    plan = replace(case.plan, emotion=case.plan.emotion, happened_before=timedelta(minutes=40), twin=None)
    _register(case, plan, f"{case.name}-twin", at)


def _merge(case: Played, twin: CaseId, at: datetime) -> None:
    stage = case.crew.stage
    with stage.database.reading() as connection:
        own = (Case.estate_id == case.estate, Case.id == twin)
        version = connection.execute(select(Case.version).where(*own)).scalar_one()
        known = (ServiceRecord.estate_id == case.estate, ServiceRecord.id == case.number)
        number = connection.execute(select(ServiceRecord.number).where(*known)).scalar_one()
    command = MergeCase(case.estate, twin, version, case.number, words.MERGED.format(number=number))
    stage.act(case.desk, merge_case, command, at)


def _classify(case: Played, at: datetime) -> None:
    plan = case.plan
    data = Classification(
        record_type=plan.record_type,
        category=case.category,
        sub_category=plan.sub,
        grade=grade_of(plan.record_type, plan.sub, households=plan.households, repeated=case.repeated),
        grade_reason=words.MANY_HOUSEHOLDS,
        households=plan.households,
        department=case.department,
    )
    case.move(case.desk, CaseState.CLASSIFIED, data, at)


def _assign(case: Played, at: datetime) -> None:
    helpers: tuple[Collaborator, ...] = ()
    if Extra.HELPED in case.plan.extras:
        helper = case.crew.worker(case.place, "order" if case.department != "order" else "cleaning", case.plan.turn)
        if helper.staff != case.handler.staff:
            helpers = (Collaborator(_person(helper.staff), case.chance.choice(words.PARTS)),)
    data = Assignment(handler=_person(case.handler.staff), collaborators=helpers)
    case.move(case.supervisor, CaseState.ASSIGNED, data, at)


def _person(staff: StaffId) -> Assignee:
    """Of people only the number counts; the operation looks up the rest."""
    return Assignee(staff, "", active=True)


def _transfer(case: Played, at: datetime) -> None:
    """Somebody else takes it over."""
    other = case.crew.worker(case.place, case.department, case.plan.turn + 1)
    if other.staff == case.handler.staff:
        other = case.crew.worker(case.place, "management")
    if other.staff == case.handler.staff:
        return
    case.handler = other
    command = TransferCase(case.estate, case.number, case.version(), "", other.staff, words.TRANSFERRED_AWAY)
    case.crew.stage.act(case.supervisor, transfer_case, command, at)


def _answer(case: Played, at: datetime) -> None:
    said = words.RESTATED.format(claim=case.plan.claim) if case.plan.claim else words.RESTATED_PLAIN
    channel = None if case.plan.anonymous else CaseChannel.PHONE if case.plan.turn % 4 else CaseChannel.HOME_VISIT
    data = FirstContact(restated=said, confirmed=not case.plan.anonymous, channel=channel, at=at)
    case.move(case.handler.enters, CaseState.RESPONDED, data, at)


def _plan(case: Played, at: datetime) -> None:
    data = Plan(plan=case.chance.choice(words.PLANS[case.category.value]))
    case.move(case.handler.enters, CaseState.IN_PROGRESS, data, at)


def _resolve(case: Played, at: datetime) -> None:
    cause = case.some(_CAUSES[case.category])
    detail = case.chance.choice(list(CauseDetail)) if case.chance.random() < 0.55 else None
    data = Resolution(
        root_cause=cause,
        cause_detail=None if cause is RootCause.EQUIPMENT else detail,
        solution=case.some(_SOLUTIONS.get(case.category, _OTHERWISE)),
        measure=case.chance.choice(words.MEASURES[case.category.value]),
        feedback=case.chance.choice(words.FEEDBACKS),
        at=at,
    )
    case.move(case.handler.enters, CaseState.RESOLVED, data, at)
    if case.crew.was_late(case.place, case.number)[0] and case.chance.random() < 0.6:
        _hold_to_account(case, at + timedelta(hours=1))


def _hold_to_account(case: Played, at: datetime) -> None:
    number = case.chance.randrange(len(words.ACCOUNTABILITY))
    command = RecordAccountability(
        case.estate, case.number, case.handler.staff, _ACTIONS[number % len(_ACTIONS)], words.ACCOUNTABILITY[number]
    )
    case.crew.stage.act(case.supervisor, record_accountability, command, at)


def _call(case: Played, at: datetime) -> None:
    """Call back; who is not content has it done once more, and is called again."""
    if case.plan.anonymous or Extra.UNREACHED in case.plan.extras:
        return
    if case.plan.fate is Fate.AGAIN:
        _called(case, at, satisfied=False)
        _resolve(case, at + timedelta(hours=3))
        _call_content(case, at + timedelta(hours=5))
        return
    _called(case, at, satisfied=case.chance.random() > 0.02 or case.plan.fate is Fate.BACK)


def _call_content(case: Played, at: datetime) -> None:
    _called(case, at, satisfied=True)


def _called(case: Played, at: datetime, *, satisfied: bool) -> None:
    comment = case.chance.choice(words.SATISFIED if satisfied else words.UNSATISFIED)
    data = CallBack(by=None, satisfied=satisfied, comment=comment, channel=CaseChannel.PHONE, at=at)
    state = case.move(case.desk, CaseState.CALLED_BACK, data, at)
    if state is CaseState.IN_PROGRESS and case.plan.fate is not Fate.AGAIN:
        _resolve(case, at + timedelta(hours=3))
        _called(case, at + timedelta(hours=5), satisfied=True)


def _close(case: Played, at: datetime) -> None:
    """Close it; a complaint that was made again is linked first with the measure that deals with it."""
    at += timedelta(hours=6) if case.plan.fate is Fate.AGAIN else timedelta(minutes=30)
    _link_measure(case, at - timedelta(minutes=10))
    complaint, reason = case.plan.record_type is RecordType.COMPLAINT, None
    if complaint and case.state() is CaseState.RESOLVED:
        reason = NoCallBack.ANONYMOUS if case.plan.anonymous else NoCallBack.UNREACHABLE
    note = case.chance.choice(words.CLOSED if complaint else words.ANSWERED)
    data = Closing(note=note, no_call_back=reason, no_call_back_note=words.NO_CALL_NOTE if reason else "")
    case.move(case.supervisor, CaseState.CLOSED, data, at)


def _thank(case: Played, at: datetime) -> None:
    case.move(case.supervisor, CaseState.CLOSED, Closing(note=case.chance.choice(words.THANKED)), at)


def _link_measure(case: Played, at: datetime) -> None:
    with case.crew.stage.database.reading() as connection:
        own = (Case.estate_id == case.estate, Case.id == case.number)
        row = connection.execute(select(Case.repeated, Case.measure_id, Case.record_type).where(*own)).one()
    is_lift = Extra.MEASURED in case.plan.extras
    if row.measure_id is not None or not (
        row.repeated or (is_lift and case.crew.has_measure(case.place, case.plan.sub.value))
    ):
        return
    number = case.crew.measure(case.place, case.plan.sub.value, at)
    command = LinkMeasure(case.estate, case.number, case.version(), MeasureId(number))
    case.crew.stage.act(case.supervisor, link_measure, command, at)


def _withdraw(case: Played, at: datetime) -> None:
    reason = words.WITHDRAWN[case.plan.turn % len(words.WITHDRAWN)]
    case.move(case.desk, CaseState.WITHDRAWN, Withdrawal(reason=reason), at)


def _open_again(case: Played, at: datetime) -> None:
    case.move(case.desk, CaseState.IN_PROGRESS, Reopening(reason=words.REOPENED_LATER), at)


# --- what else happens ---


def _photo(case: Played, at: datetime) -> None:
    case.crew.photos(case.place, case.number, PhotoPhase.ANY, case.handler.enters, at)


def _escalate(case: Played, at: datetime) -> None:
    reason = words.ESCALATIONS[case.plan.turn % len(words.ESCALATIONS)]
    command = EscalateCase(case.estate, case.number, case.version(), reason)
    case.crew.stage.act(case.supervisor, escalate_case, command, at)


def _look_up(case: Played, at: datetime) -> None:
    """Answer with an entry of the knowledge base, if there is one yet."""
    with case.crew.stage.database.reading() as connection:
        about = (KnowledgeEntry.category == case.category.value, KnowledgeEntry.made_at < at)
        entries = select(KnowledgeEntry.id).where(*about).order_by(KnowledgeEntry.id)
        found = list(connection.execute(entries).scalars())
    if found:
        entry = found[case.plan.turn % len(found)]
        case.crew.stage.act(case.supervisor, use_knowledge, UseKnowledge(case.estate, case.number, entry), at)


def _link_bill(case: Played, at: datetime) -> None:
    """The newest bill of the unit, which is in dispute."""
    if case.plan.unit is None:
        return
    unit = case.crew.unit(case.place, case.plan.unit)
    with case.crew.stage.database.reading() as connection:
        own = (Bill.estate_id == case.estate, Bill.unit_id == unit)
        bill = connection.execute(select(Bill.id).where(*own).order_by(Bill.id.desc()).limit(1)).scalar()
    if bill is not None:
        command = AddLink(case.estate, case.number, LinkTarget.BILL, bill)
        case.crew.stage.act(case.desk, add_link, command, at)


def ask_for_pause(case: Played, at: datetime) -> int:
    """The handler asks for the clock to stand still until something has come; gives the pause's number."""
    reasons = [reason for reason in words.PAUSE_WORDS if reason != "customer_appointment"]
    reason = reasons[case.plan.turn % len(reasons)]
    request = PauseRequest(
        clocks=frozenset({ClockKind.RESOLVED}), reason=reason, evidence=words.PAUSE_WORDS[reason],
        start=at, end=at + timedelta(days=2),
    )  # fmt: skip
    return case.crew.stage.act(case.handler.enters, ask_pause, AskPause(case.estate, case.number, request), at)


def _decide(case: Played, at: datetime, *, approve: bool) -> None:
    """The manager decides within the hour."""
    pause = ask_for_pause(case, at)
    with case.crew.stage.database.reading() as connection:
        own = (ServicePause.estate_id == case.estate, ServicePause.id == pause)
        version = connection.execute(select(ServicePause.version).where(*own)).scalar_one()
    note = words.PAUSE_APPROVED if approve else words.PAUSE_REFUSED
    command = DecidePause(case.estate, pause, version, approve, note)
    decider = case.crew.manager(case.place)
    decider = case.supervisor if decider == case.handler.enters else decider
    case.crew.stage.act(decider, decide_pause, command, at + timedelta(minutes=30))


def _grant(case: Played, at: datetime) -> None:
    _decide(case, at, approve=True)


def _refuse(case: Played, at: datetime) -> None:
    _decide(case, at, approve=False)


def _ask(case: Played, at: datetime) -> None:
    ask_for_pause(case, at)


_STEPS: Final = {
    RecordType.COMPLAINT: (_assign, _answer, _plan, _resolve, _call, _close),
    RecordType.SUGGESTION: (_assign, _answer, _close),
    RecordType.INQUIRY: (_assign, _answer, _close),
    RecordType.PRAISE: (_thank,),
}
_EXTRAS: Final = {
    Extra.MOVED: (_transfer, (0, 1), 0.4),
    Extra.PHOTO: (_photo, (1, 2), 0.5),
    Extra.ESCALATED: (_escalate, (0, 1), 0.6),
    Extra.LOOKED_UP: (_look_up, (1, 2), 0.3),
    Extra.BILL: (_link_bill, (0, 1), 0.2),
    Extra.GRANTED: (_grant, (2, 3), 0.1),
    Extra.REFUSED: (_refuse, (2, 3), 0.1),
}
"""What is done, between which steps, and after which part of the time between them."""
