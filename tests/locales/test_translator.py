from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from core.kernel.money import LARGEST_FEN, Money
from core.kernel.periods import Month
from locales.translator import LANGUAGES, Translator, read_texts, texts_of

ZH, EN = Translator("zh_CN"), Translator("en")
BOTH = (ZH, EN)


def test_a_text_is_said_in_the_persons_language() -> None:
    assert ZH.t("Sign out") == "退出登录"
    assert EN.t("Sign out") == "Sign out"


def test_a_text_without_a_translation_is_said_as_it_is() -> None:
    for words in BOTH:
        assert words.t("Nobody ever translated this") == "Nobody ever translated this"


def test_an_unknown_language_is_answered_in_chinese() -> None:
    assert Translator("de").language == "zh_CN"
    assert [Translator(language).language for language in LANGUAGES] == ["zh_CN", "en"]


def test_fields_are_filled_in_as_plain_text() -> None:
    hostile = "%(count)s {0.__class__} <b> %s"
    assert EN.t("%(count)s rows", count=hostile) == f"{hostile} rows"
    assert ZH.t("%(count)s rows", count=hostile) == f"共 {hostile} 行"


def test_a_text_without_fields_may_hold_a_percent_sign() -> None:
    assert EN.t("100 % sure") == "100 % sure"
    assert EN.t("100 %% of %(what)s", what="it") == "100 % of it"


def test_fields_take_their_usual_form() -> None:
    said = EN.t(
        "%(a)s|%(b)s|%(c)s|%(d)s|%(e)s|%(f)d|%(g)s|%(h)s",
        a=Money(123_450),
        b=date(2026, 11, 21),
        c=datetime(2026, 11, 21, 0, 30, tzinfo=UTC),
        d=Month(2026, 11),
        e=None,
        f=1234,
        g=Decimal("1.50"),
        h=True,
    )
    assert said == "¥1,234.50|2026-11-21|2026-11-21 08:30|2026-11||1234|1.50|True"


def test_english_tells_one_from_many_and_chinese_need_not() -> None:
    assert [EN.tn("%(count)s dog", "%(count)s dogs", n) for n in (0, 1, 2, 1234)] == [
        "0 dogs", "1 dog", "2 dogs", "1,234 dogs",
    ]  # fmt: skip
    assert EN.tn("%(count)s dog of %(who)s", "%(count)s dogs of %(who)s", 2, who="Wang") == "2 dogs of Wang"


def test_a_chinese_plural_has_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ZH, "_texts", {(None, "%(count)s dog"): ("%(count)s 只狗",)})
    assert [ZH.tn("%(count)s dog", "%(count)s dogs", n) for n in (1, 2)] == ["1 只狗", "2 只狗"]


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "¥0.00"),
        (1, "¥0.01"),
        (-5, "-¥0.05"),
        (123_450, "¥1,234.50"),
        (-123_450, "-¥1,234.50"),
        (LARGEST_FEN, "¥100,000,000,000.00"),
        (LARGEST_FEN - 1, "¥99,999,999,999.99"),
    ],
)
def test_money_reads_alike_in_both_languages_to_the_fen(fen: int, text: str) -> None:
    assert [words.money(Money(fen)) for words in BOTH] == [text, text]


@pytest.mark.parametrize(
    ("value", "text"),
    [("78.3", "78.3 %"), ("0", "0.0 %"), ("100", "100.0 %"), ("-2.15", "-2.2 %"), ("1234.55", "1,234.6 %")],
)
def test_a_percentage_has_one_decimal(value: str, text: str) -> None:
    assert [words.percent(Decimal(value)) for words in BOTH] == [text, text]


def test_a_percentage_of_nothing_is_not_zero() -> None:
    assert [words.percent(None) for words in BOTH] == ["不适用", "n/a"]


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (-1, "-1"), (999, "999"), (1_234_567, "1,234,567")])
def test_integers_have_separators(value: int, text: str) -> None:
    assert [words.integer(value) for words in BOTH] == [text, text]


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("2.675", 2, "2.68"), ("2.5", 0, "3"), ("-2.5", 0, "-3"), ("1234.5", 2, "1,234.50"), ("0.000001", 6, "0.000001")],
)
def test_decimals_are_rounded_half_up_to_the_places_asked_for(value: str, places: int, text: str) -> None:
    assert EN.decimal(Decimal(value), places=places) == text


def test_areas_are_told_in_square_metres() -> None:
    assert EN.area(8950) == "89.50 m²"


def test_days_months_and_instants_have_one_form() -> None:
    assert [words.date(date(2026, 1, 5)) for words in BOTH] == ["2026-01-05"] * 2
    assert [words.month(Month(2026, 1)) for words in BOTH] == ["2026年1月", "2026-01"]
    west = datetime(2026, 12, 31, 8, 30, tzinfo=timezone(timedelta(hours=-8)))
    assert [words.instant(west) for words in BOTH] == ["2027-01-01 00:30"] * 2


def test_the_last_days_of_a_year_keep_their_year() -> None:
    # The week-based year would turn 2024-12-30 into 2025.
    assert EN.date(date(2024, 12, 30)) == "2024-12-30"
    assert ZH.month(Month(2024, 12)) == "2024年12月"


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        EN.instant(datetime(2026, 1, 1))


def test_one_english_word_may_have_two_translations() -> None:
    assert ZH.meaning("Open", "enum.BillState.open") == "未缴"
    assert ZH.meaning("Open", "anything else") == "办理"


def test_a_catalog_is_read_once() -> None:
    assert texts_of("zh_CN") is texts_of("zh_CN")


def test_reading_leaves_out_what_is_not_translated(tmp_path: Path) -> None:
    path = tmp_path / "zh_CN.po"
    path.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgid "a"\nmsgstr "甲"\n\nmsgid "b"\nmsgstr ""\n\nmsgctxt "x"\nmsgid "a"\nmsgstr "乙"\n\n'
        'msgid "%(count)s c"\nmsgid_plural "%(count)s cs"\nmsgstr[0] "丙"\n',
        encoding="utf-8",
    )
    assert read_texts(path, "zh_CN") == {(None, "a"): ("甲",), ("x", "a"): ("乙",), (None, "%(count)s c"): ("丙",)}
