"""Every fee page: nobody gets in without signing in, and who may not open it is told whom to ask."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages._shell.registry import PAGES
from tests.pages.conftest import texts
from tests.personas import ACCOUNTANT, AUDITOR, CASHIER, FRONT_DESK, MANAGER, PATROL, SUPERVISOR

FEE_PAGES = [entry.key for entry in PAGES if entry.key.startswith("fees.")]
MAY = {
    "fees.payments": {CASHIER},
    "fees.requests": {CASHIER, ACCOUNTANT, SUPERVISOR, MANAGER},
}
READERS = {CASHIER, ACCOUNTANT, SUPERVISOR, MANAGER, AUDITOR}


@pytest.mark.parametrize("key", FEE_PAGES)
def test_nobody_sees_anything_without_signing_in(open_as: Callable[..., AppTest], key: str) -> None:
    app = open_as(key, None)
    assert not app.exception
    assert "signed out" in texts(app)
    assert not app.dataframe and not app.metric and not app.text_input and not app.selectbox


@pytest.mark.parametrize("key", FEE_PAGES)
@pytest.mark.parametrize("who", [FRONT_DESK, PATROL, CASHIER, AUDITOR, MANAGER], ids=lambda who: who.name)
def test_a_page_opens_for_its_roles_only(open_as: Callable[..., AppTest], key: str, who: object) -> None:
    app = open_as(key, who)
    assert not app.exception
    refused = "You may not open this page" in texts(app)
    assert refused is (who not in MAY.get(key, READERS))
    assert bool(app.selectbox) is not refused


@pytest.mark.parametrize("key", FEE_PAGES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_an_empty_company_is_told_what_to_do(open_as: Callable[..., AppTest], key: str, language: str) -> None:
    who = CASHIER if key == "fees.payments" else SUPERVISOR
    app = open_as(key, who, language=language)
    assert not app.exception
    assert len(app.info) == 1 and not app.dataframe
