"""The two kinds of records of customer service."""

from enum import StrEnum


class RecordKind(StrEnum):
    """What a number and its clocks belong to."""

    CASE = "case"
    """A complaint, suggestion, praise or inquiry."""
    ORDER = "order"
    """A service or repair request."""
