from datetime import date
from decimal import Decimal

import pytest

from core.admin.settings import (
    SPECS,
    ChargingMode,
    FeeCycle,
    FeeSettings,
    FeeTiming,
    SettingEntry,
    SettingInClosedPeriod,
    SettingKey,
    SettingNotAChoice,
    SettingNotANumber,
    SettingNotAscending,
    SettingNotWeights,
    SettingOutOfBounds,
    SettingRefused,
    SettingValue,
    SurveySettings,
    check_change,
    fee_settings_at,
    parse_setting,
    setting_text,
    survey_settings_at,
    value_at,
)

K = SettingKey
DAY = date(2026, 11, 21)


def entry(text: str, valid_from: date, key: SettingKey = K.FEES_DUE_DAY) -> SettingEntry:
    return SettingEntry(key, valid_from, text)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        (K.FEES_DUE_DAY, "1", 1),
        (K.FEES_DUE_DAY, " 31 ", 31),
        (K.FEES_DUE_DAY, "１５", 15),
        (K.FEES_TIMING, "advance", FeeTiming.ADVANCE),
        (K.FEES_CYCLE, "year", FeeCycle.YEAR),
        (K.FEES_CHARGING_MODE, "remuneration", ChargingMode.REMUNERATION),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "0", Decimal(0)),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "0.55", Decimal("0.55")),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "100.00", Decimal(100)),
        (K.FEES_BENCHMARK_MEAN_PERCENT, "７８．３", Decimal("78.3")),
        (K.FEES_AGEING_BOUNDS, "15,30,60", (15, 30, 60)),
        (K.FEES_AGEING_BOUNDS, "15，30 , 60", (15, 30, 60)),
        (K.FEES_AGEING_BOUNDS, "3650", (3650,)),
        (K.SURVEYS_LOW_LINE, "3.75", Decimal("3.75")),
        (K.SURVEYS_DIMENSION_WEIGHTS, "", ()),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service=30", (("service", 30),)),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service = 30 ，price＝0", (("service", 30), ("price", 0))),
    ],
)
def test_text_is_read_as_the_settings_own_type(key: SettingKey, text: str, value: SettingValue) -> None:
    parsed = parse_setting(key=key, text=text)
    assert (type(parsed), parsed) == (type(value), value)


@pytest.mark.parametrize(
    ("key", "text", "refusal"),
    [
        (K.FEES_DUE_DAY, "", SettingNotANumber),
        (K.FEES_DUE_DAY, "15.0", SettingNotANumber),
        (K.FEES_DUE_DAY, "-1", SettingNotANumber),
        (K.FEES_DUE_DAY, "1e1", SettingNotANumber),
        (K.FEES_DUE_DAY, "1_5", SettingNotANumber),
        (K.FEES_DUE_DAY, "٣", SettingNotANumber),
        (K.FEES_DUE_DAY, "0", SettingOutOfBounds),
        (K.FEES_DUE_DAY, "32", SettingOutOfBounds),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "3.555", SettingNotANumber),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "NaN", SettingNotANumber),
        (K.FEES_LATE_FEE_PER_MYRIAD_DAY, "100.01", SettingOutOfBounds),
        (K.FEES_BENCHMARK_GOOD_PERCENT, "100.1", SettingOutOfBounds),
        (K.FEES_BENCHMARK_GOOD_PERCENT, "90.", SettingNotANumber),
        (K.FEES_TIMING, "Advance", SettingNotAChoice),
        (K.FEES_TIMING, "", SettingNotAChoice),
        (K.FEES_AGEING_BOUNDS, "", SettingNotANumber),
        (K.FEES_AGEING_BOUNDS, "15;30", SettingNotANumber),
        (K.FEES_AGEING_BOUNDS, "0,30", SettingOutOfBounds),
        (K.FEES_AGEING_BOUNDS, "15,3651", SettingOutOfBounds),
        (K.FEES_AGEING_BOUNDS, "30,15", SettingNotAscending),
        (K.FEES_AGEING_BOUNDS, "15,15", SettingNotAscending),
        (K.FEES_AGEING_BOUNDS, "1,2,3,4,5,6,7", SettingNotAscending),
        (K.SURVEYS_LOW_MARK, "5", SettingOutOfBounds),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service", SettingNotWeights),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service=0.5", SettingNotWeights),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service=1,service=2", SettingNotWeights),
        (K.SURVEYS_DIMENSION_WEIGHTS, ",".join(f"d{n}=1" for n in range(21)), SettingNotWeights),
        (K.SURVEYS_DIMENSION_WEIGHTS, "service=1001", SettingOutOfBounds),
    ],
)
def test_a_bad_text_is_refused_and_names_the_setting(key: SettingKey, text: str, refusal: type[SettingRefused]) -> None:
    with pytest.raises(refusal) as caught:
        parse_setting(key=key, text=text)
    assert caught.value.fields["key"] is key


def test_refusals_say_what_would_be_allowed() -> None:
    with pytest.raises(SettingOutOfBounds) as bounds:
        parse_setting(key=K.FEES_DUE_DAY, text="32")
    assert bounds.value.fields == {"key": K.FEES_DUE_DAY, "least": 1, "most": 31}
    with pytest.raises(SettingNotAChoice) as choice:
        parse_setting(key=K.FEES_CYCLE, text="week")
    assert choice.value.fields == {"key": K.FEES_CYCLE, "choices": "month, year"}
    with pytest.raises(SettingNotANumber) as number:
        parse_setting(key=K.FEES_LATE_FEE_PER_MYRIAD_DAY, text="3‰")
    assert number.value.fields == {"key": K.FEES_LATE_FEE_PER_MYRIAD_DAY, "decimals": 2}


