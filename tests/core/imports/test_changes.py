"""What an import would change, and the digest that proves nothing moved since the preview (R-012)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.imports.changes import ChangedRow, ExistingRecord, FieldChange, ImportPlan, plan_changes
from core.imports.codes import FileRefused, Refusal, Trouble
from core.imports.kinds import KINDS, ImportKind
from core.imports.rows import Assessment
from core.imports.specs import ParsedRow
from tests.core.imports.files import Rows, assessed, customer_with, unit_with

ESTATES, UNITS, CUSTOMERS = ImportKind.ESTATES, ImportKind.UNITS, ImportKind.CUSTOMERS
HEADING = ["编码", "名称", "地址", "总户数"]


def record(number: str, **values: object) -> ExistingRecord:
    return ExistingRecord(number, 1, values)  # type: ignore[arg-type]


def planned(rows: Rows, existing: Mapping[Any, ExistingRecord], kind: ImportKind = ESTATES) -> ImportPlan:
    return plan_changes(assessment=assessed(kind, rows), existing=existing)


def test_rows_are_created_changed_or_left_alone() -> None:
    rows = [HEADING, ["1", "甲", "a", "10"], ["2", "乙", "b", "20"], ["3", "丙", "c", "30"], ["4", "", "", ""]]
    existing = {
        ("code", "2"): record("r2", code="2", name="乙", address="b", household_count=21, developer="某公司"),
        ("code", "3"): record("r3", code="3", name="丙", address="c", household_count=30),
    }
    plan = planned(rows, existing)
    assert [row.row for row in plan.created] == [2]
    assert plan.changed == (
        ChangedRow(plan.changed[0].row, existing["code", "2"], (FieldChange("household_count", before=21, after=20),)),
    )
    assert [row.row for row in plan.unchanged] == [4]
    assert [(p.row, p.code) for p in plan.problems] == [(5, Trouble.MISSING)]
    assert (plan.data_rows, plan.problem_rows, plan.kind) == (4, 1, ESTATES)


def test_an_empty_cell_never_clears_a_value() -> None:
    existing = {("code", "1"): record("r", code="1", name="甲", address="a", household_count=10)}
    plan = planned([HEADING, ["1", "甲", "", "暂无资料"]], existing)
    assert (len(plan.unchanged), plan.changed) == (1, ())


def test_a_record_found_by_name_and_address_gets_its_code() -> None:
    existing = {("name", "甲|a"): record("r", code=None, name="甲", address="a")}
    plan = planned([HEADING, ["1", "甲", "a", ""]], existing)
    assert plan.changed[0].changes == (FieldChange("code", None, "1"),)


def test_a_row_that_takes_another_records_name_is_a_problem() -> None:
    existing = {
        ("name", "甲|a"): record("r9", code="9", name="甲", address="a"),
        ("code", "2"): record("r2", code="2", name="乙", address="b"),
    }
    plan = planned([HEADING, ["1", "甲", "a", ""]], existing)
    assert [(p.row, p.code, p.fields["limit"]) for p in plan.problems] == [(2, Trouble.KEY_CONFLICT, "9")]
    nameless = {**existing, ("name", "甲|a"): record("r9", name="甲", address="a")}
    plan = planned([HEADING, ["2", "甲", "a", ""]], nameless)
    assert [(p.row, p.code, p.fields["limit"]) for p in plan.problems] == [(2, Trouble.KEY_CONFLICT, "")]


def test_a_second_row_for_one_record_is_a_problem() -> None:
    known = record("r1", code="1", name="甲", address="a")
    plan = planned(
        [HEADING, ["1", "甲", "新址", ""], ["", "甲", "a", ""]], {("code", "1"): known, ("name", "甲|a"): known}
    )
    assert [(p.row, p.code, p.fields["limit"]) for p in plan.problems] == [(3, Trouble.DUPLICATE, "2")]
    assert (len(plan.changed), plan.problem_rows) == (1, 1)


def test_values_of_every_kind_take_part_in_the_digest() -> None:
    units, customers = planned(unit_with(), {}, UNITS), planned(customer_with(), {}, CUSTOMERS)
    assert len({units.digest, customers.digest}) == 2
    for cells in ({"area": "89.51"}, {"handover_date": "2020-06-02"}, {"floor": "4"}, {"grade": "二级"}):
        assert planned(unit_with(**cells), {}, UNITS).digest != units.digest
    assert planned(customer_with(care_flags="老人"), {}, CUSTOMERS).digest != customers.digest
    assert planned(unit_with(area="89.5", handover_date="2020年6月1日"), {}, UNITS).digest == units.digest


def test_the_digest_moves_with_what_is_stored_now() -> None:
    key = ("翠湖花园", "1-2-301")
    before = record("r", area=Decimal("80.00"), handover_date=date(2020, 1, 1))
    base = planned(unit_with(), {key: before}, UNITS)
    assert planned(unit_with(), {key: before}, UNITS) == base
    moved = [
        replace(before, version=2),
        replace(before, record="other"),
        replace(before, values={**before.values, "area": Decimal("81")}),
    ]
    digests = {planned(unit_with(), {key: current}, UNITS).digest for current in moved}
    assert len(digests | {base.digest, planned(unit_with(), {}, UNITS).digest}) == 5
    same = replace(before, values={**before.values, "area": Decimal("80")})
    assert planned(unit_with(), {key: same}, UNITS).digest == base.digest


def test_the_digest_is_stable_over_releases() -> None:
    row = ParsedRow(2, ("a", "1-1"), {"estate": "a", "area": Decimal("80.00"), "handover_date": date(2020, 1, 1)})
    plan = plan_changes(assessment=Assessment(KINDS[UNITS], 1, (row,)), existing={})
    assert plan.digest == "4e3ee9a545caba4bdfed165ef296b57c4b8ec799491651100a0f31b281f52713"


cells = st.sampled_from(["", "1", "2", "甲", "乙", "a", "10", "3万", "合计", "暂无资料", "注：x", "=1", "#N/A"])


@given(st.lists(st.tuples(cells, cells, cells, cells), max_size=12), st.sets(st.sampled_from("12")), st.booleans())
def test_every_data_row_ends_up_exactly_once(rows: list[tuple[str, ...]], known: set[str], named: bool) -> None:
    existing: dict[tuple[str, ...], ExistingRecord] = {("code", code): record(code, code=code) for code in known}
    if named:
        existing["name", "甲|a"] = record("n", name="甲", address="a")
    try:
        assessment = assessed(ESTATES, [HEADING, *rows, ["9", "丁", "", ""]])
    except FileRefused as refusal:
        assert refusal.reason is Refusal.CONTROL_TOTAL
        return
    plan = plan_changes(assessment=assessment, existing=existing)
    assert len(assessment.rows) + assessment.problem_rows == assessment.data_rows
    assert len(plan.created) + len(plan.changed) + len(plan.unchanged) + plan.problem_rows == plan.data_rows
    assert len(assessment.skipped) + assessment.data_rows == sum(any(row) for row in rows) + 1
    assert plan_changes(assessment=assessment, existing=existing).digest == plan.digest
