"""An improvement measure out of complaints: what its form begins with, and the link back to the case (R-104, R-110)."""

from core.complaints.taxonomy import CaseCategory
from core.kernel.errors import BusinessError
from core.kernel.identity import CaseId, EstateId, MeasureId
from core.meetings.effects import LONGEST_REFERENCE
from core.meetings.measures import LONGEST_PROBLEM, MeasureSource
from db.operations.case_moves import LinkMeasure, link_measure
from db.queries.measure_seeds import (
    CaseSeed,
    CaseSeedWanted,
    SpotSeedWanted,
    measure_seed_of_case,
    measure_seed_of_spot,
)
from locales.labels import enum_label, error_sentence
from pages._shell import state
from pages._shell.page import Page


def complaint_seed(page: Page, estate: EstateId) -> CaseSeed | None:
    """What another page asked for in the address: a case by its number, or an area with its category."""
    if state.record_in_address("source") != MeasureSource.COMPLAINT:
        return None
    number = state.number_in_address("case")
    if number is not None:
        return page.read(measure_seed_of_case, CaseSeedWanted(estate, CaseId(number)))
    area, category = state.record_in_address("area"), state.record_in_address("category")
    if area is None:
        return None
    known = CaseCategory(category) if category in set(CaseCategory) else None
    return page.read(measure_seed_of_spot, SpotSeedWanted(estate, area, known))


def complaint_words(page: Page, seed: CaseSeed) -> str:
    """Where the measure comes from, in one sentence."""
    given = {"what": _subject(page, seed), "often": _often(page, seed)}
    if seed.case_id is None:
        return page.t("From the hot spots: %(what)s, %(often)s.", **given)
    words = page.t("From case %(number)s: %(what)s, %(often)s.", number=seed.number, **given)
    if seed.has_measure:
        return f"{words} {page.t('A measure deals with it already; this one would take its place.')}"
    return words


def complaint_problem(page: Page, seed: CaseSeed) -> str:
    """The problem as it is proposed; it names a place and a subject, never a person."""
    return page.t("%(what)s: %(often)s", what=_subject(page, seed), often=_often(page, seed))[:LONGEST_PROBLEM]


def complaint_figure(page: Page, seed: CaseSeed) -> str:
    """The name of the figure the goal is proposed to be measured by."""
    return page.t("Complaints in %(days)s days: %(what)s", what=_subject(page, seed), days=seed.days)[
        :LONGEST_REFERENCE
    ]


def link_to_case(page: Page, estate: EstateId, seed: CaseSeed | None, measure: MeasureId) -> str:
    """Name the measure at the case it came from; give the sentence about it, empty where there is no case."""
    if seed is None or seed.case_id is None:
        return ""
    outcome = page.attempt(link_measure, LinkMeasure(estate, seed.case_id, seed.version, measure))
    if isinstance(outcome, BusinessError):
        why = error_sentence(page.words, outcome)
        return page.t("But it is not linked to case %(number)s: %(why)s", number=seed.number, why=why)
    return page.t("It is linked to case %(number)s.", number=seed.number)


def _often(page: Page, seed: CaseSeed) -> str:
    return page.words.tn(
        "%(count)s complaint in %(days)s days", "%(count)s complaints in %(days)s days", seed.count, days=seed.days
    )


def _subject(page: Page, seed: CaseSeed) -> str:
    what = seed.sub_category or seed.category
    named = enum_label(page.words, what) if what else page.t("Complaints")
    place = page.t("Building %(code)s", code=seed.place) if seed.is_building else seed.place
    return page.t(", ").join(part for part in (place, named) if part)
