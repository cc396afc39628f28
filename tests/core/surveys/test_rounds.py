from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.periods import Span
from core.surveys.rounds import (
    ROUND_MOVES,
    Channel,
    ChannelMissing,
    EventMissing,
    EventTooLong,
    LinksCut,
    RoundDatesReversed,
    RoundKind,
    RoundNameRefused,
    RoundNumberRefused,
    RoundPhase,
    RoundRecord,
    RoundState,
    RoundTooLong,
    TargetAbovePopulation,
    check_round,
    check_round_move,
    coverage,
    next_sequence,
    phase_at,
    response_rate,
    round_code,
    round_span,
)

FEBRUARY = Span(date(2028, 2, 1), date(2028, 3, 1))
GOOD = RoundRecord(
    name="2028年2月满意度调查",
    code="LH-28Q1-01",
    kind=RoundKind.REGULAR,
    span=FEBRUARY,
    channels=frozenset({Channel.PAPER}),
    target_sample=100,
    sent=300,
    population=1200,
    check_percent=10,
)


def test_a_sound_round_comes_back_with_tidied_lines() -> None:
    untidy = replace(GOOD, name=f" {GOOD.name}\u200b ", event_reference=" 停水\n  事件 ")
    assert check_round(untidy) == replace(GOOD, event_reference="停水 事件")


@pytest.mark.parametrize(
    "record",
    [
        replace(GOOD, name="调" * 100),
        replace(GOOD, target_sample=0, sent=0, population=0, check_percent=0),
        replace(GOOD, target_sample=1200, sent=1_000_000, check_percent=100),
        replace(GOOD, target_sample=5000, population=0),
        replace(GOOD, span=Span(date(2028, 2, 29), date(2028, 3, 1))),
        replace(GOOD, span=Span(FEBRUARY.start, FEBRUARY.start + timedelta(days=400))),
        replace(GOOD, kind=RoundKind.AFTER_EVENT, event_reference="件" * 200),
        replace(GOOD, channels=frozenset(Channel)),
    ],
)
def test_a_round_at_the_edge_of_what_is_allowed_is_taken(record: RoundRecord) -> None:
    assert check_round(record) == record


@pytest.mark.parametrize(
    ("record", "refusal", "fields"),
    [
        (replace(GOOD, name=" \u200b"), RoundNameRefused, {"longest": 100}),
        (replace(GOOD, name="调" * 101), RoundNameRefused, {"longest": 100}),
        (
            replace(GOOD, span=Span(FEBRUARY.start, FEBRUARY.start)),
            RoundDatesReversed,
            {"first_day": date(2028, 2, 1), "last_day": date(2028, 1, 31)},
        ),
        (
            replace(GOOD, span=Span(FEBRUARY.start, FEBRUARY.start + timedelta(days=401))),
            RoundTooLong,
            {"days": 401, "most": 400},
        ),
        (replace(GOOD, channels=frozenset()), ChannelMissing, {}),
        (
            replace(GOOD, target_sample=-1),
            RoundNumberRefused,
            {"field": "target_sample", "least": 0, "most": 1_000_000},
        ),
        (replace(GOOD, sent=-1), RoundNumberRefused, {"field": "sent", "least": 0, "most": 1_000_000}),
        (replace(GOOD, sent=1_000_001), RoundNumberRefused, {"field": "sent", "least": 0, "most": 1_000_000}),
        (replace(GOOD, population=-5), RoundNumberRefused, {"field": "population", "least": 0, "most": 1_000_000}),
        (replace(GOOD, check_percent=101), RoundNumberRefused, {"field": "check_percent", "least": 0, "most": 100}),
        (replace(GOOD, target_sample=1201), TargetAbovePopulation, {"target": 1201, "population": 1200}),
        (replace(GOOD, kind=RoundKind.AFTER_EVENT, event_reference=" "), EventMissing, {}),
        (replace(GOOD, event_reference="件" * 201), EventTooLong, {"longest": 200}),
    ],
)
def test_a_round_that_cannot_be_is_refused(
    record: RoundRecord, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_round(record)
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    ("first_day", "last_day", "span"),
    [
        (date(2028, 2, 29), date(2028, 2, 29), Span(date(2028, 2, 29), date(2028, 3, 1))),
        (date(2026, 12, 1), date(2026, 12, 31), Span(date(2026, 12, 1), date(2027, 1, 1))),
        (date(2026, 1, 1), date(2027, 2, 4), Span(date(2026, 1, 1), date(2027, 2, 5))),
    ],
)
def test_the_last_day_typed_is_still_within_the_round(first_day: date, last_day: date, span: Span) -> None:
    assert round_span(first_day=first_day, last_day=last_day) == span
    assert last_day in span
    assert last_day + timedelta(days=1) not in span


