"""The filter that stands at the top of every page (R-007)."""

from dataclasses import dataclass
from typing import Final

from core.kernel.identity import EstateId
from core.kernel.periods import Month

LARGEST_PAGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class EstateMonth:
    """The chosen estate (``None``: all the person looks after) and month."""

    estate_id: EstateId | None
    month: Month


@dataclass(frozen=True, slots=True)
class Slice:
    """Which screenful of a list: the page (from 1) and its size, held within bounds whatever was asked."""

    page: int = 1
    size: int = 50

    @property
    def limit(self) -> int:
        """Rows to show: at least 1, at most what an export may hold."""
        return min(max(self.size, 1), LARGEST_PAGE)

    @property
    def offset(self) -> int:
        """Rows to leave out before them."""
        return min(max(self.page - 1, 0), 10_000_000) * self.limit
