from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from core.kernel.errors import BusinessError
from core.kernel.lines import LineMissing, LineTooLong
from core.surveys.external import (
    CERTIFICATE,
    CSI,
    ExternalResult,
    MeasuredInFuture,
    ScaleRefused,
    ScoreMissing,
    ScoreOutsideScale,
    SubjectUnknown,
    as_percent,
    check_external,
)

TODAY = date(2028, 2, 29)
GOOD = ExternalResult(body="某评估公司", measured_on=TODAY, subject=CSI, score=Decimal("85.2"), scale_most=Decimal(100))
CERTIFIED = ExternalResult(body="认证中心", measured_on=TODAY, subject=CERTIFICATE, note="ISO 9001")


@pytest.mark.parametrize(
    "result",
    [
        GOOD,
        replace(GOOD, subject="price", score=Decimal(0)),
        replace(GOOD, score=Decimal(100), note="注" * 300, body="司" * 100),
        replace(GOOD, score=Decimal("4.123456"), scale_least=Decimal(1), scale_most=Decimal(5)),
        replace(GOOD, score=Decimal(1), scale_least=Decimal(1), scale_most=Decimal(5)),
        replace(GOOD, scale_most=Decimal(100_000)),
        CERTIFIED,
        replace(CERTIFIED, score=Decimal(90), scale_most=Decimal(100)),
    ],
)
def test_a_sound_result_is_taken(result: ExternalResult) -> None:
    assert check_external(result=result, dimensions={"price"}, today=TODAY) == result


def test_lines_are_tidied() -> None:
    untidy = replace(GOOD, body=" 某评估\u200b公司 ", note=" a\nb ")
    assert check_external(result=untidy, dimensions=(), today=TODAY) == replace(GOOD, note="a b")


@pytest.mark.parametrize(
    ("result", "refusal", "fields"),
    [
        (replace(GOOD, body=" "), LineMissing, {"field": "body"}),
        (replace(GOOD, body="司" * 101), LineTooLong, {"field": "body", "longest": 100}),
        (replace(CERTIFIED, note=""), LineMissing, {"field": "note"}),
        (replace(GOOD, note="注" * 301), LineTooLong, {"field": "note", "longest": 300}),
        (
            replace(GOOD, measured_on=date(2028, 3, 1)),
            MeasuredInFuture,
            {"measured_on": date(2028, 3, 1), "today": TODAY},
        ),
        (replace(GOOD, subject="taste"), SubjectUnknown, {"subject": "taste"}),
        (replace(GOOD, score=None), ScoreMissing, {}),
        (replace(GOOD, scale_most=None), ScoreMissing, {}),
        (replace(GOOD, score=None, scale_most=None), ScoreMissing, {}),
        (replace(CERTIFIED, score=Decimal(90)), ScoreMissing, {}),
        (replace(CERTIFIED, scale_most=Decimal(90)), ScoreMissing, {}),
        (replace(GOOD, scale_most=Decimal(0)), ScaleRefused, {"least": "0", "most": "0", "largest": 100_000}),
        (
            replace(GOOD, scale_least=Decimal(-1)),
            ScaleRefused,
            {"least": "-1", "most": "100", "largest": 100_000},
        ),
        (
            replace(GOOD, scale_most=Decimal(100_001)),
            ScaleRefused,
            {"least": "0", "most": "100001", "largest": 100_000},
        ),
        (
            replace(GOOD, scale_most=Decimal("NaN")),
            ScaleRefused,
            {"least": "0", "most": "NaN", "largest": 100_000},
        ),
        (
            replace(GOOD, scale_least=Decimal("0.0000001")),
            ScaleRefused,
            {"least": "1E-7", "most": "100", "largest": 100_000},
        ),
        (replace(GOOD, score=Decimal(-1)), ScoreOutsideScale, {"score": "-1", "least": "0", "most": "100"}),
        (replace(GOOD, score=Decimal("100.1")), ScoreOutsideScale, {"score": "100.1", "least": "0", "most": "100"}),
        (
            replace(GOOD, score=Decimal("85.1234567")),
            ScoreOutsideScale,
            {"score": "85.1234567", "least": "0", "most": "100"},
        ),
        (
            replace(GOOD, score=Decimal("Infinity")),
            ScoreOutsideScale,
            {"score": "Infinity", "least": "0", "most": "100"},
        ),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    result: ExternalResult, refusal: type[BusinessError], fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        check_external(result=result, dimensions={"price"}, today=TODAY)
    assert refused.value.fields == fields


@pytest.mark.parametrize(
    ("score", "scale_most", "percent"),
    [
        (Decimal("85.2"), Decimal(100), Fraction(852, 10)),
        (Decimal("4.1"), Decimal(5), Fraction(82)),
        (Decimal(1), Decimal(5), Fraction(20)),  # the floor of CSI
        (Decimal(2), Decimal(3), Fraction(200, 3)),
        (None, None, None),
        (None, Decimal(5), None),
        (Decimal(5), None, None),
    ],
)
def test_a_score_is_put_on_the_percent_scale_of_csi(
    score: Decimal | None, scale_most: Decimal | None, percent: Fraction | None
) -> None:
    assert as_percent(replace(GOOD, score=score, scale_most=scale_most)) == percent
