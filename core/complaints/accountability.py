"""When somebody may be held to account: only for a case that missed a hard limit (R-109)."""

from typing import ClassVar

from core.complaints.workload import AccountabilityAction, AccountabilityFollowUp, accountability_follow_up
from core.kernel.errors import BusinessError


class CaseNotRed(BusinessError):
    """The case missed no hard limit, so nobody has to answer for it."""

    code: ClassVar[str] = "complaints.not_red"


def check_accountability(*, red_clocks: int, action: AccountabilityAction, note: str) -> AccountabilityFollowUp:
    """Give what is decided with its tidied note, or raise ``CaseNotRed`` or ``ReasonMissing``.

    ``red_clocks``: how many clocks of the case stopped after their hard limit, or still run after it.
    """
    if not red_clocks:
        raise CaseNotRed
    return accountability_follow_up(action=action, note=note)
