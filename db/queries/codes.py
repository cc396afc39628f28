"""Code lists as they are shown: for pickers, for labels of old records, and for their own page (R-010)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from db.models import CodeItem
from db.unit_of_work import Reader, query


@dataclass(frozen=True, slots=True)
class CodesWanted:
    """Which lists, and whether retired entries are wanted too (for labels of old records)."""

    lists: tuple[CodeList, ...]
    with_retired: bool = False


@dataclass(frozen=True, slots=True)
class CodeRow:
    """An entry of a list."""

    list: CodeList
    code: str
    label_zh: str
    label_en: str
    sort: int
    retired_at: datetime | None
    version: int

    def label(self, language: str) -> str:
        """The label in a language; Chinese unless English is asked for."""
        return self.label_en if language == "en" else self.label_zh


@dataclass(frozen=True, slots=True)
class CodeListCount:
    """How many entries a list has in use and retired."""

    list: CodeList
    active: int
    retired: int


@query(Permission.DESK_VIEW)
def codes_of(reader: Reader, wanted: CodesWanted) -> tuple[CodeRow, ...]:
    """The entries of some lists, each list in its order."""
    statement = select(CodeItem).where(CodeItem.list.in_([name.value for name in wanted.lists]))
    if not wanted.with_retired:
        statement = statement.where(CodeItem.retired_at.is_(None))
    ordered = statement.order_by(CodeItem.list, CodeItem.sort, CodeItem.code)
    return tuple(
        CodeRow(CodeList(row.list), row.code, row.label_zh, row.label_en, row.sort, row.retired_at, row.version)
        for row in reader.rows(ordered)
    )


@query(Permission.DESK_VIEW)
def code_lists(reader: Reader, _wanted: None) -> tuple[CodeListCount, ...]:
    """Every list with the number of its entries, empty ones included."""
    retired = func.count(CodeItem.retired_at)
    counted = select(CodeItem.list, func.count().label("all"), retired.label("retired")).group_by(CodeItem.list)
    found = {row.list: (row.all - row.retired, row.retired) for row in reader.rows(counted)}
    return tuple(CodeListCount(name, *found.get(name.value, (0, 0))) for name in CodeList)
