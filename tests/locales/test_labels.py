from datetime import date
from pathlib import Path

import pytest

from core.admin.permissions import NotPermitted, RolesKeptApart
from core.admin.settings import SettingKey, SettingOutOfBounds
from core.customers.profiles import CareFlag, OccupancyEndsBeforeStart
from core.kernel.errors import BusinessError, Problem
from core.kernel.lifecycle import ForbiddenMove
from core.kernel.lines import LineMissing
from core.kernel.money import Money
from locales.labels import enum_label, error_sentence, label, read_labels
from locales.translator import Translator

ZH, EN = Translator("zh_CN"), Translator("en")


class Unlabelled(BusinessError):
    code = "nobody.labelled_this"


def test_a_code_is_said_in_both_languages() -> None:
    assert label(EN, "enum.Role.cashier") == "Cashier"
    assert label(ZH, "enum.Role.cashier") == "收费员（出纳）"
    assert enum_label(ZH, CareFlag.ELDERLY) == "老年人"


def test_a_code_without_a_label_is_shown_as_it_is() -> None:
    assert label(ZH, "enum.Role.pirate") == "enum.Role.pirate"


@pytest.mark.parametrize(
    ("error", "english", "chinese"),
    [
        (
            NotPermitted(permission="fees.bills.post"),
            "You may not do this (Post bills), or not in this estate. Ask your manager or the administrator.",
            "您没有“账单入账”权限，或该小区不在您的管理范围内。请联系项目经理或系统管理员。",
        ),
        (
            RolesKeptApart(one="cashier", other="accountant"),
            "One person may not be both Cashier and Accountant. Give the roles to two people.",
            "同一人不得兼任“收费员（出纳）”和“会计”。请由两人分别担任。",
        ),
        (
            SettingOutOfBounds(key=SettingKey.FEES_DUE_DAY, least=1, most=31),
            "“Due day of the month” must lie between 1 and 31.",
            "“每月缴费截止日”须在 1 至 31 之间。",
        ),
        (LineMissing(field="post"), "The post is missing. Fill it in.", "缺少岗位。请填写。"),
        (
            OccupancyEndsBeforeStart(start=date(2026, 1, 2), end=date(2026, 1, 1)),
            "The end 2026-01-01 must lie after the start 2026-01-02.",
            "结束日期 2026-01-01 须晚于开始日期 2026-01-02。",
        ),
        (
            Problem("export.too_many_rows", {"most": 1_000_000}),
            "A file holds at most 1000000 rows. Narrow the filter.",
            "一个文件最多 1000000 行。请缩小筛选范围。",
        ),
    ],
)
def test_a_refusal_is_one_sentence_with_its_fields_in_words(
    error: BusinessError | Problem, english: str, chinese: str
) -> None:
    assert error_sentence(EN, error) == english
    assert error_sentence(ZH, error) == chinese


def test_states_in_a_refusal_are_said_in_words() -> None:
    move = ForbiddenMove(source=CareFlag.ELDERLY, target=CareFlag.LOW_INCOME)
    assert error_sentence(EN, move) == "“Elderly” cannot become “Low income”. Reload the page to see where it stands."


def test_a_refusal_nobody_labelled_still_speaks() -> None:
    assert error_sentence(EN, Unlabelled(a=1)) == "This cannot be done (nobody.labelled_this)."
    assert error_sentence(ZH, Unlabelled(a=1)) == "此操作无法完成（nobody.labelled_this）。"


def test_a_missing_or_strange_field_never_hides_the_refusal() -> None:
    assert error_sentence(EN, NotPermitted()).startswith("You may not do this (…)")
    assert "(no.such.permission)" in error_sentence(EN, NotPermitted(permission="no.such.permission"))
    assert "(%(permission)s ¥1.00)" in error_sentence(EN, NotPermitted(permission="%(permission)s ¥1.00"))
    assert "(¥1.00)" in error_sentence(EN, NotPermitted(permission=Money(100)))


def test_a_table_is_pairs_of_code_and_text(tmp_path: Path) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text("a\tAlpha\nb\tBeta and more\n", encoding="utf-8")
    assert read_labels(path) == {"a": "Alpha", "b": "Beta and more"}


@pytest.mark.parametrize("line", ["a\tAgain", "b", "b\t", "\tBeta", "b\tBeta\tmore", ""])
def test_a_broken_or_repeated_line_is_an_error(tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(f"a\tAlpha\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_labels(path)
