from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.errors import Problem
from core.surveys.questionnaires import (
    EDITIONS,
    LONGEST_OPEN,
    Answer,
    AnswerRefused,
    Choice,
    Item,
    ItemKind,
    Questionnaire,
    QuestionnaireState,
    answer_problem,
    checked_answers,
    in_language,
)

LETTERS = tuple(Choice(letter, letter, letter) for letter in "ABC")
RATING = Item(1, "q1", ItemKind.RATING, "", "")
NPS = Item(2, "q2", ItemKind.NPS, "", "")
NUMBER = Item(3, "q3", ItemKind.NUMBER, "", "", least=1, most=120)
ONE = Item(4, "q4", ItemKind.CHOICE, "", "", choices=LETTERS)
TWO = Item(5, "q5", ItemKind.CHOICE, "", "", choices=LETTERS, most=2)
OPEN = Item(6, "q6", ItemKind.OPEN, "", "")
ITEMS = (RATING, NPS, NUMBER, ONE, TWO, OPEN)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("answer", [None, ""])
def test_an_item_may_always_be_left_out(item: Item, answer: Answer) -> None:
    assert answer_problem(item=item, answer=answer) is None


@pytest.mark.parametrize(
    ("item", "answers"),
    [
        (RATING, (1, 2, 3, 4, 5)),
        (NPS, (0, 1, 9, 10)),
        (NUMBER, (1, 2, 120)),
        (ONE, ("A", "B", "C")),
        (TWO, ("A", "AB", "CA")),
        (OPEN, ("x", " ", "<script>", "字" * LONGEST_OPEN)),
    ],
)
def test_an_answer_that_fits_is_right(item: Item, answers: tuple[Answer, ...]) -> None:
    assert [answer_problem(item=item, answer=answer) for answer in answers] == [None] * len(answers)


@pytest.mark.parametrize(
    ("item", "answers", "code", "more"),
    [
        (RATING, (0, 6, -1, True, "5", "x"), "surveys.mark", {}),
        (NPS, (-1, 11, True, "9"), "surveys.nps", {}),
        (NUMBER, (0, 121, False, "7"), "surveys.number", {"least": 1, "most": 120}),
        (ONE, ("D", "a", "AB", 1), "surveys.letters", {"letters": "ABC", "most": 1}),
        (TWO, ("ABC", "AA", "AD", "A B"), "surveys.letters", {"letters": "ABC", "most": 2}),
        (OPEN, (1, "字" * (LONGEST_OPEN + 1)), "surveys.words", {"most": LONGEST_OPEN}),
    ],
)
def test_an_answer_that_does_not_fit_is_told_with_its_bounds(
    item: Item, answers: tuple[Answer, ...], code: str, more: dict[str, str | int]
) -> None:
    for answer in answers:
        told: dict[str, str | int] = {"position": item.position, "value": str(answer)[:40]}
        assert answer_problem(item=item, answer=answer) == Problem(code, told | more)


def test_checked_answers_keep_what_says_something_in_the_order_of_the_items() -> None:
    answers: dict[int, Answer] = {6: " 电梯慢 ", 5: " CA ", 4: "  ", 3: None, 2: 0, 1: 5}
    kept = checked_answers(items=ITEMS, answers=answers)
    assert list(kept.items()) == [(1, 5), (2, 0), (5, "AC"), (6, "电梯慢")]


def test_a_form_without_answers_is_right_and_says_nothing() -> None:
    assert checked_answers(items=ITEMS, answers={}) == {}


def test_a_wrong_answer_refuses_the_form() -> None:
    with pytest.raises(AnswerRefused) as refusal:
        checked_answers(items=ITEMS, answers={1: 5, 3: 121})
    assert refusal.value.fields == {
        "position": 3, "problem": "surveys.number", "value": "121", "least": 1, "most": 120
    }  # fmt: skip


def test_an_answer_to_nothing_asked_refuses_the_form() -> None:
    with pytest.raises(AnswerRefused) as refusal:
        checked_answers(items=ITEMS, answers={7: None})
    assert refusal.value.fields == {"position": 7, "problem": "surveys.unknown_item", "value": ""}


@given(
    st.dictionaries(st.integers(1, 6), st.none() | st.booleans() | st.integers(-2, 130) | st.text("ABCD 1", max_size=4))
)
def test_what_was_checked_is_right_when_checked_again(answers: dict[int, Answer]) -> None:
    try:
        kept = checked_answers(items=ITEMS, answers=answers)
    except AnswerRefused as refusal:
        item = ITEMS[int(str(refusal.fields["position"])) - 1]
        given_answer = answers[item.position]
        plain = given_answer.strip() if isinstance(given_answer, str) else given_answer
        problem = answer_problem(item=item, answer=plain)
        assert problem is not None
        assert problem.code == refusal.fields["problem"]
    else:
        assert checked_answers(items=ITEMS, answers=kept) == kept


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (QuestionnaireState.DRAFT, {QuestionnaireState.PUBLISHED, QuestionnaireState.RETIRED}),
        (QuestionnaireState.PUBLISHED, {QuestionnaireState.RETIRED}),
        (QuestionnaireState.RETIRED, set()),
    ],
)
def test_an_edition_only_goes_forward(before: QuestionnaireState, after: set[QuestionnaireState]) -> None:
    assert {state for state in QuestionnaireState if EDITIONS.allows(source=before, target=state)} == after


@pytest.mark.parametrize(
    ("zh", "en", "language", "said"),
    [
        ("好", "Good", "zh_CN", "好"),
        ("好", "Good", "en", "Good"),
        ("好", "", "en", "好"),
        ("", "Good", "zh_CN", "Good"),
        ("", "", "en", ""),
    ],
)
def test_a_text_missing_in_one_language_is_said_in_the_other(zh: str, en: str, language: str, said: str) -> None:
    paper = Questionnaire("home", 1, zh, en, (replace(RATING, text_zh=zh, text_en=en),))
    assert in_language(language, zh, en) == said
    assert paper.title(language) == said
    assert paper.items[0].text(language) == said
    assert Choice("A", zh, en).text(language) == said


def test_a_paper_parts_its_marks_from_its_words() -> None:
    paper = Questionnaire("home", 1, "满意度调查", "Survey", (RATING, OPEN, NPS))
    assert paper.closed == (RATING, NPS)
    assert paper.open == (OPEN,)
