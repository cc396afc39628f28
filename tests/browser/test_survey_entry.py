"""Typing survey forms in, in a real browser, in Chinese: the database ends up as the paper says (R-138–R-140, R-147).

Nothing is waited for while lines are typed; what was refused, reloaded or cut short comes to nothing lost or doubled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from core.surveys.responses import ResponseState
from core.surveys.rounds import RoundState
from db.models import FollowUp, SurveyCheck, SurveyRespondent, SurveyResponse
from db.operations.survey_rounds import CloseRound, ReopenRound, close_round, reopen_round
from locales.translator import Translator
from tests.browser.person import Person
from tests.browser.survey_books import SurveyBooks, survey_portal, unit_of
from tests.db.surveys_setup import check_tallies
from tests.personas import FRONT_DESK, PATROL, SUPERVISOR

KEY = 25
"""Milliseconds a key takes: faster than anybody types."""

PHONE: ViewportSize = {"width": 390, "height": 844}
zh = Translator("zh_CN").t
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("survey-entry")]


@dataclass(frozen=True)
class Paper:
    """A form of the standard questionnaire as it lies on the desk; ``-`` was left out, no room is anonymous."""

    room: str
    marks: str = "545454545454"
    nps: str = "9"
    letter: str = "A"
    words: str = ""

    def line(self) -> str:
        """The form as it is typed."""
        return f"{self.room or '-'} {self.marks} {self.nps} {self.letter} {self.words}".strip()

    def answers(self) -> tuple[tuple[int, int | str], ...]:
        """The form as the database should hold it: what was left out is not there."""
        said: list[tuple[int, int | str]] = [(n, int(m)) for n, m in enumerate(self.marks, start=1) if m != "-"]
        said += [(13, int(self.nps))] if self.nps != "-" else []
        said += [(14, self.letter)] if self.letter != "-" else []
        return tuple(said + ([(15, self.words)] if self.words else []))


PAPERS = (
    Paper("3-1-0101", words="电梯慢"),
    Paper("3-1-0102", "555544443333", "10", "B"),
    Paper("3-1-0103", "444444444444", "0", "C", "停车难，希望增加车位"),
    Paper("3-2-0904", "5-5-5-5-5-5-", "7"),
    Paper("5-1-0301", "333333333333", "5", "B"),
    Paper("", "444455554444", "8", "C", "匿名：保洁不错"),
    Paper("3-1-0204", "454545454545", "-", "A"),
    Paper("5-2-1203", "555555555555", "10", "A", "张师傅很热心"),
    Paper("5-2-1204", "344444444444", "6", "B"),
    Paper("3-1-1101", "444444444443", "7", "A"),
    Paper("3-1-1102", "555555554444", "9", "-"),
    Paper("3-1-0101", "153444444444", "2", "B", "报修没人理"),
)
"""What lies on the desk; the last is of a room that is there already, with a low mark."""

TYPED = {
    2: ("3-1-0103 44444x444444 0 C 停车难，希望增加车位", "x", "4"),
    4: ("5-9-0301 333333333333 5 B", "5-9-0301", "5-1-0301"),
}
"""Papers mistyped at first: the line, what will be pointed at, what is typed over it."""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SurveyBooks]:
    with survey_portal(tmp_path_factory.mktemp("survey-entry")) as found:
        yield found


@pytest.fixture
def clerk(browser: Browser, books: SurveyBooks) -> Iterator[Person]:
    person = Person.arrives(browser, books.server)
    books.signs_in(person, FRONT_DESK)
    yield person
    person.page.context.close()


def box(person: Person) -> Locator:
    return person.page.locator("input[data-part=box]")


def said(person: Person) -> Locator:
    return person.page.locator("[data-part=said]")


def to_mend(person: Person) -> Locator:
    return person.page.locator("[data-part=list] li")


def selected(person: Person) -> str:
    text: str = box(person).evaluate("(box) => box.value.slice(box.selectionStart, box.selectionEnd)")
    return text


def types(person: Person, *lines: str) -> None:
    """Type lines at a fixed rate, never waiting for anything."""
    for line in lines:
        person.page.keyboard.type(line, delay=KEY)
        person.page.keyboard.press("Enter")


def all_answered(person: Person) -> None:
    """Wait until no line is on its way any more."""
    expect(person.page.locator("[data-part=count]")).to_have_text("", timeout=30_000)
    person.settle()


def shows(person: Person, way: str) -> None:
    person.page.get_by_role("radio", name=zh(way), exact=True).click()
    person.settle()


def opens(person: Person, books: SurveyBooks) -> None:
    """Open the round by its address; the box is there, and what is typed goes into it."""
    person.goes_to("surveys.entry", round=books.code)
    expect(box(person)).to_be_visible()
    box(person).click()


def forms(books: SurveyBooks, state: ResponseState = ResponseState.ACTIVE) -> dict[int, Paper]:
    """The forms of the round by their numbers, read back from the tables as paper."""
    rooms = {unit_of(books.world, paper.room): paper.room for paper in ALL if paper.room}
    units = {row.response_id: rooms[row.unit_id] for row in books.world.rows(SurveyRespondent)}
    found = {}
    for row in books.world.rows(SurveyResponse):
        if row.round_id == books.world.round and row.state == state.value:
            answers = books.world.answers(row.id)
            found[row.number] = paper_of(units.get(row.id, ""), dict(answers))
            assert found[row.number].answers() == answers  # nothing besides
    return found


def paper_of(room: str, answers: dict[int, int | str]) -> Paper:
    marks = "".join(str(answers.get(position, "-")) for position in range(1, 13))
    return Paper(room, marks, str(answers.get(13, "-")), str(answers.get(14, "-")), str(answers.get(15, "")))


def holds(books: SurveyBooks, papers: list[Paper]) -> None:
    """The round holds exactly these forms, each once, and everything counted agrees."""
    found = forms(books)
    assert sorted(map(Paper.line, found.values())) == sorted(map(Paper.line, papers))
    taken = forms(books, ResponseState.WITHDRAWN)
    assert sorted([*found, *taken]) == list(range(1, len(papers) + len(taken) + 1))
    check_tallies(books.world)


PASTED = (Paper("5-1-0401", "555555555555", "9", "A"), Paper("", "222222222222", "3", "C", "贵"))
BAD_LINE = "5-1-0402 55555555555 9 A"
ASKED = Paper("3-2-0101", "5-4345434543", "8", "B", "电话里说：满意")
ALL = (*PAPERS, *PASTED, ASKED, Paper("3-2-0201"), Paper("3-2-0202"), Paper("3-2-0203"), Paper("3-2-0204"))


def test_what_clerks_type_paste_ask_and_check_is_what_the_paper_says(
    browser: Browser, books: SurveyBooks, clerk: Person
) -> None:
    books.new_round(name="全流程", check_percent=50)
    opens(clerk, books)
    papers = list(PAPERS)

    # Twelve forms without a pause. Two are refused meanwhile and wait; the others are in.
    types(clerk, *(TYPED[n][0] if n in TYPED else paper.line() for n, paper in enumerate(papers)))
    all_answered(clerk)
    expect(said(clerk)).to_contain_text("⚠ " + zh("this unit already has form no. %(numbers)s", numbers=1))
    expect(said(clerk)).to_contain_text("☎ " + zh("low mark: a call-back was opened"))
    holds(books, [paper for n, paper in enumerate(papers) if n not in TYPED])
    mends_what_was_refused(clerk)
    holds(books, papers)
    called = books.world.rows(FollowUp)
    low = next(row for row in books.world.rows(SurveyResponse) if dict(books.world.answers(row.id)).get(2) == 5
               and dict(books.world.answers(row.id)).get(1) == 1)  # fmt: skip
    assert [row.response_id for row in called] == [low.id]

    # In the table beneath: one is mended, another taken back.
    changed, taken = mends_the_newest(clerk, books), takes_the_second_back(clerk, books)
    papers = [replace(paper, words="改：灯坏了") if paper == changed else paper for paper in papers if paper != taken]
    holds(books, papers)

    # A pile is pasted: what cannot be read stays in the box.
    shows(clerk, "Paste many")
    area = clerk.page.locator("[data-testid=stTextArea] textarea")
    area.fill("\n".join([PASTED[0].line(), BAD_LINE, PASTED[1].line().replace(" ", "\t")]))
    area.press("Control+Enter")
    clerk.settle()
    clerk.sees(zh("%(count)s lines cannot be read yet; they stay in the box.", count=1))
    clerk.presses(zh("Save %(count)s forms", count=2))
    clerk.sees(zh("%(count)s forms are saved, %(left)s lines stay to mend.", count=2, left=1))
    expect(area).to_have_value(BAD_LINE)
    papers += PASTED
    holds(books, papers)

    # At the door, on a telephone, with the thumb.
    clerk.page.set_viewport_size(PHONE)
    clerk.goes_to("surveys.entry", round=books.code)
    shows(clerk, "One by one")
    taps(clerk, ASKED)
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    clerk.presses(zh("Save and next"))
    clerk.sees(zh("No. %(number)s", number=len(forms(books)) + 1))
    papers.append(ASKED)
    holds(books, papers)

    # A second clerk reads a sampled form again, otherwise in one answer, and says that this reading is right.
    second = Person.arrives(browser, books.server)
    books.signs_in(second, PATROL)
    before, after = reads_again(second, books)
    papers = [after if paper == before else paper for paper in papers]
    holds(books, papers)
    (check,) = books.world.rows(SurveyCheck)
    assert (check.compared, check.differing) == (14, "1")  # which positions differ
    second.page.context.close()


def mends_what_was_refused(clerk: Person) -> None:
    """Each refused line comes into the empty box, the fault selected; it is typed over and saved."""
    wanted = {line: (fault, right) for line, fault, right in TYPED.values()}
    while wanted:
        if not box(clerk).input_value():
            box(clerk).press("Enter")
        fault, right = wanted.pop(box(clerk).input_value())
        assert selected(clerk) == fault
        note = clerk.page.locator("[data-part=note]")
        expect(note).to_contain_text(f"“{fault}”")
        if fault != "x":
            assert re.search(r"相近房号：\S*[35]-\d-\d{4}", note.inner_text())
        clerk.page.wait_for_timeout(450)  # the person reads; a key before that begins the next line
        types(clerk, right)
        all_answered(clerk)
    expect(to_mend(clerk)).to_have_count(0)


def opens_row(clerk: Person, books: SurveyBooks, row: int) -> tuple[int, Paper, Locator]:
    """Pick a row of the table; give its form's number, the form as it is stored, and the field with its line."""
    stored = forms(books)
    number = sorted(stored, reverse=True)[row]
    box(clerk).scroll_into_view_if_needed()  # rows are clicked by their place on the screen
    clerk.picks_row(row)
    field = clerk.page.get_by_label(zh("Form no. %(number)s as a line", number=number), exact=True)
    expect(field).to_have_value(stored[number].line())
    return number, stored[number], field


