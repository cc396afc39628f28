from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.money import Money
from core.work_orders.materials import MOST_LINES, MaterialLine
from core.work_orders.typed_materials import typed_materials


@pytest.mark.parametrize(
    "typed",
    [
        "水管, 1.5, 米, 12.50",
        "水管，１.５，米，12.50",
        "水管\t1.5\t米\t12.5",
        "  水管 ,1.500, 米 ,¥ 12.50  ",
        "水管,1.5,米,￥12.5000",
    ],
)
def test_a_line_is_read_however_its_commas_look(typed: str) -> None:
    line = MaterialLine(name="水管", quantity=Decimal("1.5"), measure="米", unit_price=Money.of("12.50"))
    assert typed_materials(typed).lines == (line,)
    assert typed_materials(typed).refused == ()


@pytest.mark.parametrize("text", ["", "\n \n\u200b\n"])
def test_nothing_typed_is_no_material(text: str) -> None:
    read = typed_materials(text)
    assert (read.lines, read.refused) == ((), ())


@pytest.mark.parametrize(
    ("typed", "code", "fields"),
    [
        ("水管", "requests.material_parts", {"found": 1}),
        ("水管, 2, 米", "requests.material_parts", {"found": 3}),
        ("水管, 2, 米, 1,200", "requests.material_parts", {"found": 5}),
        ("水管, 两, 米, 3", "requests.material_number", {"typed": "两"}),
        ("水管, -2, 米, 3", "requests.material_number", {"typed": "-2"}),
        ("水管, 2, 米, ", "requests.material_number", {"typed": ""}),
        ("水管, 2, 米, 1e3", "requests.material_number", {"typed": "1e3"}),
        ("水管, 2, 米, 3.005", "requests.material_number", {"typed": "3.005"}),
        ("水管, 2, 米, ¥", "requests.material_number", {"typed": "¥"}),
        ("水管, 2, 米, 9999999999", "requests.material_number", {"typed": "9999999999"}),
        ("水管, 0, 米, 3", "requests.quantity", {"most": 100_000, "places": 3}),
        ("水管, 2, 米, 1000000.01", "requests.unit_price", {"most": 1_000_000}),
        (", 2, 米, 3", "line.missing", {"field": "material"}),
        ("水管, 2, , 3", "line.missing", {"field": "measure_unit"}),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(typed: str, code: str, fields: dict[str, object]) -> None:
    read = typed_materials(f"胶, 1, 支, 0\n\n{typed}\n垫圈, 2, 个, 0.35")
    assert [line.name for line in read.lines] == ["胶", "垫圈"]
    assert [(one.place, one.refusal.code, one.refusal.fields) for one in read.refused] == [(3, code, fields)]


def test_too_many_lines_are_refused_as_a_whole() -> None:
    box = "\n".join(["胶, 1, 支, 0"] * MOST_LINES)
    assert len(typed_materials(box).lines) == MOST_LINES
    read = typed_materials(f"{box}\n\n胶, 1, 支, 0\n胶")
    assert (read.lines, [one.place for one in read.refused]) == ((), [MOST_LINES + 2])
    assert read.refused[0].refusal.code == "requests.too_many_materials"


@given(st.text())
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    read = typed_materials(text)
    assert len(read.lines) <= MOST_LINES
