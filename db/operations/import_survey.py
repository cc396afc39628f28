"""Importing survey forms: new ones are stored with their tallies, known ones compared, nothing is changed (R-148).

A form is known again by the request it is stored with: the number it bears, else the file it came in and its row. No
call-backs are opened: what comes in a file is past.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from typing import Any, Final, cast

from sqlalchemy import select

from core.imports.changes import ExistingRecord, ImportPlan, Key
from core.imports.rows import Assessment
from core.imports.specs import ParsedRow, Values
from core.imports.survey_rows import answer_values
from core.imports.survey_rows import answers_of as answers_in
from core.kernel.identity import BuildingId, EstateId, QuestionnaireId, ResponseId, UnitId
from core.kernel.periods import Span, local_day
from core.surveys.questionnaires import checked_answers
from core.surveys.responses import CustomerGroup, ResponseState, RoundNotOpen, check_entry
from core.surveys.rounds import Channel, RoundState
from db.models import ImportBatch, SurveyRespondent, SurveyResponse, SurveyRound, Unit
from db.repositories.imports import WrittenRow
from db.repositories.questionnaires import items_of
from db.repositories.survey_forms import NewForm, answers_of, groups_of_units, remove_forms, store_forms
from db.unit_of_work import NotFound, UnitOfWork

_PREFIX: Final = "import:"


def open_round(work: UnitOfWork, estate: EstateId, target: int | None) -> SurveyRound:
    """Load the round forms are brought to; one that takes none raises ``RoundNotOpen`` (U4)."""
    found = work.session.get(SurveyRound, (estate, target))
    if found is None:
        raise NotFound
    if found.state != RoundState.OPEN:
        raise RoundNotOpen(state=RoundState(found.state))
    return found


def records_on_file(
    work: UnitOfWork, batch: ImportBatch, assessment: Assessment
) -> tuple[dict[Key, ExistingRecord], dict[str, Any]]:
    """Every form of the round that a row of the file means."""
    round_ = _round_of(work, batch)
    estate = EstateId(round_.estate_id)
    rows = {_request(batch, row): row for row in assessment.rows}
    forms = [form for form in _imported_forms(work, round_) if form.request in rows]
    answers = answers_of(work.session, estate, [form.id for form in forms])
    known: dict[Key, ExistingRecord] = {}
    for form in forms:
        row = rows[form.request]
        values = _values(form, row, answers[form.id]) if form.state == ResponseState.ACTIVE else {}
        known[row.key] = ExistingRecord(str(form.number), form.version, values)
    return known, {}


def write_plan(work: UnitOfWork, batch: ImportBatch, plan: ImportPlan, _on_file: dict[str, Any]) -> list[WrittenRow]:
    """Store the new forms with one audit entry of how many they are, and say what was written."""
    round_ = _round_of(work, batch)
    estate = EstateId(round_.estate_id)
    items = items_of(work.session, QuestionnaireId(round_.questionnaire_id))
    places = _places(work, estate, plan.created)
    groups = _groups(work, estate, plan.created, places)
    forms = []
    for row in plan.created:
        said = row.values.get("unit")
        unit, building = places[str(said)] if said else (None, None)
        form = NewForm(
            request=_request(batch, row),
            channel=Channel(str(row.values["channel"])),
            building_id=building,
            unit_id=unit,
            customer_group=groups[row.row],
            collector=str(row.values.get("collector") or ""),
            collected_on=_day(row.values),
            answers=checked_answers(items=items, answers=answers_in(row.values)),
        )
        _check_entry(work, round_, form)
        forms.append(form)
    stored = store_forms(work, round_, items, forms, import_batch=batch.id, opens_follow_ups=False)
    after = {"forms": len(stored), "batch": batch.id}
    work.record("surveys.import", ("survey_round", round_.id), estate=estate, after=after)
    return [WrittenRow(SurveyResponse.__tablename__, estate, form.response_id, 1, {}) for form in stored]


def take_back(work: UnitOfWork, batch: ImportBatch, rows: Sequence[WrittenRow]) -> int:
    """Delete the forms of an import with their tallies, and give how many somebody changed since."""
    round_ = _round_of(work, batch)
    missed = remove_forms(work, round_, [ResponseId(row.row_id) for row in rows])
    after = {"forms": len(rows), "batch": batch.id}
    work.record("surveys.import_undo", ("survey_round", round_.id), estate=EstateId(round_.estate_id), after=after)
    return missed


def _round_of(work: UnitOfWork, batch: ImportBatch) -> SurveyRound:
    return open_round(work, EstateId(batch.estate_id), batch.target_id)


def _request(batch: ImportBatch, row: ParsedRow) -> str:
    """What a form is stored with: at most 64 characters, the same whenever the same form is brought again."""
    kind, name = row.key
    if kind == "form":
        return f"{_PREFIX}n:{name}"
    file = sha256(batch.file_hash + batch.sheet.encode()).hexdigest()[:16]
    return f"{_PREFIX}{file}:{name}"


def _imported_forms(work: UnitOfWork, round_: SurveyRound) -> list[Any]:
    """The imported forms of a round, each with the code of its unit as long as that is known."""
    names = ("id", "number", "request", "channel", "customer_group", "collector", "collected_on", "state", "version")
    form, respondent = SurveyResponse, SurveyRespondent
    statement = (
        select(*(SurveyResponse.__table__.c[name] for name in names), Unit.code.label("unit"))
        .outerjoin(respondent, (respondent.estate_id == form.estate_id) & (respondent.response_id == form.id))
        .outerjoin(Unit, (Unit.estate_id == respondent.estate_id) & (Unit.id == respondent.unit_id))
        .where(form.estate_id == round_.estate_id, form.round_id == round_.id, form.request.startswith(_PREFIX))
    )
    return list(work.session.execute(statement))


def _values(form: Any, row: ParsedRow, answers: dict[int, int | str]) -> Values:
    """A stored form as a row of a file speaks of it."""
    return {
        "form_number": row.values.get("form_number"),
        "unit": form.unit,
        "collected_on": form.collected_on,
        "channel": form.channel,
        "customer_group": form.customer_group,
        "collector": form.collector or None,
        **answer_values(answers),
    }


def _places(work: UnitOfWork, estate: EstateId, rows: Iterable[ParsedRow]) -> dict[str, tuple[UnitId, BuildingId]]:
    """The units rows name, with their buildings, by code."""
    wanted = {row.values.get("unit") for row in rows} - {None}
    if not wanted:
        return {}
    statement = select(Unit.code, Unit.id, Unit.building_id).where(Unit.estate_id == estate)
    found = work.session.execute(statement)
    places = {code: (UnitId(unit), BuildingId(building)) for code, unit, building in found if code in wanted}
    if len(places) < len(wanted):  # never an anonymous form for want of the unit it names
        raise NotFound
    return places


def _groups(
    work: UnitOfWork, estate: EstateId, rows: Sequence[ParsedRow], places: dict[str, tuple[UnitId, BuildingId]]
) -> dict[int, CustomerGroup]:
    """Who answered, by row: what the file says, else who lived in the unit that day, else nobody knows (R-144)."""
    units: defaultdict[date, dict[int, UnitId]] = defaultdict(dict)
    groups: dict[int, CustomerGroup] = {}
    for row in rows:
        said, unit = row.values.get("customer_group"), row.values.get("unit")
        groups[row.row] = CustomerGroup(str(said)) if said else CustomerGroup.UNKNOWN
        if not said and unit:
            units[_day(row.values)][row.row] = places[str(unit)][0]
    for day, asked in units.items():
        found = groups_of_units(work.session, estate, set(asked.values()), day)
        groups |= {row: found[unit] for row, unit in asked.items() if unit in found}
    return groups


def _day(values: Values) -> date:
    return cast(date, values["collected_on"])


def _check_entry(work: UnitOfWork, round_: SurveyRound, form: NewForm) -> None:
    """The rules of every entry hold here too, should the round have been changed since the file was read."""
    check_entry(
        state=RoundState(round_.state),
        span=Span(round_.starts_on, round_.ends_on),
        channels=[Channel(code) for code in round_.channels.split(",")],
        collected_on=form.collected_on,
        channel=form.channel,
        today=local_day(work.now),
    )
