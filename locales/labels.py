"""What a stored code means: one table from codes to English texts, and sentences for refusals and problems."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.kernel.errors import BusinessError, Problem
from locales.translator import FOLDER, Translator

LABELS_PATH: Final = FOLDER / "labels.tsv"

CODES_IN_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "permission": ("enum.Permission",),
    "one": ("enum.Role",),
    "other": ("enum.Role",),
    "role": ("enum.Role",),
    "basis": ("enum.Basis",),
    "state": ("enum.TariffState", "enum.RunState", "enum.RequestState", "enum.BatchState"),
    "to": ("enum.TariffState", "enum.RunState", "enum.RequestState", "enum.BatchState"),
    "field": ("field",),
    "column": ("field",),
}
"""Fields of refusals that carry a code as text, and the families of labels it may belong to."""


def label(words: Translator, code: str) -> str:
    """Say what a code means in the translator's language; a code without a label is shown as it is."""
    msgid = labels().get(code)
    return code if msgid is None else words.meaning(msgid, context=code)


def enum_label(words: Translator, member: Enum) -> str:
    """Say what a member of an enum means (``enum.Role.cashier``)."""
    return label(words, f"enum.{type(member).__name__}.{member.value}")


def error_sentence(words: Translator, error: BusinessError | Problem) -> str:
    """Say in one sentence what was refused or is wrong, with its fields filled in.

    A code nobody has labelled, or a field that is missing, never hides the refusal itself.
    """
    code = str(error) if isinstance(error, BusinessError) else error.code
    if code not in labels():
        return words.t("This cannot be done (%(code)s).", code=code)
    said = {name: _said(words, name, value) for name, value in error.fields.items()}
    return label(words, code) % _Lenient(said)


def _said(words: Translator, name: str, value: object) -> object:
    if isinstance(value, Enum):
        return enum_label(words, value)
    for family in CODES_IN_FIELDS.get(name, ()):
        if f"{family}.{value}" in labels():
            return label(words, f"{family}.{value}")
    return value if type(value) is int else words.value(value)


class _Lenient(dict[str, object]):
    """Fields of a sentence; one that is missing shows as an ellipsis."""

    def __missing__(self, name: str) -> str:
        return "…"


@lru_cache(maxsize=1)
def labels() -> Mapping[str, str]:
    """The table, read once."""
    return read_labels(LABELS_PATH)


def read_labels(path: Path) -> dict[str, str]:
    """Read a table of code and English text; a repeated code raises ``ValueError``."""
    table: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        code, tab, msgid = line.partition("\t")
        if not (code and tab and msgid) or "\t" in msgid or code in table:
            raise ValueError(f"line {number} of {path.name} is no new pair of code and text: {line!r}")
        table[code] = msgid
    return table
