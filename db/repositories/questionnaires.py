"""Questionnaires of the company: rows and core values, items with their choices."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from core.kernel.identity import QuestionnaireId
from core.surveys import questionnaires as core
from core.surveys.questionnaires import Choice, Item, ItemKind, ItemRole, QuestionnaireState
from db.models import Questionnaire, QuestionnaireChoice, QuestionnaireItem


def load_questionnaire(session: Session, questionnaire: QuestionnaireId) -> Questionnaire | None:
    """The row of an edition, for a change."""
    return session.get(Questionnaire, questionnaire)


def items_of(connection: Session | Connection, questionnaire: QuestionnaireId) -> tuple[Item, ...]:
    """The items of an edition in their order, with their choices in the order of the letters."""
    return items_of_several(connection, [questionnaire]).get(questionnaire, ())


def items_of_several(
    connection: Session | Connection, questionnaires: Iterable[QuestionnaireId]
) -> dict[QuestionnaireId, tuple[Item, ...]]:
    """The items of several editions, in two statements; an edition without items is not in it."""
    wanted = sorted(set(questionnaires))
    choices: defaultdict[tuple[int, int], list[Choice]] = defaultdict(list)
    table, options = QuestionnaireItem.__table__, QuestionnaireChoice.__table__
    of_these = select(options).where(options.c.questionnaire_id.in_(wanted))
    for row in connection.execute(of_these.order_by(options.c.letter)):
        choices[row.questionnaire_id, row.position].append(Choice(row.letter, row.text_zh, row.text_en))
    items: defaultdict[QuestionnaireId, list[Item]] = defaultdict(list)
    asked = select(table).where(table.c.questionnaire_id.in_(wanted)).order_by(table.c.position)
    for row in connection.execute(asked):
        own = tuple(choices[row.questionnaire_id, row.position])
        items[QuestionnaireId(row.questionnaire_id)].append(item_of(row, own))
    return {number: tuple(own) for number, own in items.items()}


def item_of(row: Any, choices: tuple[Choice, ...]) -> Item:
    """The core value of an item's row with its choices."""
    return Item(
        position=row.position,
        code=row.code,
        kind=ItemKind(row.kind),
        text_zh=row.text_zh,
        text_en=row.text_en,
        dimension=row.dimension,
        role=ItemRole(row.role),
        choices=choices,
        least=row.least,
        most=row.most,
    )


def questionnaire_of(row: Questionnaire, items: tuple[Item, ...]) -> core.Questionnaire:
    """The core value of a row with its items."""
    return core.Questionnaire(
        code=row.code,
        edition=row.edition,
        title_zh=row.title_zh,
        title_en=row.title_en,
        items=items,
        intro_zh=row.intro_zh,
        intro_en=row.intro_en,
    )


def newest_edition(session: Session, code: str) -> int:
    """The highest edition of a family, 0 when there is none."""
    return session.scalar(select(func.max(Questionnaire.edition)).where(Questionnaire.code == code)) or 0


def draft_of(session: Session, code: str) -> QuestionnaireId | None:
    """The draft a family has."""
    is_draft = Questionnaire.state == QuestionnaireState.DRAFT.value
    found = session.scalar(select(Questionnaire.id).where(Questionnaire.code == code, is_draft))
    return None if found is None else QuestionnaireId(found)


def fill(row: Questionnaire, questionnaire: core.Questionnaire) -> None:
    """Write code, edition, titles and introductions into a row."""
    row.code, row.edition = questionnaire.code, questionnaire.edition
    row.title_zh, row.title_en = questionnaire.title_zh, questionnaire.title_en
    row.intro_zh, row.intro_en = questionnaire.intro_zh, questionnaire.intro_en


def replace_items(session: Session, questionnaire: QuestionnaireId, items: Iterable[Item]) -> None:
    """Give a draft these items instead of those it had."""
    listed = tuple(items)
    session.execute(delete(QuestionnaireChoice).where(QuestionnaireChoice.questionnaire_id == questionnaire))
    session.execute(delete(QuestionnaireItem).where(QuestionnaireItem.questionnaire_id == questionnaire))
    rows = [
        {
            "questionnaire_id": questionnaire,
            "position": item.position,
            "code": item.code,
            "kind": item.kind.value,
            "text_zh": item.text_zh,
            "text_en": item.text_en,
            "dimension": item.dimension,
            "role": item.role.value,
            "least": item.least,
            "most": item.most,
        }
        for item in listed
    ]
    options = [
        {
            "questionnaire_id": questionnaire,
            "position": item.position,
            "letter": choice.letter,
            "text_zh": choice.text_zh,
            "text_en": choice.text_en,
        }
        for item in listed
        for choice in item.choices
    ]
    if rows:
        session.connection().execute(insert(QuestionnaireItem), rows)
    if options:
        session.connection().execute(insert(QuestionnaireChoice), options)
