from collections.abc import Callable

import pytest

from core.admin.permissions import Permission
from core.customers.profiles import CustomerDetails
from core.imports.batches import (
    STEPS,
    BadRowsLeft,
    BatchState,
    EstateNeeded,
    NothingToImport,
    PersonTwice,
    PreviewOutdated,
    TargetRefused,
    check_commit,
    check_digest,
    check_same_person,
    check_target,
)
from core.imports.kinds import KINDS, ImportKind
from core.imports.specs import Belongs
from core.kernel.lifecycle import ForbiddenMove


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        (ImportKind.ESTATES, Permission.IMPORTS_REFERENCE),
        (ImportKind.UNITS, Permission.IMPORTS_REFERENCE),
        (ImportKind.CUSTOMERS, Permission.IMPORTS_CUSTOMERS),
        (ImportKind.SURVEY_RESPONSES, Permission.IMPORTS_SURVEYS),
    ],
)
def test_people_need_another_right_than_places(kind: ImportKind, permission: Permission) -> None:
    assert KINDS[kind].permission is permission


@pytest.mark.parametrize(
    ("kind", "given", "refusal"),
    [
        (ImportKind.UNITS, Belongs.NOTHING, None),
        (ImportKind.UNITS, Belongs.ROUND, TargetRefused),
        (ImportKind.UNITS, Belongs.ESTATE, TargetRefused),
        (ImportKind.SURVEY_RESPONSES, Belongs.ROUND, None),
        (ImportKind.SURVEY_RESPONSES, Belongs.NOTHING, TargetRefused),
        (ImportKind.SURVEY_RESPONSES, Belongs.ESTATE, TargetRefused),
        (ImportKind.CASES, Belongs.ESTATE, None),
        (ImportKind.CASES, Belongs.NOTHING, EstateNeeded),
        (ImportKind.CASES, Belongs.ROUND, EstateNeeded),
    ],
)
def test_answers_belong_to_a_round_complaints_to_an_estate_and_nothing_else_to_anything(
    kind: ImportKind, given: Belongs, refusal: type[Exception] | None
) -> None:
    expect(lambda: check_target(spec=KINDS[kind], given=given), refusal)


@pytest.mark.parametrize(
    ("created", "changed", "problems", "skip", "refusal"),
    [
        (1, 0, 0, False, None),
        (0, 1, 0, False, None),
        (1, 0, 2, True, None),
        (1, 0, 2, False, BadRowsLeft),
        (0, 0, 0, False, NothingToImport),
        (0, 0, 3, True, NothingToImport),
    ],
)
def test_bad_rows_stay_out_only_by_choice(
    created: int, changed: int, problems: int, skip: bool, refusal: type[Exception] | None
) -> None:
    def commit() -> None:
        check_commit(created=created, changed=changed, problems=problems, skip_bad_rows=skip)

    expect(commit, refusal)


@pytest.mark.parametrize(("previewed", "present", "refusal"), [("a", "a", None), ("a", "b", PreviewOutdated)])
def test_what_was_shown_is_what_is_written(previewed: str, present: str, refusal: type[Exception] | None) -> None:
    expect(lambda: check_digest(previewed=previewed, present=present), refusal)


@pytest.mark.parametrize(
    ("before", "refusal"),
    [(None, None), ("13800138000", None), ("13900139000", PersonTwice)],
)
def test_two_rows_may_not_contradict_each_other_about_a_person(
    before: str | None, refusal: type[Exception] | None
) -> None:
    said = CustomerDetails("张三", "13800138000", ())
    earlier = None if before is None else CustomerDetails("张三", before, ())
    expect(lambda: check_same_person(said=said, before=earlier, row=7), refusal)


def expect(act: Callable[[], None], refusal: type[Exception] | None) -> None:
    if refusal is None:
        act()
        return
    with pytest.raises(refusal):
        act()


def test_an_import_that_is_done_can_only_be_undone() -> None:
    STEPS.check(source=BatchState.DONE, target=BatchState.UNDONE)
    for state in set(BatchState) - {BatchState.UNDONE}:
        with pytest.raises(ForbiddenMove):
            STEPS.check(source=BatchState.DONE, target=state)
