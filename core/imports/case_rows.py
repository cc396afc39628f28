"""Past complaints in a file: its columns, and what to say about its rows together (R-012, R-073 to R-077).

How a row becomes a complaint stands in :mod:`core.imports.case_finish`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from core.admin.permissions import Permission
from core.complaints.case import LONGEST_CONTENT, LONGEST_NAME, LONGEST_PLACE, LONGEST_REFERENCE
from core.complaints.taxonomy import CaseCategory, CaseChannel, RecordType, SubCategory
from core.imports import case_meanings as means
from core.imports.case_finish import CaseTerms, case_finisher
from core.imports.case_meanings import CaseStatus
from core.imports.case_vocabulary import CASE_HEADERS, DATE_ORDERS, NAMELESS
from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.contacts import person_name, phone, text, word
from core.imports.meanings import in_own_words
from core.imports.moments import DateOrder, moment
from core.imports.sheets import FileNotice
from core.imports.specs import Belongs, ColumnSpec, Doubt, ImportKind, KindSpec, ParsedRow, said_field
from core.imports.text import NOTHING, Cell, Reading, cleaned, folded
from core.kernel.periods import local_day

MOST_OPEN: Final = 2_000
"""With more open ones it is likely that no column was chosen for the closing date."""


def case_spec(*, terms: CaseTerms) -> KindSpec:
    """Describe a file of past complaints of one estate; they are told apart by the number they bear."""
    return KindSpec(
        ImportKind.CASES,
        Permission.IMPORTS_CASES,
        _columns(terms),
        CASE_HEADERS,
        case_finisher(terms),
        review=_doubts,
        belongs_to=Belongs.ESTATE,
        only_new=True,
        remarks=_remarks(terms),
        drops_repeats=True,
        already_there=Trouble.CASE_ALREADY_THERE,
    )


def _columns(terms: CaseTerms) -> tuple[ColumnSpec, ...]:
    when, departments = moment(terms.moments), means.department_meanings(terms.departments)
    topic = in_own_words(means.TOPICS, lenient=True)
    return (
        ColumnSpec("case_number", text(LONGEST_REFERENCE)),
        ColumnSpec("registered_at", when, required=True),
        ColumnSpec("closed_at", when),
        ColumnSpec("cancelled_at", when),
        ColumnSpec("date_order", word(DATE_ORDERS), options=tuple(DateOrder), once=True),
        ColumnSpec("case_status", in_own_words(means.STATUS), meanings=means.STATUS),
        ColumnSpec("record_type", in_own_words(means.TYPES), options=tuple(RecordType), meanings=means.TYPES),
        ColumnSpec("sub_category", topic, meanings=means.TOPICS),
        ColumnSpec(
            "category", topic, options=(*CaseCategory, *SubCategory), meanings=means.TOPICS, helps="sub_category"
        ),
        ColumnSpec("content", text(LONGEST_CONTENT), personal=True, is_apart=True),
        ColumnSpec("more_content", text(LONGEST_CONTENT), personal=True, is_apart=True),
        ColumnSpec("building", text(LONGEST_PLACE), is_apart=True),
        ColumnSpec("entrance", text(LONGEST_PLACE), is_apart=True),
        ColumnSpec("unit", text(LONGEST_PLACE), is_apart=True),
        ColumnSpec("place", text(LONGEST_PLACE), is_apart=True),
        ColumnSpec("other_place", text(LONGEST_PLACE), is_apart=True, typed=True),
        ColumnSpec("channel", in_own_words(means.CHANNELS), options=tuple(CaseChannel), meanings=means.CHANNELS),
        ColumnSpec("department", in_own_words(departments, lenient=True), meanings=departments),
        ColumnSpec("handler", text(LONGEST_NAME, name=True)),
        ColumnSpec("caller_name", _named(person_name), personal=True, is_apart=True),
        ColumnSpec("caller_phone", phone, personal=True, is_apart=True),
        ColumnSpec("satisfaction", in_own_words(means.SATISFACTION), meanings=means.SATISFACTION),
        ColumnSpec("result", text(LONGEST_CONTENT), personal=True, is_apart=True),
    )


def _named(read: Callable[[Cell], Reading]) -> Callable[[Cell], Reading]:
    """Take a word for "anonymous" for no name."""

    def named(cell: Cell) -> Reading:
        said = cleaned(cell).value
        return NOTHING if isinstance(said, str) and folded(said) in NAMELESS else read(cell)

    return named


_TO_LOOK_AT: Final = (
    ("unit", Notice.ROOM_AS_PLACE),
    ("handler", Notice.UNKNOWN_HANDLER),
)


def _doubts(rows: Sequence[ParsedRow]) -> Iterable[Doubt]:
    """List rooms taken for places, and people who are not known."""
    for row in rows:
        for field, notice in _TO_LOOK_AT:
            said = row.values.get(said_field(field))
            if said is not None:
                yield Doubt(row, field, notice, said=str(said))


def _remarks(terms: CaseTerms) -> Callable[[Sequence[ParsedRow]], Iterable[FileNotice]]:
    """Say beforehand how many complaints would be open, are forgotten soon, or name a department nobody knows."""

    def remarks(rows: Sequence[ParsedRow]) -> Iterable[FileNotice]:
        still_open = sum(row.values["case_status"] == CaseStatus.OPEN for row in rows)
        if still_open > MOST_OPEN:
            raise FileRefused(Refusal.MOSTLY_OPEN, count=still_open, limit=MOST_OPEN)
        ends = (row.values["ended_at"] for row in rows)
        old = sum(isinstance(at, datetime) and local_day(at) < terms.kept_from for at in ends)
        strange = sum(row.values.get(said_field("department")) is not None for row in rows)
        counts = {
            Notice.OPEN_CASES: still_open,
            Notice.SOON_FORGOTTEN: old,
            Notice.UNKNOWN_DEPARTMENTS: strange,
        }
        return tuple(FileNotice(notice, {"count": count}) for notice, count in counts.items() if count)

    return remarks


PAST_CASES: Final = case_spec(terms=CaseTerms())
"""What every such file holds, whatever the estate; :func:`case_spec` knows its units, departments and people."""
