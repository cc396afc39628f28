"""R-001, R-007, R-011, R-196; T7 and T20 for estates."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from core.admin.codes import CodeList, CodeUnknown
from core.admin.permissions import NotPermitted, Permission
from core.customers.estate_record import EstateNameTaken, EstateRecord, EstateState
from core.customers.estates import EstateCodeTaken
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, EstateId
from core.kernel.lifecycle import ForbiddenMove
from db.engine import Database
from db.models import EstateHead
from db.operations.codes import RetireCode, retire_code
from db.operations.estates import (
    CreateEstate,
    EditEstate,
    EstateChange,
    RetireEstate,
    create_estate,
    edit_estate,
    retire_estate,
    store_estates,
)
from db.queries.estates import EstateSort, EstatesWanted, EstateWanted, estate_card, estate_options, estates
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, pairs, refused, someone_with
from tests.personas import MANAGER
from tests.statements import count_statements

FULL = EstateRecord(
    name="枫林苑",
    code="FL-01",
    address="中山路 9 号",
    district="武侯",
    estate_type="villa",
    structure="框架",
    floor_area=32_000_000,
    plot_area=1,
    household_count=1972,
    greening=4600,
    plot_ratio=390,
    reference_price=1_500_000,
    developer="甲公司",
    property_company="乙公司",
)


@pytest.fixture(autouse=True)
def code_lists(database: Database) -> None:
    builders.with_code_lists(database)


def card(database: Database, estate: EstateId) -> Any:
    return builders.ask(database, estate_card, EstateWanted(estate))


def test_a_new_estate_keeps_every_value_has_a_head_and_stands_in_its_own_chain(database: Database) -> None:
    number = builders.act(database, create_estate, CreateEstate(FULL), by=MANAGER)
    shown = card(database, number)
    assert (shown.record, shown.version, shown.state) == (FULL, 1, EstateState.ACTIVE)
    with database.reading() as connection:
        heads = select(EstateHead.estate_id, EstateHead.audit_count).where(EstateHead.estate_id != COMPANY)
        assert [tuple(row) for row in connection.execute(heads)] == [(number, 1)]
    (entry,) = entries(database, "estates.create")
    assert (entry.chain, entry.seq, entry.actor_id, entry.subject_id) == (number, 1, MANAGER.user_id, str(number))
    assert json.loads(entry.after)["name"] == "枫林苑"


def test_estates_without_a_code_get_the_next_free_one(database: Database) -> None:
    builders.estate(database, "a")
    builders.estate(database, "b", code="E0007")
    builders.estate(database, "c")
    shown = builders.ask(database, estate_options, None)
    assert [(option.name, option.code) for option in shown] == [("a", "E0001"), ("b", "E0007"), ("c", "E0008")]


def test_a_code_or_a_name_and_address_belongs_to_one_estate(database: Database) -> None:
    builders.act(database, create_estate, CreateEstate(FULL))
    with refused(database, EstateCodeTaken, estate_code="FL-01"):
        builders.estate(database, "other", code="fl-01")
    with refused(database, EstateNameTaken, name="枫 林苑"):
        builders.estate(database, "枫 林苑", address="中山路9号")
    other = builders.estate(database, "枫林苑", address="中山路 10 号")
    same = replace(FULL, code="")
    with refused(database, EstateNameTaken):
        builders.act(database, edit_estate, EditEstate(other, 1, same))
    with refused(database, EstateCodeTaken):
        builders.act(database, edit_estate, EditEstate(other, 1, replace(FULL, name="x")))


def test_an_unknown_type_is_refused_and_a_retired_one_is_kept(database: Database) -> None:
    with refused(database, CodeUnknown, value="castle"):
        builders.estate(database, estate_type="castle")
    number = builders.estate(database, estate_type="villa")
    builders.act(database, retire_code, RetireCode(CodeList.ESTATE_TYPE, "villa", 1))
    with refused(database, CodeUnknown):
        builders.estate(database, "second", estate_type="villa")
    builders.act(database, edit_estate, EditEstate(number, 1, EstateRecord(name="new", estate_type="villa")))
    assert card(database, number).record == EstateRecord(name="new", code="E0001", estate_type="villa")


def test_an_edit_notes_only_what_changed_and_the_same_again_changes_nothing(database: Database) -> None:
    number = builders.act(database, create_estate, CreateEstate(FULL))
    builders.act(database, edit_estate, EditEstate(number, 1, replace(FULL, code="", household_count=2000)))
    (entry,) = entries(database, "estates.edit")
    assert (json.loads(entry.before), json.loads(entry.after)) == ({"household_count": 1972}, {"household_count": 2000})
    builders.act(database, edit_estate, EditEstate(number, 2, replace(FULL, household_count=2000)))
    assert card(database, number).version == 2
    assert len(entries(database, "estates.edit")) == 1


def test_the_second_of_two_editors_is_refused(database: Database) -> None:
    number = builders.act(database, create_estate, CreateEstate(FULL))
    builders.act(database, edit_estate, EditEstate(number, 1, replace(FULL, district="a")))
    with refused(database, EditConflict):
        builders.act(database, edit_estate, EditEstate(number, 1, replace(FULL, district="b")))
    with refused(database, EditConflict):
        builders.act(database, retire_estate, RetireEstate(number, 1))
    assert card(database, number).record.district == "a"


def test_an_estate_is_retired_once_and_still_found(database: Database) -> None:
    number = builders.estate(database)
    builders.act(database, retire_estate, RetireEstate(number, 1))
    assert builders.ask(database, estates, EstatesWanted()).total == 0
    assert builders.ask(database, estates, EstatesWanted(state=None)).total == 1
    assert card(database, number).state is EstateState.RETIRED
    with refused(database, ForbiddenMove):
        builders.act(database, retire_estate, RetireEstate(number, 2))


def test_only_people_with_the_right_change_estates(database: Database) -> None:
    number = builders.estate(database)
    check_rights(database, create_estate, CreateEstate(FULL), Permission.ESTATES_EDIT)
    check_rights(database, edit_estate, EditEstate(number, 1, FULL), Permission.ESTATES_EDIT)
    check_rights(database, retire_estate, RetireEstate(number, 1), Permission.ESTATES_EDIT)
    check_reading_rights(database, estates, EstatesWanted(), Permission.ESTATES_VIEW)
    check_reading_rights(database, estate_card, EstateWanted(number), Permission.ESTATES_VIEW)
    check_reading_rights(database, estate_options, None, Permission.ESTATES_VIEW)


def test_nothing_of_another_estate_is_seen_or_changed(database: Database) -> None:
    mine, other = builders.estate(database, "mine"), builders.estate(database, "other")
    limited = someone_with(Permission.ESTATES_EDIT, mine)
    for act, command in pairs(
        (edit_estate, EditEstate(other, 1, FULL)),
        (retire_estate, RetireEstate(other, 1)),
        (create_estate, CreateEstate(FULL)),
    ):
        with refused(database, NotPermitted):
            builders.act(database, act, command, by=limited)
    with pytest.raises(NotPermitted):
        builders.ask(database, estate_card, EstateWanted(other), by=limited)
    assert [row.id for row in builders.ask(database, estates, EstatesWanted(), by=limited).rows] == [mine]
    assert builders.ask(database, estates, EstatesWanted(search="other"), by=limited).total == 0
    assert [option.id for option in builders.ask(database, estate_options, None, by=limited)] == [mine]
    builders.act(database, edit_estate, EditEstate(mine, 1, FULL), by=limited)


def test_an_estate_that_is_not_there_is_not_found(database: Database) -> None:
    with refused(database, NotFound):
        builders.act(database, edit_estate, EditEstate(EstateId(99), 1, FULL))
    with pytest.raises(NotFound):
        card(database, EstateId(99))


LISTED = (
    ("Maple 100%", {"code": "AA", "district": "North", "household_count": 10}),
    ("maple_court", {"code": "BB", "district": "South", "estate_type": "office", "household_count": 2}),
    ("Oak\\Hill", {"code": "CC", "address": "7 Main Street"}),
)


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (EstatesWanted(), "AA BB CC"),
        (EstatesWanted(search="MAPLE"), "AA BB"),
        (EstatesWanted(search="%"), "AA"),
        (EstatesWanted(search="_"), "BB"),
        (EstatesWanted(search="\\"), "CC"),
        (EstatesWanted(search="' OR 1=1 --"), ""),
        (EstatesWanted(search="x" * 5000 + "\x00"), ""),
        (EstatesWanted(search="  main\tstreet "), "CC"),
        (EstatesWanted(search="south"), "BB"),
        (EstatesWanted(estate_type="office"), "BB"),
        (EstatesWanted(estate_type="x" * 500), ""),
        (EstatesWanted(sort=EstateSort.NAME, descending=True), "CC BB AA"),
        (EstatesWanted(sort=EstateSort.HOUSEHOLDS), "CC BB AA"),
        (EstatesWanted(sort=EstateSort.DISTRICT, descending=True), "BB AA CC"),
        (EstatesWanted(slice=Slice(page=2, size=2)), "CC"),
        (EstatesWanted(slice=Slice(page=9, size=2)), ""),
    ],
)
def test_the_list_is_searched_as_text_sorted_and_paged_with_the_true_count(
    database: Database, wanted: EstatesWanted, codes: str
) -> None:
    for name, values in LISTED:
        builders.estate(database, name, **values)
    page = builders.ask(database, estates, wanted)
    assert " ".join(row.code for row in page.rows) == codes
    assert page.total == (3 if wanted.slice.size == 2 else len(page.rows))


def test_the_list_counts_buildings_and_units_in_two_statements(database: Database) -> None:
    builders.estate(database, "empty")
    number, _ = builders.small_estate(database, "full", ("101", "102"))
    builders.building(database, number, "2")
    with count_statements(database) as sent:
        page = builders.ask(database, estates, EstatesWanted())
    assert [(row.name, row.buildings, row.units) for row in page.rows] == [("empty", 0, 0), ("full", 2, 2)]
    assert len(sent) == 2
    with count_statements(database) as sent:
        assert card(database, number).units == 2
        builders.ask(database, estate_options, None)
    assert len(sent) == 2


@operation(Permission.IMPORTS_REFERENCE)
def store_many(work: UnitOfWork, command: tuple[Any, Any]) -> Any:
    return store_estates(work, *command)


def test_many_estates_are_stored_with_a_few_statements(database: Database) -> None:
    old = builders.estate(database, "old", code="E0004")
    new = [EstateRecord(name=f"n{number}", code="" if number else "X-1") for number in range(1500)]
    change = EstateChange(old, 1, EstateRecord(name="older", district="d"))
    with count_statements(database) as sent:
        numbers = builders.act(database, store_many, (new, [change]))
    assert len(sent) < 30
    assert len(set(numbers)) == 1500
    assert card(database, old).record == EstateRecord(name="older", code="E0004", district="d")
    assert card(database, old).version == 2
    assert card(database, numbers[0]).record.code == "X-1"
    assert [card(database, numbers[n]).record.code for n in (1, 1499)] == ["E0005", "E1503"]
    with database.reading() as connection:
        assert len(connection.execute(select(EstateHead)).all()) == 1502


@pytest.mark.parametrize(
    ("new", "change", "error"),
    [
        ((EstateRecord(name="b"), EstateRecord(name=" B ")), (), EstateNameTaken),
        ((EstateRecord(name="b", code="X"), EstateRecord(name="c", code="X")), (), EstateCodeTaken),
        ((EstateRecord(name="Old"),), (), EstateNameTaken),
        ((EstateRecord(name="b", code="E0001"),), (), EstateCodeTaken),
        ((), (EstateChange(EstateId(1), 7, EstateRecord(name="b")),), EditConflict),
        ((), (EstateChange(EstateId(77), 1, EstateRecord(name="b")),), NotFound),
    ],
)
def test_one_bad_estate_keeps_the_whole_batch_out(database: Database, new: Any, change: Any, error: Any) -> None:
    assert builders.estate(database, "old") == 1
    with refused(database, error):
        builders.act(database, store_many, ((EstateRecord(name="good"), *new), change))


def test_a_person_of_some_estates_stores_changes_of_those_only(database: Database) -> None:
    mine, other = builders.estate(database, "mine"), builders.estate(database, "other")
    limited = someone_with(Permission.IMPORTS_REFERENCE, mine)
    with refused(database, NotPermitted):
        builders.act(database, store_many, ([EstateRecord(name="new")], []), by=limited)
    with refused(database, NotFound):
        builders.act(database, store_many, ([], [EstateChange(other, 1, EstateRecord(name="x"))]), by=limited)
    builders.act(database, store_many, ([], [EstateChange(mine, 1, EstateRecord(name="x"))]), by=limited)
    assert card(database, mine).record.name == "x"


def test_estates_made_at_once_get_different_codes(database: Database) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: builders.estate(database, f"estate {number}"), range(6)))
    options = builders.ask(database, estate_options, None)
    assert [option.code for option in options] == [f"E{number:04d}" for number in range(1, 7)]


def test_of_two_estates_renamed_alike_at_once_one_is_told(database: Database) -> None:
    both = [builders.estate(database, name) for name in ("a", "b")]

    def rename(number: EstateId) -> bool:
        try:
            builders.act(database, edit_estate, EditEstate(number, 1, EstateRecord(name="same")))
        except EstateNameTaken:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(rename, both)) == [False, True]