def mends_the_newest(clerk: Person, books: SurveyBooks) -> Paper:
    number, stored, field = opens_row(clerk, books, 0)
    field.fill(replace(stored, words="改：灯坏了").line())
    clerk.presses(zh("Save the change"))
    clerk.sees(zh("Form no. %(number)s is changed.", number=number))
    return stored


def takes_the_second_back(clerk: Person, books: SurveyBooks) -> Paper:
    _, stored, _ = opens_row(clerk, books, 1)
    clerk.presses(zh("Take this form back"))
    clerk.sees(zh("The form was taken back; it no longer counts."))
    return stored


def taps(clerk: Person, paper: Paper) -> None:
    """Fill the mouse form in: a tap for each answer, the room and the words typed."""
    clerk.types(zh("Room (empty: anonymous)"), paper.room)
    closed = [*paper.marks, paper.nps, paper.letter]
    for position, mark in enumerate(closed, start=1):
        if mark != "-":
            group = clerk.page.locator("[data-testid=stButtonGroup]").filter(has_text=re.compile(rf"^{position}\."))
            group.get_by_text(re.compile(rf"^{mark}( |$)"), exact=True).click()
    clerk.page.locator("[data-testid=stTextArea] textarea").fill(paper.words)
    clerk.page.locator("[data-testid=stTextArea] textarea").press("Control+Enter")
    clerk.settle()


