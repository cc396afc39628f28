from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.kernel.errors import Problem
from core.kernel.lines import clean_line
from core.surveys.lines import (
    LONGEST_LINE,
    MOST_PASTED_CHARACTERS,
    MOST_PASTED_LINES,
    LineProblem,
    LineTrouble,
    ParsedLine,
    PasteTooLong,
    PatternPart,
    fold,
    line_of,
    line_pattern,
    parse_line,
    split_paste,
)
from core.surveys.questionnaires import LONGEST_OPEN, Choice, Item, ItemKind, checked_answers

Asked = tuple[Item, ...]


def asked(*kinds: str) -> Asked:
    """Items from short names: rating, nps, number, open, ``choice`` (one of A B C) and ``choice2`` (two of them)."""
    choices = tuple(Choice(letter, letter, letter) for letter in "ABC")
    made = {
        "rating": Item(0, "", ItemKind.RATING, "", ""),
        "nps": Item(0, "", ItemKind.NPS, "", ""),
        "number": Item(0, "", ItemKind.NUMBER, "", "", least=0, most=120),
        "below": Item(0, "", ItemKind.NUMBER, "", "", least=-20, most=40),
        "choice": Item(0, "", ItemKind.CHOICE, "", "", choices=choices),
        "choice2": Item(0, "", ItemKind.CHOICE, "", "", choices=choices, most=2),
        "open": Item(0, "", ItemKind.OPEN, "", ""),
    }
    return tuple(replace(made[kind], position=at, code=f"q{at}") for at, kind in enumerate(kinds, start=1))


PAPER = asked("rating", "rating", "rating", "rating", "rating", "nps", "open")
FIVE = asked(*["rating"] * 5)
WORDS = asked(*["rating"] * 5, "open")
MIXED = asked("rating", "rating", "rating", "choice", "rating")
MIDST = asked("nps", "rating", "rating", "nps")
EVERY = asked("rating", "choice", "choice2", "number", "nps", "open", "below", "open")


def read(items: Asked, text: str) -> ParsedLine:
    parsed = parse_line(items=items, text=text)
    assert isinstance(parsed, ParsedLine), parsed
    return parsed


