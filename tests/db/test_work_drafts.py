"""Drafts of a failure: their words and promises, given out or dropped, kept up to what is known (R-103, R-114)."""

from datetime import timedelta
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.complaints.states import CaseState
from core.kernel.drafts import DraftGaps, DraftSettled, DraftTextMissing, DraftTimePast
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, WorkOrderId
from core.kernel.lines import LineTooLong
from core.kernel.texts import ReasonMissing
from core.work_orders.follow_ups import NoticeBlock, NoticeNext
from core.work_orders.outcome_steps import WorkResult
from core.work_orders.states import WorkState
from db.engine import Database
from db.models import ServiceDraft
from db.operations.case_moves import EscalateCase, escalate_case
from db.operations.service_drafts import DropDraft, EditDraft, ReleaseDraft, drop_draft, edit_draft, release_draft
from db.repositories.service_drafts import facts_in, given_in, notice_facts, notice_in
from db.unit_of_work import EditConflict, NotFound
from tests.db.work_setup import WorkWorld, a_work_world

TEXT = "因1号楼水泵故障停水，正在抢修，预计上午恢复。\n请储水备用。"


@pytest.fixture
def work(database: Database) -> WorkWorld:
    return a_work_world(database)


@pytest.fixture
def order(work: WorkWorld) -> WorkOrderId:
    """A failure of the water, assigned to the repair handler."""
    return work.assigned(work.failure())


def the(work: WorkWorld, draft: int) -> Any:
    (row,) = work.world.rows(ServiceDraft, id=draft)
    return row


def change(work: WorkWorld, kind: type, draft: int, by: Actor | None = None, **given: Any) -> None:
    acts: dict[type, Any] = {EditDraft: edit_draft, ReleaseDraft: release_draft, DropDraft: drop_draft}
    values = {"estate_id": work.world.estate, "draft_id": draft, "version": the(work, draft).version} | given
    work.act(by or work.people.supervisor, acts[kind], kind(**values))


def notice_of(work: WorkWorld, order: WorkOrderId) -> int:
    number: int = work.drafts(order, "notice")[-1].id
    return number


def test_a_notice_is_written_and_given_out(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=f"  {TEXT}\n\n")
    work.later(minutes=5)
    change(work, ReleaseDraft, draft)
    row = the(work, draft)
    assert (row.text, row.state, row.settled_by, row.settled_at) == (
        TEXT,
        "released",
        work.people.supervisor.user_id,
        work.now,
    )
    step = work.steps(order)[-1]
    assert (step.action, step.facts) == ("draft_released", {"draft": draft, "kind": "notice"})
    entries = [entry for entry in work.audited() if entry.subject_type == "draft"]
    assert [entry.action for entry in entries] == ["drafts.edited", "drafts.released"]
    assert "停水" not in f"{entries[0].before}{entries[0].after}"


