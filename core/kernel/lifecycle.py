"""Which state may follow which: one table for each status (convention 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Generic, TypeVar

from core.kernel.errors import BusinessError

S = TypeVar("S", bound=StrEnum)


class ForbiddenMove(BusinessError):
    """The thing is in a state from which this step does not lead. Fields: ``source``, ``target`` (enum members)."""

    code: ClassVar[str] = "lifecycle.forbidden_move"


@dataclass(frozen=True, slots=True)
class Transitions(Generic[S]):
    """The allowed next states of each state. A state without an entry is final."""

    allowed: Mapping[S, frozenset[S]]

    def allows(self, *, source: S, target: S) -> bool:
        """Say whether ``target`` may follow ``source``; staying where one is counts as a move."""
        return target in self.allowed.get(source, frozenset())

    def check(self, *, source: S, target: S) -> None:
        """Raise ``ForbiddenMove`` unless ``target`` may follow ``source``."""
        if not self.allows(source=source, target=target):
            raise ForbiddenMove(source=source, target=target)

    def next_states(self, source: S) -> tuple[S, ...]:
        """The states that may follow, in the order the enum lists them."""
        return tuple(state for state in type(source) if self.allows(source=source, target=state))

    def is_final(self, state: S) -> bool:
        """Say whether nothing may follow."""
        return not self.allowed.get(state)