FULL = ParsedLine(place="3-1-1202", answers=((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (6, 9), (7, "电梯慢")), skipped=())


@pytest.mark.parametrize(
    "text",
    [
        "3-1-1202 54354 9 电梯慢",
        "3-1-1202 5 4 3 5 4 9 电梯慢",
        "3-1-1202 54 354 9 电梯慢",
        "3-1-1202 543549 电梯慢",
        "  3-1-1202\t54354\t9\t电梯慢\t",
        "３－１－１２０２　５４３５４　９　电梯慢",
        "3—1–1202 54354 9 电梯慢",
        "\ufeff3-1-\u200b1202 543\u200b54 \u200b 9 电梯慢",
    ],
)
def test_one_form_is_read_however_it_is_spaced_and_spelled(text: str) -> None:
    assert read(PAPER, text) == FULL


@pytest.mark.parametrize(
    ("items", "text", "answers", "skipped"),
    [
        (MIXED, "1 543a5", ((1, 5), (2, 4), (3, 3), (4, "A"), (5, 5)), ()),
        (MIXED, "1 543Ｂ5", ((1, 5), (2, 4), (3, 3), (4, "B"), (5, 5)), ()),
        (MIXED, "1 5-3-5", ((1, 5), (3, 3), (5, 5)), (2, 4)),
        (MIXED, "1 --3-5", ((3, 3), (5, 5)), (1, 2, 4)),
        (MIXED, "1 - - 3 - 5", ((3, 3), (5, 5)), (1, 2, 4)),
        (MIDST, "1 10 5510", ((1, 10), (2, 5), (3, 5), (4, 10)), ()),
        (PAPER, "1 5435410", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (6, 10)), ()),
        (PAPER, "1 54354 0", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (6, 0)), ()),
        (PAPER, "1 54354-", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4)), (6,)),
        (PAPER, "1 54354 9 / 3栋。、-", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (6, 9), (7, "/ 3栋。、-")), ()),
        (WORDS, "1 54354 5 text", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (6, "5 text")), ()),
        (PAPER, "1 --", (), (1, 2, 3, 4, 5, 6)),
        (PAPER, "1 ——", (), (1, 2, 3, 4, 5, 6)),
        (PAPER, "1 54 -- 电梯慢", ((1, 5), (2, 4), (7, "电梯慢")), (3, 4, 5, 6)),
        (PAPER, "1 54354 -- 9 floors", ((1, 5), (2, 4), (3, 3), (4, 5), (5, 4), (7, "9 floors")), (6,)),
        (PAPER, "1 ------ 9", ((7, "9"),), (1, 2, 3, 4, 5, 6)),
        (asked("choice2", "number"), "1 ca 120", ((1, "AC"), (2, 120)), ()),
        (asked("choice2", "number"), "1 --", (), (1, 2)),
        (asked("choice2", "number"), "1 -007", ((2, 7),), (1,)),
        (asked("number"), "1 -", (), (1,)),
        (asked("below", "rating"), "1 -5 3", ((1, -5), (2, 3)), ()),
        (asked("below", "rating"), "1 -x", None, ()),
        (asked("nps", "nps"), "1 -9", ((2, 9),), (1,)),
        (asked("open"), "1 电梯慢", ((1, "电梯慢"),), ()),
        (asked("open"), "1", (), ()),
        (asked("open", "open"), "1 a ／ b", ((1, "a"), (2, "b")), ()),
        (asked("open", "open"), "1 /b", ((2, "b"),), ()),
        (asked("open", "open"), "1 a / \u200b", ((1, "a"),), ()),
        (asked("open", "rating"), "1 5 Ａ  b", ((1, "Ａ b"), (2, 5)), ()),
        ((), "1", (), ()),
    ],
)
def test_marks_are_taken_in_the_order_of_the_paper(
    items: Asked, text: str, answers: tuple[tuple[int, int | str], ...] | None, skipped: tuple[int, ...]
) -> None:
    if answers is None:
        assert isinstance(parse_line(items=items, text=text), LineProblem)
    else:
        assert read(items, text) == ParsedLine(place="1", answers=answers, skipped=skipped)


@pytest.mark.parametrize(
    ("typed", "place"), [("-", ""), ("－", ""), ("——", ""), ("b1-2a", "B1-2A"), ("Ｂ１", "B1"), ("三栋", "三栋")]
)
def test_the_place_is_folded_and_a_minus_sign_is_anonymous(typed: str, place: str) -> None:
    assert read(FIVE, f"{typed} 54354").place == place


def item(at: int) -> dict[str, str | int]:
    return {"position": at, "item": f"q{at}"}


