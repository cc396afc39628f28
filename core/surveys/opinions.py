"""Open answers: grouped by tags that a person sets and the portal suggests (R-151)."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, Final

from core.kernel.errors import BusinessError
from core.kernel.lines import clean_line

MOST_TAGS: Final = 6


class TagUnknown(BusinessError):
    """A tag stands on the list in use. Field: ``tag``."""

    code: ClassVar[str] = "surveys.tag.unknown"


class TooManyTags(BusinessError):
    """An answer has at most ``most`` tags."""

    code: ClassVar[str] = "surveys.tag.too_many"


def suggested_tags(*, text: str, words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Give the tags of which a word occurs in the text, each once, in the order of ``words``.

    Width, case and runs of space do not matter. It is a search for the letters and no more: "not noisy" suggests the
    tag of "noisy", so that a person decides. No hit gives nothing.
    """
    said = _folded(text)
    return tuple(tag for tag, kinds in words.items() if any(word and word in said for word in map(_folded, kinds)))


def _folded(text: str) -> str:
    return clean_line(unicodedata.normalize("NFKC", text)).casefold()


def check_tags(*, tags: Iterable[str], known: Collection[str], kept: Collection[str] = ()) -> tuple[str, ...]:
    """Give the tags, each once, in their order. ``known`` are those in use now, ``kept`` those the answer had before.

    A tag that was retired since stays on the answers that have it.
    """
    chosen = tuple(dict.fromkeys(tags))
    for tag in chosen:
        if tag not in known and tag not in kept:
            raise TagUnknown(tag=tag[:32])
    if len(chosen) > MOST_TAGS:
        raise TooManyTags(most=MOST_TAGS)
    return chosen


def tag_counts(rows: Iterable[Collection[str]]) -> tuple[tuple[str, int], ...]:
    """Count in how many answers each tag stands, most first, then by code; a row is the tags of one answer."""
    counts = Counter(tag for tags in rows for tag in set(tags))
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
