from collections.abc import Collection

import pytest

from core.kernel.errors import BusinessError
from core.surveys.opinions import TagUnknown, TooManyTags, check_tags, suggested_tags, tag_counts

WORDS = {
    "lift": ("电梯", "lift", "elevator"),
    "parking": ("停车", "车位"),
    "noise": ("噪音", "吵", "noisy"),
    "nothing": (),
    "empty": ("", " ", "\u200b"),
}


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("电梯慢", ("lift",)),
        ("吵，车位少，停车难，电梯坏", ("lift", "parking", "noise")),
        ("The ＬＩＦＴ is Noisy", ("lift", "noise")),
        ("电\u200b梯", ("lift",)),
        ("保洁很好", ()),
        ("", ()),
        ("   ", ()),
    ],
)
def test_tags_are_suggested_by_their_words(text: str, tags: tuple[str, ...]) -> None:
    assert suggested_tags(text=text, words=WORDS) == tags


def test_without_words_nothing_is_suggested() -> None:
    assert suggested_tags(text="电梯慢", words={}) == ()


def test_tags_come_back_each_once_in_their_order() -> None:
    assert check_tags(tags=["noise", "lift", "noise"], known={"lift", "noise"}) == ("noise", "lift")
    assert check_tags(tags=(), known=()) == ()


def test_a_tag_retired_since_stays_where_it_stands() -> None:
    assert check_tags(tags=["old"], known={"lift"}, kept={"old"}) == ("old",)


@pytest.mark.parametrize(
    ("tags", "refusal", "fields"),
    [
        (["lift", "pirate" * 10], TagUnknown, {"tag": ("pirate" * 10)[:32]}),
        (list("abcdefg"), TooManyTags, {"most": 6}),
    ],
)
def test_a_strange_tag_or_too_many_are_refused(
    tags: list[str], refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_tags(tags=tags, known={"lift", *"abcdefg"})
    assert refused.value.fields == fields
    assert len(check_tags(tags=list("abcdef"), known=set("abcdef"))) == 6


@pytest.mark.parametrize(
    ("rows", "counts"),
    [
        ([], ()),
        ([()], ()),
        ([("lift", "lift"), ("noise",), ("lift",), ("fees",)], (("lift", 2), ("fees", 1), ("noise", 1))),
    ],
)
def test_tags_are_counted_by_answers_most_first(
    rows: list[Collection[str]], counts: tuple[tuple[str, int], ...]
) -> None:
    assert tag_counts(rows) == counts
