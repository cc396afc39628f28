"""Survey results: the round, five figures with what they stand on, and what to bear in mind (R-140…R-144, R-150)."""

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import streamlit as st

from core.surveys.building_weights import Weighting
from core.surveys.comparison import Change
from core.surveys.figures import Score
from core.surveys.privacy import GROUP_LEAST
from core.surveys.results import RoundResults
from core.surveys.round_changes import RoundChanges
from db.queries.survey_results import ResultRound, ResultRoundsWanted, result_rounds
from locales.labels import enum_label
from pages._shell.links import choice, plain
from pages._shell.page import Page
from pages._shell.panels.survey_figures import (
    Against,
    interval_text,
    margin_text,
    number_text,
    range_text,
    reasons_text,
    share_text,
    signed_text,
)

EVERY_ESTATE: Final = ""
"""In the picker of rounds: no round, but all estates side by side."""


@dataclass(frozen=True, slots=True)
class Card:
    """One of the five figures: its value, what it means, what it stands on, and the change of it in its unit."""

    title: str
    value: str
    meaning: str
    basis: str
    delta: str | None = None
    certain: bool = False
    change: str = ""
    reasons: tuple[str, ...] = ()


def choose_round(page: Page) -> ResultRound | None:
    """Let the person choose a round with forms; the choice stands in the address. ``None``: all estates."""
    address = st.query_params.get("round", EVERY_ESTATE)
    rounds = page.read(result_rounds, ResultRoundsWanted(page.filter.estate_id, address))
    every = {EVERY_ESTATE: page.t("All estates, newest rounds")}
    names = {each.code: f"{each.code} · {each.name} · {each.estate_name}" for each in rounds}
    if not rounds:
        return None
    options = names | every if page.filter.estate_id is not None else every | names
    code = choice(page, page.t("Survey round"), "round", options)
    return next((each for each in rounds if each.code == code), None)


def show_heading(page: Page, chosen: ResultRound) -> None:
    """What was asked, when and why; and that a round still runs."""
    first, last = page.words.date(chosen.starts_on), page.words.date(chosen.last_day)
    kind = enum_label(page.words, chosen.kind)
    st.caption(f"{plain(chosen.title(page.words.language))} · {kind} · {first} – {last}")
    if page.today <= chosen.last_day:
        st.caption(page.t("The round still runs: figures may change up to %(day)s.", day=last))


def show_figures(page: Page, results: RoundResults, against: Against) -> None:
    """CSI, share of 4–5, NPS, CS and response rate, each with sample, margin and change (R-141…R-143, R-150)."""
    cards = [_rate_card(page, results, against)]
    if not results.hidden:
        cards = [*_score_cards(page, results, against), *cards]
    for column, card in zip(st.columns(5), cards, strict=False):
        with column:
            _show_card(page, card, against)


def _show_card(page: Page, card: Card, against: Against) -> None:
    st.metric(
        card.title,
        card.value,
        card.delta,
        delta_color="normal" if card.certain else "off",
        help=card.meaning,
        border=True,
        delta_description=page.t("vs last round") if card.delta else None,
    )
    st.caption(card.basis)
    if card.delta is not None:
        st.caption(card.change)
    elif card.reasons:
        why = reasons_text(page, card.reasons)
        st.caption(page.t("not comparable with %(round)s", round=plain(against.name)), help=why)
    elif against.changes is not None:
        st.caption(page.t("nothing to compare with in %(round)s", round=plain(against.name)))


def _score_cards(page: Page, results: RoundResults, against: Against) -> list[Card]:
    changes = against.changes or RoundChanges(())
    cards = [_csi_card(page, results, changes.csi), _share_card(page, results, changes.share)]
    cards = [replace(card, reasons=against.reasons(of_all_items=True)) for card in cards]
    others = []
    if results.nps is not None:
        meaning = page.t("Share of those who gave 9–10 less share of those who gave 0–6, in points from −100 to 100.")
        others.append(_even_card(page, ("NPS", meaning), results.nps, changes.nps, 1))
    if results.cs is not None:
        meaning = page.t(
            "CS = (1/N) Σ (Q + R)/2 of those who marked both the quality and the speed of service, 1 to 5. The formula "
            "is reconstructed from its description, so compare it only with itself."
        )
        others.append(_even_card(page, (page.t("CS (reconstructed)"), meaning), results.cs, changes.cs, 2))
    return [*cards, *(replace(card, reasons=against.reasons(of_all_items=False)) for card in others)]


