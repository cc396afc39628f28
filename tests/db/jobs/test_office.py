"""The command line's import and bill run do what the portal does, under the same rules."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.fees.billing import NoTariffValid
from core.imports.batches import BadRowsLeft
from core.imports.kinds import ImportKind
from core.kernel.periods import Month
from db.engine import Database, open_database
from db.files import Places
from db.jobs.commands import init
from db.jobs.office import bring_in, prepare_bills
from db.keys import load_keys
from db.models import Bill, Estate, Unit
from db.unit_of_work import NotFound

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ESTATES = "小区编码,小区名称,地址\nGH,桂花苑,桂溪路1号\n"
UNITS = "小区,房号,建筑面积,用途\nGH,3-1-1202,88.5,住宅\nGH,3-1-1203,-1,住宅\n"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "data", tmp_path / "keys.json", f"sqlite:///{tmp_path / 'data' / 'guanjia.db'}")
    init(found, NOW)
    return found


def count(places: Places, table: type[Estate | Unit | Bill]) -> int:
    database: Database = open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def written(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_comes_in_whole_or_not_at_all(places: Places, tmp_path: Path) -> None:
    said = bring_in(places, written(tmp_path, ESTATES), ImportKind.ESTATES, NOW)
    assert said.lines[0].fields == {"created": 1, "changed": 0, "unchanged": 0, "problems": 0}
    with pytest.raises(BadRowsLeft):
        bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW)
    assert count(places, Unit) == 0
    bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW, skip_bad_rows=True)
    assert (count(places, Estate), count(places, Unit)) == (1, 1)


def test_a_bill_run_without_a_fee_standard_or_an_estate_is_refused(places: Places, tmp_path: Path) -> None:
    bring_in(places, written(tmp_path, ESTATES), ImportKind.ESTATES, NOW)
    bring_in(places, written(tmp_path, UNITS), ImportKind.UNITS, NOW, skip_bad_rows=True)
    with pytest.raises(NoTariffValid):
        prepare_bills(places, "GH", Month(2026, 11), NOW)
    with pytest.raises(NotFound):
        prepare_bills(places, "NO", Month(2026, 11), NOW)
    assert count(places, Bill) == 0