@pytest.mark.parametrize(
    ("items", "text", "code", "span", "fields"),
    [
        (FIVE, "", LineTrouble.EMPTY, (0, 0), {}),
        (FIVE, " \u200b ", LineTrouble.EMPTY, (0, 3), {}),
        (FIVE, "1 54x54", LineTrouble.MARK, (4, 1), {**item(3), "got": "x"}),
        (FIVE, "1 60000", LineTrouble.MARK, (2, 1), {**item(1), "got": "6"}),
        (FIVE, "1 0", LineTrouble.MARK, (2, 1), {**item(1), "got": "0"}),
        (FIVE, "1 ５４６54", LineTrouble.MARK, (4, 1), {**item(3), "got": "6"}),
        (FIVE, "1 5,4", LineTrouble.MARK, (3, 1), {**item(2), "got": ","}),
        (FIVE, "1 5٣4", LineTrouble.MARK, (3, 1), {**item(2), "got": "٣"}),
        (FIVE, "1 lift slow", LineTrouble.MARK, (2, 1), {**item(1), "got": "l"}),
        (WORDS, "1 5435电梯慢", LineTrouble.MARK, (6, 1), {**item(5), "got": "电"}),
        (MIXED, "1 543D5", LineTrouble.LETTERS, (5, 1), {**item(4), "got": "D", "letters": "ABC", "most": 1}),
        (asked("choice2"), "1 ABC", LineTrouble.LETTERS, (4, 1), {**item(1), "got": "C", "letters": "ABC", "most": 2}),
        (asked("choice2"), "1 AA", LineTrouble.LETTERS, (3, 1), {**item(1), "got": "A", "letters": "ABC", "most": 2}),
        (asked("choice2"), "1 A9", LineTrouble.LETTERS, (3, 1), {**item(1), "got": "9", "letters": "ABC", "most": 2}),
        (asked("choice2"), "1 Aß", LineTrouble.LETTERS, (3, 1), {**item(1), "got": "ß", "letters": "ABC", "most": 2}),
        (PAPER, "1 54354 11", LineTrouble.NPS, (8, 2), {**item(6), "got": "11"}),
        (PAPER, "1 5435411", LineTrouble.NPS, (7, 2), {**item(6), "got": "11"}),
        (PAPER, "1 54354 09", LineTrouble.NPS, (8, 2), {**item(6), "got": "09"}),
        (PAPER, "1 54354 9电梯慢", LineTrouble.NPS, (8, 4), {**item(6), "got": "9电梯慢"}),
        (PAPER, "1 54354 \u200b1\u200b1", LineTrouble.NPS, (9, 3), {**item(6), "got": "11"}),
        (asked("number"), "1 121", LineTrouble.NUMBER, (2, 3), {**item(1), "got": "121", "least": 0, "most": 120}),
        (asked("number"), "1 1.5", LineTrouble.NUMBER, (2, 3), {**item(1), "got": "1.5", "least": 0, "most": 120}),
        (asked("number"), "1 0000001", LineTrouble.NUMBER, (2, 7),
         {**item(1), "got": "0000001", "least": 0, "most": 120}),
        (asked("below"), "1 -21", LineTrouble.NUMBER, (2, 3), {**item(1), "got": "-21", "least": -20, "most": 40}),
        (asked("number"), "1 " + "9" * 50, LineTrouble.NUMBER, (2, 50),
         {**item(1), "got": "9" * 40, "least": 0, "most": 120}),
        (PAPER, "1 5435", LineTrouble.TOO_FEW, (6, 0), {"expected": 6, "got": 4}),
        (PAPER, "1", LineTrouble.TOO_FEW, (1, 0), {"expected": 6, "got": 0}),
        (PAPER, "1 电梯慢 吵", LineTrouble.TOO_FEW, (2, 3), {"expected": 6, "got": 0}),
        (PAPER, "1 5435 电梯慢", LineTrouble.TOO_FEW, (7, 3), {"expected": 6, "got": 4}),
        (FIVE, "1 54--", LineTrouble.TOO_FEW, (6, 0), {"expected": 5, "got": 4}),
        (PAPER, "1 5435 10 话", LineTrouble.RUNS_INTO, (8, 1), {"expected": 6, "got": "0"}),
        (PAPER, "1 543 5410", LineTrouble.RUNS_INTO, (8, 2), {"expected": 6, "got": "10"}),
        (MIDST, "1 10 5 510", LineTrouble.RUNS_INTO, (8, 2), {"expected": 4, "got": "10"}),
        (WORDS, "1 543545 text", LineTrouble.TOO_MANY, (7, 1), {"expected": 5, "got": "5"}),
        (WORDS, "1 54354电梯慢", LineTrouble.TOO_MANY, (7, 3), {"expected": 5, "got": "电梯慢"}),
        (asked("number"), "1 -5", LineTrouble.TOO_MANY, (3, 1), {"expected": 1, "got": "5"}),
        (FIVE, "1 54 -- 5", LineTrouble.SKIP_UNCLEAR, (8, 1), {"got": "5"}),
        (PAPER, "1 -- - 很好", LineTrouble.SKIP_UNCLEAR, (5, 1), {"got": "-"}),
        (FIVE, "1 54354 9", LineTrouble.NO_WORDS, (8, 1), {"got": "9"}),
        (FIVE, "1 54354  电梯慢 ", LineTrouble.NO_WORDS, (9, 4), {"got": "电梯慢 "}),
        (FIVE, "1 -- 电梯慢", LineTrouble.NO_WORDS, (5, 3), {"got": "电梯慢"}),
        ((), "1 5", LineTrouble.NO_WORDS, (2, 1), {"got": "5"}),
        (asked("open", "open"), "1 a/b／c", LineTrouble.TOO_MANY_WORDS, (5, 2), {"expected": 2}),
        (asked("open", "open"), "1 a/b/", LineTrouble.TOO_MANY_WORDS, (5, 1), {"expected": 2}),
        (asked("open"), "1 " + "字" * 1001, LineTrouble.WORDS_TOO_LONG, (2, 1001), {**item(1), "most": LONGEST_OPEN}),
        (asked("open", "open"), "1 a/" + "字" * 1001, LineTrouble.WORDS_TOO_LONG, (4, 1001),
         {**item(2), "most": LONGEST_OPEN}),
        (FIVE, "1" * 2001, LineTrouble.TOO_LONG, (2000, 1), {"longest": LONGEST_LINE}),
    ],
)  # fmt: skip
def test_a_wrong_line_is_refused_where_it_is_wrong(
    items: Asked, text: str, code: LineTrouble, span: tuple[int, int], fields: dict[str, str | int]
) -> None:
    at, length = span
    assert parse_line(items=items, text=text) == LineProblem(code, fields, at=at, length=length)


