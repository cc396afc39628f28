"""A refusal carries a stable code and the fields of its sentence."""

import copy
import pickle
from typing import ClassVar

import pytest

from core.kernel.errors import BusinessError, Problem


class DoorClosed(BusinessError):
    """A refusal made up for these tests."""

    code: ClassVar[str] = "door.closed"


def test_a_refusal_shows_its_code_and_keeps_its_fields() -> None:
    with pytest.raises(BusinessError) as caught:
        raise DoorClosed(door="north", since=7)
    assert str(caught.value) == caught.value.code == "door.closed"
    assert caught.value.fields == {"door": "north", "since": 7}


def test_a_refusal_without_a_code_of_its_own_still_has_one() -> None:
    assert (str(BusinessError()), BusinessError().fields) == ("refused", {})


@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301
def test_a_refusal_survives_copying_and_pickling(again: object) -> None:
    twin = again(DoorClosed(door="north"))  # type: ignore[operator]
    assert (type(twin), twin.code, twin.fields) == (DoorClosed, "door.closed", {"door": "north"})


def test_a_problem_has_fields_of_its_own() -> None:
    one, other = Problem("row.bad"), Problem("row.bad")
    assert one == other
    assert one.fields == {}
    assert one.fields is not other.fields
