from decimal import Decimal

import pytest

from core.kernel.errors import Problem
from core.meetings.causes import (
    CauseRanking,
    CauseRow,
    EffectColumn,
    RankedCause,
    ranked_causes,
    sheet_problems,
    tidied_sheet,
)

EFFECTS = (EffectColumn("困人", 10), EffectColumn("等待久", 3))


def test_causes_are_ranked_by_marks_times_importance() -> None:
    causes = (
        CauseRow("无备件", (0, 1)),  # 3
        CauseRow("维保不到位", (9, 9)),  # 117
        CauseRow("超载", (1, 2)),  # 16
        CauseRow("门机老化", (1, 2)),  # 16
        CauseRow("无关", (0, 0)),
    )
    assert ranked_causes(effects=EFFECTS, causes=causes) == CauseRanking(
        (
            RankedCause("维保不到位", 117, 1, Decimal("77.0"), Decimal("77.0"), True),
            RankedCause("超载", 16, 2, Decimal("10.5"), Decimal("87.5"), True),
            RankedCause("门机老化", 16, 2, Decimal("10.5"), Decimal("98.0"), False),
            RankedCause("无备件", 3, 4, Decimal("2.0"), Decimal("100.0"), False),
            RankedCause("无关", 0, 5, Decimal("0.0"), Decimal("100.0"), False),
        )
    )


def test_shares_are_worked_out_from_the_exact_totals() -> None:
    causes = tuple(CauseRow(name, (1,)) for name in "abc")
    ranking = ranked_causes(effects=(EffectColumn("e", 1),), causes=causes)
    assert [(cause.rank, cause.share, cause.cumulative) for cause in ranking.causes] == [
        (1, Decimal("33.3"), Decimal("33.3")),
        (1, Decimal("33.3"), Decimal("66.7")),
        (1, Decimal("33.3"), Decimal("100.0")),
    ]


def test_eighty_percent_reached_exactly_ends_the_vital_few() -> None:
    causes = (CauseRow("a", (8,)), CauseRow("b", (1,)), CauseRow("c", (1,)))
    ranking = ranked_causes(effects=(EffectColumn("e", 1),), causes=causes)
    assert [cause.is_vital for cause in ranking.causes] == [True, False, False]


def test_without_any_mark_no_share_is_known_and_nothing_is_vital() -> None:
    ranking = ranked_causes(effects=EFFECTS, causes=(CauseRow("无关", (0, 0)),))
    assert ranking == CauseRanking((RankedCause("无关", 0, 1, None, None, False),))


@pytest.mark.parametrize(
    ("effects", "causes", "problems"),
    [
        (
            (),
            (),
            (Problem("measures.sheet.effects", {"most": 10}), Problem("measures.sheet.causes", {"most": 30})),
        ),
        (
            (EffectColumn("e", 1),) * 11,
            (CauseRow("c", (1,) * 11),),
            (Problem("measures.sheet.effects", {"most": 10}),),
        ),
        ((EffectColumn("e", 1),), (CauseRow("c", (1,)),) * 31, (Problem("measures.sheet.causes", {"most": 30}),)),
        (
            (EffectColumn(" ", 1), EffectColumn("e" * 101, 1)),
            (CauseRow("c", (1, 1)),),
            (
                Problem("measures.sheet.effect_text", {"place": 1, "longest": 100}),
                Problem("measures.sheet.effect_text", {"place": 2, "longest": 100}),
            ),
        ),
        (
            (EffectColumn("e", 0), EffectColumn("f", 11)),
            (CauseRow("c", (1, 1)),),
            (
                Problem("measures.sheet.importance", {"place": 1, "most": 10}),
                Problem("measures.sheet.importance", {"place": 2, "most": 10}),
            ),
        ),
        (
            EFFECTS,
            (CauseRow("\u200b", (1, 1)), CauseRow("c" * 201, (1, 1))),
            (
                Problem("measures.sheet.cause_text", {"place": 1, "longest": 200}),
                Problem("measures.sheet.cause_text", {"place": 2, "longest": 200}),
            ),
        ),
        (
            EFFECTS,
            (CauseRow("c", (1,)), CauseRow("d", (10, -1))),
            (
                Problem("measures.sheet.marks", {"place": 1, "needed": 2, "found": 1}),
                Problem("measures.sheet.mark", {"place": 2, "effect": 1, "most": 9}),
                Problem("measures.sheet.mark", {"place": 2, "effect": 2, "most": 9}),
            ),
        ),
    ],
)
def test_a_sheet_with_problems_ranks_nothing(
    effects: tuple[EffectColumn, ...], causes: tuple[CauseRow, ...], problems: tuple[Problem, ...]
) -> None:
    assert sheet_problems(effects=effects, causes=causes) == problems
    assert ranked_causes(effects=effects, causes=causes) == CauseRanking((), problems)


def test_the_largest_sheet_is_taken() -> None:
    effects = tuple(EffectColumn("e" * 100, 10) for _ in range(10))
    causes = tuple(CauseRow("c" * 200, (9,) * 10) for _ in range(30))
    assert sheet_problems(effects=effects, causes=causes) == ()


def test_texts_of_a_sheet_are_tidied() -> None:
    assert tidied_sheet(effects=(EffectColumn(" 困\u200b人 ", 10),), causes=(CauseRow(" a\x00\nb ", (1,)),)) == (
        (EffectColumn("困人", 10),),
        (CauseRow("a b", (1,)),),
    )