def test_a_round_that_ends_before_it_begins_or_never_ends_is_refused() -> None:
    with pytest.raises(RoundDatesReversed) as reversed_dates:
        round_span(first_day=date(2026, 3, 2), last_day=date(2026, 3, 1))
    assert reversed_dates.value.fields == {"first_day": date(2026, 3, 2), "last_day": date(2026, 3, 1)}
    with pytest.raises(RoundTooLong) as too_long:
        round_span(first_day=date(2026, 1, 1), last_day=date(2027, 2, 5))
    assert too_long.value.fields == {"days": 401, "most": 400}


@pytest.mark.parametrize("source", RoundState)
@pytest.mark.parametrize("target", RoundState)
def test_an_open_round_ends_and_only_a_closed_one_opens_again(source: RoundState, target: RoundState) -> None:
    wanted = (source, target) in {
        (RoundState.OPEN, RoundState.CLOSED),
        (RoundState.OPEN, RoundState.CANCELLED),
        (RoundState.CLOSED, RoundState.OPEN),
    }
    assert ROUND_MOVES.allows(source=source, target=target) is wanted
    if wanted:
        check_round_move(source=source, target=target, links_cut_on=None)
    else:
        with pytest.raises(ForbiddenMove):
            check_round_move(source=source, target=target, links_cut_on=None)


def test_a_round_whose_links_were_cut_stays_closed() -> None:
    cut = date(2026, 11, 20)
    with pytest.raises(LinksCut) as refused:
        check_round_move(source=RoundState.CLOSED, target=RoundState.OPEN, links_cut_on=cut)
    assert refused.value.fields == {"cut_on": cut}
    check_round_move(source=RoundState.OPEN, target=RoundState.CLOSED, links_cut_on=cut)


@pytest.mark.parametrize(
    ("state", "today", "phase"),
    [
        (RoundState.OPEN, date(2028, 1, 31), RoundPhase.PLANNED),
        (RoundState.OPEN, date(2028, 2, 1), RoundPhase.RUNNING),
        (RoundState.OPEN, date(2028, 2, 29), RoundPhase.RUNNING),
        (RoundState.OPEN, date(2028, 3, 1), RoundPhase.ENDED),
        (RoundState.CLOSED, date(2028, 2, 10), RoundPhase.CLOSED),
        (RoundState.CANCELLED, date(2028, 1, 31), RoundPhase.CANCELLED),
    ],
)
def test_the_phase_follows_from_dates_and_state(state: RoundState, today: date, phase: RoundPhase) -> None:
    assert phase_at(state=state, span=FEBRUARY, today=today) is phase


@pytest.mark.parametrize(
    ("day", "sequence", "code"),
    [
        (date(2026, 1, 1), 1, "LH-26Q1-01"),
        (date(2026, 3, 31), 2, "LH-26Q1-02"),
        (date(2026, 4, 1), 1, "LH-26Q2-01"),
        (date(2026, 9, 30), 1, "LH-26Q3-01"),
        (date(2026, 12, 31), 99, "LH-26Q4-99"),
        (date(2005, 10, 1), 100, "LH-05Q4-100"),
    ],
)
def test_the_code_names_estate_quarter_and_sequence(day: date, sequence: int, code: str) -> None:
    assert round_code(estate_code="LH", day=day, sequence=sequence) == code


def test_a_sequence_below_one_is_a_bug() -> None:
    with pytest.raises(ValueError, match="counts from 1"):
        round_code(estate_code="LH", day=date(2026, 1, 1), sequence=0)


@pytest.mark.parametrize(
    ("codes", "sequence"),
    [
        ([], 1),
        (["LH-26Q4-01"], 2),
        (["LH-26Q4-01", "LH-26Q4-07"], 8),
        (["LH-26Q4-99", "LH-26Q4-100"], 101),
        (["LH-26Q3-05", "XY-26Q4-05", "LH-26Q4-x"], 1),
    ],
)
def test_the_next_sequence_never_repeats_one(codes: list[str], sequence: int) -> None:
    assert next_sequence(estate_code="LH", day=date(2026, 11, 21), codes=codes) == sequence


@pytest.mark.parametrize(
    ("returned", "of", "rate"),
    [(0, 300, Fraction(0)), (150, 300, Fraction(1, 2)), (301, 300, Fraction(301, 300)), (5, 0, None), (0, 0, None)],
)
def test_a_rate_without_a_whole_is_unknown_and_never_zero(returned: int, of: int, rate: Fraction | None) -> None:
    assert response_rate(returned=returned, sent=of) == rate
    assert coverage(returned=returned, population=of) == rate
