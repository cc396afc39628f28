from pathlib import Path

import pytest

from core.admin.codes import CodeList, parse_code_lists
from core.surveys.opinions import suggested_tags
from locales.tag_words import read_tag_words, tag_words
from tests.builders import CODE_LISTS

TAGS = {
    entry.code
    for entry in parse_code_lists(CODE_LISTS.read_text(encoding="utf-8"))
    if entry.list is CodeList.SURVEY_TAG
}


def test_every_tag_the_portal_brings_has_words_but_the_one_for_all_the_rest() -> None:
    assert set(tag_words()) == TAGS - {"other"}


def test_no_word_stands_for_two_tags_and_none_stands_twice() -> None:
    words = [word.casefold() for own in tag_words().values() for word in own]
    assert len(words) == len(set(words))


def test_no_word_of_a_tag_is_found_by_another_of_it_already() -> None:
    needless = [
        (code, word)
        for code, own in tag_words().items()
        for word in own
        if any(other in word for other in own if other != word)
    ]
    assert needless == []


def test_a_word_of_one_sign_is_no_word_in_english() -> None:
    """Two Latin letters occur in too many words; a single Chinese sign may say enough."""
    assert [word for own in tag_words().values() for word in own if word.isascii() and len(word) < 4] == []


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("电梯经常坏，等梯要十分钟", ("lift",)),
        ("车库灯坏了没人管", ("parking", "facility", "speed")),
        ("垃圾房有异味，蚊虫多", ("cleaning",)),
        ("保安很负责，感谢", ("security", "praise")),
        ("楼上装修太吵了", ("noise",)),
        ("停水没有提前通知", ("water_power", "communication")),
        ("物业费太贵", ("fees",)),
        ("前台态度冷漠，报修三天都没人来", ("attitude", "speed")),
        ("The ELEVATOR is slow", ("lift", "speed")),
        ("Ｌｉｆｔ　broken again", ("lift", "facility")),
        ("Nobody came, and the staff were rude", ("attitude", "speed")),
        ("Thank you, very good", ("praise",)),
        ("没有意见", ()),
        ("coffee", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_what_people_write_suggests_what_it_is_about(text: str, tags: tuple[str, ...]) -> None:
    assert suggested_tags(text=text, words=tag_words()) == tags


@pytest.mark.parametrize(
    "line", ["", "lift", "lift\t电梯", "lift\t电梯\tlift\tmore", "\t电梯\tlift", "lift\t电梯,\tlift", "lift\t\tlift"]
)
def test_a_line_of_another_shape_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(f"noise\t噪音\tnoise\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 2 of words\.tsv"):
        read_tag_words(path)


def test_a_tag_that_comes_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("noise\t噪音\tnoise\nnoise\t吵\tloud\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_tag_words(path)
