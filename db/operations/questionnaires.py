"""Use cases of questionnaires (R-137): drafts are written, published editions are asked and never change."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from sqlalchemy.orm.attributes import flag_modified

from core.admin.codes import CodeList, check_value
from core.admin.permissions import Permission
from core.kernel.errors import BusinessError
from core.kernel.identity import QuestionnaireId
from core.kernel.lines import check_line
from core.surveys import questionnaires as core
from core.surveys.authoring import check_publishable
from core.surveys.questionnaires import EDITIONS, Item, QuestionnaireState
from db.models import Questionnaire
from db.repositories.codes import active_codes
from db.repositories.questionnaires import (
    draft_of,
    fill,
    items_of,
    load_questionnaire,
    newest_edition,
    questionnaire_of,
    replace_items,
)
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

_LONGEST: Final = {"code": 32, "title_zh": 100, "title_en": 100, "intro_zh": 500, "intro_en": 500}
_LONGEST_TEXT: Final = 200
_LONGEST_CHOICE: Final = 100


class QuestionnaireNotDraft(BusinessError):
    """Only a draft is written on; what was published is asked as it is. Field: ``state``."""

    code: ClassVar[str] = "surveys.questionnaire.not_draft"


class QuestionnaireCodeTaken(BusinessError):
    """Another questionnaire has this code; a new edition of it is made from it. Field: ``taken``."""

    code: ClassVar[str] = "surveys.questionnaire.code_taken"


class DraftWaiting(BusinessError):
    """The questionnaire has a draft already; that is finished first. Field: ``edition``."""

    code: ClassVar[str] = "surveys.questionnaire.draft_waiting"


@dataclass(frozen=True, slots=True)
class SaveQuestionnaire:
    """What a draft says. ``questionnaire_id`` is ``None`` for a new questionnaire, whose ``version`` is 0.

    The code of a draft that follows a published edition stays as it is.
    """

    questionnaire_id: QuestionnaireId | None
    code: str
    title_zh: str
    title_en: str
    intro_zh: str
    intro_en: str
    items: tuple[Item, ...]
    version: int


@dataclass(frozen=True, slots=True)
class PublishQuestionnaire:
    """Let a draft be asked."""

    questionnaire_id: QuestionnaireId
    version: int


@dataclass(frozen=True, slots=True)
class RetireQuestionnaire:
    """Offer an edition no longer, or give a draft up."""

    questionnaire_id: QuestionnaireId
    version: int


@dataclass(frozen=True, slots=True)
class NewEdition:
    """A draft that begins as a copy of an edition."""

    questionnaire_id: QuestionnaireId


@operation(Permission.SURVEYS_MAKE)
def save_questionnaire(work: UnitOfWork, command: SaveQuestionnaire) -> QuestionnaireId:
    """Store a draft, new or known, and give its number; the same again changes nothing."""
    if command.questionnaire_id is None:
        new = _checked(work, command, kept=())
        _check_code_free(work, new.code)
        row = _add(work, new)
        work.record("questionnaires.add", ("questionnaire", row.id), after=_facts(new))
        return QuestionnaireId(row.id)
    row = _load(work, command.questionnaire_id, command.version)
    if row.state != QuestionnaireState.DRAFT.value:
        raise QuestionnaireNotDraft(state=QuestionnaireState(row.state))
    before = questionnaire_of(row, items_of(work.session, command.questionnaire_id))
    wanted = _checked(work, command, kept={item.dimension for item in before.items})
    after = replace(wanted, edition=row.edition, code=row.code if row.edition > 1 else wanted.code)
    if after.code != row.code:
        _check_code_free(work, after.code)
    if after != before:
        fill(row, after)
        flag_modified(row, "code")  # items alone may differ, and the version counts them too
        replace_items(work.session, command.questionnaire_id, after.items)
        subject = ("questionnaire", row.id)
        work.record("questionnaires.edit", subject, before=_facts(before), after=_facts(after))
    return command.questionnaire_id


@operation(Permission.SURVEYS_MAKE)
def publish_questionnaire(work: UnitOfWork, command: PublishQuestionnaire) -> None:
    """Let a draft be asked from now on; it never changes any more."""
    row = _load(work, command.questionnaire_id, command.version)
    questionnaire = questionnaire_of(row, items_of(work.session, command.questionnaire_id))
    _move(work, row, QuestionnaireState.PUBLISHED, "questionnaires.publish")
    check_publishable(questionnaire)
    row.published_at = work.now


@operation(Permission.SURVEYS_MAKE)
def retire_questionnaire(work: UnitOfWork, command: RetireQuestionnaire) -> None:
    """Offer an edition for no more rounds; those that ask it go on."""
    row = _load(work, command.questionnaire_id, command.version)
    _move(work, row, QuestionnaireState.RETIRED, "questionnaires.retire")


@operation(Permission.SURVEYS_MAKE)
def new_edition(work: UnitOfWork, command: NewEdition) -> QuestionnaireId:
    """Make a draft that copies an edition, numbered after the newest, and give its number."""
    row = load_questionnaire(work.session, command.questionnaire_id)
    if row is None:
        raise NotFound
    waiting = draft_of(work.session, row.code)
    if waiting is not None:
        draft = load_questionnaire(work.session, waiting)
        raise DraftWaiting(edition=draft.edition if draft else 0)
    source = questionnaire_of(row, items_of(work.session, command.questionnaire_id))
    copy = replace(source, edition=newest_edition(work.session, row.code) + 1)
    added = _add(work, copy)
    after = {"code": copy.code, "edition": copy.edition, "copied_from": source.edition}
    work.record("questionnaires.new_edition", ("questionnaire", added.id), after=after)
    return QuestionnaireId(added.id)


def _load(work: UnitOfWork, questionnaire: QuestionnaireId, version: int) -> Questionnaire:
    row = load_questionnaire(work.session, questionnaire)
    if row is None:
        raise NotFound
    if row.version != version:
        raise EditConflict
    return row


def _checked(work: UnitOfWork, command: SaveQuestionnaire, *, kept: Collection[str]) -> core.Questionnaire:
    """The draft as it will be stored; texts that do not fit are refused, and dimensions neither in use nor ``kept``."""
    needed = {"code", "title_zh"}
    lines = {
        name: check_line(getattr(command, name), field=name, longest=longest, needed=name in needed)
        for name, longest in _LONGEST.items()
    }
    if [item.position for item in command.items] != list(range(1, len(command.items) + 1)):
        raise ValueError("items count from 1")
    if len({item.code for item in command.items}) != len(command.items):
        raise ValueError("no two items have one code")
    dimensions = active_codes(work.session, CodeList.SURVEY_DIMENSION)[CodeList.SURVEY_DIMENSION]
    for dimension in {item.dimension for item in command.items} - {"", *kept}:
        check_value(code_list=CodeList.SURVEY_DIMENSION, value=dimension, active=dimensions)
    return core.Questionnaire(**lines, edition=1, items=tuple(map(_tidied, command.items)))


def _tidied(item: Item) -> Item:
    choices = tuple(
        replace(
            choice,
            text_zh=check_line(choice.text_zh, field="choice", longest=_LONGEST_CHOICE),
            text_en=check_line(choice.text_en, field="choice", longest=_LONGEST_CHOICE),
        )
        for choice in item.choices
    )
    zh, en = (check_line(text, field="item", longest=_LONGEST_TEXT) for text in (item.text_zh, item.text_en))
    return replace(item, text_zh=zh, text_en=en, choices=choices)


def _check_code_free(work: UnitOfWork, code: str) -> None:
    if newest_edition(work.session, code):
        raise QuestionnaireCodeTaken(taken=code)


def _add(work: UnitOfWork, questionnaire: core.Questionnaire) -> Questionnaire:
    row = Questionnaire(state=QuestionnaireState.DRAFT.value, made_by=work.actor.user_id, made_at=work.now)
    fill(row, questionnaire)
    work.session.add(row)
    work.session.flush()
    replace_items(work.session, QuestionnaireId(row.id), questionnaire.items)
    return row


def _move(work: UnitOfWork, row: Questionnaire, target: QuestionnaireState, action: str) -> None:
    source = QuestionnaireState(row.state)
    EDITIONS.check(source=source, target=target)
    row.state = target.value
    subject = ("questionnaire", row.id)
    work.record(action, subject, before={"state": source.value}, after={"state": row.state})


def _facts(questionnaire: core.Questionnaire) -> dict[str, object]:
    """What was written, the items by their kinds: their words stand in the tables, edition by edition."""
    return {
        "code": questionnaire.code,
        "edition": questionnaire.edition,
        "title_zh": questionnaire.title_zh,
        "title_en": questionnaire.title_en,
        "items": [[item.code, item.kind.value, item.dimension, item.text_zh] for item in questionnaire.items],
    }