def test_what_stands_in_the_box_is_what_is_given_out(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    with pytest.raises(DraftTextMissing):
        change(work, ReleaseDraft, draft, text="  ")
    change(work, ReleaseDraft, draft, text=f"{TEXT}\n")
    assert (the(work, draft).text, the(work, draft).state) == (TEXT, "released")
    (entry,) = [entry for entry in work.audited() if entry.subject_type == "draft"]
    assert (entry.action, "停水" in f"{entry.before}{entry.after}") == ("drafts.released", False)
    assert entry.before != entry.after


def test_the_expected_time_is_the_limit_until_the_handler_gives_one(work: WorkWorld, order: WorkOrderId) -> None:
    draft, limit = notice_of(work, order), work.now + timedelta(hours=2)
    assert notice_in(facts_in(the(work, draft))).expected_by == limit
    promised = work.now + timedelta(hours=5)
    change(work, EditDraft, draft, by=work.people.repair_handler, expected_by=promised)
    assert notice_in(facts_in(the(work, draft))).expected_by == promised
    work.answer(order)
    told = notice_in(facts_in(the(work, draft)))
    assert (told.expected_by, told.state, told.next_step) == (promised, WorkState.UNDER_WAY, NoticeNext.REPAIR)
    with pytest.raises(DraftTimePast):
        change(work, EditDraft, draft, expected_by=work.now)


def test_a_promise_that_has_passed_is_given_anew_before_it_goes_out(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=TEXT)
    work.later(hours=2)
    with pytest.raises(DraftGaps):
        change(work, ReleaseDraft, draft)
    change(work, EditDraft, draft, expected_by=work.now + timedelta(hours=1))
    change(work, ReleaseDraft, draft)
    assert the(work, draft).text == TEXT


def test_a_place_in_public_words_is_given_by_a_person(work: WorkWorld) -> None:
    order = work.submit(work.failure(place="", unit=work.world.maple.units[0])).order_id
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=TEXT)
    with pytest.raises(DraftGaps):
        change(work, ReleaseDraft, draft)
    change(work, EditDraft, draft, place=" 1号楼\n全楼 ")
    facts = facts_in(the(work, draft))
    assert (given_in(facts).place, notice_in(facts).place, notice_in(facts).missing) == ("1号楼 全楼", "1号楼 全楼", ())
    change(work, EditDraft, draft, place="")
    assert notice_in(facts_in(the(work, draft))).missing == (NoticeBlock.OVERVIEW,)


def test_owners_who_were_told_of_the_failure_are_told_of_its_end(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=TEXT, place="1、2号楼")
    change(work, ReleaseDraft, draft)
    before = the(work, draft).facts
    work.later(hours=1)
    work.answer(order)
    assert len(work.drafts(order, "notice")) == 1
    work.carry_out(order)
    assert the(work, draft).facts == before
    told = work.notice(order)
    assert (len(work.drafts(order, "notice")), told["next_step"], told["place"]) == (2, "nothing", "1、2号楼")
    work.report_back(order)
    assert len(work.drafts(order, "notice")) == 2


def test_a_notice_nobody_wanted_is_not_made_again(work: WorkWorld, order: WorkOrderId) -> None:
    change(work, DropDraft, notice_of(work, order), reason="误报，未停水")
    work.later(hours=1)
    work.carry_out(order, result=WorkResult.DONE)
    assert [draft.state for draft in work.drafts(order, "notice")] == ["dropped"]


def test_a_failure_that_is_back_after_its_notice_has_another_one_but_one_event(work: WorkWorld, order: int) -> None:
    number = WorkOrderId(order)
    for draft in work.drafts(number):
        change(work, EditDraft, draft.id, text=TEXT)
        change(work, ReleaseDraft, draft.id)
    work.later(hours=1)
    work.carry_out(number)
    change(work, EditDraft, notice_of(work, number), text="已恢复供水")
    change(work, ReleaseDraft, notice_of(work, number))
    work.reopen(number)
    assert [(draft.kind, draft.state) for draft in work.drafts(number)] == [
        ("event", "released"),
        ("notice", "released"),
        ("notice", "released"),
        ("notice", "draft"),
    ]


def test_a_draft_is_dropped_with_a_reason_that_is_sealed(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    with pytest.raises(ReasonMissing):
        change(work, DropDraft, draft, reason="误报")
    change(work, DropDraft, draft, reason="王先生来电说已恢复")
    row = the(work, draft)
    assert (row.state, row.settled_by) == ("dropped", work.people.supervisor.user_id)
    assert work.steps(order)[-1].words == {"reason": "王先生来电说已恢复"}
    assert "王先生" not in str(work.audited()[-1])


@pytest.mark.parametrize(
    ("kind", "given"),
    [(EditDraft, {"text": "改后"}), (ReleaseDraft, {}), (DropDraft, {"reason": "不再需要"})],
)
def test_a_settled_draft_stays_as_it_is(work: WorkWorld, order: WorkOrderId, kind: type, given: dict[str, Any]) -> None:
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=TEXT)
    change(work, ReleaseDraft, draft)
    with pytest.raises(DraftSettled):
        change(work, kind, draft, **given)
    assert the(work, draft).text == TEXT


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"text": "水" * 4001}, LineTooLong),
        ({"place": "水" * 101}, LineTooLong),
    ],
)
def test_what_does_not_fit_is_refused(
    work: WorkWorld, order: WorkOrderId, given: dict[str, Any], error: type[BusinessError]
) -> None:
    with pytest.raises(error):
        change(work, EditDraft, notice_of(work, order), **given)


