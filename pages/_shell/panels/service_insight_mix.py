"""What complaints are made of: categories, report groups, causes, channels, handling types; record types (R-076)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from core.complaints.insight import Slice
from core.complaints.taxonomy import CaseCategory, RecordType
from db.queries.case_figures import CaseFigures
from locales.labels import enum_label
from pages._shell.charts import Row
from pages._shell.page import Page
from pages._shell.panels.service_insight import (
    charted,
    count_column,
    heading,
    percent_text,
    share_column,
    show_figures,
    signed_text,
    text_column,
)
from pages._shell.panels.service_insight_charts import shares_chart
from pages._shell.tables import Column

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Part:
    """One member of a mix, now and in the days before; ``context`` is where the trade stands, for comparison only."""

    name: str
    count: int
    share: Decimal | None
    before: int
    share_before: Decimal | None
    context: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TypeLine:
    """One record type (R-076)."""

    name: str
    new: int
    new_before: int
    closed: int
    open: int


def show_mixes(page: Page, figures: CaseFigures) -> None:
    """The mixes, two or three side by side."""
    t, this, before = page.t, figures.this, figures.before
    first, second = st.columns([3, 2])
    with first:
        _show_categories(page, figures)
    with second:
        heading(t("Report groups"), t("The four groups of reports; each category belongs to one of them."))
        _mix(page, parts_of(page, this.groups, before.groups), key="groups")
    causes, channels, handling = st.columns(3)
    with causes:
        heading(t("Root causes"), t("Of complaints closed in these days, as the handler judged them."))
        _mix(page, parts_of(page, this.causes, before.causes), key="causes")
    with channels:
        heading(t("How they came in"), t("Channels of the complaints registered in these days, the most used first."))
        _mix(page, _used(parts_of(page, this.channels, before.channels)), key="channels")
    with handling:
        heading(
            t("Handling types"),
            t("Each complaint counts once, by the first that holds: urgent, repeated, special, regular. So the shares "
              "add up to 100 %."),
        )  # fmt: skip
        _mix(page, parts_of(page, this.handling, before.handling), key="handling")


def _show_categories(page: Page, figures: CaseFigures) -> None:
    t, this = page.t, figures.this
    heading(
        t("What complaints are about"),
        t("Complaints registered in these days by category; each counts once. Withdrawn, merged and unclassified ones "
          "are left out."),
    )  # fmt: skip
    parts = parts_of(page, this.categories, figures.before.categories)
    places = [one.key for one in this.categories]
    parts[places.index(CaseCategory.FEE)] = _with_context(parts[places.index(CaseCategory.FEE)], figures.fee_context)
    _mix(page, parts, key="categories")
    own, trade = percent_text(page, this.fee_share), page.words.decimal(figures.fee_context, places=0)
    notes = [t("Fees: %(own)s of our own; the mark stands at %(trade)s %%, the trade in 2024, for context only.",
               own=own, trade=trade)]  # fmt: skip
    if this.unclassified:
        notes.append(t("Not classified yet: %(count)s", count=this.unclassified))
    st.caption(" · ".join(notes))


def _with_context(part: Part, context: Decimal) -> Part:
    return Part(part.name, part.count, part.share, part.before, part.share_before, context)


def parts_of(page: Page, this: Sequence[Slice[E]], before: Sequence[Slice[E]]) -> list[Part]:
    """A mix beside that of the days before, both in the order of the enum."""
    return [
        Part(enum_label(page.words, one.key), one.count, one.share, earlier.count, earlier.share)
        for one, earlier in zip(this, before, strict=True)
    ]


def _used(parts: Sequence[Part]) -> list[Part]:
    """Those that were used now or before, the most used first."""
    used = [part for part in parts if part.count or part.before]
    return sorted(used, key=lambda part: (-part.count, -part.before))


def _mix(page: Page, parts: Sequence[Part], *, key: str) -> None:
    t = page.t
    if not any(part.count for part in parts):
        st.caption(t("Nothing to show for these days."))
        return
    total = sum(part.count for part in parts)
    rows: list[Row] = [
        {
            "name": part.name,
            "n": part.count,
            "label": f"{page.words.integer(part.count)} · {percent_text(page, part.share)}",
            "context": None if part.context is None else float(part.context) * total / 100,
            "context_text": "" if part.context is None else f"{page.words.decimal(part.context, places=0)} %",
        }
        for part in parts
    ]
    columns: list[Column[Part]] = [
        text_column(t("Kind"), lambda part: part.name),
        count_column(t("Count"), lambda part: part.count),
        share_column(t("Share"), lambda part: part.share),
        count_column(t("Count before"), lambda part: part.before),
        share_column(t("Share before"), lambda part: part.share_before),
    ]
    spec = shares_chart(len(parts), context=any(part.context is not None for part in parts))
    told = t(", ").join(f"{part.name} {row['label']}" for part, row in zip(parts, rows, strict=True))
    charted(page, spec, rows, parts, columns, key=key, alt_text=told)


def show_types(page: Page, figures: CaseFigures) -> None:
    """Complaints, suggestions, praise and inquiries, each for itself."""
    t = page.t
    heading(
        t("By kind of matter"), t("Every case counts in its own kind only; nothing is added up over the kinds.")
    )  # fmt: skip
    lines = [_type_line(page, figures, kind) for kind in RecordType]
    columns: list[Column[TypeLine]] = [
        text_column(t("Kind of matter"), lambda line: line.name),
        count_column(t("new"), lambda line: line.new),
        text_column(t("change"), lambda line: signed_text(page, line.new - line.new_before)),
        count_column(t("closed"), lambda line: line.closed),
        count_column(t("still open"), lambda line: line.open),
    ]
    show_figures(page, lines, columns, key="types", empty=t("Nothing to show for these days."))


def _type_line(page: Page, figures: CaseFigures, kind: RecordType) -> TypeLine:
    this, before = figures.this.flows[kind], figures.before.flows[kind]
    return TypeLine(enum_label(page.words, kind), this.new, before.new, this.closed, this.open)
