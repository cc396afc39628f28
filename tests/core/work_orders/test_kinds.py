import csv
from datetime import timedelta
from pathlib import Path

import pytest

from core.work_orders.kinds import (
    SKILLS,
    ChannelAnswer,
    FailureNotRepair,
    PublicSystem,
    RiskWithoutFailure,
    WorkChannel,
    WorkKind,
    channel_answer,
    check_failure,
)

LISTS = Path(__file__).resolve().parents[3] / "locales" / "code_lists.tsv"


@pytest.mark.parametrize("failure", [None, *PublicSystem])
def test_a_repair_may_be_the_failure_of_a_public_system(failure: PublicSystem | None) -> None:
    check_failure(kind=WorkKind.REPAIR, failure=failure, people_at_risk=failure is not None)


@pytest.mark.parametrize("kind", [WorkKind.CLEANING, WorkKind.GREENING, WorkKind.OTHER])
def test_nothing_else_is_a_failure(kind: WorkKind) -> None:
    check_failure(kind=kind, failure=None, people_at_risk=False)
    with pytest.raises(FailureNotRepair) as refused:
        check_failure(kind=kind, failure=PublicSystem.LIFT, people_at_risk=False)
    assert refused.value.fields == {"kind": kind}


def test_people_are_at_risk_only_where_something_failed() -> None:
    with pytest.raises(RiskWithoutFailure):
        check_failure(kind=WorkKind.REPAIR, failure=None, people_at_risk=True)


def test_every_kind_has_a_skill_of_the_code_lists() -> None:
    with LISTS.open(encoding="utf-8", newline="") as file:
        known = {(row[0], row[1]) for row in csv.reader(file, delimiter="\t")}
    assert set(SKILLS) == set(WorkKind)
    for skill in SKILLS.values():
        assert {("department", skill.department), *(("post", post) for post in skill.posts)} <= known


@pytest.mark.parametrize(
    ("channel", "answer"),
    [
        (WorkChannel.PHONE, ChannelAnswer(timedelta(seconds=30))),
        (WorkChannel.HOTLINE, ChannelAnswer(timedelta(seconds=30))),
        (WorkChannel.EMAIL, ChannelAnswer(timedelta(hours=24), automatic_receipt=True)),
        (WorkChannel.APP, ChannelAnswer()),
    ],
)
def test_the_phone_is_picked_up_in_half_a_minute_and_mail_has_a_receipt(
    channel: WorkChannel, answer: ChannelAnswer
) -> None:
    assert channel_answer(channel) == answer
