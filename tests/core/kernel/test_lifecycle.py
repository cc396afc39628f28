from enum import StrEnum

import pytest

from core.kernel.lifecycle import ForbiddenMove, Transitions


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"
    WALLED = "walled"


DOOR = Transitions(
    {
        Door.OPEN: frozenset({Door.SHUT}),
        Door.SHUT: frozenset({Door.WALLED, Door.OPEN, Door.LOCKED}),
        Door.LOCKED: frozenset({Door.SHUT}),
    }
)


@pytest.mark.parametrize(
    ("source", "target"), [(Door.OPEN, Door.SHUT), (Door.SHUT, Door.OPEN), (Door.SHUT, Door.WALLED)]
)
def test_an_allowed_move_passes(source: Door, target: Door) -> None:
    DOOR.check(source=source, target=target)
    assert DOOR.allows(source=source, target=target)


@pytest.mark.parametrize(
    ("source", "target"),
    [(Door.OPEN, Door.LOCKED), (Door.OPEN, Door.OPEN), (Door.WALLED, Door.OPEN), (Door.WALLED, Door.WALLED)],
)
def test_any_other_move_is_refused_with_both_states(source: Door, target: Door) -> None:
    with pytest.raises(ForbiddenMove) as refusal:
        DOOR.check(source=source, target=target)
    assert refusal.value.code == "lifecycle.forbidden_move"
    assert refusal.value.fields == {"source": source, "target": target}


def test_next_states_come_in_the_order_of_the_enum() -> None:
    assert DOOR.next_states(Door.SHUT) == (Door.OPEN, Door.LOCKED, Door.WALLED)
    assert DOOR.next_states(Door.WALLED) == ()


def test_a_state_without_an_entry_is_final() -> None:
    assert [state for state in Door if DOOR.is_final(state)] == [Door.WALLED]
