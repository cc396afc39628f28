"""Attacks on surveys and measures: what is hidden stays hidden, rights hold, two at once, bad input (security.md)."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import select, update

from core.admin.permissions import MATRIX, SYSTEM, Actor, NotPermitted, Permission, Role
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId, FollowUpId, QuestionnaireId, ResponseId, RoundId
from core.meetings.measures import Stage
from core.surveys.external import ScaleRefused, ScoreOutsideScale
from core.surveys.follow_ups import FollowUpState, NewMarkRefused
from core.surveys.questionnaires import QuestionnaireState
from core.surveys.responses import ChannelNotOfRound, CollectedOutsideDates
from core.surveys.rounds import Channel, RoundKind, RoundNumberRefused
from db.engine import Database, open_database
from db.jobs.chains import bad_chains
from db.keys import KeyRing
from db.models import (
    AuditEntry,
    EstateHead,
    FollowUp,
    Measure,
    MeasureStep,
    Questionnaire,
    SurveyAnswer,
    SurveyCheck,
    SurveyRespondent,
    SurveyResponse,
    SurveyTag,
)
from db.operations.external_results import RecordExternalResult, record_external_result
from db.operations.follow_ups import NoteAttempt, SettleFollowUp, note_attempt, settle_follow_up
from db.operations.measures import MoveMeasure, move_measure
from db.operations.questionnaires import (
    PublishQuestionnaire,
    publish_questionnaire,
    save_questionnaire,
)
from db.operations.survey_checks import CheckForm, SettleCheck, check_form, settle_check
from db.operations.survey_forms import (
    EditForm,
    SentForm,
    WithdrawForm,
    edit_form,
    enter_forms,
    restore_form,
    withdraw_form,
)
from db.operations.survey_opinions import TagOpinions, tag_opinions
from db.operations.survey_rounds import (
    CancelRound,
    ChangeRound,
    CloseRound,
    CutLinks,
    ReopenRound,
    cancel_round,
    change_round,
    close_round,
    cut_links,
    reopen_round,
)
from db.queries.external_results import ExternalResultsWanted, external_results
from db.queries.follow_ups import FollowUpsShown, FollowUpsWanted, FollowUpWanted, follow_up_steps, follow_ups
from db.queries.measure_forms import SeedWanted, measure_seed
from db.queries.measures import MeasuresOfRoundWanted, MeasureWanted, measure_card, measures_of_round
from db.queries.questionnaires import QuestionnaireWanted, questionnaire_card
from db.queries.survey_checks import CheckWanted, check_figures, form_to_check, open_check
from db.queries.survey_entry import (
    EntryRoundsWanted,
    FormsWanted,
    NearbyWanted,
    PlacesWanted,
    RequestsWanted,
    SheetWanted,
    entry_rounds,
    entry_sheet,
    forms_in,
    known_requests,
    nearby_units,
    newest_forms,
    places,
)
from db.queries.survey_opinions import (
    OpinionsWanted,
    OpinionTagsWanted,
    UntaggedWanted,
    opinion_tags,
    opinions,
    untagged_opinions,
)
from db.queries.survey_reports import OfRoundsWanted, call_back_recovery, measures_of_rounds
from db.queries.survey_results import ItemTableWanted, ResultRoundsWanted, item_table, result_rounds
from db.queries.survey_rounds import (
    RoundBasisWanted,
    RoundsWanted,
    RoundWanted,
    round_basis,
    survey_round,
    survey_rounds,
)
from db.queries.survey_summaries import OverviewWanted, TrendWanted, round_overview, round_trend
from db.unit_of_work import NotFound, perform
from tests import builders
from tests.builders import NOW
from tests.db.asserting import contents, refused
from tests.db.surveys_setup import (
    ANSWERS,
    ENDS,
    LOW,
    STARTS,
    TODAY,
    SurveyWorld,
    a_rating,
    a_survey_world,
    check_tallies,
    draft,
)
from tests.fee_books import A
from tests.measures_setup import Company, a_company
from tests.patience import patiently
from tests.personas import AUDITOR, FRONT_DESK, HANDLER, SUPERVISOR, person

AFTER_CUT = NOW + timedelta(days=40)


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_survey_world(database)


def ask(world: SurveyWorld, query: Any, wanted: Any, by: Actor = SUPERVISOR) -> Any:
    return builders.ask(world.database, query, wanted, by=by, now=world.now)


def close(world: SurveyWorld) -> None:
    world.act(SUPERVISOR, close_round, CloseRound(world.estate, world.round, world.round_row().version))


# What a unit answered ---------------------------------------------------------------------------------------------


def test_once_the_links_are_cut_no_question_gives_a_single_form_with_its_answers(world: SurveyWorld) -> None:
    for unit in world.units:
        world.answer(unit)
    close(world)
    asked = FormsWanted(world.estate, world.round, everybody=True)
    assert len(ask(world, newest_forms, asked)) == len(world.units)  # may still be opened again and mended
    world.now = AFTER_CUT
    world.act(SYSTEM, cut_links, CutLinks(world.estate))
    assert ask(world, newest_forms, asked) == ()
    assert ask(world, newest_forms, FormsWanted(world.estate, world.round), FRONT_DESK) == ()
    assert ask(world, open_check, FormsWanted(world.estate, world.round)) is None
    assert ask(world, opinions, OpinionsWanted(world.estate, world.round)).total == len(world.units)


def test_after_the_cut_no_row_of_the_database_leads_from_a_unit_to_its_answers(world: SurveyWorld) -> None:
    """Forms typed, corrected, checked, called back; of a call-back that has ended nothing is left either."""
    first = world.answer(world.units[0], LOW)
    world.edit(first.response_id, unit_id=world.units[0], answers=((1, 2), (8, "楼道脏")))
    world.act(SUPERVISOR, check_form, CheckForm(world.estate, first.response_id, ANSWERS))
    done = SettleFollowUp(world.estate, _call(world, first.response_id), 2, FollowUpState.REACHED, 5, "已经解决")
    world.act(HANDLER, settle_follow_up, done)
    gone = world.answer(world.units[1], LOW)
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, gone.response_id, 1))
    close(world)
    world.now = AFTER_CUT
    world.act(SYSTEM, cut_links, CutLinks(world.estate))
    assert world.rows(SurveyRespondent) == []
    assert {call.unit_id for call in world.rows(FollowUp)} == {None}
    assert "1-101" not in "".join(check.second for check in world.rows(SurveyCheck))
    kept = "".join(f"{entry.before}{entry.after}{entry.reason}" for entry in _audit_of_surveys(world))
    assert "1-101" not in kept
    assert "楼道脏" not in kept
    assert "unit" not in kept


def _call(world: SurveyWorld, response: ResponseId) -> FollowUpId:
    return FollowUpId(world.follow_up(response).id)


def _audit_of_surveys(world: SurveyWorld) -> list[Any]:
    about = AuditEntry.subject_type.in_(("survey_response", "survey_round", "follow_up"))
    with world.database.reading() as connection:
        return list(connection.execute(select(AuditEntry).where(AuditEntry.chain == world.estate, about)).all())


def test_words_of_fewer_than_five_forms_are_found_by_no_search_tag_or_page(world: SurveyWorld) -> None:
    form = next(iter([world.answer(unit) for unit in world.units[:4]]))
    world.act(HANDLER, tag_opinions, TagOpinions(world.estate, world.round, ((form.response_id, 8, ("noise",)),)))
    for tag in (None, "noise", ""):
        for search in ("", "电梯慢", "%"):
            found = ask(world, opinions, OpinionsWanted(world.estate, world.round, tag, search), AUDITOR)
            assert (found.rows, found.total, found.hidden) == ((), 0, True)
    assert ask(world, untagged_opinions, UntaggedWanted(world.estate, world.round), AUDITOR) == ()
    tags = ask(world, opinion_tags, OpinionTagsWanted(world.estate, (world.round,)), AUDITOR)
    assert (tags.tags, tags.answers, tags.hidden) == ((), 0, True)
    assert ask(world, item_table, ItemTableWanted(world.round_row().code), AUDITOR).rows == ()


def test_a_form_taken_back_hides_a_round_that_was_shown(world: SurveyWorld) -> None:
    entered = [world.answer(unit) for unit in world.units[:5]]
    assert not ask(world, opinions, OpinionsWanted(world.estate, world.round)).hidden
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, entered[0].response_id, 1))
    assert ask(world, opinions, OpinionsWanted(world.estate, world.round)).hidden
    assert ask(world, item_table, ItemTableWanted(world.round_row().code)).total == 0


def test_what_was_said_in_a_round_that_was_called_off_is_told_nowhere(world: SurveyWorld) -> None:
    for unit in world.units:
        world.answer(unit)
    world.act(SUPERVISOR, cancel_round, CancelRound(world.estate, world.round, world.round_row().version))
    found = ask(world, opinions, OpinionsWanted(world.estate, world.round))
    assert (found.rows, found.total, found.hidden) == ((), 0, True)
    assert ask(world, untagged_opinions, UntaggedWanted(world.estate, world.round)) == ()
    assert ask(world, opinion_tags, OpinionTagsWanted(world.estate, (world.round,))).hidden


# Rounds that change under their forms -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channels": (Channel.PHONE,)}, ChannelNotOfRound),
        ({"starts_on": date(2026, 11, 2), "ends_on": date(2026, 11, 21)}, CollectedOutsideDates),
    ],
)
def test_a_form_taken_back_does_not_return_into_a_round_that_no_longer_takes_it(
    world: SurveyWorld, change: dict[str, Any], error: type[BusinessError]
) -> None:
    """R-136, R-146: else an active form stands outside the dates or channels of its round."""
    form = world.answer(world.units[0])
    world.act(FRONT_DESK, withdraw_form, WithdrawForm(world.estate, form.response_id, 1))
    plain: dict[str, Any] = {"starts_on": STARTS, "ends_on": ENDS, "channels": (Channel.PAPER, Channel.PHONE)}
    wanted = plain | change
    command = ChangeRound(world.estate, world.round, world.round_row().version, "2026", RoundKind.REGULAR, **wanted)
    world.act(SUPERVISOR, change_round, command)
    with refused(world.database, error):
        world.act(FRONT_DESK, restore_form, WithdrawForm(world.estate, form.response_id, 2))


# Rights and scope -------------------------------------------------------------------------------------------------


def _queries(world: SurveyWorld) -> tuple[tuple[Any, Any], ...]:
    """Every question about surveys that names an estate, with what it is asked."""
    estate, of = world.estate, world.round
    sheet, forms = SheetWanted(estate, of), FormsWanted(estate, of, everybody=True)
    return (
        (entry_rounds, EntryRoundsWanted(estate)),
        (entry_sheet, sheet),
        (forms_in, sheet),
        (places, PlacesWanted(estate, ("1-101", "1"))),
        (nearby_units, NearbyWanted(estate, "1-101")),
        (known_requests, RequestsWanted(estate, of, ("request-00001",))),
        (newest_forms, forms),
        (form_to_check, CheckWanted(estate, of, (1, 2))),
        (check_figures, forms),
        (open_check, forms),
        (opinions, OpinionsWanted(estate, of)),
        (untagged_opinions, UntaggedWanted(estate, of)),
        (opinion_tags, OpinionTagsWanted(estate, (of,))),
        (follow_ups, FollowUpsWanted(estate)),
        (follow_up_steps, FollowUpWanted(estate, FollowUpId(1))),
        (external_results, ExternalResultsWanted(estate)),
        (result_rounds, ResultRoundsWanted(estate)),
        (round_overview, OverviewWanted(estate)),
        (round_trend, TrendWanted(estate, "Maple Court", RoundKind.REGULAR)),
        (call_back_recovery, OfRoundsWanted(estate, (of,))),
        (measures_of_rounds, OfRoundsWanted(estate, (of,))),
        (survey_rounds, RoundsWanted(estate)),
        (round_basis, RoundBasisWanted(estate)),
        (measure_seed, SeedWanted(estate, of)),
        (measures_of_round, MeasuresOfRoundWanted(estate, of)),
    )


def test_a_stranger_to_the_estate_gets_an_answer_to_no_question(world: SurveyWorld) -> None:
    for unit in world.units:
        world.answer(unit, LOW)
    for role in Role:
        stranger = person(40, "stranger", role, estates=frozenset({EstateId(world.estate + 1)}))
        for query, wanted in _queries(world):
            with pytest.raises(NotPermitted):
                ask(world, query, wanted, stranger)
        if Permission.SURVEYS_VIEW in MATRIX[role]:
            code = world.round_row().code
            assert ask(world, result_rounds, ResultRoundsWanted(code=code), stranger) == ()
            assert ask(world, survey_round, RoundWanted(code=code), stranger) is None
            assert ask(world, survey_round, RoundWanted(number=(world.estate, world.round)), stranger) is None
            assert ask(world, survey_rounds, RoundsWanted(), stranger).total == 0
            assert ask(world, round_overview, OverviewWanted(), stranger) == ()
            with pytest.raises(NotFound):
                ask(world, item_table, ItemTableWanted(code), stranger)
        if Permission.SURVEYS_ENTER in MATRIX[role]:
            assert ask(world, entry_rounds, EntryRoundsWanted(None), stranger) == ()
        if Permission.SURVEYS_FOLLOW in MATRIX[role]:
            for shown in FollowUpsShown:
                assert ask(world, follow_ups, FollowUpsWanted(None, shown), stranger).total == 0


def test_numbers_of_another_estate_are_as_if_not_there(world: SurveyWorld) -> None:
    """Each estate counts its own numbers, so those of the other are taken far above all of this one."""
    other = _far_estate(world)
    form = other.answer(other.units[0], LOW)
    call, here = _call(other, form.response_id), world.estate
    foreign: tuple[tuple[Any, Any], ...] = (
        (enter_forms, world.entry(world.form(other.units[0]))),
        (enter_forms, world.entry(world.form(building=other.buildings[0]))),
        (enter_forms, world.entry(world.form(), round_id=other.round)),
        (edit_form, EditForm(here, form.response_id, 1, None, None, Channel.PAPER, TODAY, ANSWERS)),
        (withdraw_form, WithdrawForm(here, form.response_id, 1)),
        (restore_form, WithdrawForm(here, form.response_id, 1)),
        (check_form, CheckForm(here, form.response_id, LOW)),
        (settle_check, SettleCheck(here, form.response_id, 1, take_second=True)),
        (settle_follow_up, SettleFollowUp(here, call, 1, FollowUpState.REACHED, 5, "已经解决")),
        (note_attempt, NoteAttempt(here, call, 1)),
        (tag_opinions, TagOpinions(here, other.round, ())),
        (tag_opinions, TagOpinions(here, world.round, ((form.response_id, 8, ("noise",)),))),
        (close_round, CloseRound(here, other.round, 1)),
        (reopen_round, ReopenRound(here, other.round, 1)),
        (cancel_round, CancelRound(here, other.round, 1)),
    )
    limited = person(SUPERVISOR.user_id or 0, "supervisor", Role.SUPERVISOR, estates=frozenset({here}))
    for operation, command in foreign:
        with refused(world.database, NotFound):
            world.act(limited, operation, command)


def _far_estate(world: SurveyWorld) -> SurveyWorld:
    """Another estate, none of whose numbers this one has."""
    other = a_survey_world(world.database, "Far Gardens")
    with world.database.writing() as connection, connection.begin():
        ahead = update(EstateHead).where(EstateHead.estate_id == other.estate)
        connection.execute(ahead.values(next_id=1_000_000))
    building = builders.building(world.database, other.estate, "9")
    units = builders.units(world.database, other.estate, building, ("901", "902"))
    other.buildings, other.units = (building,), units
    other.round = other.open(name="Far away")
    return other


# Two people, two clicks -------------------------------------------------------------------------------------------

PROCESSES = 2
ROUNDS_OF_CLICKS = 60


def click(url: str, keys: KeyRing, who: Actor, clicks: list[tuple[Any, Any]], line: tuple[Any, Any]) -> None:
    """Do one thing after another from a process of its own; answer with what became of each, refusals by name."""
    database, (barrier, answers) = open_database(url, keys), line
    seen: Counter[str] = Counter()
    barrier.wait()
    for operation, command in clicks:
        try:
            patiently(lambda do=operation, it=command: perform(database, do, it, identify=lambda _c, _n: who, now=NOW))  # type: ignore[misc]
            seen[f"{operation.__name__} done"] += 1
        except BusinessError as error:
            seen[f"{operation.__name__} {type(error).__name__}"] += 1
    database.engine.dispose()
    answers.put(seen)


def at_once(database: Database, url: str, *clicks: tuple[Actor, list[tuple[Any, Any]]]) -> Counter[str]:
    """Let people click at the same time, each in a process; every one must end well."""
    context = get_context("spawn")
    barrier, answers = context.Barrier(len(clicks)), context.Queue()
    processes = [
        context.Process(target=click, args=(url, database.keys, who, todo, (barrier, answers))) for who, todo in clicks
    ]
    for process in processes:
        process.start()
    seen: Counter[str] = sum((answers.get(timeout=120) for _ in processes), Counter())
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    return seen


def holds(database: Database) -> None:
    """Every audit chain holds."""
    with database.reading() as connection:
        assert list(bad_chains(connection)) == []


def wild_clicks(world: SurveyWorld, forms: list[ResponseId], seed: int) -> list[tuple[Any, Any]]:
    """Anything anybody may do with a few forms of a round, with versions guessed."""
    choose = random.Random(seed)
    told = (ANSWERS, LOW, ((1, 5),), ((4, "C"), (8, "灯坏了")))
    estate, clicks = world.estate, []
    for turn in range(ROUNDS_OF_CLICKS):
        form, version, said = choose.choice(forms), choose.randint(1, 6), choose.choice(told)
        unit = choose.choice((None, *world.units))
        sent = SentForm(f"{choose.choice((seed, 0))}-{turn}", unit, None, said)
        clicks.append(
            choose.choice(
                (
                    (enter_forms, world.entry(sent)),
                    (edit_form, EditForm(estate, form, version, unit, None, Channel.PHONE, TODAY, said)),
                    (withdraw_form, WithdrawForm(estate, form, version)),
                    (restore_form, WithdrawForm(estate, form, version)),
                    (check_form, CheckForm(estate, form, said)),
                    (settle_check, SettleCheck(estate, form, version, choose.random() < 0.5)),
                    (tag_opinions, TagOpinions(estate, world.round, ((form, 8, ("noise",)),))),
                    (close_round, CloseRound(estate, world.round, version)),
                    (reopen_round, ReopenRound(estate, world.round, version)),
                    (reopen_round, ReopenRound(estate, world.round, version)),
                )
            )
        )
    return clicks


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_two_people_click_at_once_the_tallies_and_the_chain_hold(
    database: Database, database_url: str, seed: int
) -> None:
    world = a_survey_world(database)
    forms = [world.answer(unit, said).response_id for unit, said in zip(world.units, (LOW, ANSWERS) * 3, strict=True)]
    seen = at_once(
        database,
        database_url,
        (SUPERVISOR, wild_clicks(world, forms, 10 * seed)),
        (person(FRONT_DESK.user_id or 0, "front desk", Role.SUPERVISOR), wild_clicks(world, forms, 10 * seed + 1)),
    )
    assert sum(seen.values()) == PROCESSES * ROUNDS_OF_CLICKS
    assert sum(many for what, many in seen.items() if what.endswith(" done")) > PROCESSES
    check_tallies(world)
    holds(database)
    _nothing_hangs_in_the_air(world)


def _nothing_hangs_in_the_air(world: SurveyWorld) -> None:
    """Numbers run without a gap, nothing but words of active forms is tagged, a taken-back form is called by nobody."""
    forms = {form.id: form for form in world.rows(SurveyResponse)}
    assert sorted(form.number for form in forms.values()) == list(range(1, len(forms) + 1))
    assert len({form.request for form in forms.values()}) == len(forms)
    answered = {(row.response_id, row.position) for row in world.rows(SurveyAnswer)}
    for tag in world.rows(SurveyTag):
        assert forms[tag.response_id].state == "active"
        assert (tag.response_id, tag.position) in answered
    for call in world.rows(FollowUp):
        assert call.state != "open" or forms[call.response_id].state == "active"


def test_a_round_closed_in_the_middle_takes_whole_piles_or_none(database: Database, database_url: str) -> None:
    world = a_survey_world(database)
    piles = [(enter_forms, world.entry(*(world.form(unit, LOW) for unit in world.units))) for _ in range(12)]
    idle: list[tuple[Any, Any]] = [(close_round, CloseRound(world.estate, world.round, 9)) for _ in range(5)]
    shut = [*idle, (close_round, CloseRound(world.estate, world.round, 1))]
    seen = at_once(database, database_url, (FRONT_DESK, piles), (SUPERVISOR, shut))
    assert seen["close_round done"] == 1
    assert seen["enter_forms done"] + seen["enter_forms RoundNotOpen"] == len(piles)
    assert world.forms_counted() == seen["enter_forms done"] * len(world.units)
    check_tallies(world)
    holds(database)


def test_a_call_back_ended_by_two_at_once_ends_once(database: Database, database_url: str) -> None:
    world = a_survey_world(database)
    call = _call(world, world.answer(world.units[0], LOW).response_id)
    reached = SettleFollowUp(world.estate, call, 1, FollowUpState.REACHED, 5, "已经解决")
    dropped = SettleFollowUp(world.estate, call, 1, FollowUpState.DROPPED, None, "填错了表")
    seen = at_once(
        database, database_url, (HANDLER, [(settle_follow_up, reached)]), (FRONT_DESK, [(settle_follow_up, dropped)])
    )
    assert seen == {"settle_follow_up done": 1, "settle_follow_up EditConflict": 1}
    holds(database)


def test_what_is_published_is_what_was_saved_last_before_it(database: Database, database_url: str) -> None:
    a_survey_world(database)
    number = builders.act(database, save_questionnaire, draft(code="raced"), by=SUPERVISOR)
    saves = [
        (save_questionnaire, draft(questionnaire_id=number, code="raced", title_zh=f"第{turn}稿", version=turn))
        for turn in range(1, 20)
    ]
    publish = [(publish_questionnaire, PublishQuestionnaire(number, turn)) for turn in range(5, 25) for _ in "ab"]
    seen = at_once(database, database_url, (SUPERVISOR, saves), (SUPERVISOR, publish))
    with database.reading() as connection:
        row = connection.execute(select(Questionnaire).where(Questionnaire.id == number)).one()
    assert seen["publish_questionnaire done"] == (row.state == QuestionnaireState.PUBLISHED.value)
    assert row.title_zh == f"第{seen['save_questionnaire done']}稿"
    assert row.version == 1 + seen["save_questionnaire done"] + seen["publish_questionnaire done"]
    holds(database)


def test_a_measure_moved_by_two_at_once_moves_once(database: Database, database_url: str) -> None:
    company: Company = a_company(database)
    number = company.opened(company.ready())
    step = (move_measure, MoveMeasure(A, number, company.row(number).version, Stage.DO))
    seen = at_once(database, database_url, (SUPERVISOR, [step]), (HANDLER, [step]))
    assert seen == {"move_measure done": 1, "move_measure EditConflict": 1}
    with database.reading() as connection:
        stages = connection.execute(select(MeasureStep.stage).order_by(MeasureStep.id)).scalars().all()
        assert connection.execute(select(Measure.stage)).scalars().all() == ["do"]
    assert stages == ["plan", "do"]
    holds(database)


# Bad input --------------------------------------------------------------------------------------------------------

HOSTILE = (
    "\x00", "a\x00b", "\ud800", "a\ud800b", "\x01\x1b[31m", "\u202e\u2066\u200b", "x" * 41, "x" * 65, "x" * 1_000_000,
    "_" * 40, "%" * 40, "\\" * 40, "-" * 100, "1-" * 500, "'; DROP TABLE units; --", "０１２", "",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_any_text_a_line_or_an_address_may_hold_is_answered(world: SurveyWorld, text: str) -> None:
    """A line typed without its place begins with whatever it begins with; the browser sends it again and again."""
    found = ask(world, places, PlacesWanted(world.estate, (text, "1-101")), FRONT_DESK)
    assert (set(found.units), set(found.buildings)) == ({"1-101"}, set())
    for place in (text, f"1-{text}", f"{text}-101"):
        near = ask(world, nearby_units, NearbyWanted(world.estate, place), FRONT_DESK)
        assert set(near) <= {"1-101", "1-102", "1-201", "1-202", "2-101", "2-102"}
    assert ask(world, known_requests, RequestsWanted(world.estate, world.round, (text,)), FRONT_DESK) == {}
    assert ask(world, result_rounds, ResultRoundsWanted(code=text)) == ()
    assert ask(world, survey_round, RoundWanted(code=text)) is None
    assert ask(world, opinions, OpinionsWanted(world.estate, world.round, search=text)).hidden
    with pytest.raises(NotFound):
        ask(world, item_table, ItemTableWanted(text))
    if text:
        for name in ("item", "dimension"):
            wanted = SeedWanted(world.estate, world.round, **{name: text})  # type: ignore[arg-type]
            with pytest.raises(NotFound):
                ask(world, measure_seed, wanted)


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**12, 10**18 - 1])
def test_any_number_an_address_may_hold_is_answered(world: SurveyWorld, number: int) -> None:
    for query, wanted in (
        (questionnaire_card, QuestionnaireWanted(QuestionnaireId(number))),
        (measure_card, MeasureWanted(world.estate, number)),  # type: ignore[arg-type]
        (measure_card, MeasureWanted(EstateId(number), number)),  # type: ignore[arg-type]
        (measure_seed, SeedWanted(world.estate, RoundId(number))),
        (entry_sheet, SheetWanted(world.estate, RoundId(number))),
    ):
        with pytest.raises(NotFound):
            ask(world, query, wanted)
    assert ask(world, newest_forms, FormsWanted(world.estate, world.round, limit=number)) == ()


def _text_commands(world: SurveyWorld, call: FollowUpId) -> Iterator[tuple[str, Any, Callable[[str], Any]]]:
    """Every command of this module that takes words, as a function of them."""
    estate = world.estate
    yield "collector", enter_forms, lambda text: world.entry(world.form(), collector=text)
    yield "words", enter_forms, lambda text: world.entry(world.form(answers=((8, text),)))
    yield "letters", enter_forms, lambda text: world.entry(world.form(answers=((4, text),)))
    yield "mark", enter_forms, lambda text: world.entry(world.form(answers=((1, text),)))
    yield "attempt", note_attempt, lambda text: NoteAttempt(estate, call, _version(world, call), text)
    yield "tag", tag_opinions, lambda text: TagOpinions(estate, world.round, ((ResponseId(1), 8, (text,)),))
    yield (
        "external",
        record_external_result,
        lambda text: RecordExternalResult(estate, text, TODAY, "csi", Decimal(80), Decimal(100), text),
    )
    yield (
        "subject",
        record_external_result,
        lambda text: RecordExternalResult(estate, "北大", TODAY, text, Decimal(80), Decimal(100), ""),
    )
    yield "titles", save_questionnaire, lambda text: draft(code=text, title_zh=text, intro_en=text)
    yield (
        "item",
        save_questionnaire,
        lambda text: draft(code=f"q{world.requests}", items=(a_rating(1, dimension=text),)),
    )


def _version(world: SurveyWorld, call: FollowUpId) -> int:
    return next(int(row.version) for row in world.rows(FollowUp) if row.id == call)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text)[:20])
def test_any_text_is_stored_clean_or_refused_and_then_nothing_changed(world: SurveyWorld, text: str) -> None:
    call = _call(world, world.answer(world.units[0], LOW).response_id)
    for name, operation, command in _text_commands(world, call):
        before = contents(world.database)
        try:
            world.act(SUPERVISOR, operation, command(text))
        except BusinessError:
            assert contents(world.database) == before, name
    names = (
        "survey_responses",
        "survey_answers",
        "follow_ups",
        "external_results",
        "questionnaires",
        "questionnaire_items",
    )
    kept = "".join("".join(contents(world.database)[name]) for name in names)
    for sign in ("\\x00", "\\x1b", "\\ud800", "\\u202e", "\\u2066"):
        assert sign not in kept
    check_tallies(world)


@pytest.mark.parametrize("answer", [True, 5.0, "5", 0, 6, -1, 10**30, float("nan"), Decimal(5)])
def test_a_mark_is_a_whole_number_and_nothing_that_looks_like_one(world: SurveyWorld, answer: Any) -> None:
    with refused(world.database, BusinessError):
        world.answer(None, ((1, answer),))
    with refused(world.database, BusinessError):
        world.answer(None, tuple((1, 5) for _ in range(10_000)))


@pytest.mark.parametrize("number", [True, 3.5, "5", -1, 10**30, float("nan")])
def test_a_count_is_a_whole_number_and_nothing_that_looks_like_one(world: SurveyWorld, number: Any) -> None:
    for field in ("target_sample", "sent", "population", "check_percent"):
        with refused(world.database, RoundNumberRefused, field=field):
            world.open(**{field: number})
    call = _call(world, world.answer(world.units[0], LOW).response_id)
    with refused(world.database, NewMarkRefused):
        end = SettleFollowUp(world.estate, call, 1, FollowUpState.REACHED, number, "已经解决")
        world.act(HANDLER, settle_follow_up, end)


@pytest.mark.parametrize(
    "number", [80, 80.0, "80", Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E-9999"), Decimal("-1")]
)
def test_a_score_is_an_exact_number_on_its_scale(world: SurveyWorld, number: Any) -> None:
    plain = RecordExternalResult(world.estate, "北大", TODAY, "csi", number, Decimal(100))
    with refused(world.database, ScoreOutsideScale):
        world.act(SUPERVISOR, record_external_result, plain)
    swapped = RecordExternalResult(world.estate, "北大", TODAY, "csi", Decimal(1), number)
    with refused(world.database, ScaleRefused):
        world.act(SUPERVISOR, record_external_result, swapped)


@pytest.mark.parametrize("day", [date.min, date(1900, 1, 1), date.max])
def test_a_form_of_another_age_is_refused(world: SurveyWorld, day: date) -> None:
    with refused(world.database, BusinessError):
        world.answer(None, collected_on=day)
