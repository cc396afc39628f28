"""Charts: each Vega-Lite spec is built once with Altair and shown as a dict (1 ms instead of 13)."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import altair as alt
import pandas as pd
import streamlit as st

ACCENT: Final = "#0f6b5c"
SERIES: Final = (
    *(ACCENT, "#c47f17", "#3b6ea8", "#8d5a97", "#6b7280"),
    *("#b4534b", "#5aa89a", "#d9b36c", "#8fb3d9", "#2d3748"),
)
_RULE: Final = "#9ca3af"
_FONT: Final = "Noto Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"
Row = dict[str, Any]


def show_chart(spec: dict[str, Any], rows: Sequence[Row], *, alt_text: str, key: str) -> None:
    """Show a chart with its sentence for those who cannot see it."""
    st.vega_lite_chart(pd.DataFrame(list(rows)), spec, key=key, width="stretch", alt=alt_text)


def base_chart() -> Any:
    """A chart whose rows come later, with the page; Altair's types are of little help here."""
    return alt.Chart(alt.Data(name="rows"))  # type: ignore[no-untyped-call]


def finished_spec(chart: Any, height: int, right: int = 5) -> dict[str, Any]:
    """The chart in the house's look as a dict that waits for its rows; ``right``: room for texts behind bars."""
    room = {"left": 5, "top": 5, "bottom": 5, "right": right}
    styled = chart.properties(height=height, padding=room).configure(font=_FONT).configure_view(strokeWidth=0)
    spec: dict[str, Any] = styled.to_dict(validate=False)
    for name in ("data", "datasets", "$schema"):
        spec.pop(name, None)
    _drop_data(spec)
    return spec


def _drop_data(spec: dict[str, Any]) -> None:
    """The rows come with the page; a layer, and a layer of a layer, names none of its own."""
    for layer in spec.get("layer", ()):
        layer.pop("data", None)
        _drop_data(layer)


@lru_cache(maxsize=64)
def lines(
    x: str, y: str, series: str, *, y_title: str, rules: tuple[float, ...] = (), height: int = 260
) -> dict[str, Any]:
    """Lines over months, one a series, with dashed benchmark lines. ``x`` holds months as text, in order."""
    base = base_chart()
    axis = alt.Axis(title=None, labelAngle=0, labelOverlap=True)
    colours = alt.Scale(range=list(SERIES))
    marks: list[Any] = [
        base.mark_line(point=alt.OverlayMarkDef(size=30), strokeWidth=2).encode(
            x=alt.X(f"{x}:O", axis=axis),
            y=alt.Y(f"{y}:Q", title=y_title, scale=alt.Scale(zero=False)),
            color=alt.Color(f"{series}:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
            strokeDash=alt.StrokeDash(f"{series}:N", legend=None),
            tooltip=[f"{x}:O", f"{series}:N", alt.Tooltip(f"{y}:Q", format=".1f")],
        )
    ]
    marks += [
        base.mark_rule(strokeDash=[4, 4], color=_RULE).encode(y=alt.datum(level, type="quantitative"))
        for level in rules
    ]
    return finished_spec(alt.layer(*marks), height)


@lru_cache(maxsize=64)
def bars(x: str, y: str, *, y_title: str, horizontal: bool = False, height: int = 220) -> dict[str, Any]:
    """Bars in the order given; the value stands at each bar (column ``label``)."""
    category = alt.Axis(title=None, labelAngle=0, labelLimit=160)
    value = alt.Axis(title=y_title)
    across, up = (alt.Y, alt.X) if horizontal else (alt.X, alt.Y)
    names = ("y", "x") if horizontal else ("x", "y")
    encoding: dict[str, Any] = {
        names[0]: across(f"{x}:N", axis=category, sort=None),
        names[1]: up(f"{y}:Q", axis=value),
        "tooltip": [alt.Tooltip(f"{x}:N"), alt.Tooltip("label:N")],
    }
    base = base_chart().encode(**encoding)
    text = base.mark_text(
        dx=4 if horizontal else 0, dy=0 if horizontal else -7, align="left" if horizontal else "center"
    )
    chart = alt.layer(base.mark_bar(color=ACCENT), text.encode(text="label:N"))
    return finished_spec(chart, height, right=80 if horizontal else 5)


@lru_cache(maxsize=64)
def stacked(x: str, y: str, series: str, *, y_title: str, height: int = 240) -> dict[str, Any]:
    """Stacked bars over months, one colour a series."""
    chart = (
        base_chart()
        .mark_bar()
        .encode(
            x=alt.X(f"{x}:O", axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True)),
            y=alt.Y(f"{y}:Q", title=y_title, stack="zero"),
            color=alt.Color(
                f"{series}:N", title=None, scale=alt.Scale(range=list(SERIES)), legend=alt.Legend(orient="top")
            ),
            tooltip=[f"{x}:O", f"{series}:N", alt.Tooltip(f"{y}:Q", format=",.2f")],
        )
    )
    return finished_spec(chart, height)
