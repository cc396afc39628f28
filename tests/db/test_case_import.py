"""R-012, issue point 7: past complaints come in from a file – accounted for to the row, known again, taken back."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas
import pytest
from sqlalchemy import insert, select, update

from core.admin.permissions import SYSTEM, NotPermitted, Permission
from core.admin.settings import SettingKey
from core.complaints.states import CaseState
from core.customers.estate_record import EstateState
from core.imports.batches import BatchState, EstateNeeded, NothingToImport, UndoRefused
from core.imports.specs import ImportKind
from core.kernel.attachments import LinkTarget
from core.kernel.filters import Slice
from core.kernel.identity import CaseId, EstateId
from core.kernel.periods import CHINA, Month
from db.engine import Database
from db.jobs.verify import verify
from db.models import Base, Case, Estate, ImportBatch, ServiceClock, ServiceEscalation, ServiceLink
from db.operations.case_care import (
    AnonymiseCases,
    ArchiveCases,
    TickClocks,
    anonymise_cases,
    archive_cases,
    tick_clocks,
)
from db.operations.imports import UploadFile, upload_file
from db.operations.settings import SetSetting, set_setting
from db.queries.case_card import CaseWanted, case_card
from db.queries.case_figures import case_figures
from db.queries.case_hot_spots import CellWanted, HotSpotsWanted, cell_cases, hot_spots
from db.queries.case_insight import InsightWanted
from db.queries.cases import CasesShown, CasesWanted
from db.queries.cases import cases as case_list
from db.queries.imports import SpecWanted, file_layout, import_batch, import_batches, import_spec
from db.queries.service_details import RecordWanted, record_details
from db.unit_of_work import NotFound
from tests.core.imports.files import csv_bytes, xlsx_bytes
from tests.db.asserting import entries
from tests.db.cases_import_setup import cases, checked, committed, detail, undo, upload
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.personas import ADMINISTRATOR
from tests.realdata import real_file

REAL = "requests/citizen_requests_2011.csv"
HEADING = (
    *("受理编号", "受理时间", "办结时间", "撤销时间", "状态", "来电性质", "投诉大类", "投诉小类", "投诉内容", "备注"),
    *("楼栋", "房号", "地点", "渠道", "责任部门", "处理人", "投诉人", "联系电话", "满意度", "处理结果"),
)
ROWS = (
    (
        *("KF-001", "2026-11-02 08:15", "2026-11-03 17:40", "", "已办结", "投诉", "环境类", "噪音"),
        *("楼上半夜装修，吵得睡不着", "多次反映", "1", "101", "", "电话", "客服部", "吴客服", "张三", "13800138000"),
        *("满意", "已与业主协商"),
    ),
    (
        *("KF-002", "2026-11-02 09:00", "", "2026-11-02 12:00", "已撤销", "投诉", "", "电梯", "电梯抖动", ""),
        *("1", "102", "", "微信群", "工程部", "", "", "", "", ""),
    ),
    (
        *("KF-003", "2026-11-19 10:00", "", "", "处理中", "投诉", "安全类", "停车", "车位被占", ""),
        *("", "", "地下车库", "前台", "秩序部", "G-102", "李四", "", "", ""),
    ),
    (
        *("KF-004", "2026-11-18 10:00", "", "", "待处理", "建议", "", "绿化", "多种点树", ""),
        *("", "", "中心花园", "意见箱", "", "沈维修", "匿名", "", "", ""),
    ),
    (
        *("KF-005", "2025-03-01", "2025-03-02", "", "已完成", "表扬", "", "", "保安拾金不昧", ""),
        *("", "", "东门", "", "保安部", "王五", "王芳", "028-85551234", "", ""),
    ),
    (
        *("KF-006", "2026-11-02 20:00", "2026-11-05 08:00", "", "已办结", "咨询", "收费", "", "物业费怎么算", ""),
        *("1", "101", "客厅", "小程序", "外包公司", "", "张三", "13800138000", "不满意", "已解释"),
    ),
)
PLAIN = csv_bytes((HEADING, *ROWS))


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def by_reference(world: ServiceWorld) -> dict[str, Any]:
    return {case.source_reference: case for case in cases(world)}


def counted(found: Any) -> tuple[int, int, int, int, int]:
    """Created, unchanged, problems, repeats, and all of them: they add up."""
    row = found.batch
    counts = (row.created, row.unchanged, row.problems, found.repeats)
    assert (row.changed, sum(counts)) == (0, found.data_rows)
    return (*counts, found.data_rows)


TABLES = ("service_records", "cases", "service_clocks", "service_escalations", "service_search", "service_steps")


def stored(world: ServiceWorld) -> dict[str, list[Any]]:
    """All that is known of complaints."""
    with world.database.reading() as connection:
        return {name: list(connection.execute(select(Base.metadata.tables[name]))) for name in TABLES}


# --- a list of a property company ---


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("投诉台账.csv", csv_bytes((HEADING, *ROWS), encoding="gb18030")),
        ("投诉台账.xlsx", xlsx_bytes({"2026年": (HEADING, *ROWS)})),
        ("投诉台账.tsv", csv_bytes((HEADING, *ROWS), delimiter="\t")),
    ],
)
def test_a_chinese_list_comes_in_from_every_kind_of_file(world: ServiceWorld, name: str, content: bytes) -> None:
    found = checked(world, content, name=name)
    assert counted(found) == (6, 0, 0, 0, 6)
    assert (found.batch.kind, found.batch.target) == (ImportKind.CASES, "Maple Court")
    assert committed(world, found).batch.state is BatchState.DONE
    assert len(cases(world)) == 6
    assert verify(world.database, now=world.now).findings == ()


def test_what_was_finished_is_history_and_what_was_not_goes_on(world: ServiceWorld) -> None:
    done = committed(world, checked(world, PLAIN))
    found = by_reference(world)
    units, staff = world.maple.units, world.people.service_handler.staff
    assert [
        (name, one.record_type, one.state, one.category, one.sub_category, one.department, one.unit_id, one.area)
        for name, one in found.items()
    ] == [
        ("KF-005", "praise", "archived", "", "", "order", None, "东门"),
        ("KF-001", "complaint", "closed", "environ", "noise", "customer_service", units[0], "1"),
        ("KF-002", "complaint", "withdrawn", "facility", "lift", "engineering", units[1], "1"),
        ("KF-006", "inquiry", "closed", "fee", "", "finance", units[0], "1"),
        ("KF-004", "suggestion", "classified", "environ", "greening", "cleaning", None, "中心花园"),
        ("KF-003", "complaint", "assigned", "safety", "parking", "order", None, "地下车库"),
    ]
    first = found["KF-001"]
    assert (first.registered_at, first.happened_at) == (datetime(2026, 11, 2, 8, 15, tzinfo=CHINA),) * 2
    assert (first.ended_at, first.ended_on) == (datetime(2026, 11, 3, 17, 40, tzinfo=CHINA), date(2026, 11, 3))
    assert (first.resolved_at, first.responded_at, first.called_back_at) == (first.ended_at, None, None)
    assert (first.satisfied, first.handler_id, first.received_by) == (True, staff, None)
    assert (first.channel, first.grade, first.repeated, first.import_batch) == (
        *("phone", "normal", False, done.batch.batch_id),
    )
    assert (found["KF-006"].satisfied, found["KF-006"].resolved_at) == (False, None)  # a question is answered
    assert (found["KF-002"].grade, found["KF-002"].resolved_at) == ("urgent", None)
    assert (found["KF-003"].handler_id, found["KF-004"].handler_id) == (staff, None)
    assert (found["KF-005"].anonymous, found["KF-004"].anonymous) == (False, True)
    noted = entries(world.database, "cases.import")
    assert [(entry.chain, entry.subject_id) for entry in noted] == [(world.estate, str(done.batch.batch_id))]


def test_no_clock_is_made_up_and_those_of_open_ones_have_run_since_they_were_registered(world: ServiceWorld) -> None:
    found = checked(world, PLAIN)
    assert ("imports.notice.open_cases", {"count": 2}) in found.notices
    committed(world, found)
    cases_of = {case.id: name for name, case in by_reference(world).items()}
    clocks = [(cases_of[clock.record_id], clock.kind, clock.started_at) for clock in world.rows(ServiceClock)]
    assert sorted(clocks) == [
        ("KF-003", "resolved", datetime(2026, 11, 19, 10, tzinfo=CHINA)),
        ("KF-003", "response", datetime(2026, 11, 19, 10, tzinfo=CHINA)),
        ("KF-004", "resolved", datetime(2026, 11, 18, 10, tzinfo=CHINA)),
        ("KF-004", "response", datetime(2026, 11, 18, 10, tzinfo=CHINA)),
    ]
    queue = world.ask(world.people.supervisor, case_list, CasesWanted(world.estate, CasesShown.OPEN))
    assert {row.case_id for row in queue.rows} == {
        case.id for name, case in by_reference(world).items() if name in ("KF-003", "KF-004")
    }
    told = world.act(SYSTEM, tick_clocks, TickClocks(world.estate))
    assert told.told > 0
    assert verify(world.database, now=world.now).findings == ()


def test_numbers_follow_those_given_already_on_the_day(world: ServiceWorld) -> None:
    code = "E0001"
    with world.database.reading() as connection:
        code = connection.execute(select(Estate.code).where(Estate.id == world.estate)).scalar_one()
    world.now = datetime(2026, 11, 2, 15, tzinfo=CHINA)
    world.register()
    world.now = datetime(2026, 11, 21, 9, tzinfo=CHINA)
    committed(world, checked(world, PLAIN))
    with world.database.reading() as connection:
        table = Base.metadata.tables["service_records"]
        numbers = {row.id: row.number for row in connection.execute(select(table.c.id, table.c.number))}
    assert [numbers[by_reference(world)[name].id] for name in ("KF-001", "KF-002", "KF-006", "KF-003")] == [
        *(f"{code}-C261102-002", f"{code}-C261102-003", f"{code}-C261102-004", f"{code}-C261119-001"),
    ]


def test_what_was_said_is_sealed_kept_under_its_heading_and_found_again(world: ServiceWorld) -> None:
    committed(world, checked(world, PLAIN))
    first, last, question = (by_reference(world)[name] for name in ("KF-001", "KF-005", "KF-006"))
    card = world.ask(world.people.supervisor, case_card, CaseWanted(world.estate, CaseId(first.id)))
    assert card.content.split("\n") == [
        *("楼上半夜装修，吵得睡不着", "备注: 多次反映", "处理结果: 已与业主协商", "投诉大类: 环境类", "投诉小类: 噪音"),
    ]
    assert card.giver is not None
    assert (card.giver.name, card.giver.has_phone) == ("张*", True)
    opened = world.ask(world.people.supervisor, case_card, CaseWanted(world.estate, CaseId(last.id)))
    assert "处理人: 王五" in opened.content
    asked = world.ask(world.people.supervisor, case_card, CaseWanted(world.estate, CaseId(question.id)))
    assert "责任部门: 外包公司" in asked.content
    assert "地点: 客厅" in asked.content
    for text in ("睡不着", "KF-001"):
        wanted = CasesWanted(world.estate, CasesShown.ALL, search=text)
        assert [row.case_id for row in world.ask(world.people.supervisor, case_list, wanted).rows] == [first.id]


def test_nothing_personal_is_kept_with_the_import(world: ServiceWorld) -> None:
    """security.md §5: the summary of a batch is kept for years, the words of a complaint are not."""
    bad = (*ROWS, ("KF-7", "2026-13-01", *ROWS[0][2:8], "刘备说的话", *ROWS[0][9:]))
    committed(world, checked(world, csv_bytes((HEADING, *bad))), skip=True)
    with world.database.reading() as connection:
        kept = connection.execute(select(ImportBatch.summary, ImportBatch.mapping)).one()
    for secret in ("睡不着", "张三", "13800138000", "刘备", "101", "地下车库", "协商"):
        assert secret not in kept.summary.replace("KF-", "")
        assert secret not in kept.mapping


def test_the_timeline_begins_with_the_import_of_which_no_step_is_stored(world: ServiceWorld) -> None:
    done = committed(world, checked(world, PLAIN))
    case = by_reference(world)["KF-003"]
    details = world.ask(world.people.supervisor, record_details, RecordWanted(world.estate, case.id))
    (came,) = details.timeline
    assert (came.action, came.state, came.made_by_name) == ("import", "assigned", "冯主管")
    assert came.facts == {"batch": done.batch.batch_id, "source_reference": "KF-003"}
    world.move(CaseId(case.id), CaseState.RESPONDED)
    details = world.ask(world.people.supervisor, record_details, RecordWanted(world.estate, case.id))
    assert [(step.action, step.source) for step in details.timeline] == [("import", ""), ("response", "assigned")]
    assert details.timeline[0].state == "assigned"


def test_an_open_one_that_repeats_earlier_ones_is_flagged_and_history_is_not(world: ServiceWorld) -> None:
    base = list(ROWS[0])
    rows = []
    for number, ended in (("A-1", "2026-11-03"), ("A-2", "2026-11-04"), ("A-3", "")):
        row = base.copy()
        row[0], row[2], row[4] = number, ended, "已办结" if ended else "处理中"
        rows.append(row)
    committed(world, checked(world, csv_bytes((HEADING, *rows))))
    found = by_reference(world)
    assert [(found[n].repeated, found[n].grade) for n in ("A-1", "A-2", "A-3")] == [
        *((False, "normal"), (False, "normal"), (True, "major")),
    ]
    assert verify(world.database, now=world.now).findings == ()


# --- known again ---


def test_the_same_rows_a_second_time_change_nothing_whatever_became_of_them(world: ServiceWorld) -> None:
    committed(world, checked(world, PLAIN))
    world.move(CaseId(by_reference(world)["KF-003"].id), CaseState.RESPONDED)
    before = stored(world)
    again = checked(world, PLAIN)
    assert counted(again) == (0, 6, 0, 0, 6)
    assert again.seen_before is not None
    assert committed(world, again).refusal == (NothingToImport.code, {})
    grown = checked(world, csv_bytes((HEADING, *ROWS, ("KF-007", *ROWS[0][1:]))))
    assert counted(grown) == (1, 6, 0, 0, 7)
    assert stored(world) == before


def test_a_row_that_says_something_else_now_is_named_with_the_number_it_has_here(world: ServiceWorld) -> None:
    committed(world, checked(world, PLAIN))
    found = checked(world, csv_bytes((HEADING, ("KF-001", "2026-11-02 08:16", *ROWS[0][2:]))))
    (problem,) = found.problems
    assert (problem.row, problem.code) == (2, "imports.row.case_already_there")
    assert str(problem.fields["limit"]).endswith("-C261102-001")


def test_rows_without_a_number_are_known_again_by_all_they_say(world: ServiceWorld) -> None:
    nameless = [("", *row[1:]) for row in ROWS]
    assert counted(committed(world, checked(world, csv_bytes((HEADING, *nameless))))) == (6, 0, 0, 0, 6)
    longer = checked(world, csv_bytes((HEADING, *nameless, nameless[0], ("", "2026-11-20 08:00", *ROWS[2][2:]))))
    assert counted(longer) == (1, 6, 0, 1, 8)


def test_another_estate_has_its_own_numbers_rooms_and_rows(world: ServiceWorld) -> None:
    committed(world, checked(world, PLAIN))
    there = committed(world, checked(world, PLAIN, estate=world.lake.estate))
    assert counted(there) == (6, 0, 0, 0, 6)
    assert cases(world, world.lake.estate)[1].unit_id == world.lake.units[0]


# --- taken back ---


def test_an_import_is_taken_back_to_the_last_row_also_after_the_portal_looked_after_it(world: ServiceWorld) -> None:
    mine = world.register()
    before = stored(world)
    done = committed(world, checked(world, PLAIN))
    world.act(SYSTEM, tick_clocks, TickClocks(world.estate))
    assert world.rows(ServiceEscalation)
    assert undo(world, done) == 6
    after = stored(world)
    assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
    assert {name: after[name] for name in ("cases", "service_records", "service_search", "service_steps")} == {
        name: before[name] for name in ("cases", "service_records", "service_search", "service_steps")
    }
    assert [case.id for case in cases(world)] == [mine]
    assert detail(world, done.batch.batch_id).batch.state is BatchState.UNDONE
    assert len(entries(world.database, "cases.import_undo")) == 1
    assert counted(committed(world, checked(world, PLAIN))) == (6, 0, 0, 0, 6)
    assert verify(world.database, now=world.now).findings == ()


def test_what_was_forgotten_because_of_its_age_does_not_hinder_taking_back(world: ServiceWorld) -> None:
    old = ("KF-9", "2021-01-01 08:00", "2021-01-02 08:00", "", *ROWS[0][4:])
    found = checked(world, csv_bytes((HEADING, *ROWS, old)))
    assert ("imports.notice.soon_forgotten", {"count": 1}) in found.notices
    done = committed(world, found)
    assert world.act(SYSTEM, anonymise_cases, AnonymiseCases(world.estate)) == 1
    assert counted(checked(world, csv_bytes((HEADING, *ROWS, old)))) == (0, 7, 0, 0, 7)  # known again all the same
    assert undo(world, done) == 7
    assert cases(world) == []


def test_old_history_is_archived_at_once_so_that_the_night_changes_nothing(world: ServiceWorld) -> None:
    committed(world, checked(world, PLAIN))
    before = stored(world)
    assert world.act(SYSTEM, archive_cases, ArchiveCases(world.estate)) == 0
    assert stored(world) == before


@pytest.mark.parametrize("hindrance", ["moved", "linked"])
def test_an_undo_that_would_lose_work_is_refused_whole(world: ServiceWorld, hindrance: str) -> None:
    done = committed(world, checked(world, PLAIN))
    case = CaseId(by_reference(world)["KF-003"].id)
    if hindrance == "moved":
        world.move(case, CaseState.RESPONDED)
    else:
        link = {"estate_id": world.estate, "id": 99_999, "record_id": world.register(), "target": LinkTarget.CASE.value}
        with world.database.writing() as connection, connection.begin():
            connection.execute(insert(ServiceLink), [link | {"target_id": case, "made_at": world.now}])
    before = stored(world)
    with pytest.raises(UndoRefused):
        undo(world, done)
    assert stored(world) == before


def test_an_undo_of_what_something_points_at_is_refused_by_the_database(world: ServiceWorld) -> None:
    done = committed(world, checked(world, PLAIN))
    target, mine = by_reference(world)["KF-003"].id, world.register()
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(Case).where(Case.id == mine).values(merged_into=target))
    with pytest.raises(UndoRefused):
        undo(world, done)
    assert len(cases(world)) == 7


# --- who may, and to what ---


def test_complaints_belong_to_an_estate_and_are_brought_by_those_who_may(world: ServiceWorld) -> None:
    people = world.people
    with pytest.raises(EstateNeeded):
        world.act(people.supervisor, upload_file, UploadFile(ImportKind.CASES, "a.csv", PLAIN))
    for who in (people.desk, people.service_handler, ADMINISTRATOR):
        with pytest.raises(NotPermitted):
            upload(world, PLAIN, who=who)
    with pytest.raises(NotFound):
        upload(world, PLAIN, estate=EstateId(999))
    wanted = SpecWanted(ImportKind.CASES, world.estate)
    with pytest.raises(NotPermitted) as refused:
        world.ask(ADMINISTRATOR, import_spec, wanted)
    assert refused.value.fields == {"permission": Permission.IMPORTS_CASES.value}
    assert world.ask(people.supervisor, import_spec, wanted).has_target
    with pytest.raises(NotFound):
        world.ask(people.supervisor, import_spec, SpecWanted(ImportKind.CASES, EstateId(999)))


def test_somebody_of_another_estate_neither_brings_nor_sees_them(world: ServiceWorld) -> None:
    elsewhere = replace(world.people.supervisor, estates=frozenset({world.lake.estate}))
    batch = upload(world, PLAIN)
    with pytest.raises(NotPermitted):
        upload(world, PLAIN, who=elsewhere)
    assert world.ask(elsewhere, import_batches, Slice()).total == 0
    for query in (import_batch, file_layout):
        with pytest.raises(NotFound):
            world.ask(elsewhere, query, batch)


def test_an_estate_that_was_given_up_takes_no_more(world: ServiceWorld) -> None:
    found = checked(world, PLAIN)
    with world.database.writing() as connection, connection.begin():
        retired = update(Estate).where(Estate.id == world.estate)
        connection.execute(retired.values(state=EstateState.RETIRED.value))
    assert committed(world, found).refusal is not None
    assert cases(world) == []


# --- a real list ---


def table() -> pandas.DataFrame:
    return pandas.read_csv(real_file(REAL), dtype=str, keep_default_na=False)


READ = {
    "REQUESTID": "case_number", "DATETIMEINIT": "registered_at", "DATETIMECLOSED": "closed_at",
    "DATECANCELLED": "cancelled_at", "STATUS": "case_status", "GROUP": "category",
    "PLAIN_ENGLISH_NAME_FOR_PROBLEMCODE": "sub_category", "DESCRIPTION": "content", "EXPLANATION": "more_content",
    "PROBADDRESS": "place", "CALLERTYPE": "channel", "SUBMITTO": "department",
}  # fmt: skip
"""What the portal takes the columns for by itself."""


def expected(rows: pandas.DataFrame) -> tuple[pandas.DataFrame, pandas.DataFrame, int]:
    """What pandas makes of the list: rows that come in, rows with problems, and how many repeats are left out.

    Of rows with a number the first that is right comes in; later ones say the same (left out) or something else.
    """
    said = rows[[*READ]].apply(lambda column: column.str.strip())
    when = {name: pandas.to_datetime(said[name], format="mixed", errors="coerce") for name in said if "DATE" in name}
    cancelled = said["DATECANCELLED"].ne("") | said["STATUS"].str.lower().eq("cancel")
    closed = ~cancelled & said["DATETIMECLOSED"].ne("")
    too_early = closed & (when["DATETIMECLOSED"] < when["DATETIMEINIT"])
    wrong = too_early | said["PROBADDRESS"].eq("")
    right = said[~wrong]
    # spelling of a known word makes no difference: STATUS says "Cancel" and "CANCEL"
    same = right.assign(STATUS=right["STATUS"].str.lower())
    first = ~same.duplicated("REQUESTID")
    firsts = same[first].set_index("REQUESTID")
    later = same[~first]
    is_same = later.apply(lambda row: firsts.loc[row["REQUESTID"]].equals(row.drop("REQUESTID")), axis=1)
    times = {f"at{name}": instants for name, instants in when.items()}
    created = rows.loc[same[first].index].assign(cancelled=cancelled, closed=closed, **times)
    problems = rows.loc[sorted([*said[wrong].index, *later[~is_same].index])]
    return created, problems, int(is_same.sum())


def test_a_real_list_is_accounted_for_to_the_row(world: ServiceWorld) -> None:
    rows = table()
    created, problems, repeats = expected(rows)
    assert (len(rows), len(rows.drop_duplicates()), rows["REQUESTID"].nunique()) == (2_083, 2_033, 2_007)
    found = checked(world, real_file(REAL).read_bytes())
    assert counted(found) == (len(created), 0, len(problems), repeats, 2_083)
    assert sorted({problem.row for problem in found.problems}) == [index + 2 for index in problems.index]
    assert (len(created), len(problems), repeats) == (1_988, 46, 49)
    codes = pandas.Series([str(problem.code).rpartition(".")[2] for problem in found.problems]).value_counts()
    assert dict(codes) == {"same_number": 27, "no_place": 18, "closed_too_early": 1}

    before = stored(world)
    done = committed(world, found, skip=True)
    assert (done.batch.state, done.refusal) == (BatchState.DONE, None)
    ours = by_reference(world)
    assert set(ours) == set(created["REQUESTID"])
    states = pandas.Series([case.state for case in ours.values()]).value_counts()
    assert dict(states) == {
        "archived": int(created["closed"].sum()),
        "withdrawn": int(created["cancelled"].sum()),
        "classified": int((~created["closed"] & ~created["cancelled"]).sum()),
    }
    assert (states["archived"], states["withdrawn"], states["classified"]) == (1_862, 115, 11)
    local = created["atDATETIMEINIT"].dt.tz_localize(CHINA)
    for number, instant in zip(created["REQUESTID"], local, strict=True):
        assert ours[number].registered_at == instant
    assert verify(world.database, now=world.now).findings == ()

    again = checked(world, real_file(REAL).read_bytes())
    assert counted(again) == (0, 1_988, 46, 49, 2_083)
    assert committed(world, again, skip=True).refusal == (NothingToImport.code, {})
    assert undo(world, done) == 1_988
    assert stored(world) == before


def test_hot_spots_of_a_real_list_are_those_that_pandas_counts(world: ServiceWorld) -> None:
    created, _, _ = expected(table())
    committed(world, checked(world, real_file(REAL).read_bytes()), skip=True)
    world.now = datetime(2011, 12, 31, 12, tzinfo=CHINA)
    whole_year = SetSetting(world.estate, SettingKey.CASES_HOT_DAYS, "365", date(2011, 12, 31), 0)
    world.act(ADMINISTRATOR, set_setting, whole_year)
    spots = world.ask(world.people.supervisor, hot_spots, HotSpotsWanted(world.estate))
    begin, end = (pandas.Timestamp(day) for day in (spots.days.start, spots.days.end))
    inside = created["atDATETIMEINIT"].between(begin, end, inclusive="left") & ~created["cancelled"]
    ours = by_reference(world)
    categories = created["REQUESTID"].map(lambda number: ours[number].category)
    cells = created[inside].assign(category=categories, place=created["PROBADDRESS"].str.split().str.join(" "))
    counts = cells.groupby(["place", "category"]).size().sort_values(ascending=False)
    assert spots.complaints == int(inside.sum()) > 1_800
    assert (spots.cells, spots.hot) == (len(counts), int((counts >= spots.least).sum()))
    assert spots.hot > 0
    assert [spot.count for spot in spots.spots] == list(counts.head(len(spots.spots)))
    for spot in spots.spots:
        assert counts[spot.area, spot.category.value] == spot.count
    first = spots.spots[0]
    wanted = CellWanted(world.estate, first.area, first.category, spots.days)
    assert world.ask(world.people.supervisor, cell_cases, wanted).total == first.count


@pytest.mark.parametrize("month", [Month(2011, 3), Month(2011, 7), Month(2013, 5)])
def test_times_to_close_of_a_real_list_are_those_that_pandas_finds(world: ServiceWorld, month: Month) -> None:
    created, _, _ = expected(table())
    committed(world, checked(world, real_file(REAL).read_bytes()), skip=True)
    figures = world.ask(world.people.supervisor, case_figures, InsightWanted(world.estate, month.span))
    begin, end = (pandas.Timestamp(day) for day in (month.span.start, month.span.end))
    closed = created[created["closed"] & created["atDATETIMECLOSED"].between(begin, end, inclusive="left")]
    spent = closed["atDATETIMECLOSED"] - closed["atDATETIMEINIT"]
    times = figures.this.times
    assert times.closing.n == times.handling.n == len(spent) > 50
    assert times.closing.mean is not None
    assert times.closing.median is not None
    seconds = spent.dt.total_seconds()
    assert times.closing.median.total_seconds() == pytest.approx(seconds.median(), abs=1e-6)
    assert times.closing.mean.total_seconds() == pytest.approx(seconds.mean(), abs=1e-6)
    assert times.handling == times.closing
    assert (times.response.n, figures.this.call_backs) == (0, 0)
    kept = figures.this.response.hard
    assert kept.in_time == 0  # no clock was made up; late are only those that are open still
    assert kept.late <= 11
