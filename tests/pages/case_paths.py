"""What the tests of the complaints page share: the page at the world's time, the queue, where a case stands."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from core.admin.permissions import Actor
from core.complaints.states import CaseState
from core.kernel.identity import CaseId
from db.models import UserSession
from pages._shell import clock, sign_in
from pages._shell.registry import page_entry
from tests.db.service_setup import ServiceWorld
from tests.pages.conftest import SECONDS, sign_in_as
from tests.pages.forms import box

PAGE = "service.cases"
MOST_STATEMENTS = 12

Show = Callable[..., AppTest]


def shower(world: ServiceWorld, monkeypatch: pytest.MonkeyPatch, page: str = PAGE) -> Show:
    """A page as somebody sees it at the world's time, perhaps with a case opened; by the front desk, if not told."""
    monkeypatch.setattr(clock, "now", lambda: world.now)

    def shown(case: CaseId | None = None, by: Actor | None = None, *, language: str = "en", **address: Any) -> AppTest:
        token = sign_in_as(world.database, by or world.people.desk, language)
        times = dict.fromkeys(("created_at", "last_seen_at", "proven_at"), world.now)
        with world.database.writing() as connection, connection.begin():
            connection.execute(update(UserSession).values(times))
        monkeypatch.setattr(sign_in, "current_token", lambda: token)
        app = AppTest.from_file(str(page_entry(page).script), default_timeout=SECONDS)
        if case is not None:
            address = {"of": world.estate, "case": case, **address}
        for name, value in address.items():
            app.query_params[name] = str(value)
        return app.run()

    return shown


def numbers(app: AppTest) -> list[str]:
    """The numbers in the queue."""
    return list(app.dataframe[0].value["Case no."]) if app.dataframe else []


def tails(app: AppTest) -> list[int]:
    """Their last parts."""
    return [int(number.rsplit("-", 1)[1]) for number in numbers(app)]


def figures(app: AppTest) -> list[tuple[str, str, str]]:
    return [(one.label, one.value, one.delta) for one in app.metric[:5]]


def address(app: AppTest, name: str) -> str | None:
    """What the address says, however AppTest keeps it."""
    given = app.query_params.get(name)
    return given[-1] if isinstance(given, list) else given


def state_of(world: ServiceWorld, case: CaseId) -> CaseState:
    return CaseState(world.case(case).state)


def choose(app: AppTest, label: str, value: Any) -> AppTest:
    """Choose in a box that decides about others, and run."""
    box(app, label).set_value(value)
    return app.run()