def test_words_and_lines_of_the_longest_kind_are_still_taken() -> None:
    assert read(asked("open"), "1 " + "字" * LONGEST_OPEN).answers == ((1, "字" * LONGEST_OPEN),)
    assert read((), "1" * LONGEST_LINE).place == "1" * LONGEST_LINE


def test_a_problem_of_a_line_is_a_problem_of_a_batch() -> None:
    found = parse_line(items=FIVE, text="")
    assert isinstance(found, Problem)
    assert found.code == "surveys.line.empty"


@pytest.mark.parametrize("items", [(), FIVE, PAPER, MIXED, EVERY])
@given(text=st.one_of(st.text(), st.text("123450-—９ＡabcCD /／.电\u200b\t\u3000ß", max_size=30)))
@example(text="1 ")
def test_any_text_at_all_is_read_or_refused_inside_itself(items: Asked, text: str) -> None:
    parsed = parse_line(items=items, text=text)
    if isinstance(parsed, LineProblem):
        assert 0 <= parsed.at <= parsed.at + parsed.length <= len(text)
        assert str(parsed.code) in set(LineTrouble)
    else:
        answers = dict(parsed.answers)
        assert checked_answers(items=items, answers=answers) == answers
        closed = {one.position for one in items if one.kind is not ItemKind.OPEN}
        assert closed - answers.keys() == set(parsed.skipped)
        again = read(items, line_of(items=items, place="", answers=answers))
        assert (again.answers, again.skipped) == (parsed.answers, parsed.skipped)


@given(st.text())
def test_folding_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_leaves_chinese_marks_alone() -> None:
    assert fold("０９ＡｚＺ－—–／、，。") == "09AzZ---/、,。"


WORD = st.text("电梯慢a9- /／，.", max_size=12).map(clean_line)
LETTERS = st.sets(st.sampled_from("ABC"), min_size=1).map(sorted).map("".join)


def answers_to(one: Item, *, several: bool) -> st.SearchStrategy[int | str]:
    """Every answer an item may have; words without a slash where several open items are asked."""
    if one.kind is ItemKind.OPEN:
        return WORD.filter(lambda words: bool(words) and not (several and set(words) & set("/／")))
    if one.kind is ItemKind.CHOICE:
        return LETTERS.map(lambda letters: letters[: one.most])
    least, most = {ItemKind.RATING: (1, 5), ItemKind.NPS: (0, 10)}.get(one.kind, (one.least, one.most))
    return st.integers(least, most)


@st.composite
def entries(draw: st.DrawFn) -> tuple[Asked, ParsedLine]:
    """A questionnaire, and what somebody answered to it as ``parse_line`` would give it."""
    kinds = ["rating", "choice", "choice2", "number", "below", "nps", "open"]
    items = asked(*draw(st.lists(st.sampled_from(kinds), max_size=10)))
    several = sum(one.kind is ItemKind.OPEN for one in items) > 1
    given = {one.position: draw(st.none() | answers_to(one, several=several)) for one in items}
    answers = tuple((at, answer) for at, answer in given.items() if answer is not None)
    skipped = tuple(one.position for one in items if one.kind is not ItemKind.OPEN and given[one.position] is None)
    return items, ParsedLine(draw(st.sampled_from(["", "1202", "3-1-1202", "三栋-2", "B1-A"])), answers, skipped)


