"""How many rows one person may take out of the portal at once (R-013; security.md T23)."""

from typing import ClassVar, Final

from core.kernel.errors import BusinessError

PERSONAL_LIMIT: Final = 250
"""Rows with personal data on one person's authority: half the number the criminal law calls serious for staff."""

LIMIT: Final = 100_000
"""Rows of any export."""


class ExportTooLarge(BusinessError):
    """More rows than one person may export; narrowing the filter mends it."""

    code: ClassVar[str] = "export.too_large"


def export_limit(*, personal: bool) -> int:
    """The most rows one export may hold."""
    return PERSONAL_LIMIT if personal else LIMIT


def check_export(*, rows: int, personal: bool) -> None:
    """Raise ``ExportTooLarge`` when the export goes beyond one person's authority."""
    limit = export_limit(personal=personal)
    if rows > limit:
        raise ExportTooLarge(rows=rows, limit=limit)