def test_nothing_goes_out_without_words(work: WorkWorld, order: WorkOrderId) -> None:
    with pytest.raises(DraftTextMissing):
        change(work, ReleaseDraft, notice_of(work, order))
    change(work, EditDraft, notice_of(work, order), text=" \u200b\n ")
    with pytest.raises(DraftTextMissing):
        change(work, ReleaseDraft, notice_of(work, order))


def test_the_handler_writes_and_who_assigns_gives_out(work: WorkWorld, order: WorkOrderId) -> None:
    draft, people = notice_of(work, order), work.people
    with pytest.raises(NotPermitted):
        change(work, EditDraft, draft, by=people.desk, text=TEXT)
    with pytest.raises(NotFound):
        change(work, EditDraft, draft, by=people.second_handler, text=TEXT)
    change(work, EditDraft, draft, by=people.repair_handler, text=TEXT)
    for who in (people.repair_handler, people.desk, people.auditor):
        with pytest.raises(NotPermitted):
            change(work, ReleaseDraft, draft, by=who)
        with pytest.raises(NotPermitted):
            change(work, DropDraft, draft, by=who, reason="不再需要")
    change(work, ReleaseDraft, draft, by=people.manager)


def test_who_only_took_the_failure_in_does_not_write_its_notice(work: WorkWorld) -> None:
    order = work.submit(work.failure(), by=work.people.second_handler).order_id
    with pytest.raises(NotPermitted):
        change(work, EditDraft, notice_of(work, order), by=work.people.second_handler, text=TEXT)


def test_a_stale_form_and_a_strange_number_change_nothing(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    stale = the(work, draft).version
    change(work, EditDraft, draft, text=TEXT)
    for kind, given in ((EditDraft, {"text": "另一版"}), (ReleaseDraft, {}), (DropDraft, {"reason": "不再需要"})):
        with pytest.raises(EditConflict):
            change(work, kind, draft, version=stale, **given)
    for estate, number in ((work.world.lake.estate, draft), (work.world.estate, 999_999)):
        with pytest.raises(NotFound):
            work.act(work.people.supervisor, release_draft, ReleaseDraft(EstateId(estate), number, 1))


def test_the_same_words_again_change_nothing(work: WorkWorld, order: WorkOrderId) -> None:
    draft = notice_of(work, order)
    change(work, EditDraft, draft, text=TEXT)
    version, count = the(work, draft).version, len(work.audited())
    change(work, EditDraft, draft, text=TEXT)
    assert (the(work, draft).version, len(work.audited())) == (version, count)


def test_the_event_of_an_escalated_case_is_written_and_given_out_too(work: WorkWorld) -> None:
    case = work.world.register()
    work.world.move_to(case, CaseState.CLASSIFIED)
    version = work.world.case(case).version
    command = EscalateCase(work.world.estate, case, version, "住户被困电梯内")
    draft = work.act(work.people.supervisor, escalate_case, command)
    with pytest.raises(NotPermitted):
        change(work, EditDraft, draft, by=work.people.desk, text="电梯困人")
    change(work, EditDraft, draft, text="电梯困人，已报警", place="不相干", expected_by=None)
    change(work, ReleaseDraft, draft)
    assert the(work, draft).state == "released"
    assert work.steps(case)[-1].action == "draft_released"


def test_the_facts_of_a_notice_are_read_back_as_they_were_written(work: WorkWorld, order: WorkOrderId) -> None:
    work.later(hours=1)
    work.carry_out(order, result=WorkResult.MAKESHIFT)
    facts = facts_in(work.drafts(order, "notice")[0])
    again = notice_facts(notice_in(facts), building="", given=given_in(facts))
    assert again == facts