@given(entries())
def test_a_line_written_back_is_read_the_same(entry: tuple[Asked, ParsedLine]) -> None:
    items, parsed = entry
    line = line_of(items=items, place=parsed.place, answers=dict(parsed.answers))
    assert parse_line(items=items, text=line) == parsed
    assert line == clean_line(line)


@pytest.mark.parametrize(
    ("items", "answers", "line"),
    [
        (PAPER, {1: 5, 2: 4, 3: 3, 4: 5, 5: 4, 6: 9, 7: "电梯慢"}, "3-1 54354 9 电梯慢"),
        (PAPER, {1: 5, 2: None, 3: 3, 4: 5, 5: 4}, "3-1 5-354 -"),
        (PAPER, {7: "a\nb / c"}, "3-1 - - - - - - a b / c"),
        (MIXED, {1: 5, 2: 4, 3: 3, 4: "A", 5: 5}, "3-1 543 A 5"),
        (asked("choice2", "nps"), {1: "AC", 2: 0}, "3-1 AC 0"),
        (asked("open", "open"), {1: "a/b／c", 2: "d"}, "3-1 a b c / d"),
        (asked("open", "open"), {1: "a/", 2: ""}, "3-1 a"),
        (asked("open", "open"), {2: "d"}, "3-1 / d"),
        (asked("open", "open"), {}, "3-1"),
        ((), {}, "3-1"),
    ],
)
def test_an_entry_is_written_as_one_line(items: Asked, answers: dict[int, int | str | None], line: str) -> None:
    assert line_of(items=items, place="3-1", answers=answers) == line


def test_an_anonymous_entry_is_written_with_a_minus_sign() -> None:
    assert line_of(items=asked("rating"), place="", answers={1: 5}) == "- 5"


def test_a_pattern_shows_what_may_be_typed_in_one_go() -> None:
    items = asked(
        "rating", "rating", "choice", "choice", "choice2", "choice2", "open", "number", "number", "nps", "open"
    )
    assert line_pattern(items) == (
        PatternPart(None),
        PatternPart(ItemKind.RATING, (1, 2)),
        PatternPart(ItemKind.CHOICE, (3, 4)),
        PatternPart(ItemKind.CHOICE, (5,)),
        PatternPart(ItemKind.CHOICE, (6,)),
        PatternPart(ItemKind.NUMBER, (8,)),
        PatternPart(ItemKind.NUMBER, (9,)),
        PatternPart(ItemKind.NPS, (10,)),
        PatternPart(ItemKind.OPEN, (7, 11)),
    )
    assert line_pattern(()) == (PatternPart(None),)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        ("\n \u200b\n\t\n", ()),
        ("1 54354", ((1, "1 54354"),)),
        ("1\t54354\t\r\n\r\n2\t5\r3", ((1, "1 54354"), (3, "2 5"), (4, "3"))),
        ("3-1-1202\t5\t\t 4 \t9\t\t", ((1, "3-1-1202 5 - 4 9"),)),
        ("\t5\t4", ((1, "- 5 4"),)),
    ],
)
def test_a_paste_is_cut_into_the_lines_that_hold_something(text: str, lines: tuple[tuple[int, str], ...]) -> None:
    assert split_paste(text) == lines


@pytest.mark.parametrize(
    "text", ["1\n" * (MOST_PASTED_LINES + 1), "1" * (MOST_PASTED_CHARACTERS + 1), "\n" * (MOST_PASTED_CHARACTERS + 1)]
)
def test_a_paste_that_is_too_long_is_refused(text: str) -> None:
    with pytest.raises(PasteTooLong) as refusal:
        split_paste(text)
    assert refusal.value.fields == {"most": 500, "characters": 200_000}


def test_a_paste_of_the_longest_kind_is_taken() -> None:
    assert len(split_paste("1\n\n" * MOST_PASTED_LINES)) == MOST_PASTED_LINES
    assert split_paste("1" * MOST_PASTED_CHARACTERS) == ((1, "1" * MOST_PASTED_CHARACTERS),)
