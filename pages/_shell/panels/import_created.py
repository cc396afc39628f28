"""What a dry run would add: a few rows to look at, in the words of the portal."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.documents.tables import ColumnKind
from core.imports.case_meanings import CaseStatus, Satisfied
from core.imports.specs import ImportKind
from db.queries.imports import BatchDetail
from locales.labels import enum_label
from pages._shell.page import Page
from pages._shell.tables import Column, show_table

_FEW: Final = 50
_CASE: Final[Mapping[str, type[StrEnum] | None]] = {
    "case_number": None,
    "case_status": CaseStatus,
    "registered_at": None,
    "ended_at": None,
    "record_type": RecordType,
    "category": CaseCategory,
    "sub_category": SubCategory,
    "channel": CaseChannel,
    "handler": None,
    "satisfaction": Satisfied,
}
"""What of a past complaint is shown; its words, its place and its people are not kept with the import."""

Row = tuple[int, Mapping[str, str]]


def show_created(page: Page, found: BatchDetail) -> None:
    """The first rows that would be new."""
    columns = [Column[Row](page.t("Row"), lambda c: c[0], ColumnKind.INTEGER)]
    if found.batch.kind is ImportKind.CASES:
        columns += [_of_case(page, field, kind) for field, kind in _CASE.items()]
    else:
        columns.append(Column[Row](page.t("Values"), lambda c: ", ".join(filter(None, c[1].values()))))
    rows = found.created[:_FEW]
    show_table(page, rows, columns, key="imports.created", empty=page.t("Nothing would be new."))


def _of_case(page: Page, field: str, kind: type[StrEnum] | None) -> Column[Row]:
    def said(row: Row) -> str:
        value = row[1].get(field, "")
        return enum_label(page.words, kind(value)) if kind and value else value

    return Column[Row](page.label(f"imports.heading.{field}"), said)
