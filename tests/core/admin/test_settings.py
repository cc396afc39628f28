from datetime import date
from decimal import Decimal

import pytest

from core.admin.settings import (
    LONGEST_SETTING,
    SPECS,
    CaseSettings,
    ChargingMode,
    FeeCycle,
    FeeSettings,
    FeeTiming,
    LimitsSpec,
    OrderSettings,
    ServiceSettings,
    SettingEntry,
    SettingInClosedPeriod,
    SettingKey,
    SettingLimitsReversed,
    SettingLimitsSleep,
    SettingNotAChoice,
    SettingNotANumber,
    SettingNotAscending,
    SettingNotHours,
    SettingNotLadder,
    SettingNotLimits,
    SettingNotNames,
    SettingNotWeights,
    SettingOutOfBounds,
    SettingRefused,
    SettingTooLong,
    SettingValue,
    SurveySettings,
    YesNo,
    case_settings_at,
    check_change,
    fee_settings_at,
    order_settings_at,
    parse_setting,
    service_settings_at,
    setting_text,
    survey_settings_at,
    value_at,
)
from core.complaints.grading import DEFAULT_LIMITS, SEVERAL_HOUSEHOLDS, LimitRow, case_limits_of, check_limits
from core.complaints.insight import HOT_DAYS, HOT_FROM
from core.complaints.lifecycle import REOPEN_DAYS
from core.complaints.redaction import ANONYMISE_MONTHS, LEAST_MONTHS
from core.complaints.repeats import LEAST_REPEATED, REPEAT_DAYS
from core.kernel.clocks import Levels, Limit, LimitCalendar, LimitUnit
from core.kernel.escalation import Ladder, LadderStep
from core.kernel.limit_texts import NamedLevels
from core.kernel.limits import NO_LIMITS, clock_hours, working_days
from core.kernel.worktime import Interval, WeekTemplate
from core.work_orders.facts import REOPEN_DAYS as ORDER_REOPEN_DAYS
from core.work_orders.limits import DEFAULT_LIMITS as WORK_LIMITS
from core.work_orders.limits import WorkLimitRow, check_work_limits, work_limits_of
from core.work_orders.slots import LONGEST_SLOT, SHORTEST_SLOT, SLOT_MINUTES

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
        (K.SERVICE_HOURS, "１－５ ９：００－１８：００", WeekTemplate.of((Interval(540, 1080),))),
        (K.SERVICE_LADDER, "100%=manager，1 = handler", Ladder((LadderStep(1, "handler"), LadderStep(100, "manager")))),
        (K.SERVICE_LADDER, "1000=supervisor", Ladder((LadderStep(1000, "supervisor"),))),
        (K.SERVICE_FREE_PAUSES, "", ()),
        (K.SERVICE_FREE_PAUSES, "weather , waiting_parts", ("weather", "waiting_parts")),
        (
            K.CASES_LIMITS_NORMAL,
            "response＝8WH／2wd，call_back=-",
            (
                ("response", Levels(Limit(8, LimitUnit.HOURS, LimitCalendar.WORKING), working_days(2))),
                ("call_back", NO_LIMITS),
            ),
        ),
        (K.ORDERS_LIMITS_FAILURE, "finish=2h", (("finish", Levels(clock_hours(2))),)),
        (K.ORDERS_LIMITS_OTHER, "response=1wd", (("response", Levels(working_days(1))),)),
        (K.ORDERS_PHOTOS_NEEDED, "yes", YesNo.YES),
        (K.CASES_SATISFACTION_TARGET, "92.5", Decimal("92.5")),
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
        (K.SERVICE_HOURS, "", SettingNotHours),
        (K.SERVICE_HOURS, "Monday to Friday", SettingNotHours),
        (K.SERVICE_HOURS, "1-5 12:00-08:30", SettingNotHours),
        (K.SERVICE_HOURS, "6 09:00-12:00", SettingNotHours),
        (K.SERVICE_LADDER, "", SettingNotLadder),
        (K.SERVICE_LADDER, "50", SettingNotLadder),
        (K.SERVICE_LADDER, "0=handler", SettingNotLadder),
        (K.SERVICE_LADDER, "1001=handler", SettingNotLadder),
        (K.SERVICE_LADDER, "50=handler,50=handler", SettingNotLadder),
        (K.SERVICE_LADDER, "50=handler,", SettingNotLadder),
        (K.SERVICE_LADDER, "50=cashier", SettingNotLadder),
        (K.SERVICE_LADDER, ",".join(f"{percent}=manager" for percent in range(1, 14)), SettingNotLadder),
        (K.SERVICE_FREE_PAUSES, "weather,", SettingNotNames),
        (K.SERVICE_FREE_PAUSES, "bad weather", SettingNotNames),
        (K.SERVICE_FREE_PAUSES, "weather,weather", SettingNotNames),
        (K.SERVICE_FREE_PAUSES, ",".join(f"n{n}" for n in range(21)), SettingNotNames),
        (K.CASES_LIMITS_NORMAL, "", SettingNotLimits),
        (K.CASES_LIMITS_NORMAL, "24h", SettingNotLimits),
        (K.CASES_LIMITS_NORMAL, "finish=24h", SettingNotLimits),
        (K.CASES_LIMITS_NORMAL, "response=0h", SettingNotLimits),
        (K.CASES_LIMITS_NORMAL, "response=24h,feedback=8d", SettingNotLimits),
        (K.CASES_LIMITS_NORMAL, "response=24h,feedback=25h/24h", SettingLimitsReversed),
        (K.CASES_LIMITS_NORMAL, "response=1wd/72h", SettingLimitsReversed),
        (K.ORDERS_LIMITS_OTHER, "call_back=24h", SettingNotLimits),
        (K.ORDERS_LIMITS_FAILURE, "finish=2h/1wd", SettingLimitsSleep),
        (K.ORDERS_LIMITS_FAILURE, "response=30wm", SettingLimitsSleep),
        (K.ORDERS_LIMITS_FAILURE, "response=3h/2h", SettingLimitsReversed),
        (K.ORDERS_PHOTOS_NEEDED, "maybe", SettingNotAChoice),
        (K.ORDERS_SLOT_MINUTES, "14", SettingOutOfBounds),
        (K.CASES_RETENTION_MONTHS, "5", SettingOutOfBounds),
        (K.CASES_RETENTION_MONTHS, "601", SettingOutOfBounds),
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
    with pytest.raises(SettingNotLimits) as limits:
        parse_setting(key=K.ORDERS_LIMITS_OTHER, text="2 days")
    assert limits.value.fields == {"key": K.ORDERS_LIMITS_OTHER, "names": "response, finish"}
    with pytest.raises(SettingLimitsReversed) as reversal:
        parse_setting(key=K.ORDERS_LIMITS_OTHER, text="response=1h, finish=3h/2h")
    assert reversal.value.fields == {"key": K.ORDERS_LIMITS_OTHER, "name": "finish"}
    with pytest.raises(SettingNotLadder) as ladder:
        parse_setting(key=K.SERVICE_LADDER, text="50=owner")
    assert ladder.value.fields == {"key": K.SERVICE_LADDER, "most_steps": 12, "most_percent": 1000}


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


