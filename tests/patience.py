"""Pressing the button again when the portal is busy, as people do."""

from collections.abc import Callable
from typing import TypeVar

from db.unit_of_work import Busy

R = TypeVar("R")


def patiently(act: Callable[[], R], tries: int = 50) -> R:
    """Do it, again and again while the database is busy (a loaded machine may starve a process for seconds)."""
    for _ in range(tries - 1):
        try:
            return act()
        except Busy:
            continue
    return act()
