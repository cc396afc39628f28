"""An estate with people to ask, a published questionnaire and an open round; short ways to act, and a recount."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import func, insert, select

from core.admin.permissions import Actor
from core.customers.profiles import Relation
from core.kernel.identity import BuildingId, EstateId, QuestionnaireId, ResponseId, RoundId, UnitId
from core.surveys.questionnaires import Choice, Item, ItemKind, ItemRole
from core.surveys.rounds import Channel, RoundKind
from db.engine import Database
from db.models import Base, CodeItem, FollowUp, SurveyAnswer, SurveyResponse, SurveyRound, SurveyTally, User
from db.operations.questionnaires import (
    PublishQuestionnaire,
    SaveQuestionnaire,
    publish_questionnaire,
    save_questionnaire,
)
from db.operations.survey_forms import EditForm, EnteredForm, EnterForms, SentForm, edit_form, enter_forms
from db.operations.survey_rounds import OpenRound, open_round
from db.repositories.survey_forms import tally_differences
from db.unit_of_work import perform
from tests import builders
from tests.builders import NOW
from tests.kept import built_once
from tests.personas import EVERYBODY, FRONT_DESK, SUPERVISOR

TODAY = date(2026, 11, 21)
STARTS, ENDS = date(2026, 11, 1), date(2026, 12, 1)
"""The days of the round, the second exclusive."""

C = TypeVar("C")
R = TypeVar("R")


def letters(*letters_: str) -> tuple[Choice, ...]:
    return tuple(Choice(letter, f"选项{letter}", f"Choice {letter}") for letter in letters_)


def a_rating(position: int, dimension: str = "", role: ItemRole = ItemRole.NONE) -> Item:
    return Item(position, f"q{position}", ItemKind.RATING, f"问题{position}", f"Question {position}", dimension, role)


ITEMS: tuple[Item, ...] = (
    a_rating(1, "service", ItemRole.QUALITY),
    a_rating(2, "communication", ItemRole.SPEED),
    a_rating(3, "facility"),
    Item(4, "home", ItemKind.CHOICE, "您是", "You are", choices=letters("A", "B", "C")),
    Item(5, "wishes", ItemKind.CHOICE, "您希望", "You wish", choices=letters("A", "B", "C", "D"), most=2),
    Item(6, "nps", ItemKind.NPS, "您会推荐我们吗", "Would you recommend us"),
    Item(7, "years", ItemKind.NUMBER, "入住年数", "Years here", least=0, most=60),
    Item(8, "words", ItemKind.OPEN, "您的建议", "Your advice"),
)
"""One item of every kind, and more ratings."""

ANSWERS: tuple[tuple[int, int | str], ...] = (
    (1, 5), (2, 4), (3, 3), (4, "A"), (5, "BD"), (6, 9), (7, 3), (8, "电梯慢"),
)  # fmt: skip
"""An answer to every item, none of them low."""

LOW: tuple[tuple[int, int | str], ...] = ((1, 1), (2, 4), (3, 2))
"""Answers with two low marks."""


@dataclass
class SurveyWorld:
    """An estate in a database with a round to enter forms for. ``act`` carries an operation out as somebody, now.

    ``units`` stand in ``buildings``: the first four in the first, the others in the second. An owner lives in units 0
    and 1, a tenant in unit 2, owner and tenant belong to unit 3; nobody is known of the others.
    """

    database: Database
    estate: EstateId
    units: tuple[UnitId, ...]
    buildings: tuple[BuildingId, ...]
    questionnaire: QuestionnaireId
    round: RoundId
    items: tuple[Item, ...] = ITEMS
    now: datetime = NOW
    requests: int = field(default=0)

    def act(self, who: Actor, operation: Callable[[Any, C], R], command: C) -> R:
        return perform(self.database, operation, command, identify=lambda _c, _n: who, now=self.now)

    def form(
        self,
        unit: UnitId | None = None,
        answers: Sequence[tuple[int, int | str]] = ANSWERS,
        *,
        building: BuildingId | None = None,
        request: str | None = None,
    ) -> SentForm:
        """A form under a new request unless told otherwise."""
        self.requests += 1
        return SentForm(request or f"request-{self.requests:05d}", unit, building, tuple(answers))

    def entry(self, *forms: SentForm, **given: Any) -> EnterForms:
        """A pile of paper filled in today, unless told otherwise."""
        return replace(EnterForms(self.estate, self.round, Channel.PAPER, TODAY, "王五", forms), **given)

    def enter(self, *forms: SentForm, by: Actor = FRONT_DESK, **given: Any) -> tuple[EnteredForm, ...]:
        return self.act(by, enter_forms, self.entry(*forms, **given))

    def answer(
        self, unit: UnitId | None = None, answers: Sequence[tuple[int, int | str]] = ANSWERS, **given: Any
    ) -> EnteredForm:
        """Enter one form."""
        return self.enter(self.form(unit, answers), **given)[0]

    def edit(self, response: ResponseId, by: Actor = FRONT_DESK, **given: Any) -> None:
        self.act(by, edit_form, self.edited(response, **given))

    def edited(self, response: ResponseId, **given: Any) -> EditForm:
        """A correction of a form of which all but what is given stays anonymous, on paper and today."""
        row = self.response(response)
        plain = EditForm(self.estate, response, row.version, None, None, Channel.PAPER, TODAY, ANSWERS)
        return replace(plain, **given)

    def open(self, **given: Any) -> RoundId:
        return self.act(SUPERVISOR, open_round, self.round_wanted(**given))

    def round_wanted(self, **given: Any) -> OpenRound:
        plain = OpenRound(
            estate_id=self.estate,
            questionnaire_id=self.questionnaire,
            name="2026年第四季度",
            kind=RoundKind.REGULAR,
            starts_on=STARTS,
            ends_on=ENDS,
            channels=(Channel.PAPER, Channel.PHONE),
        )
        return replace(plain, **given)

    def rows(self, model: type[Base]) -> list[Any]:
        """Every row of a table in this estate, by its columns' names, in the order of its key."""
        table: Any = model.__table__
        statement = select(table).where(table.c.estate_id == self.estate).order_by(*table.primary_key.columns)
        with self.database.reading() as connection:
            return list(connection.execute(statement).all())

    def response(self, response: ResponseId) -> Any:
        return next(row for row in self.rows(SurveyResponse) if row.id == response)

    def answers(self, response: ResponseId) -> tuple[tuple[int, int | str], ...]:
        rows = [row for row in self.rows(SurveyAnswer) if row.response_id == response]
        return tuple((row.position, row.number if row.text is None else row.text) for row in rows)

    def round_row(self, round_id: RoundId | None = None) -> Any:
        return next(row for row in self.rows(SurveyRound) if row.id == (round_id or self.round))

    def follow_up(self, response: ResponseId) -> Any:
        return next((row for row in self.rows(FollowUp) if row.response_id == response), None)

    def forms_counted(self, round_id: RoundId | None = None) -> int:
        tallies = [row for row in self.rows(SurveyTally) if row.round_id == (round_id or self.round)]
        return sum(row.forms for row in tallies if row.position == 0)