CASE_ROWS = {
    LimitRow.URGENT: K.CASES_LIMITS_URGENT,
    LimitRow.MAJOR: K.CASES_LIMITS_MAJOR,
    LimitRow.NORMAL: K.CASES_LIMITS_NORMAL,
    LimitRow.QUESTION: K.CASES_LIMITS_QUESTION,
    LimitRow.PRAISE: K.CASES_LIMITS_PRAISE,
}
WORK_ROWS = {
    WorkLimitRow.FAILURE: K.ORDERS_LIMITS_FAILURE,
    WorkLimitRow.REPAIR: K.ORDERS_LIMITS_REPAIR,
    WorkLimitRow.OTHER: K.ORDERS_LIMITS_OTHER,
}


def named(key: SettingKey, text: str | None = None) -> NamedLevels:
    """The limits of a setting: those of a text, else the default."""
    spec = SPECS[key]
    assert isinstance(spec, LimitsSpec)
    if text is None:
        return spec.default
    return parse_setting(key=key, text=text)  # type: ignore[return-value]  # the keys asked for are those of limits


def test_the_default_limits_are_those_of_the_rules() -> None:
    assert {row: case_limits_of(named(key)) for row, key in CASE_ROWS.items()} == DEFAULT_LIMITS
    assert {row: work_limits_of(named(key)) for row, key in WORK_ROWS.items()} == WORK_LIMITS


@pytest.mark.parametrize("text", ["response=24h/24h", "response=48h/2wd", "response=30wm/1wd", "response=-/1h"])
def test_limits_a_setting_takes_pass_the_checks_of_the_rules(text: str) -> None:
    for key in CASE_ROWS.values():
        check_limits(case_limits_of(named(key, text)))
    for row, key in WORK_ROWS.items():
        if row is not WorkLimitRow.FAILURE or "w" not in text:
            check_work_limits(row=row, limits=work_limits_of(named(key, text)))


