"""A company that improves: two estates with books and staff, a survey round with easy numbers, measures in one call."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import insert, select

from core.admin.permissions import Actor
from core.kernel.identity import COMPANY, EstateId, MeasureId, RoundId, StaffId
from core.meetings.effects import Direction, Figure, Goal, Metric
from core.meetings.measures import MeasureRecord, MeasureSource, Stage
from db.engine import Database
from db.models import AuditEntry, Measure, Questionnaire, QuestionnaireItem, SurveyRound, SurveyTally
from db.operations.measures import (
    MoveMeasure,
    OpenMeasure,
    SetFigure,
    Side,
    move_measure,
    open_measure,
    set_figure,
)
from db.unit_of_work import Operation, Query
from tests.builders import act, ask, staff_member, with_code_lists
from tests.fee_books import A, B, Books, open_books
from tests.kept import built_once
from tests.personas import SUPERVISOR

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
MARKS: dict[int, dict[int, int]] = {
    0: {0: 10},
    1: {5: 4, 4: 3, 3: 2, 2: 1},
    2: {3: 4, 2: 6},
    3: {10: 5, 9: 1, 7: 2, 0: 2},
    4: {0: 10, 1: 7, 2: 3},
}
"""Cleaning 4.0 (7 of 10 satisfied), patrol 2.4 (none), NPS 40, a choice that counts in no score."""

ITEMS = (
    (1, "cleaning", "rating", "公共区域保洁", "Cleaning of shared areas", "facility"),
    (2, "patrol", "rating", "安全巡逻", "Safety patrol", "management"),
    (3, "recommend", "nps", "推荐意愿", "Would you recommend us", ""),
    (4, "lift", "choice", "乘梯感受", "How is the lift", ""),
)
C = TypeVar("C")
F = TypeVar("F")
R = TypeVar("R")


@dataclass
class Company:
    """The database with estates A and B, somebody of the company, somebody of each estate."""

    database: Database
    books: Books
    anyone: StaffId
    of_a: StaffId
    of_b: StaffId

    def do(self, operation: Operation[C, R], command: C, *, by: Actor = SUPERVISOR, now: datetime = NOW) -> R:
        return act(self.database, operation, command, by=by, now=now)

    def see(self, query: Query[F, R], wanted: F, *, by: Actor = SUPERVISOR, now: datetime = NOW) -> R:
        return ask(self.database, query, wanted, by=by, now=now)

    def record(self, **given: Any) -> MeasureRecord:
        """A measure about an own figure, due in a month, without cause and action, unless told otherwise."""
        goal = Goal(
            metric=Metric.OWN_FIGURE, target=Decimal(5), better=Direction.DOWN, reference="Blocked exits", unit="exits"
        )
        plain = MeasureRecord(
            source=MeasureSource.PATROL,
            problem="Fire exits are blocked by parked bicycles",
            responsible=self.anyone,
            deadline=date(2026, 12, 21),
            goal=goal,
        )
        return replace(plain, **given)

    def about_patrol(self, **given: Any) -> MeasureRecord:
        """A measure about the item *patrol* of a survey."""
        goal = Goal(metric=Metric.SURVEY_ITEM, target=Decimal("3.5"), reference="patrol")
        return self.record(source=MeasureSource.SURVEY, problem="Patrol is rated low", goal=goal, **given)

    def opened(
        self,
        record: MeasureRecord | None = None,
        *,
        estate: EstateId = A,
        now: datetime = NOW,
        **given: Any,
    ) -> MeasureId:
        return self.do(open_measure, OpenMeasure(estate, record or self.record(), **given), now=now)

    def ready(self, **given: Any) -> MeasureRecord:
        """A record that may be carried out."""
        return self.record(cause="No place for bicycles", action="Mark a place\nand move them weekly", **given)

    def row(self, number: MeasureId, estate: EstateId = A) -> Any:
        statement = select(Measure.__table__).where(Measure.estate_id == estate, Measure.id == number)
        with self.database.reading() as connection:
            return connection.execute(statement).one()

    def move(self, number: MeasureId, *targets: Stage, by: Actor = SUPERVISOR, note: str = "as agreed") -> None:
        for target in targets:
            version = self.row(number).version
            self.do(move_measure, MoveMeasure(A, number, version, target, note), by=by)

    def figure(self, number: MeasureId, side: Side, value: str, on: date = TODAY, **given: Any) -> None:
        figure = Figure(Decimal(value), None, on, "counted by the patrol")
        self.do(set_figure, SetFigure(A, number, self.row(number).version, side, replace(figure, **given)))

    def closed(self, before: str = "9", after: str = "4", **given: Any) -> MeasureId:
        """A measure brought all the way, with an own figure before and after."""
        number = self.opened(self.ready(**given))
        self.figure(number, Side.BEFORE, before)
        self.figure(number, Side.AFTER, after)
        self.move(number, Stage.DO, Stage.CHECK, Stage.ACT, Stage.CLOSED)
        return number

    def audited(self, estate: EstateId = A) -> list[Any]:
        """The audit entries about measures, in order."""
        log = select(AuditEntry.__table__).where(AuditEntry.chain == estate, AuditEntry.subject_type == "measure")
        with self.database.reading() as connection:
            return list(connection.execute(log.order_by(AuditEntry.seq)))


@built_once
def a_company(database: Database) -> Company:
    """Two estates with books (nothing billed yet), portal users, three members of staff, the code lists."""
    books = open_books(database)
    with_code_lists(database)
    return Company(
        database,
        books,
        staff_member(database, "G-001", at=COMPANY, name="陈师傅"),
        staff_member(database, "A-001", at=A, name="王主管"),
        staff_member(database, "B-001", at=B, name="赵主管"),
    )


def a_round(
    database: Database,
    estate: EstateId = A,
    *,
    number: int = 700,
    code: str = "A-26Q4-01",
    marks: dict[int, dict[int, int]] | None = None,
    starts_on: date = date(2026, 10, 10),
    ends_on: date = date(2026, 10, 21),
    state: str = "closed",
) -> RoundId:
    """A round with its tallies, spread over two buildings and two channels so that they must be added up."""
    with database.writing() as connection, connection.begin():
        if not connection.execute(select(Questionnaire.id).where(Questionnaire.id == 1)).first():
            _store_questionnaire(connection)
        round_row = {
            "estate_id": estate,
            "id": number,
            "questionnaire_id": 1,
            "code": code,
            "name": f"Round {code}",
            "kind": "regular",
            "starts_on": starts_on,
            "ends_on": ends_on,
            "channels": "paper,phone",
            "target_sample": 0,
            "sent": 0,
            "population": 0,
            "check_percent": 0,
            "state": state,
            "made_at": NOW,
        }
        connection.execute(insert(SurveyRound), [round_row])
        tallies = [
            {
                "estate_id": estate,
                "round_id": number,
                "position": position,
                "value": value,
                "building_id": 1 + part % 2,
                "channel": ("paper", "phone")[part % 2],
                "customer_group": "owner",
                "forms": forms // 2 + (forms % 2 if part == 0 else 0),
            }
            for position, counts in (MARKS if marks is None else marks).items()
            for value, forms in counts.items()
            for part in (0, 1)
        ]
        if tallies:
            connection.execute(insert(SurveyTally), tallies)
    return RoundId(number)


def _store_questionnaire(connection: Any) -> None:
    sheet = {"id": 1, "code": "usual", "edition": 1, "title_zh": "满意度调查表", "state": "published", "made_at": NOW}
    connection.execute(insert(Questionnaire), [sheet])
    names = ("position", "code", "kind", "text_zh", "text_en", "dimension")
    items = [dict(zip(names, item, strict=True)) | {"questionnaire_id": 1} for item in ITEMS]
    connection.execute(insert(QuestionnaireItem), items)
