"""How a text is cut into terms that can be found again: pairs of Han characters, and whole words (R-087).

Chinese is written without gaps, so each run of Han characters is kept as its overlapping pairs; any longer word is then
a phrase of consecutive pairs. Both sides, the text kept and the text looked for, are cut by the same rule.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, TypeAlias

Phrase: TypeAlias = tuple[str, ...]

_HAN: Final = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN: Final = re.compile(rf"([{_HAN}]+)|([^\W_{_HAN}]+)")
_SIGN: Final = re.compile(f"[{_HAN}]")
_UNSEEN: Final = frozenset({"Cf", "Mn", "Mc", "Me"})
"""Marks that join, vary or stress a sign; somebody who types the word again will not type them."""


def index_terms(*, text: str) -> tuple[Phrase, ...]:
    """Cut a text into phrases of terms, in the order of the text.

    A run of Han characters gives its character pairs (a run of one gives that one); a run of other letters and digits
    gives one word. Letters are folded: full width and half width, capital and small are the same.
    """
    return tuple(_phrases(text))


def single_signs(*, text: str) -> tuple[str, ...]:
    """List the distinct Han characters of a text, first seen first, so that one character alone can be found too."""
    return tuple(dict.fromkeys(_SIGN.findall(_folded(text))))


def query_phrases(*, text: str) -> tuple[Phrase, ...]:
    """Say what a kept text must hold to be found: every one of these phrases, each as consecutive terms.

    A phrase typed twice is asked for once. One Han character alone is a phrase of one sign: look for it among the
    :func:`single_signs`. Nothing but signs of punctuation gives no phrase, which is nothing to search for.
    """
    return tuple(dict.fromkeys(_phrases(text)))


def _phrases(text: str) -> Iterator[Phrase]:
    for run in _RUN.finditer(_folded(text)):
        han, word = run.groups()
        if word:
            yield (word,)
        else:
            yield tuple(map("".join, pairwise(han))) or (han,)


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign) not in _UNSEEN)
