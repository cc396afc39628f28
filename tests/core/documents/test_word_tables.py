from datetime import UTC, datetime

import pytest
from docx.oxml.ns import qn
from docx.table import Table
from hypothesis import given
from hypothesis import strategies as st

from core.documents.word import TEXT_WIDTH, Align, Margins, Text, head_of, new_document, to_bytes
from core.documents.word_tables import Cell, Edges, Frame, Row, add_table, bar_parts, columns
from tests.core.documents.paper import opened, rows_of, texts_of, widths_of

MADE = datetime(2026, 11, 21, tzinfo=UTC)
MARGINS = Margins(top=1_000, bottom=1_000, edge=500)


def cell(text: str, **look: object) -> Cell:
    return Cell((Text(text),), **look)  # type: ignore[arg-type]


def table_of(*rows: Row, widths: tuple[int, ...] = columns(1, 2, 4), frame: Frame = Frame.GRID) -> Table:
    document = new_document(title="t", note="", made_at=MADE, margins=MARGINS)
    add_table(document, widths=widths, rows=rows, frame=frame)
    return opened(to_bytes(document)).tables[0]


def sides(borders: object) -> dict[str, str]:
    return {side.tag.split("}")[1]: side.get(qn("w:color")) for side in borders}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("shares", "width", "parts"),
    [((1,), 10, (10,)), ((1, 1, 1), 10, (3, 3, 4)), ((1, 2, 4), 700, (100, 200, 400)), ((5, 0, 5), 3, (1, 0, 2))],
)
def test_columns_make_the_whole_width(shares: tuple[int, ...], width: int, parts: tuple[int, ...]) -> None:
    assert columns(*shares, width=width) == parts


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ((60, 60, 30, 10, 6), (18, 18, 9, 3, 2)),
        ((0, 0, 0, 0, 0), (0, 0, 0, 0, 0)),
        ((0, 0, 0, 0, 7), (0, 0, 0, 0, 50)),
        ((1, 1, 1, 1, 1), (10, 10, 10, 10, 10)),
        ((9_996, 1, 1, 1, 1), (46, 1, 1, 1, 1)),
        ((1, 1, 1, 0, 0), (17, 17, 16, 0, 0)),
        ((99, 99, 1, 1, 1), (23, 24, 1, 1, 1)),
    ],
)
def test_a_bar_is_parted_by_counts_and_a_single_answer_is_still_seen(
    counts: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert bar_parts(counts=counts, units=50) == parts


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=8), st.integers(8, 60))
def test_every_bar_is_full_and_in_proportion(counts: list[int], units: int) -> None:
    parts = bar_parts(counts=counts, units=units)
    total = sum(counts)
    assert sum(parts) == (units if total else 0)
    assert [part > 0 for part in parts] == [count > 0 for count in counts]
    assert all(
        abs(part - count * units / (total or 1)) < len(counts) for part, count in zip(parts, counts, strict=True)
    )


def test_a_bar_too_short_for_its_counts_is_a_bug() -> None:
    with pytest.raises(ValueError, match="unit"):
        bar_parts(counts=(1, 1, 1), units=2)


def test_a_table_holds_its_cells_at_fixed_widths() -> None:
    table = table_of(
        Row((cell("a"), cell("b"), cell("c"))),
        Row((cell("left"), cell("right", span=2, align=Align.RIGHT))),
    )
    assert rows_of(table) == [["a", "b", "c"], ["left", "right"]]
    assert widths_of(table) == {(TEXT_WIDTH, TEXT_WIDTH, TEXT_WIDTH)}
    assert table._tbl.tblPr.find(qn("w:tblLayout")).get(qn("w:type")) == "fixed"
    assert [p.alignment for p in (table.cell(0, 0).paragraphs[0], table.cell(1, 1).paragraphs[0])] == [None, 2]


def test_only_a_heading_row_comes_again_and_no_row_is_parted() -> None:
    heads = [True, False]
    rows = table_of(*(Row((cell("a", span=3),), height=400, heading=heading) for heading in heads)).rows
    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in rows] == heads
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in rows)
    assert [row.height.twips for row in rows] == [400, 400]


def test_a_heading_row_stays_with_the_next_and_another_if_told_to() -> None:
    rows = (Row((cell("a"),), heading=True), Row((cell("a"),), keep_next=True), Row((cell("a"),)))
    table = table_of(*rows, widths=columns(1))
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in table.rows]
    assert kept == [True, True, None]
    assert [row.height for row in table.rows] == [None, None, None]


@pytest.mark.parametrize(
    ("frame", "lines"),
    [
        (Frame.GRID, {"top", "left", "bottom", "right", "insideH", "insideV"}),
        (Frame.RULES, {"top", "bottom", "insideH"}),
        (Frame.LINES, {"bottom", "insideH"}),
        (Frame.NONE, set()),
    ],
)
def test_a_frame_draws_its_lines(frame: Frame, lines: set[str]) -> None:
    table = table_of(Row((cell("a", span=3),)), frame=frame)
    assert set(sides(table._tbl.tblPr.find(qn("w:tblBorders")))) == lines


@pytest.mark.parametrize(
    ("edges", "lines"),
    [
        (Edges.OF_TABLE, None),
        (Edges.BOX, dict.fromkeys(("top", "left", "bottom", "right"), "404040")),
        (Edges.GAP, dict.fromkeys(("top", "bottom"), "FFFFFF")),
    ],
)
def test_a_cell_may_have_edges_and_a_fill_of_its_own(edges: Edges, lines: dict[str, str] | None) -> None:
    table = table_of(Row((cell("a", span=3, edges=edges, fill="1F6F54"),)))
    form = table.cell(0, 0)._tc.tcPr
    assert form is not None
    borders = form.find(qn("w:tcBorders"))
    assert (None if borders is None else sides(borders)) == lines
    assert form.find(qn("w:shd")).get(qn("w:fill")) == "1F6F54"
    order = [child.tag.split("}")[1] for child in form]
    assert order == [name for name in ("tcW", "gridSpan", "tcBorders", "shd", "vAlign") if name in order]


def test_two_tables_never_become_one() -> None:
    document = new_document(title="t", note="", made_at=MADE, margins=MARGINS)
    for holder in (document, head_of(document)):
        for text in "ab":
            add_table(holder, widths=columns(1), rows=(Row((cell(text),)),))
    made = opened(to_bytes(document))
    for again in (made, made.sections[0].header):
        assert [rows_of(table) for table in again.tables] == [[["a"]], [["b"]]]
        kinds = [child.tag.split("}")[1] for child in again.tables[0]._tbl.getparent()]
        assert kinds[:4] == ["tbl", "p", "tbl", "p"]
    assert texts_of(made.sections[0].header) == ["a", "", "b", ""]


@pytest.mark.parametrize("cells", [(cell("a"),), (cell("a", span=4),), ()])
def test_a_row_that_does_not_make_all_columns_is_a_bug(cells: tuple[Cell, ...]) -> None:
    with pytest.raises(ValueError, match="all columns"):
        table_of(Row(cells))


def test_more_columns_than_word_opens_are_a_bug() -> None:
    assert rows_of(table_of(Row((cell("a", span=63),)), widths=columns(*[1] * 63))) == [["a"]]
    with pytest.raises(ValueError, match="63"):
        table_of(Row((cell("a", span=64),)), widths=columns(*[1] * 64))
