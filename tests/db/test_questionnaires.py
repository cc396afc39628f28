"""Questionnaires: a draft is written, a published edition never changes, a new edition begins as a copy (R-137)."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.admin.codes import CodeUnknown
from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, QuestionnaireId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing, LineTooLong
from core.surveys.authoring import NothingAsked, OnlyWordsAsked
from core.surveys.questionnaires import Choice, Item, ItemKind
from db.engine import Database
from db.models import CodeItem, Questionnaire, User
from db.operations.questionnaires import (
    DraftWaiting,
    NewEdition,
    PublishQuestionnaire,
    QuestionnaireCodeTaken,
    QuestionnaireNotDraft,
    RetireQuestionnaire,
    SaveQuestionnaire,
    new_edition,
    publish_questionnaire,
    retire_questionnaire,
    save_questionnaire,
)
from db.repositories.questionnaires import items_of
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_rights, entries, pairs, refused, someone_with
from tests.db.surveys_setup import ITEMS, a_rating, draft, letters, published, with_people
from tests.personas import SUPERVISOR


@pytest.fixture
def company(database: Database) -> Database:
    with_people(database)
    builders.with_code_lists(database)
    return database


def save(database: Database, **given: Any) -> QuestionnaireId:
    return builders.act(database, save_questionnaire, draft(**given), by=SUPERVISOR)


def row_of(database: Database, number: QuestionnaireId) -> Any:
    with database.reading() as connection:
        table: Any = Questionnaire.__table__
        return connection.execute(select(table).where(table.c.id == number)).one()


def items(database: Database, number: QuestionnaireId) -> tuple[Item, ...]:
    with database.reading() as connection:
        return items_of(connection, number)


def test_a_new_questionnaire_is_a_draft_of_its_first_edition_and_reads_back_as_written(company: Database) -> None:
    number = save(company, title_zh="  业主 满意度\u200b调查 ")
    row = row_of(company, number)
    assert (row.code, row.edition, row.state, row.title_zh) == ("general", 1, "draft", "业主 满意度调查")
    assert (row.intro_zh, row.made_by, row.version) == ("您好", SUPERVISOR.user_id, 1)
    assert items(company, number) == ITEMS
    (entry,) = entries(company, "questionnaires.add")
    assert (entry.chain, entry.subject_id) == (0, str(number))


def test_a_saved_draft_has_exactly_the_new_items(company: Database) -> None:
    number = save(company)
    fewer = (a_rating(1, "price"), replace(ITEMS[3], position=2, choices=letters("A", "B")))
    save(company, questionnaire_id=number, version=1, items=fewer)
    assert items(company, number) == fewer
    assert row_of(company, number).version == 2
    assert len(entries(company, "questionnaires.edit")) == 1


def test_saving_the_same_again_changes_nothing(company: Database) -> None:
    number = save(company)
    save(company, questionnaire_id=number, version=1)
    assert row_of(company, number).version == 1
    assert entries(company, "questionnaires.edit") == []


def test_the_code_of_a_first_draft_may_change_but_not_to_one_that_is_taken(company: Database) -> None:
    number = save(company)
    save(company, code="other")
    save(company, questionnaire_id=number, version=1, code="fresh")
    assert row_of(company, number).code == "fresh"
    with refused(company, QuestionnaireCodeTaken, taken="other"):
        save(company, questionnaire_id=number, version=2, code="other")


def test_a_new_questionnaire_needs_a_code_of_its_own(company: Database) -> None:
    save(company)
    with refused(company, QuestionnaireCodeTaken, taken="general"):
        save(company)


@pytest.mark.parametrize(
    ("given", "error", "fields"),
    [
        ({"code": " "}, LineMissing, {"field": "code"}),
        ({"title_zh": ""}, LineMissing, {"field": "title_zh"}),
        ({"title_en": "x" * 101}, LineTooLong, {"field": "title_en", "longest": 100}),
        ({"intro_zh": "字" * 501}, LineTooLong, {"field": "intro_zh", "longest": 500}),
        ({"items": (a_rating(1, "weather"),)}, CodeUnknown, {"value": "weather"}),
        ({"items": (replace(a_rating(1), text_zh="字" * 201),)}, LineTooLong, {"field": "item", "longest": 200}),
        ({"items": (replace(a_rating(1), text_en=""),)}, LineMissing, {"field": "item"}),
        (
            {"items": (Item(1, "c", ItemKind.CHOICE, "问", "Ask", choices=(Choice("A", "字" * 101, "a"),)),)},
            LineTooLong,
            {"field": "choice", "longest": 100},
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    company: Database, given: dict[str, Any], error: type[BusinessError], fields: dict[str, Any]
) -> None:
    with refused(company, error, **fields):
        save(company, **given)


@pytest.mark.parametrize("wrong", [(a_rating(2),), (a_rating(1), replace(a_rating(2), code="q1"))])
def test_items_that_no_parser_gives_are_a_bug(company: Database, wrong: tuple[Item, ...]) -> None:
    with pytest.raises(ValueError, match=r"items count from 1|one code"):
        save(company, items=wrong)


def test_a_published_edition_never_changes(company: Database) -> None:
    number = published(company)
    row = row_of(company, number)
    assert (row.state, row.published_at, row.version) == ("published", builders.NOW, 2)
    with refused(company, QuestionnaireNotDraft):
        save(company, questionnaire_id=number, version=2, title_zh="别的")
    with refused(company, ForbiddenMove):
        builders.act(company, publish_questionnaire, PublishQuestionnaire(number, 2), by=SUPERVISOR)
    assert len(entries(company, "questionnaires.publish")) == 1


@pytest.mark.parametrize(("asked", "error"), [((), NothingAsked), ((replace(ITEMS[7], position=1),), OnlyWordsAsked)])
def test_what_nobody_could_count_is_not_published(
    company: Database, asked: tuple[Item, ...], error: type[BusinessError]
) -> None:
    number = save(company, items=asked)
    with refused(company, error):
        builders.act(company, publish_questionnaire, PublishQuestionnaire(number, 1), by=SUPERVISOR)


def test_an_edition_is_retired_once(company: Database) -> None:
    number = published(company)
    builders.act(company, retire_questionnaire, RetireQuestionnaire(number, 2), by=SUPERVISOR)
    assert row_of(company, number).state == "retired"
    with refused(company, ForbiddenMove):
        builders.act(company, retire_questionnaire, RetireQuestionnaire(number, 3), by=SUPERVISOR)


def test_a_new_edition_is_a_draft_copy_that_keeps_its_code(company: Database) -> None:
    first = published(company)
    second = builders.act(company, new_edition, NewEdition(first), by=SUPERVISOR)
    row = row_of(company, second)
    assert (row.code, row.edition, row.state, row.published_at) == ("general", 2, "draft", None)
    assert items(company, second) == ITEMS == items(company, first)
    save(company, questionnaire_id=second, version=1, code="another", items=ITEMS[:3])
    assert row_of(company, second).code == "general"
    assert (items(company, first), items(company, second)) == (ITEMS, ITEMS[:3])


def test_a_family_has_one_draft_at_a_time(company: Database) -> None:
    first = published(company)
    second = builders.act(company, new_edition, NewEdition(first), by=SUPERVISOR)
    for source in (first, second):
        with refused(company, DraftWaiting, edition=2):
            builders.act(company, new_edition, NewEdition(source), by=SUPERVISOR)
    builders.act(company, retire_questionnaire, RetireQuestionnaire(second, 1), by=SUPERVISOR)
    third = builders.act(company, new_edition, NewEdition(first), by=SUPERVISOR)
    assert row_of(company, third).edition == 3


def test_a_dimension_that_was_retired_stays_on_the_draft_that_has_it(company: Database) -> None:
    first = published(company)
    second = builders.act(company, new_edition, NewEdition(first), by=SUPERVISOR)
    with company.writing() as connection, connection.begin():
        table: Any = CodeItem.__table__
        gone = table.update().where(table.c.list == "survey_dimension", table.c.code == "facility")
        connection.execute(gone.values(retired_at=builders.NOW))
    save(company, questionnaire_id=second, version=1, items=ITEMS[:3])
    assert items(company, second) == ITEMS[:3]
    with refused(company, CodeUnknown, value="facility"):
        save(company, code="brand_new")


def test_a_stale_or_unknown_questionnaire_is_refused(company: Database) -> None:
    number = save(company)
    for operation, command in pairs(
        (save_questionnaire, draft(questionnaire_id=number, version=2)),
        (publish_questionnaire, PublishQuestionnaire(number, 2)),
        (retire_questionnaire, RetireQuestionnaire(number, 0)),
    ):
        with refused(company, EditConflict):
            builders.act(company, operation, command, by=SUPERVISOR)
    missing = QuestionnaireId(99)
    for operation, command in pairs(
        (save_questionnaire, draft(questionnaire_id=missing, version=1)),
        (publish_questionnaire, PublishQuestionnaire(missing, 1)),
        (retire_questionnaire, RetireQuestionnaire(missing, 1)),
        (new_edition, NewEdition(missing)),
    ):
        with refused(company, NotFound):
            builders.act(company, operation, command, by=SUPERVISOR)


def test_only_who_makes_surveys_writes_questionnaires(company: Database) -> None:
    number = save(company)
    for operation, command in pairs(
        (save_questionnaire, draft(code="x")),
        (publish_questionnaire, PublishQuestionnaire(number, 1)),
        (retire_questionnaire, RetireQuestionnaire(number, 1)),
        (new_edition, NewEdition(number)),
    ):
        check_rights(company, operation, command, Permission.SURVEYS_MAKE)


def test_a_supervisor_of_one_estate_may_write_one(company: Database) -> None:
    one = someone_with(Permission.SURVEYS_MAKE, EstateId(5))
    with company.writing() as connection, connection.begin():
        table: Any = User.__table__
        values = {"id": one.user_id, "username": one.name, "display_name": one.name, "created_at": builders.NOW}
        connection.execute(table.insert().values(**values, state="active"))
    wanted: SaveQuestionnaire = draft()
    assert row_of(company, builders.act(company, save_questionnaire, wanted, by=one)).made_by == one.user_id
