"""The one place of the portal that looks at the clock: once each rerun."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present instant, aware, in UTC."""
    return datetime.now(UTC)
