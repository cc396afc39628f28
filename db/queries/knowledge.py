"""The knowledge base as it is read: the list, one entry, and what is offered for a case (R-108)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select

from core.admin.permissions import Permission
from core.complaints.knowledge import KnowledgeState
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.filters import Slice
from db.models import KnowledgeEntry, User
from db.queries.paging import Page, contains, search_text
from db.unit_of_work import NotFound, Reader, query

MOST_OFFERED: Final = 5


class KnowledgeShown(StrEnum):
    """Which entries the list shows."""

    ACTIVE = "active"
    RETIRED = "retired"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class KnowledgeWanted:
    """Entries of a state, of a category, with a text in title, problem or answer."""

    shown: KnowledgeShown = KnowledgeShown.ACTIVE
    category: CaseCategory | None = None
    sub_category: SubCategory | None = None
    search: str = ""
    slice: Slice = field(default_factory=Slice)


@dataclass(frozen=True, slots=True)
class KnowledgeEntryWanted:
    """One entry."""

    entry_id: int


@dataclass(frozen=True, slots=True)
class OfferedWanted:
    """What is offered for a case of a category; without a sub-category everything of the category fits alike."""

    category: CaseCategory
    sub_category: SubCategory | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeRow:
    """An entry. Without a sub-category it is for its whole category. ``uses``: for how many cases it was used."""

    entry_id: int
    category: CaseCategory
    sub_category: SubCategory | None
    title: str
    problem: str
    answer: str
    state: KnowledgeState
    uses: int
    made_by_name: str
    made_at: datetime
    changed_at: datetime
    version: int


@query(Permission.CASES_VIEW)
def knowledge(reader: Reader, wanted: KnowledgeWanted) -> Page[KnowledgeRow]:
    """The entries a filter finds, by category, what was used most first. They belong to the company (R-108)."""
    conditions = _conditions(wanted)
    order = (KnowledgeEntry.category, KnowledgeEntry.uses.desc(), KnowledgeEntry.title, KnowledgeEntry.id)
    statement = _ENTRIES.where(*conditions).order_by(*order)
    rows = reader.rows(statement.limit(wanted.slice.limit).offset(wanted.slice.offset))
    total = reader.scalar(select(func.count()).select_from(KnowledgeEntry).where(*conditions))
    return Page(tuple(_row(row) for row in rows), int(total))


@query(Permission.CASES_VIEW)
def knowledge_entry(reader: Reader, wanted: KnowledgeEntryWanted) -> KnowledgeRow:
    """One entry; ``NotFound`` when there is none."""
    is_number = 0 < wanted.entry_id <= _LARGEST  # an address may name any
    rows = reader.rows(_ENTRIES.where(KnowledgeEntry.id == wanted.entry_id)) if is_number else []
    if not rows:
        raise NotFound
    return _row(rows[0])


@query(Permission.CASES_VIEW)
def offered_knowledge(reader: Reader, wanted: OfferedWanted) -> tuple[KnowledgeRow, ...]:
    """The first entries that fit a case: those of its sub-category before those of the whole category, by use."""
    own = "" if wanted.sub_category is None else wanted.sub_category.value
    first = case((KnowledgeEntry.sub_category == own, 0), else_=1)
    fits = [KnowledgeEntry.category == wanted.category.value, KnowledgeEntry.state == KnowledgeState.ACTIVE.value]
    if own:
        fits.append(KnowledgeEntry.sub_category.in_(("", own)))
    order = (first, KnowledgeEntry.uses.desc(), KnowledgeEntry.id)
    statement = _ENTRIES.where(*fits).order_by(*order)
    return tuple(_row(row) for row in reader.rows(statement.limit(MOST_OFFERED)))


_LARGEST: Final = 2**31 - 1
_ENTRIES: Final = select(*KnowledgeEntry.__table__.columns, User.display_name).outerjoin(
    User, User.id == KnowledgeEntry.made_by
)


def _conditions(wanted: KnowledgeWanted) -> list[ColumnElement[bool]]:
    entry, found = KnowledgeEntry, list[ColumnElement[bool]]()
    if wanted.shown is not KnowledgeShown.ALL:
        found.append(entry.state == wanted.shown.value)
    if wanted.category is not None:
        found.append(entry.category == wanted.category.value)
    if wanted.sub_category is not None:
        found.append(entry.sub_category == wanted.sub_category.value)
    if search_text(wanted.search):
        found.append(contains(wanted.search, entry.title, entry.problem, entry.answer))
    return found


def _row(row: Any) -> KnowledgeRow:
    return KnowledgeRow(
        entry_id=row.id,
        category=CaseCategory(row.category),
        sub_category=SubCategory(row.sub_category) if row.sub_category else None,
        title=row.title,
        problem=row.problem,
        answer=row.answer,
        state=KnowledgeState(row.state),
        uses=row.uses,
        made_by_name=row.display_name or "",
        made_at=row.made_at,
        changed_at=row.changed_at,
        version=row.version,
    )
