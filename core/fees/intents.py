"""A money command carries the number its form gave it: the same again is answered, not done again (R3)."""

import re
from typing import ClassVar, Final

from core.kernel.errors import BusinessError

_INTENT: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


class IntentMissing(BusinessError):
    """A money command needs a number of its own: 8 to 64 letters, digits, hyphens or underscores."""

    code: ClassVar[str] = "intent_missing"


class IntentReused(BusinessError):
    """The number was used for another command; nothing was posted."""

    code: ClassVar[str] = "intent_reused"


def check_intent(intent_id: str) -> None:
    """Raise ``IntentMissing`` unless the number has the right shape."""
    if not _INTENT.fullmatch(intent_id):
        raise IntentMissing


def check_same_command(*, stored: tuple[str, str], sent: tuple[str, str]) -> None:
    """Raise ``IntentReused`` unless operation and digest are those stored under the same number."""
    if stored != sent:
        raise IntentReused
