"""The knowledge base (R-108): written, changed, retired, found, offered by category, and counted when it helps."""

from dataclasses import replace
from typing import Any

import pytest

from core.admin.permissions import NotPermitted
from core.complaints.knowledge import (
    KnowledgeIncomplete,
    KnowledgeNotOffered,
    KnowledgeRecord,
    KnowledgeState,
)
from core.complaints.taxonomy import CaseCategory, SubCategory, SubCategoryElsewhere
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, CaseId
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing
from db.engine import Database
from db.models import AuditEntry
from db.operations.knowledge import (
    AddKnowledge,
    ChangeKnowledge,
    MoveKnowledge,
    UseKnowledge,
    add_knowledge,
    change_knowledge,
    move_knowledge,
    use_knowledge,
)
from db.queries.knowledge import (
    KnowledgeEntryWanted,
    KnowledgeRow,
    KnowledgeShown,
    KnowledgeWanted,
    OfferedWanted,
    knowledge,
    knowledge_entry,
    offered_knowledge,
)
from db.unit_of_work import EditConflict, NotFound
from tests.builders import NOW
from tests.db.case_insight_setup import HOUR, BusyWorld, Drawing, a_busy_world, store
from tests.personas import (
    ACCOUNTANT,
    ADMINISTRATOR,
    AUDITOR,
    CASHIER,
    FRONT_DESK,
    HANDLER,
    MANAGER,
    PATROL,
    SUPERVISOR,
)
from tests.statements import count_statements

LIFT = KnowledgeRecord(
    category=CaseCategory.FACILITY,
    sub_category=SubCategory.LIFT,
    title="电梯困人",
    problem="轿厢停在层间，门打不开",
    answer="先安抚乘客，再联系维保单位\n30 分钟内到场",
)
FACILITY = replace(LIFT, sub_category=None, title="设施报修怎么走", problem="", answer="登记后 4 小时内响应")


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database, cases=0)


def added(busy: BusyWorld, record: KnowledgeRecord = LIFT) -> int:
    return busy.world.act(SUPERVISOR, add_knowledge, AddKnowledge(record))


def entry(busy: BusyWorld, number: int) -> KnowledgeRow:
    return busy.world.ask(HANDLER, knowledge_entry, KnowledgeEntryWanted(number))


def titles(busy: BusyWorld, **wanted: Any) -> list[str]:
    return [row.title for row in busy.world.ask(HANDLER, knowledge, KnowledgeWanted(**wanted)).rows]


def retire(busy: BusyWorld, number: int, target: KnowledgeState = KnowledgeState.RETIRED) -> None:
    busy.world.act(SUPERVISOR, move_knowledge, MoveKnowledge(number, entry(busy, number).version, target))


def a_case(busy: BusyWorld, handler: Any) -> CaseId:
    """A complaint of Maple Court that somebody handles."""
    made = Drawing(busy.world, 4).case(0)
    made.case |= {"estate_id": busy.world.estate, "unit_id": None, "state": "assigned", "ended_on": None}
    made.case |= {"ended_at": None, "handler_id": handler.staff}
    made.clocks, made.steps = [], []
    store(busy, [made])
    return CaseId(made.case["id"])


def audited(busy: BusyWorld, chain: int = COMPANY) -> list[Any]:
    table = AuditEntry.__table__
    with busy.database.reading() as connection:
        own = table.select().where(table.c.chain == chain, table.c.action.like("knowledge.%")).order_by(table.c.seq)
        return list(connection.execute(own))


def test_a_new_entry_is_tidied_offered_and_told_to_the_audit_log(busy: BusyWorld) -> None:
    number = added(busy, replace(LIFT, title="  电梯困人 "))
    row = entry(busy, number)
    assert (row.category, row.sub_category, row.title) == (CaseCategory.FACILITY, SubCategory.LIFT, "电梯困人")
    assert (row.problem, row.answer) == (LIFT.problem, LIFT.answer)
    assert (row.state, row.uses, row.version) == (KnowledgeState.ACTIVE, 0, 1)
    assert (row.made_by_name, row.made_at, row.changed_at) == ("supervisor", NOW, NOW)
    (noted,) = audited(busy)
    assert (noted.action, noted.subject_type, noted.subject_id) == ("knowledge.added", "knowledge", str(number))
    assert '"category":"facility"' in noted.after


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (LineMissing, {"title": " "}),
        (KnowledgeIncomplete, {"answer": ""}),
        (KnowledgeIncomplete, {"category": None, "sub_category": None}),
        (SubCategoryElsewhere, {"category": CaseCategory.FEE}),
    ],
)
def test_what_lacks_something_is_not_stored(
    busy: BusyWorld, refusal: type[BusinessError], given: dict[str, Any]
) -> None:
    with pytest.raises(refusal):
        added(busy, replace(LIFT, **given))
    number = added(busy)
    with pytest.raises(refusal):
        busy.world.act(SUPERVISOR, change_knowledge, ChangeKnowledge(number, 1, replace(LIFT, **given)))
    assert (entry(busy, number).title, entry(busy, number).version) == (LIFT.title, 1)


