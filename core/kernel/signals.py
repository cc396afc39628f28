"""What a step does to the clocks of a case or a request: rows from which the time kernel recomputes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.kernel.clocks import ClockKind


class ClockAction(StrEnum):
    """What happens to a clock. A start is always a new run; a cancelled run is neither in time nor late."""

    START = "start"
    STOP = "stop"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class ClockSignal:
    """One row for the clocks."""

    kind: ClockKind
    action: ClockAction
    at: datetime
