"""Tables: one screenful at a time, a count that is true, rows that open, an export that is masked and audited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar, cast

import pandas as pd
import streamlit as st

from core.admin.exports import export_limit
from core.admin.permissions import Permission
from core.documents import tables as documents
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY
from core.kernel.money import Money
from db.operations.exports import RecordExport, record_export
from db.operations.sign_in import PROOF_LASTS, identify_proven_by
from db.unit_of_work import Query, perform
from pages._shell import proof
from pages._shell.page import Page

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
F = TypeVar("F")
PAGE_SIZE: Final = 50
_K = documents.ColumnKind
_RIGHT: Final = frozenset({_K.MONEY, _K.PERCENT, _K.INTEGER})


class Counted(Protocol[R_co]):
    """A screenful of rows with the count of all."""

    @property
    def rows(self) -> tuple[R_co, ...]:
        """The rows of this screenful."""
        ...

    @property
    def total(self) -> int:
        """How many rows there are in all."""
        ...


@dataclass(frozen=True)  # no slots: ``Column[Row](…)`` notes its type argument on the instance
class Column(Generic[T]):
    """A column: its title (already in the person's language), what kind of value, and where the value comes from.

    ``width`` (pixels) is for a column that is empty in the first rows, by which the browser chooses widths.
    """

    title: str
    value: Callable[[T], object]
    kind: documents.ColumnKind = documents.ColumnKind.TEXT
    width: int | None = None


def chosen_slice(key: str, size: int = PAGE_SIZE) -> Slice:
    """Which screenful the pager of this table asks for; call it before reading."""
    return Slice(int(st.session_state.get(f"table.{key}.page", 1)), size)


def show_table(
    page: Page,
    rows: Sequence[T],
    columns: Sequence[Column[T]],
    *,
    key: str,
    total: int | None = None,
    empty: str,
    opens: bool = False,
    on_open: Callable[[T], None] | None = None,
    size: int = PAGE_SIZE,
    counted: bool = True,
) -> T | None:
    """Show rows with their true count and a pager; give the row the person picked, where rows open.

    ``on_open`` takes the row picked before the page runs again, in place of giving it: the row that was shown, whatever
    the list has become since. ``empty`` says what to do when there is nothing. ``total`` is the count of all rows when
    this is one screenful.
    ``counted=False`` says no count: these are the newest few of a list whose length is told elsewhere.
    """
    if not rows:
        st.info(empty, icon=":material/inbox:")
        _pager(key, total or 0, size)
        return None
    frame = pd.DataFrame({column.title: [_cell(page, column, row) for row in rows] for column in columns})
    config = {
        column.title: st.column_config.TextColumn(
            width=column.width, alignment="right" if column.kind in _RIGHT else "left"
        )
        for column in columns
    }
    number = int(st.session_state.get(f"table.{key}.page", 1))
    name = f"table.{key}" if number == 1 else f"table.{key}.{number}"  # another screenful has no row picked
    mode: dict[str, Any] = {"on_select": "rerun", "selection_mode": "single-row"} if opens else {}
    if on_open is not None:
        mode = {"on_select": partial(hand_on, name, tuple(rows), on_open), "selection_mode": "single-row"}
    picked = st.dataframe(frame, hide_index=True, column_config=config, key=name, height="content", **mode)
    if counted:
        st.caption(page.t("%(count)s rows", count=page.words.integer(total if total is not None else len(rows))))
    _pager(key, total or 0, size)
    chosen = picked["selection"]["rows"] if opens else []
    return rows[chosen[0]] if chosen and chosen[0] < len(rows) else None


def hand_on(name: str, rows: Sequence[T], on_open: Callable[[T], None]) -> None:
    """Hand the row that was picked on (a callback: runs before the page)."""
    for place in st.session_state[name]["selection"]["rows"][:1]:
        if place < len(rows):
            on_open(rows[place])


def _pager(key: str, total: int, size: int) -> None:
    pages = -(-total // size)
    name = f"table.{key}.page"
    if pages <= 1:
        st.session_state.pop(name, None)
        return
    if int(st.session_state.get(name, 1)) > pages:
        st.session_state[name] = 1
        st.rerun()
    st.pagination(pages, key=name)


def _cell(page: Page, column: Column[T], row: T) -> str:
    value, words = column.value(row), page.words
    if isinstance(value, bool):
        return words.t("yes") if value else words.t("no")
    if isinstance(value, Decimal) and column.kind is _K.PERCENT:
        return words.percent(value)
    return words.integer(value) if isinstance(value, int) else words.value(value)


def _plain(page: Page, column: Column[T], row: T) -> documents.Cell:
    """A value as a file holds it: numbers, money and days stay what they are, everything else is written in words."""
    value = column.value(row)
    plain = value is None or isinstance(value, str | Money | Decimal | date) or type(value) is int
    return cast(documents.Cell, value) if plain else page.words.value(value)


def filter_text(wanted: object) -> str:
    """The filter of an export for the audit log, without what was typed into a search box (it may be a name)."""
    names = [field.name for field in fields(wanted)] if is_dataclass(wanted) else []
    kept = [name for name in names if name not in ("search", "text", "slice")]
    said = ((name, getattr(wanted, name)) for name in kept)
    return ", ".join(f"{name}={value}" for name, value in said if value not in (None, "", ()))[:400]


def offer_export(
    page: Page,
    ask: Query[F, Counted[T]],
    wanted: Callable[[Slice], F],
    columns: Sequence[Column[T]],
    *,
    name: str,
    total: int,
    personal: bool,
) -> None:
    """Offer the table as CSV and XLSX with the present filter, masked as on the screen; each export is audited (R-013).

    Personal rows go out up to the limit of one person's authority; more must be narrowed down first (T23).
    """
    limit = export_limit(personal=personal)
    if total == 0 or not page.may(Permission.EXPORT_TABLES):
        return
    if total > limit:
        st.caption(page.t("Too many rows to export (%(limit)s at most): narrow the filter.", limit=limit))
        return
    if page.now - page.session.proven_at > PROOF_LASTS:
        if st.button(page.t("Export …"), icon=":material/download:", key=f"export.{name}"):
            proof.ask()
        return

    def build(form: str) -> bytes:
        whole = wanted(Slice(1, limit))
        rows = page.read(ask, whole).rows
        estate = page.filter.estate_id or COMPANY
        command = RecordExport(name, filter_text(whole), len(rows), personal, form, estate)
        perform(page.database, record_export, command, identify=identify_proven_by(page.token), now=page.now)
        headings = [documents.Column(column.title, column.kind) for column in columns]
        values = [[_plain(page, column, row) for column in columns] for row in rows]
        if form == "csv":
            return documents.to_csv(headings, values)
        mark = page.t(
            "%(who)s · %(when)s · %(rows)s rows", who=page.actor.name, when=page.words.instant(page.now), rows=len(rows)
        )
        return documents.to_xlsx(headings, values, title=name, note=mark, made_at=page.now)

    with st.container(horizontal=True):
        for form in ("csv", "xlsx"):
            st.download_button(
                form.upper(),
                data=partial(build, form),
                file_name=f"{name}-{page.today:%Y%m%d}.{form}",
                key=f"export.{name}.{form}",
                icon=":material/download:",
                on_click="ignore",
            )
