from datetime import UTC, datetime

import pytest

from core.complaints.grading import CaseGrade
from core.complaints.promise import Promise, PromiseSentence, promise_for
from core.complaints.taxonomy import RecordType

RESPOND, ANSWER = datetime(2026, 11, 21, 4, 0, tzinfo=UTC), datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
NUMBER = "LH-C261121-003"


@pytest.mark.parametrize(
    ("record_type", "grade", "anonymous", "sentence", "names"),
    [
        (RecordType.COMPLAINT, CaseGrade.URGENT, False, "urgent", "number respond_by answer_by"),
        (RecordType.COMPLAINT, CaseGrade.MAJOR, False, "complaint", "number respond_by answer_by"),
        (RecordType.COMPLAINT, CaseGrade.NORMAL, False, "complaint", "number respond_by answer_by"),
        (RecordType.SUGGESTION, CaseGrade.NORMAL, False, "suggestion", "number respond_by answer_by"),
        (RecordType.INQUIRY, CaseGrade.NORMAL, False, "inquiry", "number respond_by answer_by"),
        (RecordType.COMPLAINT, CaseGrade.URGENT, True, "anonymous", "number respond_by"),
        (RecordType.INQUIRY, CaseGrade.NORMAL, True, "anonymous", "number respond_by"),
        (RecordType.PRAISE, CaseGrade.NORMAL, False, "praise", "number"),
        (RecordType.PRAISE, CaseGrade.NORMAL, True, "praise", "number"),
    ],
)
def test_the_customer_is_told_what_fits_the_case(
    record_type: RecordType, grade: CaseGrade, anonymous: bool, sentence: str, names: str
) -> None:
    values = {"number": NUMBER, "respond_by": RESPOND, "answer_by": ANSWER}
    assert promise_for(
        record_type=record_type,
        grade=grade,
        anonymous=anonymous,
        number=NUMBER,
        respond_by=RESPOND,
        answer_by=ANSWER,
    ) == Promise(PromiseSentence(f"complaints.promise.{sentence}"), {name: values[name] for name in names.split()})


@pytest.mark.parametrize(
    ("anonymous", "respond_by", "answer_by", "sentence"),
    [
        (False, None, ANSWER, "number"),
        (False, RESPOND, None, "number"),
        (True, None, ANSWER, "number"),
        (True, RESPOND, None, "anonymous"),
    ],
)
def test_nothing_is_promised_where_no_limit_is_set(
    anonymous: bool, respond_by: datetime | None, answer_by: datetime | None, sentence: str
) -> None:
    promise = promise_for(
        record_type=RecordType.COMPLAINT,
        grade=CaseGrade.NORMAL,
        anonymous=anonymous,
        number=NUMBER,
        respond_by=respond_by,
        answer_by=answer_by,
    )
    fields = {"number": NUMBER} | ({"respond_by": RESPOND} if sentence == "anonymous" else {})
    assert promise == Promise(PromiseSentence(f"complaints.promise.{sentence}"), fields)
