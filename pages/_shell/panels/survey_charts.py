"""The distribution of marks as bars that part at the neutral mark, for projectors and grey prints alike (R-144)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from unicodedata import east_asian_width

from core.surveys.questionnaires import HIGHEST_MARK, LOWEST_MARK
from core.surveys.tallies import Tally
from pages._shell.charts import Row

COLOURS: Final = ("#b8500a", "#fdb863", "#e6e6e6", "#6baed6", "#08306b")
"""From mark 1 to 5: orange against blue, which colour-blind eyes tell apart, and five different greys on paper."""

INKS: Final = ("#ffffff", "#1f2933", "#1f2933", "#1f2933", "#ffffff")
"""What is written on each colour."""

LABEL_FROM: Final = 8
"""Percent from which a bar has room for its share."""

_MARKS: Final = range(LOWEST_MARK, HIGHEST_MARK + 1)
_NEUTRAL: Final = 3
_LINE: Final = 42
_MOST_LINES: Final = 3
_BAR: Final = 44
_FRAME: Final = 70
_FONT: Final = "Noto Sans SC, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif"


@dataclass(frozen=True, slots=True)
class MarksLine:
    """One bar: what was asked, the marks given, and what stands at the right of the bar."""

    text: str
    tally: Tally
    beside: str


def marks_rows(lines: Sequence[MarksLine], names: Sequence[str]) -> list[Row]:
    """Five pieces for each line, in percent from the middle of the neutral mark; ``names`` of the marks 1 to 5."""
    return [row for line in lines for row in _pieces(line, names)]


def _pieces(line: MarksLine, names: Sequence[str]) -> list[Row]:
    counts = dict(line.tally.counts)
    shares = [100 * counts.get(mark, 0) / line.tally.n for mark in _MARKS]
    start = -sum(shares[: _NEUTRAL - 1]) - shares[_NEUTRAL - 1] / 2
    rows, item = [], "\n".join(wrapped(line.text))
    for mark, name, share, ink in zip(_MARKS, names, shares, INKS, strict=True):
        row = {
            "item": item,
            "order": mark,
            "mark": name,
            "start": round(start, 3),
            "end": round(start + share, 3),
            "middle": round(start + share / 2, 3),
            "label": f"{share:.0f} %" if share >= LABEL_FROM else "",
            "share": f"{share:.1f} % ({counts.get(mark, 0)})",
            "ink": ink,
            "beside": line.beside,
        }
        rows.append(row)
        start += share
    return rows


def wrapped(text: str) -> list[str]:
    """Part a text into at most three lines of 21 Chinese or 42 Latin letters, between words where there are any."""
    lines, width = [""], 0
    for word in _words(text):
        wide = sum(_width(char) for char in word)
        if width + wide > _LINE and lines[-1].strip():
            lines.append("")
            width = 0
        lines[-1] += word if lines[-1] else word.lstrip()
        width += wide
    shown = [line.rstrip() for line in lines[:_MOST_LINES]]
    return shown if len(lines) <= _MOST_LINES else [*shown[:-1], shown[-1] + "…"]


def _words(text: str) -> list[str]:
    """Words with the space before them; every Chinese letter is one."""
    found: list[str] = []
    for char in text:
        alone = _width(char) > 1 or char == " " or not found
        if alone or _width(found[-1][-1]) > 1:
            found.append(char)
        else:
            found[-1] += char
    return found


def _width(char: str) -> int:
    return 2 if east_asian_width(char) in "WF" else 1


@lru_cache(maxsize=64)
def marks_chart(names: tuple[str, ...], bars: int) -> dict[str, Any]:
    """The spec for so many bars; ``names`` of the marks 1 to 5 stand in its legend."""
    axis = {"title": None, "labelExpr": "abs(datum.value) + ' %'", "grid": False, "tickCount": 9}
    labels = {
        "title": None,
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": 400,
        "labelFontSize": 13,
        "labelLineHeight": 14,
        "labelPadding": 8,
        "ticks": False,
        "domain": False,
    }
    colour = {
        "field": "mark",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names), "range": list(COLOURS)},
        "legend": {"orient": "top", "title": None, "labelFontSize": 13, "labelLimit": 200},
    }
    told = [{"field": name, "type": "nominal"} for name in ("item", "mark", "share", "beside")]
    at = {"field": "start", "type": "quantitative", "axis": axis, "scale": {"nice": False}}
    middle = {"field": "middle", "type": "quantitative"}
    return {
        "height": _BAR * bars + _FRAME,
        "padding": {"left": 5, "top": 5, "bottom": 5, "right": 10},
        "config": {"font": _FONT, "view": {"strokeWidth": 0}},
        "encoding": {"y": {"field": "item", "type": "nominal", "sort": None, "axis": labels}},
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.72}, "stroke": "#ffffff", "strokeWidth": 1},
                "encoding": {"x": at, "x2": {"field": "end"}, "color": colour, "tooltip": told},
            },
            {
                "mark": {"type": "text", "fontSize": 12, "tooltip": False},
                "encoding": {
                    "x": middle,
                    "text": {"field": "label", "type": "nominal"},
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                },
            },
            {
                "transform": [{"filter": f"datum.order == {HIGHEST_MARK}"}],
                "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 13, "tooltip": False},
                "encoding": {"x": {"value": "width"}, "text": {"field": "beside", "type": "nominal"}},
            },
        ],
    }
