import pytest

from core.complaints.taxonomy import SubCategory
from core.imports.case_topics import likely_topics
from core.imports.case_vocabulary import CASE_WORDS

S = SubCategory


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("3号楼电梯又坏了，老人下不了楼", (S.LIFT, S.DAMAGE)),
        ("楼上半夜装修声很吵", (S.NOISE, S.NEIGHBOURS)),
        ("地下车库有人乱停，占我车位", (S.PARKING,)),
        ("The lift stopped between two floors", (S.LIFT,)),
        ("ＬＩＦＴ", (S.LIFT,)),  # full width
        ("Electrical problem in building", (S.POWER,)),
        ("street cleaning", (S.CLEANING,)),  # a street is no tree
        ("City Tree Limb Down", (S.GREENING,)),
        ("物业催费的人态度很差", (S.DUNNING_MANNER, S.ATTITUDE)),
        ("", ()),
        ("……", ()),
        ("谢谢", ()),
        ("electrocution", ()),  # no word of ours begins there
    ],
)
def test_a_text_is_about_what_its_words_say(text: str, topics: tuple[SubCategory, ...]) -> None:
    assert likely_topics(text=text) == topics


def test_what_most_letters_speak_for_comes_first_and_only_a_few_are_named() -> None:
    text = "电梯停水停电漏气消防"
    assert likely_topics(text=text) == (S.LIFT, S.WATER, S.POWER)
    assert len(likely_topics(text=text, most=5)) == 5
    assert likely_topics(text="保洁打扫卫生，电梯") == (S.CLEANING, S.LIFT)


def test_every_sub_category_but_the_rest_has_words_written_as_they_are_compared() -> None:
    assert set(CASE_WORDS) == set(S) - {S.OTHER}
    words = [word for own in CASE_WORDS.values() for word in own]
    assert all(word == word.casefold().strip() and word for word in words)
