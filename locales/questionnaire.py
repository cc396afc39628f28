"""The standard questionnaire (标准问卷) that every company may begin with, as its editor reads it (R-137)."""

from functools import lru_cache
from typing import Final

from locales.translator import FOLDER

STANDARD_PATH: Final = FOLDER / "standard_questionnaire.tsv"


@lru_cache(maxsize=1)
def standard_questionnaire_text() -> str:
    """One question a line, its fields parted by ``|``; empty fields at the end of a line are left out."""
    lines = STANDARD_PATH.read_text(encoding="utf-8").splitlines()
    return "\n".join(" | ".join(line.split("\t")).rstrip(" |") for line in lines if line.strip())
