import pytest

from core.kernel.wording import index_terms, query_phrases, single_signs


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("", ()),
        ("，。！ …", ()),
        ("电", (("电",),)),
        ("电梯", (("电梯",),)),
        ("电梯坏了", (("电梯", "梯坏", "坏了"),)),
        ("电梯，坏了", (("电梯",), ("坏了",))),
        ("2号楼B单元", (("2",), ("号楼",), ("b",), ("单元",))),
        ("Ｌift　LIFT", (("lift",), ("lift",))),
        ("WiFi信号差", (("wifi",), ("信号", "号差"))),
        ("a_b-c", (("a",), ("b",), ("c",))),
        ("Straße", (("strasse",),)),
        ("１３８00138000", (("13800138000",),)),
        ("电\u200b梯", (("电梯",),)),
        ("葛\U000e0100西", (("葛西",),)),
        ("①㎡", (("1m2",),)),
        ("\uf9d0", (("類",),)),  # a compatibility character is its unified one
        ("〇五年佐々木", (("〇五", "五年", "年佐", "佐々", "々木"),)),
        ("𠮷野家", (("𠮷野", "野家"),)),
        ("İ", (("i",),)),
        ("cafe\u0301", (("café",),)),
        ("很吵\n很脏", (("很吵",), ("很脏",))),
        ("😀", ()),
    ],
)
def test_han_runs_become_pairs_and_other_runs_become_folded_words(
    text: str, phrases: tuple[tuple[str, ...], ...]
) -> None:
    assert index_terms(text=text) == phrases


@pytest.mark.parametrize(
    ("text", "signs"),
    [("", ()), ("Lift 2", ()), ("电梯电", ("电", "梯")), ("3号楼\u200b楼，栋", ("号", "楼", "栋"))],
)
def test_every_han_character_is_listed_once(text: str, signs: tuple[str, ...]) -> None:
    assert single_signs(text=text) == signs


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("  ", ()),
        ("梯", (("梯",),)),
        ("电梯 LIFT 电梯 lift", (("电梯",), ("lift",))),
        ("坏了电梯", (("坏了", "了电", "电梯"),)),
    ],
)
def test_what_is_looked_for_is_cut_like_what_is_kept_and_asked_once(
    text: str, phrases: tuple[tuple[str, ...], ...]
) -> None:
    assert query_phrases(text=text) == phrases


@pytest.mark.parametrize("part", ["电", "梯坏", "电梯坏了三天", "LIFT", "ｌｉｆｔ 三天"])
def test_any_part_of_a_run_is_found_in_the_text(part: str) -> None:
    text = "Lift：电梯坏了三天"
    kept, signs = index_terms(text=text), {(sign,) for sign in single_signs(text=text)}

    def holds(phrase: tuple[str, ...]) -> bool:
        spots = ((one[at : at + len(phrase)] for at in range(len(one))) for one in kept)
        return phrase in signs or any(phrase in places for places in spots)

    assert all(map(holds, query_phrases(text=part)))
    assert not all(map(holds, query_phrases(text="梯电")))
