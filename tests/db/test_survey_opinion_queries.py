"""Open answers without their givers: filtered, searched as plain text, counted by tag, hidden when few (R-151)."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from core.admin.permissions import Actor, NotPermitted
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, ResponseId, RoundId
from core.surveys.questionnaires import Item, ItemKind
from db.engine import Database
from db.models import SurveyResponse
from db.operations.survey_forms import WithdrawForm, withdraw_form
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.queries.survey_opinions import (
    UNTAGGED,
    OpinionRow,
    OpinionsWanted,
    OpinionTags,
    OpinionTagsWanted,
    UntaggedWanted,
    opinion_tags,
    opinions,
    untagged_opinions,
)
from tests.builders import ask
from tests.db.surveys_setup import ITEMS, SurveyWorld, a_survey_world
from tests.personas import ADMINISTRATOR, AUDITOR, CASHIER, FRONT_DESK, HANDLER, MANAGER, PATROL, SUPERVISOR, person
from tests.statements import count_statements

TWO_OPEN = (*ITEMS, Item(9, "more", ItemKind.OPEN, "还有吗", "Anything else"))
WORDS = ("电梯慢", "停车难", "50%的灯坏了", "Lift_broken", "谢谢保安")
"""Of the forms 1 to 5."""


def a_form(world: SurveyWorld, *words: str) -> ResponseId:
    """An anonymous form with a choice (letters are texts too) and words."""
    said = tuple((8 + place, each) for place, each in enumerate(words) if each)
    return world.answer(None, ((1, 4), (2, 4), (3, 4), (4, "A"), *said)).response_id


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    """A round with five forms, each with words."""
    found = a_survey_world(database, items=TWO_OPEN)
    for words in WORDS:
        a_form(found, words)
    return found


def forms(world: SurveyWorld) -> tuple[ResponseId, ...]:
    return tuple(ResponseId(row.id) for row in world.rows(SurveyResponse))


def tag(world: SurveyWorld, *tags: tuple[int, int, Sequence[str]]) -> None:
    """Tag answers, each by the place of its form and its position."""
    all_forms = forms(world)
    wanted = tuple((all_forms[place], position, tuple(own)) for place, position, own in tags)
    world.act(FRONT_DESK, tag_opinions, TagOpinions(world.estate, world.round, wanted))


def see(world: SurveyWorld, by: Actor = SUPERVISOR, **given: Any) -> Any:
    return ask(world.database, opinions, replace(OpinionsWanted(world.estate, world.round), **given), by=by)


def said(world: SurveyWorld, **given: Any) -> list[str]:
    return [row.text for row in see(world, **given).rows]


def about(world: SurveyWorld, *rounds: RoundId, by: Actor = SUPERVISOR) -> OpinionTags:
    return ask(world.database, opinion_tags, OpinionTagsWanted(world.estate, rounds or (world.round,)), by=by)


def test_the_words_of_the_newest_form_come_first(world: SurveyWorld) -> None:
    tag(world, (4, 8, ("security", "praise")))
    found = see(world)
    assert (found.total, found.hidden) == (5, False)
    assert found.rows[0] == OpinionRow(forms(world)[4], 8, "谢谢保安", ("praise", "security"))
    assert [row.text for row in found.rows] == list(reversed(WORDS))


def test_an_answer_tells_neither_unit_nor_typist_nor_day_nor_number() -> None:
    assert [field.name for field in fields(OpinionRow)] == ["response_id", "position", "text", "tags"]


def test_several_open_items_of_a_form_come_in_the_order_of_the_paper(world: SurveyWorld) -> None:
    form = a_form(world, "first", "second")
    assert [(row.response_id, row.position, row.text) for row in see(world).rows[:2]] == [
        (form, 8, "first"), (form, 9, "second"),
    ]  # fmt: skip


def test_a_screenful_comes_with_the_count_of_all(world: SurveyWorld) -> None:
    found = see(world, slice=Slice(2, 2))
    assert found.total == 5 and [row.text for row in found.rows] == ["50%的灯坏了", "停车难"]


def test_answers_are_found_by_tag_or_by_having_none(world: SurveyWorld) -> None:
    tag(world, (0, 8, ("lift", "speed")), (3, 8, ("lift",)), (1, 8, ("parking",)))
    assert said(world, tag="lift") == ["Lift_broken", "电梯慢"]
    assert see(world, tag="lift").rows[1].tags == ("lift", "speed")
    assert said(world, tag="speed") == ["电梯慢"]
    assert said(world, tag=UNTAGGED) == ["谢谢保安", "50%的灯坏了"]
    assert said(world, tag="no such tag") == []
    assert said(world, tag="lift", search="慢") == ["电梯慢"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("lift", ["Lift_broken"]),
        ("%", ["50%的灯坏了"]),
        ("_", ["Lift_broken"]),
        ("50%的", ["50%的灯坏了"]),
        ("' OR 1=1 --", []),
        ("\\", []),
        ("  ", list(reversed(WORDS))),
        ("A", []),
    ],
)
def test_the_search_is_for_the_letters_themselves(world: SurveyWorld, search: str, found: list[str]) -> None:
    """The last case: the letters chosen in another item are no open answer."""
    assert said(world, search=search) == found


def test_withdrawn_forms_say_nothing_any_more(world: SurveyWorld) -> None:
    a_form(world, "one more")
    tag(world, (0, 8, ("lift",)))
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, forms(world)[0], 1, "typed twice"))
    assert "电梯慢" not in said(world) and about(world).tags == () and about(world).answers == 5


def test_a_round_of_four_forms_is_hidden_as_a_whole_and_five_show(database: Database) -> None:
    world = a_survey_world(database)
    for words in WORDS[:4]:
        a_form(world, words)
    tag(world, (0, 8, ("lift",)))
    untagged = UntaggedWanted(world.estate, world.round)
    assert see(world) == see(world, tag="lift") == see(world, search="电梯")
    assert (see(world).rows, see(world).total, see(world).hidden) == ((), 0, True)
    assert about(world) == OpinionTags((), 0, 0, hidden=True)
    assert ask(database, untagged_opinions, untagged, by=SUPERVISOR) == ()
    a_form(world)  # a form without words counts as a person
    assert see(world).total == 4 and not see(world).hidden
    assert about(world) == OpinionTags((("lift", 1),), 4, 3, hidden=False)
    assert len(ask(database, untagged_opinions, untagged, by=SUPERVISOR)) == 3


def test_tags_are_counted_most_first_and_an_answer_with_two_counts_in_both(world: SurveyWorld) -> None:
    tag(world, (0, 8, ("lift", "speed")), (3, 8, ("lift", "facility")), (4, 8, ("security", "praise")))
    tags = (("lift", 2), ("facility", 1), ("praise", 1), ("security", 1), ("speed", 1))
    assert about(world) == OpinionTags(tags, 5, 2, hidden=False)


def test_several_rounds_are_counted_together_but_for_those_too_small(world: SurveyWorld) -> None:
    tag(world, (0, 8, ("lift",)))
    first, second = world.round, world.open(name="second")
    world.round = second
    small = a_form(world, "电梯")
    world.act(FRONT_DESK, tag_opinions, TagOpinions(world.estate, second, ((small, 8, ("lift",)),)))
    assert about(world, first, second) == OpinionTags((("lift", 1),), 5, 4, hidden=False)
    assert about(world, second).hidden
    for words in WORDS[:4]:
        a_form(world, words)
    assert about(world, first, second) == OpinionTags((("lift", 2),), 10, 8, hidden=False)


def test_a_round_nobody_answered_is_hidden_and_so_is_none_at_all(database: Database) -> None:
    world = a_survey_world(database)
    assert see(world).hidden and about(world).hidden
    assert ask(database, opinion_tags, OpinionTagsWanted(world.estate, ()), by=SUPERVISOR).hidden


def test_all_untagged_answers_are_read_in_pieces_each_once(world: SurveyWorld) -> None:
    a_form(world, "eins", "zwei")
    tag(world, (1, 8, ("parking",)))
    wanted, seen = UntaggedWanted(world.estate, world.round, limit=2), []
    while piece := ask(world.database, untagged_opinions, wanted, by=SUPERVISOR):
        assert len(piece) <= 2
        seen += [row.text for row in piece]
        wanted = replace(wanted, after=(piece[-1].response_id, piece[-1].position))
    assert seen == ["电梯慢", "50%的灯坏了", "Lift_broken", "谢谢保安", "eins", "zwei"]


def test_the_statements_do_not_grow_with_the_answers(world: SurveyWorld) -> None:
    tag(world, (0, 8, ("lift", "speed")))
    for _ in range(2):
        with count_statements(world.database) as sent:
            see(world, search="e")
        assert len(sent) <= 4
        with count_statements(world.database) as sent:
            about(world)
        assert len(sent) == 1
        with count_statements(world.database) as sent:
            ask(world.database, untagged_opinions, UntaggedWanted(world.estate, world.round), by=SUPERVISOR)
        assert len(sent) == 2
        for number in range(30):
            a_form(world, f"word {number}", "more")


@pytest.mark.parametrize("who", [FRONT_DESK, HANDLER, SUPERVISOR, MANAGER, AUDITOR], ids=lambda who: who.name)
def test_who_sees_surveys_reads_the_words(world: SurveyWorld, who: Actor) -> None:
    assert see(world, who).total == 5 and about(world, by=who).answers == 5


@pytest.mark.parametrize("who", [CASHIER, PATROL, ADMINISTRATOR], ids=lambda who: who.name)
def test_nobody_else_does(world: SurveyWorld, who: Actor) -> None:
    for query, wanted in wanted_of(world):
        with pytest.raises(NotPermitted):
            ask(world.database, query, wanted, by=who)


def test_another_estate_s_words_are_out_of_reach(world: SurveyWorld) -> None:
    stranger = person(12, "stranger", *SUPERVISOR.roles, estates=frozenset({EstateId(99)}))
    for query, wanted in wanted_of(world):
        with pytest.raises(NotPermitted):
            ask(world.database, query, wanted, by=stranger)


def test_estates_that_number_their_rounds_alike_keep_their_words_apart(world: SurveyWorld) -> None:
    other = a_survey_world(world.database, "Elm Court", items=TWO_OPEN)
    assert other.round == world.round and see(other).hidden
    for number in range(6):
        a_form(other, f"elm {number}")
    tag(other, (0, 8, ("noise",)))
    assert see(other).total == 6 and see(world).total == 5
    assert about(other).tags == (("noise", 1),) and about(world).tags == ()


def wanted_of(world: SurveyWorld) -> tuple[tuple[Any, Any], ...]:
    return (
        (opinions, OpinionsWanted(world.estate, world.round)),
        (opinion_tags, OpinionTagsWanted(world.estate, (world.round,))),
        (untagged_opinions, UntaggedWanted(world.estate, world.round)),
    )
