"""Says things in one person's language: texts from the catalog; numbers, money and days through Babel."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from core.kernel.money import Money
from core.kernel.periods import CHINA, Month

DEFAULT_LANGUAGE: Final = "zh_CN"
LANGUAGES: Final = (DEFAULT_LANGUAGE, "en")
FOLDER: Final = Path(__file__).parent

_MONTHS: Final = {"zh_CN": "y年M月", "en": "yyyy-MM"}

Key = tuple[str | None, str]
"""Context (``None`` for most) and English text of an entry."""


class Translator:
    """The words of one language; an unknown language is answered in the default one."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else DEFAULT_LANGUAGE
        self._texts = texts_of(self.language)
        self._locale = Locale.parse(self.language)

    def t(self, msgid: str, /, **fields: object) -> str:
        """Say a text; ``%(name)s`` in it is filled with plain text, and money, months and days in their usual form.

        Without fields the text is said as it stands, so a lone percent sign needs no doubling.
        """
        return self._fill(self._find(msgid, None), fields)

    def tn(self, one: str, many: str, /, count: int, **fields: object) -> str:
        """Say ``one`` or ``many`` as the language counts; ``%(count)s`` is filled in with separators."""
        forms = self._texts.get((None, one))
        if not forms:
            forms = (one, many)
        text = forms[min(len(forms) - 1, 0 if count == 1 else 1)]
        return self._fill(text, {"count": self.integer(count), **fields})

    def meaning(self, msgid: str, context: str) -> str:
        """Say a text that the context may give another translation ("Open" a door; an account is "open")."""
        return self._find(msgid, context)

    def money(self, amount: Money) -> str:
        """``¥1,234.50``; a credit is ``-¥0.05``."""
        return format_decimal(amount.yuan, "¥#,##0.00", locale=self._locale)

    def percent(self, value: Decimal | None) -> str:
        """``78.3 %``, always one decimal; ``None`` (nothing to divide by) is "n/a"."""
        return self.t("n/a") if value is None else f"{self.decimal(value, places=1)} %"

    def integer(self, value: int) -> str:
        """``12,345``."""
        return format_decimal(value, "#,##0", locale=self._locale)

    def decimal(self, value: Decimal, *, places: int) -> str:
        """``1,234.50`` with just so many decimals, rounded half up."""
        exact = value.quantize(Decimal(1).scaleb(-places), "ROUND_HALF_UP")
        return format_decimal(exact, "#,##0." + "0" * places if places else "#,##0", locale=self._locale)

    def area(self, hundredths: int) -> str:
        """``89.50 m²`` from hundredths of a square metre."""
        return f"{self.decimal(Decimal(hundredths).scaleb(-2), places=2)} m²"

    def date(self, day: dt.date) -> str:
        """``2026-11-21``."""
        return format_date(day, "yyyy-MM-dd", locale=self._locale)

    def month(self, month: Month) -> str:
        """``2026年11月`` in Chinese, ``2026-11`` in English."""
        return format_date(month.first_day, _MONTHS[self.language], locale=self._locale)

    def instant(self, instant: dt.datetime) -> str:
        """``2026-11-21 08:30`` in Asia/Shanghai; a naive instant raises ``ValueError``."""
        if instant.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return format_datetime(instant, "yyyy-MM-dd HH:mm", tzinfo=CHINA, locale=self._locale)

    def value(self, value: object) -> str:
        """Write any value inside a sentence: what has a usual form in that form, the rest as plain text."""
        if isinstance(value, Money):
            return self.money(value)
        if isinstance(value, Month):
            return self.month(value)
        if isinstance(value, dt.datetime):
            return self.instant(value)
        if isinstance(value, dt.date):
            return self.date(value)
        return "" if value is None else str(value)

    def _find(self, msgid: str, context: str | None) -> str:
        forms = self._texts.get((context, msgid)) or self._texts.get((None, msgid))
        return forms[0] if forms else msgid

    def _fill(self, text: str, fields: Mapping[str, object]) -> str:
        if not fields:
            return text
        # Numbers stay numbers so that "%(n)d" works; everything else is text before it meets the pattern.
        return text % {name: v if type(v) is int else self.value(v) for name, v in fields.items()}


def catalog_path(language: str) -> Path:
    """Where a language's catalog lies."""
    return FOLDER / f"{language}.po"


@lru_cache(maxsize=len(LANGUAGES))
def texts_of(language: str) -> Mapping[Key, tuple[str, ...]]:
    """Read a catalog once: (context, msgid) to its forms; entries without a translation are left out."""
    return read_texts(catalog_path(language), language)


def read_texts(path: Path, language: str) -> dict[Key, tuple[str, ...]]:
    """Read a catalog file, untranslated entries left out."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    texts: dict[Key, tuple[str, ...]] = {}
    for message in catalog:
        msgid = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        if msgid and all(forms):
            texts[message.context, msgid] = forms
    return texts
