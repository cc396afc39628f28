"""Use cases of what others measured or certified (R-154): recorded, and withdrawn where it was wrong."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.admin.codes import CodeList
from core.admin.permissions import Permission
from core.kernel.identity import EstateId
from core.kernel.lines import check_line
from core.kernel.periods import local_day
from core.surveys import external as core
from core.surveys.external import check_external
from db.models import ExternalResult
from db.operations.estates import the_estate
from db.repositories.codes import active_codes
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation

_MICRO = 6
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class RecordExternalResult:
    """A result of another body: ``subject`` is ``csi``, ``certificate`` or a dimension; ``scale`` is the best score."""

    estate_id: EstateId
    body: str
    measured_on: date
    subject: str
    score: Decimal | None = None
    scale: Decimal | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawExternalResult:
    """Take a result back, with the reason; it stays in the books and counts nowhere."""

    estate_id: EstateId
    result_id: int
    version: int
    reason: str


@operation(Permission.SURVEYS_MAKE)
def record_external_result(work: UnitOfWork, command: RecordExternalResult) -> int:
    """Store what somebody else measured, and give its number."""
    the_estate(work, command.estate_id)
    result = core.ExternalResult(
        body=command.body,
        measured_on=command.measured_on,
        subject=command.subject,
        score=command.score,
        scale_most=command.scale,
        note=command.note,
    )
    dimensions = active_codes(work.session, CodeList.SURVEY_DIMENSION)[CodeList.SURVEY_DIMENSION]
    kept = check_external(result=result, dimensions=dimensions, today=local_day(work.now))
    row = ExternalResult(
        estate_id=command.estate_id,
        id=work.new_id(command.estate_id),
        body=kept.body,
        measured_on=kept.measured_on,
        subject=kept.subject,
        score_micro=_micro(kept.score),
        scale_micro=_micro(kept.scale_most),
        note=kept.note,
        made_by=work.actor.user_id,
        made_at=work.now,
    )
    work.session.add(row)
    work.record("external_results.add", ("external_result", row.id), estate=command.estate_id, after=_facts(row))
    return row.id


@operation(Permission.SURVEYS_MAKE)
def withdraw_external_result(work: UnitOfWork, command: WithdrawExternalResult) -> None:
    """Take a result back; one that was taken back before raises ``EditConflict``."""
    row = work.session.get(ExternalResult, (command.estate_id, command.result_id))
    if row is None:
        raise NotFound
    if row.version != command.version or row.withdrawn_at is not None:
        raise EditConflict
    reason = check_line(command.reason, field="reason", longest=_LONGEST_REASON)
    row.withdrawn_at = work.now
    subject = ("external_result", row.id)
    work.record("external_results.withdraw", subject, estate=command.estate_id, before=_facts(row), reason=reason)


def _micro(number: Decimal | None) -> int | None:
    return None if number is None else int(number.scaleb(_MICRO))


def _facts(row: ExternalResult) -> dict[str, object]:
    return {
        "body": row.body,
        "measured_on": row.measured_on.isoformat(),
        "subject": row.subject,
        "score_micro": row.score_micro,
        "scale_micro": row.scale_micro,
        "note": row.note,
    }