@built_once
def a_survey_world(database: Database, name: str = "Maple Court", *, items: tuple[Item, ...] = ITEMS) -> SurveyWorld:
    """An estate with six units, a published questionnaire (the code is the estate's name) and an open round.

    May be called again for a further estate of the same company. The people of ``tests.personas`` are users.
    """
    with_people(database)
    if not _has(database, CodeItem):
        builders.with_code_lists(database)
    estate = builders.estate(database, name)
    buildings = tuple(builders.building(database, estate, code) for code in ("1", "2"))
    units = builders.units(database, estate, buildings[0], ("101", "102", "201", "202"))
    units += builders.units(database, estate, buildings[1], ("101", "102"))
    phones = iter(f"138{estate:04d}{number:04d}" for number in range(10))
    for place, relation in (
        (0, Relation.OWNER), (1, Relation.OWNER), (2, Relation.TENANT), (3, Relation.TENANT), (3, Relation.OWNER),
    ):  # fmt: skip
        builders.customer(database, estate, f"住户{place}", next(phones), of=units[place], relation=relation)
    questionnaire = published(database, code=name[:32], items=items)
    world = SurveyWorld(database, estate, units, buildings, questionnaire, RoundId(0), items)
    world.round = world.open()
    return world


def with_people(database: Database) -> None:
    """Make the personas users, so that rows can say who made them; done before, it does nothing."""
    if _has(database, User):
        return
    rows = [
        {"id": who.user_id, "username": who.name, "display_name": who.name, "state": "active", "created_at": NOW}
        for who in EVERYBODY
    ]
    with database.writing() as connection, connection.begin():
        connection.execute(insert(User), rows)


def published(database: Database, *, code: str = "general", items: tuple[Item, ...] = ITEMS) -> QuestionnaireId:
    """A published questionnaire."""
    wanted = draft(code=code, items=items)
    number = builders.act(database, save_questionnaire, wanted, by=SUPERVISOR)
    builders.act(database, publish_questionnaire, PublishQuestionnaire(number, 1), by=SUPERVISOR)
    return number


def draft(**given: Any) -> SaveQuestionnaire:
    """A new questionnaire."""
    plain = SaveQuestionnaire(None, "general", "业主满意度调查", "Satisfaction survey", "您好", "Hello", ITEMS, 0)
    return replace(plain, **given)


def check_tallies(world: SurveyWorld) -> None:
    """Count the answers anew, and hold the tallies against it; the portal's own recount must agree."""
    kinds = {item.position: item.kind for item in world.items}
    facts: Counter[tuple[int, int, int, int, str, str]] = Counter()
    for form in world.rows(SurveyResponse):
        if form.state != "active":
            continue
        place = (form.building_id, form.channel, form.customer_group)
        facts[form.round_id, 0, 0, *place] += 1
        for position, answer in world.answers(form.id):
            if kinds[position] is ItemKind.CHOICE:
                facts[form.round_id, position, 0, *place] += 1
                for letter in str(answer):
                    facts[form.round_id, position, "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1, *place] += 1
            elif kinds[position] is not ItemKind.OPEN:
                facts[form.round_id, position, int(answer), *place] += 1
    stored = {
        (row.round_id, row.position, row.value, row.building_id, row.channel, row.customer_group): row.forms
        for row in world.rows(SurveyTally)
    }
    assert stored == dict(facts)
    with world.database.reading() as connection:
        assert tally_differences(connection) == []


def _has(database: Database, model: type[Base]) -> bool:
    with database.reading() as connection:
        return bool(connection.execute(select(func.count()).select_from(model.__table__)).scalar())
