"""Text of cells: what is stripped, what is refused, what counts as the same (F17-F28, I5, I6)."""

import re
import unicodedata
from datetime import date

import pytest

from core.imports.codes import Notice, Trouble
from core.imports.text import _FORMAT, Cell, Reading, as_text, cleaned, folded


@pytest.mark.parametrize(
    ("cell", "value", "notice"),
    [
        ("翠湖花园", "翠湖花园", None),
        ("  翠湖\u3000 花园\xa0", "翠湖 花园", None),
        ("湖滨路\n1号", "湖滨路 1号", None),
        ("", None, None),
        ("  \t", None, None),
        (None, None, None),
        (101.0, "101", None),
        (12.5, "12.5", None),
        (1e22, "1e+22", None),
        (7, "7", None),
        ("张\u200b三", "张三", Notice.FORMAT_CHARACTER),
        ("\u202e张三\u200f", "张三", Notice.FORMAT_CHARACTER),
        ("公司\ue779", "公司\ue779", Notice.PRIVATE_CHARACTER),
        ("𠮷㐂·买买提", "𠮷㐂·买买提", None),
        ("羽\ufa1e", "羽\ufa1e", None),  # folded for keys only
        ("'=1+1", "=1+1", None),  # F26: exactly one quote goes
        ("''=1+1", "''=1+1", None),
        ("'quoted", "'quoted", None),
        ("=HYPERLINK(1)", "=HYPERLINK(1)", None),  # F25: text, escaped on export
        ("@cmd|x", "@cmd|x", None),
        ("#5楼", "#5楼", None),
    ],
)
def test_text_comes_out_clean_and_whole(cell: Cell, value: str | None, notice: Notice | None) -> None:
    assert cleaned(cell) == Reading(value, notice=notice)


@pytest.mark.parametrize(
    ("cell", "trouble"),
    [
        ("a\x00b", Trouble.CONTROL_CHARACTER),
        ("a\x0bb", Trouble.CONTROL_CHARACTER),
        ("\x1b[31mred", Trouble.CONTROL_CHARACTER),
        ("a\x9fb", Trouble.CONTROL_CHARACTER),
        ("a\ud800", Trouble.LOST_CHARACTER),
        ("a\ufffd", Trouble.LOST_CHARACTER),
        ("#N/A", Trouble.ERROR_VALUE),
        (" #ref! ", Trouble.ERROR_VALUE),
        ("#DIV/0!", Trouble.ERROR_VALUE),
        ("长" * 32_768, Trouble.TOO_LONG),
        ("a b" * 20_000, Trouble.TOO_LONG),
    ],
)
def test_text_that_cannot_be_stored_or_trusted_is_refused(cell: Cell, trouble: Trouble) -> None:
    assert cleaned(cell).trouble is trouble


def test_a_cell_of_the_greatest_length_is_read() -> None:
    assert cleaned("长" * 32_767).value == "长" * 32_767


def test_every_format_character_is_known() -> None:
    formats = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"}
    known = {chr(code) for code in range(0x110000) if _FORMAT.fullmatch(chr(code))}
    assert formats <= known
    assert all(unicodedata.category(c) in ("Cf", "Cn", "Mn") for c in known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ小区", "abc小区"),
        ("翠湖花园（一期）", "翠湖花园(一期)"),
        ("翠湖 花园【一期】", "翠湖花园(一期)"),
        ("华润•悦府", "华润·悦府"),
        ("cafe\u0301", "café"),
        ("羽\ufa1e", "羽羽"),
        ("张\u200b三", "张三"),
        ("[A] b", "(a)B"),
    ],
)
def test_spellings_of_one_name_fold_to_one_key(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_folding_keeps_look_alikes_of_other_scripts_apart() -> None:
    assert folded("А栋") != folded("A栋")


def test_a_day_is_written_as_a_day() -> None:
    assert as_text(date(2025, 1, 5)) == "2025-01-05"
    assert re.fullmatch(r"-?\d+", as_text(-3.0))