def test_a_change_is_kept_with_what_was_before_and_the_same_again_changes_nothing(busy: BusyWorld) -> None:
    number = added(busy)
    busy.world.later(hours=1)
    busy.world.act(MANAGER, change_knowledge, ChangeKnowledge(number, 1, replace(LIFT, answer="先安抚乘客")))
    row = entry(busy, number)
    assert (row.answer, row.version, row.changed_at, row.made_at) == ("先安抚乘客", 2, NOW + HOUR, NOW)
    noted = audited(busy)[-1]
    assert noted.action == "knowledge.changed"
    assert "title" not in noted.after
    busy.world.act(MANAGER, change_knowledge, ChangeKnowledge(number, 2, replace(LIFT, answer="先安抚乘客")))
    assert (entry(busy, number).version, len(audited(busy))) == (2, 2)


def test_a_stale_form_changes_nothing(busy: BusyWorld) -> None:
    number = added(busy)
    busy.world.act(SUPERVISOR, change_knowledge, ChangeKnowledge(number, 1, replace(LIFT, title="新标题")))
    with pytest.raises(EditConflict):
        busy.world.act(SUPERVISOR, change_knowledge, ChangeKnowledge(number, 1, replace(LIFT, title="旧表单")))
    with pytest.raises(EditConflict):
        busy.world.act(SUPERVISOR, move_knowledge, MoveKnowledge(number, 1, KnowledgeState.RETIRED))
    assert (entry(busy, number).title, entry(busy, number).state) == ("新标题", KnowledgeState.ACTIVE)


def test_a_retired_entry_is_kept_but_neither_offered_changed_nor_used(busy: BusyWorld) -> None:
    number = added(busy)
    retire(busy, number)
    assert titles(busy) == []
    assert titles(busy, shown=KnowledgeShown.RETIRED) == titles(busy, shown=KnowledgeShown.ALL) == ["电梯困人"]
    assert busy.world.ask(HANDLER, offered_knowledge, OfferedWanted(CaseCategory.FACILITY)) == ()
    with pytest.raises(KnowledgeNotOffered):
        busy.world.act(SUPERVISOR, change_knowledge, ChangeKnowledge(number, 2, LIFT))
    with pytest.raises(ForbiddenMove):
        retire(busy, number)
    case = a_case(busy, busy.world.people.service_handler)
    with pytest.raises(KnowledgeNotOffered):
        busy.world.act(SUPERVISOR, use_knowledge, UseKnowledge(busy.world.estate, case, number))
    retire(busy, number, KnowledgeState.ACTIVE)
    assert titles(busy) == ["电梯困人"]
    assert [one.action for one in audited(busy)] == ["knowledge.added", "knowledge.moved", "knowledge.moved"]


def test_each_use_for_a_case_counts_and_turns_no_form_stale(busy: BusyWorld) -> None:
    number = added(busy)
    handler = busy.world.people.service_handler
    case = a_case(busy, handler)
    for _ in range(2):
        busy.world.act(handler, use_knowledge, UseKnowledge(busy.world.estate, case, number))
    assert (entry(busy, number).uses, entry(busy, number).version) == (2, 1)
    noted = audited(busy, busy.world.estate)
    assert [(one.action, one.subject_type, one.subject_id) for one in noted] == [
        ("knowledge.used", "case", str(case))
    ] * 2
    busy.world.act(SUPERVISOR, change_knowledge, ChangeKnowledge(number, 1, replace(LIFT, title="新标题")))
    assert entry(busy, number).uses == 2


