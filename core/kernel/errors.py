"""The two shapes in which a rule says no (architecture.md, convention 10)."""

from dataclasses import dataclass, field
from typing import ClassVar


class BusinessError(Exception):
    """A refused action.

    ``code`` is stable and names the sentence shown to the person; ``fields`` fill that sentence.
    Subclasses stand beside the rule they speak for and set their own ``code``.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, **fields: object) -> None:
        super().__init__()  # no arguments, so that the error can be copied and pickled
        self.fields = fields

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong inside a batch, returned beside the batch's result and never raised.

    ``code`` names the sentence; ``fields`` fill it (plain text and integers only).
    """

    code: str
    fields: dict[str, str | int] = field(default_factory=dict)
