"""One line of typed text, cleaned the same way everywhere (security.md 1.1.1, I5)."""

import unicodedata
from typing import ClassVar

from core.kernel.errors import BusinessError


class LineMissing(BusinessError):
    """A line that is needed was left empty. Field: ``field``."""

    code: ClassVar[str] = "line.missing"


class LineTooLong(BusinessError):
    """The line has too many characters. Fields: ``field``, ``longest``."""

    code: ClassVar[str] = "line.too_long"


def clean_line(text: str) -> str:
    """Compose (NFC), drop invisible and control characters, fold every run of white space to one blank."""
    kept = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in {"Cf", "Cc", "Cs"})
    return unicodedata.normalize("NFC", " ".join(kept.split()))


def check_line(text: str, *, field: str, longest: int, needed: bool = True) -> str:
    """Clean a line and refuse it when missing (if ``needed``) or longer than ``longest`` code points.

    ``field`` names the input for the refusal's sentence.
    """
    line = clean_line(text)
    if needed and not line:
        raise LineMissing(field=field)
    if len(line) > longest:
        raise LineTooLong(field=field, longest=longest)
    return line
