"""The charts of service insight: trend, shares, Pareto, heat map, allowed and real time; built once, shown as dicts."""

from functools import lru_cache
from typing import Any, Final

import altair as alt

from pages._shell.charts import ACCENT, SERIES, base_chart, finished_spec

INK: Final = "#1d2a27"
MUTED: Final = "#6b7280"
PALE: Final = "#eef4f2"
SOFT: Final = "#9cc4bb"

_SIZE: Final = 13
_LINES: Final = "split(datum.label, '\\n')"
_LONG: Final = 13
"""From how many letters a name is parted into two lines, where it has a space."""


def two_lines(name: str) -> str:
    """Part a long name at the space nearest to its middle."""
    places = [at for at, sign in enumerate(name) if sign == " "]
    if len(name) <= _LONG or not places:
        return name
    middle = min(places, key=lambda at: abs(at - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"


def _value_axis(title: str | None) -> Any:
    return alt.Axis(title=title, labelFontSize=_SIZE - 1, titleFontSize=_SIZE - 1, tickMinStep=1, grid=True)


def _names_axis(limit: int = 190, **more: Any) -> Any:
    still = {"labelFlush": False, "labelBound": False, "ticks": False, "domain": False}
    return alt.Axis(title=None, labelLimit=limit, **{"labelFontSize": _SIZE, **still, **more})


@lru_cache(maxsize=16)
def weeks_chart(new: str, closed: str, still: str, *, y_title: str, height: int = 250) -> dict[str, Any]:
    """Weeks: what came as bars, what was closed and what was open as lines; the names stand in the legend."""
    base = base_chart()
    names, colours = [new, closed, still], [SOFT, ACCENT, SERIES[1]]
    scale = alt.Scale(domain=names, range=colours)
    legend = alt.Legend(orient="top", title=None, labelFontSize=_SIZE)
    x = alt.X("week:O", axis=alt.Axis(title=None, labelAngle=0, labelFontSize=_SIZE - 1, labelOverlap=True))
    y = alt.Y("n:Q", axis=_value_axis(y_title))
    colour = alt.Color("kind:N", scale=scale, legend=legend)
    told = [alt.Tooltip("days:N"), alt.Tooltip("kind:N"), alt.Tooltip("n:Q")]
    bars = base.transform_filter(alt.datum.kind == new).mark_bar().encode(x=x, y=y, color=colour, tooltip=told)
    lines = (
        base.transform_filter(alt.datum.kind != new)
        .mark_line(point=alt.OverlayMarkDef(size=36), strokeWidth=2.5)
        .encode(x=x, y=y, color=colour, tooltip=told)
    )
    return finished_spec(alt.layer(bars, lines), height)


@lru_cache(maxsize=64)
def shares_chart(count: int, *, context: bool = False) -> dict[str, Any]:
    """Horizontal bars of a mix with count and share at each; with ``context`` a mark where the trade stands."""
    base = base_chart()
    y = alt.Y("name:N", sort=None, axis=_names_axis(150))
    x = alt.X("n:Q", axis=None)
    told = [alt.Tooltip("name:N"), alt.Tooltip("label:N")]
    bars = base.mark_bar(color=ACCENT, height=alt.RelativeBandSize(0.62)).encode(y=y, x=x, tooltip=told)
    text = base.mark_text(align="left", dx=6, fontSize=_SIZE, color=INK).encode(y=y, x=x, text="label:N")
    layers = [bars, text]
    if context:
        tick = {"thickness": 3, "size": 24, "color": SERIES[1]}
        marks = base.transform_filter("isValid(datum.context)").mark_tick(**tick)
        layers.append(marks.encode(y=y, x=alt.X("context:Q", axis=None), tooltip=[alt.Tooltip("context_text:N")]))
    return finished_spec(alt.layer(*layers), 30 * count + 8)


@lru_cache(maxsize=16)
def pareto_chart(count: int, *, count_title: str, share_title: str, least: int) -> dict[str, Any]:
    """Cells from the most complaints down, their share added up as a line, and the threshold as a dashed rule."""
    base = base_chart()
    y = alt.Y("cell:N", sort=None, axis=_names_axis(190, labelFontSize=_SIZE - 1))
    told = [alt.Tooltip("cell:N"), alt.Tooltip("n:Q"), alt.Tooltip("reached_text:N")]
    x = alt.X("n:Q", axis=_value_axis(count_title))
    bars = base.mark_bar(color=SOFT, height=alt.RelativeBandSize(0.7)).encode(x=x, y=y, tooltip=told)
    inside = base.mark_text(align="left", dx=6, fontSize=_SIZE, color=INK)
    text = inside.encode(x=alt.X(datum=0, type="quantitative", axis=_value_axis(count_title)), y=y, text="n:Q")
    rule = base.mark_rule(strokeDash=[5, 4], color=SERIES[5], strokeWidth=1.5).encode(
        x=alt.datum(least, type="quantitative")
    )
    share_axis = alt.Axis(title=share_title, orient="top", grid=False, labelFontSize=_SIZE - 1)
    share = alt.X("reached:Q", scale=alt.Scale(domain=[0, 100]), axis=share_axis)
    line = base.mark_line(color=ACCENT, strokeWidth=2.5, point=alt.OverlayMarkDef(size=36, color=ACCENT)).encode(
        x=share, y=y, order=alt.Order("place:Q"), tooltip=told
    )
    counts = alt.layer(bars, text, rule)
    return finished_spec(alt.layer(counts, line).resolve_scale(x="independent"), 30 * count + 80)


@lru_cache(maxsize=32)
def heat_chart(rows: int, most: int) -> dict[str, Any]:
    """Areas down, categories across; the count stands in its cell, darker where there are more."""
    base = base_chart()
    still = {"orient": "top", "labelAngle": 0, "labelOverlap": False, "labelFontSize": _SIZE - 2}
    x = alt.X("category:N", sort=None, axis=_names_axis(90, labelExpr=_LINES, **still))
    y = alt.Y("area:N", sort=None, axis=_names_axis(165, labelFontSize=_SIZE - 1))
    scale = alt.Scale(domain=[0, max(most, 1)], range=[PALE, ACCENT], clamp=True)
    told = [alt.Tooltip("area:N"), alt.Tooltip("category:N"), alt.Tooltip("n:Q")]
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
        x=x, y=y, color=alt.Color("n:Q", scale=scale, legend=None), tooltip=told
    )
    ink = alt.condition(alt.datum.n > most * 0.55, alt.value("#ffffff"), alt.value(INK))
    text = base.mark_text(fontSize=_SIZE + 1).encode(x=x, y=y, text="label:N", color=ink)
    return finished_spec(alt.layer(cells, text), 30 * rows + 40)


@lru_cache(maxsize=16)
def steps_chart(count: int, *, x_title: str) -> dict[str, Any]:
    """How long steps really took as bars, and what is allowed as a mark across each."""
    base = base_chart()
    y = alt.Y("name:N", sort=None, axis=_names_axis(120))
    axis = alt.Axis(title=x_title, labelFontSize=_SIZE - 1, titleFontSize=_SIZE - 1)
    told = [alt.Tooltip("name:N"), alt.Tooltip("label:N")]
    bars = base.mark_bar(color=ACCENT, height=alt.RelativeBandSize(0.5)).encode(
        y=y, x=alt.X("real:Q", axis=axis), tooltip=told
    )
    marks = base.mark_tick(thickness=3, size=28, color=SERIES[1]).encode(y=y, x=alt.X("allowed:Q", axis=axis))
    text = base.mark_text(align="left", dx=8, fontSize=_SIZE, color=INK).encode(
        y=y, x=alt.X("end:Q", axis=axis), text="label:N"
    )
    return finished_spec(alt.layer(bars, marks, text), 36 * count + 40, right=40)


@lru_cache(maxsize=16)
def loads_chart(count: int, cases: str, requests: str, *, x_title: str) -> dict[str, Any]:
    """Points of each person: cases and requests side by side in one bar, the sum at its end."""
    base = base_chart()
    y = alt.Y("name:N", sort=None, axis=_names_axis())
    scale = alt.Scale(domain=[cases, requests], range=[ACCENT, SOFT])
    legend = alt.Legend(orient="top", direction="vertical", title=None, labelFontSize=_SIZE)
    axis = _value_axis(x_title)
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6)).encode(
        y=y,
        x=alt.X("points:Q", stack="zero", axis=axis),
        color=alt.Color("kind:N", scale=scale, legend=legend),
        order=alt.Order("place:Q"),
        tooltip=[alt.Tooltip("name:N"), alt.Tooltip("kind:N"), alt.Tooltip("points:Q")],
    )
    text = (
        base.transform_filter(alt.datum.place == 0)
        .mark_text(align="left", dx=6, fontSize=_SIZE, color=INK)
        .encode(y=y, x=alt.X("sum:Q", axis=axis), text="sum:Q")
    )
    return finished_spec(alt.layer(bars, text), 30 * count + 90)


@lru_cache(maxsize=16)
def work_weeks_chart(*, count_title: str, hours_title: str, height: int = 250) -> dict[str, Any]:
    """Weeks of requests: how many were submitted as bars, the mean hours to repair as a line of its own scale."""
    base = base_chart()
    x = alt.X("week:O", axis=alt.Axis(title=None, labelAngle=0, labelFontSize=_SIZE - 1, labelOverlap=True))
    told = [alt.Tooltip("days:N"), alt.Tooltip("n:Q"), alt.Tooltip("time:N")]
    bars = base.mark_bar(color=SOFT).encode(x=x, y=alt.Y("n:Q", axis=_value_axis(count_title)), tooltip=told)
    axis = alt.Axis(title=hours_title, orient="right", grid=False, labelFontSize=_SIZE - 1)
    line = (
        base.transform_filter("isValid(datum.hours)")
        .mark_line(color=ACCENT, strokeWidth=2.5, point=alt.OverlayMarkDef(size=36, color=ACCENT))
        .encode(x=x, y=alt.Y("hours:Q", axis=axis), tooltip=told)
    )
    return finished_spec(alt.layer(bars, line).resolve_scale(y="independent"), height)