def test_the_default_figures_and_bounds_are_those_of_the_rules() -> None:
    figures = {
        K.CASES_SEVERAL_FROM: SEVERAL_HOUSEHOLDS,
        K.CASES_REPEAT_LEAST: LEAST_REPEATED,
        K.CASES_REPEAT_DAYS: REPEAT_DAYS,
        K.CASES_HOT_LEAST: HOT_FROM,
        K.CASES_HOT_DAYS: HOT_DAYS,
        K.CASES_REOPEN_DAYS: REOPEN_DAYS,
        K.CASES_RETENTION_MONTHS: ANONYMISE_MONTHS,
        K.ORDERS_REOPEN_DAYS: ORDER_REOPEN_DAYS,
        K.ORDERS_SLOT_MINUTES: SLOT_MINUTES,
    }
    assert {key: SPECS[key].default for key in figures} == figures
    bounds = {
        K.CASES_RETENTION_MONTHS: (LEAST_MONTHS, 600),
        K.ORDERS_SLOT_MINUTES: (SHORTEST_SLOT, LONGEST_SLOT),
    }
    for key, (least, most) in bounds.items():
        with pytest.raises(SettingOutOfBounds) as refusal:
            parse_setting(key=key, text="0")
        assert (refusal.value.fields["least"], refusal.value.fields["most"]) == (least, most)


def test_all_settings_of_complaints_and_requests_are_gathered_typed() -> None:
    company = [
        entry("1-6 09:00-18:00", DAY, K.SERVICE_HOURS),
        entry("200=manager", DAY, K.SERVICE_LADDER),
        entry("", DAY, K.SERVICE_FREE_PAUSES),
        entry("response=1h", DAY, K.CASES_LIMITS_PRAISE),
        entry("24", DAY, K.CASES_RETENTION_MONTHS),
        entry("yes", DAY, K.ORDERS_PHOTOS_NEEDED),
        entry("finish=72h", DAY, K.ORDERS_LIMITS_OTHER),
    ]
    given: dict[str, tuple[SettingEntry, ...]] = {"estate_entries": (), "company_entries": tuple(company)}
    nine_to_six = (Interval(540, 1080),)
    assert service_settings_at(**given, day=DAY) == ServiceSettings(
        hours=WeekTemplate.of(nine_to_six, saturday=nine_to_six),
        ladder=Ladder((LadderStep(200, "manager"),)),
        free_pauses=(),
    )
    assert case_settings_at(**given, day=DAY) == CaseSettings(
        limits_urgent=named(K.CASES_LIMITS_URGENT),
        limits_major=named(K.CASES_LIMITS_MAJOR),
        limits_normal=named(K.CASES_LIMITS_NORMAL),
        limits_question=named(K.CASES_LIMITS_QUESTION),
        limits_praise=(("response", Levels(clock_hours(1))),),
        several_from=2,
        repeat_least=2,
        repeat_days=90,
        hot_least=3,
        hot_days=30,
        reopen_days=30,
        retention_months=24,
        satisfaction_target=Decimal(90),
    )
    assert order_settings_at(**given, day=DAY) == OrderSettings(
        limits_failure=named(K.ORDERS_LIMITS_FAILURE),
        limits_repair=named(K.ORDERS_LIMITS_REPAIR),
        limits_other=(("finish", Levels(clock_hours(72))),),
        reopen_days=30,
        photos_needed=True,
        slot_minutes=120,
    )
    before = order_settings_at(**given, day=date(2026, 11, 20))
    assert before.photos_needed is False
    assert service_settings_at(**given, day=date(2026, 11, 20)).free_pauses == ("customer_appointment",)


@pytest.mark.parametrize(
    ("key", "text", "stored"),
    [
        (K.SERVICE_HOURS, "6 9:00-12:00;1-5 8:30-12:00 , 13:30-17:30", "1-5 08:30-12:00,13:30-17:30; 6 09:00-12:00"),
        (K.SERVICE_LADDER, "100 = supervisor, 50% = handler", "50=handler,100=supervisor"),
        (K.SERVICE_FREE_PAUSES, " weather , other ", "weather,other"),
        (K.CASES_LIMITS_URGENT, " response = 2H / 24h, feedback=-", "response=2h/24h,feedback=-"),
        (K.ORDERS_PHOTOS_NEEDED, "yes", "yes"),
    ],
)
def test_every_kind_of_value_is_stored_in_its_one_spelling(key: SettingKey, text: str, stored: str) -> None:
    assert check_change(key=key, text=text, valid_from=DAY, first_open_day=None) == SettingEntry(key, DAY, stored)
    assert setting_text(parse_setting(key=key, text=stored)) == stored


def test_a_value_longer_than_its_column_is_refused() -> None:
    shifts = ",".join(f"{hour:02}:00-{hour:02}:30" for hour in range(24))
    fits = f"1 {shifts}"
    assert len(fits) < LONGEST_SETTING
    check_change(key=K.SERVICE_HOURS, text=fits, valid_from=DAY, first_open_day=None)
    with pytest.raises(SettingTooLong) as refusal:
        check_change(key=K.SERVICE_HOURS, text=f"{fits};3 {shifts}", valid_from=DAY, first_open_day=None)
    assert refusal.value.fields == {"key": K.SERVICE_HOURS, "most": 500}
