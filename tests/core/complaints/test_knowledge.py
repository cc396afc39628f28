"""What an entry of the knowledge base needs, and what becomes of it (R-108)."""

from dataclasses import replace
from typing import Any

import pytest

from core.complaints.knowledge import (
    KNOWLEDGE_MOVES,
    LONGEST_ANSWER,
    LONGEST_PROBLEM,
    LONGEST_TITLE,
    KnowledgeIncomplete,
    KnowledgeNotOffered,
    KnowledgeRecord,
    KnowledgeState,
    check_knowledge,
    check_offered,
)
from core.complaints.taxonomy import CaseCategory, SubCategory, SubCategoryElsewhere
from core.kernel.errors import BusinessError
from core.kernel.lines import LineMissing, LineTooLong

LIFT = KnowledgeRecord(
    category=CaseCategory.FACILITY,
    sub_category=SubCategory.LIFT,
    title="电梯困人",
    problem="轿厢停在层间",
    answer="先安抚，再联系维保单位\n30 分钟内到场",
)


def test_texts_are_tidied_and_lines_kept() -> None:
    typed = replace(
        LIFT, title="  电梯 \t 困人 ", problem=" 轿厢停在层间\n\n", answer="先安抚，再联系维保单位 \n\n 30  分钟内到场"
    )
    assert check_knowledge(record=typed) == replace(LIFT, title="电梯 困人")


def test_an_entry_may_be_for_the_whole_category_and_say_nothing_of_the_problem() -> None:
    general = replace(LIFT, sub_category=None, problem="")
    assert check_knowledge(record=general) == general


@pytest.mark.parametrize(
    ("refusal", "given"),
    [
        (LineMissing, {"title": " \u200b "}),
        (LineTooLong, {"title": "梯" * (LONGEST_TITLE + 1)}),
        (LineTooLong, {"problem": "梯" * (LONGEST_PROBLEM + 1)}),
        (LineTooLong, {"answer": "梯" * (LONGEST_ANSWER + 1)}),
        (KnowledgeIncomplete, {"answer": " \n "}),
        (KnowledgeIncomplete, {"category": None}),
        (KnowledgeIncomplete, {"category": None, "sub_category": None}),
        (SubCategoryElsewhere, {"category": CaseCategory.FEE}),
    ],
)
def test_an_entry_that_lacks_something_is_refused(refusal: type[BusinessError], given: dict[str, Any]) -> None:
    with pytest.raises(refusal):
        check_knowledge(record=replace(LIFT, **given))


def test_texts_of_the_greatest_length_are_taken() -> None:
    long = replace(LIFT, title="梯" * LONGEST_TITLE, problem="梯" * LONGEST_PROBLEM, answer="梯" * LONGEST_ANSWER)
    assert check_knowledge(record=long) == long


def test_an_entry_is_retired_and_offered_again_and_nothing_else() -> None:
    active, retired = KnowledgeState.ACTIVE, KnowledgeState.RETIRED
    assert KNOWLEDGE_MOVES.next_states(active) == (retired,)
    assert KNOWLEDGE_MOVES.next_states(retired) == (active,)


def test_only_what_is_offered_is_changed_or_used() -> None:
    check_offered(state=KnowledgeState.ACTIVE)
    with pytest.raises(KnowledgeNotOffered):
        check_offered(state=KnowledgeState.RETIRED)
