"""R-012, R9: an import is all right or not at all, repeatable, previewed, and can be taken back."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from core.admin.permissions import Actor, NotPermitted
from core.imports.batches import BadRowsLeft, BatchState, NothingToImport, PreviewOutdated, UndoRefused
from core.imports.codes import FileRefused
from core.imports.kinds import ImportKind
from core.kernel.filters import Slice
from db.engine import Database
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.jobs.runner import Worker
from db.models import Base, Building, Customer, Estate, ImportBatch, ImportFile, Occupancy, Unit, User, UserRole
from db.operations.imports import BatchStep, StartCheck, UndoBatch, UploadFile, discard_batch, undo_batch, upload_file
from db.queries.imports import BatchDetail, file_layout, import_batch, import_batches
from db.unit_of_work import EditConflict, NotFound, fetch, perform
from tests.personas import ADMINISTRATOR, CASHIER, FRONT_DESK, SUPERVISOR
from tests.realdata import real_file

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ESTATES = "小区名称,地址,总户数,物业费\n桂花苑,桂溪路1号,120 户,1.5 元/㎡·月\n银杏里,桂溪路2号,暂无资料,2 元/㎡·月\n"
UNITS = "小区,楼栋,单元,房号,建筑面积,用途\n桂花苑,3,1,1202,88.5,住宅\n桂花苑,3,1,1203,90.25,住宅\n"
PEOPLE = "小区,房号,姓名,电话,关系\n桂花苑,3-1-1202,张三丰,13800138000,业主\n桂花苑,3-1-1203,张三丰,13800138000,业主\n"


@pytest.fixture
def staffed(database: Database) -> Database:
    """The people of the tests as stored users, since a job acts with the rights they have when it runs."""
    with database.writing() as connection, connection.begin():
        for who in (ADMINISTRATOR, FRONT_DESK, SUPERVISOR):
            values = {"id": who.user_id, "username": who.name, "display_name": who.name, "all_estates": True}
            connection.execute(insert(User).values(**values, state="active", created_at=NOW))
            connection.execute(insert(UserRole), [{"user_id": who.user_id, "role": role} for role in who.roles])
    return database


def act(database: Database, operation: Callable[..., Any], command: object, who: Actor = SUPERVISOR) -> Any:
    return perform(database, operation, command, identify=lambda _c, _n: who, now=NOW)


def detail(database: Database, batch: int, who: Actor = SUPERVISOR) -> BatchDetail:
    return fetch(database, import_batch, batch, actor=who, now=NOW)


def run_jobs(database: Database) -> None:
    worker = Worker(database, lambda: datetime.now(UTC))
    while worker.run_next():
        pass


def checked(database: Database, kind: ImportKind, text: str, who: Actor = SUPERVISOR) -> BatchDetail:
    """Upload a file and have it checked with the mapping the portal proposes."""
    batch = act(database, upload_file, UploadFile(kind, "list.csv", text.encode()), who)
    layout = fetch(database, file_layout, batch, actor=who, now=NOW)[0]
    assert layout.mapping is not None
    act(database, request_check, StartCheck(batch, 1, layout.name, layout.mapping), who)
    run_jobs(database)
    return detail(database, batch, who)


def committed(database: Database, found: BatchDetail, who: Actor = SUPERVISOR, *, skip: bool = False) -> BatchDetail:
    batch = found.batch
    act(database, request_commit, RequestCommit(batch.batch_id, batch.version, skip), who)
    run_jobs(database)
    return detail(database, batch.batch_id, who)


def count(database: Database, table: type[Base]) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def fingerprint(database: Database) -> str:
    """A hash of every row the import could touch, but for the versions."""
    found = hashlib.sha256()
    with database.reading() as connection:
        for table in (Estate, Building, Unit, Customer, Occupancy):
            columns = [column for column in table.__table__.columns if column.name != "version"]
            rows = connection.execute(select(*columns).order_by(*table.__table__.primary_key)).all()
            found.update(repr(rows).encode())
    return found.hexdigest()


def test_estates_units_and_people_come_in_and_a_second_time_change_nothing(staffed: Database) -> None:
    for kind, text, tables in (
        (ImportKind.ESTATES, ESTATES, {Estate: 2}),
        (ImportKind.UNITS, UNITS, {Unit: 2, Building: 1}),
        (ImportKind.CUSTOMERS, PEOPLE, {Customer: 1, Occupancy: 2}),
    ):
        found = checked(staffed, kind, text)
        assert (found.batch.created, found.batch.changed, found.batch.problems) == (2, 0, 0)
        assert committed(staffed, found).batch.state is BatchState.DONE
        assert {table: count(staffed, table) for table in tables} == tables
        before = fingerprint(staffed)
        again = checked(staffed, kind, text)
        assert (again.batch.created, again.batch.changed, again.batch.unchanged) == (0, 0, 2)
        assert again.seen_before is not None
        refused = committed(staffed, again)
        assert refused.refusal == (NothingToImport.code, {})
        assert fingerprint(staffed) == before


def test_a_changed_cell_is_shown_and_only_that_row_changes(staffed: Database) -> None:
    committed(staffed, checked(staffed, ImportKind.ESTATES, ESTATES))
    found = checked(staffed, ImportKind.ESTATES, ESTATES.replace("120 户", "125 户"))
    assert (found.batch.created, found.batch.changed, found.batch.unchanged) == (0, 1, 1)
    assert found.changes == ((2, "household_count", "120", "125"),)
    committed(staffed, found)
    with staffed.reading() as connection:
        households = connection.execute(select(Estate.household_count).order_by(Estate.id)).scalars().all()
    assert households == [125, None]


def test_bad_rows_stay_out_only_by_choice_and_nothing_is_half_saved(staffed: Database) -> None:
    text = ESTATES + ",无名路3号,10 户,1 元/㎡·月\n"
    found = checked(staffed, ImportKind.ESTATES, text)
    assert [(p.row, p.code) for p in found.problems] == [(4, "imports.row.missing")]
    before = fingerprint(staffed)
    refused = committed(staffed, found)
    assert refused.refusal == (BadRowsLeft.code, {"count": 1})
    assert fingerprint(staffed) == before
    again = checked(staffed, ImportKind.ESTATES, text)
    assert committed(staffed, again, skip=True).batch.state is BatchState.DONE
    assert count(staffed, Estate) == 2


def test_a_change_between_preview_and_commit_refuses_the_commit(staffed: Database) -> None:
    committed(staffed, checked(staffed, ImportKind.ESTATES, ESTATES))
    found = checked(staffed, ImportKind.ESTATES, ESTATES.replace("120 户", "125 户"))
    with staffed.writing() as connection, connection.begin():
        connection.execute(update(Estate).values(household_count=99, version=Estate.version + 1))
    assert committed(staffed, found).refusal == (PreviewOutdated.code, {})


UNDONE = (
    (ImportKind.ESTATES, ESTATES.replace("120 户", "125 户") + "海棠坊,海棠路8号,30 户,1 元/㎡·月\n"),
    (ImportKind.UNITS, UNITS.replace("90.25", "91.25") + "银杏里,1,1,101,50,住宅\n"),
    (ImportKind.CUSTOMERS, PEOPLE.replace("13800138000", "13900139000") + "桂花苑,3-1-1203,李四,,租户\n"),
)


@pytest.mark.parametrize(("kind", "text"), UNDONE, ids=lambda value: getattr(value, "value", ""))
def test_an_import_is_taken_back_to_the_last_value(staffed: Database, kind: ImportKind, text: str) -> None:
    load_all(staffed)
    before = fingerprint(staffed)
    done = committed(staffed, checked(staffed, kind, text))
    assert fingerprint(staffed) != before
    act(staffed, undo_batch, UndoBatch(done.batch.batch_id, done.batch.version, done.estates))
    assert fingerprint(staffed) == before
    assert detail(staffed, done.batch.batch_id).batch.state is BatchState.UNDONE


def load_all(database: Database) -> None:
    for kind, text in ((ImportKind.ESTATES, ESTATES), (ImportKind.UNITS, UNITS), (ImportKind.CUSTOMERS, PEOPLE)):
        committed(database, checked(database, kind, text))


def test_an_undo_that_would_lose_later_work_is_refused_whole(staffed: Database) -> None:
    estates = committed(staffed, checked(staffed, ImportKind.ESTATES, ESTATES))
    units = committed(staffed, checked(staffed, ImportKind.UNITS, UNITS))
    before = fingerprint(staffed)
    with pytest.raises(UndoRefused):
        act(staffed, undo_batch, UndoBatch(estates.batch.batch_id, estates.batch.version, estates.estates))
    with staffed.writing() as connection, connection.begin():
        connection.execute(update(Unit).where(Unit.area == 8850).values(version=5))
    with pytest.raises(UndoRefused) as refused:
        act(staffed, undo_batch, UndoBatch(units.batch.batch_id, units.batch.version, units.estates))
    assert refused.value.fields == {"count": 1}
    assert fingerprint(staffed) == before


def test_a_discarded_batch_forgets_its_file(staffed: Database) -> None:
    batch = act(staffed, upload_file, UploadFile(ImportKind.ESTATES, "a.csv", ESTATES.encode()))
    with pytest.raises(EditConflict):
        act(staffed, discard_batch, BatchStep(batch, 7))
    act(staffed, discard_batch, BatchStep(batch, 1))
    assert count(staffed, ImportFile) == 0
    with pytest.raises(NotFound):
        fetch(staffed, file_layout, batch, actor=SUPERVISOR, now=NOW)


def test_a_file_that_is_no_table_is_refused_before_anything_is_kept(staffed: Database) -> None:
    with pytest.raises(FileRefused):
        act(staffed, upload_file, UploadFile(ImportKind.ESTATES, "a.pdf", b"%PDF-1.7"))
    assert count(staffed, ImportBatch) == 0


@pytest.mark.parametrize("who", [CASHIER, FRONT_DESK])
def test_places_come_in_through_those_who_may(staffed: Database, who: Actor) -> None:
    with pytest.raises(NotPermitted):
        act(staffed, upload_file, UploadFile(ImportKind.ESTATES, "a.csv", ESTATES.encode()), who)


def test_the_front_desk_sees_only_imports_of_people(staffed: Database) -> None:
    load_all(staffed)
    batch = checked(staffed, ImportKind.CUSTOMERS, PEOPLE, FRONT_DESK).batch.batch_id
    mine = fetch(staffed, import_batches, Slice(), actor=FRONT_DESK, now=NOW)
    assert {row.kind for row in mine.rows} == {ImportKind.CUSTOMERS}
    assert fetch(staffed, import_batches, Slice(), actor=SUPERVISOR, now=NOW).total == mine.total + 2
    with pytest.raises(NotFound):
        fetch(staffed, import_batch, batch - 2, actor=FRONT_DESK, now=NOW)


def test_another_persons_estates_are_unknown_to_the_import(staffed: Database) -> None:
    load_all(staffed)
    with staffed.writing() as connection, connection.begin():
        connection.execute(update(User).where(User.id == SUPERVISOR.user_id).values(all_estates=False))
    found = checked(staffed, ImportKind.UNITS, UNITS)
    assert {problem.code for problem in found.problems} == {"imports.row.unknown_estate"}


def test_the_real_listing_comes_in_to_the_row_and_a_second_time_creates_nothing(staffed: Database) -> None:
    content = real_file("communities/chengdu_gb18030.csv").read_bytes()

    def dry_run() -> BatchDetail:
        batch = act(staffed, upload_file, UploadFile(ImportKind.ESTATES, "chengdu.csv", content))
        layout = fetch(staffed, file_layout, batch, actor=SUPERVISOR, now=NOW)[0]
        assert layout.mapping is not None
        act(staffed, request_check, StartCheck(batch, 1, layout.name, layout.mapping))
        run_jobs(staffed)
        return detail(staffed, batch)

    first = dry_run()
    rows = first.batch
    assert rows.created + rows.unchanged + rows.problems == first.data_rows == 4_998
    assert all(problem.code and problem.row for problem in first.problems)
    committed(staffed, first, skip=True)
    assert count(staffed, Estate) == rows.created
    second = dry_run().batch
    assert (second.created, second.changed, second.unchanged) == (0, 0, rows.created)
