"""What a new password must be (security.md 6.2.1–6.2.12): long enough and not easy to guess; nothing else.

No character classes, no forced change, no upper limit anybody meets, any language.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import ClassVar, Final

from core.admin.common_passwords import COMMON, STEMS
from core.kernel.errors import BusinessError

SHORTEST: Final = 8
ADVISED: Final = 15
LONGEST: Final = 128

PRODUCT_WORDS: Final = ("wuye", "guanjia")
"""Words anyone guesses first at a property company that uses this portal."""

_FEWEST_DIFFERENT: Final = 4
_LONGEST_DECORATION: Final = 6


class PasswordRefused(BusinessError):
    """The password is not acceptable; subclasses say why. The password itself is never a field."""

    code: ClassVar[str] = "password.refused"


class PasswordTooShort(PasswordRefused):
    """Fewer than 8 characters. Fields: ``shortest``, ``advised``."""

    code: ClassVar[str] = "password.too_short"


class PasswordTooLong(PasswordRefused):
    """More than 128 characters. Field: ``longest``."""

    code: ClassVar[str] = "password.too_long"


class PasswordUnreadable(PasswordRefused):
    """The text holds half a character, which no keyboard gives and no hash takes."""

    code: ClassVar[str] = "password.unreadable"


class PasswordCommon(PasswordRefused):
    """It stands on the list every guesser tries first, or is hardly more than one character repeated."""

    code: ClassVar[str] = "password.common"


class PasswordHoldsUserName(PasswordRefused):
    """It contains the user's own name."""

    code: ClassVar[str] = "password.holds_user_name"


class PasswordHoldsCompanyWord(PasswordRefused):
    """It contains a word of the company, an estate or the product. Field: ``word``."""

    code: ClassVar[str] = "password.holds_company_word"


def normalise_password(password: str) -> str:
    """Fold the ways one text can be typed (NFC); used alike when setting and when checking. Nothing is cut off."""
    return unicodedata.normalize("NFC", password)


def check_password(*, password: str, user_name: str, company_names: Iterable[str] = ()) -> str:
    """Judge a new password and give it in the form to hash, or raise a ``PasswordRefused``.

    ``company_names`` are names of the company and its estates; each word of them counts.
    """
    chosen = normalise_password(password)
    _check_length(chosen)
    folded = _fold(chosen)
    if _is_common(folded):
        raise PasswordCommon
    if any(word in folded for word in _words(user_name)):
        raise PasswordHoldsUserName
    for name in (*PRODUCT_WORDS, *company_names):
        for word in _words(name):
            if word in folded:
                raise PasswordHoldsCompanyWord(word=word)
    return chosen


def _check_length(chosen: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in chosen):
        raise PasswordUnreadable
    if len(chosen) < SHORTEST:
        raise PasswordTooShort(shortest=SHORTEST, advised=ADVISED)
    if len(chosen) > LONGEST:
        raise PasswordTooLong(longest=LONGEST)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_common(folded: str) -> bool:
    if folded in COMMON or len(set(folded)) < _FEWEST_DIFFERENT:
        return True
    # "Password2026!" is the common word in a thin disguise: digits and signs before or after it.
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return core in STEMS and len(folded) - len(core) <= _LONGEST_DECORATION


def _words(name: str) -> tuple[str, ...]:
    """The words of a name worth banning: from 3 letters on, or from 2 where one letter is a word (Chinese)."""
    words = re.findall(r"[^\W_]+", _fold(name))
    return tuple(word for word in words if len(word) >= (3 if word.isascii() else 2))
