"""Ready solutions for frequent problems (知识库): what an entry needs, and what becomes of it (R-108)."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final

from core.complaints.taxonomy import CaseCategory, SubCategory, check_sub_category
from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions
from core.kernel.lines import check_line
from core.kernel.texts import tidied

LONGEST_TITLE: Final = 100
LONGEST_PROBLEM: Final = 500
LONGEST_ANSWER: Final = 2_000


class KnowledgeState(StrEnum):
    """Whether an entry is offered; a retired one is kept, for cases were answered with it."""

    ACTIVE = "active"
    RETIRED = "retired"


KNOWLEDGE_MOVES: Final = Transitions(
    {
        KnowledgeState.ACTIVE: frozenset({KnowledgeState.RETIRED}),
        KnowledgeState.RETIRED: frozenset({KnowledgeState.ACTIVE}),
    }
)


class KnowledgeIncomplete(BusinessError):
    """An entry has a category and an answer. Field: ``field``."""

    code: ClassVar[str] = "knowledge.missing"


class KnowledgeNotOffered(BusinessError):
    """A retired entry is neither changed nor used until it is offered again."""

    code: ClassVar[str] = "knowledge.retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeRecord:
    """What an entry says. Without a sub-category it is for the whole category.

    ``problem``: how the trouble shows itself, may be empty; ``answer``: what is done and said about it.
    """

    category: CaseCategory | None
    sub_category: SubCategory | None = None
    title: str
    problem: str = ""
    answer: str


def check_knowledge(*, record: KnowledgeRecord) -> KnowledgeRecord:
    """Give the entry with tidied texts, or raise the refusal for the first thing wrong with it.

    Whoever writes it names no customer: the texts stand open and are offered in every estate.
    """
    tidy = replace(
        record,
        title=check_line(record.title, field="title", longest=LONGEST_TITLE),
        problem=tidied(record.problem, field="problem", longest=LONGEST_PROBLEM),
        answer=tidied(record.answer, field="answer", longest=LONGEST_ANSWER),
    )
    if tidy.category is None:
        raise KnowledgeIncomplete(field="category")
    if not tidy.answer:
        raise KnowledgeIncomplete(field="answer")
    if tidy.sub_category is not None:
        check_sub_category(category=tidy.category, sub_category=tidy.sub_category)
    return tidy


def check_offered(*, state: KnowledgeState) -> None:
    """Raise ``KnowledgeNotOffered`` unless the entry is offered, so that it can be changed and used."""
    if state is not KnowledgeState.ACTIVE:
        raise KnowledgeNotOffered