def reads_again(second: Person, books: SurveyBooks) -> tuple[Paper, Paper]:
    """Type the form the portal asks for with another first mark; say that the second reading is right."""
    second.goes_to("surveys.entry", round=books.code)
    shows(second, "Check a sample")
    heading = second.page.locator("h5").first.inner_text()
    number = int(re.findall(r"\d+", heading)[0])
    first = forms(books)[number]
    again = replace(first, marks=("3" if first.marks[0] != "3" else "4") + first.marks[1:])
    second.page.locator("[data-testid=stForm] input").fill(again.line())
    second.presses(zh("Compare"))
    second.sees(zh("The readings differ: decide which one is right."))
    assert forms(books)[number] == first
    second.presses(zh("The second reading is right"))
    second.sees(zh("Form no. %(number)s is settled.", number=number))
    return first, again


def test_a_reload_in_the_middle_of_typing_loses_nothing(books: SurveyBooks, clerk: Person) -> None:
    books.new_round(name="刷新")
    opens(clerk, books)
    rest = PAPERS[6]
    types(clerk, *(paper.line() for paper in PAPERS[:6]))
    clerk.page.keyboard.type(rest.line()[:15], delay=KEY)
    clerk.page.reload()
    expect(box(clerk)).to_have_value(rest.line()[:15])
    box(clerk).press("End")
    types(clerk, rest.line()[15:], PAPERS[7].line())
    all_answered(clerk)
    holds(books, list(PAPERS[:8]))


