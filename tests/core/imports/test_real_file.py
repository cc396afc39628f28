"""A real list of 4 998 estates, as a listing site showed them (R-001, R-012)."""

from collections import Counter
from decimal import Decimal

from core.imports.changes import ExistingRecord, plan_changes
from core.imports.codes import Notice, Trouble
from core.imports.kinds import ImportKind
from core.imports.reading import read_workbook
from core.imports.rows import Assessment
from tests.core.imports.files import assessed
from tests.realdata import real_file


def real_assessment() -> Assessment:
    path = real_file("communities/chengdu_gb18030.csv")
    return assessed(ImportKind.ESTATES, read_workbook(data=path.read_bytes(), file_name=path.name))


def test_every_row_of_a_real_list_is_read_or_named() -> None:
    result = real_assessment()
    assert (result.data_rows, len(result.rows), result.problem_rows) == (4998, 4991, 7)
    assert Counter(problem.code for problem in result.problems) == {Trouble.TOO_BIG: 4, Trouble.RANGE: 3}
    assert Counter(warning.code for warning in result.warnings) == {
        Notice.DOUBTFUL_NAME: 45,
        Notice.ZERO_AS_MISSING: 24,
        Notice.PRIVATE_CHARACTER: 1,
        Notice.SAME_NAME: 1,
    }
    assert [notice.code for notice in result.notices] == [Notice.READ_AS_GB18030]


def test_real_values_come_out_as_numbers_and_codes() -> None:
    rows = real_assessment().rows
    assert rows[0].values["household_count"] == 1972
    assert rows[1].values["floor_area"] == Decimal("320000.00")
    assert Counter(row.values["estate_type"] for row in rows) == {"residential": 4751, "villa": 213, "mixed": 27}
    missing = Counter(field for row in rows for field, value in row.values.items() if value is None)
    assert missing["reference_price"] == 965 + 3 + 24


def test_a_real_list_imported_again_changes_nothing() -> None:
    result = real_assessment()
    existing = {row.key: ExistingRecord(str(row.row), 1, row.values) for row in result.rows}
    plan = plan_changes(assessment=result, existing=existing)
    assert (len(plan.unchanged), plan.created, plan.changed, plan.problem_rows) == (4991, (), (), 7)