def _even_card(page: Page, words: tuple[str, str], score: Score, change: Change | None, places: int) -> Card:
    """The card of a figure with an even margin; ``words``: its title and its meaning."""
    title, meaning = words
    return Card(
        title=title,
        value=number_text(page, score.value, places),
        meaning=meaning,
        basis=f"n = {page.words.integer(score.n)} · {margin_text(page, score, places)}",
        delta=signed_text(page, change.difference, places) if change else None,
        certain=change is not None and change.certain,
        change=range_text(page, change, places=places) if change else "",
    )


def _csi_card(page: Page, results: RoundResults, change: Fraction | None) -> Card:
    meaning = page.t(
        "Customer satisfaction index: mean of each dimension ÷ 5 × 100, weighted (20 to 100). No margin is worked out "
        "for it: the answers of one person hang together."
    )
    return Card(
        title="CSI",
        value=number_text(page, results.csi.value),
        meaning=meaning,
        basis=page.t("n = %(n)s forms · no margin", n=page.words.integer(results.csi.n)),
        delta=None if change is None else signed_text(page, change),
        change=page.t("interval not worked out"),
    )


def _share_card(page: Page, results: RoundResults, change: Change | None) -> Card:
    score, target = results.share, page.words.percent(results.target)
    meaning = page.t(
        "Marks of 4 and 5 ÷ all marks given, over all rating questions; the target is %(target)s. The interval counts "
        "people, not marks.",
        target=target,
    )
    basis = page.t("n = %(n)s marks · %(interval)s", n=page.words.integer(score.n), interval=interval_text(page, score))
    if results.reaches is not None:
        line = page.t("reaches %(target)s") if results.reaches else page.t("below %(target)s")
        basis += f" · {line % {'target': target}}"
    return Card(
        title=page.t("Share of 4–5"),
        value=share_text(page, score.value),
        meaning=meaning,
        basis=basis,
        delta=signed_text(page, change.difference * 100) if change else None,
        certain=change is not None and change.certain,
        change=range_text(page, change, scale=100, places=1) if change else "",
    )


def _rate_card(page: Page, results: RoundResults, against: Against) -> Card:
    n, sent = page.words.integer(results.n), page.words.integer(results.sent)
    told = page.t("%(n)s of %(sent)s forms", n=n, sent=sent) if results.sent else page.t("%(n)s forms", n=n)
    if results.coverage is not None:
        told += " · " + page.t("%(share)s of households", share=share_text(page, results.coverage))
    change = against.changes.rate if against.changes and not against.is_running else None
    return Card(
        title=page.t("Response rate"),
        value=page.t("n/a") if results.rate is None else share_text(page, results.rate),
        meaning=page.t("Forms that came back ÷ forms handed out. It needs the number handed out on the round."),
        basis=told,
        delta=None if change is None else signed_text(page, change * 100),
        certain=True,
        change=page.t("counted, not sampled"),
    )


def show_warnings(page: Page, results: RoundResults) -> None:
    """What to bear in mind: too few forms, uneven buildings with the weighted figures beside the raw ones (R-143)."""
    if results.hidden:
        text = page.t("Fewer than %(least)s forms are in: results are shown from then on.", least=GROUP_LEAST)
        st.info(text, icon=":material/visibility_off:")
        return
    if not results.enough:
        told = page.t(
            "Only %(n)s forms, fewer than the minimum of %(least)s: read the figures with care.",
            n=results.n,
            least=results.least_sample,
        )
        st.warning(told, icon=":material/warning:")
    if results.n < results.needed:
        st.caption(page.t("To know a share within 5 points, %(needed)s forms would be needed.", needed=results.needed))
    if results.rate is not None and results.rate > 1:
        st.warning(page.t("More forms came back than were handed out: check the round."), icon=":material/warning:")
    if results.weighting is not None:
        _say_weighted(page, results, results.weighting)


def _say_weighted(page: Page, results: RoundResults, weighting: Weighting) -> None:
    told = page.t(
        "The buildings answered unevenly. Weighted by households: CSI %(csi)s (as answered %(raw_csi)s), share of 4–5 "
        "%(share)s (as answered %(raw_share)s).",
        csi=number_text(page, weighting.csi),
        raw_csi=number_text(page, results.csi.value),
        share=share_text(page, weighting.share),
        raw_share=share_text(page, results.share.value),
    )
    if weighting.missing:
        named = page.t(", ").join(weighting.missing)
        told += " " + page.t("No form came from building %(codes)s.", codes=plain(named))
    if weighting.unplaced:
        told += " " + page.t("%(forms)s forms name no building.", forms=weighting.unplaced)
    st.warning(told, icon=":material/balance:")