def test_an_entry_is_used_only_for_a_case_one_works_on(busy: BusyWorld) -> None:
    number, people = added(busy), busy.world.people
    case = a_case(busy, people.service_handler)
    for who, error in ((people.repair_handler, NotFound), (people.auditor, NotPermitted), (people.desk, NotPermitted)):
        with pytest.raises(error):
            busy.world.act(who, use_knowledge, UseKnowledge(busy.world.estate, case, number))
    with pytest.raises(NotFound):
        busy.world.act(people.service_handler, use_knowledge, UseKnowledge(busy.world.estate, case, 999))
    with pytest.raises(NotFound):
        busy.world.act(people.service_handler, use_knowledge, UseKnowledge(busy.world.lake.estate, case, number))
    assert entry(busy, number).uses == 0


def test_the_list_is_searched_filtered_and_paged(busy: BusyWorld) -> None:
    added(busy)
    added(busy, FACILITY)
    fee = KnowledgeRecord(
        category=CaseCategory.FEE, sub_category=SubCategory.BILL_ERROR, title="账单 100%_ 不对", answer="核对面积 Meter"
    )
    added(busy, fee)
    assert sorted(titles(busy)) == sorted([LIFT.title, FACILITY.title, fee.title])
    assert titles(busy, search="层间") == [LIFT.title]
    assert titles(busy, search="4 小时") == [FACILITY.title]
    assert titles(busy, search="0%_") == [fee.title]
    assert titles(busy, search="meter") == [fee.title]
    assert titles(busy, search="nothing of the kind") == []
    assert titles(busy, category=CaseCategory.FEE) == [fee.title]
    assert titles(busy, category=CaseCategory.FACILITY, sub_category=SubCategory.LIFT) == [LIFT.title]
    page = busy.world.ask(HANDLER, knowledge, KnowledgeWanted(slice=Slice(2, 2)))
    assert (page.total, len(page.rows)) == (3, 1)
    with pytest.raises(NotFound):
        entry(busy, 999)


def test_for_a_case_the_entries_of_its_sub_category_come_first_then_by_use(busy: BusyWorld) -> None:
    whole = added(busy, FACILITY)
    seldom, often = added(busy), added(busy, replace(LIFT, title="电梯异响"))
    added(busy, replace(LIFT, sub_category=SubCategory.WATER, title="停水"))
    handler = busy.world.people.service_handler
    case = a_case(busy, handler)
    for number, uses in ((often, 2), (whole, 5)):
        for _ in range(uses):
            busy.world.act(handler, use_knowledge, UseKnowledge(busy.world.estate, case, number))

    def offered(sub_category: SubCategory | None) -> list[int]:
        wanted = OfferedWanted(CaseCategory.FACILITY, sub_category)
        return [row.entry_id for row in busy.world.ask(HANDLER, offered_knowledge, wanted)]

    assert offered(SubCategory.LIFT) == [often, seldom, whole]
    assert offered(SubCategory.GAS) == [whole]
    assert offered(None)[0] == whole and len(offered(None)) == 4
    for place in range(6):
        added(busy, replace(FACILITY, title=f"更多 {place}"))
    assert len(offered(None)) == 5


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR, ADMINISTRATOR, PATROL])
def test_only_who_keeps_the_knowledge_writes_it(busy: BusyWorld, who: Any) -> None:
    number = added(busy)
    for act, command in (
        (add_knowledge, AddKnowledge(LIFT)),
        (change_knowledge, ChangeKnowledge(number, 1, LIFT)),
        (move_knowledge, MoveKnowledge(number, 1, KnowledgeState.RETIRED)),
    ):
        with pytest.raises(NotPermitted):
            busy.world.act(who, act, command)  # type: ignore[arg-type]


@pytest.mark.parametrize("who", [CASHIER, ACCOUNTANT, PATROL, ADMINISTRATOR])
def test_who_has_no_cases_does_not_read_it(busy: BusyWorld, who: Any) -> None:
    number = added(busy)
    for query, wanted in (
        (knowledge, KnowledgeWanted()),
        (knowledge_entry, KnowledgeEntryWanted(number)),
        (offered_knowledge, OfferedWanted(CaseCategory.FACILITY)),
    ):
        with pytest.raises(NotPermitted):
            busy.world.ask(who, query, wanted)  # type: ignore[arg-type]


def test_the_list_takes_two_statements(busy: BusyWorld) -> None:
    added(busy)
    with count_statements(busy.database) as seen:
        busy.world.ask(HANDLER, knowledge, KnowledgeWanted(search="电梯"))
    assert len(seen) == 2