@pytest.mark.parametrize("key", list(SettingKey))
def test_every_setting_has_a_default_that_its_own_check_accepts(key: SettingKey) -> None:
    default = SPECS[key].default
    assert parse_setting(key=key, text=setting_text(default)) == default


COMPANY = (entry("10", date(2026, 1, 1)), entry("12", date(2026, 6, 1)))
ESTATE = (entry("20", date(2026, 7, 1)), entry("25", date(2026, 11, 21)), entry("28", date(2026, 11, 22)))


@pytest.mark.parametrize(
    ("estate", "company", "day", "value"),
    [
        ((), (), DAY, 15),
        ((), COMPANY, date(2025, 12, 31), 15),
        ((), COMPANY, date(2026, 1, 1), 10),
        ((), COMPANY, date(2026, 5, 31), 10),
        ((), COMPANY, date(2026, 6, 1), 12),
        (ESTATE, COMPANY, date(2026, 6, 30), 12),
        (ESTATE, COMPANY, date(2026, 7, 1), 20),
        (ESTATE, COMPANY, date(2026, 11, 20), 20),
        (ESTATE, COMPANY, date(2026, 11, 21), 25),
        (tuple(reversed(ESTATE)), COMPANY, date(2026, 11, 22), 28),
        ((entry("year", date(2026, 1, 1), K.FEES_CYCLE),), (), DAY, 15),
    ],
)
def test_estate_beats_company_beats_default_and_the_newest_valid_entry_holds(
    estate: tuple[SettingEntry, ...], company: tuple[SettingEntry, ...], day: date, value: int
) -> None:
    assert value_at(key=K.FEES_DUE_DAY, estate_entries=estate, company_entries=company, day=day) == value


def test_the_defaults_of_all_fee_settings_are_typed() -> None:
    assert fee_settings_at(estate_entries=(), company_entries=(), day=DAY) == FeeSettings(
        due_day=15,
        timing=FeeTiming.ARREARS,
        cycle=FeeCycle.MONTH,
        charging_mode=ChargingMode.LUMP_SUM,
        late_fee_per_myriad_day=Decimal(3),
        benchmark_mean_percent=Decimal("78.3"),
        benchmark_good_percent=Decimal(90),
        ageing_bounds=(15, 30, 60),
    )


def test_stored_fee_settings_keep_the_types_of_their_fields() -> None:
    stored = [
        entry("10", DAY),
        entry("contract", DAY, K.FEES_TIMING),
        entry("year", DAY, K.FEES_CYCLE),
        entry("remuneration", DAY, K.FEES_CHARGING_MODE),
        entry("5", DAY, K.FEES_LATE_FEE_PER_MYRIAD_DAY),
        entry("80", DAY, K.FEES_BENCHMARK_MEAN_PERCENT),
        entry("95", DAY, K.FEES_BENCHMARK_GOOD_PERCENT),
        entry("30,60,90", DAY, K.FEES_AGEING_BOUNDS),
    ]
    settings = fee_settings_at(estate_entries=(e for e in stored), company_entries=iter(()), day=DAY)
    assert settings == FeeSettings(
        10, FeeTiming.CONTRACT, FeeCycle.YEAR, ChargingMode.REMUNERATION, Decimal(5), Decimal(80), Decimal(95),
        (30, 60, 90),
    )  # fmt: skip
    assert isinstance(settings.late_fee_per_myriad_day, Decimal)
    assert isinstance(settings.benchmark_good_percent, Decimal)


@pytest.mark.parametrize("first_open", [None, DAY, date(2026, 11, 20)])
def test_a_change_from_an_open_day_is_stored_in_the_one_spelling(first_open: date | None) -> None:
    made = check_change(key=K.FEES_AGEING_BOUNDS, text=" 15， 45 ", valid_from=DAY, first_open_day=first_open)
    assert made == SettingEntry(K.FEES_AGEING_BOUNDS, DAY, "15,45")


def test_a_change_never_reaches_into_closed_results() -> None:
    with pytest.raises(SettingInClosedPeriod) as refusal:
        check_change(key=K.FEES_DUE_DAY, text="5", valid_from=DAY, first_open_day=date(2026, 11, 22))
    assert refusal.value.fields == {"key": K.FEES_DUE_DAY, "first_open_day": date(2026, 11, 22)}


def test_a_change_with_a_bad_value_is_refused() -> None:
    with pytest.raises(SettingOutOfBounds):
        check_change(key=K.FEES_DUE_DAY, text="0", valid_from=DAY, first_open_day=None)


def test_all_survey_settings_are_gathered_typed() -> None:
    weights = entry("service=2,price=1", date(2026, 1, 1), K.SURVEYS_DIMENSION_WEIGHTS)
    found = survey_settings_at(estate_entries=(weights,), company_entries=(), day=DAY)
    usual = (Decimal(90), 30, Decimal("3.5"), 2, 3)
    assert found == SurveySettings(*usual, dimension_weights=(("service", 2), ("price", 1)))
    assert setting_text(found.dimension_weights) == "service=2,price=1"
