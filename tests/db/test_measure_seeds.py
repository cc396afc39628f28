"""What a measure out of complaints begins with (R-104, R-110): number, subject and place, and nobody's home."""

from typing import Any

import pytest

from core.admin.permissions import NotPermitted
from core.complaints.taxonomy import CaseCategory, SubCategory
from core.kernel.identity import CaseId, EstateId
from db.engine import Database
from db.queries.measure_seeds import (
    CaseSeed,
    CaseSeedWanted,
    SpotSeedWanted,
    measure_seed_of_case,
    measure_seed_of_spot,
)
from db.unit_of_work import NotFound
from tests.builders import NOW
from tests.db.case_insight_setup import DAY, BusyWorld, Drawing, Made, a_busy_world, store
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, SUPERVISOR, person
from tests.statements import count_statements


@pytest.fixture
def busy(database: Database) -> BusyWorld:
    return a_busy_world(database, cases=0)


def cases(busy: BusyWorld, *given: dict[str, Any]) -> list[Made]:
    """Complaints about the cleaning of the pool, registered today, unless told otherwise."""
    drawing = Drawing(busy.world, 6)
    found = []
    for place, values in enumerate(given):
        made = drawing.case(place)
        made.case |= {"estate_id": busy.world.estate, "record_type": "complaint", "state": "registered"}
        made.case |= {"unit_id": None, "area": "Pool", "place": "Pool", "place_key": "pool", "registered_at": NOW}
        made.case |= {"category": "environ", "sub_category": "cleaning", "ended_on": None, "ended_at": None} | values
        made.number, made.clocks, made.steps = f"MC-C26112{place}-001", [], []
        found.append(made)
    store(busy, found)
    return found


def seed(busy: BusyWorld, made: Made, who: Any = SUPERVISOR) -> CaseSeed:
    wanted = CaseSeedWanted(EstateId(made.case["estate_id"]), CaseId(made.case["id"]))
    return busy.world.ask(who, measure_seed_of_case, wanted)


def test_a_case_gives_its_number_and_how_often_the_same_happened_at_its_place(busy: BusyWorld) -> None:
    made, *_ = cases(
        busy,
        {},
        {"registered_at": NOW - 89 * DAY, "state": "closed"},
        {"registered_at": NOW - 90 * DAY},
        {"state": "withdrawn"},
        {"record_type": "inquiry"},
        {"sub_category": "greening"},
        {"place": "Roof", "place_key": "roof"},
        {"estate_id": busy.world.lake.estate},
    )
    with count_statements(busy.database) as seen:
        found = seed(busy, made)
    assert len(seen) == 3
    assert found == CaseSeed(
        case_id=CaseId(made.case["id"]),
        number="MC-C261120-001",
        version=1,
        category=CaseCategory.ENVIRON,
        sub_category=SubCategory.CLEANING,
        place="Pool",
        is_building=False,
        count=2,
        days=90,
    )


def test_of_a_home_only_the_building_is_named_and_counted(busy: BusyWorld) -> None:
    first, second, *_ = busy.world.maple.units
    home = {"unit_id": first, "area": "1", "place": "", "place_key": ""}
    made, *_ = cases(busy, home, home, home | {"unit_id": second}, home | {"area": "2"})
    found = seed(busy, made)
    assert (found.place, found.is_building, found.count) == ("1", True, 3)


def test_a_case_nobody_has_classified_gives_no_subject(busy: BusyWorld) -> None:
    (made,) = cases(busy, {"category": "", "sub_category": ""})
    assert (seed(busy, made).category, seed(busy, made).sub_category) == (None, None)


def test_a_case_with_a_measure_says_so(busy: BusyWorld) -> None:
    (made,) = cases(busy, {})
    columns = "estate_id, id, number, source, source_reference, round_id, problem, cause, action, responsible_id"
    more = "deadline, metric, metric_reference, better, unit, target_micro, before_note, after_note, stage, made_at"
    values = f"{busy.world.estate}, 77, 'M26-001', 'complaint', '', 0, 'p', '', '', min(id)"
    rest = "'2026-12-01', 'own_figure', 'n', 'down', '', 1, '', '', 'plan', '2026-11-21 01:00:00.000000', 1"
    with busy.database.writing() as connection, connection.begin():
        connection.exec_driver_sql(
            f"INSERT INTO measures ({columns}, {more}, version) SELECT {values}, {rest} FROM staff_members"
        )
        connection.exec_driver_sql("UPDATE cases SET measure_id = 77")
    assert seed(busy, made).has_measure


def test_a_hot_spot_gives_its_area_and_count(busy: BusyWorld) -> None:
    home = {"unit_id": busy.world.maple.units[0], "area": "1", "place": "", "place_key": ""}
    cases(busy, {}, {"registered_at": NOW - 29 * DAY}, {"registered_at": NOW - 30 * DAY}, {"category": "fee"}, home)
    place = busy.world.estate

    def spot(area: str, category: CaseCategory | None) -> tuple[str, bool, int, int, str]:
        found = busy.world.ask(SUPERVISOR, measure_seed_of_spot, SpotSeedWanted(place, area, category))
        assert found.category is category
        return found.place, found.is_building, found.count, found.days, found.number

    assert spot("Pool", CaseCategory.ENVIRON) == ("Pool", False, 2, 30, "")
    assert spot("Pool", None) == ("Pool", False, 3, 30, "")
    assert spot("1", CaseCategory.ENVIRON) == ("1", True, 1, 30, "")
    assert spot("nowhere " * 40, None)[2] == 0


def test_what_is_not_there_or_elsewhere_begins_nothing(busy: BusyWorld) -> None:
    (made,) = cases(busy, {})
    for estate, number in ((busy.world.lake.estate, made.case["id"]), (busy.world.estate, 7)):
        with pytest.raises(NotFound):
            busy.world.ask(SUPERVISOR, measure_seed_of_case, CaseSeedWanted(estate, CaseId(number)))
    only = person(3, "supervisor", *SUPERVISOR.roles, estates=frozenset({busy.world.lake.estate}))
    with pytest.raises(NotPermitted):
        seed(busy, made, only)
    with pytest.raises(NotPermitted):
        busy.world.ask(only, measure_seed_of_spot, SpotSeedWanted(busy.world.estate, "Pool"))


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, AUDITOR])
def test_only_who_makes_measures_is_given_a_beginning(busy: BusyWorld, who: Any) -> None:
    (made,) = cases(busy, {})
    with pytest.raises(NotPermitted):
        seed(busy, made, who)
    with pytest.raises(NotPermitted):
        busy.world.ask(who, measure_seed_of_spot, SpotSeedWanted(busy.world.estate, "Pool"))
