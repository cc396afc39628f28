"""The measures offered for a repeated complaint: from complaints, not cancelled, of the same estate (R-104)."""

import pytest

from core.admin.permissions import NotPermitted
from core.kernel.identity import EstateId
from core.meetings.measures import MeasureSource
from db.engine import Database
from db.queries.case_measures import CaseMeasuresWanted, case_measures
from tests.db.service_setup import ServiceWorld, a_service_world
from tests.db.test_cases_moves import a_measure, cancelled
from tests.statements import count_statements


@pytest.fixture
def world(database: Database) -> ServiceWorld:
    return a_service_world(database)


def test_only_measures_from_complaints_that_were_not_cancelled_are_offered(world: ServiceWorld) -> None:
    first, second = a_measure(world), a_measure(world)
    a_measure(world, MeasureSource.PATROL)
    cancelled(world, a_measure(world))
    wanted = CaseMeasuresWanted(world.estate)
    with count_statements(world.database) as sent:
        rows = world.ask(world.people.supervisor, case_measures, wanted)
    assert [row.measure_id for row in rows] == [second, first]
    assert rows[0].problem == "装修噪音反复投诉"
    assert len(sent) == 1


def test_another_estate_has_none_and_who_may_not_assign_asks_in_vain(world: ServiceWorld) -> None:
    a_measure(world)
    elsewhere = CaseMeasuresWanted(EstateId(world.lake.estate))
    assert world.ask(world.people.supervisor, case_measures, elsewhere) == ()
    with pytest.raises(NotPermitted):
        world.ask(world.people.desk, case_measures, CaseMeasuresWanted(world.estate))
