"""R-003, R-004, R-011, R-195, R-196; security.md §5, T7 and T20 for customers."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import LargeBinary, select, update

from core.admin.permissions import NotPermitted, Permission
from core.customers.customer_record import CustomerRecord, CustomerTwice, CustomerUnit
from core.customers.masking import NameMasked, NameRefused, PhoneMasked, PhoneRefused
from core.customers.profiles import (
    CareFlag,
    OccupancyEndsBeforeStart,
    OccupancyTwice,
    Relation,
    customer_details,
)
from core.customers.reveals import ContactField, NothingToReveal, RevealReasonTooShort, TooManyReveals
from core.customers.unit_record import UnitRetired
from core.kernel.errors import BusinessError
from core.kernel.filters import Slice
from core.kernel.identity import COMPANY, CustomerId, EstateId, UnitId
from db.engine import Database
from db.models import Base, Customer
from db.operations.customers import (
    AddCustomer,
    CustomerChange,
    EditCustomer,
    EndOccupancy,
    LinkOccupancy,
    NoteContactSearch,
    RevealContact,
    SetCareFlags,
    add_customer,
    edit_customer,
    end_occupancy,
    link_occupancy,
    note_contact_search,
    reveal_contact,
    set_care_flags,
    store_customers,
    store_occupancies,
)
from db.operations.units import RetireUnit, retire_unit
from db.queries.customers import CustomersWanted, CustomerWanted, customer_card, customers
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, pairs, refused, someone_with
from tests.personas import CASHIER, FRONT_DESK, MANAGER
from tests.statements import count_statements

NAME, PHONE = "诸葛小明", "13912345678"
START = date(2024, 5, 1)


@pytest.fixture(autouse=True)
def code_lists(database: Database) -> None:
    builders.with_code_lists(database)


@pytest.fixture
def place(database: Database) -> EstateId:
    return builders.estate(database)


@pytest.fixture
def flat(database: Database, place: EstateId) -> UnitId:
    return builders.unit(database, place, builders.building(database, place, "3"), "1202")


def card(database: Database, estate: EstateId, customer: CustomerId, **by: Any) -> Any:
    return builders.ask(database, customer_card, CustomerWanted(estate, customer), **by)


def found(database: Database, **wanted: Any) -> tuple[CustomerId, ...]:
    page = builders.ask(database, customers, CustomersWanted(**wanted))
    assert page.total == len(page.rows)
    return tuple(row.id for row in page.rows)


def open_phone(database: Database, estate: EstateId, customer: CustomerId) -> str:
    return builders.act(database, reveal_contact, RevealContact(estate, customer, ContactField.PHONE, "test of value"))


def test_a_new_customer_is_shown_masked_with_the_unit(database: Database, place: EstateId, flat: UnitId) -> None:
    held = CustomerUnit(flat, Relation.OWNER, START)
    command = AddCustomer(place, NAME, "139-1234-5678", " rings\ttwice ", (CareFlag.LOW_INCOME, CareFlag.ELDERLY), held)
    number = builders.act(database, add_customer, command, by=FRONT_DESK)
    shown = card(database, place, number, by=CASHIER)
    assert (shown.name, shown.phone, shown.has_phone, shown.note) == ("诸葛**", "139****5678", True, "rings twice")
    assert (shown.care, shown.version) == ((CareFlag.ELDERLY, CareFlag.LOW_INCOME), 1)
    (unit,) = shown.units
    assert (unit.code, unit.relation, unit.start, unit.end, unit.is_current) == (
        "3-1202",
        Relation.OWNER,
        START,
        None,
        True,
    )
    (row,) = builders.ask(database, customers, CustomersWanted(), by=CASHIER).rows
    assert (row.name, row.phone, row.units, row.estate_name) == (shown.name, shown.phone, shown.units, "Maple Court")


def test_no_byte_of_a_name_or_number_stands_in_the_database(database: Database, place: EstateId, flat: UnitId) -> None:
    number = builders.customer(database, place, NAME, PHONE, of=flat)
    builders.act(database, edit_customer, EditCustomer(place, number, 1, name="诸葛大明", note="诸葛 rang"))
    builders.act(database, edit_customer, EditCustomer(place, number, 2, note="", phone="13887654321"))
    builders.act(database, note_contact_search, NoteContactSearch(PHONE))
    assert open_phone(database, place, number) == "13887654321"
    stored = b""
    with database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                stored += b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row) + b"\n"
    assert b"Maple Court" in stored
    for text in (NAME, "诸葛", "大明", PHONE, PHONE[-8:], "13887654321", "87654321"):
        assert text.encode() not in stored
        assert json.dumps(text)[1:-1].encode() not in stored


def test_equal_values_look_different_and_a_moved_one_does_not_open(database: Database, place: EstateId) -> None:
    one = builders.customer(database, place, NAME, PHONE)
    two = builders.act(database, add_customer, AddCustomer(place, NAME, PHONE, is_another_person=True))
    with database.writing() as connection, connection.begin():
        rows = connection.execute(select(Customer.phone_sealed, Customer.phone_index).order_by(Customer.id)).all()
        assert rows[0][0] != rows[1][0]
        assert rows[0][1] == rows[1][1]
        moved = update(Customer).where(Customer.id == two).values(phone_sealed=rows[0][0])
        connection.execute(moved)
    assert open_phone(database, place, one) == PHONE
    with pytest.raises(InvalidTag):
        card(database, place, two)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": "诸葛**"}, NameMasked),
        ({"name": "王＊明"}, NameMasked),
        ({"name": " "}, NameRefused),
        ({"phone": "139****5678"}, PhoneMasked),
        ({"phone": "12"}, PhoneRefused),
    ],
)
def test_a_masked_or_bad_value_is_refused(
    database: Database, place: EstateId, values: dict[str, Any], error: type[BusinessError]
) -> None:
    number = builders.customer(database, place, NAME, PHONE)
    with refused(database, error):
        builders.act(database, add_customer, AddCustomer(place, **{"name": "x y", **values}))
    with refused(database, error):
        builders.act(database, edit_customer, EditCustomer(place, number, 1, **values))


def test_two_clicks_add_one_customer_and_another_person_is_said_so(database: Database, place: EstateId) -> None:
    first = builders.customer(database, place, NAME, PHONE)
    with refused(database, CustomerTwice):
        builders.customer(database, place, " 诸葛 小明", "+86 139 1234 5678")
    second = builders.customer(database, place, NAME, "")
    with refused(database, CustomerTwice):
        builders.customer(database, place, NAME, "")
    with refused(database, CustomerTwice):
        builders.act(database, edit_customer, EditCustomer(place, second, 1, phone=PHONE))
    third = builders.act(database, add_customer, AddCustomer(place, NAME, PHONE, is_another_person=True))
    assert found(database, search=NAME) == (third, second, first)


def test_an_edit_keeps_what_it_does_not_name_and_notes_tokens(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place, NAME, PHONE, care=(CareFlag.ELDERLY,))
    builders.act(database, edit_customer, EditCustomer(place, number, 1, phone="13887654321"))
    shown = card(database, place, number)
    assert (shown.name, shown.phone, shown.care, shown.version) == ("诸葛**", "138****4321", (CareFlag.ELDERLY,), 2)
    (entry,) = entries(database, "customers.edit")
    before, after = json.loads(entry.before), json.loads(entry.after)
    assert before.keys() == after.keys() == {"phone"}
    assert before != after
    assert after["phone"] == database.keys.token("13887654321")
    builders.act(database, edit_customer, EditCustomer(place, number, 2, phone="138 8765 4321"))
    assert len(entries(database, "customers.edit")) == 1
    builders.act(database, edit_customer, EditCustomer(place, number, card(database, place, number).version, phone=""))
    assert card(database, place, number).has_phone is False
    assert found(database, search="13887654321") == found(database, search="4321") == ()


def test_the_second_of_two_editors_is_refused(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place)
    builders.act(database, set_care_flags, SetCareFlags(place, number, 1, (CareFlag.ELDERLY,)))
    with refused(database, EditConflict):
        builders.act(database, set_care_flags, SetCareFlags(place, number, 1, ()))
    with refused(database, EditConflict):
        builders.act(database, edit_customer, EditCustomer(place, number, 1, note="x"))
    assert card(database, place, number).care == (CareFlag.ELDERLY,)


def test_care_flags_are_set_as_a_whole_once(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place)
    both = (CareFlag.NEWLY_MOVED_IN, CareFlag.ELDERLY)
    builders.act(database, set_care_flags, SetCareFlags(place, number, 1, both))
    builders.act(database, set_care_flags, SetCareFlags(place, number, 2, both))
    assert (card(database, place, number).care, card(database, place, number).version) == (both[::-1], 2)
    builders.act(database, set_care_flags, SetCareFlags(place, number, 2, ()))
    assert card(database, place, number).care == ()
    first, second = entries(database, "customers.care")
    assert json.loads(first.after) == json.loads(second.before) == {"care": ["elderly", "newly_moved_in"]}


def test_a_relation_is_linked_once_at_a_time_and_ended(database: Database, place: EstateId, flat: UnitId) -> None:
    number = builders.customer(database, place)
    link = LinkOccupancy(place, number, flat, Relation.TENANT, START)
    held = builders.act(database, link_occupancy, link)
    with refused(database, OccupancyTwice):
        builders.act(database, link_occupancy, link)
    builders.act(database, link_occupancy, LinkOccupancy(place, number, flat, Relation.OWNER, START))
    with refused(database, OccupancyEndsBeforeStart):
        builders.act(database, end_occupancy, EndOccupancy(place, held, 1, START))
    builders.act(database, end_occupancy, EndOccupancy(place, held, 1, date(2026, 11, 21)))
    with refused(database, EditConflict):
        builders.act(database, end_occupancy, EndOccupancy(place, held, 1, date(2027, 1, 1)))
    again = LinkOccupancy(place, number, flat, Relation.TENANT, date(2026, 11, 21))
    builders.act(database, link_occupancy, again)
    with refused(database, OccupancyTwice):
        builders.act(database, end_occupancy, EndOccupancy(place, held, 2, date(2026, 11, 22)))
    units = card(database, place, number).units
    assert [(u.relation, u.is_current, u.end) for u in units] == [
        (Relation.OWNER, True, None),
        (Relation.TENANT, True, None),
        (Relation.TENANT, False, date(2026, 11, 21)),
    ]


def test_a_relation_needs_a_unit_in_use_of_the_same_estate(database: Database, place: EstateId, flat: UnitId) -> None:
    number = builders.customer(database, place)
    _, units = builders.small_estate(database, "other")
    for unit in (units[-1], UnitId(9_999)):
        with refused(database, NotFound):
            builders.act(database, link_occupancy, LinkOccupancy(place, number, unit, Relation.OWNER, START))
        with refused(database, NotFound):
            builders.customer(database, place, "new", of=unit)
    builders.act(database, retire_unit, RetireUnit(place, flat, 1))
    with refused(database, UnitRetired):
        builders.act(database, link_occupancy, LinkOccupancy(place, number, flat, Relation.OWNER, START))


def test_only_people_with_the_right_touch_customers(database: Database, place: EstateId, flat: UnitId) -> None:
    number = builders.customer(database, place, of=flat)
    held = card(database, place, number).units[0].occupancy_id
    edit = Permission.CUSTOMERS_EDIT
    check_rights(database, add_customer, AddCustomer(place, "x y"), edit)
    check_rights(database, edit_customer, EditCustomer(place, number, 1, note="x"), edit)
    check_rights(database, set_care_flags, SetCareFlags(place, number, 1, (CareFlag.ELDERLY,)), edit)
    check_rights(database, link_occupancy, LinkOccupancy(place, number, flat, Relation.TENANT, START), edit)
    check_rights(database, end_occupancy, EndOccupancy(place, held, 1, date(2026, 1, 1)), edit)
    reveal = RevealContact(place, number, ContactField.PHONE, "call back")
    check_rights(database, reveal_contact, reveal, Permission.CUSTOMERS_REVEAL)
    check_rights(database, note_contact_search, NoteContactSearch("x"), Permission.CUSTOMERS_VIEW)
    check_reading_rights(database, customers, CustomersWanted(), Permission.CUSTOMERS_VIEW)
    check_reading_rights(database, customer_card, CustomerWanted(place, number), Permission.CUSTOMERS_VIEW)


def test_nothing_of_another_estate_is_seen_or_changed(database: Database, place: EstateId) -> None:
    other, (flat, *_) = builders.small_estate(database, "other", rooms=["77"])
    (hers,) = found(database)
    held = card(database, other, hers).units[0].occupancy_id
    mine = builders.customer(database, place, NAME, PHONE)
    limited = someone_with(Permission.CUSTOMERS_EDIT, place)
    for estate, error in ((other, NotPermitted), (place, NotFound)):
        stranger = hers if estate == other else CustomerId(hers + 1_000)
        for act, command in pairs(
            (edit_customer, EditCustomer(estate, stranger, 1, note="x")),
            (set_care_flags, SetCareFlags(estate, stranger, 1, (CareFlag.ELDERLY,))),
            (link_occupancy, LinkOccupancy(estate, stranger, flat, Relation.TENANT, START)),
            (end_occupancy, EndOccupancy(estate, held + (1_000 if estate == place else 0), 1, START)),
            (reveal_contact, RevealContact(estate, stranger, ContactField.NAME, "call back")),
        ):
            with refused(database, error):
                builders.act(database, act, command, by=limited)
        with pytest.raises(error):
            card(database, estate, stranger, by=limited)
    with refused(database, NotPermitted):
        builders.act(database, add_customer, AddCustomer(other, "x y"), by=limited)
    with pytest.raises(NotPermitted):
        builders.ask(database, customers, CustomersWanted(estate_id=other), by=limited)
    assert [row.id for row in builders.ask(database, customers, CustomersWanted(), by=limited).rows] == [mine]
    for search in ("张三一", "77"):
        assert builders.ask(database, customers, CustomersWanted(search=search)).total == 1
        assert builders.ask(database, customers, CustomersWanted(search=search), by=limited).total == 0


def test_customers_are_found_by_whole_name_number_tail_and_room(
    database: Database, place: EstateId, flat: UnitId
) -> None:
    other = builders.unit(database, place, builders.building(database, place, "4"), "1")
    owner = builders.customer(database, place, NAME, PHONE, of=flat, care=(CareFlag.ELDERLY,))
    tenant = builders.customer(database, place, "O'Brien", "0371-66665678", of=other, relation=Relation.TENANT)
    guest = builders.customer(
        database, place, "访客%", "", of=other, relation=Relation.VISITOR, since=date(2026, 12, 1)
    )
    assert found(database) == (guest, tenant, owner)
    for search, expected in {
        "诸葛小明": (owner,),
        " 诸葛\u3000小明\u200b": (owner,),
        "诸葛": (),
        "13912345678": (owner,),
        "+86 139-1234-5678": (owner,),
        "1391234567": (),
        "5678": (tenant, owner),
        "o'brien": (tenant,),
        "o'brien' OR '1'='1": (),
        "%": (),
        "访客％": (guest,),
        "1202": (owner,),
        "3-1202": (owner,),
        "4-": (guest, tenant),
        "037166665678": (tenant,),
        "x" * 3000: (),
        "\x00": (guest, tenant, owner),
    }.items():
        assert found(database, search=search) == expected, search
    assert found(database, care=CareFlag.ELDERLY) == (owner,)
    assert found(database, relation=Relation.TENANT) == (tenant,)
    assert found(database, relation=Relation.VISITOR) == ()
    assert found(database, relation=Relation.OWNER, care=CareFlag.LOW_INCOME) == ()
    page = builders.ask(database, customers, CustomersWanted(slice=Slice(2, 2)))
    assert ([row.id for row in page.rows], page.total) == ([owner], 3)


def test_a_reveal_gives_the_value_and_notes_a_token_and_the_reason(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place, NAME, PHONE)
    for field, value in ((ContactField.PHONE, PHONE), (ContactField.NAME, NAME)):
        command = RevealContact(place, number, field, " leaking  pipe ")
        assert builders.act(database, reveal_contact, command, by=FRONT_DESK) == value
    phone, _ = entries(database, "customers.reveal")
    assert (phone.chain, phone.actor_id, phone.subject_id) == (place, FRONT_DESK.user_id, str(number))
    assert (phone.reason, json.loads(phone.after)) == (
        "leaking pipe",
        {"field": "phone", "value": database.keys.token(PHONE)},
    )


def test_a_reveal_needs_a_reason_and_a_value(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place, NAME, "")
    with refused(database, RevealReasonTooShort):
        builders.act(database, reveal_contact, RevealContact(place, number, ContactField.NAME, "abc"))
    with refused(database, NothingToReveal, field=ContactField.PHONE):
        builders.act(database, reveal_contact, RevealContact(place, number, ContactField.PHONE, "call back"))


@operation(Permission.CUSTOMERS_EDIT)
def store_many(work: UnitOfWork, command: tuple[EstateId, Any, Any]) -> Any:
    return store_customers(work, *command)


@operation(Permission.CUSTOMERS_EDIT)
def link_many(work: UnitOfWork, command: tuple[EstateId, Any]) -> Any:
    return store_occupancies(work, *command)


def many(count: int, **values: Any) -> list[CustomerRecord]:
    return [CustomerRecord(customer_details(name=f"客户{n}", phone=f"139{n:08d}"), **values) for n in range(count)]


def test_what_a_person_opens_in_thirty_days_is_counted_over_all_estates(database: Database, place: EstateId) -> None:
    other = builders.estate(database, "other")
    first = builders.act(database, store_many, (place, many(200), []))
    last = builders.act(database, store_many, (other, many(51), []))
    everybody = [(place, number) for number in first] + [(other, number) for number in last]

    def reveal(index: int, **by: Any) -> None:
        command = RevealContact(*everybody[index], ContactField.PHONE, "call back")
        builders.act(database, reveal_contact, command, **{"by": CASHIER, **by})

    for index in range(24):
        reveal(index)
        reveal(0)  # the same customer again counts once
    assert entries(database, "customers.reveal.alarm") == []
    reveal(24)
    (alarm,) = entries(database, "customers.reveal.alarm")
    assert (alarm.chain, alarm.subject_id, json.loads(alarm.after)) == (
        COMPANY,
        str(CASHIER.user_id),
        {"level": 25, "customers": 25},
    )
    for index in range(25, 249):
        reveal(index)
    alarms = entries(database, "customers.reveal.alarm")
    assert [json.loads(entry.after)["level"] for entry in alarms] == [25, 250]
    with refused(database, TooManyReveals, most=249):
        reveal(249)
    reveal(3)
    reveal(249, by=MANAGER)
    reveal(249, now=builders.NOW + timedelta(days=30))


def test_a_search_by_contact_is_noted_as_a_token(database: Database, place: EstateId) -> None:
    for text, normal in (("139 1234 5678", PHONE), (" 诸葛小明 ", NAME)):
        builders.act(database, note_contact_search, NoteContactSearch(text), by=FRONT_DESK)
        entry = entries(database, "customers.search")[-1]
        assert (entry.chain, json.loads(entry.after)) == (COMPANY, {"value": database.keys.token(normal)})


def test_lists_and_cards_need_at_most_three_statements(database: Database) -> None:
    place, _ = builders.small_estate(database, rooms=[str(room) for room in range(101, 109)])
    wanted = CustomersWanted(place, relation=Relation.OWNER, search="1")
    with count_statements(database) as sent:
        page = builders.ask(database, customers, wanted)
    assert (len(page.rows), len(sent)) == (8, 3)
    with count_statements(database) as sent:
        card(database, place, page.rows[0].id)
    assert len(sent) == 2


def test_many_customers_are_stored_with_a_few_statements(database: Database, place: EstateId, flat: UnitId) -> None:
    old = builders.customer(database, place, NAME, PHONE, care=(CareFlag.ELDERLY,))
    new = many(1200, note="n", units=(CustomerUnit(flat, Relation.TENANT, None, date(2030, 1, 1)),))
    change = CustomerChange(old, 1, customer_details(name="新名", care=[CareFlag.LOW_INCOME]))
    with count_statements(database) as sent:
        numbers = builders.act(database, store_many, (place, new, [change]))
    assert len(sent) < 25
    assert len(set(numbers)) == 1200
    shown = card(database, place, old)
    assert (shown.name, shown.has_phone, shown.care, shown.version) == ("新*", False, (CareFlag.LOW_INCOME,), 2)
    (held,) = card(database, place, numbers[7]).units
    assert (held.start, held.end, held.is_current) == (None, date(2030, 1, 1), True)
    assert found(database, search="13900000007") == (numbers[7],)
    linked = builders.act(database, link_many, (place, [(old, CustomerUnit(flat, Relation.OWNER, START))]))
    assert [unit.occupancy_id for unit in card(database, place, old).units] == list(linked)
    assert list(builders.act(database, link_many, (place, []))) == []


def test_one_bad_customer_keeps_the_whole_batch_out(database: Database, place: EstateId) -> None:
    old = builders.customer(database, place)
    other, (stranger, *_) = builders.small_estate(database, "other", rooms=["77", "78", "79", "80"])
    details = customer_details(name="新名")
    for new, changes, error in (
        (many(1, units=(CustomerUnit(UnitId(9_999), Relation.OWNER),)), [], NotFound),
        ([], [CustomerChange(old, 2, details)], EditConflict),
        ([], [CustomerChange(CustomerId(9_999), 1, details)], NotFound),
    ):
        with refused(database, error):
            builders.act(database, store_many, (place, many(2) + new, changes))
    limited = someone_with(Permission.CUSTOMERS_EDIT, place)
    with refused(database, NotFound):
        builders.act(database, store_many, (other, many(1), []), by=limited)
    with refused(database, NotFound):
        builders.act(database, link_many, (other, [(old, CustomerUnit(stranger, Relation.OWNER))]), by=limited)
    with refused(database, NotFound):
        builders.act(database, link_many, (other, [(CustomerId(9_999), CustomerUnit(stranger, Relation.OWNER))]))
    with refused(database, NotFound):
        builders.act(database, link_many, (place, [(old, CustomerUnit(UnitId(9_999), Relation.OWNER))]))


def test_sealed_columns_are_bytes_and_indexes_do_not_repeat_across_fields(database: Database, place: EstateId) -> None:
    builders.customer(database, place, "甲", "13900005678")
    with database.reading() as connection:
        row = connection.execute(select(Customer)).one()
    assert len({row.name_index, row.phone_index, row.phone_tail_index}) == 3
    assert all(len(index) == 32 for index in (row.name_index, row.phone_index, row.phone_tail_index))
    assert all(isinstance(Customer.__table__.c[name].type, LargeBinary) for name in ("name_sealed", "phone_sealed"))


def test_of_eight_editors_at_once_one_wins_and_seven_are_told(database: Database, place: EstateId) -> None:
    number = builders.customer(database, place)

    def note(text: str) -> str:
        try:
            builders.act(database, edit_customer, EditCustomer(place, number, 1, note=text))
        except EditConflict:
            return ""
        return text

    with ThreadPoolExecutor(8) as pool:
        winners = [text for text in pool.map(note, "abcdefgh") if text]
    assert len(winners) == 1
    assert (card(database, place, number).note, card(database, place, number).version) == (winners[0], 2)


def test_of_eight_equal_clicks_one_adds_the_customer(database: Database, place: EstateId) -> None:
    def add(_click: int) -> bool:
        try:
            builders.customer(database, place, NAME, PHONE)
        except CustomerTwice:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(8))) == [False] * 7 + [True]
    assert len(found(database, search=PHONE)) == 1
