"""What one person prepares or asks for and another decides: bill runs, reversals, refunds (security.md §1)."""

from collections.abc import Collection
from enum import StrEnum
from typing import ClassVar, Final

from core.fees.payments import MethodUnknown
from core.kernel.errors import BusinessError
from core.kernel.identity import UserId
from core.kernel.lifecycle import Transitions


class RunState(StrEnum):
    """Where a bill run stands."""

    PREPARED = "prepared"
    POSTED = "posted"
    CANCELLED = "cancelled"


RUN_MOVES: Final = Transitions({RunState.PREPARED: frozenset({RunState.POSTED, RunState.CANCELLED})})


class RequestKind(StrEnum):
    """What a request would do: take a payment back, or pay credit out."""

    REVERSAL = "reversal"
    REFUND = "refund"


class RequestState(StrEnum):
    """Where a request stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


REQUEST_MOVES: Final = Transitions({RequestState.WAITING: frozenset({RequestState.APPROVED, RequestState.REJECTED})})


class RequestWaits(BusinessError):
    """A request for the same payment, or for the same unit's credit, waits to be decided already."""

    code: ClassVar[str] = "fees.request.waits"


class OwnBillRun(BusinessError):
    """Nobody posts the bill run he or she prepared."""

    code: ClassVar[str] = "fees.bills.own_run"


def check_no_request_waits(waiting: int) -> None:
    """Raise ``RequestWaits`` when requests for the same thing wait already, so that two clicks make one request."""
    if waiting:
        raise RequestWaits


def check_refund_method(method: str, *, methods: Collection[str]) -> None:
    """Raise ``MethodUnknown`` unless the money goes out by one of the methods in use."""
    if method not in methods:
        raise MethodUnknown(method=method)


def check_poster(*, made_by: UserId | None, posted_by: UserId | None) -> None:
    """Raise ``OwnBillRun`` when one person (or the system alone) would both prepare and post bills."""
    if made_by == posted_by:
        raise OwnBillRun
