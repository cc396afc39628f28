"""What a text is probably about (R-077): a proposal from its words, for a person to accept or to change."""

import re
import unicodedata

from core.complaints.taxonomy import SubCategory
from core.imports.case_vocabulary import CASE_WORDS

MOST_TOPICS = 3


def likely_topics(*, text: str, most: int = MOST_TOPICS) -> tuple[SubCategory, ...]:
    """Name the sub-categories whose words the text holds: the one with the most letters found first, at most ``most``.

    Of equal ones the order of the vocabulary decides, which begins with what is most urgent. Width and case make no
    difference; Latin words count from their beginning on, so that a street is no tree. No word found gives nothing.
    """
    said = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    found = {topic: sum(len(word) for word in words if _holds(said, word)) for topic, words in CASE_WORDS.items()}
    ranked = sorted((topic for topic, letters in found.items() if letters), key=lambda topic: -found[topic])
    return tuple(ranked[:most])


def _holds(said: str, word: str) -> bool:
    return re.search(rf"(?<![a-z]){re.escape(word)}", said) is not None if word.isascii() else word in said
