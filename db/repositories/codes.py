"""Code lists: load for change, and the codes in use today."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.admin.codes import CodeEntry, CodeList
from db.models import CodeItem


def load_code(session: Session, code_list: CodeList, code: str) -> CodeItem | None:
    """The entry, retired or not."""
    return session.get(CodeItem, (code_list.value, code))


def all_codes(session: Session, code_list: CodeList) -> frozenset[str]:
    """Every code the list ever had."""
    return frozenset(session.scalars(select(CodeItem.code).where(CodeItem.list == code_list.value)))


def active_codes(session: Session, *code_lists: CodeList) -> dict[CodeList, frozenset[str]]:
    """The codes in use today, of several lists in one statement."""
    names = [code_list.value for code_list in code_lists]
    statement = select(CodeItem.list, CodeItem.code).where(CodeItem.list.in_(names), CodeItem.retired_at.is_(None))
    rows = session.execute(statement).all()
    return {wanted: frozenset(code for name, code in rows if name == wanted.value) for wanted in code_lists}


def store_code(session: Session, entry: CodeEntry) -> None:
    """Add an entry."""
    session.add(
        CodeItem(
            list=entry.list.value,
            code=entry.code,
            label_zh=entry.label_zh,
            label_en=entry.label_en,
            sort=entry.sort,
        )
    )
