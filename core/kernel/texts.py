"""Texts of several lines, and reasons: lines are kept, what is needed is there, nothing is cut off (I5)."""

from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import LineTooLong, clean_line

LONGEST_TEXT: Final = 2_000
SHORTEST_REASON: Final = 4
LONGEST_REASON: Final = 500


class ReasonMissing(BusinessError):
    """The step is explained, in ``shortest`` characters or more."""

    code: ClassVar[str] = "reason_missing"


def tidied(text: str, *, field: str, longest: int = LONGEST_TEXT) -> str:
    """Clean a text line by line and drop empty lines; raise ``LineTooLong`` above ``longest`` characters."""
    kept = "\n".join(line for line in map(clean_line, text.splitlines()) if line)
    if len(kept) > longest:
        raise LineTooLong(field=field, longest=longest)
    return kept


def checked_reason(text: str) -> str:
    """Give a reason of at least four characters, or raise ``ReasonMissing``."""
    reason = tidied(text, field="reason", longest=LONGEST_REASON)
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing(shortest=SHORTEST_REASON)
    return reason
