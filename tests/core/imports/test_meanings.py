import pytest

from core.imports.case_meanings import CHANNELS, STATUS, TOPICS, department_meanings, plain_department
from core.imports.case_rows import PAST_CASES
from core.imports.codes import FileRefused, Trouble
from core.imports.meanings import (
    LONGEST_WORDS,
    MOST_CHOICES,
    MOST_TEXTS,
    Choice,
    FoundText,
    Sureness,
    check_choices,
    chosen_codes,
    found_texts,
    in_own_words,
)
from core.imports.sheets import Sheet
from core.imports.text import NOTHING, Reading

DEPARTMENTS = department_meanings((("cleaning", "环境管理部", "Cleaning"), ("garden", "园林组", "Garden crew")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[("绿化", "greening"), ("绿化类", "greening"), ("电梯问题", "lift"), ("ENVIRON", "environ")],
        *[("环境类", "environ"), ("Lift", "lift"), ("停车管理投诉", "parking"), ("其他", None), ("狗", None)],
    ],
)
def test_a_topic_is_known_by_its_usual_words_and_other_never_is(text: str, code: str | None) -> None:
    assert TOPICS.known(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [("Inspect City Tree", "greening"), ("其他类", "other"), ("Misc", "other"), ("Caller info required", None)],
)
def test_a_topic_is_proposed_by_what_the_words_say(text: str, code: str | None) -> None:
    assert TOPICS.likely(text) == code


@pytest.mark.parametrize(
    ("text", "known", "likely"),
    [
        ("CANCEL", "withdrawn", "withdrawn"),
        ("Closed", "closed", "closed"),
        ("In Progress", "open", "open"),
        ("Closed - Duplicate", None, "closed"),
        ("未完成（待料）", None, "open"),
        ("?!", None, None),
    ],
)
def test_a_state_is_known_in_many_spellings(text: str, known: str | None, likely: str | None) -> None:
    assert (STATUS.known(text), STATUS.likely(text)) == (known, likely)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("STREET DEPT, 510", "STREET DEPT"),
        ("FORESTRY,", "FORESTRY"),
        ("环境管理部；01", "环境管理部"),
        ("A, B", "A, B"),
    ],
)
def test_the_number_after_a_department_is_dropped(text: str, plain: str) -> None:
    assert plain_department(text) == plain


def test_departments_are_known_by_code_both_labels_and_further_names() -> None:
    for text in ("cleaning", "环境管理部, 02", "CLEANING", "保洁部"):
        assert DEPARTMENTS.known(text) == "cleaning"
    assert DEPARTMENTS.known("园林组") == "garden"
    assert DEPARTMENTS.known("FORESTRY,") is None
    assert DEPARTMENTS.likely("garden crew 2") == "garden"


@pytest.mark.parametrize(
    ("cell", "reading"),
    [
        ("电话", Reading("phone")),
        ("无", NOTHING),
        ("  ", NOTHING),
        ("TWITTER", Reading(trouble=Trouble.NO_MEANING)),
        ("x" * (LONGEST_WORDS + 1), Reading(trouble=Trouble.TOO_LONG, limit=str(LONGEST_WORDS))),
        ("#N/A", Reading(trouble=Trouble.ERROR_VALUE, limit="#N/A")),
    ],
)
def test_a_column_of_words_gives_codes_and_names_what_it_does_not_know(cell: str, reading: Reading) -> None:
    assert in_own_words(CHANNELS)(cell) == reading


def test_a_lenient_column_keeps_what_it_does_not_know() -> None:
    assert in_own_words(CHANNELS, lenient=True)("TWITTER") == Reading("TWITTER")


@pytest.mark.parametrize(
    "choices",
    [
        (Choice("content", "a", "greening"),),
        (Choice("nothing", "a", "greening"),),
        (Choice("category", "a", "trees"),),
        (Choice("category", "", "greening"),),
        (Choice("category", "a" * (LONGEST_WORDS + 1), "greening"),),
        (Choice("category", "A b", "greening"), Choice("category", "ab", "waste")),
        tuple(Choice("category", str(number), "greening") for number in range(MOST_CHOICES + 1)),
    ],
)
def test_choices_that_do_not_fit_are_refused(choices: tuple[Choice, ...]) -> None:
    with pytest.raises(FileRefused):
        check_choices(spec=PAST_CASES, choices=choices)


def test_choices_are_found_again_whatever_case_and_spaces() -> None:
    choices = (Choice("category", "Tree s", "greening"), Choice("sub_category", "x", "waste"))
    check_choices(spec=PAST_CASES, choices=choices)
    assert chosen_codes(choices=choices, field="category") == {"trees": "greening"}


ROWS = (
    ("GROUP", "PROBLEM", "CHANNEL"),
    ("Trees", "Inspect tree", "web"),
    ("Trees", "inspect TREE", "web"),
    ("Trash", "Container is full", ""),
    ("Trash", "Container is full"),
    ("Trees", "Container is full"),
    ("Unheard of", "", "x" * (LONGEST_WORDS + 1)),
    ("Animals", "-", "TWITTER"),
    ("", "", ""),
)


def test_texts_to_explain_come_with_proposals_what_nobody_knows_first() -> None:
    columns = {"category": (0, "GROUP"), "sub_category": (1, "PROBLEM"), "channel": (2, "CHANNEL")}
    found = found_texts(sheet=Sheet("", ROWS), spec=PAST_CASES, data_row=2, columns=columns)
    assert [(texts.field, texts.heading) for texts in found] == [
        ("sub_category", "PROBLEM"), ("category", "GROUP"), ("channel", "CHANNEL"),
    ]  # fmt: skip
    problem, group, channel = (texts.texts for texts in found)
    assert problem == (
        FoundText("Container is full", 3, "waste", Sureness.LIKELY),  # by the group it mostly stands beside
        FoundText("Inspect tree", 2, "greening", Sureness.LIKELY),
    )
    assert group == (
        FoundText("Unheard of", 1, "", Sureness.UNDECIDED),
        FoundText("Animals", 1, "", Sureness.UNDECIDED),
    )
    assert channel == (
        FoundText("TWITTER", 1, "", Sureness.UNDECIDED),
        FoundText("web", 2, "website", Sureness.KNOWN),
    )


def test_without_the_better_column_all_rows_count() -> None:
    (group,) = found_texts(sheet=Sheet("", ROWS), spec=PAST_CASES, data_row=2, columns={"category": (0, "GROUP")})
    assert {text.text: text.rows for text in group.texts} == {"Trees": 3, "Trash": 2, "Unheard of": 1, "Animals": 1}


def test_a_column_of_sentences_is_not_listed() -> None:
    rows = (("c",), *((f"sentence number {number}",) for number in range(MOST_TEXTS + 1)))
    (found,) = found_texts(sheet=Sheet("", rows), spec=PAST_CASES, data_row=2, columns={"category": (0, "c")})
    assert (found.too_many, found.texts) == (True, ())
