import pytest

from core.admin.permissions import SYSTEM, Actor, NotPermitted, Permission, Role
from core.admin.reach import require_whole_company
from core.kernel.identity import EstateId, UserId


def administrator(*estates: int, everywhere: bool = False) -> Actor:
    scope = None if everywhere else frozenset(EstateId(estate) for estate in estates)
    return Actor(UserId(1), "a", frozenset({Role.ADMINISTRATOR}), scope)


def test_a_person_of_all_estates_and_the_system_reach_the_company() -> None:
    require_whole_company(actor=administrator(everywhere=True), permission=Permission.SETTINGS_MAKE)
    require_whole_company(actor=SYSTEM, permission=Permission.SETTINGS_MAKE)


@pytest.mark.parametrize("estates", [(), (1,), (1, 2)])
def test_a_person_of_some_estates_does_not(estates: tuple[int, ...]) -> None:
    with pytest.raises(NotPermitted) as refusal:
        require_whole_company(actor=administrator(*estates), permission=Permission.SETTINGS_MAKE)
    assert refusal.value.fields == {"permission": "settings.make"}
