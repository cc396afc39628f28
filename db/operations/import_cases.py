"""Importing past complaints: history comes in closed and without clocks, what is unfinished goes on (R-073, R-012).

A complaint is known again by the request it is stored with: a keyed hash of the number it bears (else of all its row
says) and one of the row, so that a row brought again changes nothing, whatever became of the complaint meanwhile. No
step is stored for an import (steps are only added, an import may be taken back): the batch itself is the fact.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import insert, select, update

from core.complaints.case import CaseRecord, case_number, next_case_sequence
from core.complaints.grading import CaseGrade
from core.complaints.states import CaseState, signals_at_registration
from core.complaints.taxonomy import CaseCategory, CaseChannel, Emotion, RecordType, SubCategory
from core.imports.case_finish import KEPT_SAID, KEPT_WORDS, LONGEST_HEADING
from core.imports.case_meanings import CaseStatus, Satisfied
from core.imports.changes import ExistingRecord, ImportPlan, Key, digest_of
from core.imports.rows import Assessment
from core.imports.specs import ParsedRow, Values, said_field
from core.kernel.identity import EstateId, UnitId
from core.kernel.periods import local_day
from core.kernel.records import RecordKind
from db.models import Building, Case, Estate, ImportBatch, ServiceRecord, StaffMember, Unit
from db.operations.case_work import proposal_for, repetition_in, terms_now
from db.operations.estates import the_estate
from db.repositories.case_care import store_all_dues
from db.repositories.case_undo import take_back_cases
from db.repositories.cases import fill, put_grade, trace_of
from db.repositories.imports import WrittenRow, mapping_from_json
from db.repositories.service_clocks import apply_signals, refresh_all
from db.repositories.service_dues import ladder_of
from db.repositories.service_records import add_records, numbers_between
from db.repositories.service_search import index_new
from db.repositories.service_terms import case_limits
from db.unit_of_work import NotFound, UnitOfWork

PREFIX: Final = "import:"
_HEX: Final = 24
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class _Place:
    """A unit with the code of its building."""

    unit: UnitId
    area: str


def open_estate(work: UnitOfWork, estate: EstateId, _target: int | None) -> Estate:
    """The estate complaints are brought to; one that is given up takes none."""
    return the_estate(work, estate, active=True)


def records_on_file(
    work: UnitOfWork, batch: ImportBatch, assessment: Assessment
) -> tuple[dict[Key, ExistingRecord], dict[str, Any]]:
    """Every imported complaint of the estate that a row of the file means; one brought in just so is unchanged."""
    known = dict[str, tuple[str, str]]()
    statement = select(ServiceRecord.request, ServiceRecord.number).where(
        ServiceRecord.estate_id == batch.estate_id, ServiceRecord.request.startswith(PREFIX)
    )
    for request, number in work.session.execute(statement):
        name, _, said = str(request).removeprefix(PREFIX).partition(":")
        known[name] = (number, said)
    found: dict[Key, ExistingRecord] = {}
    for row in assessment.rows:
        number, said = known.get(_name(work, row), ("", ""))
        if number:
            found[row.key] = ExistingRecord(number, 1, row.values if said == _said(work, row) else {})
    return found, {}


def write_plan(work: UnitOfWork, batch: ImportBatch, plan: ImportPlan, _on_file: dict[str, Any]) -> list[WrittenRow]:
    """Store the new complaints with one audit entry of how many they are, and say what was written."""
    estate = open_estate(work, EstateId(batch.estate_id), None)
    writer = _Writer(work, estate, batch, plan.created)
    cases = writer.cases()
    writer.store(cases)
    writer.go_on([case for case in cases if case.ended_on is None])
    after = {"cases": len(cases), "open": sum(case.ended_on is None for case in cases), "batch": batch.id}
    work.record("cases.import", ("import_batch", batch.id), estate=writer.estate, after=after)
    return [WrittenRow(Case.__tablename__, estate.id, case.id, 1, {}) for case in cases]


def take_back(work: UnitOfWork, batch: ImportBatch, rows: Sequence[WrittenRow]) -> int:
    """Delete the complaints of an import with all that was derived from them; give how many somebody worked on."""
    estate = EstateId(batch.estate_id)
    missed = take_back_cases(work.session, estate, [row.row_id for row in rows])
    work.record(
        "cases.import_undo", ("import_batch", batch.id), estate=estate, after={"cases": len(rows), "batch": batch.id}
    )
    return missed


def _name(work: UnitOfWork, row: ParsedRow) -> str:
    return work.keys.index("\x1f".join(row.key), field="cases.import_key").hex()[:_HEX]


def _said(work: UnitOfWork, row: ParsedRow) -> str:
    return work.keys.index(digest_of(row.values), field="cases.import_row").hex()[:_HEX]


class _Writer:
    """Writes the complaints of one import, in the order in which they were registered."""

    def __init__(self, work: UnitOfWork, estate: Estate, batch: ImportBatch, rows: Sequence[ParsedRow]) -> None:
        self.work, self.batch = work, batch
        self.estate, self.code = EstateId(estate.id), estate.code
        self.rows = sorted(rows, key=lambda row: (_at(row, "registered_at"), row.row))
        self.terms = terms_now(work, self.estate)
        columns = mapping_from_json(batch.mapping).columns
        self.headings = {column.field: column.text[:LONGEST_HEADING] for column in columns if column.field}
        self.places = self._places()
        self.staff = self._staff()
        self.texts: dict[int, tuple[str, ...]] = {}

    def cases(self) -> list[Case]:
        """The rows of all complaints; nothing is stored yet."""
        ids = self.work.new_ids(self.estate, len(self.rows))
        return [self._case(number, row) for number, row in zip(ids, self.rows, strict=True)]

    def store(self, cases: Sequence[Case]) -> None:
        """Store headers, complaints and words to find, some hundred at a time."""
        numbers = self._numbers()
        heads = [
            {
                "estate_id": self.estate,
                "id": case.id,
                "kind": RecordKind.CASE.value,
                "number": number,
                "request": f"{PREFIX}{_name(self.work, row)}:{_said(self.work, row)}",
                "registered_at": case.registered_at,
            }
            for case, row, number in zip(cases, self.rows, numbers, strict=True)
        ]
        values = [{name: value for name, value in vars(case).items() if not name.startswith("_")} for case in cases]
        words = [(case.id, case.ended_on is not None, self.texts[case.id]) for case in cases]
        add_records(self.work.session, heads)
        connection = self.work.session.connection()
        for start in range(0, len(cases), _CHUNK):
            part = slice(start, start + _CHUNK)
            connection.execute(insert(Case), values[part])
            index_new(self.work.session, self.work.keys, estate=self.estate, kind=RecordKind.CASE, records=words[part])

    def go_on(self, cases: Sequence[Case]) -> None:
        """Flag open complaints that repeat earlier ones and start their clocks, which have run since registration."""
        ids = iter(self.work.new_ids(self.estate, 2 * len(cases)) if cases else ())
        for case in cases:
            self._regrade(case)
            signals = signals_at_registration(
                record_type=RecordType(case.record_type), registered_at=case.registered_at
            )
            limits = case_limits(self.terms, record_type=RecordType(case.record_type), grade=CaseGrade(case.grade))
            apply_signals(
                self.work.session,
                estate=self.estate,
                record_id=case.id,
                signals=signals,
                levels_of=limits.levels_of,
                terms=self.terms,
                next_id=lambda: next(ids),
            )
        ladders = {case.id: ladder_of(self.terms, case) for case in cases}
        dues = refresh_all(self.work.session, estate=self.estate, ladders=ladders, now=self.work.now, terms=self.terms)
        store_all_dues(self.work.session, self.estate, cases, dues)

    def _regrade(self, case: Case) -> None:
        """History is not flagged as repeated, because nobody can act on it any more; what goes on is (R-097)."""
        trace = trace_of(case)
        if not repetition_in(self.work, self.estate, trace, self.terms).repeated:
            return
        grade = proposal_for(self.terms, trace=trace, repeated=True, special=False, households=1).grade
        case.repeated = True
        put_grade(case, grade, grade)
        values = {name: getattr(case, name) for name in ("repeated", "grade", "proposed_grade", "queue_rank")}
        own = (Case.estate_id == self.estate, Case.id == case.id)
        self.work.session.connection().execute(update(Case).where(*own).values(values))

    def _case(self, number: int, row: ParsedRow) -> Case:
        """The row of one complaint. Who took it in is not known, and no step is made up for what was done."""
        values = row.values
        place = self.places[str(values["unit"])] if values["unit"] else None
        record = self._record(values, place)
        case = Case(estate_id=self.estate, id=number, registered_at=_at(row, "registered_at"))
        fill(self.work.keys, case, record, area=place.area if place else record.place)
        case.department, case.import_batch = str(values["department"] or ""), self.batch.id
        self._put_state(case, values)
        case.repeated = False
        grade = proposal_for(self.terms, trace=trace_of(case), repeated=False, special=False, households=1).grade
        put_grade(case, grade, grade)
        self.texts[number] = (record.content, record.place, record.source_reference)
        return case

    def _record(self, values: Values, place: _Place | None) -> CaseRecord:
        name, phone = (str(values[field] or "") for field in ("caller_name", "caller_phone"))
        return CaseRecord(
            record_type=RecordType(str(values["record_type"])),
            category=CaseCategory(str(values["category"])) if values["category"] else None,
            sub_category=SubCategory(str(values["sub_category"])) if values["sub_category"] else None,
            unit=place.unit if place else None,
            place=str(values["place"] or ""),
            content=self._content(values),
            happened_at=cast(datetime, values["registered_at"]),
            channel=CaseChannel(str(values["channel"])),
            emotion=Emotion.UNKNOWN,
            anonymous=not (name or phone),
            caller_name=name,
            caller_phone=phone,
            source_reference=str(values["case_number"] or ""),
        )

    def _content(self, values: Values) -> str:
        """What was said, then each further text under the heading it has in the file."""
        further = [(name, values[name]) for name in KEPT_WORDS]
        further += [(name, values[said_field(name)]) for name in KEPT_SAID]
        lines = [f"{self.headings[name]}: {text}" for name, text in further if text]
        return "\n".join(filter(None, (str(values["content"] or ""), *lines)))

    def _put_state(self, case: Case, values: Values) -> None:
        """How far it came. What can no longer be opened again is archived at once, as it would be the next night."""
        status, ended = CaseStatus(str(values["case_status"])), cast(datetime | None, values["ended_at"])
        number = values["handler"]
        case.handler_id = self.staff[str(number)] if number else None
        case.ended_at, case.ended_on = ended, local_day(ended) if ended else None
        finished = status is CaseStatus.CLOSED
        case.resolved_at = ended if finished and case.record_type == RecordType.COMPLAINT.value else None
        satisfied = values["satisfaction"]
        case.satisfied = satisfied == Satisfied.SATISFIED if satisfied and finished else None
        case.state = (_open_state(case) if ended is None else self._last_state(status, local_day(ended))).value

    def _last_state(self, status: CaseStatus, ended_on: date) -> CaseState:
        if status is CaseStatus.WITHDRAWN:
            return CaseState.WITHDRAWN
        may_reopen = ended_on >= local_day(self.work.now) - timedelta(days=self.terms.cases.reopen_days)
        return CaseState.CLOSED if may_reopen else CaseState.ARCHIVED

    def _places(self) -> dict[str, _Place]:
        """The units rows name, by code; one that is gone meanwhile ends the import."""
        wanted = {str(row.values["unit"]) for row in self.rows if row.values["unit"]}
        joined = select(Unit.code, Unit.id, Building.code).join(
            Building, (Building.estate_id == Unit.estate_id) & (Building.id == Unit.building_id)
        )
        found = self.work.session.execute(joined.where(Unit.estate_id == self.estate)) if wanted else ()
        places = {code: _Place(UnitId(unit), area) for code, unit, area in found if code in wanted}
        if len(places) < len(wanted):
            raise NotFound
        return places

    def _staff(self) -> dict[str, int]:
        """The members of staff rows name, by number."""
        wanted = {str(row.values["handler"]) for row in self.rows if row.values["handler"]}
        statement = select(StaffMember.number, StaffMember.id).where(StaffMember.number.in_(wanted))
        found = {row.number: row.id for row in self.work.session.execute(statement)} if wanted else {}
        if len(found) < len(wanted):
            raise NotFound
        return found

    def _numbers(self) -> list[str]:
        """A number for each complaint by its day of registration, after those that were given already."""
        if not self.rows:
            return []
        days = [local_day(_at(row, "registered_at")) for row in self.rows]
        taken: defaultdict[str, list[str]] = defaultdict(list)
        for number in numbers_between(self.work.session, self.estate, RecordKind.CASE, days[0], days[-1]):
            taken[number.rpartition("-")[0]].append(number)
        following: dict[date, int] = {}
        numbers = []
        for day in days:
            if day not in following:
                prefix = case_number(estate_code=self.code, day=day, sequence=1).rpartition("-")[0]
                following[day] = next_case_sequence(estate_code=self.code, day=day, numbers=taken[prefix])
            numbers.append(case_number(estate_code=self.code, day=day, sequence=following[day]))
            following[day] += 1
        return numbers


def _open_state(case: Case) -> CaseState:
    """Where an open complaint stands: with somebody, sorted, or yet to be sorted. Praise is never sorted."""
    if not case.sub_category or case.record_type == RecordType.PRAISE.value:
        return CaseState.REGISTERED
    return CaseState.CLASSIFIED if case.handler_id is None else CaseState.ASSIGNED


def _at(row: ParsedRow, field: str) -> datetime:
    return cast(datetime, row.values[field])