def test_a_round_closed_while_one_types_refuses_the_lines_and_keeps_them(books: SurveyBooks, clerk: Person) -> None:
    books.new_round(name="关闭")
    opens(clerk, books)
    first, *late = PAPERS[:4]
    types(clerk, first.line())
    all_answered(clerk)
    clerk.page.keyboard.type(late[0].line(), delay=KEY)
    version = books.world.round_row().version
    books.world.act(SUPERVISOR, close_round, CloseRound(books.world.estate, books.world.round, version))
    clerk.page.keyboard.press("Enter")
    types(clerk, *(paper.line() for paper in late[1:]))
    all_answered(clerk)
    kept = [box(clerk).input_value(), *to_mend(clerk).locator("button").all_inner_texts()]
    assert sorted(filter(None, kept)) == sorted(paper.line() for paper in late)
    clerk.sees("已关闭")
    holds(books, [first])

    # Even a reload keeps them: when the supervisor opens the round again, they are still there to be sent.
    clerk.page.reload()
    clerk.settle()
    version = books.world.round_row().version
    books.world.act(SUPERVISOR, reopen_round, ReopenRound(books.world.estate, books.world.round, version))
    assert books.world.round_row().state == RoundState.OPEN.value
    opens(clerk, books)
    for _ in late:
        if not box(clerk).input_value():
            box(clerk).press("Enter")
        clerk.page.wait_for_timeout(450)
        box(clerk).press("Enter")
        all_answered(clerk)
    holds(books, [first, *late])
