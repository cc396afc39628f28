"""Key words of the tags of open answers, by which the portal suggests tags (R-151): ``tag_words.tsv``.

A line is a tag's code, its Chinese and its English key words, a comma between them. They are letters to search for,
no dictionary: "facilit" finds "facility" and "facilities". A tag the company adds itself has none, and is never
suggested.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from locales.translator import FOLDER

WORDS_PATH: Final = FOLDER / "tag_words.tsv"
_BETWEEN: Final = ","


@lru_cache(maxsize=1)
def tag_words() -> Mapping[str, tuple[str, ...]]:
    """Give the key words of each tag, Chinese ones first, in the order of the file; the file is read once.

    Answers come in either language whatever the person who reads them speaks, so both are searched for.
    """
    return read_tag_words(WORDS_PATH)


def read_tag_words(path: Path) -> dict[str, tuple[str, ...]]:
    """Read a table of code, Chinese and English words; a line of another shape or a repeated code raises."""
    table: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        code, *languages = line.split("\t")
        words = tuple(word.strip() for language in languages for word in language.split(_BETWEEN))
        if len(languages) != 2 or not code or code in table or not all(words):
            raise ValueError(f"line {number} of {path.name} is no new tag with words in two languages: {line!r}")
        table[code] = words
    return table
