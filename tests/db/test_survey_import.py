"""R-148: survey forms come in from a file – judged row by row, counted, known again, taken back, never half."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pandas
import pytest
from sqlalchemy import insert, select, update

from core.admin.permissions import Actor, NotPermitted, Permission
from core.imports.assess import assess
from core.imports.batches import BatchState, NothingToImport, TargetRefused, UndoRefused
from core.imports.changes import plan_changes
from core.imports.header import approve_mapping
from core.imports.kinds import KINDS
from core.imports.reading import read_workbook
from core.imports.specs import ImportKind
from core.kernel.filters import Slice
from core.kernel.identity import EstateId, ResponseId, RoundId
from core.surveys.questionnaires import Item, ItemKind
from core.surveys.responses import RoundNotOpen
from core.surveys.rounds import Channel
from db.engine import Database
from db.jobs.imports import RequestCommit, request_check, request_commit
from db.jobs.runner import Worker
from db.models import (
    FollowUp,
    ImportBatch,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTally,
    User,
    UserRole,
)
from db.operations.import_survey import write_plan
from db.operations.imports import BatchStep, StartCheck, UndoBatch, UploadFile, discard_batch, undo_batch, upload_file
from db.queries.imports import BatchDetail, SpecWanted, file_layout, import_batch, import_batches, import_spec
from db.repositories.survey_forms import tally_differences
from db.unit_of_work import NotFound, UnitOfWork, fetch
from tests import builders
from tests.db.asserting import entries
from tests.db.surveys_setup import ITEMS, SurveyWorld, a_survey_world, check_tallies
from tests.personas import ADMINISTRATOR, FRONT_DESK, SUPERVISOR
from tests.realdata import real_file

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
STARTS, ENDS = date(2021, 9, 1), date(2021, 10, 1)
FORMS = (
    "编号,房号,日期,渠道,身份,q1,q2,q3,home,wishes,nps,years,words\n"
    "1,1-101,2021-09-03,纸质,,5,4,9,A,BD,9,12,电梯慢\n"
    "2,1-201,2021-09-04,电话,,1,1,2,b,,0,,\n"
    "3,,2021-09-30,纸质,租户,NA,3,3,,,,9,无\n"
)


@pytest.fixture
def world(database: Database) -> SurveyWorld:
    return a_world(database)


def a_world(database: Database, items: tuple[Item, ...] = ITEMS) -> SurveyWorld:
    """An estate with a round of the past, and the people of the tests with their rights, since jobs act with them."""
    world = a_survey_world(database, items=items)
    everything = (Channel.PAPER, Channel.PHONE, Channel.ONLINE)
    world.round = world.open(starts_on=STARTS, ends_on=ENDS, channels=everything)
    with database.writing() as connection, connection.begin():
        connection.execute(update(User).values(all_estates=True))
        people = (ADMINISTRATOR, FRONT_DESK, SUPERVISOR)
        roles = [{"user_id": who.user_id, "role": role} for who in people for role in who.roles]
        connection.execute(insert(UserRole), roles)
    return world


def upload(world: SurveyWorld, text: str | bytes, who: Actor = FRONT_DESK) -> int:
    content = text if isinstance(text, bytes) else text.encode()
    target = (world.estate, world.round)
    number: int = world.act(who, upload_file, UploadFile(ImportKind.SURVEY_RESPONSES, "forms.csv", content, target))
    return number


def run_jobs(world: SurveyWorld) -> None:
    worker = Worker(world.database, lambda: datetime.now(UTC))
    while worker.run_next():
        pass


def ask(world: SurveyWorld, query: Callable[..., Any], wanted: object, who: Actor = FRONT_DESK) -> Any:
    return fetch(world.database, query, wanted, actor=who, now=NOW)


def checked(
    world: SurveyWorld,
    text: str | bytes,
    *,
    recodes: tuple[str, ...] = ("9", "NA"),
    constants: dict[str, str] | None = None,
    who: Actor = FRONT_DESK,
) -> BatchDetail:
    """Upload a file of forms and have it checked with the mapping the portal proposes."""
    batch = upload(world, text, who)
    layout = ask(world, file_layout, batch, who)[0]
    mapping = approve_mapping(kind=layout.spec, mapping=layout.mapping, constants=constants, recodes=recodes)
    world.act(who, request_check, StartCheck(batch, 1, layout.name, mapping))
    run_jobs(world)
    return detail(world, batch, who)


def detail(world: SurveyWorld, batch: int, who: Actor = FRONT_DESK) -> BatchDetail:
    found: BatchDetail = ask(world, import_batch, batch, who)
    return found


def committed(world: SurveyWorld, found: BatchDetail, *, skip: bool = False, who: Actor = FRONT_DESK) -> BatchDetail:
    world.act(who, request_commit, RequestCommit(found.batch.batch_id, found.batch.version, skip))
    run_jobs(world)
    return detail(world, found.batch.batch_id, who)


def undo(world: SurveyWorld, done: BatchDetail) -> None:
    world.act(FRONT_DESK, undo_batch, UndoBatch(done.batch.batch_id, done.batch.version, done.estates))


def forms(world: SurveyWorld) -> list[Any]:
    return [row for row in world.rows(SurveyResponse) if row.round_id == world.round]


def test_forms_come_in_counted_and_nobody_is_called_back_for_what_is_past(world: SurveyWorld) -> None:
    found = checked(world, FORMS)
    assert (found.batch.created, found.batch.problems, found.batch.target) == (3, 0, "2026年第四季度")
    done = committed(world, found)
    assert done.batch.state is BatchState.DONE
    assert [
        (form.number, form.channel, form.customer_group, form.collected_on, form.import_batch, form.entered_by)
        for form in forms(world)
    ] == [
        (1, "paper", "owner", date(2021, 9, 3), done.batch.batch_id, FRONT_DESK.user_id),
        (2, "phone", "tenant", date(2021, 9, 4), done.batch.batch_id, FRONT_DESK.user_id),
        (3, "paper", "tenant", date(2021, 9, 30), done.batch.batch_id, FRONT_DESK.user_id),
    ]
    assert [world.answers(form.id) for form in forms(world)] == [
        ((1, 5), (2, 4), (4, "A"), (5, "BD"), (6, 9), (7, 12), (8, "电梯慢")),
        ((1, 1), (2, 1), (3, 2), (4, "B"), (6, 0)),
        ((2, 3), (3, 3), (7, 9), (8, "无")),
    ]
    places = [(row.response_id, row.unit_id) for row in world.rows(SurveyRespondent)]
    assert places == [(form.id, unit) for form, unit in zip(forms(world)[:2], world.units[::2], strict=False)]
    assert [form.building_id for form in forms(world)] == [world.buildings[0], world.buildings[0], 0]
    check_tallies(world)
    assert world.rows(FollowUp) == []
    noted = entries(world.database, "surveys.import")
    assert [(entry.chain, entry.subject_id) for entry in noted] == [(world.estate, str(world.round))]


def test_the_same_forms_a_second_time_change_nothing(world: SurveyWorld) -> None:
    committed(world, checked(world, FORMS))
    again = checked(world, FORMS)
    assert (again.batch.created, again.batch.unchanged, again.batch.problems) == (0, 3, 0)
    assert again.seen_before is not None
    assert committed(world, again).refusal == (NothingToImport.code, {})
    other_file = checked(world, FORMS + "4,,2021-09-30,网上,,4,4,4,,,,,\n")
    assert (other_file.batch.created, other_file.batch.unchanged) == (1, 3)
    committed(world, other_file)
    assert [form.number for form in forms(world)] == [1, 2, 3, 4]
    check_tallies(world)


def test_forms_without_a_number_are_known_by_their_place_in_the_file(world: SurveyWorld) -> None:
    text = "日期,渠道,q1,q2\n2021-09-03,纸质,5,4\n2021-09-03,纸质,5,4\n"
    committed(world, checked(world, text))
    assert len(forms(world)) == 2
    assert checked(world, text).batch.unchanged == 2
    assert checked(world, text + "2021-09-03,纸质,5,4\n").batch.created == 3  # another file: other forms


def test_a_form_with_other_answers_under_a_known_number_is_mended_by_hand(world: SurveyWorld) -> None:
    committed(world, checked(world, FORMS))
    found = checked(world, FORMS.replace("5,4,9,A", "5,3,9,A").replace("1,1,2,b", "1,1,,b"))
    assert [(p.row, p.code, p.fields["limit"]) for p in found.problems] == [
        (2, "imports.row.already_there", "1"),
        (3, "imports.row.already_there", "2"),
    ]
    assert (found.batch.created, found.batch.changed, found.batch.unchanged) == (0, 0, 1)


def test_a_withdrawn_form_is_not_taken_for_the_one_in_the_file(world: SurveyWorld) -> None:
    committed(world, checked(world, FORMS))
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(SurveyResponse).where(SurveyResponse.number == 1).values(state="withdrawn"))
    found = checked(world, FORMS)
    assert [(p.row, p.code) for p in found.problems] == [(2, "imports.row.already_there")]


def test_bad_rows_name_their_place_and_stay_out_by_choice(world: SurveyWorld) -> None:
    text = FORMS.replace("2,1-201", "2,9-999").replace("NA,3,3", "NA,6,3") + "1,,2021-09-30,纸质,,4,,,,,,,\n"
    found = checked(world, text)
    assert [(p.row, p.column, p.value, p.code) for p in found.problems] == [
        (3, "房号", "9-999", "imports.row.unknown_unit"),
        (4, "q2", "6", "imports.row.not_an_answer"),
        (5, "", "", "imports.row.duplicate"),
    ]
    assert committed(world, found, skip=True).batch.state is BatchState.DONE
    assert len(forms(world)) == 1
    check_tallies(world)


def test_nothing_kept_of_an_import_ties_a_unit_to_answers(world: SurveyWorld) -> None:
    """security.md §5: answer and identity stand apart; the summary of a batch is kept for years."""
    found = committed(world, checked(world, FORMS + "4,1-101,2021-09-05,纸质,,1,1,1,,,,,\n"))
    assert [warning.code for warning in found.warnings] == ["imports.notice.unit_again"]
    with world.database.reading() as connection:
        kept = connection.execute(select(ImportBatch.summary, ImportBatch.mapping)).one()
    assert "1-101" not in kept.summary
    assert "1-201" not in kept.summary
    assert found.created[0][1]["item.8"] == "电梯慢"


def test_an_import_is_taken_back_to_the_last_tally(world: SurveyWorld) -> None:
    world.answer(world.units[1], collected_on=date(2021, 9, 3))
    before = world.rows(SurveyTally), world.rows(SurveyResponse)
    done = committed(world, checked(world, FORMS))
    undo(world, done)
    assert (world.rows(SurveyTally), world.rows(SurveyResponse)) == before
    assert detail(world, done.batch.batch_id).batch.state is BatchState.UNDONE
    check_tallies(world)
    committed(world, checked(world, FORMS))
    assert [form.number for form in forms(world)][-1] > 3


def test_an_undo_that_would_lose_a_correction_is_refused_whole(world: SurveyWorld) -> None:
    done = committed(world, checked(world, FORMS))
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(SurveyResponse).where(SurveyResponse.number == 2).values(version=2))
    before = world.rows(SurveyTally)
    with pytest.raises(UndoRefused) as refused:
        undo(world, done)
    assert refused.value.fields == {"count": 1}
    assert (world.rows(SurveyTally), len(forms(world))) == (before, 3)


def close(world: SurveyWorld) -> None:
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(SurveyRound).where(SurveyRound.id == world.round).values(state="closed"))


def test_a_closed_round_takes_no_file_no_check_no_write_and_no_undo(world: SurveyWorld) -> None:
    """U4: an answer after the close."""
    done, waiting = committed(world, checked(world, FORMS)), checked(world, FORMS.replace("1,1-101", "8,1-101"))
    close(world)
    with pytest.raises(RoundNotOpen):
        upload(world, FORMS)
    assert committed(world, waiting, skip=True).refusal == (RoundNotOpen.code, {"state": "closed"})
    with pytest.raises(RoundNotOpen):
        undo(world, done)
    assert len(forms(world)) == 3


def test_a_round_that_was_shortened_meanwhile_takes_nothing_from_outside_it(world: SurveyWorld) -> None:
    found = checked(world, FORMS)
    with world.database.writing() as connection, connection.begin():
        shorter = update(SurveyRound).where(SurveyRound.id == world.round)
        connection.execute(shorter.values(ends_on=date(2021, 9, 30)))
    assert committed(world, found).refusal == ("imports.preview_outdated", {})
    assert forms(world) == []


@pytest.mark.parametrize("kind", [ImportKind.SURVEY_RESPONSES, ImportKind.CUSTOMERS])
def test_answers_belong_to_a_round_and_nothing_else_does(world: SurveyWorld, kind: ImportKind) -> None:
    target = None if kind is ImportKind.SURVEY_RESPONSES else (world.estate, world.round)
    with pytest.raises(TargetRefused):
        world.act(SUPERVISOR, upload_file, UploadFile(kind, "a.csv", FORMS.encode(), target))


def test_a_round_there_is_not_is_not_found(world: SurveyWorld) -> None:
    unknown = replace(world, round=RoundId(999))
    with pytest.raises(NotFound):
        upload(unknown, FORMS)
    with pytest.raises(NotFound):
        ask(world, import_spec, SpecWanted(ImportKind.SURVEY_RESPONSES, world.estate, RoundId(999)))


def test_forms_come_in_through_those_who_may(world: SurveyWorld) -> None:
    wanted = SpecWanted(ImportKind.SURVEY_RESPONSES, world.estate, world.round)
    with pytest.raises(NotPermitted) as refused:
        upload(world, FORMS, ADMINISTRATOR)
    assert refused.value.fields == {"permission": Permission.IMPORTS_SURVEYS.value}
    with pytest.raises(NotPermitted):
        ask(world, import_spec, wanted, ADMINISTRATOR)
    assert len(ask(world, import_spec, wanted).columns) == 6 + len(ITEMS)
    assert ask(world, import_spec, SpecWanted(ImportKind.ESTATES), ADMINISTRATOR) is KINDS[ImportKind.ESTATES]


def test_somebody_of_another_estate_neither_brings_nor_sees_forms(world: SurveyWorld) -> None:
    elsewhere = replace(FRONT_DESK, estates=frozenset({EstateId(world.estate + 77)}))
    batch = upload(world, FORMS)
    with pytest.raises(NotPermitted):
        upload(world, FORMS, elsewhere)
    assert ask(world, import_batches, Slice(), elsewhere).total == 0
    for query in (import_batch, file_layout):
        with pytest.raises(NotFound):
            ask(world, query, batch, elsewhere)
    with pytest.raises(NotFound):
        world.act(elsewhere, discard_batch, BatchStep(batch, 1))
    own = replace(FRONT_DESK, estates=frozenset({world.estate}))
    assert ask(world, import_batches, Slice(), own).rows[0].target == "2026年第四季度"


def test_a_person_who_lost_the_estate_meanwhile_writes_nothing(world: SurveyWorld) -> None:
    found = checked(world, FORMS)
    world.act(FRONT_DESK, request_commit, RequestCommit(found.batch.batch_id, found.batch.version, False))
    with world.database.writing() as connection, connection.begin():
        connection.execute(update(User).values(all_estates=False))
    run_jobs(world)
    assert forms(world) == []
    assert detail(world, found.batch.batch_id).batch.state is not BatchState.DONE


def test_a_unit_that_vanished_meanwhile_makes_no_anonymous_form(world: SurveyWorld) -> None:
    batch = upload(world, FORMS)
    layout = ask(world, file_layout, batch)[0]
    sheet = read_workbook(data=FORMS.encode(), file_name="a.csv").sheets[0]
    mapping = approve_mapping(kind=layout.spec, mapping=layout.mapping, recodes=("9", "NA"))
    assessment = assess(kind=layout.spec, sheet=sheet, mapping=mapping)  # with no look at what is on file
    gone = {"unit": "9-999", "customer_group": "owner"}
    lost = tuple(replace(row, values={**row.values, **gone}) for row in assessment.rows)
    plan = plan_changes(assessment=replace(assessment, rows=lost), existing={})

    def write(work: UnitOfWork, _command: None) -> None:
        stored = work.session.get(ImportBatch, batch)
        assert stored is not None
        write_plan(work, stored, plan, {})

    with pytest.raises(NotFound):
        world.act(FRONT_DESK, write, None)
    assert forms(world) == []


def test_each_estate_has_its_own_units_and_its_own_imports(world: SurveyWorld) -> None:
    theirs = a_survey_world(world.database, "Oak Court")
    builders.unit(world.database, theirs.estate, theirs.buildings[0], "777")
    text = FORMS.replace("1-101", "1-777")
    here = checked(world, text)
    assert [(p.row, p.value, p.code) for p in here.problems] == [(2, "1-777", "imports.row.unknown_unit")]
    committed(world, here, skip=True)
    everything = (Channel.PAPER, Channel.PHONE)
    theirs.round = theirs.open(starts_on=STARTS, ends_on=ENDS, channels=everything)
    there = checked(theirs, text)
    assert (there.problems, there.seen_before, there.batch.created) == ((), None, 3)


# --- real answers ---

MARKS = {"1", "2", "3", "4", "5"}


def ratings_of(table: pandas.DataFrame) -> list[str]:
    """The questions whose answers are marks 1 to 5, 9 for "don't know" or nothing; others are coded lists."""
    columns = [name for name in table.columns if name.startswith("q")]
    said = {name: set(table[name]) for name in columns}
    return [name for name in columns if said[name] <= MARKS | {"9", "NA"} and {"5", "9"} <= said[name]]


def test_real_answers_give_the_means_that_pandas_finds(database: Database) -> None:
    path = real_file("survey/resident_survey_2021.csv")
    ratings = ratings_of(pandas.read_csv(path, dtype=str, keep_default_na=False))
    assert len(ratings) == 86
    items = tuple(
        Item(number, code, ItemKind.RATING, f"问题{number}", f"Question {number}")
        for number, code in enumerate(ratings, start=1)
    )
    world = a_world(database, items)
    found = checked(world, path.read_bytes(), constants={"collected_on": "2021-09-15"})
    assert (found.data_rows, found.batch.created, found.problems) == (1_033, 1_033, ())
    assert committed(world, found).batch.state is BatchState.DONE

    ours: dict[int, list[tuple[int, int]]] = {item.position: [] for item in items}
    channels: dict[str, int] = {}
    for tally in world.rows(SurveyTally):
        if tally.position:
            ours[tally.position].append((tally.value, tally.forms))
        else:
            channels[tally.channel] = channels.get(tally.channel, 0) + tally.forms
    assert channels == {"online": 624, "paper": 392, "phone": 17}
    numbers = pandas.read_csv(path)[ratings].replace(9, float("nan"))
    for item in items:
        answered = numbers[item.code].dropna()
        n, total = int(answered.count()), int(answered.sum())
        assert sum(forms for _, forms in ours[item.position]) == n
        assert sum(value * forms for value, forms in ours[item.position]) == total
        assert float(Fraction(total, n)) == numbers[item.code].mean()
    with database.reading() as connection:
        assert tally_differences(connection) == []

    again = checked(world, path.read_bytes(), constants={"collected_on": "2021-09-15"})
    assert (again.batch.created, again.batch.unchanged, again.batch.problems) == (0, 1_033, 0)


def test_real_answers_with_nothing_declared_are_named_cell_by_cell(database: Database) -> None:
    path = real_file("survey/resident_survey_2021.csv")
    table = pandas.read_csv(path, dtype=str, keep_default_na=False)
    world = a_world(database, (Item(1, "q1_02", ItemKind.RATING, "问题", "Question"),))
    found = checked(world, path.read_bytes(), recodes=(), constants={"collected_on": "2021-09-15"})
    nines = [row + 2 for row, said in enumerate(table["q1_02"]) if said == "9"]
    assert [(p.row, p.column, p.value) for p in found.problems] == [(row, "q1_02", "9") for row in nines]
    assert found.batch.created == 1_033 - len(nines)


def test_a_correction_by_hand_is_seen_as_a_difference(world: SurveyWorld) -> None:
    committed(world, checked(world, FORMS))
    first = ResponseId(forms(world)[0].id)
    world.now = NOW
    world.edit(first, by=SUPERVISOR, collected_on=date(2021, 9, 3), answers=((1, 4),))
    assert [p.code for p in checked(world, FORMS).problems] == ["imports.row.already_there"]
