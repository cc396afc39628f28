"""What the customer is told at registration: which sentence, with which instants (product.md §1; R-083, R-085)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.complaints.grading import CaseGrade
from core.complaints.taxonomy import RecordType


class PromiseSentence(StrEnum):
    """The sentences there are; their words stand with the labels.

    All have the field ``number``; all but praise and number have ``respond_by``. Complaint, urgent, suggestion and
    inquiry have ``answer_by`` as well. Anonymous says that nobody can be called back and that the result is asked for
    by number. Number alone promises nothing: the estate has set no limits.
    """

    URGENT = "complaints.promise.urgent"
    COMPLAINT = "complaints.promise.complaint"
    SUGGESTION = "complaints.promise.suggestion"
    INQUIRY = "complaints.promise.inquiry"
    PRAISE = "complaints.promise.praise"
    ANONYMOUS = "complaints.promise.anonymous"
    NUMBER = "complaints.promise.number"


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence and what fills it; instants are as the kernel gave them."""

    sentence: PromiseSentence
    fields: dict[str, str | datetime]


def promise_for(
    *,
    record_type: RecordType,
    grade: CaseGrade,
    anonymous: bool,
    number: str,
    respond_by: datetime | None,
    answer_by: datetime | None,
) -> Promise:
    """Choose what to tell the customer.

    ``respond_by`` and ``answer_by`` are the instants at which the targets run out, not the hard limits: what is said
    aloud is what the company means to do. Praise is thanked for and promised nothing. An anonymous customer is told
    when somebody begins, never that somebody will call. Where a time is missing (``None``: no such limit is set), only
    the number is told.
    """
    if record_type is RecordType.PRAISE:
        return Promise(PromiseSentence.PRAISE, {"number": number})
    if anonymous and respond_by is not None:
        return Promise(PromiseSentence.ANONYMOUS, {"number": number, "respond_by": respond_by})
    if respond_by is None or answer_by is None:
        return Promise(PromiseSentence.NUMBER, {"number": number})
    urgent = record_type is RecordType.COMPLAINT and grade is CaseGrade.URGENT
    sentence = PromiseSentence.URGENT if urgent else PromiseSentence[record_type.name]
    return Promise(sentence, {"number": number, "respond_by": respond_by, "answer_by": answer_by})
