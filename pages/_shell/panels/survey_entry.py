"""Typing forms in: which round, the batch they lie in, what a line was understood as, and saving it (R-138)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Final
from unicodedata import east_asian_width

import streamlit as st

from core.kernel.errors import BusinessError
from core.kernel.identity import BuildingId, UnitId
from core.surveys.lines import LineProblem, LineTrouble, ParsedLine, line_of, line_pattern, parse_line
from core.surveys.places import resolve_place
from core.surveys.questionnaires import Item, ItemKind, Questionnaire
from core.surveys.rounds import Channel
from db.operations.survey_forms import EnteredForm, EnterForms, SentForm, enter_forms
from db.queries.survey_entry import (
    EntryRound,
    EntryRoundsWanted,
    NearbyWanted,
    Places,
    PlacesWanted,
    SheetWanted,
    entry_rounds,
    forms_in,
    nearby_units,
    places,
)
from locales.labels import enum_label, error_sentence
from pages._shell import state
from pages._shell.links import choice
from pages._shell.page import Page, Saved

_HEADER: Final = "surveys.batch"
_LOOKED_UP: Final = 20
"""For how many lines of a paste the nearest units are looked up."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What all forms of a pile share. ``prefix``: building and entrance in front of a bare room number."""

    channel: Channel
    collected_on: date
    collector: str
    prefix: str

    @property
    def mark(self) -> str:
        """A short sign of all this: lines typed under another header do not bear it."""
        said = (self.channel.value, self.collected_on.isoformat(), self.collector, self.prefix)
        return sha256("\n".join(said).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Understood:
    """A line with its place found."""

    place: str
    unit_id: UnitId | None
    building_id: BuildingId | None
    answers: tuple[tuple[int, int | str], ...]

    def form(self, request: str) -> SentForm:
        """The form to send under a number that stays the same when it is sent again."""
        return SentForm(request, self.unit_id, self.building_id, self.answers)


def choose_round(page: Page) -> EntryRound | None:
    """Let the person choose one of the rounds that take forms; the choice stands in the address."""
    rounds = page.read(entry_rounds, EntryRoundsWanted(page.filter.estate_id))
    if not rounds:
        st.info(page.t("No survey round takes forms at the moment. A supervisor opens one."), icon=":material/inbox:")
        return None
    names = {each.code: f"{each.code} · {each.name} · {each.estate_name}" for each in rounds}
    wanted = state.record_in_address("round")
    if wanted and wanted not in names:
        st.warning(page.t("Round %(code)s takes no forms now, or lies outside your estates.", code=wanted))
        if st.button(page.t("Choose another round")):
            state.close_record("round")
            st.rerun()
        return None
    code = choice(page, page.t("Survey round"), "round", names)
    return next(each for each in rounds if each.code == code)


def show_forms_in(page: Page, chosen: EntryRound) -> None:
    """How many forms are in, of how many wanted."""
    forms = page.read(forms_in, SheetWanted(chosen.estate_id, chosen.round_id))
    share = min(forms / chosen.target_sample, 1.0) if chosen.target_sample else None
    text = _forms_text(page, chosen, forms)
    if share is None:
        st.caption(text)
    else:
        st.progress(share, text=text)


def _forms_text(page: Page, chosen: EntryRound, forms: int) -> str:
    if not chosen.target_sample:
        return page.t("%(forms)s forms are in", forms=forms)
    return page.t("%(forms)s of %(target)s forms are in", forms=forms, target=chosen.target_sample)


def batch_header(page: Page, chosen: EntryRound) -> Batch:
    """What every form of the pile has in common; it stays until it is changed, on other pages too."""
    kept = state.kept(f"{_HEADER}.{chosen.code}", {})
    names = {channel.value: enum_label(page.words, channel) for channel in chosen.channels}
    how, when, who, where = st.columns([4, 2, 2, 2], vertical_alignment="bottom")
    code = how.segmented_control(
        page.t("How the forms came in"), list(names), default=kept.get("channel", _usual_channel(chosen)),
        required=True, format_func=names.__getitem__, key=f"{_HEADER}.{chosen.code}.channel",
    )  # fmt: skip
    day = when.date_input(
        page.t("Filled in on"), kept.get("day", _usual_day(page, chosen)), format="YYYY-MM-DD",
        key=f"{_HEADER}.{chosen.code}.day",
    )  # fmt: skip
    collector = who.text_input(
        page.t("Collected by"), kept.get("who", ""), max_chars=64, key=f"{_HEADER}.{chosen.code}.who"
    )
    prefix = where.text_input(
        page.t("Building and entrance"), kept.get("prefix", ""), max_chars=20, placeholder="3-1",
        help=page.t("Then the room number alone will do: 1202 instead of 3-1-1202."),
        key=f"{_HEADER}.{chosen.code}.prefix",
    )  # fmt: skip
    state.keep(f"{_HEADER}.{chosen.code}", {"channel": code, "day": day, "who": collector, "prefix": prefix})
    return Batch(Channel(code), day, collector.strip(), prefix)


def _usual_channel(chosen: EntryRound) -> str:
    """Paper, where the round takes paper: that is what lies in piles."""
    return (Channel.PAPER if Channel.PAPER in chosen.channels else chosen.channels[0]).value


def _usual_day(page: Page, chosen: EntryRound) -> date:
    """Today, or the round's last day when that is past."""
    return min(page.today, chosen.last_day)


def pattern_text(page: Page, sheet: Questionnaire) -> str:
    """What a line looks like, in words: the room, five marks, 0–10, words."""
    said = {
        ItemKind.RATING: page.t("marks 1–5"),
        ItemKind.CHOICE: page.t("letter"),
        ItemKind.NPS: page.t("0–10"),
        ItemKind.NUMBER: page.t("number"),
        ItemKind.OPEN: page.t("words"),
    }
    parts = [page.t("room")]
    for part in line_pattern(sheet.items)[1:]:
        if part.kind is not None:
            many = len(part.positions)
            parts.append(f"{many} × {said[part.kind]}" if many > 1 else said[part.kind])
    return " ▸ ".join(parts)


def example_line(sheet: Questionnaire) -> str:
    """A line as it might be typed for this questionnaire."""
    marks: Mapping[ItemKind, Sequence[int | str]] = {
        ItemKind.RATING: (5, 4, 3, 5, 4), ItemKind.NPS: (9,), ItemKind.CHOICE: ("A",),
    }  # fmt: skip
    answers: dict[int, int | str] = {}
    for place, item in enumerate(sheet.items):
        usual = marks.get(item.kind, ())
        if item.kind is ItemKind.NUMBER:
            answers[item.position] = item.least
        elif usual:
            answers[item.position] = usual[place % len(usual)]
    return line_of(items=sheet.items, place="3-1-1202", answers=answers)


def understand(
    page: Page, chosen: EntryRound, items: tuple[Item, ...], prefix: str, lines: Sequence[str]
) -> list[Understood | LineProblem]:
    """Read lines and find their places, all in one look at the database."""
    parsed = [parse_line(items=items, text=line) for line in lines]
    typed = {line.place for line in parsed if isinstance(line, ParsedLine) and line.place}
    codes = [code for place in sorted(typed) for code in (place, f"{prefix.strip(' -').upper()}-{place}")]
    known = page.read(places, PlacesWanted(chosen.estate_id, tuple(codes))) if codes else Places({}, {})
    read = [line if isinstance(line, LineProblem) else _placed(known, prefix, line) for line in parsed]
    found: list[Understood | LineProblem] = []
    looked_up = 0
    for each, text in zip(read, lines, strict=True):
        if isinstance(each, LineProblem) and each.code == LineTrouble.NO_UNIT:
            told = _with_nearest(page, chosen, prefix, each) if looked_up < _LOOKED_UP else each
            looked_up += 1
            found.append(replace(told, at=len(text) - len(text.lstrip())))  # resolved without the blanks before it
        else:
            found.append(each)
    return found


def _with_nearest(page: Page, chosen: EntryRound, prefix: str, problem: LineProblem) -> LineProblem:
    """Say again that a place is not known, with the units it may mean."""
    place = str(problem.fields["place"])
    near = page.read(nearby_units, NearbyWanted(chosen.estate_id, place))
    told = resolve_place(place=place, prefix=prefix, units=dict.fromkeys(near, ""), buildings=())
    return told if isinstance(told, LineProblem) else problem


def _placed(known: Places, prefix: str, line: ParsedLine) -> Understood | LineProblem:
    units = {code: unit.building for code, unit in known.units.items()}
    place = resolve_place(place=line.place, prefix=prefix, units=units, buildings=known.buildings)
    if isinstance(place, LineProblem):
        return place
    if place.unit is not None:
        unit = known.units[place.unit]
        return Understood(place.unit, unit.unit_id, unit.building_id, line.answers)
    building = None if place.building is None else known.buildings[place.building]
    return Understood(place.building or "", None, building, line.answers)


def marks_text(sheet: Questionnaire, answers: Mapping[int, int | str]) -> str:
    """What was understood, short: the closed answers in the order of the paper, ``-`` for a skipped one, then words."""
    said = [str(answers.get(item.position, "-")) for item in sheet.closed]
    words = [str(answers[i.position]) for i in sheet.open if i.position in answers]
    return " · ".join([" ".join(said), *words])


def place_text(page: Page, place: str) -> str:
    """Whose form it is: a unit, a building, or nobody known."""
    return place or page.t("anonymous")


def save_forms(
    page: Page, chosen: EntryRound, batch: Batch, forms: Iterable[SentForm]
) -> Saved[tuple[EnteredForm, ...]] | BusinessError:
    """Save forms of the pile, all or none."""
    command = EnterForms(
        estate_id=chosen.estate_id,
        round_id=chosen.round_id,
        channel=batch.channel,
        collected_on=batch.collected_on,
        collector=batch.collector,
        forms=tuple(forms),
    )
    return page.attempt(enter_forms, command)


def saved_text(page: Page, sheet: Questionnaire, read: Understood, entered: EnteredForm) -> str:
    """Say what was saved as what, and what is worth a look: another form of the unit, a call-back to make."""
    what = marks_text(sheet, dict(read.answers))
    said = [page.t("No. %(number)s", number=entered.number), place_text(page, read.place), what]
    if entered.duplicates:
        numbers = page.t(", ").join(str(number) for number in entered.duplicates)
        said.append("⚠ " + page.t("this unit already has form no. %(numbers)s", numbers=numbers))
    if entered.follow_up_id is not None:
        said.append("☎ " + page.t("low mark: a call-back was opened"))
    return " · ".join(said)


def problem_text(page: Page, problem: LineProblem) -> str:
    """What is wrong with a line, and how to mend it."""
    return error_sentence(page.words, problem)


def point(page: Page, line: str, problem: LineProblem) -> None:
    """Show what is wrong with a line, with a mark under the place; a Chinese character is two letters wide."""
    before = "".join("\u3000" if east_asian_width(c) in "WF" else " " for c in line[: problem.at])
    st.error(problem_text(page, problem), icon=":material/rule:")
    st.code(f"{line}\n{before}{'^' * max(problem.length, 1)}", language=None)
